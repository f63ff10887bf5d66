"""A tap yields every byte of a pane, and stands back wherever a pipe is the user's."""

import os
import shlex
import signal
import socket
import stat
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from agent_status.install.plugin import unload
from agent_status.model import PaneId
from agent_status.paths import find_runtime
from agent_status.tmux.tap_link import DOOR
from agent_status.tmux.tap_policy import RateLimits, TapMode
from agent_status.tmux.tap_script import MEMORY, quote_for_pipe
from tests.support.tap_lab import TapLab, open_taps
from tests.support.tmux_lab import Lab, has_ended, open_lab, wait_for

COUNT = """
stty -echo; i=0
while read -r n; do while [ $i -lt "$n" ]; do i=$((i+1)); echo $i; done; done
"""
"""Counts up to each number that it reads."""
NEVER_RINGS = RateLimits(ring_above=1e12, emulate_below=1e12, hold_s=0.2, span_s=0.2)


@pytest.fixture
def lab() -> Iterator[Lab]:
    """A private tmux with one quiet pane."""
    with pytest.MonkeyPatch.context() as patch, open_lab(patch.setenv) as lab:
        lab.start()
        yield lab


@pytest.fixture
def taps(lab: Lab) -> Iterator[TapLab]:
    """The taps of its panes."""
    with open_taps(lab) as taps:
        yield taps


def find_pane(taps: TapLab) -> PaneId:
    """The first pane."""
    return taps.list_panes()[0].id


def open_pane(taps: TapLab) -> PaneId:
    """The first pane, tapped."""
    pane = find_pane(taps)
    taps.wait_mode(pane)
    return pane


def test_tap_yields_bytes_and_leaves_no_process(lab: Lab, taps: TapLab) -> None:
    """
    What is typed comes back as it was printed; only the reader runs, and the pipe is tmux's.
    """
    pane = open_pane(taps)
    taps.type(pane, "hello", "Enter")

    assert taps.wait_bytes(pane, b"hello\r\nhello\r\n") == b"hello\r\nhello\r\n"
    assert taps.ask(pane) == "1"
    server = psutil.Process(int(lab.tmux("display-message", "-p", "#{pid}")))
    wait_for(lambda: len(server.children()) == 1)
    heard = taps.taps.read_ring(pane)
    assert b"".join(one.data for one in heard) == b"hello\r\nhello\r\n"
    assert not taps.taps.read_ring(pane, heard[-1].number)


def test_tap_joins_up_with_its_capture(lab: Lab) -> None:
    """
    While a pane counts, it is opened again and again: no number is missing or there twice.
    """
    with open_taps(lab, NEVER_RINGS) as taps:
        lab.tmux("respawn-pane", "-k", "-t", "work:0", COUNT)
        pane = open_pane(taps)
        cut = 0
        for turn in range(1, 9):
            taps.type(pane, str(turn * 20_000), "Enter")
            lab.tmux("resize-window", "-t", "work:0", "-x", str(80 + turn))
            taps.wait_resync(pane)
            wait_for(lambda last=turn * 20_000: f"{last}" in read_all(taps, pane))  # type: ignore[misc]
            numbers = [int(word) for word in read_all(taps, pane).split()]
            assert numbers == list(range(numbers[0], turn * 20_000 + 1))
            shown = taps.captures[pane].split()
            cut += bool(shown) and not shown[-1].endswith("0000")
        assert cut


def read_all(taps: TapLab, pane: PaneId) -> str:
    """What a pane showed when its tap was opened, and what came since."""
    taps.read()
    return taps.captures[pane] + taps.bytes[pane].decode()


def test_tap_leaves_a_pane_that_has_a_pipe(lab: Lab, taps: TapLab) -> None:
    """
    The user's log goes on, and the pane is left alone even after it.
    """
    pane, log = find_pane(taps), lab.folder / "log"
    lab.tmux("pipe-pane", "-t", pane, f"cat >> {log}")
    taps.later_s = 0.0
    wait_for(lambda: step_second(taps, pane))

    assert "a pipe already" in taps.taps.find_status(pane).why
    taps.type(pane, "mine", "Enter")
    wait_for(lambda: "mine" in log.read_text())
    lab.tmux("pipe-pane", "-t", pane)
    taps.later_s += 3600
    taps.tick()
    assert taps.ask(pane) == "0"
    assert taps.ask(pane, f"#{{{MEMORY}}}") == "piped"


def step_second(taps: TapLab, pane: PaneId) -> bool:
    """Tick a second later; return whether the pane is left alone."""
    taps.tick()
    taps.later_s += 1.0
    return "pipe already" in taps.taps.find_status(pane).why


