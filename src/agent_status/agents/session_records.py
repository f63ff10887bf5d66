"""Reads records of an agent's session file by the mapping in its TOML."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from agent_status.agents.session_calls import NO_LOG, CallLog, advance_log
from agent_status.agents.session_fields import clean, find_values, matches
from agent_status.agents.session_schema import Fact, FieldPath, SessionFile, TaskFact, Tie
from agent_status.model import NO_ACTIVITY, NO_TASK, Activity, State, Task

MAX_TOKENS = 10**9


@dataclass(frozen=True, slots=True)
class FileFacts:
    """The facts from one file so far."""

    state: State | None = None
    words: str = ""
    given: Mapping[str, str] = field(default_factory=dict)
    task: Task = NO_TASK
    tokens: int = 0
    window: int = 0
    log: CallLog = NO_LOG


NO_FILE_FACTS = FileFacts()


@dataclass(frozen=True, slots=True)
class SessionFacts:
    """The facts from all session files of an agent. `at` is when the state was set, in seconds."""

    path: str = ""
    state: State | None = None
    words: str = ""
    at: float = 0.0
    task: Task = NO_TASK
    session: str = ""
    """What tells the session from the agent's others, such as its id; empty if that is unknown."""
    mark: object = None
    """Differs whenever one of the files was written to."""
    activity: Activity = NO_ACTIVITY


NO_FACTS = SessionFacts()


def ties_to(record: Any, tie: Mapping[Tie, FieldPath], facts: Mapping[Tie, frozenset[str]]) -> bool:
    """Return True if no field that is there contradicts `facts`, and one of them agrees."""
    agreed = False
    for kind, path in tie.items():
        values = find_values(record, path)
        if kind is Tie.PANE:
            values = [value.rsplit(".", 1)[-1] for value in values]
        if values and facts.get(kind, frozenset()).isdisjoint(values):
            return False
        agreed = agreed or bool(values)
    return agreed or not tie


def advance_facts(
    facts: FileFacts, records: Iterable[Any], file: SessionFile, written_at: float = 0.0
) -> FileFacts:
    """Return the facts of a file after `records`, in the order of writing, the last at a time."""
    known = [record for record in records if isinstance(record, Mapping)]
    log = advance_log(facts.log, known, file, written_at)
    facts = facts if log is facts.log else replace(facts, log=log)
    for record in known:
        state = next((one for one in file.states if matches(record, one.where)), None)
        if state:
            facts = replace(facts, state=state.says, words=state.words)
        given = {
            name: values[0]
            for name, path in file.gives.items()
            if (values := find_values(record, path))
        }
        if given:
            facts = replace(facts, given={**facts.given, **given})
        for fact in file.tasks:
            facts = _take_task(facts, fact, record)
    return facts


def _take_task(facts: FileFacts, fact: TaskFact, record: Any) -> FileFacts:
    if not matches(record, fact.where):
        return facts
    if fact.tells in {Fact.TOKENS, Fact.WINDOW}:
        count = _count(record, fact)
        if not count:
            return facts
        if fact.tells is Fact.TOKENS:
            return replace(facts, tokens=count)
        return replace(facts, window=count)
    text = next(
        filter(None, (clean(" ".join(find_values(record, path))) for path in fact.take)), ""
    )
    if not text:
        return facts
    return replace(facts, task=_add_fact(facts.task, fact.tells, text))


def _add_fact(task: Task, fact: Fact, text: str) -> Task:
    if fact is Fact.PROMPT:
        return replace(task, first_prompt=task.first_prompt or text, last_prompt=text)
    if fact is Fact.MESSAGE:
        return replace(task, last_message=text)
    return replace(task, model=text)


def _count(record: Any, fact: TaskFact) -> int:
    numbers = [
        int(value)
        for path in fact.take
        for value in find_values(record, path)
        if value.isascii() and value.isdigit() and len(value) < 16  # noqa: PLR2004
    ]
    return min(MAX_TOKENS, sum(numbers) if fact.sum else next(iter(numbers), 0))


def render_context(tokens: int, window: int) -> str:
    """Return how full a context is: `45%` where its size is known, else `12.3k tokens`."""
    if not tokens:
        return ""
    if window:
        return f"{max(1, min(999, round(100 * tokens / window)))}%"
    return f"{tokens / 1000:.1f}k tokens" if tokens >= 1000 else f"{tokens} tokens"  # noqa: PLR2004


def join_tasks(files: Iterable[FileFacts]) -> Task:
    """Return the task from all files; the first value of each fact wins."""
    task = NO_TASK
    for facts in files:
        known = replace(facts.task, context=render_context(facts.tokens, facts.window))
        task = Task(
            first_prompt=task.first_prompt or known.first_prompt,
            last_prompt=task.last_prompt or known.last_prompt,
            last_message=task.last_message or known.last_message,
            model=task.model or known.model,
            context=task.context or known.context,
        )
    return task


def fill_path(path: str, facts: Mapping[str, str]) -> str | None:
    """Return `path` with its `{names}` filled in; None if one is unknown or invalid."""
    missing = False

    def fill(match: re.Match[str]) -> str:
        nonlocal missing
        value = facts.get(match[1], "")
        unsafe = not value or "\0" in value or value in {".", ".."} or "/" in value
        missing = missing or unsafe
        return re.sub(r"([*?\[\]])", r"[\1]", value)

    filled = re.sub(r"\{([a-z-]+)\}", fill, path)
    return None if missing else filled


def place_file(file: SessionFile, folder: str) -> SessionFile:
    """Return `file` with the agent's folder in the paths of its values."""
    gives = {
        name: tuple(folder if part == "{folder}" else part for part in path)
        for name, path in file.gives.items()
    }
    return replace(file, gives=gives)


def slug(folder: str) -> str:
    """Return `folder` as Claude Code and others turn it into a folder name."""
    return re.sub(r"[^A-Za-z0-9]", "-", folder)
