"""The journal keeps what it is given, for as long as it should, and gives it back."""

import contextlib
import itertools
import json
import sqlite3
import stat
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from inline_snapshot import snapshot

from agent_status.features.journal import (
    NO_NOTE,
    Journal,
    Kind,
    LogEntry,
    Note,
    NoteKey,
    open_journal,
    render_entry,
)
from agent_status.features.journal.describe import DESCRIBE, parse_since, render_log
from agent_status.features.journal.entry import make_ask_entry, make_review_entry, make_state_entry
from agent_status.features.journal.file import prepare
from agent_status.features.journal.schema import MIGRATIONS, VERSION
from agent_status.features.journal.writer import MAX_WAITING, JournalWriter, NoteWrite, VanishedAsk
from agent_status.model import Changes, Grade, Risk, State
from tests.support.journal_lab import asking, make_answer, make_ask, make_sighting
from tests.support.tmux_lab import wait_for

DAY_S = 86400
HERE = NoteKey("/src/shop", "main", "/src/shop/web")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """
    Where a journal may be made, in a folder that is not there yet.
    """
    return tmp_path / "state" / "journal.sqlite3"


@pytest.fixture
def journal(path: Path) -> Iterator[Journal]:
    """
    A journal of the server `/one` that fails the test when something is wrong with it.
    """
    troubles: list[str] = []
    with Journal(path, "/one", troubles.append) as journal:
        yield journal
    assert not troubles


def make_entry(at: float, pane: str = "%1", kind: Kind = Kind.STATE, **facts: object) -> LogEntry:
    """
    Return an entry.
    """
    return LogEntry(at, kind, pane=pane, facts=facts)


def test_what_is_written_is_read_again(journal: Journal) -> None:
    """
    Verbatim, the newest last, with everything that was known.
    """
    risk = Risk(Grade.DANGEROUS, ("deletes a folder",))
    sighting = make_sighting(State.APPROVAL, make_ask("rm -rf x"), risk=risk)
    reviewed = replace(sighting, changes=Changes(root="/s", files=2, added=4, removed=1))

    assert journal.write([make_ask_entry(sighting, make_ask("rm -rf x"), 10.0)])
    assert journal.write([make_state_entry(sighting, "working", 11.0)])
    assert journal.write_answer(make_answer(12.0))
    assert journal.write([make_review_entry(reviewed, 13.0)])

    entries = journal.read_log()
    assert [entry.kind for entry in entries] == ["ask", "state", "answer", "review"]
    assert {"/one"} == {entry.server for entry in entries}
    assert entries[0].facts == snapshot(
        {
            "ask": {
                "kind": "approval",
                "question": "Do you want to proceed?",
                "options": [
                    {"key": "1", "label": "Yes", "selected": True},
                    {"key": "2", "label": "No", "selected": False},
                ],
                "command": "rm -rf x",
                "file": "",
                "subject": "",
                "text": """\
Do you want to proceed?
  rm -rf x\
""",
                "hidden": "",
                "blocked": "",
                "seal": "",
                "fingerprint": "9f70eb7c3e061558",
            },
            "grade": "dangerous",
            "risks": ["deletes a folder"],
        }
    )
    assert "1 Enter" == entries[2].facts["sent"]
    assert 4 == entries[3].facts["added"]


def test_it_belongs_to_its_owner_alone(path: Path, journal: Journal) -> None:
    """
    The file and what lies beside it can be read by nobody else, nor can its folder.
    """
    journal.write([make_entry(1.0)])

    modes = {stat.S_IMODE(one.stat().st_mode) for one in path.parent.iterdir()}
    assert {0o600} == modes
    assert 0o700 == stat.S_IMODE(path.parent.stat().st_mode)


def test_one_that_others_could_read_is_closed_to_them(path: Path) -> None:
    """
    Whoever made it wider, it is narrow again once it is used.
    """
    with Journal(path) as journal:
        journal.write([make_entry(1.0)])
    path.chmod(0o644)

    with Journal(path) as journal:
        journal.write([make_entry(2.0)])

    assert 0o600 == stat.S_IMODE(path.stat().st_mode)


def test_reading_makes_no_file(path: Path) -> None:
    """
    Where nothing was written, nothing is there.
    """
    with Journal(path) as journal:
        assert () == journal.read_log()
        assert {} == journal.read_notes()
        assert journal.prune(1, 0.0)

    assert not path.parent.exists()


