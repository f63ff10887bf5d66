"""The journal: what happened, was requested and was decided, in one file for some days."""

import contextlib
import json
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Self, TypeVar

from agent_status.features.journal.entry import (
    NO_NOTE,
    LogEntry,
    Note,
    NoteKey,
    make_answer_entry,
    parse_entry,
    parse_facts,
)
from agent_status.features.journal.file import (
    BUSY_S,
    BrokenError,
    JournalError,
    find_identity,
    find_version,
    name_errors,
    open_file,
    set_aside,
)
from agent_status.features.journal.note import parse_note, render_note_facts
from agent_status.features.journal.schema import COLUMNS
from agent_status.model import AnswerRecord
from agent_status.options import parse_options
from agent_status.tmux.client import Tmux, TmuxError

T = TypeVar("T")
NAME = "journal.sqlite3"
DAYS_OPTION = "@agent-status-journal-days"
DAY_S = 86400.0
MAX_BYTES = 64 * 1024 * 1024
SHRINK = 0.8
"""The part of its entries that a file keeps which has grown beyond that."""
INSERT = f"INSERT INTO entries ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))})"  # noqa: S608
SELECT = f"SELECT {', '.join(COLUMNS)} FROM entries WHERE at >= ?"  # noqa: S608
FILTERS = {name: f" AND {name} = ?" for name in ("pane", "server", "kind")}
"""Each only where it is asked for, so that SQLite finds the index."""
LATEST = " ORDER BY at DESC, id DESC LIMIT ?"
RAN = "SELECT facts FROM entries WHERE at = ? AND kind = 'ran'"
ANSWERS = "SELECT facts FROM entries WHERE at >= ? AND pane = ? AND server = ? AND kind = 'answer'"
OLDEST_KEPT = "SELECT id FROM entries ORDER BY id DESC LIMIT 1 OFFSET ?"
PRUNE = "DELETE FROM entries WHERE at < min(?, (SELECT max(at) FROM entries)) - ?"
"""A clock that is ahead of all entries may just be wrong."""
NOTES = "SELECT root, branch, folder, text, at, facts FROM notes"
FIND_NOTE = f"{NOTES} WHERE root = ? AND branch = ? AND folder = ?"
WRITE_NOTE = "INSERT OR REPLACE INTO notes VALUES (?, ?, ?, ?, ?, ?)"
DROP_NOTE = "DELETE FROM notes WHERE root = ? AND branch = ? AND folder = ?"


class Journal:
    """
    The journal for one tmux server with the socket `server`; other servers may share its file.

    No method raises: `warn` receives each problem as a sentence, and a damaged file is set aside.
    The file is opened when first needed, and created when something is written.
    """

    def __init__(
        self,
        path: Path,
        server: str = "",
        warn: Callable[[str], None] = lambda _: None,
        *,
        is_wanted: Callable[[], bool] = lambda: True,
        max_bytes: int = MAX_BYTES,
        busy_s: float = BUSY_S,
    ) -> None:
        self._path = path
        self._server = server
        self._warn = warn
        self.trouble = ""
        """Why what was asked for last failed; empty if it did not."""
        self._is_wanted = is_wanted
        self._max_bytes = max_bytes
        self._busy_s = busy_s
        self._connection: sqlite3.Connection | None = None
        self._identity: tuple[int, int] | None = None
        self._opened = 0
        self._gate = threading.RLock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file. Idempotent; it is opened again when needed."""
        with self._gate, contextlib.suppress(sqlite3.Error):
            if self._connection:
                self._connection.close()
            self._connection = None

    def write(self, entries: Iterable[LogEntry]) -> bool:
        """Write all entries, or none; return True if they were written."""
        rows = [_to_row(replace(one, server=one.server or self._server)) for one in entries]
        return self._execute(lambda file: _insert(file, rows, self._max_bytes), False)  # noqa: FBT003

    def write_answer(self, answer: AnswerRecord) -> bool:
        """Write an answer if the user wants a journal; return False if that failed."""
        return not self._is_wanted() or self.write([make_answer_entry(answer)])

    def write_note(self, key: NoteKey, note: Note) -> bool:
        """Replace a note; one without a text is removed."""
        place = (key.root, key.branch, key.folder)
        values = tuple(map(_to_text, (*place, note.text)))
        row = (*values, note.at, render_note_facts(note)) if note.text else values[:3]
        statement = WRITE_NOTE if note.text else DROP_NOTE
        return self._execute(lambda file: bool(file.execute(statement, row)), False)  # noqa: FBT003

    def find_note(self, key: NoteKey) -> Note:
        """Return the note of that place, or NO_NOTE."""
        place = tuple(map(_to_text, (key.root, key.branch, key.folder)))
        rows = self._read_rows(FIND_NOTE, place)
        return parse_note(rows[0])[1] if rows else NO_NOTE

    def read_notes(self) -> Mapping[NoteKey, Note]:
        """Return every note."""
        return dict(map(parse_note, self._read_rows(NOTES)))

    def read_log(
        self,
        pane: str = "",
        since: float = 0.0,
        limit: int = 200,
        kind: str = "",
        server: str = "",
    ) -> tuple[LogEntry, ...]:
        """Return the last `limit` entries since Unix `since`, newest last; empty matches all."""
        given = {"pane": pane, "server": server, "kind": kind}
        wanted = {name: _to_text(value) for name, value in given.items() if value}
        query = SELECT + "".join(FILTERS[name] for name in wanted) + LATEST
        rows = self._read_rows(query, (since, *wanted.values(), limit))
        return tuple(parse_entry(row) for row in reversed(rows))

    def has_answer(self, pane: str, since: float) -> bool:
        """Return True if one of our clients sent something to the pane since Unix time `since`."""
        values = (since, pane, self._server)
        rows = self._read_rows(ANSWERS, values)
        return any(parse_facts(row[0]).get("sent") for row in rows)

    def has_call(self, entry: LogEntry) -> bool:
        """Return True if a call is there; a resumed session copies it with its id and time."""
        call = entry.facts.get("call")
        return any(
            parse_facts(row[0]).get("call") == call for row in self._read_rows(RAN, (entry.at,))
        )

    def prune(self, days: int, now: float) -> bool:
        """Delete entries that were old at Unix `now`, or at the newest entry; release space."""
        return self._read(lambda file: _prune(file, days * DAY_S, now), True)  # noqa: FBT003

    def read_version(self) -> tuple[int, int]:
        """Return what changes after another process has written, or replaced the file."""
        version = sum(row[0] for row in self._read_rows("PRAGMA data_version"))
        return self._opened, version

    def _read_rows(self, query: str, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        return self._read(lambda file: file.execute(query, values).fetchall(), [])

    def _read(self, work: Callable[[sqlite3.Connection], T], fallback: T) -> T:
        """Return what `work` finds; `fallback` if there is no file, which isn't created."""
        return self._execute(work, fallback) if find_identity(self._path) else fallback

    def _execute(self, work: Callable[[sqlite3.Connection], T], fallback: T) -> T:
        with self._gate:
            self.trouble = ""
            try:
                return self._attempt(work)
            except BrokenError as error:
                return self._start_new_file(error, work, fallback)
            except JournalError as error:
                return self._give_up(error, fallback)

    def _give_up(self, error: JournalError, fallback: T) -> T:
        self.close()
        self.trouble = str(error)
        self._warn(self.trouble)
        return fallback

    def _start_new_file(
        self, error: BrokenError, work: Callable[[sqlite3.Connection], T], fallback: T
    ) -> T:
        identity = self._identity
        try:
            self._refuse_newer()
            self.close()
            aside = set_aside(self._path, identity)
            if aside:
                self._warn(f"{error}; it was set aside as {aside.name}, and a new one begun")
            return self._attempt(work)
        except JournalError as worse:
            return self._give_up(worse, fallback)

    def _refuse_newer(self) -> None:
        """Raise NewerError if a newer version of agent-status changed the open file."""
        with contextlib.suppress(BrokenError), name_errors(self._path):
            if self._connection:
                find_version(self._connection, self._path)

    def _attempt(self, work: Callable[[sqlite3.Connection], T]) -> T:
        connection = self._open()
        with name_errors(self._path):
            try:
                return work(connection)
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")

    def _open(self) -> sqlite3.Connection:
        """Return the connection; a new one if the file was replaced."""
        identity = find_identity(self._path)
        if self._connection and identity == self._identity:
            return self._connection
        self.close()
        self._identity = identity
        self._connection = open_file(self._path, self._busy_s)
        self._opened += 1
        self._identity = find_identity(self._path)
        return self._connection


