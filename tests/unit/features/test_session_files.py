"""Agents' own session files: read piece by piece, tied to one pane, and never believed blindly."""

import os
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
import pytest

from agent_status.agents.loader import parse_agent
from agent_status.agents.session_fields import MAX_MATCHED, find_values, matches, parse_record
from agent_status.agents.session_records import (
    NO_FILE_FACTS,
    SessionFacts,
    advance_facts,
    fill_path,
    render_context,
)
from agent_status.agents.session_schema import SessionFile
from agent_status.features.sessions import files
from agent_status.features.sessions.files import (
    MAX_BACKLOG,
    MAX_LINE,
    PIECE,
    Document,
    Folder,
    Tail,
    find_files,
)
from agent_status.features.sessions.reader import SessionReader, Target
from agent_status.model import PaneId, State
from tests.support.session_home import Home, open_home

CLOCK = 4e9
RULES = """
name = "Mine"
[[session]]
root = "~/.mine"
path = "sessions/{pid}.json"
shape = "json"
tie = { pid = "pid", pane = "tmux" }
gives = { session = "id" }
[[session.state]]
says = "approval"
where = { status = "waiting" }
words = "it waits"
[[session.state]]
says = "working"
where = { status = "busy" }
[[session]]
root = "~/.mine"
path = "talks/{slug}/{session}.jsonl"
[[session.task]]
tells = "prompt"
where = { role = "user" }
take = ["text", "parts.*.text"]
[[session.task]]
tells = "message"
where = { role = "agent" }
take = ["text"]
[[session.task]]
tells = "model"
take = ["model"]
[[session.task]]
tells = "tokens"
take = ["use.in", "use.out"]
sum = true
[[session.task]]
tells = "window"
take = ["use.window"]
"""
LOOSE = """
name = "Loose"
[[session]]
root = "~/.loose"
env = "LOOSE_HOME"
path = "*/talk.jsonl"
tie = { folder = "cwd" }
began = "began"
[[session.task]]
tells = "prompt"
take = ["text"]
"""
FILES = parse_agent("mine", RULES).sessions
LOOSE_FILES = parse_agent("loose", LOOSE).sessions


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    """
    A home whose agents end with the test.
    """
    with open_home(tmp_path) as home:
        yield home


def aim(pid: int, files: tuple[SessionFile, ...] = FILES, pane: str = "%1") -> Target:
    """Return what the daemon would ask for."""
    return Target(PaneId(pane), "mine", (pid,), files)


def read(home: Home, *targets: Target) -> dict[PaneId, SessionFacts]:
    """Return what one look of a new reader finds."""
    assert home.agents
    return SessionReader().read(targets, CLOCK)


def test_a_file_by_process_tells_state_and_its_talk_tells_the_task(home: Home) -> None:
    """
    The first file names the second; prompts, message, model and context come from there.
    """
    pid = home.start()
    home.write(f".mine/sessions/{pid}.json", {"pid": pid, "status": "waiting", "id": "a1"})
    home.write(
        f".mine/talks/{home.slug}/a1.jsonl",
        {"role": "user", "text": "first\nof\x1b[31m all"},
        {"role": "agent", "text": "on it", "model": "m-1", "use": {"in": 900, "out": 100}},
        {"role": "user", "parts": [{"text": "then"}, {"text": "that"}], "use": {"window": 4000}},
    )

    reading = read(home, aim(pid))[PaneId("%1")]

    assert (State.APPROVAL, "it waits") == (reading.state, reading.words)
    assert reading.path.endswith(f"{pid}.json")
    task = reading.task
    assert ("first of [31m all", "then that") == (task.first_prompt, task.last_prompt)
    assert ("on it", "m-1", "25%") == (task.last_message, task.model, task.context)


@pytest.mark.parametrize("field", [{"pid": 1}, {"tmux": "work:@3.%77"}, {"pid": None}])
def test_a_file_of_somebody_else_is_not_read(home: Home, field: dict[str, Any]) -> None:
    """
    Another process, another pane, or nothing that ties it: it says nothing.
    """
    pid = home.start()
    home.write(f".mine/sessions/{pid}.json", {"pid": pid, "status": "busy", **field})

    assert {} == read(home, aim(pid))


