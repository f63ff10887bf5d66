"""Databases of agents: read only, only what is new, and never believed blindly."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from agent_status.features.sessions.files import MAX_LINE
from agent_status.features.sessions.tables import MAX_ROWS, Table


def write(path: Path, *rows: tuple[str, int, str]) -> None:
    """Put rows of a session `s1` into a database in the mode that agents use."""
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute(
            "CREATE TABLE IF NOT EXISTS part (id TEXT PRIMARY KEY, session_id TEXT, parent TEXT,"
            " time_updated INTEGER, data TEXT)"
        )
        database.executemany("INSERT OR REPLACE INTO part VALUES (?, 's1', NULL, ?, ?)", rows)


def open_table(path: Path, since: float = 0.0, **match: str) -> Table:
    """Return the rows of session `s1`, or of others."""
    return Table(str(path), "part", "time_updated", match or {"session_id": "s1"}, since)


def read(table: Table) -> list[str]:
    """Return the ids of the rows that are new."""
    return [json.loads(row)["id"] for row in table.read()]


def test_rows_that_are_new_or_changed_are_read_once(tmp_path: Path) -> None:
    """
    In the order of change; a JSON text comes as what it means.
    """
    path = tmp_path / "a b?.db"
    write(path, ("p1", 1, '{"a": [1]}'), ("p2", 2, "plain"))
    table = open_table(path)

    first = [json.loads(row) for row in table.read()]
    calm = read(table)
    write(path, ("p3", 4, ""), ("p1", 3, ""))

    assert [{"a": [1]}, "plain"] == [row["data"] for row in first]
    assert [] == calm
    assert ["p1", "p3"] == [one for one in read(table) if one != "p2"]


def test_rows_of_others_and_from_before_are_left_out(tmp_path: Path) -> None:
    """
    An empty text stands for NULL, and `since` is in seconds.
    """
    path = tmp_path / "x.db"
    write(path, ("old", 1000, ""), ("new", 3000, ""))

    assert ["new"] == read(open_table(path, since=2.0))
    assert ["old", "new"] == read(open_table(path, parent=""))
    assert [] == read(open_table(path, session_id="s2"))


def test_of_many_rows_the_last_are_read_first(tmp_path: Path) -> None:
    """
    A look is bounded; what comes at once later is read in several looks.
    """
    path = tmp_path / "x.db"
    write(path, *((f"p{n:04}", n + 1, "") for n in range(1000)))
    table = open_table(path)

    assert ["p0744", "p0999"] == [(first := read(table))[0], first[-1]]
    write(path, *((f"q{n:04}", n + 2000, "") for n in range(MAX_ROWS + 9)))

    found = [*read(table), *read(table), *read(table)]
    assert MAX_ROWS + 9 == len({one for one in found if one.startswith("q")})


@pytest.mark.parametrize("kind", ["gone", "folder", "text", "torn", "other table", "no columns"])
def test_what_is_no_such_database_says_nothing(tmp_path: Path, kind: str) -> None:
    """
    Nothing there, a folder, another file, half of a database, or one of another program.
    """
    path = tmp_path / "x.db"
    if kind == "folder":
        path.mkdir()
    elif kind == "text":
        path.write_text("not a database " * 99)
    elif kind == "torn":
        write(path, *((f"p{n}", n, "x" * 999) for n in range(99)))
        path.write_bytes(path.read_bytes()[:9999])
    elif kind != "gone":
        with closing(sqlite3.connect(path)) as database, database:
            database.execute(f"CREATE TABLE {'x' if kind == 'other table' else 'part'} (a, b)")

    assert [] == read(open_table(path))


def test_a_huge_value_is_left_out_and_its_row_is_not(tmp_path: Path) -> None:
    """
    The row that follows is read, too.
    """
    path = tmp_path / "x.db"
    write(path, ("p1", 1, "x" * (2 * MAX_LINE)), ("p2", 2, "short"))

    rows = [json.loads(row) for row in open_table(path).read()]

    assert [("p1", None), ("p2", "short")] == [(row["id"], row["data"]) for row in rows]


def test_a_query_that_never_ends_is_given_up(tmp_path: Path) -> None:
    """
    A view may count for ever; the reader goes on after a bounded time.
    """
    path = tmp_path / "x.db"
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(
            "CREATE VIEW part AS WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n)"
            " SELECT id, 's1' AS session_id, id AS time_updated FROM n WHERE id < 0"
        )

    assert [] == read(open_table(path))


def test_a_database_that_is_locked_is_read_later(tmp_path: Path) -> None:
    """
    Its rows come with the look after the lock has gone.
    """
    path = tmp_path / "x.db"
    write(path, ("p1", 1, ""))
    table = open_table(path)
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA journal_mode = DELETE")
        database.execute("BEGIN EXCLUSIVE")
        locked = read(table)

    assert ([], ["p1"]) == (locked, read(table))


def test_reading_a_database_that_nobody_has_open_leaves_nothing_behind(tmp_path: Path) -> None:
    """
    No log or lock file beside it.
    """
    path = tmp_path / "x.db"
    write(path, ("p1", 1, ""))

    assert ["p1"] == read(open_table(path))
    assert [path] == list(tmp_path.iterdir())


def test_reading_a_database_changes_nothing(tmp_path: Path) -> None:
    """
    Not a byte of it, while its program has it open.
    """
    path = tmp_path / "x.db"
    with closing(sqlite3.connect(path)) as database:
        write(path, ("p1", 1, ""))
        database.execute("SELECT * FROM part").fetchall()
        before = {
            one.name: one.read_bytes() for one in tmp_path.iterdir() if one.suffix != ".db-shm"
        }
        assert ["p1"] == read(open_table(path))
        after = {
            one.name: one.read_bytes() for one in tmp_path.iterdir() if one.suffix != ".db-shm"
        }

    assert before == after
