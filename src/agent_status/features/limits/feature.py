"""Daemon plug-in that adds the time at which a limit ends."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, tzinfo
from zoneinfo import ZoneInfo

from agent_status.detect.reset_time import find_reset, parse_reset
from agent_status.features.base import Feature
from agent_status.model import PaneId, Sighting, State

SAME_S = 90.0
"""Two times that differ by less are the same, as screens show minutes only."""


class LimitsFeature(Feature):
    """Reads when limits end from the agents' reasons; `clock` returns Unix seconds."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._known: dict[PaneId, tuple[float, str, float | None]] = {}
        """By pane: since when it is limited, the words, and what they mean on `now`'s clock."""

    def enrich(self, sightings: Sequence[Sighting], now: float) -> Sequence[Sighting]:
        """Return the sightings, those of limited agents with the end of the limit, if known."""
        limited = {one.pane.id for one in sightings if one.status.state is State.LIMITED}
        self._known = {pane: one for pane, one in self._known.items() if pane in limited}
        return [self._time(one, now) if one.pane.id in limited else one for one in sightings]

    def _time(self, sighting: Sighting, now: float) -> Sighting:
        status, pane = sighting.status, sighting.pane.id
        words = find_reset(status.reason)
        known = self._known.get(pane)
        if known is None or known[:2] != (status.since, words):
            begun = known is None or known[0] != status.since
            resets_at = self._read(words, status.since if begun else now, now)
            before = None if begun or known is None else known[2]
            if before is not None and (resets_at is None or abs(resets_at - before) < SAME_S):
                resets_at = before
            self._known[pane] = (status.since, words, resets_at)
        resets_at = self._known[pane][2]
        return replace(sighting, status=replace(status, resets_at=resets_at))

    def _read(self, words: str, said_at: float, now: float) -> float | None:
        """Return when a limit ends, by `words` that were on the screen at `said_at`."""
        ahead_s = self._clock() - now
        found = parse_reset(words, said_at + ahead_s, find_zone)
        return None if found is None else found - ahead_s


def find_zone(name: str) -> tzinfo | None:
    """Return the zone of that name, or None if unknown; an empty name means this machine's."""
    try:
        return ZoneInfo(name) if name else datetime.now().astimezone().tzinfo
    except (ValueError, OSError, LookupError):
        return None
