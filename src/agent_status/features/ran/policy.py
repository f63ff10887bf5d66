"""What an agent ran since the user looked: which calls count, and in which words. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from agent_status.model import (
    CallEnd,
    CallKind,
    Facet,
    Grade,
    ToolCall,
    clip_text,
    describe_outcome,
)
from agent_status.model.plain import reveal_text

MAX_UNSEEN = 64
"""Calls that are kept until the user acknowledges them, the dangerous ones before others."""
MAX_LINES = 12
MAX_IN_ROW = 60
"""Characters of a command in the row."""
MAX_IN_LINE = 200
MAX_KEPT_TEXT = 400
"""Characters of a command that are kept."""
UNASKED = {True: "", False: "nobody asked", None: ""}
ASKED = {True: "you were asked", False: "nobody asked", None: ""}


@dataclass(frozen=True, slots=True, kw_only=True)
class RanFacet(Facet):
    """What an agent ran since the user last acknowledged its work."""

    name: ClassVar[str] = "ran"
    notice: ClassVar[str] = "ran-dangerous"
    dangerous: int = 0
    """So many dangerous calls for which nobody was asked."""
    writes: int = 0
    """So many others that write."""


@dataclass(frozen=True, slots=True)
class SessionRecord:
    """What the user has seen of one session of an agent."""

    since: float
    """Only calls that ended after this Unix time count."""
    seen: frozenset[str] = frozenset()
    """The ids of those that the user has acknowledged."""
    unseen: tuple[ToolCall, ...] = ()
    """Those that wait for that, in the order of their end."""
    taken: tuple[ToolCall, ...] = ()
    """Those that the last acknowledgement took."""


def is_open(call: ToolCall) -> bool:
    """Return True if a call can't be shown yet: it runs, or isn't graded."""
    return call.ended_at is None or (call.risk is None and call.kind is not CallKind.READ)


def add_calls(record: SessionRecord, calls: Iterable[ToolCall]) -> SessionRecord:
    """Return the record with the graded calls that have ended and are new."""
    known = {call.id: call for call in record.unseen}
    new = [one for one in calls if _is_new(one, known.get(one.id), record) and _counts(one, record)]
    if not new:
        return record
    known |= {call.id: _shorten(call) for call in new}
    unseen = sorted(known.values(), key=lambda call: call.ended_at or 0.0)
    return replace(record, unseen=_limit(unseen))


def acknowledge(record: SessionRecord, calls: Iterable[ToolCall]) -> SessionRecord:
    """Return the record after the user has seen everything."""
    ended = {call.id for call in calls if not is_open(call)}
    seen = frozenset(ended | {one.id for one in record.unseen})
    return replace(record, seen=seen, unseen=(), taken=record.unseen)


def undo_acknowledge(record: SessionRecord) -> SessionRecord:
    """Return the record with what the last acknowledgement took."""
    unseen = sorted((*record.taken, *record.unseen), key=lambda call: call.ended_at or 0.0)
    seen = record.seen - {call.id for call in record.taken}
    return replace(record, seen=seen, unseen=_limit(unseen), taken=())


def make_facet(unseen: Sequence[ToolCall]) -> RanFacet | None:
    """Return what the row and the detail show; None for nothing."""
    if not unseen:
        return None
    news = [call for call in unseen if is_news(call)]
    worst = max(news, key=_weigh, default=None)
    shown = sorted(unseen, key=is_news)[-MAX_LINES:]
    shown.sort(key=is_news, reverse=True)
    lines = tuple(describe_call(call, MAX_IN_LINE, ASKED) for call in shown)
    more = len(unseen) - len(lines)
    return RanFacet(
        words=describe_call(worst, MAX_IN_ROW, UNASKED) if worst else "",
        lines=lines + ((f"and {more} more: agent-status log --ran lists all",) if more else ()),
        news=worst.id if worst else "",
        dangerous=len(news),
        writes=sum(_grade(call) is Grade.WRITES for call in unseen),
    )


def is_news(call: ToolCall) -> bool:
    """Return True for a dangerous call that the user did not decide about, and nothing refused."""
    is_decided = call.asked is True or call.end is CallEnd.DENIED
    return _grade(call) is Grade.DANGEROUS and not is_decided


def describe_call(call: ToolCall, width: int, asked: dict[bool | None, str]) -> str:
    """Return a call on one line: its words, cut to `width`, its grade, and how it ended."""
    grade = _grade(call)
    verb, end = describe_outcome(call.kind, call.end, call.failed, call.exit_status)
    parts = (
        f"{verb} {clip_text(reveal_text(name_call(call)), width)}",
        grade.value if grade else "",
        asked[call.asked],
        end,
    )
    return " · ".join(filter(None, parts))


def name_call(call: ToolCall) -> str:
    """Return a call's command, verbatim, or the files that it writes, or its tool."""
    if call.kind is CallKind.OTHER:
        return " ".join(filter(None, (call.tool, call.command)))
    return call.command or " ".join(call.paths) or call.tool


def _is_new(call: ToolCall, known: ToolCall | None, record: SessionRecord) -> bool:
    """Return True for a call that is not known, or whose end was seen only now."""
    if known:
        return known.end is CallEnd.UNSEEN and call.end is not CallEnd.UNSEEN
    return call.id not in record.seen


def _counts(call: ToolCall, record: SessionRecord) -> bool:
    return (
        not is_open(call)
        and _grade(call) not in {None, Grade.HARMLESS}
        and ((call.ended_at or 0.0) > record.since)
    )


def _limit(unseen: Sequence[ToolCall]) -> tuple[ToolCall, ...]:
    """Return the calls that are kept: of too many, the mild ones go first, then the oldest."""
    if len(unseen) <= MAX_UNSEEN:
        return tuple(unseen)
    kept = sorted(unseen, key=lambda call: (is_news(call), call.ended_at or 0.0))[-MAX_UNSEEN:]
    return tuple(sorted(kept, key=lambda call: call.ended_at or 0.0))


def _weigh(call: ToolCall) -> tuple[bool, bool, float]:
    return not _may_not_have_run(call), call.asked is False, call.ended_at or 0.0


def _may_not_have_run(call: ToolCall) -> bool:
    verb, _ = describe_outcome(call.kind, call.end, call.failed, call.exit_status)
    return verb in {"tried", "denied"}


def _grade(call: ToolCall) -> Grade | None:
    return call.risk.grade if call.risk else None


def _shorten(call: ToolCall) -> ToolCall:
    return replace(
        call,
        command=clip_text(call.command, MAX_KEPT_TEXT),
        paths=tuple(clip_text(path, MAX_KEPT_TEXT) for path in call.paths[:MAX_LINES]),
    )
