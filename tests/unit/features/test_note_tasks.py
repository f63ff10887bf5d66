"""A note has a date and a boundary, and ends with the task that it was written for."""

import logging
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from agent_status.errors import RefusedError
from agent_status.features.journal import Journal, Note, NoteKey
from agent_status.features.journal.feature import JournalFeature
from agent_status.features.journal.note import is_old, name_tasks
from agent_status.features.journal.schema import MIGRATIONS
from agent_status.model import Activity, Bounds, Sighting, Task, Triage
from agent_status.model.ref import make_ref
from agent_status.protocol.messages import NoteState, WriteNote
from agent_status.tmux.client import Tmux
from tests.support.journal_lab import make_sighting
from tests.support.tmux_lab import wait_for

AT = 1_796_300_000.0
API = Bounds(only=("src/api/**",), never=("db/**",))


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[JournalFeature]:
    """The journal's plug-in, without a tmux server."""
    log = logging.getLogger(f"notes.{tmp_path}")
    log.propagate = False
    log.addHandler(logging.NullHandler())
    tmux = Tmux(str(tmp_path / "socket"))
    feature = JournalFeature(tmp_path / "journal.sqlite3", tmux, log, lambda: AT)
    yield feature
    feature.close()


def on_task(prompt: str, session: str = "") -> Sighting:
    """An agent whose session began with that prompt."""
    task = Task(first_prompt=prompt)
    return replace(make_sighting(), task=task, activity=Activity(session=session))


def look(journal: JournalFeature, *sightings: Sighting) -> list[Triage]:
    """Let the plug-in see the agents; return what it says about each."""
    found = journal.enrich(sightings, 0.0)
    journal.observe(found, 0.0)
    return [one.triage for one in found]


def write(
    journal: JournalFeature, text: str | None, bounds: tuple[tuple[str, ...], ...] = ()
) -> NoteState:
    """Write a note, or its boundary alone."""
    request = WriteNote(make_ref("%3"), text, *bounds)
    state = journal.list_ops()["note"](request)
    assert isinstance(state, NoteState)
    return state


def test_note_ends_when_the_agent_begins_another_task(journal: JournalFeature) -> None:
    """It stays, with its date and boundary, and is marked as old until another is written."""
    first, second = on_task("add an endpoint", "s1"), on_task("fix the build", "s2")
    look(journal, first)
    write(journal, "the api alone", (API.only, API.never))

    now = Triage(note="the api alone", noted_at=AT, bounds=API)
    assert [now] == look(journal, first)
    assert [replace(now, note_is_old=True)] == look(journal, second)
    write(journal, "the build alone")
    assert [Triage(note="the build alone", noted_at=AT)] == look(journal, second)


def test_note_written_before_the_first_prompt_is_for_the_first_task(
    journal: JournalFeature, tmp_path: Path
) -> None:
    """The file holds the task, so that the next daemon knows it, too."""
    look(journal, on_task(""))
    write(journal, "why")
    key = NoteKey("", "", "/")

    assert [False, False, True] == [
        look(journal, on_task(prompt))[0].note_is_old for prompt in ("", "one", "two")
    ]
    file = Journal(tmp_path / "journal.sqlite3")
    wait_for(lambda: file.find_note(key).tasks == name_tasks([on_task("one")]))
    file.close()


@pytest.mark.parametrize(
    ("later", "wanted"),
    [
        (on_task("one", "resumed"), False),
        (on_task("", "s"), False),
        (on_task("", "t"), True),
        (on_task("two", ""), True),
        (on_task(""), False),
    ],
)
def test_task_is_the_same_by_its_session_or_its_first_prompt(
    later: Sighting, *, wanted: bool
) -> None:
    """A resumed session may have another name; what isn't known is no difference."""
    note = Note("why", AT, tasks=name_tasks([on_task("one", "s")]))

    assert wanted is is_old(note, later)


def test_boundary_stays_when_the_words_change(journal: JournalFeature) -> None:
    """And the words stay when the boundary changes; an empty text takes away both."""
    look(journal, on_task("one"))

    write(journal, "first", (API.only, API.never))
    assert ("second", API.only) == (write(journal, "second").note, write(journal, None).only)
    changed = write(journal, None, ((), ("docs",)))
    assert ("second", (), ("docs",)) == (changed.note, changed.only, changed.never)
    gone = write(journal, "")
    assert ("", (), ()) == (gone.note, gone.only, gone.never)


def test_boundary_that_can_not_be_one_is_refused(journal: JournalFeature) -> None:
    """So is one without a note; nothing is kept."""
    look(journal, on_task("one"))

    with pytest.raises(RefusedError, match="there is none: write a TEXT"):
        write(journal, None, (("src",), ()))
    with pytest.raises(RefusedError, match=r"--never '/etc' isn't below the checkout"):
        write(journal, "x", ((), ("/etc",)))
    assert [Triage()] == look(journal, on_task("one"))


def test_notes_of_a_journal_of_before_are_read(tmp_path: Path) -> None:
    """They have no boundary and no task yet."""
    path = tmp_path / "journal.sqlite3"
    key = NoteKey("/r", "main", "/r")
    with Journal(path) as journal:
        journal.write_note(key, Note("x", 1.0))
    with sqlite3.connect(path) as file:
        file.execute("DROP TABLE notes")
        file.execute(next(one for one in MIGRATIONS[0] if "TABLE notes" in one))
        file.execute("INSERT INTO notes VALUES ('/r', 'main', '/r', 'why', 2.0)")
        file.execute("PRAGMA user_version=1")

    with Journal(path) as journal:
        assert {key: Note("why", 2.0)} == journal.read_notes()
        assert journal.write_note(key, Note("because", 3.0, API, frozenset({"session 1"})))
        assert Note("because", 3.0, API, frozenset({"session 1"})) == journal.find_note(key)


@pytest.mark.parametrize("facts", ["", "[]", '{"only": 3, "tasks": {}}', '{"only": ["/x"]}'])
def test_damaged_facts_of_a_note_leave_its_words(tmp_path: Path, facts: str) -> None:
    """A damaged boundary is none."""
    key = NoteKey("/r", "main", "/r")
    with Journal(tmp_path / "journal.sqlite3") as journal:
        journal.write_note(key, Note("why", 1.0))
        with sqlite3.connect(tmp_path / "journal.sqlite3") as file:
            file.execute("UPDATE notes SET facts = ?", (facts,))

        assert Note("why", 1.0) == journal.find_note(key)
