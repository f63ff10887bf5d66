"""What agents ran, as journal entries: each graded call once, and not too many a minute. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from agent_status.features.journal.entry import LogEntry, make_more_entry, make_ran_entry
from agent_status.model import NO_ACTIVITY, Activity, CallEnd, Grade, Sighting, ToolCall

MINUTE_S = 60.0
MAX_A_MINUTE = {Grade.WRITES: 20, Grade.DANGEROUS: 120}
"""Further calls that end in the same minute are only counted."""
LATE_S = 10.0
"""A minute's count is written so long after its end, as results come late."""


@dataclass(frozen=True, slots=True)
class CallLog:
    """Which calls of one pane were handed to the journal. Times are in Unix seconds."""

    given: Activity = NO_ACTIVITY
    """As it was looked at last."""
    handled: frozenset[str] = frozenset()
    """Names of its calls that need no further look."""
    written: Mapping[tuple[int, Grade], int] = field(default_factory=dict)
    """So many by the minute of their end and their grade; only the minutes of `left_out`'s age."""
    left_out: Mapping[int, int] = field(default_factory=dict)
    """So many were only counted, by minute."""


NO_CALLS = CallLog()


def advance_calls(
    log: CallLog, sighting: Sighting, at: float, oldest: float
) -> tuple[CallLog, tuple[LogEntry, ...]]:
    """Return the log after a look at `at`, and the entries of calls that ended after `oldest`."""
    over = {minute: count for minute, count in log.left_out.items() if _is_over(minute, at)}
    if sighting.activity is log.given and not over:
        return log, ()
    same = sighting.activity.session == log.given.session
    handled = set(log.handled if same else ())
    written, left_out = dict(log.written), dict(log.left_out)
    entries = []
    for call, grade in _list_new(sighting, handled):
        minute = int((call.ended_at or 0.0) // MINUTE_S)
        count = written.get((minute, grade), 0)
        if (call.ended_at or 0.0) < oldest:
            continue
        if count < MAX_A_MINUTE[grade]:
            written[minute, grade] = count + 1
            entries.append(make_ran_entry(sighting, call))
        else:
            left_out[minute] = left_out.get(minute, 0) + 1
    over = {minute: count for minute, count in left_out.items() if _is_over(minute, at)}
    entries += [make_more_entry(sighting, n, (m + 1) * MINUTE_S) for m, n in over.items()]
    names = set(map(_name_call, sighting.activity.calls))
    return (
        CallLog(
            sighting.activity,
            frozenset(handled & names),
            {key: n for key, n in written.items() if not _is_over(key[0], at)},
            {minute: n for minute, n in left_out.items() if minute not in over},
        ),
        tuple(entries),
    )


def give_up_calls(sighting: Sighting) -> Sighting:
    """Return an agent that is gone, with what it left running as calls without an end."""
    calls = (one.give_up() if one.ended_at is None else one for one in sighting.activity.calls)
    return replace(sighting, activity=replace(sighting.activity, calls=tuple(calls)))


def _name_call(call: ToolCall) -> str:
    """Return a call's id, with a mark if its end may still be seen."""
    return f"{call.id} {CallEnd.UNSEEN}" if call.end is CallEnd.UNSEEN else call.id


def _is_over(minute: int, at: float) -> bool:
    return at >= (minute + 1) * MINUTE_S + LATE_S


def _list_new(sighting: Sighting, handled: set[str]) -> Iterator[tuple[ToolCall, Grade]]:
    """Yield the graded calls that have ended and are no mere looks; add them to `handled`."""
    for call in sighting.activity.calls:
        name = _name_call(call)
        if name in handled or call.ended_at is None or call.risk is None:
            continue
        handled.add(name)
        if call.risk.grade in MAX_A_MINUTE:
            yield call, call.risk.grade
