"""The journal: what happened, was asked and was decided, kept in one file for some days."""

import contextlib
import json
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Self, TypeVar

from agent_status.features.journal.entry import (
    LogEntry,
    NoteKey,
    enter_answer,
    parse_entry,
    parse_facts,
    take_text,
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
ANSWERS = "SELECT facts FROM entries WHERE at >= ? AND pane = ? AND server = ? AND kind = 'answer'"
OLDEST_KEPT = "SELECT id FROM entries ORDER BY id DESC LIMIT 1 OFFSET ?"
PRUNE = "DELETE FROM entries WHERE at < min(?, (SELECT max(at) FROM entries)) - ?"
"""A clock that is ahead of all entries may just be wrong."""
FIND_NOTE = "SELECT text FROM notes WHERE root = ? AND branch = ? AND folder = ?"
WRITE_NOTE = "INSERT OR REPLACE INTO notes (root, branch, folder, text, at) VALUES (?, ?, ?, ?, ?)"
DROP_NOTE = "DELETE FROM notes WHERE root = ? AND branch = ? AND folder = ?"


class Journal:
    """
    One journal for one tmux server, whose socket is `server`; other servers may share its file.

    Nothing here raises: what is wrong is told to `tell` in a sentence, and a broken file is set
    aside. The file is opened when it is first needed, and made when something is written.
    """

    def __init__(
        self,
        path: Path,
        server: str = "",
        tell: Callable[[str], None] = lambda _: None,
        *,
        is_wanted: Callable[[], bool] = lambda: True,
        most_bytes: int = MAX_BYTES,
        busy_s: float = BUSY_S,
    ) -> None:
        self._path = path
        self._server = server
        self._tell = tell
        self.trouble = ""
        """Why what was asked for last failed; empty if it did not."""
        self._is_wanted = is_wanted
        self._most_bytes = most_bytes
        self._busy_s = busy_s
        self._connection: sqlite3.Connection | None = None
        self._identity: tuple[int, int] | None = None
        self._gate = threading.RLock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file. Idempotent; it is opened again when something is asked for."""
        with self._gate, contextlib.suppress(sqlite3.Error):
            if self._connection:
                self._connection.close()
            self._connection = None

    def write(self, entries: Iterable[LogEntry]) -> bool:
        """Keep all entries, or none; return whether they were kept."""
        rows = [_to_row(replace(one, server=one.server or self._server)) for one in entries]
        return self._do(lambda file: _insert(file, rows, self._most_bytes), False)  # noqa: FBT003

    def write_answer(self, answer: AnswerRecord) -> bool:
        """Keep an answer, if the user wants a journal; return False if that went wrong."""
        return not self._is_wanted() or self.write([enter_answer(answer)])

    def write_note(self, key: NoteKey, text: str, at: float) -> bool:
        """Keep a note in the place of the one before; an empty one takes it away."""
        place = (key.root, key.branch, key.folder)
        values = tuple(map(_to_text, (*place, text)))
        row = (*values, at) if text else values[:3]
        statement = WRITE_NOTE if text else DROP_NOTE
        return self._do(lambda file: bool(file.execute(statement, row)), False)  # noqa: FBT003

    def find_note(self, key: NoteKey) -> str:
        """Return the note of that place; empty if there is none."""
        place = tuple(map(_to_text, (key.root, key.branch, key.folder)))
        return "".join(take_text(row[0]) for row in self._read_rows(FIND_NOTE, place))

    def read_notes(self) -> Mapping[NoteKey, str]:
        """Return every note."""
        query = "SELECT root, branch, folder, text FROM notes"
        rows = self._read_rows(query)
        found = (tuple(map(take_text, row)) for row in rows)
        return {NoteKey(root, branch, folder): text for root, branch, folder, text in found}

    def read_log(
        self,
        pane: str = "",
        since: float = 0.0,
        limit: int = 200,
        kind: str = "",
        server: str = "",
    ) -> tuple[LogEntry, ...]:
        """Return the last `limit` entries from Unix `since` on, the newest last; empty is any."""
        given = {"pane": pane, "server": server, "kind": kind}
        wanted = {name: _to_text(value) for name, value in given.items() if value}
        query = SELECT + "".join(FILTERS[name] for name in wanted) + LATEST
        rows = self._read_rows(query, (since, *wanted.values(), limit))
        return tuple(parse_entry(row) for row in reversed(rows))

    def has_answer(self, pane: str, since: float) -> bool:
        """Return whether a client of ours has sent something to the pane from Unix `since` on."""
        values = (since, pane, self._server)
        rows = self._read_rows(ANSWERS, values)
        return any(parse_facts(row[0]).get("sent") for row in rows)

    def prune(self, days: int, now: float) -> bool:
        """Drop what was old when the newest entry came, or at Unix `now`, and give room back."""
        return self._read(lambda file: _prune(file, days * DAY_S, now), True)  # noqa: FBT003

    def read_version(self) -> int:
        """Return a number that differs after another process has written."""
        return sum(row[0] for row in self._read_rows("PRAGMA data_version"))

    def _read_rows(self, query: str, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        return self._read(lambda file: file.execute(query, values).fetchall(), [])

    def _read(self, work: Callable[[sqlite3.Connection], T], fallback: T) -> T:
        """Return what `work` finds; `fallback` where there is no file, and none is made."""
        return self._do(work, fallback) if find_identity(self._path) else fallback

    def _do(self, work: Callable[[sqlite3.Connection], T], fallback: T) -> T:
        with self._gate:
            self.trouble = ""
            try:
                return self._attempt(work)
            except BrokenError as error:
                return self._begin_anew(error, work, fallback)
            except JournalError as error:
                return self._give_up(error, fallback)

    def _give_up(self, error: JournalError, fallback: T) -> T:
        self.close()
        self.trouble = str(error)
        self._tell(self.trouble)
        return fallback

    def _begin_anew(
        self, error: BrokenError, work: Callable[[sqlite3.Connection], T], fallback: T
    ) -> T:
        identity = self._identity
        try:
            self._refuse_newer()
            self.close()
            aside = set_aside(self._path, identity)
            if aside:
                self._tell(f"{error}; it was set aside as {aside.name}, and a new one begun")
            return self._attempt(work)
        except JournalError as worse:
            return self._give_up(worse, fallback)

    def _refuse_newer(self) -> None:
        """Raise NewerError if a newer version of us has changed the file while we had it open."""
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
        """Return the connection; a new one if another file has taken the old one's place."""
        identity = find_identity(self._path)
        if self._connection and identity == self._identity:
            return self._connection
        self.close()
        self._identity = identity
        self._connection = open_file(self._path, self._busy_s)
        self._identity = find_identity(self._path)
        return self._connection


def open_journal(
    path: Path, server: str = "", tell: Callable[[str], None] = lambda _: None
) -> Journal:
    """
    Return the journal at `path` for a client of the tmux server at the socket `server`.

    It keeps no answer while that server's option says that there is to be no journal.
    """
    return Journal(path, server, tell, is_wanted=lambda: _read_days(server) > 0)


def _read_days(server: str) -> int:
    try:
        text = Tmux(server).ask(f"#{{{DAYS_OPTION}}}")
    except TmuxError:
        text = ""
    return parse_options({DAYS_OPTION: text})[0].journal_days


def find_journal(state: Path) -> Path:
    """Return where the journal lies in the folder of our state."""
    return state / NAME


def _insert(file: sqlite3.Connection, rows: list[tuple[Any, ...]], most_bytes: int) -> bool:
    with _begin(file):
        file.executemany(INSERT, rows)
    if _measure(file) > most_bytes:
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
    """Make the block one transaction; an exception rolls it back."""
    file.execute("BEGIN IMMEDIATE")
    yield
    file.execute("COMMIT")


def _to_row(entry: LogEntry) -> tuple[Any, ...]:
    texts = (entry.server, entry.pane, entry.place, entry.agent, entry.folder, entry.kind.value)
    return (entry.at, *map(_to_text, texts), json.dumps(dict(entry.facts)))


def _to_text(text: str) -> str:
    """Return a text that SQLite accepts, from any text of JSON."""
    return text.encode("utf-8", "replace").decode()
