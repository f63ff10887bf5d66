"""The daemon's part for pin, snooze and mute: kept in tmux, so that they outlive the daemon."""

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
    NO_WISH,
    TriageSettings,
    is_over,
    make_care,
    make_mark,
    parse_wish,
    render_wish,
)
from agent_status.model import NO_CARE, PaneId, Sighting
from agent_status.protocol.messages import BadRequestError, Request
from agent_status.tmux.client import Tmux, TmuxError, quote

OPTION = "@agent-status-care"
MAX_S = 7 * 86400.0
"""The longest snooze."""
TOGGLE = "toggle"
MAX_KEPT = 1024


class TriageFeature(Feature):
    """Puts the user's decisions beside the agents. `clock` gives Unix seconds."""

    def __init__(self, tmux: Tmux, clock: Callable[[], float] = time.time) -> None:
        self._tmux = tmux
        self._clock = clock
        self._wishes: dict[PaneId, TriageSettings] | None = None
        self._sightings: dict[PaneId, Sighting] = {}
        self._until: dict[PaneId, tuple[TriageSettings, float | None]] = {}

    def enrich(self, sightings: Sequence[Sighting], now: float) -> Sequence[Sighting]:
        """
        Return the sightings with their care; a snooze that is over is forgotten.

        Once there are no agents all is, as it was of a server that may have ended.
        """
        if not sightings:
            self._wishes, self._sightings = None, {}
            self._until.clear()
            return sightings
        if self._wishes is None:
            self._wishes = self._read_wishes()
        self._sightings = {one.pane.id: one for one in sightings}
        return [self._care(one, now) for one in sightings]

    def list_ops(self) -> Mapping[str, Op]:
        """Return `care`, which takes `pane` and any of `pin`, `mute`, `snooze_s`."""
        return {"care": self._take}

    def _care(self, sighting: Sighting, now: float) -> Sighting:
        pane, clock = sighting.pane.id, self._clock()
        wish = (self._wishes or {}).get(pane, NO_WISH)
        if is_over(wish, sighting.status, clock):
            wish = replace(wish, until=None, mark="")
            with contextlib.suppress(TmuxError):
                self._keep(pane, wish)
        care = make_care(wish, sighting.care.note, now, clock)
        known = self._until.get(pane)
        if known and known[0] == wish:
            care = replace(care, snoozed_until=known[1])
        self._until[pane] = wish, care.snoozed_until
        return sighting if care == NO_CARE else replace(sighting, care=care)

    def _take(self, request: Request) -> dict[str, Any]:
        pane = request.get("pane")
        sighting = self._sightings.get(PaneId(pane)) if isinstance(pane, str) else None
        if sighting is None:
            message = f"there is no agent in pane {str(pane)[:40]}"
            raise RefusedError(message)
        before = (self._wishes or {}).get(sighting.pane.id, NO_WISH)
        wish = _change(before, request, sighting, self._clock())
        try:
            self._keep(sighting.pane.id, wish)
        except TmuxError as error:
            message = f"it is kept only until the daemon ends: {error}"
            raise RefusedError(message) from error
        return {
            "pane": sighting.pane.id,
            "pinned": wish.pinned,
            "muted": wish.muted,
            "snoozed": wish.until is not None,
            "until": None if wish.until is None or math.isinf(wish.until) else wish.until,
        }

    def _keep(self, pane: PaneId, wish: TriageSettings) -> None:
        """Keep a wish here, and in the pane's option; raise TmuxError, and keep it here."""
        wishes = self._wishes if self._wishes is not None else {}
        self._wishes = {key: one for key, one in wishes.items() if one != NO_WISH} | {pane: wish}
        if len(self._wishes) > MAX_KEPT:
            self._wishes = {
                key: self._wishes[key] for key in self._sightings if key in self._wishes
            }
        words = render_wish(wish)
        change = ("-t", pane, OPTION, words) if words else ("-u", "-t", pane, OPTION)
        self._tmux.run(("set-option", "-p", *change))

    def _read_wishes(self) -> dict[PaneId, TriageSettings]:
        """Return what an earlier daemon kept."""
        cut = secrets.token_hex(8)
        text = self._tmux.feed(f"list-panes -a -F {quote(f'#{{pane_id}}{cut}#{{{OPTION}}}')}\n")
        pairs = (line.partition(cut) for line in text.split("\n"))
        found = {PaneId(pane): parse_wish(words) for pane, sign, words in pairs if sign}
        return {pane: wish for pane, wish in found.items() if wish != NO_WISH}


def _change(
    wish: TriageSettings, request: Request, sighting: Sighting, clock: float
) -> TriageSettings:
    """Return `wish` as the request has it; raise BadRequestError for what makes no sense."""
    pinned = _take_flag(request, "pin", wish.pinned)
    wish = replace(wish, pinned=pinned, muted=_take_flag(request, "mute", wish.muted))
    if "snooze_s" not in request:
        return wish
    until = _find_until(request["snooze_s"], clock)
    return replace(wish, until=until, mark=make_mark(sighting.status) if until else "")


def _take_flag(request: Request, name: str, before: Any) -> bool:
    value = request.get(name)
    if value == TOGGLE:
        return not before
    if value is not None and not isinstance(value, bool):
        message = f"{name} is true, false or {TOGGLE!r}"
        raise BadRequestError(message)
    return bool(before if value is None else value)


def _find_until(value: Any, clock: float) -> float | None:
    if value is None or value == FOREVER:
        return math.inf if value else None
    plain = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not plain or not 0 < value <= MAX_S:
        message = f"snooze_s is more than 0 and at most {MAX_S:.0f}, or null, or {FOREVER!r}"
        raise BadRequestError(message)
    return float(math.ceil(clock + value))
