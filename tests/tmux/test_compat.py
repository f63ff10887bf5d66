"""tmux in all its forms: several servers and clients, shared windows, dead and new panes."""

import os
import re
import subprocess
from contextlib import ExitStack

import pytest

from agent_status.tmux.client import Tmux
from agent_status.tmux.clients import read_clients
from tests.support.places import ROOT
from tests.support.tmux_lab import DEADLINE_S, Lab, RecordingTmux, open_lab, run_daemon, wait_for
from tests.support.word_tracker import WordTracker

BADGE = "#[fg=colour203,bg=black]▲#[default]"
TWO = "#[fg=colour203,bg=black]▲+1#[default]"


def say(lab: Lab, line: str, pane: str = "%0") -> None:
    """
    Let an agent be in the pane, and a line stand last on it.
    """
    lab.tmux("set-option", "-p", "-t", pane, "@agent-status-agent", "word")
    lab.tmux("send-keys", "-t", pane, "-l", line + "\n")


def read(lab: Lab, name: str, target: str = "%0") -> str:
    """
    Return the badge of a pane, its window or its session.
    """
    return lab.tmux("display-message", "-p", "-t", target, f"#{{@agent-status-{name}}}").strip()


def wait_ticks(tmux: RecordingTmux) -> None:
    """
    Wait until a look that has begun since then is over: the first may be older, the third shows it.
    """
    before = len(tmux.scripts)
    wait_for(lambda: len(tmux.scripts) > before + 2)