def test_the_pane_of_a_file_is_its_last_part(home: Home) -> None:
    """
    `session:@window.%pane` names this pane.
    """
    pid = home.start()
    home.write(f".mine/sessions/{pid}.json", {"tmux": "a.b:@3.%1", "status": "busy"})

    assert State.WORKING is read(home, aim(pid))[PaneId("%1")].state


def test_a_file_from_before_the_process_began_is_an_older_ones(home: Home) -> None:
    """
    Process ids come back; the file of the last one that had it says nothing.
    """
    pid = home.start()
    path = home.write(f".mine/sessions/{pid}.json", {"pid": pid, "status": "busy"})
    os.utime(path, (1e9, 1e9))

    assert {} == read(home, aim(pid))


def test_two_agents_in_one_folder_that_nothing_ties_say_nothing(home: Home) -> None:
    """
    One agent and one file of its folder belong together; with a second of either, nobody knows.
    """
    one, other = home.start(), home.start()
    home.write(".loose/s1/talk.jsonl", {"cwd": str(home.work), "text": "hello"})
    alone = aim(one, LOOSE_FILES)

    assert "hello" == read(home, alone)[PaneId("%1")].task.last_prompt
    assert {} == read(home, alone, aim(other, LOOSE_FILES, "%2"))

    home.write(".loose/s2/talk.jsonl", {"cwd": str(home.work), "text": "bye"})
    assert {} == read(home, alone)


def test_a_session_that_began_long_before_or_after_is_another_ones(home: Home) -> None:
    """
    Of a file that nothing else ties, only one that began with the process is believed.
    """
    pid = home.start()
    began = psutil.Process(pid).create_time()
    stamps = {
        "now": datetime.fromtimestamp(began, UTC).isoformat(),
        "milliseconds": int(began * 1000),
        "hours ago": datetime.fromtimestamp(began - 7200, UTC).isoformat(),
        "later": datetime.fromtimestamp(began + 7200, UTC).isoformat(),
    }

    believed = []
    for name, stamp in stamps.items():
        talk = {"cwd": str(home.work), "text": "hello", "began": stamp}
        home.write(".loose/s1/talk.jsonl", talk)
        if read(home, aim(pid, LOOSE_FILES)):
            believed.append(name)

    assert ["now", "milliseconds"] == believed


def test_a_file_that_the_agent_holds_open_is_its_own(home: Home) -> None:
    """
    Among several files of a folder, with several agents in it, an open one is certain.
    """
    for name in ("s1", "s2"):
        home.write(f".loose/{name}/talk.jsonl", {"cwd": str(home.work), "text": name})
    one = home.start(HELD=str(home.folder / ".loose/s2/talk.jsonl"))
    other = home.start()
    for name in ("s1", "s2"):
        os.utime(home.folder / f".loose/{name}/talk.jsonl")

    readings = read(home, aim(one, LOOSE_FILES), aim(other, LOOSE_FILES, "%2"))

    assert {"%1": "s2"} == {pane: found.task.last_prompt for pane, found in readings.items()}


def test_a_folder_that_is_not_the_agents_is_not_its_file(home: Home) -> None:
    """
    A talk about another folder is another agent's.
    """
    pid = home.start()
    home.write(".loose/s1/talk.jsonl", {"cwd": "/elsewhere", "text": "hello"})

    assert {} == read(home, aim(pid, LOOSE_FILES))


def test_the_agents_own_environment_says_where_its_files_are(home: Home) -> None:
    """
    A variable of the agent's process, not of ours, moves the root.
    """
    pid = home.start(LOOSE_HOME=str(home.folder / "moved"))
    home.write("moved/s1/talk.jsonl", {"cwd": str(home.work), "text": "hello"})

    assert "hello" == read(home, aim(pid, LOOSE_FILES))[PaneId("%1")].task.last_prompt


