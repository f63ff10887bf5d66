"""The chooser that stands by: handed a terminal, it draws there; any other guest is refused."""

import fcntl
import os
import pty
import re
import select
import shlex
import signal
import socket
import struct
import subprocess
import sys
import termios
import time
import tty
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path

import psutil
import pytest

from agent_status.fastpath.popup import SOCKET
from agent_status.paths import find_runtime
from agent_status.protocol.client import find_socket
from tests.support.chooser_lab import LiteralDaemon
from tests.support.tmux_lab import DEADLINE_S, Lab, open_lab, wait_for

CHOOSE = [sys.executable, "-I", "-X", "utf8", "-m", "agent_status", "choose"]
WAIT_AND_CHOOSE = """
import sys
from agent_status import __main__
from agent_status.fastpath import popup
popup.PATIENCE_S = 30.0
sys.argv[1:] = ["choose"]
__main__.main()
"""
PATIENT = [sys.executable, "-I", "-X", "utf8", "-c", WAIT_AND_CHOOSE]
"""The same for a stand-by that may be slow to answer, on a machine that is."""
SPARE = [sys.executable, "-I", "-X", "utf8", "-m", "agent_status", "choose", "--stand-by"]


class Spare:
    """
    A stand-by chooser of a lab, and the end of the pipe that keeps it.
    """

    def __init__(self, lab: Lab) -> None:
        self.door = find_runtime(lab.inner) / SOCKET
        self.process = subprocess.Popen(
            [*SPARE, lab.inner],
            env=lab.env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        wait_for(self.is_open)

    def is_open(self) -> bool:
        """
        Whether it takes guests.
        """
        with suppress(OSError), closing(self.knock()):
            return True
        return False

    def knock(self) -> socket.socket:
        """
        Connect to it.
        """
        guest = socket.socket(socket.AF_UNIX)
        guest.settimeout(30)
        try:
            guest.connect(str(self.door))
        except OSError:
            guest.close()
            raise
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
        bind(lab, PATIENT)
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


def bind(lab: Lab, words: list[str]) -> None:
    """
    Let the key of the chooser run a program in a popup.
    """
    size = ("-w", "90%", "-h", "80%")
    lab.tmux("bind-key", "A", "display-popup", "-EE", *size, shlex.join(words))


def test_it_draws_in_the_popup_and_ends_with_it(lab: Lab, spare: Spare) -> None:
    """
    The key's popup is drawn by the process that stood by, and closes as any other.
    """
    lab.press("C-b", "A")
    lab.see("6 need you", "┃ 1  Yes", "q close")
    assert not spare.door.exists()
    assert spare.process.poll() is None

    lab.press("j")
    lab.see("▌ ▲ approval", "! dangerous")
    lab.press("q")

    wait_for(lambda: "q close" not in lab.drawn())
    assert 0 == spare.process.wait(30)


def test_a_popup_that_is_killed_takes_it_along(lab: Lab, spare: Spare) -> None:
    """
    Closed by tmux instead of a key, nothing is left behind.
    """
    lab.press("C-b", "A")
    lab.see("6 need you")

    lab.tmux("display-popup", "-C")

    assert spare.process.wait(30)


def test_it_follows_the_size_of_its_terminal(lab: Lab, spare: Spare) -> None:
    """
    Its own process gets no signal of the popup's terminal: the size is passed on.

    So is the environment: in this one there is to be no colour.
    """
    leader, follower = pty.openpty()
    resize(leader, 80, 24)
    client = subprocess.Popen(
        PATIENT,
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


def test_a_size_that_was_new_too_early_is_told(lab: Lab) -> None:
    """
    A signal that came before anybody listened to it is lost, so one word goes without a signal.
    """
    door = find_runtime(lab.inner) / SOCKET
    leader, follower = pty.openpty()
    with closing(socket.socket(socket.AF_UNIX)) as listener:
        listener.settimeout(DEADLINE_S)
        listener.bind(str(door))
        listener.listen(1)
        client = subprocess.Popen(PATIENT, stdin=follower, env=lab.inside)
        try:
            guest, _ = listener.accept()
            guest.settimeout(DEADLINE_S)
            with closing(guest), guest.makefile("rb") as lines:
                lines.read(int(lines.readline()))
                guest.sendall(b"+\n")
                assert [b"go\n", b"w\n"] == [lines.readline() for _ in range(2)]
                guest.sendall(b"end 0\n")
                assert 0 == client.wait(DEADLINE_S)
        finally:
            client.kill()
            client.wait()
            door.unlink()
            for end in (leader, follower):
                os.close(end)


DRAW_AND_DIE = b"\x1b[?1049h\x1b[?1000h\x1b[?1003h\x1b[?2004h\x1b[?25lhalf a fra"


@pytest.mark.parametrize("drawn", [b"", DRAW_AND_DIE])
def test_a_popup_whose_stand_by_died_opens_again_by_itself(lab: Lab, drawn: bytes) -> None:
    """
    Before anything was drawn, or in the middle of it; then the terminal is first as it was, and
    no key that was meant for the one that died is left.
    """
    door = find_runtime(lab.inner) / SOCKET
    leader, follower = pty.openpty()
    resize(leader, 80, 24)
    before = termios.tcgetattr(follower)
    with closing(socket.socket(socket.AF_UNIX)) as listener:
        listener.settimeout(DEADLINE_S)
        listener.bind(str(door))
        listener.listen(1)
        client = subprocess.Popen(
            PATIENT, env=lab.inside, stdin=follower, stdout=follower, stderr=follower
        )
        try:
            guest, _ = listener.accept()
            terminal = take_terminal(guest)
            if drawn:
                tty.setraw(terminal)
                os.write(terminal, drawn)
                os.write(leader, b"qqq")
            os.close(terminal)
            door.unlink()
            guest.close()

            seen = read_until(leader, b"close")
            assert b"Claude Code" in seen
            restored = seen.partition(b"fra")[2].partition(b"\x1b[?1049h")[0]
            wanted = (b"?1049l", b"1000", b"1003", b"2004", b"?7;25h") if drawn else ()
            assert all(word in restored for word in wanted)
            os.write(leader, b"q")
            read_until(leader, b"\x1b[?1049l")
            assert 0 == client.wait(DEADLINE_S)
            assert before == termios.tcgetattr(follower)
        finally:
            client.kill()
            client.wait()
            for end in (leader, follower):
                os.close(end)


def take_terminal(guest: socket.socket) -> int:
    """
    Take a guest's terminal as a stand-by does, up to the word that it may draw there.
    """
    guest.settimeout(DEADLINE_S)
    head, files, _, _ = socket.recv_fds(guest, 16, 3)
    length, _, data = head.partition(b"\n")
    while len(data) < int(length):
        data += guest.recv(int(length) - len(data))
    guest.sendall(b"+\n")
    assert b"go\n" == guest.recv(3)
    for other in files[1:]:
        os.close(other)
    return files[0]


def test_a_popup_goes_on_when_its_stand_by_is_killed(lab: Lab, spare: Spare) -> None:
    """
    Nothing stands there that takes no key: it is drawn anew, and closes as any other.
    """
    lab.press("C-b", "A")
    lab.see("6 need you", "q close")
    lab.press("?")
    wait_for(lambda: "┃ 1  Yes" not in lab.drawn())
    spare.process.kill()
    spare.process.wait()

    lab.see("6 need you", "┃ 1  Yes", "q close")
    lab.press("j")
    lab.see("▌ ▲ approval", "! dangerous")
    lab.press("q")
    wait_for(lambda: "q close" not in lab.drawn())


def resize(terminal: int, width: int, height: int) -> None:
    """
    Give a terminal another size.
    """
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("4H", height, width, 0, 0))


def read_until(terminal: int, word: bytes) -> bytes:
    """
    Return what a terminal is sent, up to `word`.
    """
    seen, end = bytearray(), time.monotonic() + DEADLINE_S
    while word not in seen:
        ready, _, _ = select.select([terminal], [], [], max(0.0, end - time.monotonic()))
        assert ready, f"never came, last {bytes(seen[-200:])!r}"
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
    """Hand a terminal over, and leave when it is taken; raise BrokenPipeError if it is not."""
    with Path(os.devnull).open() as file:
        socket.send_fds(guest, [b"4\n"], [file.fileno()] * 3)
        guest.sendall(b"A=B\0")
        if b"+\n" != guest.recv(2):
            raise BrokenPipeError
    guest.shutdown(socket.SHUT_WR)


def pay(spare: Spare, visit: Callable[[socket.socket], None]) -> bool:
    """
    Pay a visit, and be sent away; return False if it was so slow that it was cut off.
    """
    with closing(spare.knock()) as guest:
        try:
            visit(guest)
        except (BrokenPipeError, ConnectionResetError):
            return False
        with suppress(ConnectionResetError):
            assert b"" == guest.recv(100)
    return True


@pytest.mark.parametrize("visit", [send_garbage, send_no_files, send_too_much, give_up])
def test_a_bad_guest_is_sent_away(
    lab: Lab, spare: Spare, visit: Callable[[socket.socket], None]
) -> None:
    """
    Whatever comes, it goes on standing by, and the next popup is drawn.
    """
    wait_for(lambda: pay(spare, visit))

    lab.press("C-b", "A")
    lab.see("6 need you")
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
    door = find_runtime(lab.inner) / SOCKET
    with closing(socket.socket(socket.AF_UNIX)) as dead:
        dead.bind(str(door))

    lab.press("C-b", "A")

    lab.see("6 need you")
    lab.press("q")
    wait_for(lambda: "q close" not in lab.drawn())
    door.unlink()


def test_one_that_does_not_answer_is_not_waited_for(lab: Lab) -> None:
    """
    A stand-by that hangs costs a moment, then the popup starts by itself.
    """
    bind(lab, CHOOSE)
    door = find_runtime(lab.inner) / SOCKET
    with closing(socket.socket(socket.AF_UNIX)) as deaf:
        deaf.bind(str(door))
        deaf.listen(1)
        lab.press("C-b", "A")
        lab.see("6 need you")
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
        lab.keep_chooser()
        daemon = lab.spawn_daemon()
        door = find_runtime(lab.inner) / SOCKET
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