def test_where_nothing_can_be_seen_nothing_is_read(tmp_path: Path) -> None:
    """
    Whatever the system says of that place, as of a disk that is away for a moment.
    """
    with Journal(tmp_path / ("x" * 300) / "journal.sqlite3") as journal:
        assert () == journal.read_log()
        assert (0, 0) == journal.read_version()


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({}, [1.0, 2.0, 3.0, 4.0]),
        ({"pane": "%2"}, [2.0, 4.0]),
        ({"since": 3.0}, [3.0, 4.0]),
        ({"limit": 1}, [4.0]),
        ({"kind": "ask"}, [3.0]),
        ({"server": "/one"}, [1.0, 2.0, 3.0]),
        ({"pane": "%2' OR 1=1 --"}, []),
    ],
)
def test_only_what_is_asked_for_is_read(
    journal: Journal, wanted: dict[str, str], expected: list[float]
) -> None:
    """
    By pane, time, number, kind and server; the last ones, in order.
    """
    entries = [make_entry(1.0), make_entry(2.0, "%2"), make_entry(3.0, kind=Kind.ASK)]
    journal.write([*entries, replace(make_entry(4.0, "%2"), server="/two")])

    found = journal.read_log(**wanted)  # type: ignore[arg-type]

    assert expected == [entry.at for entry in found]


@pytest.mark.parametrize(
    "text", ["'); DROP TABLE entries; --", "\x00\x1b[31m", "\ud800", "漢字 🏳️‍🌈", "\n" * 9]
)
def test_any_text_is_kept_as_it_is(journal: Journal, text: str) -> None:
    """
    What comes from a pane is never part of a command.
    """
    journal.write([make_entry(1.0, text, text=text)])

    (entry,) = journal.read_log()
    assert text == entry.facts["text"]
    assert text.encode("utf-8", "replace").decode() == entry.pane


def test_a_huge_text_is_cut(journal: Journal) -> None:
    """
    One dialog does not fill the disk.
    """
    journal.write([make_ask_entry(asking("x" * 10**6), make_ask("x" * 10**6), 1.0)])

    (entry,) = journal.read_log()
    assert 20_000 > len(entry.facts["ask"]["command"]) > 10_000


def test_what_is_old_is_dropped(journal: Journal) -> None:
    """
    By days; a note of the user's stays.
    """
    now = 100.0 * DAY_S
    journal.write([make_entry(now - days * DAY_S) for days in (31, 29, 0)])
    journal.write_note(HERE, Note("why", 1.0))

    assert journal.prune(30, now)

    assert [now - 29 * DAY_S, now] == [entry.at for entry in journal.read_log()]
    assert "why" == journal.find_note(HERE).text


@pytest.mark.parametrize(
    ("clock_days", "expected"), [(140, [90, 100]), (100, [90, 100]), (0, [60, 90, 100])]
)
def test_a_clock_that_is_wrong_empties_no_journal(
    journal: Journal, clock_days: int, expected: list[int]
) -> None:
    """
    As that of a machine just started, ahead or behind: days count back from the newest entry.
    """
    journal.write([make_entry(day * DAY_S) for day in (60.0, 90.0, 100.0)])

    assert journal.prune(30, clock_days * DAY_S)

    assert expected == [entry.at / DAY_S for entry in journal.read_log()]


def test_it_does_not_grow_without_end(path: Path) -> None:
    """
    What is oldest gives way, and its room is given back.
    """
    with Journal(path, max_bytes=400_000) as journal:
        for number in range(60):
            journal.write([make_entry(float(number), text="x" * 10_000)] * 2)
        entries = journal.read_log(limit=1000)

    assert 59.0 == entries[-1].at
    assert 20 < len(entries) < 60
    assert path.stat().st_size < 500_000