@pytest.mark.parametrize(
    "binding",
    [
        ("bind-key", "P", "pipe-pane", "-o", "cat >> log"),
        ("bind-key", "-n", "F5", "if-shell", "true", "pipep -o 'cat >> log'"),
        ("set-hook", "-g", "after-split-window", "pipe-pane 'cat >> log'"),
        ("set-option", "-gw", "pane-border-format", "#{?pane_pipe,logging,}"),
    ],
)
def test_auto_taps_nothing_where_the_user_uses_pipe_pane(
    lab: Lab, taps: TapLab, binding: tuple[str, ...]
) -> None:
    """
    Whether it was there before or is bound later; then taps are closed.
    """
    pane = open_pane(taps)
    lab.tmux(*binding)
    taps.later_s += 61
    taps.wait_left(pane, "you use pipe-pane: ")

    wait_for(lambda: taps.ask(pane) == "0")
    taps.tick()
    assert taps.ask(pane) == "0"
    with open_taps(lab) as others:
        others.wait_left(pane, "you use pipe-pane: ")
    taps.taps.take_options("on")
    taps.wait_mode(pane)


def test_auto_knows_a_plugin_that_logs_by_a_script(lab: Lab, taps: TapLab) -> None:
    """
    The key runs a script in which the command stands, as tmux-logging's does.
    """
    script = lab.folder / "toggle.sh"
    script.write_text("#!/bin/sh\ntmux pipe-pane 'exec cat - >> log'\n")
    lab.tmux("bind-key", "P", "run-shell", str(script))
    pane = find_pane(taps)

    taps.wait_left(pane, "run-shell")
    assert taps.ask(pane) == "0"


def test_off_closes_every_tap(taps: TapLab) -> None:
    """
    And opens none.
    """
    pane = open_pane(taps)
    taps.taps.take_options("off")
    wait_for(lambda: taps.ask(pane) == "0")
    taps.tick()

    assert taps.ask(pane) == "0"
    assert "is off" in taps.taps.find_status(pane).why
    reader = taps.taps.reader_pid
    assert reader
    taps.later_s += 61
    taps.tick()
    assert has_ended(reader)
    taps.taps.take_options("auto")
    taps.wait_mode(pane)


def test_users_toggle_closes_the_tap_and_works_the_second_time(lab: Lab, taps: TapLab) -> None:
    """
    Tmux can only close with `-o` while a pipe is open: then the pane is the user's.
    """
    pane, log = open_pane(taps), lab.folder / "log"
    toggle = ("pipe-pane", "-o", "-t", pane, f"cat >> {log}")
    lab.tmux(*toggle)
    taps.wait_left(pane, "has to be run once more")

    assert taps.ask(pane, f"#{{pane_pipe}} #{{{MEMORY}}}") == "0 closed"
    lab.tmux(*toggle)
    taps.later_s += 3600
    taps.tick()
    taps.type(pane, "mine", "Enter")
    wait_for(lambda: log.exists() and "mine" in log.read_text())
    lab.tmux(*toggle)
    taps.tick()
    assert taps.ask(pane) == "0"


def test_users_pipe_takes_over_and_stays(lab: Lab, taps: TapLab) -> None:
    """
    As with the two commands of tmux-logging, which takes and closes the pipe without `-o`.
    """
    pane, log = open_pane(taps), lab.folder / "log"
    lab.tmux("pipe-pane", "-t", pane, f"exec cat - | sed -u s/x/y/ >> {log}")
    taps.wait_left(pane, "took over")
    taps.type(pane, "mixed", "Enter")

    wait_for(lambda: log.exists() and "miyed" in log.read_text())
    lab.tmux("pipe-pane", "-t", pane)
    taps.later_s += 3600
    taps.tick()
    assert taps.ask(pane) == "0"
    assert taps.ask(pane, f"#{{{MEMORY}}}") == "taken"


def test_left_pane_is_left_by_the_next_daemon_too(lab: Lab, taps: TapLab) -> None:
    """
    Until the user unsets the pane's option.
    """
    pane = open_pane(taps)
    lab.tmux("pipe-pane", "-t", pane)
    taps.wait_left(pane, "closed our pipe")
    taps.taps.close()

    with open_taps(lab) as others:
        others.wait_left(pane, "closed our pipe")
        assert others.ask(pane) == "0"
    lab.tmux("set-option", "-pu", "-t", pane, MEMORY)
    with open_taps(lab) as others:
        others.wait_mode(pane)