def open_journal(
    path: Path, server: str = "", warn: Callable[[str], None] = lambda _: None
) -> Journal:
    """
    Return the journal at `path` for a client of the tmux server with the socket `server`.

    It writes no answers while that server's option turns the journal off.
    """
    return Journal(path, server, warn, is_wanted=lambda: _read_days(server) > 0)


def _read_days(server: str) -> int:
    try:
        text = Tmux(server).ask(f"#{{{DAYS_OPTION}}}")
    except TmuxError:
        text = ""
    return parse_options({DAYS_OPTION: text})[0].journal_days


def find_journal(state: Path) -> Path:
    """Return the path of the journal in our state folder."""
    return state / NAME


def _insert(file: sqlite3.Connection, rows: list[tuple[Any, ...]], max_bytes: int) -> bool:
    with _begin(file):
        file.executemany(INSERT, rows)
    if _measure(file) > max_bytes:
        _shrink(file)
    return True


def _prune(file: sqlite3.Connection, span_s: float, now: float) -> bool:
    with _begin(file):
        file.execute(PRUNE, (now, span_s))
    file.execute("PRAGMA incremental_vacuum").fetchall()
    return True


def _shrink(file: sqlite3.Connection) -> None:
    count = file.execute("SELECT count(*) FROM entries").fetchone()[0]
    first = file.execute(OLDEST_KEPT, (int(count * SHRINK),)).fetchone()
    with _begin(file):
        file.execute("DELETE FROM entries WHERE id <= ?", (first[0] if first else 0,))
    file.execute("PRAGMA incremental_vacuum").fetchall()


def _measure(file: sqlite3.Connection) -> int:
    pages = ("page_count", "page_size")
    count, size = (int(file.execute(f"PRAGMA {name}").fetchone()[0]) for name in pages)
    return count * size


@contextlib.contextmanager
def _begin(file: sqlite3.Connection) -> Iterator[None]:
    """Run the block as one transaction; an exception rolls it back."""
    file.execute("BEGIN IMMEDIATE")
    yield
    file.execute("COMMIT")


def _to_row(entry: LogEntry) -> tuple[Any, ...]:
    texts = (entry.server, entry.pane, entry.place, entry.agent, entry.folder, entry.kind.value)
    return (entry.at, *map(_to_text, texts), json.dumps(dict(entry.facts)))


def _to_text(text: str) -> str:
    """Return any JSON text as text that SQLite accepts."""
    return text.encode("utf-8", "replace").decode()
