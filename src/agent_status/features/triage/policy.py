"""Pin, snooze and mute of one pane, and when a snooze ends. Pure."""

import math
import re
from dataclasses import dataclass, replace

from agent_status.model import State, Status, Triage

FOREVER = "change"
"""Stands for a snooze without a time: it ends when the agent's state or ask changes."""
WORD = re.compile(r"(?P<key>pin|mute|until|mark)(?:=(?P<value>[\w.:-]{1,80}))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class TriageSettings:
    """The decisions for one pane. `until` is in Unix seconds, infinite without an end."""

    pinned: bool = False
    muted: bool = False
    until: float | None = None
    mark: str = ""
    """What the agent was about when it was snoozed; see `make_mark`."""


NO_SETTINGS = TriageSettings()


def make_mark(status: Status) -> str:
    """Return a value that changes with an agent's state or request."""
    return f"{status.state.value}:{status.ask.identity if status.ask else ''}"


def is_over(chosen: TriageSettings, status: Status, clock: float) -> bool:
    """
    Return True if the snooze of `chosen` has ended at Unix `clock`, by time or by a change.

    A screen that isn't recognised is no change.
    """
    if chosen.until is None:
        return False
    changed = status.state is not State.UNKNOWN and make_mark(status) != chosen.mark
    return changed or clock >= chosen.until


def make_triage(chosen: TriageSettings, noted: Triage, now: float, clock: float) -> Triage:
    """
    Return `chosen` as shown in a row, with the note of `noted`.

    `now` and `clock` are one instant, monotonic and Unix.
    """
    until = None if chosen.until is None else now + (chosen.until - clock)
    return replace(noted, pinned=chosen.pinned, muted=chosen.muted, snoozed_until=until)


def render_settings(chosen: TriageSettings) -> str:
    """Return `chosen` as text for tmux; empty for the defaults."""
    words = ["pin"] * chosen.pinned + ["mute"] * chosen.muted
    if chosen.until is not None:
        until = FOREVER if math.isinf(chosen.until) else f"{chosen.until:.0f}"
        words += [f"until={until}", f"mark={chosen.mark}"]
    return " ".join(words)


def parse_settings(text: str) -> TriageSettings:
    """Return the settings in a text of `render_settings`; unknown words are ignored."""
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
