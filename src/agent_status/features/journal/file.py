"""The journal's file: private, opened by one process at a time, set aside if damaged."""

import contextlib
import os
import sqlite3
import stat
import time
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from agent_status.errors import AgentStatusError
from agent_status.features.journal.schema import APPLICATION, MIGRATIONS, VERSION
from agent_status.system.locks import lock_journal

BUSY_S = 5.0
"""How long one writer waits for another."""
MAX_WAL = 4 * 1024 * 1024
BROKEN = frozenset({sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
"""SQLite's primary codes for a file with which nothing can be done, another schema's too."""
HINTS = {
    sqlite3.SQLITE_FULL: "make room on that disk",
    sqlite3.SQLITE_READONLY: "make the file and its folder writable",
    sqlite3.SQLITE_CANTOPEN: "make the file and its folder yours, and writable",
    sqlite3.SQLITE_PERM: "make the file and its folder yours, and writable",
    sqlite3.SQLITE_IOERR: "check that disk",
    sqlite3.SQLITE_BUSY: "end the program that holds it open",
}
REMOVE = "remove it, or move it away"


class JournalError(AgentStatusError):
    """The journal can't be used; the text names its file and a fix."""


class BrokenError(JournalError):
    """The file is damaged or isn't a journal: it can only be set aside."""


class NewerError(JournalError):
    """A newer version of agent-status wrote the file; it is left as it is."""


def open_file(path: Path, busy_s: float = BUSY_S) -> sqlite3.Connection:
    """
    Return a connection to the journal at `path`, created or migrated to VERSION if needed.

    The caller handles transactions. Raises JournalError.
    """
    with _lock(path):
        _make_private(path)
        with name_errors(path):
            connection = sqlite3.connect(
                path, timeout=busy_s, isolation_level=None, check_same_thread=False
            )
            try:
                prepare(connection, path)
            except BaseException:
                connection.close()
                raise
            return connection


def set_aside(path: Path, broken: tuple[int, int] | None = None) -> Path | None:
    """
    Rename the file at `path`, with SQLite's files beside it; return its new name.

    If `broken` is given, only the file with that identity; None if it was gone already. Raises
    JournalError.
    """
    with _lock(path):
        if broken is not None and find_identity(path) != broken:
            return None
        when = time.strftime("%Y%m%d-%H%M%S")
        aside = path.with_name(f"{path.name}.broken-{when}")
        try:
            for tail in ("-wal", "-shm"):
                with contextlib.suppress(FileNotFoundError):
                    path.with_name(path.name + tail).rename(f"{aside}{tail}")
            path.rename(aside)
        except OSError as error:
            message = f"{path} is broken and cannot be renamed: {error.strerror} ({REMOVE})"
            raise JournalError(message) from error
        return aside


def find_identity(path: Path) -> tuple[int, int] | None:
    """Return what distinguishes this file from another of the same name; None if missing."""
    try:
        found = path.lstat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


@contextlib.contextmanager
def name_errors(path: Path) -> Iterator[None]:
    """Raise SQLite's errors as a JournalError that names the file and a fix."""
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
        if code in BROKEN:
            message = f"{path} is broken: {error}"
            raise BrokenError(message) from error
        hint = HINTS.get(code, "check that disk and folder")
        message = f"{path} cannot be used: {error} ({hint})"
        raise JournalError(message) from error
    except UnicodeDecodeError as error:
        message = f"{path} is broken: SQLite names a part of it that is no text"
        raise BrokenError(message) from error
    except OSError as error:
        message = f"{path} cannot be used: {error.strerror or error} ({HINTS[sqlite3.SQLITE_PERM]})"
        raise JournalError(message) from error


@contextlib.contextmanager
def _lock(path: Path) -> Iterator[None]:
    with contextlib.ExitStack() as stack:
        with name_errors(path):
            stack.enter_context(lock_journal(path.parent))
        yield


def _make_private(path: Path) -> None:
    """Create the file for its owner alone; SQLite's locks forbid opening an existing one."""
    with name_errors(path):
        with contextlib.suppress(FileExistsError):
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600))
        found = path.lstat()
        if not stat.S_ISREG(found.st_mode):
            message = f"{path} is no plain file ({REMOVE})"
            raise JournalError(message)
        if stat.S_IMODE(found.st_mode) & 0o077:
            path.chmod(0o600)


def prepare(connection: sqlite3.Connection, path: Path) -> None:
    """
    Create the journal behind a new connection, or migrate it to VERSION.

    Other processes may do the same meanwhile. Raises JournalError or an SQLite error.
    """
    connection.execute("BEGIN")
    version = find_version(connection, path)
    connection.execute("COMMIT")
    if not version:
        connection.execute("PRAGMA auto_vacuum=INCREMENTAL")
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.execute(f"PRAGMA journal_size_limit={MAX_WAL}")
    if version < VERSION:
        _migrate(connection, path)


def find_version(connection: sqlite3.Connection, path: Path) -> int:
    """
    Return the version of the journal, 0 for an empty file.

    Within a transaction, the version can't change until its end. Raises NewerError, or BrokenError
    if the file isn't a journal of ours.
    """
    version = _read_pragma(connection, "user_version")
    application = _read_pragma(connection, "application_id")
    if version > VERSION and application == APPLICATION:
        message = f"{path} was written by a newer agent-status (run: agent-status load)"
        raise NewerError(message)
    tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if application != APPLICATION and (version or tables):
        message = f"{path} is broken: it is another program's database"
        raise BrokenError(message)
    return version


def _migrate(connection: sqlite3.Connection, path: Path) -> None:
    """Continue from the version that another process may have migrated the file to."""
    connection.execute("BEGIN IMMEDIATE")
    version = find_version(connection, path)
    for statement in chain.from_iterable(MIGRATIONS[version:]):
        connection.execute(statement)
    connection.execute(f"PRAGMA application_id={APPLICATION}")
    connection.execute(f"PRAGMA user_version={VERSION}")
    connection.execute("COMMIT")


def _read_pragma(connection: sqlite3.Connection, name: str) -> int:
    return int(connection.execute(f"PRAGMA {name}").fetchone()[0])
