"""The chooser that stands by: handed a terminal, it draws there; any other guest is refused."""

import fcntl
import os
import pty
import re
import shlex
import signal
import socket
import struct
import subprocess
import sys
import termios
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path

import psutil
import pytest

from agent_status.client import find_socket
from agent_status.paths import find_runtime
from agent_status.popup import DOOR
from tests.chooser_lab import LiteralDaemon
from tests.tmux_lab import Lab, open_lab, wait_for

SPARE = [sys.executable, "-I", "-X", "utf8", "-m", "agent_status", "choose", "--stand-by"]


class Spare:
    """
    A stand-by chooser of a lab, and the end of the pipe that keeps it.
    """

    def __init__(self, lab: Lab) -> None:
        self.door = find_runtime(lab.inner) / DOOR
        self.process = subprocess.Popen(
            [*SPARE, lab.inner],
            env=lab.env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        wait_for(self.door.exists)

    def knock(self) -> socket.socket:
        """
        Connect to it.
        """
        guest = socket.socket(socket.AF_UNIX)
        guest.settimeout(30)
        guest.connect(str(self.door))
        return guest


@pytest.fixture
def lab(monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    """
    A lab with a client, a literal daemon, and the key of the chooser.
    """
    with open_lab(monkeypatch.setenv) as lab:
        lab.start(width=80, height=24)
        lab.attach(width=80, height=24)
        lab.tmux("set-option", "-g", "escape-time", "0")
        command = shlex.join([sys.executable, "-I", "-X", "utf8", "-m", "agent_status", "choose"])
        lab.tmux("bind-key", "A", "display-popup", "-EE", "-w", "90%", "-h", "80%", command)
        daemon = LiteralDaemon(find_socket(lab.inner))
        try:
            yield lab
        finally:
            daemon.die()


@pytest.fixture
def spare(lab: Lab) -> Iterator[Spare]:
    """
    A stand-by chooser of the lab.
    """
    spare = Spare(lab)
    yield spare
    spare.process.kill()
    spare.process.wait()
    for pipe in (spare.process.stdin, spare.process.stdout):
        if pipe:
            pipe.close()


def await_drawn(lab: Lab, *words: str) -> str:
    """
    Return what is drawn once it holds all words.
    """
    drawn = ""

    def find() -> bool:
        nonlocal drawn
        drawn = lab.drawn()
        return all(word in drawn for word in words)

    wait_for(find)
    return drawn


def test_it_draws_in_the_popup_and_ends_with_it(lab: Lab, spare: Spare) -> None:
    """
    The key's popup is drawn by the process that stood by, and closes as any other.
    """
    lab.press("C-b", "A")
    await_drawn(lab, "6 need you", "┃ 1  Yes", "q close")
    assert not spare.door.exists()
    assert spare.process.poll() is None

    lab.press("j")
    await_drawn(lab, "▌ ▲ approval", "! dangerous")
    lab.press("q")

    wait_for(lambda: "q close" not in lab.drawn())
    assert 0 == spare.process.wait(30)


def test_a_popup_that_is_killed_takes_it_along(lab: Lab, spare: Spare) -> None:
    """
    Closed by tmux instead of a key, nothing is left behind.
    """
    lab.press("C-b", "A")
    await_drawn(lab, "6 need you")

    lab.tmux("display-popup", "-C")

    assert spare.process.wait(30)


def test_it_follows_the_size_of_its_terminal(lab: Lab, spare: Spare) -> None:
    """
    Its own process gets no signal of the popup's terminal: the size is passed on.

    So is the environment: in this one there is to be no colour.
    """
    leader, follower = pty.openpty()
    resize(leader, 80, 24)
    words = [sys.executable, "-I", "-X", "utf8", "-m", "agent_status", "choose"]
    client = subprocess.Popen(
        words,
        stdin=follower,
        stdout=follower,
        stderr=follower,
        env=lab.inside | {"NO_COLOR": "1"},
    )
    os.close(follower)
    try:
        seen = read_until(leader, b"close")
        assert b"Claude Code" in seen
        assert not re.search(rb"\x1b\[[0-9;]*3[0-8]m", seen)
        resize(leader, 30, 10)
        client.send_signal(signal.SIGWINCH)
        read_until(leader, b"more lines: PageDown")
        os.write(leader, b"q")
        read_until(leader, b"\x1b[?1049l")
        assert 0 == client.wait(30)
        assert 0 == spare.process.wait(30)
    finally:
        client.kill()
        client.wait()
        os.close(leader)


def resize(terminal: int, width: int, height: int) -> None:
    """
    Give a terminal another size.
    """
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("4H", height, width, 0, 0))


def read_until(terminal: int, word: bytes) -> bytes:
    """
    Return what a terminal is sent, up to `word`.
    """
    seen = bytearray()
    while word not in seen:
        seen += os.read(terminal, 65536)
    return bytes(seen)


def send_garbage(guest: socket.socket) -> None:
    """Send what is no head."""
    guest.sendall(b"GET / HTTP/1.1\r\n\r\n")


def send_no_files(guest: socket.socket) -> None:
    """Send a head and an environment, but no terminal."""
    guest.sendall(b"4\nA=B\0")


def send_too_much(guest: socket.socket) -> None:
    """Promise more than is taken."""
    guest.sendall(b"99999999\n")


def give_up(guest: socket.socket) -> None:
    """Hand a terminal over, and leave when it is taken."""
    with Path(os.devnull).open() as file:
        socket.send_fds(guest, [b"4\n"], [file.fileno()] * 3)
        guest.sendall(b"A=B\0")
        assert b"+\n" == guest.recv(2)
    guest.shutdown(socket.SHUT_WR)


@pytest.mark.parametrize("visit", [send_garbage, send_no_files, send_too_much, give_up])
def test_a_bad_guest_is_sent_away(
    lab: Lab, spare: Spare, visit: Callable[[socket.socket], None]
) -> None:
    """
    Whatever comes, it goes on standing by, and the next popup is drawn.
    """
    with closing(spare.knock()) as guest:
        visit(guest)
        with suppress(ConnectionResetError):
            assert b"" == guest.recv(100)

    lab.press("C-b", "A")
    await_drawn(lab, "6 need you")
    assert not spare.door.exists()
    lab.press("q")
    assert 0 == spare.process.wait(30)


def test_it_ends_with_the_daemon_that_keeps_it(spare: Spare) -> None:
    """
    When the other end of its input is gone it leaves, and its socket too.
    """
    assert spare.process.stdin
    spare.process.stdin.close()

    assert 0 == spare.process.wait(30)
    assert not spare.door.exists()


def test_without_one_the_popup_starts_cold(lab: Lab) -> None:
    """
    A socket that nobody listens at is no hindrance.
    """
    door = find_runtime(lab.inner) / DOOR
    with closing(socket.socket(socket.AF_UNIX)) as dead:
        dead.bind(str(door))

    lab.press("C-b", "A")

    await_drawn(lab, "6 need you")
    lab.press("q")
    wait_for(lambda: "q close" not in lab.drawn())
    door.unlink()


def test_one_that_does_not_answer_is_not_waited_for(lab: Lab) -> None:
    """
    A stand-by that hangs costs a moment, then the popup starts by itself.
    """
    door = find_runtime(lab.inner) / DOOR
    with closing(socket.socket(socket.AF_UNIX)) as deaf:
        deaf.bind(str(door))
        deaf.listen(1)
        lab.press("C-b", "A")
        await_drawn(lab, "6 need you")
    lab.press("q")
    wait_for(lambda: "q close" not in lab.drawn())
    door.unlink()


def list_spares(lab: Lab) -> list[psutil.Process]:
    """
    The processes that stand by for the lab's server.
    """
    found = psutil.process_iter(["cmdline"])
    return [one for one in found if {"--stand-by", lab.inner} <= set(one.info["cmdline"] or ())]


def test_the_daemon_keeps_one_and_replaces_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    With an agent there is one; one that was taken is followed by another; none outlives it.
    """
    with open_lab(monkeypatch.setenv) as lab:
        program = lab.folder / "claude"
        program.symlink_to("/bin/cat")
        lab.start()
        daemon = lab.spawn_daemon()
        door = find_runtime(lab.inner) / DOOR
        assert not list_spares(lab)
        lab.tmux("new-window", "-d", str(program))
        wait_for(door.exists)
        first = list_spares(lab)
        assert 1 == len(first)

        first[0].kill()
        wait_for(lambda: [one for one in list_spares(lab) if one not in first])

        daemon.kill()
        daemon.wait()
        wait_for(lambda: not list_spares(lab))