def test_two_servers_have_each_their_own_badges(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Both have a pane %0, and neither daemon knows of the other's.
    """
    with ExitStack() as stack:
        other = stack.enter_context(open_lab(monkeypatch.setenv))
        other.start()
        stack.enter_context(run_daemon(lab, WordTracker))
        stack.enter_context(run_daemon(other, WordTracker))
        say(lab, "approval here")
        say(other, "working there")

        wait_for(lambda: "approval" in read(lab, "pane") and "working" in read(other, "pane"))
        assert "main: here" in lab.tmux("show-options", "-gqv", "@agent-status-summary")
        assert "here" not in other.tmux("show-options", "-gqv", "@agent-status-summary")


def draw(outer: Tmux, pane: str) -> str:
    """
    Return what a client draws in its pane of the outer server.
    """
    return outer.run(("capture-pane", "-p", "-t", pane))


def test_clients_of_different_sizes_see_the_same_badge(lab: Lab) -> None:
    """
    The pane takes the size of one of them; both draw it.
    """
    lab.tmux("set-option", "-g", "window-status-current-format", "#W#{@agent-status-window}")
    lab.attach(100, 30)
    lab.attach(60, 16)
    outer = Tmux(lab.outer)
    panes = wait_for(lambda: outer.run(("list-panes", "-a", "-F", "#{pane_id}")).split())
    with run_daemon(lab, WordTracker):
        say(lab, "approval rm -rf build/")
        wait_for(lambda: all("main ▲" in draw(outer, pane) for pane in panes))

    assert 2 == len(panes)


def test_a_grouped_session_has_the_badge_once(lab: Lab) -> None:
    """
    Two sessions share all windows: each shows its one agent, which is listed once.
    """
    lab.tmux("new-session", "-d", "-t", "work", "-s", "mate")
    with run_daemon(lab, WordTracker):
        say(lab, "approval x")
        wait_for(lambda: BADGE == read(lab, "session", "work:") == read(lab, "session", "mate:"))

        assert BADGE == read(lab, "window")
        assert 1 == len(lab.ask("list")["agents"])


def test_a_linked_window_is_shown_in_both_sessions(lab: Lab) -> None:
    """
    Its badge is one option of the window, and each session counts it beside its own.
    """
    lab.tmux("new-session", "-d", "-s", "other", "exec cat")
    lab.tmux("link-window", "-d", "-s", "work:0", "-t", "other:7")
    with run_daemon(lab, WordTracker):
        say(lab, "approval x")
        say(lab, "approval y", "%1")

        wait_for(lambda: TWO == read(lab, "session", "other:"))
        wait_for(lambda: BADGE == read(lab, "session", "work:"))
        assert BADGE == read(lab, "window", "other:7")
        assert 2 == len(lab.ask("list")["agents"])


def test_a_pane_behind_a_zoomed_one_is_watched(lab: Lab) -> None:
    """
    It is not drawn, but it asks all the same.
    """
    lab.tmux("split-window", "-d", "-t", "%0", "exec cat")
    lab.tmux("resize-pane", "-Z", "-t", "%0")
    with run_daemon(lab, WordTracker):
        say(lab, "approval x", "%1")

        wait_for(lambda: "approval" in read(lab, "pane", "%1"))
        assert BADGE == read(lab, "window")
        assert "1" == lab.tmux("display-message", "-p", "-t", "%0", "#{window_zoomed_flag}").strip()


def test_a_dead_pane_that_stays_has_no_agent(lab: Lab) -> None:
    """
    With remain-on-exit its last screen stands there, and nobody is behind it.
    """
    lab.tmux("set-option", "-w", "-t", "%0", "remain-on-exit", "on")
    lab.tmux("split-window", "-d", "-t", "%0", "exec cat")
    with run_daemon(lab, WordTracker):
        say(lab, "approval x")
        wait_for(lambda: "approval" in read(lab, "pane"))
        lab.tmux("send-keys", "-t", "%0", "C-d")
        wait_for(lambda: "1" in lab.tmux("display-message", "-p", "-t", "%0", "#{pane_dead}"))

        wait_for(lambda: not read(lab, "pane") and not read(lab, "window"))


def test_a_pane_that_is_respawned_begins_anew(lab: Lab) -> None:
    """
    The same pane with another process: what stood there before is forgotten.
    """
    with run_daemon(lab, WordTracker):
        say(lab, "approval x")
        wait_for(lambda: "approval" in read(lab, "pane"))
        lab.tmux("respawn-pane", "-k", "-t", "%0", "echo working on; exec cat")

        wait_for(lambda: "working" in read(lab, "pane"))
        assert "approval" not in lab.tmux("show-options", "-gqv", "@agent-status-summary")


def test_a_control_client_is_nobody_who_looks_and_gets_nothing(lab: Lab) -> None:
    """
    A terminal that draws tmux by itself: no message, no redraw, no key goes there.
    """
    words = ["tmux", "-u", "-S", lab.inner, "-C", "attach", "-t", "work"]
    with subprocess.Popen(
        words, env=lab.env, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as control:
        wait_for(lambda: lab.tmux("list-clients"))
        assert control.stdin
        assert control.stdout
        try:
            with run_daemon(lab, WordTracker) as tmux:
                say(lab, "approval x")
                wait_for(lambda: "approval" in read(lab, "pane"))
                wait_ticks(tmux)
                written = "\n".join(tmux.scripts)

            assert () == read_clients(Tmux(lab.inner))
            assert not re.search(r"display-message (?!-p)|refresh-client|switch-client", written)
        finally:
            control.stdin.close()
            told = control.stdout.read().decode()
            control.wait(DEADLINE_S)

    kinds = {line.split(" ")[0] for line in told.splitlines() if line.startswith("%")}
    assert not kinds & {"%message", "%config-error", "%pause", "%client-detached"}


def test_sessions_that_come_back_after_a_restart_have_right_badges(lab: Lab) -> None:
    """
    The server ends, and sessions of the same names stand there again, in another order.
    """
    lab.tmux("new-session", "-d", "-s", "other", "exec cat")
    with run_daemon(lab, WordTracker) as tmux:
        say(lab, "approval x")
        say(lab, "working y", "%1")
        wait_for(lambda: "approval" in read(lab, "pane") and "working" in read(lab, "pane", "%1"))
        with tmux.gate:
            lab.stop()
            lab.tmux("-f", "/dev/null", "new-session", "-d", "-s", "other", "exec cat")
            lab.tmux("new-session", "-d", "-s", "work", "exec cat")
        say(lab, "approval x", "%1")
        say(lab, "working y")

        wait_for(lambda: "working" in read(lab, "pane") and "approval" in read(lab, "pane", "%1"))
        wait_for(lambda: BADGE == read(lab, "session", "work:"))
        assert "▲" not in read(lab, "session", "other:")


NEW_BASH = re.compile(
    r"\b(?:declare|local|typeset) -\w*[An]|\$\{\w+(?:\^|,|@)|\$\{\w+:\d+:-|\$EPOCH|;;?&|&>>|\|&"
    r"|\b(?:mapfile|readarray|coproc|globstar)\b|\[ -v |\bwait -n|printf (?:-v \w+ )?'%\("
)


@pytest.mark.parametrize("name", ["agent-status.tmux", "scripts/bootstrap"])
def test_what_a_mac_runs_is_bash_3(name: str) -> None:
    """
    Its own bash is of 2007: no tables, no change of case, no mapfile.
    """
    lines = (ROOT / name).read_text().splitlines()

    found = [line for line in lines if NEW_BASH.search(line.partition(" # ")[0])]

    assert lines[0] == "#!/usr/bin/env bash"
    assert [] == found
    assert os.access(ROOT / name, os.X_OK)


@pytest.mark.parametrize(
    "line",
    [
        "declare -A table",
        "echo ${name^^}",
        "echo ${name,,}",
        "mapfile -t lines",
        "readarray lines",
        "make &>> log",
        "make |& tee log",
        "coproc cat",
        "if [[ -v name ]]; then",
    ],
)
def test_the_search_for_new_bash_finds_it(line: str) -> None:
    """
    Each form that bash 3.2 does not know is found.
    """
    assert NEW_BASH.search(line)
