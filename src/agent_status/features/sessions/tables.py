"""Tables of an SQLite database that an agent keeps: read only, and only rows that are new."""

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from agent_status.features.sessions.files import MAX_LINE, Stamp, read_piece, read_stamp

MAX_ROWS = 256
"""Rows that one look reads; of those from before, the last ones."""
WAIT_S = 0.05
"""So long a look waits for a writer."""
MAX_STEPS, STEPS = 500, 10_000
"""A query that takes more than so many times so many steps of SQLite's machine is given up."""
MILLISECONDS = 1000
WAL = b"\x02"
"""What byte 18 of a database says that is written by way of a log (sqlite.org/fileformat.html)."""


@dataclass(slots=True)
class Table:
    """
    The rows of a table whose columns equal `match`, by the column `order`.

    That holds the time of a row's last change in milliseconds. Rows from before `since`, in Unix
    seconds, are left out. An empty text in `match` stands for NULL, too.
    """

    path: str
    name: str
    order: str
    match: Mapping[str, str]
    since: float
    stamp: Stamp | None = None
    begun: int = 0
    behind: bool = field(default=False, init=False)
    _seen: tuple[Stamp | None, ...] = ()
    _last: float = 0.0

    def read(self) -> tuple[bytes, ...]:
        """Return the new and the changed rows as JSON texts, in the order of change."""
        seen = tuple(read_stamp(self.path + suffix) for suffix in ("", "-wal"))
        if seen[0] is None or (seen == self._seen and not self.behind):
            return ()
        found: tuple[bytes, ...] = ()
        with suppress(sqlite3.Error, OSError, ValueError):
            found = tuple(self._read_rows())
            self._seen = seen
            self.stamp = max(filter(None, seen), key=lambda stamp: stamp.written_ns)
        self.begun = max(self.begun, int(bool(found)))
        return found

    def _read_rows(self) -> Iterator[bytes]:
        uri = f"{Path(self.path).as_uri()}?{self._find_mode()}"
        with closing(sqlite3.connect(uri, timeout=WAIT_S, uri=True)) as database:
            steps = iter(range(MAX_STEPS))
            database.set_progress_handler(lambda: next(steps, None) is None, STEPS)
            database.execute("PRAGMA trusted_schema = OFF")
            columns = [
                row[1] for row in database.execute(f"PRAGMA table_info({_quote(self.name)})")
            ]
            rows = database.execute(self._write_query(columns), self._list_values()).fetchall()
        self.behind = len(rows) == MAX_ROWS and bool(self._last)
        order = columns.index(self.order) if self.order in columns else 0
        for row in rows if self._last else reversed(rows):
            self._last = max(self._last, float(row[order] or 0))
            yield json.dumps(dict(zip(columns, map(_parse, row), strict=True))).encode()

    def _find_mode(self) -> str:
        """Return how to open it: without a log, SQLite would make one beside the database."""
        logs = read_piece(self.path, 18, 1) == WAL
        return "immutable=1" if logs and read_stamp(f"{self.path}-wal") is None else "mode=ro"

    def _write_query(self, columns: list[str]) -> str:
        wanted = ", ".join(
            f"CASE WHEN length({_quote(one)}) <= {MAX_LINE} THEN {_quote(one)} END"
            for one in columns
        )
        equal = "".join(f" AND coalesce({_quote(one)}, '') = ?" for one in self.match)
        order = _quote(self.order)
        way = "" if self._last else " DESC"
        return (
            f"SELECT {wanted} FROM {_quote(self.name)} WHERE {order} >= ?{equal}"  # noqa: S608
            f" ORDER BY {order}{way} LIMIT {MAX_ROWS}"
        )

    def _list_values(self) -> list[Any]:
        return [self._last or self.since * MILLISECONDS, *self.match.values()]


def _quote(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _parse(value: Any) -> Any:
    """Return what a column holds; a JSON text is read, and bytes are left out."""
    if isinstance(value, str) and value[:1] in {"{", "["}:
        with suppress(ValueError, RecursionError):
            return json.loads(value)
    return None if isinstance(value, bytes) else value
