"""The reader of the taps, with pipes of the test's own."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent_status.fastpath.tap_wire import CLOSED, DATA, ENDED, LOST, MAX_TAIL, OPENED
from agent_status.model import PaneId
from agent_status.tmux.tap_link import News, ReaderGoneError, TapLink
from agent_status.tmux.taps import HELPER
from tests.support.tap_lab import find_peer
from tests.support.tmux_lab import has_ended, wait_for

PANE, TOKEN = PaneId("%7"), bytes(range(16))


class Talk:
    """A reader, and all that it has said."""

    def __init__(self, folder: Path, peer: tuple[int, ...]) -> None:
        self.link = TapLink(folder, peer)
        self.news: list[News] = []

    def wait(self, kind: bytes, count: int = 1) -> list[News]:
        """Receive until there are so many messages of a kind; return them."""
        wait_for(lambda: self.receive(kind, count))
        return [one for one in self.news if one.kind == kind]

    def receive(self, kind: bytes, count: int) -> bool:
        """Receive; return whether there are so many messages of a kind."""
        self.news += self.link.receive()
        return sum(one.kind == kind for one in self.news) >= count

    def open(self, serial: int = 1) -> socket.socket:
        """Hand over a pipe as tmux and the helper do; return tmux's end of it."""
        ours, theirs = socket.socketpair()
        self.link.expect(PANE, serial, TOKEN)
        hello = (PANE[1:], str(serial), TOKEN.hex())
        with theirs:
            subprocess.run(
                (sys.executable, "-I", "-S", str(HELPER), str(self.link.door), *hello),
                stdin=theirs.fileno(),
                check=True,
            )
        self.wait(OPENED)
        return ours


@pytest.fixture
def talk(tmp_path: Path) -> Iterator[Talk]:
    """A reader that takes pipes of this user."""
    talk = Talk(tmp_path, find_peer())
    yield talk
    talk.link.close()


def test_bytes_pass_as_they_are(talk: Talk) -> None:
    """
    And then the end.
    """
    with talk.open() as pipe:
        pipe.sendall(b"one\x00two")
        talk.wait(DATA)
        pipe.sendall(b"\xff")
    talk.wait(ENDED)

    assert b"".join(one.data for one in talk.news if one.kind == DATA) == b"one\x00two\xff"
    assert {(one.pane, one.serial) for one in talk.news} == {(PANE, 1)}


def test_bytes_that_are_not_taken_are_lost_from_the_first_on(talk: Talk) -> None:
    """
    All are counted, and the last ones are passed on.
    """
    size = 4_000_000
    with talk.open() as pipe:
        pipe.sendall(bytes(size))
        pipe.sendall(b"the last words")
    talk.wait(ENDED)

    kept = [len(one.data) for one in talk.news if one.kind == DATA]
    lost = [one for one in talk.news if one.kind == LOST]
    assert sum(kept) + sum(one.size for one in lost) == size + len(b"the last words")
    assert lost[-1].data.endswith(b"the last words")
    assert max(len(one.data) for one in lost) <= MAX_TAIL
    kinds = [one.kind for one in talk.news if one.kind in {DATA, LOST}]
    assert kinds == sorted(kinds)


def test_pipe_is_closed_as_ordered(talk: Talk) -> None:
    """
    Only that one: an order for an earlier tap of the pane closes nothing.
    """
    with talk.open(serial=2) as pipe:
        talk.link.close_pipe(PANE, 1)
        talk.wait(CLOSED)
        pipe.sendall(b"still")
        talk.wait(DATA)
        talk.link.close_pipe(PANE, 2)
        assert [one.serial for one in talk.wait(CLOSED, 2)] == [1, 2]
        pipe.settimeout(10)
        assert pipe.recv(1) == b""


@pytest.mark.parametrize("hello", [b"7 1 " + b"0" * 32, b"8 1 " + TOKEN.hex().encode(), b"", b"7"])
def test_stranger_is_turned_away(talk: Talk, hello: bytes) -> None:
    """
    With another token, another pane, or none; the right helper comes in afterwards.
    """
    talk.link.expect(PANE, 1, TOKEN)
    bad, theirs = socket.socketpair()
    with bad, socket.socket(socket.AF_UNIX) as stranger:
        stranger.connect(str(talk.link.door))
        socket.send_fds(stranger, [hello or b"\n"], [theirs.fileno()])
        theirs.close()
        bad.settimeout(10)
        assert bad.recv(1) == b""
    with talk.open() as pipe:
        pipe.sendall(b"x")
        talk.wait(DATA)


def test_token_counts_once(talk: Talk) -> None:
    """
    A second pipe for the same tap is turned away.
    """
    second, theirs = socket.socketpair()
    with talk.open(), second, socket.socket(socket.AF_UNIX) as stranger:
        stranger.connect(str(talk.link.door))
        hello = f"{PANE[1:]} 1 {TOKEN.hex()}".encode()
        socket.send_fds(stranger, [hello], [theirs.fileno()])
        theirs.close()
        second.settimeout(10)
        assert second.recv(1) == b""


def test_other_file_than_a_socket_is_not_taken(talk: Talk) -> None:
    """
    Tmux's pipes are sockets.
    """
    talk.link.expect(PANE, 1, TOKEN)
    read, write = os.pipe()
    with socket.socket(socket.AF_UNIX) as stranger, os.fdopen(write, "wb") as end:
        stranger.connect(str(talk.link.door))
        socket.send_fds(stranger, [f"{PANE[1:]} 1 {TOKEN.hex()}".encode()], [read])
        os.close(read)
        wait_for(lambda: is_broken(end.fileno()))


def is_broken(fd: int) -> bool:
    """Whether nobody reads from a pipe."""
    try:
        os.write(fd, b"x")
    except BrokenPipeError:
        return True
    return False


def test_peer_of_another_user_is_turned_away(tmp_path: Path) -> None:
    """
    Here by asking for the number that stands where the process is told.
    """
    level, option, size, _ = find_peer()
    talk = Talk(tmp_path, (level, option, size, 0))
    talk.link.expect(PANE, 1, TOKEN)
    ours, theirs = socket.socketpair()
    try:
        with ours, socket.socket(socket.AF_UNIX) as stranger:
            stranger.connect(str(talk.link.door))
            socket.send_fds(stranger, [f"{PANE[1:]} 1 {TOKEN.hex()}".encode()], [theirs.fileno()])
            theirs.close()
            ours.settimeout(10)
            assert ours.recv(1) == b""
    finally:
        talk.link.close()


def test_reader_ends_with_its_daemon_and_closes_all(talk: Talk) -> None:
    """
    Its socket goes, too.
    """
    with talk.open() as pipe:
        talk.link.close()
        pipe.settimeout(10)
        assert pipe.recv(1) == b""
    assert has_ended(talk.link.pid)
    assert not talk.link.door.exists()
    talk.link.close()


def test_end_of_the_reader_is_noticed(talk: Talk) -> None:
    """
    By the next look, after all that it has said.
    """
    with talk.open() as pipe:
        pipe.sendall(b"last")
        talk.wait(DATA)
        os.kill(talk.link.pid, 15)
        with pytest.raises(ReaderGoneError):
            wait_for(lambda: talk.receive(b"?", 1))
