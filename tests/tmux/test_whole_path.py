"""The whole path on real tmux: recordings play, badges are drawn, prefix-A, Enter, there."""

import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.places import RECORDINGS
from tests.support.tmux_lab import Lab, cut_recording, open_lab, wait_for

FOLDER = RECORDINGS
RISKY = FOLDER / "claude" / "risky_shell-60x20.cast.gz"
BUSY = FOLDER / "opencode" / "long_stream-60x20.cast.gz"
ASKED_S = 15.0
"""When the first one waits for a permission, which it is given some seconds later."""


def play(recording: Path) -> str:
    """
    Return the command that plays a recording and stays at its end.
    """
    return shlex.join([sys.executable, "-m", "agent_status", "play", "--hold", str(recording)])


def play_ask(lab: Lab) -> str:
    """
    Return the command that plays one up to its ask.
    """
    return play(cut_recording(RISKY, lab.folder / "risky.cast", ASKED_S))


@pytest.fixture
def lab(monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    """
    A private world, in which no daemon outlives the test.
    """
    with open_lab(monkeypatch.setenv) as lab:
        yield lab
        lab.run("daemon", "stop")


def test_from_a_played_agent_to_the_pane_that_needs_you(lab: Lab) -> None:
    """
    The badge is drawn when the agent asks; prefix-A lists it first; Enter goes there.
    """
    lab.start(width=130, height=30)
    lab.attach(width=130, height=30)
    shop = ("new-window", "-d", "-P", "-F", "#{pane_id}", "-n", "shop")
    asking = lab.tmux(*shop, play_ask(lab)).strip()
    lab.tmux("new-window", "-d", "-n", "docs", play(BUSY))
    assert 0 == lab.run("load").returncode

    wait_for(lambda: find_line(lab, "shop ▲", "▲ shop: rm -rf build", "docs"))
    lab.press("C-b", "A")
    whole = "rm -rf build && git push --force origin main"
    popup = wait_for(lambda: read_popup(lab, "Do you want to proceed?", whole, "opencode"))
    assert popup.index("approval") < popup.index("opencode")
    lab.press("Enter")
    wait_for(lambda: read_client_pane(lab) == asking)
    wait_for(lambda: "agent-status" not in lab.drawn())


def test_a_narrow_client_keeps_its_window_list(lab: Lab) -> None:
    """
    In 80 columns the badges are drawn, and the request with its place beside them.
    """
    lab.start(width=80, height=24)
    lab.attach(width=80, height=24)
    lab.tmux("new-window", "-d", "-n", "shop", play_ask(lab))
    assert 0 == lab.run("load").returncode

    wait_for(lambda: find_line(lab, "main", "shop ▲", "▲ shop: rm -rf build &&"))


def test_a_theme_with_its_own_placeholders_draws_them(lab: Lab) -> None:
    """
    What a user placed is filled, and nothing else is put anywhere.
    """
    lab.start(width=130, height=30)
    lab.attach(width=130, height=30)
    lab.tmux("set-option", "-g", "window-status-format", "<#W#{@agent-status-window}>")
    lab.tmux("set-option", "-g", "status-right", "[#{@agent-status-summary}]")
    lab.tmux("set-option", "-g", "status-right-length", "60")
    before = lab.tmux("show-options", "-g", "status-right")
    lab.tmux("new-window", "-d", "-n", "shop", play_ask(lab))
    assert 0 == lab.run("load").returncode

    wait_for(lambda: find_line(lab, "<shop ▲>", "[▲ shop: rm -rf build"))
    assert before == lab.tmux("show-options", "-g", "status-right")


def find_line(lab: Lab, *words: str) -> str:
    """Return the drawn line that holds all `words`, or nothing."""
    lines = lab.drawn().splitlines()
    return next((line for line in lines if all(word in line for word in words)), "")


def read_popup(lab: Lab, *words: str) -> str:
    """Return the drawn client with the popup that holds all `words`, or nothing."""
    drawn = lab.drawn()
    return drawn if all(word in drawn for word in ("agent-status", *words)) else ""


def read_client_pane(lab: Lab) -> str:
    """Return the pane that the attached client shows."""
    return lab.tmux("list-clients", "-F", "#{pane_id}").strip()
