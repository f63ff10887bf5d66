"""Daemon plug-in for pin, snooze and mute, kept in tmux so that they outlive the daemon."""

import contextlib
import math
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from agent_status.errors import RefusedError
from agent_status.features.base import Feature, Op
from agent_status.features.triage.policy import (
    FOREVER,
    NO_SETTINGS,
    TriageSettings,
    is_over,
    make_mark,
    make_triage,
    parse_settings,
    render_settings,
)
from agent_status.model import NO_TRIAGE, PaneId, Sighting
from agent_status.protocol.messages import KEEP, BadRequestError, ChangeTriage, TriageState
from agent_status.tmux.client import Tmux, TmuxError, quote

OPTION = "@agent-status-care"
MAX_S = 7 * 86400.0
"""The longest snooze."""
TOGGLE = "toggle"
MAX_KEPT = 1024


class TriageFeature(Feature):
    """Adds the user's decisions to the sightings. `clock` returns Unix seconds."""

    def __init__(self, tmux: Tmux, clock: Callable[[], float] = time.time) -> None:
        self._tmux = tmux
        self._clock = clock
        self._settings: dict[PaneId, TriageSettings] | None = None
        self._sightings: dict[PaneId, Sighting] = {}
        self._until: dict[PaneId, tuple[TriageSettings, float | None]] = {}

    def enrich(self, sightings: Sequence[Sighting], now: float) -> Sequence[Sighting]:
        """
        Return the sightings with their triage; a snooze that has ended is dropped.

        Without agents everything is forgotten, because the server may have ended.
        """
        if not sightings:
            self._settings, self._sightings = None, {}
            self._until.clear()
            return sightings
        if self._settings is None:
            self._settings = self._read_all()
        self._sightings = {one.pane.id: one for one in sightings}
        return [self._add_triage(one, now) for one in sightings]

    def list_ops(self) -> Mapping[str, Op]:
        """Return `triage`."""
        return {ChangeTriage.op: self._answer}

    def _add_triage(self, sighting: Sighting, now: float) -> Sighting:
        pane, clock = sighting.pane.id, self._clock()
        chosen = (self._settings or {}).get(pane, NO_SETTINGS)
        if is_over(chosen, sighting.status, clock):
            chosen = replace(chosen, until=None, mark="")
            with contextlib.suppress(TmuxError):
                self._keep(pane, chosen)
        triage = make_triage(chosen, sighting.triage, now, clock)
        known = self._until.get(pane)
        if known and known[0] == chosen:
            triage = replace(triage, snoozed_until=known[1])
        self._until[pane] = chosen, triage.snoozed_until
        return sighting if triage == NO_TRIAGE else replace(sighting, triage=triage)

    def _answer(self, request: ChangeTriage) -> TriageState:
        sighting = self._sightings.get(request.ref.pane)
        if sighting is None:
            message = f"there is no agent in pane {request.ref.pane[:40]}"
            raise RefusedError(message)
        before = (self._settings or {}).get(sighting.pane.id, NO_SETTINGS)
        chosen = _change(before, request, sighting, self._clock())
        try:
            self._keep(sighting.pane.id, chosen)
        except TmuxError as error:
            message = f"it is kept only until the daemon ends: {error}"
            raise RefusedError(message) from error
        ends = None if chosen.until is None or math.isinf(chosen.until) else chosen.until
        return TriageState(request.ref, chosen.pinned, chosen.muted, chosen.until is not None, ends)

    def _keep(self, pane: PaneId, chosen: TriageSettings) -> None:
        """Store the settings here, then in the pane's option; raise TmuxError if that fails."""
        settings = self._settings if self._settings is not None else {}
        kept = {key: one for key, one in settings.items() if one != NO_SETTINGS}
        self._settings = kept | {pane: chosen}
        if len(self._settings) > MAX_KEPT:
            self._settings = {
                key: self._settings[key] for key in self._sightings if key in self._settings
            }
        words = render_settings(chosen)
        change = ("-t", pane, OPTION, words) if words else ("-u", "-t", pane, OPTION)
        self._tmux.run(("set-option", "-p", *change))

    def _read_all(self) -> dict[PaneId, TriageSettings]:
        """Return the settings that an earlier daemon stored."""
        cut = secrets.token_hex(8)
        text = self._tmux.feed(f"list-panes -a -F {quote(f'#{{pane_id}}{cut}#{{{OPTION}}}')}\n")
        pairs = (line.partition(cut) for line in text.split("\n"))
        found = {PaneId(pane): parse_settings(words) for pane, sign, words in pairs if sign}
        return {pane: chosen for pane, chosen in found.items() if chosen != NO_SETTINGS}


def _change(
    chosen: TriageSettings, request: ChangeTriage, sighting: Sighting, clock: float
) -> TriageSettings:
    """Return `chosen` with the request's changes; raise BadRequestError for what makes no sense."""
    pinned = _take_flag("pin", request.pin, chosen.pinned)
    chosen = replace(chosen, pinned=pinned, muted=_take_flag("mute", request.mute, chosen.muted))
    if request.snooze_s == KEEP:
        return chosen
    until = _find_until(request.snooze_s, clock)
    return replace(chosen, until=until, mark=make_mark(sighting.status) if until else "")


def _take_flag(name: str, value: object, before: Any) -> bool:
    if value == TOGGLE:
        return not before
    if isinstance(value, str):
        message = f"{name} is true, false or {TOGGLE!r}"
        raise BadRequestError(message)
    return bool(before if value is None else value)


def _find_until(value: float | str | None, clock: float) -> float | None:
    if value is None or value == FOREVER:
        return math.inf if value else None
    if isinstance(value, str) or not 0 < value <= MAX_S:
        message = f"snooze_s is more than 0 and at most {MAX_S:.0f}, or null, or {FOREVER!r}"
        raise BadRequestError(message)
    return float(math.ceil(clock + value))
