"""The hard cases that need a tmux: its modes, two agents in a window, sizes that change."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from agent_status.detect.tracker import PaneTracker
from tests.support.knowledge import KNOWLEDGE
from tests.support.live_lab import ASK, WORK
from tests.support.tmux_lab import Lab, RecordingTmux, open_lab, run_daemon, wait_for

REGISTRY = KNOWLEDGE


@pytest.fixture
def lab(monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    """
    A private tmux server with one quiet pane.
    """
    with open_lab(monkeypatch.setenv) as lab:
        lab.start(height=24)
        yield lab


def show(lab: Lab, text: str, pane: str = "%0") -> None:
    """
    Let Claude show a screen on a pane, as a program would that was started there anew.
    """
    file = lab.folder / f"screen{pane}"
    file.write_text(text)
    lab.tmux("set-option", "-p", "-t", pane, "@agent-status-agent", "claude")
    lab.tmux("respawn-pane", "-k", "-t", pane, f"cat '{file}'; exec cat >/dev/null")


def read(lab: Lab, name: str = "pane", target: str = "%0") -> str:
    """
    Return the badge of a pane, its window or its session.
    """
    return lab.tmux("display-message", "-p", "-t", target, f"#{{@agent-status-{name}}}").strip()


def wait_ticks(tmux: RecordingTmux) -> None:
    """
    Wait until the daemon has looked some times more.
    """
    before = len(tmux.scripts)
    wait_for(lambda: len(tmux.scripts) > before + 4)


def test_copy_mode_hides_nothing(lab: Lab) -> None:
    """
    The user reads an old ask further up: what the pane's mode shows changes no badge.
    """
    show(lab, ASK + "\n" * 30 + WORK)
    with run_daemon(lab, PaneTracker, registry=REGISTRY) as tmux:
        wait_for(lambda: "working" in read(lab))
        lab.tmux("copy-mode", "-t", "%0")
        lab.tmux("send-keys", "-t", "%0", "-X", "history-top")
        before = len(tmux.writes)
        wait_ticks(tmux)

        assert "1" == lab.tmux("display-message", "-p", "-t", "%0", "#{pane_in_mode}").strip()
        assert not tmux.writes[before:]


def test_an_ask_behind_copy_mode_is_seen(lab: Lab) -> None:
    """
    What the agent asks while its user reads older lines is on its screen all the same.
    """
    show(lab, "\n" * 30 + WORK)
    with run_daemon(lab, PaneTracker, registry=REGISTRY):
        wait_for(lambda: "working" in read(lab))
        tty = lab.tmux("display-message", "-p", "-t", "%0", "#{pane_tty}").strip()
        lab.tmux("copy-mode", "-t", "%0")
        Path(tty).write_text("\x1b[2J\x1b[H" + ASK)

        wait_for(lambda: "approval" in read(lab))
        assert "1" == lab.tmux("display-message", "-p", "-t", "%0", "#{pane_in_mode}").strip()


def test_a_window_shows_the_most_urgent_of_its_agents_alone(lab: Lab) -> None:
    """
    Two in one window: the badge is that of the one that asks; the other one needs nobody.
    """
    lab.tmux("split-window", "-d", "-t", "%0", "exec cat")
    lab.tmux("resize-window", "-t", "%0", "-x", "80", "-y", "50")
    show(lab, WORK)
    show(lab, ASK, "%1")
    with run_daemon(lab, PaneTracker, registry=REGISTRY):
        wait_for(lambda: "approval" in read(lab, target="%1") and "working" in read(lab))
        badge = wait_for(lambda: read(lab, "window"))

    assert "#[fg=colour203,bg=black]▲#[default]" == badge


@pytest.mark.parametrize("size", [(60, 14), (40, 20), (30, 12), (200, 50)])
def test_a_new_size_in_the_middle_of_a_dialog_changes_nothing(
    lab: Lab, size: tuple[int, int]
) -> None:
    """
    Wrapped, cut or with room around it, it is the same ask.
    """
    show(lab, ASK)
    with run_daemon(lab, PaneTracker, registry=REGISTRY) as tmux:
        wait_for(lambda: "approval" in read(lab))
        before = len(tmux.writes)
        lab.tmux("resize-window", "-t", "%0", "-x", str(size[0]), "-y", str(size[1]))
        wait_ticks(tmux)

        assert "approval" in read(lab)
        assert not [line for line in tmux.writes[before:] if "-pane" in line]


def test_an_agent_behind_ssh_has_a_badge(lab: Lab) -> None:
    """
    Nothing of it runs here: its screen tells, once it shows who it is.
    """
    screen, program = lab.folder / "screen", lab.folder / "ssh"
    screen.write_text(" ▐▛███▜▌   Claude Code v2.1.330\n\n" + ASK)
    program.write_text(f"#!/bin/sh\nread _\ncat '{screen}'\nread _\n")
    program.chmod(0o700)
    lab.tmux("respawn-pane", "-k", "-t", "%0", str(program))
    lab.tmux("new-window", "-d", f"cat '{screen}'; exec cat >/dev/null")
    with run_daemon(lab, PaneTracker, registry=REGISTRY) as tmux:
        wait_ticks(tmux)
        assert "" == read(lab)
        lab.tmux("send-keys", "-t", "%0", "Enter")

        wait_for(lambda: "claude approval" in read(lab))
        (agent,) = lab.ask("list")["agents"]
    assert ("%0", "") == (agent["pane"], agent["folder"])