def test_uninstall_forgets_which_panes_are_left_alone(lab: Lab, taps: TapLab) -> None:
    """
    The pane's option goes with all the others.
    """
    pane = open_pane(taps)
    lab.tmux("pipe-pane", "-t", pane)
    taps.wait_left(pane, "closed our pipe")
    unload(taps.tmux)

    assert not taps.ask(pane, f"#{{{MEMORY}}}")


def test_user_can_keep_a_pane_from_being_tapped(lab: Lab, taps: TapLab) -> None:
    """
    By any text in the pane's option.
    """
    pane = find_pane(taps)
    lab.tmux("set-option", "-p", "-t", pane, MEMORY, "never, please")
    taps.wait_left(pane, "says so")
    assert taps.ask(pane) == "0"


def test_closed_taps_leave_nothing_behind(lab: Lab, taps: TapLab) -> None:
    """
    No pipe, also of a calm pane, no reader, no socket.
    """
    pane, reader = open_pane(taps), taps.taps.reader_pid
    assert reader
    taps.taps.close()

    wait_for(lambda: taps.ask(pane) == "0")
    assert has_ended(reader)
    assert not (find_runtime(lab.inner) / DOOR).exists()
    assert not taps.ask(pane, f"#{{{MEMORY}}}")


def test_killed_reader_is_started_again(taps: TapLab) -> None:
    """
    Tmux has closed the pipes at once; they are opened again, and nothing is the user's doing.
    """
    pane, reader = open_pane(taps), taps.taps.reader_pid
    assert reader
    os.kill(reader, signal.SIGKILL)
    wait_for(lambda: taps.ask(pane) == "0")
    wait_for(lambda: has_new_reader(taps, reader))
    taps.wait_mode(pane)

    taps.type(pane, "again", "Enter")
    taps.wait_bytes(pane, b"again\r\n")


def has_new_reader(taps: TapLab, reader: int) -> bool:
    """Tick a second later; return whether another reader runs."""
    taps.tick()
    taps.later_s += 1
    return taps.taps.reader_pid not in {None, reader}


def test_removed_socket_is_made_again(lab: Lab, taps: TapLab) -> None:
    """
    As when the runtime folder was cleaned: the next tap finds its way.
    """
    open_pane(taps)
    (find_runtime(lab.inner) / DOOR).unlink()
    other = PaneId(lab.tmux("split-window", "-d", "-P", "-F", "#{pane_id}", "exec cat").strip())

    taps.wait_mode(other)


def test_resized_pane_is_captured_again(lab: Lab, taps: TapLab) -> None:
    """
    As tmux lays its lines out in a way of its own.
    """
    pane = open_pane(taps)
    lab.tmux("resize-window", "-t", "work:0", "-x", "60", "-y", "10")
    taps.wait_resync(pane)
    taps.type(pane, "wide", "Enter")

    taps.wait_bytes(pane, b"wide\r\n")


def test_respawned_pane_is_captured_again(lab: Lab, taps: TapLab) -> None:
    """
    Tmux clears its screen, but no byte says so; the pipe lives on.
    """
    pane = open_pane(taps)
    taps.type(pane, "before", "Enter")
    taps.wait_bytes(pane, b"before\r\nbefore")
    lab.tmux("respawn-pane", "-k", "-t", pane, "exec cat")
    taps.wait_resync(pane)

    assert "before" not in taps.captures[pane]


def test_dead_pane_is_tapped_once_it_lives_again(lab: Lab, taps: TapLab) -> None:
    """
    Tmux refuses a pipe to what has exited, and that counts as no failure.
    """
    pane = find_pane(taps)
    lab.tmux("set-option", "-g", "remain-on-exit", "on")
    taps.type(pane, "C-d")
    wait_for(lambda: taps.ask(pane, "#{pane_dead}") == "1")
    for _ in range(3):
        taps.tick()
    assert taps.ask(pane) == "0"
    lab.tmux("respawn-pane", "-t", pane, "exec cat")

    taps.wait_mode(pane)


def test_lent_pipe_is_free_until_it_is_given_back(lab: Lab, taps: TapLab) -> None:
    """
    As while a recording is made, which prolongs it.
    """
    pane = open_pane(taps)
    for _ in range(3):
        taps.taps.lend(pane, time.monotonic() + taps.later_s + 10)
        wait_for(lambda: taps.ask(pane) == "0")
        taps.later_s += 9
        taps.tick()
        assert taps.ask(pane) == "0"
    lab.tmux("pipe-pane", "-t", pane, "cat >/dev/null")
    lab.tmux("pipe-pane", "-t", pane)
    taps.later_s += 2

    taps.wait_mode(pane)
    assert not taps.ask(pane, f"#{{{MEMORY}}}")


