"""Finds the session files of each agent, and reads their facts."""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from agent_status.agents.session_calls import MAX_CALLS, CallLog
from agent_status.agents.session_fields import find_values, matches, parse_record, read_instant
from agent_status.agents.session_records import (
    NO_FACTS,
    NO_FILE_FACTS,
    FileFacts,
    SessionFacts,
    advance_facts,
    fill_path,
    join_tasks,
    place_file,
    slug,
    ties_to,
)
from agent_status.agents.session_schema import SessionFile, Shape, Tie
from agent_status.features.sessions.files import (
    MAX_BACKLOG,
    PIECE,
    Document,
    Folder,
    Tail,
    find_files,
    read_stamp,
)
from agent_status.features.sessions.tables import Table
from agent_status.model import NO_ACTIVITY, NO_TODO, Activity, Autonomy, PaneId
from agent_status.paths import find_home
from agent_status.system.processes import Origin, list_open_files, read_origin

SEARCH_S = 3.0
"""Between two searches for a file that was not found."""
DOUBT_S = 10.0
"""Between two searches whether another file contests the one that was found."""

MAX_CANDIDATES = 16
MAX_HELPERS = 16
"""Files of subagents that are read: those that were written last."""
MAX_PIECES = MAX_BACKLOG // PIECE + 1
"""Pieces of a file that one look reads."""
SLACK_S = 2.0
"""A file that was written to so much before its process began is an older session's."""

STRONG = frozenset({Tie.PID, Tie.PANE})
"""Ties that no two agents share."""
NEAR_S = 60.0
"""A session that began so near to its process is that one's, where nothing else ties them."""
TIED = ("{pid}", "{session}", "{match}", "{helper}")
"""Paths with these belong to one process, or to one file that was found to be the agent's."""


Reader = Tail | Document | Folder | Table
READERS: Mapping[Shape, Callable[[str], Reader]] = {
    Shape.LINES: Tail,
    Shape.JSON: Document,
    Shape.FOLDER: Folder,
}


@dataclass(frozen=True, slots=True)
class Target:
    """An agent whose files are wanted. `pids` are its process and those that stand for it."""

    pane: PaneId
    kind: str
    pids: tuple[int, ...]
    files: tuple[SessionFile, ...]


@dataclass(slots=True)
class _Source:
    """One file of the agent, and its facts."""

    file: SessionFile
    reader: Reader
    given: Mapping[str, str]
    facts: FileFacts = NO_FILE_FACTS
    begun: int = 0
    state_at: float = 0.0
    began: float | None = None


@dataclass(slots=True)
class _Session:
    """One agent's files."""

    kind: str
    pids: tuple[int, ...]
    origin: Origin
    files: tuple[SessionFile, ...]
    facts: Mapping[Tie, frozenset[str]]
    sources: dict[int, _Source] = field(default_factory=dict)
    searched: dict[int, float] = field(default_factory=dict)
    helpers: dict[str, _Source] = field(default_factory=dict)
    """Files of subagents, by path."""
    helper_paths: tuple[str, ...] = ()
    strangers: set[str] = field(default_factory=set)
    """Files that are not of this session's subagents."""
    logs: tuple[CallLog, ...] = ()
    activity: Activity = NO_ACTIVITY
    """What is in `logs`."""


