"""What could not be kept is never told as done: a sentence, and an exit code that is not 0."""

import contextlib
import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agent_status.chooser.panels.compose import ComposePanel, KeepNote
from agent_status.daemon import control
from agent_status.errors import RefusedError
from agent_status.features.base import Feature
from agent_status.features.journal import find_journal
from agent_status.features.journal.feature import MAX_NOTE
from agent_status.features.review.baselines import BaselineStore, Record
from agent_status.features.review.parts import Baseline
from agent_status.features.triage.feature import TriageFeature
from agent_status.model import PaneId
from agent_status.model.ref import make_ref
from agent_status.paths import find_state
from agent_status.protocol.messages import ChangeTriage
from agent_status.tmux.client import Tmux
from tests.support.chooser_lab import LiteralSource, make_view
from tests.support.journal_lab import asking
from tests.support.tmux_lab import Lab, open_lab, run_daemon, wait_for
from tests.support.word_tracker import WordTracker
from tests.tmux.test_daemon import hint, read_badge


@pytest.fixture
def lab(monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    """
    A private tmux server with an agent in its one pane; its daemon is stopped at the end.
    """
    with open_lab(monkeypatch.setenv) as lab:
        lab.start()
        hint(lab, kind="claude")
        yield lab
        control.stop(lab.inner)


@pytest.fixture
def watched(lab: Lab) -> Lab:
    """
    The same with a daemon that has found the agent.
    """
    return watch(lab)


def watch(lab: Lab) -> Lab:
    """
    Start a daemon, and wait until it has found the agent.
    """
    control.start(lab.inner)
    wait_for(lambda: "claude" in read_badge(lab, "pane"))
    wait_for(lambda: lab.ask("list")["agents"])
    return lab


def test_a_note_that_cannot_be_written_is_refused(lab: Lab) -> None:
    """
    It is not there then, and is kept once there is room again.
    """
    journal = find_journal(find_state())
    journal.mkdir(parents=True)
    watch(lab)

    refused = lab.run("note", "%0", "only the tests")
    read = lab.run("note", "%0")
    journal.rmdir()
    kept = lab.run("note", "%0", "only the docs")

    assert 1 == refused.returncode
    assert "Error: the note was not kept: " in refused.stderr
    assert "is no plain file" in refused.stderr
    assert "" == refused.stdout + read.stdout
    assert (0, "") == (kept.returncode, kept.stderr)
    assert "only the docs\n" == lab.run("note", "%0").stdout


def test_a_note_is_on_the_disk_once_it_is_told_to_be_kept(watched: Lab) -> None:
    """
    Another program reads it there at once.
    """
    assert 0 == watched.run("note", "%0", "why").returncode

    with contextlib.closing(sqlite3.connect(find_journal(find_state()))) as journal:
        assert [("why",)] == journal.execute("SELECT text FROM notes").fetchall()


def test_a_journal_that_is_held_up_is_no_success(watched: Lab) -> None:
    """
    It is told that nobody knows; the daemon waits no longer than a moment.
    """
    with contextlib.closing(sqlite3.connect(find_journal(find_state()))) as journal:
        journal.execute("BEGIN EXCLUSIVE")
        done = watched.run("note", "%0", "why")

    assert 1 == done.returncode
    assert "the journal is busy" in done.stderr


def test_a_note_that_is_too_long_is_refused_and_not_cut(watched: Lab) -> None:
    """
    The one before stays.
    """
    watched.run("note", "%0", "short")
    done = watched.run("note", "%0", "x" * (MAX_NOTE + 1))

    assert 1 == done.returncode
    assert f"{MAX_NOTE} characters at most" in done.stderr
    assert "short\n" == watched.run("note", "%0").stdout


def test_a_note_that_was_refused_is_in_its_box_again() -> None:
    """
    Nothing that was typed in the chooser is lost.
    """
    source = LiteralSource()
    source.outcome = (False, "the note was not kept")

    view = KeepNote(make_ref("%4"), "long story").run(source).apply(make_view()).view

    assert isinstance(view.panel, ComposePanel)
    assert (make_ref("%4"), "long story") == (view.panel.ref, view.panel.field.text)
    assert not view.message.good


@pytest.mark.parametrize("wish", [{"pin": True}, {"mute": True}, {"snooze_s": 60}])
def test_a_wish_that_tmux_does_not_take_is_refused(lab: Lab, wish: dict[str, Any]) -> None:
    """
    As of a pane that has just been closed.
    """
    care = TriageFeature(Tmux(lab.inner))
    care.enrich((asking(pane="%77"),), 0.0)

    with pytest.raises(RefusedError, match=r"it is kept only until the daemon ends: .*%77"):
        care.list_ops()["triage"](ChangeTriage(make_ref("%77"), **wish))


def test_a_ledger_says_what_its_file_does_not_hold(tmp_path: Path) -> None:
    """
    Until it could be written; nothing half-written is left.
    """
    file = tmp_path / "checkouts" / "x.json"
    record = Record(Baseline("a" * 40), "b" * 40)
    ledger = BaselineStore(file.parent)
    file.parent.mkdir(mode=0o700)
    file.mkdir()

    first, again = ledger.put("x", record), ledger.put("x", record)
    file.rmdir()
    later = ledger.put("x", replace(record, waiting=1.0))

    assert first == again == f"{file} cannot be written: Is a directory"
    assert "" == later == ledger.put("x", replace(record, waiting=1.0))
    assert [file] == list(file.parent.iterdir())
    assert "a" * 40 == json.loads(file.read_text())["base"]["tree"]


class Forgetful(Feature):
    """A part of the daemon that cannot keep what it is told."""

    def __init__(self, trouble: str) -> None:
        self._trouble = trouble

    def acknowledge(self, pane: PaneId, now: float) -> str:
        """Say so, or fail."""
        del pane, now
        if not self._trouble:
            raise OSError(os.strerror(28))
        return self._trouble


@pytest.mark.parametrize("trouble", ["the disk is full", ""])
def test_a_result_that_was_not_kept_as_seen_is_told(lab: Lab, trouble: str) -> None:
    """
    It counts as seen for now, and the command fails, also where a part of the daemon does.
    """
    with run_daemon(lab, WordTracker, [Forgetful(trouble)]):
        wait_for(lambda: "claude" in read_badge(lab, "pane"))
        done = lab.run("acknowledge", "%0")

    assert 1 == done.returncode
    assert "Error: it is kept only until the daemon ends: " in done.stderr
    assert (trouble or "see its log") in done.stderr


def test_what_tmux_refuses_to_load_is_told(lab: Lab) -> None:
    """
    The rest is loaded, and the daemon started.
    """
    lab.tmux("set-option", "-g", "@agent-status-next-key", "NoSuchKey")

    done = lab.run("load")

    assert 1 == done.returncode
    assert "Error: tmux refused a part of it: unknown key: NoSuchKey\n" == done.stderr
    assert "@agent-status-window" in lab.tmux("show-options", "-gv", "window-status-format")
    assert lab.ask("ping")


@pytest.mark.parametrize(
    "words",
    [
        ("list",),
        ("explain", "%0"),
        ("note", "%0"),
        ("daemon", "status"),
        ("hooks", "status"),
    ],
)
def test_what_could_not_be_printed_is_told(watched: Lab, words: tuple[str, ...]) -> None:
    """
    On a disk that is full.
    """
    if words[0] == "note":
        watched.run("note", "%0", "why")
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "agent_status", *words],
            env=watched.inside,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )

    assert (1, "Error: [Errno 28] No space left on device\n") == (done.returncode, done.stderr)
