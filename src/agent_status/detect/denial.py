"""Detects that the user denied a request, by what the screen shows after it is gone."""

import re
from dataclasses import dataclass

from agent_status.model import ASKS, Screen, State, Status

DENIAL = re.compile(
    r"(?i)\b(?:user|you)\b.{0,20}\b(?:rejected|denied|declined|cancell?ed|refused|chose not)\b"
    r"|\b(?:rejected|denied|declined|cancell?ed|aborted|refused) by (?:the )?user\b"
    r"|\btool use rejected\b|\brejected with user message\b|^\W*(?:rejected|denied|declined)\b"
)
SHOWN_S = 4.0
"""A denial counts so shortly after the request is gone."""


@dataclass(frozen=True, slots=True)
class Parting:
    """The screen during a request, and what was shown once it was gone."""

    rows: frozenset[str] = frozenset()
    left_at: float | None = None
    denied: bool = False


NO_PARTING = Parting()


def advance_parting(parting: Parting, status: Status, screen: Screen, now: float) -> Parting:
    """Return the state after `status` and `screen` were seen at `now`."""
    if status.state in ASKS:
        rows = frozenset(row.text.strip() for row in screen.rows)
        return parting if parting == Parting(rows) else Parting(rows)
    if parting is NO_PARTING:
        return parting
    left_at = now if parting.left_at is None else parting.left_at
    if now - left_at > SHOWN_S or status.state is State.NONE:
        return NO_PARTING
    texts = (row.text.strip() for row in screen.rows)
    fresh = (text for text in texts if text and text not in parting.rows)
    return Parting(parting.rows, left_at, parting.denied or any(map(DENIAL.search, fresh)))