class SessionReader:
    """
    Reads the files of many agents; a damaged file yields no facts.

    Call it about once a second: each file is searched for once, and read only after it was written.
    """

    def __init__(self) -> None:
        self._sessions: dict[PaneId, _Session] = {}

    def read(self, targets: Sequence[Target], clock: float) -> dict[PaneId, SessionFacts]:
        """Return the facts of each agent at Unix time `clock`, without agents that have none."""
        for gone in self._sessions.keys() - {target.pane for target in targets}:
            del self._sessions[gone]
        opened = [(target, self._open(target)) for target in targets]
        shared = _find_shared((target.kind, one.origin.folder) for target, one in opened if one)
        readings: dict[PaneId, SessionFacts] = {}
        for target, session in opened:
            if session is None:
                continue
            alone = (target.kind, session.origin.folder) not in shared
            for index, file in enumerate(session.files):
                self._update_session(session, index, file, clock, alone=alone)
            _update_helpers(session, clock)
            facts = _merge_facts(session)
            if facts != NO_FACTS:
                readings[target.pane] = facts
        return readings

    def _open(self, target: Target) -> _Session | None:
        known = self._sessions.get(target.pane)
        if known and (known.kind, known.pids[:1]) == (target.kind, target.pids[:1]):
            if known.pids != target.pids:
                known.pids, known.facts = target.pids, _list_facts(target, known.origin.folder)
            return known
        names = {"HOME", *(file.env for file in target.files if file.env)}
        origin = read_origin(target.pids[0], names) if target.pids else None
        if origin is None:
            self._sessions.pop(target.pane, None)
            return None
        files = tuple(place_file(file, origin.folder) for file in target.files)
        self._sessions[target.pane] = _Session(
            target.kind, target.pids, origin, files, _list_facts(target, origin.folder)
        )
        return self._sessions[target.pane]

    def _update_session(
        self,
        session: _Session,
        index: int,
        file: SessionFile,
        clock: float,
        *,
        alone: bool,
    ) -> None:
        patterns = _fill_patterns(file.path, file, session)
        source = session.sources.get(index)
        searching = file.shape is Shape.SQLITE or any("*" in pattern for pattern in patterns)
        if source and _is_outdated(source, patterns, session):
            source = None
        pause_s = (DOUBT_S if source else SEARCH_S) if searching else 0
        due = not 0 <= clock - session.searched.get(index, float("-inf")) < pause_s
        if (source is None or searching) and due:
            session.searched[index] = clock
            found = _find_own(file, patterns, session, alone=alone)
            if not (source and found and found.reader.path == source.reader.path):
                source = found
        if source is None:
            session.sources.pop(index, None)
            return
        session.sources[index] = source
        _catch_up(source, session.facts)


