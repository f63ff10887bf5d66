"""Reads tool calls, their results, to-do lists and modes out of records of a session file."""

import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from agent_status.agents.session_fields import (
    MAX_MATCHED,
    clean,
    find_text,
    find_values,
    matches,
    matches_within,
    parse_instant,
    parse_record,
    walk,
)
from agent_status.agents.session_schema import (
    CallFact,
    FieldPath,
    ResultFact,
    SessionFile,
    TodoFact,
    ToolFact,
)
from agent_status.model import NO_TODO, Autonomy, CallEnd, CallKind, Todo, ToolCall

MAX_CALLS = 256
"""Calls that are kept: the last ones."""
MAX_COMMAND = 16 * 1024
"""Characters of a command that are kept."""
MAX_PATHS = 64
MAX_NAME = 1000
"""Characters of a tool's name, an id or a path that are kept."""
MAX_STATUS = 1 << 32

Levels = tuple[Any, ...]
"""An item of a record and the objects around it, from the inside out."""
Arguments = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CallLog:
    """The calls in one file, oldest first, with the to-do list and the mode."""

    calls: tuple[ToolCall, ...] = ()
    todo: Todo = NO_TODO
    autonomy: Autonomy = Autonomy.UNKNOWN


NO_LOG = CallLog()


def advance_log(
    log: CallLog, records: Iterable[Mapping[str, Any]], file: SessionFile, written_at: float
) -> CallLog:
    """
    Return the log after `records`; the same object if nothing in it changes.

    `written_at` is the time of calls and results that name none.
    """
    calls = {call.id: call for call in log.calls}
    todo, autonomy = log.todo, log.autonomy
    for record in records:
        for call, arguments in _find_calls(record, file, written_at):
            calls[call.id] = _join_calls(calls.get(call.id), call)
            todo = _find_todo(file.todos, call.tool, arguments, todo)
        for id_, fact, levels in _find_results(record, file):
            if id_ in calls:
                calls[id_] = _end_call(calls[id_], fact, levels, written_at)
        todo = _find_todo(file.todos, None, record, todo)
        modes = (mode.says for mode in file.modes if matches(record, mode.where))
        autonomy = next(modes, autonomy)
    found = CallLog(tuple(calls.values())[-MAX_CALLS:], todo, autonomy)
    return log if found == log else found


def _find_calls(
    record: Mapping[str, Any], file: SessionFile, written_at: float
) -> Iterator[tuple[ToolCall, Arguments]]:
    for fact in file.calls:
        for number, levels in enumerate(_find_items(record, fact)):
            tool = find_text(levels, [fact.tool])[:MAX_NAME]
            if tool:
                arguments = _read_arguments(levels, fact.arguments)
                call = _build_call(fact, file.tools, levels, tool, arguments, number)
                yield call if call.at else replace(call, at=written_at), arguments


def _find_results(
    record: Mapping[str, Any], file: SessionFile
) -> Iterator[tuple[str, ResultFact, Levels]]:
    found: set[str] = set()
    for fact in file.results:
        for levels in _find_items(record, fact):
            id_ = find_text(levels, [fact.id])[:MAX_NAME]
            if id_ not in found:
                found.add(id_)
                yield id_, fact, levels


def _find_items(record: Mapping[str, Any], fact: CallFact | ResultFact) -> Iterator[Levels]:
    if matches(record, fact.where):
        for levels in _walk_levels(record, fact.items, ()):
            if isinstance(levels[0], Mapping) and matches(levels[0], fact.item):
                yield levels


def _walk_levels(value: Any, path: FieldPath, outer: Levels) -> Iterator[Levels]:
    """Yield every value at `path` with the objects around it."""
    if not path:
        yield (value, *outer)
    elif isinstance(value, Mapping):
        if path[0] in value:
            yield from _walk_levels(value[path[0]], path[1:], (value, *outer))
    else:
        for item in walk(value, path[:1]):
            yield from _walk_levels(item, path[1:], outer)


def _read_arguments(levels: Levels, paths: Iterable[FieldPath]) -> Arguments:
    """Return the arguments as an object; those that are a text without keys are its `text`."""
    for path in paths:
        for value in walk(levels[0], path):
            parsed = parse_record(value) if isinstance(value, str) else value
            if isinstance(parsed, Mapping):
                return parsed
            if isinstance(value, str):
                return {"text": value}
    return {}


