"""The whole path on real tmux: recordings play, badges are drawn, prefix-A, Enter, there."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tmux_lab import Lab, open_lab, wait_for

FOLDER = Path(__file__).parent / "recordings"
PLAY = f"{sys.executable} -m agent_status play --hold"
ASKING = f"{PLAY} {FOLDER / 'claude/risky_shell-60x20.cast.gz'}"
WORKING = f"{PLAY} {FOLDER / 'opencode/long_stream-60x20.cast.gz'}"


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
    asking = lab.tmux("new-window", "-d", "-P", "-F", "#{pane_id}", "-n", "shop", ASKING).strip()
    lab.tmux("new-window", "-d", "-n", "docs", WORKING)
    assert 0 == lab.run("load").returncode

    line = wait_for(lambda: find_line(lab, "shop ▲"))

    assert "claude: rm -rf build" in line
    assert "docs" in line
    lab.press("C-b", "A")
    popup = wait_for(lambda: read_popup(lab, "Do you want to proceed?"))
    assert "rm -rf build && git push --force origin main" in popup
    assert popup.index("approval") < popup.index("opencode")
    lab.press("Enter")
    wait_for(lambda: read_client_pane(lab) == asking)
    wait_for(lambda: "agent-status" not in lab.drawn())


def test_a_narrow_client_keeps_its_window_list(lab: Lab) -> None:
    """
    In 80 columns the summary takes a third, and the badges are still drawn.
    """
    lab.start(width=80, height=24)
    lab.attach(width=80, height=24)
    lab.tmux("new-window", "-d", "-n", "shop", ASKING)
    assert 0 == lab.run("load").returncode

    line = wait_for(lambda: find_line(lab, "shop ▲"))

    assert "▲1 claude: rm -rf build &&…" in line


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
    lab.tmux("new-window", "-d", "-n", "shop", ASKING)
    assert 0 == lab.run("load").returncode

    line = wait_for(lambda: find_line(lab, "<shop ▲>"))

    assert "[▲1 claude: rm -rf build" in line
    assert before == lab.tmux("show-options", "-g", "status-right")


def find_line(lab: Lab, words: str) -> str:
    """Return the drawn line that holds `words`, or nothing."""
    return next((line for line in lab.drawn().splitlines() if words in line), "")


def read_popup(lab: Lab, words: str) -> str:
    """Return the drawn client with the popup that holds `words`, or nothing."""
    drawn = lab.drawn()
    return drawn if words in drawn and "agent-status" in drawn else ""


def read_client_pane(lab: Lab) -> str:
    """Return the pane that the attached client shows."""
    return lab.tmux("list-clients", "-F", "#{pane_id}").strip()