def test_several_servers_write_into_one_file(path: Path) -> None:
    """
    Nothing is lost, and each reads what the others wrote.
    """
    troubles: list[str] = []

    def write(server: str) -> None:
        with Journal(path, server, troubles.append) as journal:
            for number in range(25):
                journal.write([make_entry(float(number))])

    threads = [threading.Thread(target=write, args=(f"/{name}",)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with Journal(path) as journal:
        assert 100 == len(journal.read_log(limit=1000))
        assert 25 == len(journal.read_log(limit=1000, server="/b"))
    assert not troubles


@pytest.mark.parametrize("moment", range(14))
def test_two_may_make_it_at_once(path: Path, moment: int) -> None:
    """
    Wherever one of them is when the other comes, the journal is whole, and neither calls it broken.
    """
    path.parent.mkdir()
    one, other = (sqlite3.connect(path, timeout=0, isolation_level=None) for _ in range(2))
    statements = itertools.count()

    def come_between(_: str) -> None:
        if next(statements) == moment:
            with contextlib.suppress(sqlite3.OperationalError):
                prepare(other, path)

    one.set_trace_callback(come_between)
    prepare(one, path)
    one.close()
    other.close()

    assert next(statements) > 4
    with Journal(path) as journal:
        assert journal.write([make_entry(1.0)])


def test_a_note_is_kept_by_its_place(journal: Journal) -> None:
    """
    Another branch or folder has another one; an empty text takes it away.
    """
    other = replace(HERE, branch="feature")
    journal.write_note(HERE, Note("do not touch prod", 1.0))
    journal.write_note(HERE, Note("only the tests", 2.0))
    journal.write_note(other, Note("x", 2.0))
    journal.write_note(other, Note("", 3.0))

    assert {HERE: Note("only the tests", 2.0)} == journal.read_notes()
    assert NO_NOTE == journal.find_note(other)


def test_every_version_of_the_file_leads_to_this_one(path: Path) -> None:
    """
    A file that stopped at any earlier version is brought up to date when it is opened.
    """
    for version in range(VERSION):
        with Journal(path) as journal:
            journal.write([])
        path.unlink()
        file = sqlite3.connect(path)
        for statement in (one for step in MIGRATIONS[:version] for one in step):
            file.execute(statement)
        file.execute(f"PRAGMA user_version={version}")
        file.close()

        with Journal(path) as journal:
            assert journal.write([make_entry(1.0)])


def test_without_a_server_an_answer_is_kept(path: Path) -> None:
    """
    Nobody said that there is to be no journal.
    """
    with open_journal(path, str(path.parent / "no-tmux")) as journal:
        assert journal.write_answer(make_answer(1.0))
        assert 1 == len(journal.read_log())


def make_writer(
    path: Path, present: frozenset[str] = frozenset(), idle_s: float = 5.0
) -> JournalWriter:
    """
    Return a writer that knows who is at a pane.
    """
    journal = Journal(path, "/one")
    return JournalWriter(
        journal, 30, lambda: present, lambda _: None, confirm_s=60.0, idle_s=idle_s
    )


def test_the_writer_writes_all_before_it_ends(path: Path) -> None:
    """
    What waits at a normal end is not lost.
    """
    writer = make_writer(path)
    for number in range(500):
        assert writer.put(make_entry(float(number)))
    writer.close()
    writer.close()

    with Journal(path) as journal:
        assert list(range(500)) == [int(entry.at) for entry in journal.read_log(limit=1000)]


def keep_note(path: Path, text: str) -> Path:
    """
    Return a journal whose only note has this text.
    """
    with Journal(path) as journal:
        assert journal.write_note(HERE, Note(text))
    return path


def test_notes_of_a_file_that_replaced_another_are_read(path: Path) -> None:
    """
    SQLite counts the changes of both alike.
    """
    keep_note(path, "old")
    writer = make_writer(path, idle_s=0.01)
    wait_for(lambda: writer.find_note(HERE).text == "old")
    keep_note(path.with_name("other"), "new").replace(path)

    wait_for(lambda: writer.find_note(HERE).text == "new")
    writer.close()


class BusyJournal(Journal):
    """
    A journal whose notes another process keeps locked at one look.
    """

    was_busy = False

    def read_notes(self) -> Mapping[NoteKey, Note]:
        """
        Return nothing the first time, with the reason.
        """
        if self.was_busy:
            return super().read_notes()
        self.was_busy, self.trouble = True, "locked"
        return {}


def test_notes_that_could_not_be_read_once_are_read_later(path: Path) -> None:
    """
    Although nothing has changed since.
    """
    journal = BusyJournal(keep_note(path, "kept"))
    writer = JournalWriter(journal, 30, frozenset, lambda _: None, idle_s=0.01)

    wait_for(lambda: writer.find_note(HERE).text == "kept")
    writer.close()


def test_too_much_at_once_is_counted_and_told(path: Path) -> None:
    """
    Nobody waits for the disk: what is too much is lost, and that is said.
    """
    told: list[str] = []
    gate = threading.Event()

    def block() -> frozenset[str]:
        gate.wait()
        return frozenset()

    writer = JournalWriter(Journal(path), 30, block, told.append, max_waiting=5)
    writer.put(VanishedAsk("%1", 1.0, make_entry(1.0), make_entry(1.0)))
    wait_for(lambda: not [writer.put(make_entry(2.0)) for _ in range(20)][-1])
    gate.set()
    writer.close()

    assert any("too many came at once" in words for words in told)


def test_the_writer_goes_on_after_what_nobody_thought_of(path: Path) -> None:
    """
    What comes later is written, and what went wrong is told.
    """
    told: list[str] = []

    def fail() -> frozenset[str]:
        raise ArithmeticError

    writer = JournalWriter(Journal(path), 30, fail, told.append)
    writer.put(VanishedAsk("%1", 1.0, make_entry(1.0), make_entry(1.0)))
    wait_for(lambda: told)
    writer.put(make_entry(2.0))
    writer.close()

    assert ["some of the journal may be lost: ArithmeticError"] == told
    with Journal(path) as journal:
        assert [2.0] == [entry.at for entry in journal.read_log()]


@pytest.mark.parametrize(
    ("present", "answered", "expected"),
    [
        (frozenset(), False, ["unattended"]),
        (frozenset({"%3"}), False, ["answer"]),
        (frozenset({"%3"}), True, ["answer"]),
        (frozenset({"%9"}), False, ["unattended"]),
        (frozenset(), True, ["answer"]),
    ],
)
def test_only_what_nobody_answered_was_decided_without_you(
    path: Path,
    present: frozenset[str],
    answered: bool,  # noqa: FBT001
    expected: list[str],
) -> None:
    """
    An answer of ours, or a user at the pane, tells why an ask went away.
    """
    now = time.time()
    alone, at_pane = make_entry(now, "%3", Kind.UNATTENDED), make_entry(now, "%3", Kind.ANSWER)
    writer = make_writer(path, present)
    writer.put(VanishedAsk("%3", now - 5, alone, at_pane))
    if answered:
        with Journal(path, "/one") as journal:
            journal.write_answer(make_answer(now - 1))
    writer.close()

    with Journal(path) as journal:
        assert expected == [entry.kind for entry in journal.read_log()]


def test_an_answer_that_sent_nothing_is_none(path: Path) -> None:
    """
    A refused answer does not explain why an ask went away.
    """
    with Journal(path, "/one") as journal:
        journal.write_answer(make_answer(5.0, sent=""))

        assert not journal.has_answer("%3", 1.0)
        journal.write_answer(make_answer(5.0))
        assert journal.has_answer("%3", 1.0)
        assert not journal.has_answer("%3", 6.0)
        assert not journal.has_answer("%4", 1.0)


def test_a_note_is_there_before_it_is_written(path: Path) -> None:
    """
    And another server's daemon has it soon.
    """
    one, other = make_writer(path), make_writer(path, idle_s=0.05)
    one.put(NoteWrite(HERE, Note("why", 1.0), make_entry(1.0, kind=Kind.NOTE, text="why")))

    assert "why" == one.find_note(HERE).text
    wait_for(lambda: other.find_note(HERE).text == "why")
    one.close()
    other.close()

    with Journal(path) as journal:
        assert "why" == journal.find_note(HERE).text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2h", 1_000_000 - 7200),
        ("30m", 1_000_000 - 1800),
        ("3d", 1_000_000 - 3 * DAY_S),
        ("1970-01-02T00:00+00:00", DAY_S),
    ],
)
def test_times_are_read(text: str, expected: float) -> None:
    """
    Spans before now, and days of the calendar.
    """
    assert expected == parse_since(text, 1_000_000.0)


