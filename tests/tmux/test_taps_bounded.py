"""A pane floods, and the daemon or the reader doesn't read: tmux stays small."""

import os
import signal
import subprocess
from collections.abc import Iterator

import psutil
import pytest

from agent_status.model import PaneId
from agent_status.tmux.tap_policy import TapMode
from tests.support.tap_daemon import spawn_taps
from tests.support.tap_lab import TapLab, open_taps, read_rss_mb
from tests.support.tmux_lab import CALM, Lab, open_lab, wait_for

FLOOD = "read -r _; exec yes 0123456789012345678901234567890123456789012345678901234567890123456789"
MAX_MB = 16.0
FLOOD_S = 2.0
"""In so long, an unread flood makes tmux grow by more than 50 MB."""


@pytest.fixture
def lab() -> Iterator[Lab]:
    """A private tmux with a pane that floods once it gets a line."""
    with pytest.MonkeyPatch.context() as patch, open_lab(patch.setenv) as lab:
        lab.start(FLOOD)
        yield lab


@pytest.fixture
def daemon(lab: Lab) -> Iterator[subprocess.Popen[str]]:
    """Another process that has tapped the pane."""
    with spawn_taps(lab) as child:
        yield child


def find_server(lab: Lab) -> int:
    """The process of the inner tmux."""
    return int(lab.tmux("display-message", "-p", "#{pid}"))


def flood(lab: Lab, watched: int) -> float:
    """Have the pane print for a while; return by how much a process has grown meanwhile."""
    before = read_rss_mb(watched)
    lab.tmux("send-keys", "-t", "work:0", "Enter")
    most = 0.0
    for _ in range(round(FLOOD_S / 0.05)):
        CALM.wait(0.05)
        most = max(most, read_rss_mb(watched) - before)
    return most


def test_flood_is_dropped_while_nothing_is_taken(lab: Lab) -> None:
    """
    Tmux and the reader stay small; then the loss is known, and the pane is captured again.
    """
    with open_taps(lab) as taps:
        pane = taps.list_panes()[0].id
        taps.wait_mode(pane)
        reader = taps.taps.reader_pid
        assert reader
        before = read_rss_mb(reader)

        assert flood(lab, find_server(lab)) < MAX_MB
        assert read_rss_mb(reader) - before < 8
        wait_for(lambda: has_lost(taps, pane))
        assert taps.taps.find_status(pane).mode is TapMode.RING


def has_lost(taps: TapLab, pane: PaneId) -> bool:
    """Read; return whether most of a flood is known to be lost."""
    taps.read(0.1)
    return taps.taps.find_status(pane).dropped > 1_000_000


def test_pane_is_emulated_again_after_a_flood(lab: Lab) -> None:
    """
    From a capture on, with all that came after.
    """
    lab.tmux(
        "respawn-pane", "-k", "-t", "work:0", "stty -echo; read -r _; yes x | head -c 9000000; cat"
    )
    with open_taps(lab) as taps:
        pane = taps.list_panes()[0].id
        taps.wait_mode(pane)
        taps.type(pane, "Enter")
        taps.wait_mode(pane, TapMode.RING)
        taps.wait_mode(pane)
        taps.type(pane, "calm", "Enter")

        assert taps.wait_bytes(pane, b"calm") == b"calm\r\n"
        assert taps.captures[pane].endswith("x\n")


def test_stopped_daemon_makes_tmux_grow_little(lab: Lab, daemon: subprocess.Popen[str]) -> None:
    """
    The reader goes on without it.
    """
    os.kill(daemon.pid, signal.SIGSTOP)

    assert flood(lab, find_server(lab)) < MAX_MB


def test_stopped_group_of_the_daemon_makes_tmux_grow_little(lab: Lab) -> None:
    """
    The reader is in a session of its own, so a signal to the daemon's group is not for it.
    """
    with open_taps(lab) as taps:
        taps.wait_mode(taps.list_panes()[0].id)
        reader = taps.taps.reader_pid
        assert reader
        assert os.getpgid(reader) == os.getsid(reader) == reader


def test_stopped_reader_is_ended_and_its_pipes_are_forgotten(lab: Lab) -> None:
    """
    The daemon learns of it by a signal, without asking.
    """
    with open_taps(lab) as taps:
        pane = taps.list_panes()[0].id
        taps.wait_mode(pane)
        reader = taps.taps.reader_pid
        assert reader
        before = signal.signal(signal.SIGCHLD, lambda *_: taps.taps.kill_stopped_reader())
        try:
            os.kill(reader, signal.SIGSTOP)
            assert flood(lab, find_server(lab)) < MAX_MB
            wait_for(lambda: taps.ask(pane) == "0")
        finally:
            signal.signal(signal.SIGCHLD, before)
        wait_for(lambda: has_new_reader(taps, reader))


def has_new_reader(taps: TapLab, reader: int) -> bool:
    """Tick a second later; return whether another reader runs."""
    taps.tick()
    taps.later_s += 1
    return taps.taps.reader_pid not in {None, reader}


def test_killed_daemon_leaves_nothing_behind(lab: Lab, daemon: subprocess.Popen[str]) -> None:
    """
    Also of a calm pane the pipe is gone at once, and so is the reader; the next daemon taps it.
    """
    (reader,) = (one.pid for one in psutil.Process(daemon.pid).children())
    daemon.kill()
    wait_for(lambda: lab.tmux("display-message", "-p", "#{pane_pipe}").strip() == "0")
    wait_for(lambda: not psutil.pid_exists(reader))

    with open_taps(lab) as taps:
        taps.wait_mode(taps.list_panes()[0].id)


def test_many_panes_are_tapped_a_few_at_once(lab: Lab) -> None:
    """
    Four begin at once while the last four may be ending; in the end every pane is tapped.
    """
    script = "new-window -d 'exec cat'\n" * 50
    with open_taps(lab) as taps:
        taps.tmux.feed(script)
        server = psutil.Process(find_server(lab))
        panes = {pane.id for pane in taps.list_panes()}
        helpers = 0

        def is_done() -> bool:
            nonlocal helpers
            taps.tick()
            jobs = len(server.children()) - len(panes)
            helpers = max(helpers, jobs)
            return set(taps.taps.find_modes().values()) == {TapMode.EMULATE}

        wait_for(is_done)
        assert helpers <= 8
        assert len(panes) == 51