def test_pipe_that_is_lent_before_an_agent_comes_is_left(lab: Lab, taps: TapLab) -> None:
    """
    However often it is looked at meanwhile.
    """
    pane = find_pane(taps)
    lab.tmux("pipe-pane", "-t", pane, "cat >/dev/null")
    taps.taps.lend(pane, time.monotonic() + 10)
    for _ in range(3):
        taps.tick()
        taps.later_s += 2
        assert taps.taps.find_status(pane).why == "its pipe is lent to a recording"
    lab.tmux("pipe-pane", "-t", pane)
    taps.later_s += 10

    taps.wait_mode(pane)


def test_moved_pane_keeps_its_tap(lab: Lab, taps: TapLab) -> None:
    """
    Out of its window, into another session, and in the place of another pane.
    """
    pane = open_pane(taps)
    lab.tmux("new-session", "-d", "-s", "other", "-x", "80", "-y", "12", "exec cat")
    lab.tmux("split-window", "-d", "-t", pane, "exec cat")
    for move in (
        ("break-pane", "-d", "-s", pane),
        ("move-pane", "-d", "-s", pane, "-t", "other:0"),
        ("swap-pane", "-d", "-s", pane, "-t", "work:0"),
    ):
        lab.tmux(*move)
        taps.wait_mode(pane)
        taps.type(pane, move[0], "Enter")
        taps.wait_bytes(pane, f"{move[0]}\r\n".encode())
        assert taps.ask(pane) == "1"


def test_pane_that_exits_is_gone_though_nobody_reads(lab: Lab, taps: TapLab) -> None:
    """
    Tmux keeps a pane that has ended until its pipe is empty: the reader empties it.
    """
    open_pane(taps)
    flood = "read -r _; head -c 3000000 /dev/zero"
    other = PaneId(lab.tmux("split-window", "-d", "-P", "-F", "#{pane_id}", flood).strip())
    taps.wait_mode(other)
    taps.type(other, "Enter")

    wait_for(lambda: other not in lab.tmux("list-panes", "-a", "-F", "#{pane_id}"))


def test_ended_server_is_no_users_doing(lab: Lab, taps: TapLab) -> None:
    """
    A pane of the same id in the next server is tapped.
    """
    pane = open_pane(taps)
    lab.stop()
    lab.start()

    taps.wait_mode(pane)
    assert not taps.ask(pane, f"#{{{MEMORY}}}")


def test_only_our_helper_may_hand_over_a_pipe(lab: Lab, taps: TapLab) -> None:
    """
    The socket is the user's alone, and a pipe without the token is not taken.
    """
    pane = open_pane(taps)
    door = find_runtime(lab.inner) / DOOR
    assert stat.S_IMODE(door.stat().st_mode) == 0o600
    ours, theirs = socket.socketpair()
    with socket.socket(socket.AF_UNIX) as stranger, ours:
        stranger.connect(str(door))
        hello = f"{pane[1:]} 1 {bytes(16).hex()}".encode()
        socket.send_fds(stranger, [hello], [theirs.fileno()])
        theirs.close()
        stranger.settimeout(10)
        assert stranger.recv(1) == b""
        ours.settimeout(10)
        assert ours.recv(1) == b""
    taps.type(pane, "mine", "Enter")
    assert taps.wait_bytes(pane, b"mine\r\nmine\r\n") == b"mine\r\nmine\r\n"


def test_helper_that_fails_is_not_tried_at_once_again(
    taps: TapLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    The pane is captured meanwhile, and the tap is opened later.
    """
    pane = find_pane(taps)
    with monkeypatch.context() as patch:
        patch.setattr("agent_status.tmux.taps.HELPER", Path("/nonexistent"))
        taps.tick()
        taps.tick()
        taps.later_s += 6
        taps.tick()
        assert "could not be opened" in taps.taps.find_status(pane).why
        assert taps.taps.find_status(pane).mode is TapMode.CAPTURE
    taps.later_s += 2

    taps.wait_mode(pane)


@pytest.mark.parametrize("name", ["plain", "a'b c", "#{pid} #[x] ## #", "%H%%", '$HOME "`x`"'])
def test_path_reaches_the_helper_whole(lab: Lab, taps: TapLab, name: str) -> None:
    """
    Through tmux's language, its formats, a time's form, and a shell.
    """
    folder = lab.folder / name
    folder.mkdir()
    command = f"exec touch {quote_for_pipe(str(folder / 'done'))}"
    taps.tmux.feed(f"pipe-pane -t {find_pane(taps)} {shlex.quote(command)}\n")

    wait_for((folder / "done").exists)