@pytest.mark.parametrize("text", ["", "yesterday", "2", "h2", "99-99-99", "-3h"])
def test_what_is_no_time_is_refused(text: str) -> None:
    """
    Rather than to show the wrong part.
    """
    with pytest.raises(ValueError, match=r".*"):
        parse_since(text, 0.0)


def test_the_log_obeys_nothing(path: Path) -> None:
    """
    Escape sequences and line ends of a pane's are inert; each entry is one line.
    """
    evil = "\x1b]0;owned\x07\x1b[2Jrm\nrf\u202e"
    with Journal(path) as journal:
        journal.write([make_ask_entry(asking(evil), make_ask(evil), 0.0)])
        text = render_log(journal.read_log())

    said = "⟨U+001B⟩]0;owned⟨U+0007⟩⟨U+001B⟩[2Jrm rf⟨U+202E⟩"
    assert text.endswith(f"%3  work:0.0  claude  ask  approval: {said}\n")
    assert text.count("\n") == 1


def test_every_kind_is_told_in_words() -> None:
    """
    Also with facts that make no sense.
    """
    assert set(Kind) == set(DESCRIBE)
    for kind in Kind:
        for facts in ({}, {"ask": 3, "files": "x", "command": ["y"]}):
            assert render_log([LogEntry(0.0, kind, facts=facts)])
            json.dumps(render_entry(LogEntry(0.0, kind, facts=facts)))


def test_the_queue_is_bounded() -> None:
    """
    Some thousands of entries are some megabytes at most.
    """
    assert MAX_WAITING <= 10_000


def test_a_note_that_is_not_kept_says_why_whatever_else_is_lost_with_it(path: Path) -> None:
    """
    Entries that waited are lost at the same time, and that is told, too.
    """
    path.mkdir(parents=True)
    told: list[str] = []
    writer = JournalWriter(Journal(path, "/one", told.append), 30, frozenset, told.append)

    writer.put(make_entry(1.0))
    trouble = writer.keep(NoteWrite(HERE, Note("why", 1.0), make_entry(2.0)))
    writer.close()

    assert f"{path} is no plain file" in str(trouble)
    assert "1 entries of the journal are lost" in told
