"""How far an agent may go before it is marked, and what it did beyond that. Pure."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from posixpath import join, normpath
from typing import ClassVar

from agent_status.model import (
    Activity,
    CallEnd,
    CallKind,
    Changes,
    Facet,
    Group,
    Sighting,
    State,
    ToolCall,
    clip_text,
    list_group,
)
from agent_status.model.attention import render_duration
from agent_status.model.plain import show_name

IN_TURN = list_group(Group.ASK, Group.BUSY) | {State.STUCK}
"""States within a turn."""
WORKS = frozenset({State.WORKING, State.STUCK})
FULL = 90
"""Percent of its context that leave an agent little room."""
PERCENT = re.compile(r"(\d{1,3})%")
LOOP = 3
"""A command that failed so often in one turn, and never worked after that, is a loop."""
SLACK_S = 5.0
"""A turn is noticed so late at most: calls of before may belong to it."""
MAX_OUTSIDE = 20
"""Files outside of the boundary that are listed."""
MAX_COMMAND = 80
MAX_PATH = 200
URGENCY = 5.0
"""Above its equals, and below any other state."""
QUIET = frozenset({"shares"})
"""Marks that neither raise an agent nor notify."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BoundsFacet(Facet):
    """What an agent does beyond what the user expects of it."""

    name: ClassVar[str] = "bounds"
    notice: ClassVar[str] = "too-far"
    marks: tuple[str, ...] = ()
    """Which: `outside`, `loop`, `context`, `minutes`, `lines`, `shares`."""
    outside: tuple[str, ...] = ()
    """Files that were changed outside of the note's boundary, bounded."""

    @property
    def urgency(self) -> float:
        """The least that lets an agent stand above its equals."""
        return URGENCY if set(self.marks) - QUIET else 0.0


@dataclass(frozen=True, slots=True)
class TurnLimits:
    """How long a turn may be."""

    seconds: float
    lines: float


@dataclass(frozen=True, slots=True)
class Turn:
    """The present turn of an agent, or its last one."""

    began_at: float
    """In Unix seconds; calls of before don't count."""
    worked_s: float = 0.0
    lines: int = 0
    """Changed lines that were there when it began."""
    base: str = ""
    """The tree that they are counted from; empty before it is known."""
    seen: frozenset[str] = frozenset()
    """Marks that the user has acknowledged."""


def advance_turn(
    turn: Turn | None, before: State | None, sighting: Sighting, clock: float, passed_s: float
) -> Turn:
    """
    Return the turn after `passed_s` seconds in the state `before`, None for the first sight.

    `clock` is Unix time; an agent that is in a turn at first sight is in it since its state began.
    """
    state, changes = sighting.status.state, sighting.changes
    if turn is None or (state in IN_TURN and before not in IN_TURN):
        passed_s = passed_s if turn is None else 0.0
        return Turn(clock - SLACK_S - passed_s, passed_s * (state in WORKS), *_count_lines(changes))
    if changes.base and changes.base != turn.base:
        turn = replace(turn, lines=0 if turn.base else _count_lines(changes)[0], base=changes.base)
    return replace(turn, worked_s=turn.worked_s + passed_s) if before in WORKS else turn


def _count_lines(changes: Changes) -> tuple[int, str]:
    return changes.added + changes.removed, changes.base


def find_outside(sighting: Sighting, since: float) -> tuple[str, ...]:
    """
    Return the files outside of the note's boundary, as far as it counts.

    These are the changes that wait for review, and what was written since Unix time `since`.
    """
    triage, changes = sighting.triage, sighting.changes
    if triage.note_is_old or not triage.bounds:
        return ()
    root = changes.root or sighting.root or sighting.pane.folder
    found = {path: None for path in changes.touched if triage.bounds.is_outside(path)}
    for call in sighting.activity.calls:
        if _may_have_written(call) and _is_since(call, since):
            for path in call.paths:
                place = find_place(path, call.folder or sighting.pane.folder, root)
                is_elsewhere = place.startswith(("/", "~"))
                if bool(triage.bounds.only) if is_elsewhere else triage.bounds.is_outside(place):
                    found[place] = None
    return tuple(found)


