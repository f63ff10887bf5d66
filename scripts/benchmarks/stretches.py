"""What agents print while they work, cut from recordings so that it can go on without a redraw."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

from tests.support.labels import Label, read_labels

from agent_status.model import Screen
from agent_status.terminal import Terminal
from agent_status.terminal.asciicast import Event, open_recording

RECORDINGS = Path(__file__).parents[2] / "tests" / "recordings"
PLAYED = (
    "gemini/shell_permission-200x50",
    "claude/shell_permission-200x50",
    "qwen/background-100x30",
    "codex/shell_permission-200x50",
    "pi/shell_permission-200x50",
    "opencode/shell_permission-200x50",
)
"""What the agents do, in turn: 20 of them print about 17 KB/s each."""
ASKING = "claude/shell_permission-200x50"
RESET = b"\x1b[?1049l\x1bc"
EARLY_S = 0.7
"""A stretch is cut by so much at both ends: the screen may be behind its label, or ahead."""
MAX_CHANGED = 2
"""Rows that may differ where a stretch starts again: a spinner, and a clock."""


@dataclass(frozen=True)
class Stretch:
    """
    What a pane prints: `before` at once, then the steps at their pace, round after round.

    Each round ends with the cursor and the screen where it began, but for a spinner, so that the
    next one follows as an agent would go on.
    """

    kind: str
    size: tuple[int, int]
    before: bytes
    steps: tuple[tuple[float, bytes], ...]
    """Seconds since the round began, and what is printed then."""
    length_s: float

    @property
    def bytes_per_s(self) -> float:
        """Return how much is printed once `before` is."""
        return sum(len(data) for _, data in self.steps) / self.length_s


def cut_working(name: str) -> Stretch:
    """Return the longest round in the longest stretch of a recording in which the agent works."""
    recording = open_recording(RECORDINGS / f"{name}.cast.gz")
    part, printed = _find_longest(name, "working"), _read_printed(name)
    terminal = Terminal(recording.width, recording.height)
    first = sum(one.at < part.start + EARLY_S for one in printed)
    last = sum(one.at < part.end - EARLY_S for one in printed)
    terminal.feed(_join(printed[:first]))
    inside = printed[first:last]
    screens = list(
        accumulate(inside, lambda _, one: _feed(terminal, one), initial=terminal.screen())
    )
    start, end = find_round(screens, [one.at for one in printed[first : last + 1]])
    began = inside[start].at
    return Stretch(
        kind=name.partition("/")[0],
        size=(recording.width, recording.height),
        before=RESET + _join(printed[: first + start]),
        steps=tuple((one.at - began, one.data.encode()) for one in inside[start:end]),
        length_s=printed[first + end].at - began,
    )


def find_round(screens: Sequence[Screen], times: Sequence[float]) -> tuple[int, int]:
    """
    Return the numbers of the two screens farthest apart of which the latter leads to the former.

    Raise ValueError if there are none.
    """
    pairs = [
        (times[end] - times[start], start, end)
        for start, first in enumerate(screens)
        for end, last in enumerate(screens[start + 1 :], start + 1)
        if first.cursor == last.cursor and _count_changed(first, last) <= MAX_CHANGED
    ]
    _, start, end = max(pairs)
    return start, end


def cut_done(name: str) -> bytes:
    """Return what a recording prints until the agent has long been done."""
    part = _find_longest(name, "done")
    middle = (part.start + part.end) / 2
    return RESET + _join([one for one in _read_printed(name) if one.at < middle])


def cut_ask(name: str) -> tuple[bytes, bytes]:
    """Return what a recording prints until it asks to be permitted, and what draws that request."""
    ask, printed = _find_longest(name, "permission"), _read_printed(name)
    before = [one for one in printed if one.at < ask.start - EARLY_S]
    asks = [one for one in printed if ask.start - EARLY_S <= one.at < ask.start + EARLY_S]
    return RESET + _join(before), _join(asks)


def _find_longest(name: str, state: str) -> Label:
    labels = read_labels(RECORDINGS / f"{name}.cast.gz")
    return max((one for one in labels if one.name == state), key=lambda one: one.end - one.start)


def _read_printed(name: str) -> list[Event]:
    events = open_recording(RECORDINGS / f"{name}.cast.gz").read_events()
    return [one for one in events if one.code == "o"]


def _join(events: Sequence[Event]) -> bytes:
    return "".join(one.data for one in events).encode()


def _feed(terminal: Terminal, event: Event) -> Screen:
    terminal.feed(event.data.encode())
    return terminal.screen()


def _count_changed(first: Screen, last: Screen) -> int:
    return sum(one.text != other.text for one, other in zip(first.rows, last.rows, strict=True))