def _find_shared(owners: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    seen: set[tuple[str, str]] = set()
    return {owner for owner in owners if owner in seen or seen.add(owner)}  # type: ignore[func-returns-value]


def _list_facts(target: Target, folder: str) -> dict[Tie, frozenset[str]]:
    return {
        Tie.PID: frozenset(map(str, target.pids)),
        Tie.PANE: frozenset({target.pane}),
        Tie.FOLDER: frozenset({folder, os.path.realpath(folder), f"file://{folder}"}),
    }


def _fill_patterns(below: str, file: SessionFile, session: _Session) -> list[str]:
    """Return the absolute paths or patterns of what is `below` the file's root."""
    origin = session.origin
    home = origin.environment.get("HOME") or str(find_home())
    root = origin.environment.get(file.env) or file.root
    root = f"{home}/{root.removeprefix('~/')}" if root.startswith("~/") else root
    given = {name: text for one in session.sources.values() for name, text in one.given.items()}
    folder = origin.folder
    facts = {**given, "slug": slug(folder), "name": Path(folder).name}
    pids = session.pids if "{pid}" in below else session.pids[:1]
    filled = (fill_path(below, {**facts, "pid": str(pid)}) for pid in pids)
    return [f"{root}/{path}" for path in filled if path and root.startswith("/")]


def _is_outdated(source: _Source, patterns: Sequence[str], session: _Session) -> bool:
    """Return True if what was known when the file was found has changed."""
    if isinstance(source.reader, Table):
        return source.reader.match != _fill_match(source.file, session)
    found = any("*" in pattern for pattern in patterns)
    return not found and source.reader.path not in patterns


def _fill_match(file: SessionFile, session: _Session) -> dict[str, str] | None:
    """Return what the columns of a table must equal; None if that is not known yet."""
    filled: dict[str, str] = {}
    known = {"{folder}": session.origin.folder, **_list_given(session)}
    for column, text in file.match.items():
        name = text if text.startswith("{") else ""
        if name and not known.get(name):
            return None
        filled[column] = known[name] if name else text
    return filled


def _list_given(session: _Session) -> dict[str, str]:
    given = (pair for one in session.sources.values() for pair in one.given.items())
    return {f"{{{name}}}": text for name, text in given}


def _find_own(
    file: SessionFile,
    patterns: Sequence[str],
    session: _Session,
    *,
    alone: bool,
) -> _Source | None:
    """Return the one file that is certainly the agent's; None if ambiguous."""
    paths = [path for one in patterns for path in (find_files(one) if "*" in one else [one])]
    own: list[_Source] = []
    for path in _list_recent(file, paths, session.origin.started_at):
        reader = _open_reader(file, path, session)
        if reader is None:
            continue
        source = _Source(file, reader, {"match": _find_match(patterns, path)})
        _advance(source, session.facts)
        if source.facts is not NO_FILE_FACTS or source.begun:
            own.append(source)
    if not own or _is_tied(file):
        return own[0] if own else None
    held = list_open_files(session.pids)
    opened = [one for one in own if os.path.realpath(one.reader.path) in held]
    began = session.origin.started_at
    near = [one for one in own if one.began is None or abs(one.began - began) <= NEAR_S]
    found = opened or (near if alone else [])
    return found[0] if len(found) == 1 and (opened or len(own) == 1) else None


def _is_tied(file: SessionFile) -> bool:
    """Return True if only this agent can have such a file."""
    texts = (file.path, *file.match.values())
    return any(mark in text for mark in TIED for text in texts) or bool(STRONG & file.tie.keys())


def _list_recent(file: SessionFile, paths: Iterable[str], started_at: float) -> list[str]:
    """Return the files written since the agent began, newest first."""
    since = started_at - SLACK_S if "*" in file.path or "{pid}" in file.path else 0.0
    return _list_newest(paths, since)[:MAX_CANDIDATES]


def _list_newest(paths: Iterable[str], since: float = 0.0) -> list[str]:
    stamps = ((read_stamp(path), path) for path in paths)
    found = [(stamp.written_at, path) for stamp, path in stamps if stamp]
    return [path for at, path in sorted(found, reverse=True) if at >= since]


def _open_reader(file: SessionFile, path: str, session: _Session) -> Reader | None:
    if file.shape is not Shape.SQLITE:
        return READERS[file.shape](path)
    match, since = _fill_match(file, session), session.origin.started_at - SLACK_S
    return None if match is None else Table(path, file.table, file.order, match, since)


def _find_match(patterns: Sequence[str], path: str) -> str:
    """Return what the first `*` of a pattern matches in `path`."""
    parts = path.split("/")
    for pattern in patterns:
        for part, text in zip(pattern.split("/"), parts, strict=False):
            if "*" in part:
                return text
    return ""


def _update_helpers(session: _Session, clock: float) -> None:
    """Read the files of subagents, which hold calls only."""
    found: dict[str, _Source] = {}
    for index, source in session.sources.items():
        if not source.file.helpers:
            continue
        since = session.searched.get(-index - 1, float("-inf"))
        if not source.file.parent or not 0 <= clock - since < SEARCH_S:
            session.searched[-index - 1] = clock
            session.helper_paths = _find_helpers(source, session)
        for path in session.helper_paths:
            found[path] = session.helpers.get(path) or _open_helper(source.file, path)
            _catch_up(found[path], {})
    session.helpers = found


def _find_helpers(source: _Source, session: _Session) -> tuple[str, ...]:
    """Return the files of subagents that were written last."""
    file = source.file
    patterns = _fill_patterns(file.helpers, file, session)
    if file.parent and "session" not in source.given:
        return ()
    paths = {path for pattern in patterns for path in find_files(pattern)}
    since = session.origin.started_at - SLACK_S if file.parent else 0.0
    recent = _list_newest(paths - session.strangers - {source.reader.path}, since)
    if file.parent:
        own = source.given["session"]
        strangers = {path for path in recent if own not in _read_parents(file, path)}
        session.strangers |= strangers
        recent = [path for path in recent if path not in strangers]
    return tuple(recent[:MAX_HELPERS])


def _read_parents(file: SessionFile, path: str) -> list[str]:
    head = next(iter(READERS[file.shape](path).read()), b"")
    return find_values(parse_record(head), file.parent)


def _open_helper(file: SessionFile, path: str) -> _Source:
    calls = tuple(call for call in file.calls if not call.main)
    own = replace(file, tie={}, where={}, gives={}, states=(), tasks=(), calls=calls)
    return _Source(own, READERS[file.shape](path), {})


def _catch_up(source: _Source, facts: Mapping[Tie, frozenset[str]]) -> None:
    """Read all that is new in a file, within bounds."""
    for _ in range(MAX_PIECES):
        _advance(source, facts)
        if not (isinstance(source.reader, Tail | Table) and source.reader.behind):
            return


def _advance(source: _Source, facts: Mapping[Tie, frozenset[str]]) -> None:
    """Read what is new in a file; drop its facts if a record ties it to another agent."""
    reader, file = source.reader, source.file
    lines = reader.read()
    records = [record for record in map(parse_record, lines) if record is not None]
    if isinstance(reader, Document) and records:
        reader.take()
    if not records:
        return
    anew = reader.begun != source.begun or file.shape is Shape.JSON
    first = anew or not source.begun
    if first and not _is_own(records[0], file, facts):
        source.facts, source.begun = NO_FILE_FACTS, 0
        return
    if first:
        source.began = read_instant(records[0], file.began)
    before = source.facts
    base = NO_FILE_FACTS if anew else before
    if file.shape is Shape.JSON:
        base = replace(base, log=before.log)
    written_at = reader.stamp.written_at if reader.stamp else 0.0
    source.facts = advance_facts(base, records, file, written_at)
    source.begun = max(1, reader.begun)
    source.given = {**source.given, **source.facts.given}
    report = (source.facts.state, source.facts.words)
    if report != (before.state, before.words) and reader.stamp:
        source.state_at = reader.stamp.written_at


def _is_own(record: Any, file: SessionFile, facts: Mapping[Tie, frozenset[str]]) -> bool:
    return ties_to(record, file.tie, facts) and matches(record, file.where)


def _merge_facts(session: _Session) -> SessionFacts:
    sources = [one for _, one in sorted(session.sources.items()) if one.begun]
    if not sources:
        return NO_FACTS
    source = next((one for one in sources if one.facts.state), sources[0])
    return SessionFacts(
        path=source.reader.path,
        state=source.facts.state,
        words=source.facts.words,
        at=source.state_at,
        task=join_tasks(one.facts for one in sources),
        session=_name_session(session),
        mark=tuple(one.reader.stamp for one in sources),
        activity=_merge_activity(session),
    )


def _merge_activity(session: _Session) -> Activity:
    """Return the calls in all files; the same object as before if nothing has changed."""
    own = tuple(one.facts.log for _, one in sorted(session.sources.items()))
    helpers = tuple(one.facts.log for _, one in sorted(session.helpers.items()))
    name, logs = _name_session(session), (*own, *helpers)
    if (session.activity.session, session.logs) == (name, logs):
        return session.activity
    calls = [replace(call, by_helper=True) for log in helpers for call in log.calls]
    calls += [call for log in own for call in log.calls]
    known = {call.id: call for call in calls}.values()
    session.logs = logs
    session.activity = Activity(
        session=name,
        calls=tuple(sorted(known, key=lambda call: call.at)[-MAX_CALLS:]),
        todo=next((log.todo for log in own if log.todo != NO_TODO), NO_TODO),
        autonomy=next((log.autonomy for log in own if log.autonomy), Autonomy.UNKNOWN),
    )
    return session.activity


def _name_session(session: _Session) -> str:
    """Return the id that a file gives, else the path of the last file."""
    given = (one.given.get("session", "") for one in session.sources.values())
    last = session.sources.get(len(session.files) - 1)
    return next(filter(None, given), "") or (last.reader.path if last else "")


def resolve_ages(facts: SessionFacts, clock: float, now: float) -> SessionFacts:
    """Return the facts with `at` on the clock that shows `now` at Unix time `clock`."""
    return replace(facts, at=min(now, now - (clock - facts.at)))