def test_what_is_new_is_followed(home: Home) -> None:
    """
    A status that changes, a torn file and a session that is named anew: the next look tells.
    """
    pid, reader = home.start(), SessionReader()
    name = f".mine/sessions/{pid}.json"
    path = home.write(name, {"pid": pid, "status": "busy", "id": "a1"})
    home.write(f".mine/talks/{home.slug}/a1.jsonl", {"role": "user", "text": "one"})
    home.write(f".mine/talks/{home.slug}/b2.jsonl", {"role": "user", "text": "two"})

    def look() -> tuple[State | None, str]:
        reading = reader.read([aim(pid)], CLOCK)[PaneId("%1")]
        return reading.state, reading.task.last_prompt

    seen = [look()]
    path.write_text('{"pid": ')
    seen.append(look())
    home.write(name, {"pid": pid, "status": "waiting", "id": "b2"})
    seen.append(look())

    busy = (State.WORKING, "one")
    assert [busy, busy, (State.APPROVAL, "two")] == seen


def test_a_process_that_is_gone_says_nothing(home: Home) -> None:
    """
    Neither does one that was never there.
    """
    home.start()

    assert {} == read(home, aim(2**22 + 1))


@pytest.mark.parametrize(
    "text",
    [b"", b"\xff\xfe\x00", b"[" * 100_000, b"{", b"1e999", b"9" * 5000, b'"x"', b"null", b"[1]"],
)
def test_no_record_ever_raises(text: bytes) -> None:
    """
    Torn, deep, huge, or of another shape: it tells nothing.
    """
    assert NO_FILE_FACTS == advance_facts(NO_FILE_FACTS, [parse_record(text)], FILES[0])


def test_a_tail_reads_what_is_new_and_keeps_half_lines(tmp_path: Path) -> None:
    """
    A line counts when its end is written, once.
    """
    path = tmp_path / "log"
    path.write_bytes(b"one\ntw")
    tail = Tail(str(path))

    seen = [tail.read(), tail.read()]
    with path.open("ab") as file:
        file.write(b"o\n\xff\n")
    seen += [tail.read(), tail.read()]

    assert [(b"one",), (), (b"two", b"\xff"), ()] == seen


