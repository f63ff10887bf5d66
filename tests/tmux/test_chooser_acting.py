"""Answering from the drawn popup: real keys into fake agents of a real tmux."""

import shlex
import sys
import time
from collections.abc import Callable, Iterator

import pytest

from agent_status.chooser.state.actions import GUARD_S
from agent_status.features.triage.feature import TriageFeature
from agent_status.tmux.client import Tmux
from tests.support.acting_lab import Stage, open_stage
from tests.support.tmux_lab import open_lab, wait_for

SIZE = ("-w", "100%", "-h", "100%")


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    """
    One server with a daemon and a client; each test starts agents of its own.
    """
    patch = pytest.MonkeyPatch()
    with (
        open_lab(patch.setenv) as lab,
        open_stage(lab, [TriageFeature(Tmux(lab.inner))]) as stage,
    ):
        lab.attach(width=110, height=34)
        lab.tmux("set-option", "-g", "escape-time", "0")
        command = shlex.join([sys.executable, "-m", "agent_status", "choose"])
        lab.tmux("bind-key", "A", "display-popup", "-EE", *SIZE, command)
        yield stage
    patch.undo()


@pytest.fixture
def popup(stage: Stage) -> Iterator[Callable[..., str]]:
    """
    Yield what presses keys in the popup and returns what is drawn once it holds some words.
    """
    lab = stage.lab

    def press(keys: str, *words: str) -> str:
        lab.press(*keys.split())
        return lab.see(*words)

    yield press
    for pane in lab.tmux("list-panes", "-s", "-F", "#{pane_id} #{window_name}").splitlines():
        if not pane.endswith(" main"):
            lab.tmux("kill-pane", "-t", pane.split()[0])
    if "q close" in lab.drawn():
        lab.press("q")
    wait_for(lambda: "[work]" in lab.drawn())
    wait_for(lambda: not stage.lab.ask("list")["agents"])


def await_calm(since: float) -> None:
    """
    Wait until what is asked has been in sight for as long as an answer to it needs.
    """
    wait_for(lambda: time.time() > since + 2 * GUARD_S)


def test_y_in_the_popup_is_one_key_in_the_pane(stage: Stage, popup: Callable[..., str]) -> None:
    """
    The agent gets the key of its own dialog, once, and the popup says that the ask is gone.
    """
    fake = stage.add("ask")
    popup("C-b A", "make test", "y allow")
    await_calm(time.time())

    popup("y", "Sent 1 (Yes)")

    assert b"1" == fake.got


def test_two_keys_for_what_is_dangerous(stage: Stage, popup: Callable[..., str]) -> None:
    """
    The first key reaches nobody, the second one the agent.
    """
    fake = stage.add("other")
    popup("C-b A", "rm -rf /", "! dangerous")
    await_calm(time.time())

    popup("y", "Dangerous (")
    assert b"" == fake.got
    popup("x", "Cancelled: nothing was sent.")
    assert b"" == fake.got
    popup("n", "Sent 3 (No)")

    assert b"3" == fake.got


def test_a_reply_reaches_the_agent_as_one_text(stage: Stage, popup: Callable[..., str]) -> None:
    """
    Two lines written in the box arrive as one paste, with one Enter behind.
    """
    fake = stage.add("idle")
    popup("C-b A", "r reply")
    popup("r", "Reply to Claude Code")
    stage.lab.press("-l", "go on")
    stage.lab.press("M-Enter")
    stage.lab.press("-l", "quietly")
    popup("Enter", "Sent")

    wait_for(lambda: fake.got.endswith(b"\r"))
    assert b"go on" in fake.got
    assert b"quietly" in fake.got
    assert 1 == fake.got.count(b"\x1b[200~")


def test_an_answer_that_is_ignored_is_told(stage: Stage, popup: Callable[..., str]) -> None:
    """
    A dialog that takes no key is reported as still there.
    """
    fake = stage.add("deaf")
    popup("C-b A", "make deaf", "y allow")
    await_calm(time.time())

    popup("y", "the request is still there")

    assert b"1" == fake.got


def test_a_toggle_pressed_twice_is_back(stage: Stage, popup: Callable[..., str]) -> None:
    """
    The second key turns what the first one did, before any news of that came; so it is told.
    """
    fake = stage.add("idle")

    def read_care() -> tuple[bool, bool]:
        (row,) = (one for one in stage.lab.ask("list")["agents"] if one["pane"] == fake.pane)
        return row["care"]["pinned"], row["care"]["muted"]

    popup("C-b A", "r reply")
    popup("m m", "Not muted any more.")
    assert (False, False) == read_care()
    popup("m", "Muted.", "∅")
    popup("p p", "Not pinned any more.")
    assert (False, True) == read_care()


def test_a_busy_agent_gets_no_box(stage: Stage, popup: Callable[..., str]) -> None:
    """
    It is said before anything is written; why it is busy is a key away.
    """
    fake = stage.add("busy")
    popup("C-b A", "i interrupt")
    popup("r", "It works: a reply goes to an agent at its prompt.")
    popup("a", "It has not finished")
    popup("e", "Why: Claude Code", "Pondering", "Esc back")
    popup("Escape", "q close")
    assert b"" == fake.got
