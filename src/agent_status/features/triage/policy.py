"""What the user decided about an agent's place in the order, and when a snooze is over."""

import math
import re
from dataclasses import dataclass

from agent_status.model import State, Status, Triage

FOREVER = "change"
"""Stands for a snooze without a time: it ends when the agent's state or ask changes."""
WORD = re.compile(r"(?P<key>pin|mute|until|mark)(?:=(?P<value>[\w.:-]{1,80}))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class TriageSettings:
    """One pane's decisions. `until` is in Unix seconds, infinite for one that has no time."""

    pinned: bool = False
    muted: bool = False
    until: float | None = None
    mark: str = ""
    """What the agent was about when it was snoozed; see `make_mark`."""


NO_SETTINGS = TriageSettings()


def make_mark(status: Status) -> str:
    """Return what is different once an agent's state or ask has changed."""
    return f"{status.state.value}:{status.ask.identity if status.ask else ''}"


def is_over(chosen: TriageSettings, status: Status, clock: float) -> bool:
    """
    Return whether the snooze of `chosen` has ended, by time or by a change, at Unix `clock`.

    A screen that isn't recognised is no change.
    """
    if chosen.until is None:
        return False
    changed = status.state is not State.UNKNOWN and make_mark(status) != chosen.mark
    return changed or clock >= chosen.until


def make_triage(chosen: TriageSettings, note: str, now: float, clock: float) -> Triage:
    """Return `chosen` as a row has it; `now` and `clock` are one instant, monotonic and Unix."""
    until = None if chosen.until is None else now + (chosen.until - clock)
    return Triage(chosen.pinned, chosen.muted, until, note)


def render_settings(chosen: TriageSettings) -> str:
    """Return `chosen` as the words that are kept in tmux; empty if there is nothing to keep."""
    words = ["pin"] * chosen.pinned + ["mute"] * chosen.muted
    if chosen.until is not None:
        until = FOREVER if math.isinf(chosen.until) else f"{chosen.until:.0f}"
        words += [f"until={until}", f"mark={chosen.mark}"]
    return " ".join(words)


def parse_settings(text: str) -> TriageSettings:
    """Return what `render_settings` kept; any other word is ignored."""
    matches = (WORD.fullmatch(word) for word in text.split()[:8])
    found = {match["key"]: match["value"] or "" for match in matches if match}
    until = _parse_until(found.get("until", ""))
    return TriageSettings(
        "pin" in found, "mute" in found, until, found.get("mark", "") if until else ""
    )


def _parse_until(text: str) -> float | None:
    if text == FOREVER:
        return math.inf
    return float(text) if re.fullmatch(r"[0-9]{1,12}", text, re.ASCII) else None