def _may_have_written(call: ToolCall) -> bool:
    return call.kind is CallKind.WRITE and call.end is not CallEnd.DENIED


def find_place(path: str, folder: str, root: str) -> str:
    """Return a path that a call names, below `root` if it is there."""
    whole = path if path.startswith("~") else normpath(join(folder, path))
    return whole.removeprefix(root.rstrip("/") + "/")


def find_loop(activity: Activity, since: float) -> tuple[str, int]:
    """Return the command that failed at least LOOP times without success, and how often."""
    failures: dict[str, int] = {}
    for call in activity.calls:
        has_failed = _has_failed(call)
        if call.kind is CallKind.RUN and _is_since(call, since) and has_failed is not None:
            command = call.command.strip()
            failures[command] = failures.pop(command, 0) + 1 if has_failed else 0
    loops = [(command, count) for command, count in failures.items() if count >= LOOP]
    return loops[-1] if loops else ("", 0)


def _has_failed(call: ToolCall) -> bool | None:
    """Return whether a call failed; None while that isn't known."""
    if call.ended_at is None:
        return None
    return call.failed if call.exit_status is None else call.exit_status != 0


def _is_since(call: ToolCall, since: float) -> bool:
    return call.at >= since


def find_fullness(context: str) -> int:
    """Return how full a context is in percent; 0 if that isn't known."""
    found = PERCENT.fullmatch(context)
    return int(found[1]) if found else 0


def make_facet(
    sighting: Sighting, turn: Turn, limits: TurnLimits, others: Sequence[str]
) -> BoundsFacet | None:
    """Return what is to be shown of an agent; `others` are those whose checkout it came into."""
    outside = find_outside(sighting, turn.began_at)
    marks = dict(_list_marks(sighting, turn, limits, outside))
    if others:
        marks["shares"] = f"shares checkout with {', '.join(others)}"
    marks = {name: words for name, words in marks.items() if name not in turn.seen}
    if not marks:
        return None
    return BoundsFacet(
        words=" · ".join(marks.values()),
        lines=tuple(_list_lines(marks, outside, sighting)),
        news=" ".join(sorted(marks.keys() - QUIET)),
        marks=tuple(marks),
        outside=outside[:MAX_OUTSIDE],
    )


def _list_marks(
    sighting: Sighting, turn: Turn, limits: TurnLimits, outside: Sequence[str]
) -> Iterator[tuple[str, str]]:
    """Yield each mark with its words, the gravest first; only a turn that goes on has most."""
    if outside:
        more = f" and {len(outside) - 1} more" if len(outside) > 1 else ""
        yield "outside", f"outside {_show(outside[0])}{more}"
    if sighting.status.state not in IN_TURN:
        return
    command, count = find_loop(sighting.activity, turn.began_at)
    if count:
        yield "loop", f"failed {count} times: {clip_text(command, MAX_COMMAND)}"
    fullness = find_fullness(sighting.task.context)
    if fullness >= FULL:
        yield "context", f"context {fullness}%"
    if turn.worked_s > limits.seconds:
        yield "minutes", f"turn over {render_duration(limits.seconds)}"
    if _count_lines(sighting.changes)[0] - turn.lines > limits.lines:
        yield "lines", f"turn over {limits.lines:.0f} lines"


def _show(path: str) -> str:
    return clip_text(show_name(path), MAX_PATH)


def _list_lines(
    marks: Mapping[str, str], outside: Sequence[str], sighting: Sighting
) -> Iterator[str]:
    for name, words in marks.items():
        if name != "outside":
            yield words
            continue
        yield f"outside of its boundary: {sighting.triage.bounds.describe()}"
        yield from (f"  {_show(path)}" for path in outside[:MAX_OUTSIDE])
        if len(outside) > MAX_OUTSIDE:
            yield f"  and {len(outside) - MAX_OUTSIDE} more"
