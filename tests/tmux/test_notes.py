"""A note keeps why an agent was started, and is there again when it is needed."""

import logging
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from agent_status.errors import RefusedError
from agent_status.features.journal.feature import JournalFeature, clean_note
from agent_status.model import Sighting
from agent_status.model.ref import make_ref
from agent_status.protocol.messages import WriteNote
from agent_status.tmux.client import Tmux
from tests.support.journal_lab import asking, on_branch
from tests.support.places import RECORDINGS
from tests.support.tmux_lab import Lab, open_lab, wait_for

CAST = RECORDINGS / "claude" / "shell_permission-60x20.cast.gz"


@pytest.fixture
def journalist(tmp_path: Path) -> Iterator[JournalFeature]:
    """
    A journalist of a server that is not there.
    """
    journalist = make_journalist(tmp_path)
    yield journalist
    journalist.close()


def make_journalist(folder: Path) -> JournalFeature:
    """
    Return one whose journal is in that folder.
    """
    log = logging.getLogger(f"notes.{folder}")
    log.propagate = False
    log.addHandler(logging.NullHandler())
    return JournalFeature(folder / "journal.sqlite3", Tmux(str(folder / "socket")), log)


def look(journalist: JournalFeature, *sightings: Sighting) -> list[str]:
    """
    Return the notes beside these agents.
    """
    found = journalist.enrich(sightings, 0.0)
    journalist.observe(found, 0.0)
    return [one.triage.note for one in found]


def note(journalist: JournalFeature, pane: str, text: str | None = None) -> str:
    """
    Write a note, or read it.
    """
    return str(journalist.list_ops()["note"](WriteNote(make_ref(pane), text)).note)


def test_a_note_is_shown_from_the_next_look_on(journalist: JournalFeature) -> None:
    """
    An empty one takes it away.
    """
    look(journalist, asking())

    assert "do not touch prod" == note(journalist, "%3", "do not touch prod")
    assert ["do not touch prod"] == look(journalist, asking())
    assert "do not touch prod" == note(journalist, "%3")
    assert "" == note(journalist, "%3", " \n")
    assert [""] == look(journalist, asking())


def test_it_belongs_to_repository_branch_and_folder(journalist: JournalFeature) -> None:
    """
    Another pane there shares it, another folder or branch does not; no disk is asked.
    """
    web, shop = "/far/shop/web", "/far/shop"
    sightings = [
        on_branch(asking(folder=web), "main"),
        on_branch(asking(pane="%4", folder=web), "main"),
        on_branch(asking(pane="%5", folder=shop), "main"),
        on_branch(asking(pane="%6", folder=web), "feature"),
    ]
    sightings = [replace(one, root=shop) for one in sightings]
    look(journalist, *sightings)

    note(journalist, "%3", "why")
    answer = journalist.list_ops()["note"](WriteNote(make_ref("%3")))

    assert ["why", "why", "", ""] == look(journalist, *sightings)
    assert [""] == look(journalist, replace(sightings[0], root=web))
    assert ("why", "main", web) == (answer.note, answer.branch, answer.folder)


def test_it_stays_beside_an_agent_that_changes_its_branch(journalist: JournalFeature) -> None:
    """
    Agents make branches while they work; the intent is the same.
    """
    look(journalist, on_branch(asking(), "main"))
    note(journalist, "%3", "why")
    look(journalist, on_branch(asking(), "main"))
    look(journalist, on_branch(asking(), "feature"))

    assert ["why"] == look(journalist, on_branch(asking(), "feature"))


@pytest.mark.parametrize("branch", ["main", ""])
def test_one_that_is_written_before_its_place_is_read_stays(
    journalist: JournalFeature, branch: str
) -> None:
    """
    A slow disk tells of the checkout later; there is none of it left in the place without one.
    """
    read = replace(on_branch(asking(), branch), root="/")
    look(journalist, asking())
    note(journalist, "%3", "why")
    look(journalist, read)

    assert ["why"] == look(journalist, read)
    assert [""] == look(journalist, asking())
    look(journalist, read)
    note(journalist, "%3", "because")
    look(journalist, asking())
    look(journalist, read)
    assert ["because"] == look(journalist, read)


def test_a_branch_that_cannot_be_read_for_a_moment_takes_nothing(
    journalist: JournalFeature,
) -> None:
    """
    It is no branch that an agent changed to.
    """
    main = replace(on_branch(asking(), "main"), root="/")
    look(journalist, main)
    note(journalist, "%3", "why")

    assert [[""], [""]] == [look(journalist, replace(main, branch="")) for _ in range(2)]
    assert ["why"] == look(journalist, main)


def test_commits_without_a_branch_share_it_and_leave_nothing_behind(
    journalist: JournalFeature,
) -> None:
    """
    A rebase passes many; an old note is not there again when the next one does.
    """
    commits = [on_branch(asking(), name) for name in ("0123abcd", "4567cdef")]
    main = on_branch(asking(), "main")
    look(journalist, main)
    note(journalist, "%3", "old")
    passed = [look(journalist, one) for one in (main, *commits, *commits, main)]
    note(journalist, "%3", "new")
    look(journalist, main)
    look(journalist, commits[0])

    assert [["old"], [""], ["old"], ["old"], ["old"], ["old"]] == passed
    assert ["new"] == look(journalist, commits[0])


def test_it_survives_the_daemon(tmp_path: Path) -> None:
    """
    In another pane with the same place it is there again.
    """
    first = make_journalist(tmp_path)
    look(first, asking())
    note(first, "%3", "why")
    first.close()

    second = make_journalist(tmp_path)
    try:
        wait_for(lambda: look(second, asking(pane="%9")) == ["why"])
    finally:
        second.close()


def test_a_pane_without_an_agent_has_none(journalist: JournalFeature) -> None:
    """
    It is told so.
    """
    look(journalist, asking())

    with pytest.raises(RefusedError, match="there is no agent in pane %9"):
        note(journalist, "%9", "why")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (" why \n\n  not\t\n", "why\n\n  not"),
        ("\x1b[31mred\x07\x00\u202e", "[31mred"),
    ],
)
def test_only_text_is_kept(text: str, expected: str) -> None:
    """
    Lines stay; what a terminal would obey does not.
    """
    assert expected == clean_note(text)


def test_the_command_line_writes_reads_and_takes_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    On a real server; the report tells it, also after another daemon has begun.
    """
    with open_lab(monkeypatch.setenv) as lab:
        play = f"{sys.executable} -m agent_status play --hold {CAST}"
        lab.start(play)
        daemon = lab.spawn_daemon()
        wait_for(lambda: lab.ask("list")["agents"])

        wrote = lab.run("note", "%0", "only the tests")
        wait_for(lambda: find_notes(lab) == ["only the tests"])
        read = lab.run("note", "work:main")
        daemon.terminate()
        wait_for(lambda: daemon.poll() is not None)
        lab.spawn_daemon()
        wait_for(lambda: find_notes(lab) == ["only the tests"])
        lab.run("note", "%0", "")
        wait_for(lambda: find_notes(lab) == [""])

        assert (0, "", "") == (wrote.returncode, wrote.stdout, wrote.stderr)
        assert "only the tests\n" == read.stdout
        assert 1 == lab.run("note", "%77", "x").returncode


def find_notes(lab: Lab) -> list[str]:
    """
    Return the notes in the report.
    """
    return [agent["care"]["note"] for agent in lab.ask("list")["agents"]]
