"""A killed daemon leaves nothing that says what was true then; what others changed is repaired."""

import os
import shlex
import signal
import time
from collections.abc import Iterator

import pytest

from agent_status.daemon import control
from agent_status.features.badges.feature import OptionKey, OptionWriter
from agent_status.features.badges.summary import render_summary
from agent_status.install import plugin
from agent_status.model import Agent, State, Status
from agent_status.options import Options
from agent_status.tmux import expiry
from agent_status.tmux.client import Tmux, quote
from agent_status.tmux.expiry import STOPPED
from tests.support.tmux_lab import Lab, RecordingTmux, open_lab, run_daemon, wait_for
from tests.support.word_tracker import WordTracker
from tests.tmux.test_badges import make_sightings
from tests.tmux.test_daemon import hint, read_badge, read_summary, say

SUMMARY = OptionKey("-g", "", "@agent-status-summary")
BADGES = {
    OptionKey("-p", "%0", "@agent-status-pane"): "▲ claude",
    OptionKey("-w", "@0", "@agent-status-window"): " ▲",
    OptionKey("", "$0", "@agent-status-session"): " ▲",
    SUMMARY: "▲1 claude: make x",
}
SHOW_ALL = "|".join(
    f"#{{{letter}@agent-status-{name}}}"
    for name in ("pane", "window", "session", "summary")
    for letter in ("", "E:")
)