def test_a_tail_of_a_huge_file_reads_its_head_and_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    A gigabyte costs its first piece and its last megabyte, never more than one piece a time.
    """
    path = tmp_path / "log"
    with path.open("wb") as file:
        file.write(b"first\n")
        file.truncate(10**9)
        file.seek(0, 2)
        file.write(b"\nlast\n")
    sizes: list[int] = []
    pread = os.pread

    def count(opened: int, length: int, start: int) -> bytes:
        data = pread(opened, length, start)
        sizes.append(len(data))
        return data

    monkeypatch.setattr(os, "pread", count)
    tail = Tail(str(path))

    pieces = MAX_BACKLOG // PIECE
    lines = [tail.read() for _ in range(pieces + 4)]

    assert b"first" == lines[0][0]
    assert b"last" == lines[pieces][-1]
    assert [()] * 3 == lines[pieces + 1 :]
    assert [PIECE] * (pieces + 1) == sizes


@pytest.mark.parametrize("change", ["cut", "replaced"])
def test_a_tail_begins_anew_when_its_file_does(tmp_path: Path, change: str) -> None:
    """
    A file that was cut or replaced is read from its beginning.
    """
    path = tmp_path / "log"
    path.write_bytes(b"one\ntwo\n")
    tail = Tail(str(path))
    tail.read()
    if change == "replaced":
        (tmp_path / "new").write_bytes(b"three\nfour\nfive\n")
        (tmp_path / "new").rename(path)
    else:
        path.write_bytes(b"six\n")

    found = tail.read()

    assert (2, True) == (tail.begun, found[0] in {b"three", b"six"})


def test_a_line_without_end_is_passed_over(tmp_path: Path) -> None:
    """
    Memory is bounded; the line behind it counts again.
    """
    path = tmp_path / "log"
    path.write_bytes(b"x" * (MAX_LINE + 2 * PIECE))
    tail = Tail(str(path))
    while tail.read() == () and tail.behind:
        pass
    with path.open("ab") as file:
        file.write(b"\nback\n")

    found = [line for _ in range(4) for line in tail.read()]

    assert b"back" == found[-1]
    assert all(len(line) < MAX_LINE for line in found)


@pytest.mark.parametrize("kind", ["fifo", "device", "folder", "gone", "secret", "loop"])
def test_only_files_of_the_users_are_opened(tmp_path: Path, kind: str) -> None:
    """
    A pipe, a device behind a link, a folder, nothing, no permission, a link to itself: no word.
    """
    path = tmp_path / "log"
    makers: dict[str, Callable[[], Any]] = {
        "fifo": lambda: os.mkfifo(path),
        "device": lambda: path.symlink_to("/dev/zero"),
        "folder": path.mkdir,
        "gone": lambda: None,
        "secret": lambda: path.touch(0o000),
        "loop": lambda: path.symlink_to(path),
    }
    makers[kind]()

    assert () == Tail(str(path)).read()
    assert () == Document(str(path)).read()


def test_a_document_that_is_torn_is_read_again(tmp_path: Path) -> None:
    """
    Until someone says that it was whole.
    """
    path = tmp_path / "state.json"
    path.write_bytes(b'{"a": ')
    document = Document(str(path))

    torn = [document.read(), document.read()]
    document.take()

    assert [(b'{"a": ',), (b'{"a": ',)] == torn
    assert () == document.read()


def test_a_folder_of_records_tells_each_once(tmp_path: Path) -> None:
    """
    In the order of their names; of many, the first and the last.
    """
    for number in range(40):
        (tmp_path / f"event-{number:05}.json").write_text(str(number))
    folder = Folder(str(tmp_path / "event-*.json"))

    first = folder.read()
    (tmp_path / "event-00040.json").write_text("40")

    assert [b"0", b"1", b"2", b"3", b"28"] == list(first[:5])
    assert (b"39", (b"40",), ()) == (first[-1], folder.read(), folder.read())


def test_a_search_is_bounded_and_begins_with_what_is_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Years of sessions cost no more than the last ones.
    """
    for day in range(30):
        (tmp_path / f"{day:02}").mkdir()
        (tmp_path / f"{day:02}" / "talk.jsonl").touch()
    monkeypatch.setattr(files, "MAX_ENTRIES", 33)

    found = find_files(f"{tmp_path}/*/t*.jsonl")

    assert [str(tmp_path / day / "talk.jsonl") for day in ("27", "28", "29")] == found


@pytest.mark.parametrize(
    ("facts", "path"),
    [
        ({"pid": "7"}, "s/7.json"),
        ({"pid": "*"}, "s/[*].json"),
        ({"pid": "../../etc"}, None),
        ({"pid": ".."}, None),
        ({}, None),
    ],
)
def test_a_path_is_filled_with_names_only(facts: dict[str, str], path: str | None) -> None:
    """
    What a file gives cannot lead out of its folder, nor widen a search.
    """
    assert path == fill_path("s/{pid}.json", facts)


def test_fields_are_found_by_their_path() -> None:
    """
    Keys, every item, the first and the last one; plain values only.
    """
    record = {"a": [{"b": 1}, {"b": "x"}, {"b": None}], "c": {"d.e": True}}

    assert ["1", "x"] == find_values(record, ("a", "*", "b"))
    assert ["1"] == find_values(record, ("a", "0", "b"))
    assert [] == find_values(record, ("a", "-1", "b"))
    assert ["true"] == find_values(record, ("c", "d.e"))
    assert [] == find_values(record, ("a", "b"))


def test_context_is_told_as_the_agent_counts() -> None:
    """
    In per cent where the size is known, else in tokens.
    """
    assert ["", "45%", "12.3k tokens", "999 tokens"] == [
        render_context(tokens, window)
        for tokens, window in ((0, 9), (45, 100), (12_345, 0), (999, 0))
    ]


def test_of_a_long_field_only_the_beginning_is_searched() -> None:
    """
    A pattern for all of it holds, and one for what stands far behind does not.
    """
    record = {"text": "x" * MAX_MATCHED + "y"}

    assert matches(record, {("text",): re.compile("x.*")})
    assert not matches(record, {("text",): re.compile(".*y")})