def _build_call(
    fact: CallFact,
    tools: Sequence[ToolFact],
    levels: Levels,
    tool: str,
    arguments: Arguments,
    number: int,
) -> ToolCall:
    at = find_text(levels, [fact.at])
    known = next((one for one in tools if one.name.fullmatch(tool)), None)
    command = _read_command(arguments, known.command) if known else ""
    folder = find_text([arguments], [known.folder]) if known else ""
    return ToolCall(
        id=find_text(levels, [fact.id])[:MAX_NAME] or f"{tool}-{at}-{number}",
        tool=tool,
        kind=known.does if known else CallKind.OTHER,
        command=command[:MAX_COMMAND],
        paths=tuple(_find_paths(known, arguments)) if known else (),
        folder=(folder or find_text(levels, [fact.folder]))[:MAX_NAME].removeprefix("file://"),
        at=parse_instant(at) or 0.0,
        is_cut=len(command) > MAX_COMMAND,
        by_helper=bool(fact.helper) and matches_within(levels, fact.helper),
    )


def _read_command(arguments: Arguments, paths: Iterable[FieldPath]) -> str:
    """Return the command, verbatim: several in lines, and a list of words as a shell reads them."""
    for path in paths:
        values = [value for value in walk(arguments, path) if isinstance(value, str | list)]
        texts = (one if isinstance(one, str) else shlex.join(map(str, one)) for one in values)
        if found := "\n".join(filter(None, texts)):
            return found
    return ""


def _find_paths(tool: ToolFact, arguments: Arguments) -> list[str]:
    texts = (text for path in tool.paths for text in find_values(arguments, path))
    if tool.files is None:
        found = list(texts)
    else:
        found = [match[1] for text in texts for match in tool.files.finditer(text)]
    return [path[:MAX_NAME] for path in dict.fromkeys(found) if path][:MAX_PATHS]


def _join_calls(before: ToolCall | None, call: ToolCall) -> ToolCall:
    """Return a call that was written once more, as while its arguments came."""
    if before is None or before.command or before.paths:
        return before or call
    return replace(
        before, kind=call.kind, command=call.command, paths=call.paths, is_cut=call.is_cut
    )


def _end_call(call: ToolCall, fact: ResultFact, levels: Levels, written_at: float) -> ToolCall:
    """Return the call with its result; a second one adds what the first did not say."""
    status = _read_status(fact, levels)
    if status is None and call.kind is CallKind.RUN and _says(levels, fact.zero):
        status = 0
    status = call.exit_status if status is None else status
    failed = _says(levels, fact.failed) if fact.failed else call.failed
    asked = True if _says(levels, fact.asked) else call.asked
    return replace(
        call,
        ended_at=call.ended_at or parse_instant(find_text(levels, [fact.at])) or written_at,
        exit_status=status,
        failed=failed if status is None else bool(failed or status),
        end=_read_end(call, fact, levels, status),
        asked=False if _says(levels, fact.unasked) else asked,
    )


def _read_end(
    call: ToolCall, fact: ResultFact, levels: Levels, status: int | None
) -> CallEnd | None:
    """Return how a call ended; one with an exit status ran, so it was not denied."""
    ends = {
        CallEnd.DENIED: fact.denied,
        CallEnd.INTERRUPTED: fact.interrupted,
        CallEnd.STOPPED: fact.stopped,
    }
    end = next((end for end, where in ends.items() if _says(levels, where)), call.end)
    return end if status is None or end is CallEnd.INTERRUPTED else None


def _says(levels: Levels, where: Any) -> bool:
    return bool(where) and matches_within(levels, where)


def _read_status(fact: ResultFact, levels: Levels) -> int | None:
    number = find_text(levels, fact.status)
    if not number and fact.printed:
        text = find_text(levels, fact.text)
        ends = (text[:MAX_MATCHED], text[MAX_MATCHED:][-MAX_MATCHED:])
        found = [match[1] for part in ends for match in fact.printed.finditer(part)]
        number = found[-1] if found else ""
    try:
        status = int(number[:16])
    except ValueError:
        return None
    return status if abs(status) < MAX_STATUS else None


def _find_todo(
    facts: Iterable[TodoFact], tool: str | None, holder: Mapping[str, Any], before: Todo
) -> Todo:
    """Return the to-do list in the arguments of a tool, or in a record if `tool` is None."""
    for fact in facts:
        if (fact.tool is None) is not (tool is None):
            continue
        if tool is not None and fact.tool and not fact.tool.fullmatch(tool):
            continue
        if not matches(holder, fact.where):
            continue
        items = list(walk(holder, fact.items))
        done = sum(matches(item, fact.done) for item in items)
        current = next((one for one in items if _says((one,), fact.current)), None)
        return Todo(done, len(items), clean(find_text([current], fact.text)))
    return before