@pytest.fixture
def lab(monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    """
    A private tmux server with one quiet pane; a daemon that was started from here is stopped.
    """
    with open_lab(monkeypatch.setenv) as lab:
        lab.start()
        yield lab
        control.stop(lab.inner)


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Options end a second after the last beat, and the daemon comes back a second later.
    """
    quick = expiry.START_TIMER.replace(f"-d {expiry.EXPIRE_S} ", "-d 1 ")
    monkeypatch.setattr(expiry, "START_TIMER", quick)
    monkeypatch.setattr(plugin, "START_TIMER", quick)
    monkeypatch.setattr(expiry, "REVIVE_S", 1)


def read_all(lab: Lab) -> str:
    """
    What each of our options holds, as it is and expanded once more.
    """
    return lab.tmux("display-message", "-p", "-t", "%0", SHOW_ALL).rstrip("\n")


def begin(lab: Lab, revive: str = "") -> OptionWriter:
    """
    Return a board whose one beat has come.
    """
    board = OptionWriter(Tmux(lab.inner), revive)
    Tmux(lab.inner).feed(board.plan("n", 0.0))
    return board


def wait_in_tmux(lab: Lab, seconds: float) -> None:
    """
    Let tmux's own clock run on, which that of our timers is.
    """
    lab.tmux("run-shell", "-d", str(seconds))


def has_ended(lab: Lab) -> bool:
    """
    Whether no option of ours says anything but that the daemon has stopped.
    """
    return read_all(lab) == f"||||||{STOPPED}|{STOPPED}"


def test_a_killed_daemon_leaves_no_badge_that_goes_on_claiming(lab: Lab) -> None:
    """
    Within 15 s all of them are gone, on the client's screen too, which nothing else redraws.
    """
    lab.tmux("set-option", "-g", "status-interval", "0")
    lab.tmux("set-option", "-g", "status-right", "<#{@agent-status-summary}>")
    lab.attach()
    hint(lab, kind="claude")
    daemon = lab.spawn_daemon()
    wait_for(lambda: "<◌1>" in lab.drawn() and "claude" in read_badge(lab, "pane"))
    daemon.kill()

    wait_for(lambda: has_ended(lab), 15)
    wait_for(lambda: f"<{STOPPED}>" in lab.drawn(), 2)


@pytest.mark.usefixtures("soon")
@pytest.mark.parametrize("attached", [False, True])
def test_options_end_when_no_beat_follows(lab: Lab, *, attached: bool) -> None:
    """
    With a client or without one; those of a pane that is gone by then are no error.
    """
    if attached:
        lab.attach()
    gone = {OptionKey("-p", "%77", "@agent-status-pane"): "x"}

    begin(lab).write(BADGES | gone)

    assert "▲1 claude: make x" in read_all(lab)
    wait_for(lambda: has_ended(lab), 5)
    assert "0" == lab.tmux("display-message", "-p", "-t", "%0", "#{pane_in_mode}").strip()


@pytest.mark.usefixtures("soon")
def test_options_end_though_the_client_left_meanwhile(lab: Lab) -> None:
    """
    What tmux has waiting for a client is dropped when that detaches.
    """
    plugin.load(Tmux(lab.inner), ("true",))
    lab.attach()
    begin(lab).write(BADGES)
    lab.tmux("detach-client", "-s", "work")

    wait_for(lambda: has_ended(lab), 5)


@pytest.mark.usefixtures("soon")
def test_options_stay_as_long_as_beats_follow(lab: Lab) -> None:
    """
    Each one makes the timers before it void; a beat itself sets no option.
    """
    tmux = RecordingTmux(lab.inner)
    board = OptionWriter(tmux)
    board.write(BADGES)
    written = len(tmux.writes)
    for now in range(0, 25, 5):
        tmux.feed(board.plan("n", float(now)))
        board.write(BADGES)
        wait_in_tmux(lab, 0.4)

    assert read_all(lab).startswith("▲ claude|▲ claude| ▲")
    assert written == len(tmux.writes)


@pytest.mark.usefixtures("soon")
def test_a_late_board_writes_again_what_has_ended(lab: Lab) -> None:
    """
    As after a daemon that was suspended.
    """
    board = begin(lab)
    board.write(BADGES)
    wait_for(lambda: has_ended(lab), 5)
    assert board.plan("n", 11.0)

    assert 4 == board.write(BADGES)
    assert "▲1 claude: make x" in read_all(lab)


@pytest.mark.usefixtures("soon")
def test_nothing_ends_or_comes_back_after_a_proper_end(lab: Lab) -> None:
    """
    The summary does not say that the daemon has stopped where the user stopped it.
    """
    file = lab.folder / "revived"
    board = begin(lab, f"touch {shlex.quote(str(file))}")
    board.write(BADGES)
    board.clear()
    wait_in_tmux(lab, 2.5)

    assert "|||||||" == read_all(lab)
    assert not file.exists()


@pytest.mark.usefixtures("soon")
def test_the_daemon_is_started_again_once(lab: Lab) -> None:
    """
    Whatever its path is called.
    """
    file = lab.folder / "it's #{pid} ##"
    board = begin(lab, f"echo x >> {shlex.quote(str(file))}")
    board.write(BADGES)
    board.write({})
    board.write(BADGES | {OptionKey("-w", "@7", "@agent-status-window"): "x"})

    wait_for(file.exists, 5)
    wait_in_tmux(lab, 1.5)
    assert "x\n" == file.read_text()


def test_a_killed_daemon_comes_back(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    By what tmux was told to run.
    """
    hint(lab, kind="claude")
    control.start(lab.inner)
    wait_for(lambda: "claude" in read_badge(lab, "pane"))
    first = lab.ask("ping")["pid"]
    os.kill(first, signal.SIGKILL)
    wait_for(lambda: has_ended(lab), 15)
    assert "--unless-stopped" in lab.tmux("display-message", "-p", "#{AGENT_STATUS_END}")
    monkeypatch.setenv("TMUX", f"{lab.inner},0,0")
    lab.tmux("run-shell", control.REVIVE.replace("#", "##"))

    wait_for(lambda: "claude" in read_badge(lab, "pane"))
    assert first != lab.ask("ping")["pid"]


def test_a_stopped_daemon_stays_stopped(lab: Lab) -> None:
    """
    Also one that was killed before: its options go at once, and neither tmux nor a client that
    attaches brings it back, until the user starts it.
    """
    hint(lab, kind="claude")
    control.start(lab.inner)
    plugin.load(Tmux(lab.inner), plugin.find_program())
    wait_for(lambda: "claude" in read_badge(lab, "pane"))
    os.kill(lab.ask("ping")["pid"], signal.SIGKILL)
    wait_for(lambda: not lab.ask("ping"))

    assert 0 == lab.run("daemon", "stop").returncode
    assert "|||||||" == read_all(lab)
    lab.tmux("run-shell", control.REVIVE.replace("#", "##"))
    assert "was stopped" in lab.run("daemon", "start", "--unless-stopped").stdout
    assert not lab.ask("ping")
    assert "has started" in lab.run("daemon", "start").stdout
    assert "runs already" in lab.run("daemon", "start", "--unless-stopped").stdout


@pytest.mark.parametrize(
    "deed",
    [
        ("set-option", "-gu", "@agent-status-summary"),
        ("set-option", "-g", "@agent-status-summary", "mine"),
        ("set-option", "-w", "-t", "%0", "@agent-status-window", "#(date)\n#{pid}"),
        ("set-option", "-p", "-t", "%0", "@agent-status-window", "in a pane"),
        ("set-option", "-g", "@agent-status-pane", "everywhere"),
        ("set-option", "-s", "@agent-status-session", "everywhere"),
        ("set-option", "-t", "work", "@agent-status-summary", "in a session"),
    ],
)
def test_what_something_else_changed_is_repaired(lab: Lab, deed: tuple[str, ...]) -> None:
    """
    Wherever it was set, and once: what stays as it is makes nothing to repair.
    """
    lab.tmux("split-window", "-d", "-t", "work", "exec cat")
    tmux = RecordingTmux(lab.inner)
    board = OptionWriter(tmux)
    board.plan("nonce", 0.0)
    board.write(BADGES)
    before = read_all(lab)
    lab.tmux(*deed)
    assert before != read_all(lab) or "in a pane" in deed or "everywhere" in deed

    assert look(board, tmux, 0.0)
    board.write(BADGES)
    assert before == read_all(lab)
    assert "" == lab.tmux("display-message", "-p", "-t", "%1", "#{@agent-status-pane}").strip()
    board.plan("nonce", 30.0)
    board.write(BADGES)
    assert not look(board, tmux, 31.0)


def look(board: OptionWriter, tmux: RecordingTmux, now: float) -> tuple[str, ...]:
    """
    Let the board look at what tmux holds, as a tick does.
    """
    records = tmux.feed(board.plan("nonce", now)).split("nonce:")[1:]
    rows = [one.removesuffix("\n").split("nonce")[1:] for one in records]
    return board.check(rows, now)


def test_what_comes_and_goes_in_tmux_is_no_change(lab: Lab) -> None:
    """
    A pane that was closed takes its badge along.
    """
    lab.tmux("split-window", "-d", "-t", "work", "exec cat")
    tmux = RecordingTmux(lab.inner)
    board = OptionWriter(tmux)
    board.plan("nonce", 0.0)
    board.write(BADGES | {OptionKey("-p", "%1", "@agent-status-pane"): "x"})
    lab.tmux("kill-pane", "-t", "%1")
    lab.tmux("new-window", "-d", "exec cat")

    assert not look(board, tmux, 0.0)
    assert not board.plan("nonce", 1.0)


def test_the_daemon_repairs_and_tells_it(lab: Lab) -> None:
    """
    In its ticks, without a process of tmux more; `doctor` has the count.
    """
    hint(lab)
    say(lab, "approval x")
    with run_daemon(lab, WordTracker, clock=tick_fast) as tmux:
        wait_for(lambda: "approval" in read_badge(lab, "pane") and "main" in read_summary(lab))
        summary = read_summary(lab)
        lab.tmux("set-option", "-gu", "@agent-status-summary")
        lab.tmux("set-option", "-p", "-t", "%0", "@agent-status-pane", "mine")
        wait_for(lambda: read_summary(lab) == summary)
        wait_for(lambda: "approval" in read_badge(lab, "pane"))

        assert 2 == lab.ask("ping")["repaired"]
        assert "repaired 2 options that something else had changed" in lab.run("doctor").stdout
        assert all(":E" in script for script in tmux.scripts if ":B" in script)


def tick_fast() -> float:
    """
    A monotonic clock of which half a minute is a second or two.
    """
    return time.monotonic() * 20


@pytest.mark.parametrize(
    "text", ["#(touch gone)", "#{pid}", "#{?1,a,b}", "##{pid}", "#[bg=red]x", "a,b}c#}", "%H #,x"]
)
def test_no_text_of_a_pane_is_expanded_once_more(lab: Lab, text: str) -> None:
    """
    Where a theme has `E:` in its formats, also within a condition of its own.
    """
    status = Status(Agent("claude", "Claude Code"), State.APPROVAL, 0.0, text)
    summary = render_summary(make_sightings([status]), 0.0, Options())
    Tmux(lab.inner).feed(f"set-option -g @agent-status-summary {quote(summary)}\n")
    form = "<#{E:@agent-status-summary}|#{?#{E:@agent-status-summary},#{E:@agent-status-summary},}>"
    lab.tmux("set-option", "-g", "@theme", form)

    told = lab.tmux("list-panes", "-F", "#{E:@theme}").strip()

    assert 2 == told.replace("##", "#").count(f": {text.replace('##', '#')}  ▲1#[default]")
    assert not list(lab.folder.rglob("gone"))
