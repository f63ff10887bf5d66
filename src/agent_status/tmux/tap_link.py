"""The reader of the taps as a process: its start, its end, and what is said to it."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from agent_status.fastpath.tap_wire import CLOSE, EXPECT, NEWS, ORDER
from agent_status.model import PaneId

DOOR = "tap.sock"
"""Where helpers hand over pipes, in the runtime folder."""
READER = (sys.executable, "-I", "-m", "agent_status.fastpath.tap_reader")
BACKLOG = 64
CHUNK = 256 * 1024
MAX_RECEIVED = 4 * 1024 * 1024
"""Bytes that are taken at once; what is left comes with the next call."""
NO_TOKEN = bytes(16)


class ReaderGoneError(OSError):
    """The reader has ended, or can't be started; all its pipes are closed."""


class News(NamedTuple):
    """One message of the reader; see `tap_wire`."""

    kind: bytes
    pane: PaneId
    serial: int
    size: int
    data: bytes


class TapLink:
    """
    One reader, with the socket at which helpers bring it pipes.

    `peer` is the socket option that tells the user at the other end: level, name, size of the
    answer, and where in it the number stands; empty where the system doesn't tell. Raises OSError
    if the reader can't be started. It is in a session of its own: a signal to our process group
    does not stop both.
    """

    def __init__(
        self, folder: Path, peer: Sequence[int] = (), command: Sequence[str] = READER
    ) -> None:
        self.door = folder / DOOR
        self._received = bytearray()
        door = _open_door(self.door)
        self._inode = self.door.lstat().st_ino
        self._control, other = socket.socketpair()
        with door, other:
            self._child: subprocess.Popen[bytes] = subprocess.Popen(
                (*command, str(door.fileno()), *map(str, peer)),
                stdin=other.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=(door.fileno(),),
                cwd="/",
                start_new_session=True,
            )
        self._control.settimeout(0)

    @property
    def fileno(self) -> int:
        """The file that can be read once the reader has news."""
        return self._control.fileno()

    @property
    def pid(self) -> int:
        """Its process."""
        return self._child.pid

    def is_reachable(self) -> bool:
        """Return whether helpers find the door; the runtime folder may have been removed."""
        try:
            return self.door.lstat().st_ino == self._inode
        except OSError:
            return False

    def expect(self, pane: PaneId, serial: int, token: bytes) -> None:
        """Have the reader take the pipe that a helper brings with this token."""
        self._order(EXPECT, pane, serial, token)

    def close_pipe(self, pane: PaneId, serial: int) -> None:
        """Have the reader close a pipe, or expect it no more; it says when that is done."""
        self._order(CLOSE, pane, serial, NO_TOKEN)

    def receive(self) -> Iterator[News]:
        """Yield what the reader has said since the last call; raise ReaderGoneError at its end."""
        is_over = self._fill()
        at = 0
        while len(self._received) - at >= NEWS.size:
            kind, number, serial, count, size = NEWS.unpack_from(self._received, at)
            end = at + NEWS.size + size
            if len(self._received) < end:
                break
            data = bytes(memoryview(self._received)[at + NEWS.size : end])
            yield News(kind, PaneId(f"%{number}"), serial, count, data)
            at = end
        del self._received[:at]
        if is_over:
            message = "the reader of the taps has ended"
            raise ReaderGoneError(message)

    def kill_if_stopped(self) -> bool:
        """
        End a reader that somebody has stopped, so that tmux forgets its pipes; for SIGCHLD.

        Pipes that nobody reads grow in tmux's memory, by up to 100 MB/s.
        """
        with contextlib.suppress(ChildProcessError):
            pid, status = os.waitpid(self._child.pid, os.WNOHANG | os.WUNTRACED)
            if pid and os.WIFSTOPPED(status):
                os.kill(pid, signal.SIGKILL)
                return True
        return False

    def close(self) -> None:
        """End the reader, and with it every pipe; it has nothing to save. Idempotent."""
        self._control.close()
        if self.is_reachable():
            self.door.unlink(missing_ok=True)
        self._child.kill()
        self._child.wait()

    def _order(self, kind: bytes, pane: PaneId, serial: int, token: bytes) -> None:
        order = ORDER.pack(kind, int(pane.removeprefix("%")), serial, token)
        try:
            sent = self._control.send(order)
        except OSError:
            sent = 0
        if sent != len(order):  # it reads no orders any more: its end is seen by `receive`
            self._child.kill()

    def _fill(self) -> bool:
        """Receive what there is; return whether the reader is gone."""
        while len(self._received) < MAX_RECEIVED:
            try:
                data = self._control.recv(CHUNK)
            except BlockingIOError:
                return False
            except OSError:
                return True
            if not data:
                return True
            self._received += data
        return False


def _open_door(path: Path) -> socket.socket:
    """Listen at `path`, for this user alone, in the place of what a killed daemon has left."""
    path.unlink(missing_ok=True)
    door = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o177)
    try:
        door.bind(str(path))
    finally:
        os.umask(before)
    door.listen(BACKLOG)
    return door
