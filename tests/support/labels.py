"""What the markers of a labelled recording claim, and how far a replay is from it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from agent_status.model import State
from agent_status.terminal.asciicast import Event, open_recording

CALM = frozenset({State.IDLE, State.FINISHED, State.REVIEW})
FAILED = frozenset({State.ERROR, State.LIMITED})
SETTLING = CALM | {State.WORKING, State.UNKNOWN}

TRUTH: dict[str, frozenset[State]] = {
    "shell": frozenset({State.NONE}),
    "starting": SETTLING,
    "onboarding": frozenset({State.SETUP}),
    "ready": CALM,
    "done": CALM,
    "typing": CALM,
    "interrupted": CALM,
    "menu": CALM,
    "working": frozenset({State.WORKING}),
    "permission": frozenset({State.APPROVAL}),
    "question": frozenset({State.QUESTION}),
    "plan": frozenset({State.PLAN}),
    "retrying": FAILED | {State.WORKING},
    "error": frozenset({State.ERROR}),
    "rate_limited": FAILED,
    "usage_limit": frozenset({State.LIMITED}),
    "background": CALM | {State.WORKING},
}
"""Each label to the states that are right while it holds."""

ASKING = frozenset({"permission", "question", "plan", "onboarding"})


@dataclass(frozen=True, slots=True)
class Label:
    """What is true from `start` to `end`, in seconds; the first `grace` of them are not judged."""

    name: str
    start: float
    end: float
    grace: float
    lag: float
    right: frozenset[State]


def read_labels(path: Path) -> tuple[Label, ...]:
    """Return the labels in the markers of the recording at `path`, in order of time."""
    return find_labels(open_recording(path).read_events())


def find_labels(events: Iterable[Event]) -> tuple[Label, ...]:
    """Return the labels in a recording's markers, in order of time."""
    marks = [(one.at, one.data) for one in events if one.code == "m" and _is_label(one.data)]
    pairs = list(pairwise(marks))
    return tuple(
        _parse_label(text, start, end, following) for (start, text), (end, following) in pairs
    )


def _is_label(text: str) -> bool:
    """Return whether a marker claims something: in reports, others tell what was said."""
    return text.partition(" ")[0] in {*TRUTH, "end"}


def _parse_label(text: str, start: float, end: float, following: str) -> Label:
    name, *words = text.split()
    values = dict(word.split("=", 1) for word in words)
    accepted = [name, *filter(None, values.get("accept", "").split(","))]
    right = frozenset().union(*(TRUTH[one] for one in accepted))
    if name == "starting" and following.split(maxsplit=1)[0] == "onboarding":
        right |= {State.SETUP}
    lag, grace = float(values.get("lag", 0.0)), float(values["grace"])
    return Label(name, start, end, grace, lag, right)


Change = tuple[float, State]


def cut_changes(changes: Sequence[Change], start: float, end: float) -> list[tuple[float, State]]:
    """Return the changes within [start, end), the state at `start` first."""
    before = [state for at, state in changes if at <= start]
    inside = [(at, state) for at, state in changes if start < at < end]
    return [(start, before[-1] if before else State.UNKNOWN), *inside]


def iterate_faults(changes: Sequence[Change], labels: Sequence[Label]) -> Iterator[str]:
    """Yield what is wrong: asks missed or late, wrong states outside the grace, flicker."""
    yield from _iterate_early(changes, labels)
    yield from _iterate_lost(changes, labels)
    for label in labels:
        whole = cut_changes(changes, label.start, label.end)
        yield from _iterate_late(whole, label)
        yield from _iterate_wrong(changes, label)
        steps = [state in label.right for _, state in whole]
        back = sum(1 for one, two in pairwise(steps) if one and not two)
        left = back - (whole[-1][1] is State.NONE and label.end - whole[-1][0] < SLACK_S)
        if left > 0 and label.name != "starting":
            yield f"{label.start:.2f} {label.name}: left {left} times"


RESULTS = frozenset({State.FINISHED, State.REVIEW})
UNPROMPTED = frozenset({"shell", "starting", "onboarding", "ready", "typing", "menu"})


def _iterate_early(changes: Sequence[Change], labels: Sequence[Label]) -> Iterator[str]:
    """Yield the results of an agent that was not prompted since its start."""
    fresh = False
    for label in labels:
        fresh = label.name == "starting" or (fresh and label.name in UNPROMPTED)
        told = {state for _, state in cut_changes(changes, label.start, label.end)}
        if fresh and told & RESULTS:
            yield f"{label.start:.2f} {label.name}: finished before any prompt was sent"


def _iterate_lost(changes: Sequence[Change], labels: Sequence[Label]) -> Iterator[str]:
    """Yield the turns whose end is no result, though it stands for a while."""
    for before, label in pairwise(labels):
        ended = before.name == "working" and label.name == "done"
        told = {state for _, state in cut_changes(changes, label.start, label.end)}
        if ended and label.end - label.start > label.grace + 1.0 and not told & RESULTS:
            yield f"{label.start:.2f} done: the result is lost"


def _iterate_late(whole: Sequence[Change], label: Label) -> Iterator[str]:
    if label.name not in ASKING:
        return
    seen = next((at for at, state in whole if state in label.right), None)
    if seen is None:
        yield f"{label.start:.2f} {label.name}: missed"
    elif seen - label.start - label.lag > LATE_S:
        yield f"{label.start:.2f} {label.name}: {seen - label.start:.2f} s late"


LATE_S = 1.0
SLACK_S = 0.8
"""Seconds that a state may be wrong beyond a label's grace: a hold, and one tick."""
CALM_SLACK_S = 1.3
"""The same where the pane was calm before: a slow tick, and the recorder's look at processes."""


def _iterate_wrong(changes: Sequence[Change], label: Label) -> Iterator[str]:
    start = label.start + label.grace
    if start >= label.end:
        return
    slack = CALM_SLACK_S if label.name in {"shell", "starting"} else SLACK_S
    pieces = cut_changes(changes, start, label.end)
    ends = [at for at, _ in pieces[1:]] + [label.end]
    for (at, state), end in zip(pieces, ends, strict=True):
        if state not in label.right and end - at > slack:
            yield f"{at:.2f}-{end:.2f} {label.name}: {state.value}"


def read_changes(lines: Sequence[dict[str, Any]]) -> list[Change]:
    """Return a replay's lines as changes."""
    return [(line["t"], State(line["state"])) for line in lines]
