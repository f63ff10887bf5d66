"""Subagents' files and databases: found for the agent that they belong to."""

import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from agent_status.agents.loader import parse_agent
from agent_status.features.sessions.reader import SessionReader, Target
from agent_status.model import Activity, PaneId
from tests.support.knowledge import KNOWLEDGE
from tests.support.session_home import Home, open_home

CLOCK = 4e9
CALLS = """
[[session.call]]
where = { type = "copied" }
id = "id"
tool = "tool"
at = "at"
main = true
[[session.call]]
where = { type = "call" }
id = "id"
tool = "tool"
at = "at"
"""
NAMED = f"""
name = "Named"
[[session]]
root = "~/.named"
path = "*.jsonl"
tie = {{ folder = "cwd" }}
where = {{ kind = "main" }}
gives = {{ session = "sid" }}
helpers = "{{session}}/*.jsonl"
{CALLS}
"""
MIXED = NAMED.replace('"{session}/*.jsonl"', '"*.jsonl"\nparent = "parent"')


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    """
    A home whose agents end with the test.
    """
    with open_home(tmp_path) as home:
        yield home


def aim(pid: int, rules: str) -> Target:
    """Return what the daemon would ask for."""
    return Target(PaneId("%1"), "x", (pid,), parse_agent("x", rules).sessions)


def list_calls(activity: Activity) -> list[tuple[str, bool]]:
    """Return each call's id, and whether a subagent made it."""
    return [(call.id, call.by_helper) for call in activity.calls]


def test_calls_of_subagents_stand_between_the_agents_own_by_their_time(home: Home) -> None:
    """
    A file that is new, and one that grows, are seen with the next look.
    """
    target, reader = aim(home.start(), NAMED), SessionReader()
    main = {"kind": "main", "sid": "s1", "cwd": str(home.work)}
    home.write(".named/main.jsonl", main, {"type": "call", "id": "a", "tool": "t", "at": "3"})

    def look() -> list[tuple[str, bool]]:
        return list_calls(reader.read([target], CLOCK)[PaneId("%1")].activity)

    seen = [look()]
    home.write(".named/s1/h1.jsonl", {"type": "call", "id": "b", "tool": "t", "at": "2"})
    seen.append(look())
    home.write(".named/s1/h2.jsonl", {"type": "call", "id": "c", "tool": "t", "at": "4"})
    seen.append(look())

    assert [("a", False)] == seen[0]
    assert [("b", True), ("a", False)] == seen[1]
    assert [("b", True), ("a", False), ("c", True)] == seen[2]


def test_subagents_files_among_others_are_known_by_their_parent(home: Home) -> None:
    """
    Another session's and its subagents are not read, nor copies of the agent's own calls.
    """
    target = aim(home.start(), MIXED)
    folder = {"cwd": str(home.work)}
    own = {"type": "copied", "id": "a", "tool": "t", "at": "1"}
    call = {"type": "call", "tool": "t", "at": "2"}
    home.write(".named/1.jsonl", {"kind": "main", "sid": "s1", **folder}, own)
    home.write(
        ".named/2.jsonl", {"kind": "sub", "parent": "s1"}, {**own, "at": "2"}, {**call, "id": "b"}
    )
    home.write(".named/3.jsonl", {"kind": "sub", "parent": "s9"}, {**call, "id": "c"})
    home.write(".named/4.jsonl", {"kind": "main", "sid": "s9", "cwd": "/"}, {**call, "id": "d"})

    activity = SessionReader().read([target], CLOCK)[PaneId("%1")].activity

    assert [("a", False), ("b", True)] == list_calls(activity)
    assert "s1" == activity.session


def test_an_activity_that_has_not_changed_is_the_same_object(home: Home) -> None:
    """
    Whoever compares it finds that out at once.
    """
    target, reader = aim(home.start(), NAMED), SessionReader()
    main = {"kind": "main", "sid": "s1", "cwd": str(home.work)}
    home.write(".named/main.jsonl", main, {"type": "call", "id": "a", "tool": "t", "at": "3"})

    first, second = (reader.read([target], CLOCK)[PaneId("%1")].activity for _ in range(2))

    assert first is second


def write_opencode(path: Path, folder: Path, *calls: tuple[str, str, str]) -> None:
    """Keep sessions as opencode does: a main one, its subagent, and (session, id, command)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    now = int(time.time() * 1000)
    state = {"status": "completed", "metadata": {"exit": 1}, "time": {"start": now, "end": now}}
    part = {"type": "tool", "tool": "bash"}
    with closing(sqlite3.connect(path)) as database, database:
        database.executescript(
            "CREATE TABLE IF NOT EXISTS session (id TEXT, parent_id TEXT, directory TEXT,"
            " time_updated INTEGER);"
            "CREATE TABLE IF NOT EXISTS part (id TEXT, session_id TEXT, time_updated INTEGER,"
            " data TEXT)"
        )
        database.executemany(
            "INSERT INTO session VALUES (?, ?, ?, ?)",
            [
                ("main", None, str(folder), now),
                ("sub", "main", str(folder), now),
                ("other", None, "/elsewhere", now),
            ],
        )
        rows = [
            (
                id_,
                session,
                now,
                json.dumps({**part, "state": {**state, "input": {"command": text}}}),
            )
            for session, id_, text in calls
        ]
        database.executemany("INSERT INTO part VALUES (?, ?, ?, ?)", rows)


def test_calls_in_a_database_are_those_of_the_agents_folder(home: Home) -> None:
    """
    As opencode keeps them, with its subagent's; of other folders none.
    """
    opencode = KNOWLEDGE.find("opencode")
    assert opencode
    target = Target(PaneId("%1"), "opencode", (home.start(),), opencode.sessions)
    calls = (("main", "p1", "ls"), ("sub", "p2", "rm x"), ("other", "p3", "id"))
    write_opencode(home.folder / ".local/share/opencode/opencode.db", home.work, *calls)

    activity = SessionReader().read([target], CLOCK)[PaneId("%1")].activity

    found = {(call.command, call.exit_status, call.by_helper) for call in activity.calls}
    assert {("ls", 1, False), ("rm x", 1, True)} == found
