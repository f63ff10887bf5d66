"""
The reader of the taps: a process of its own that empties the panes' pipes at once.

tmux keeps what nobody reads in its own memory, without bound and at up to 100 MB/s. So pipes are
not read by the daemon, which may be late or stopped, but by this process, which does nothing else:
what the daemon does not take in time is dropped and counted. It ends with the daemon, and the
pipes with it: tmux sees that at once and forgets what it still had to write.

    python -m agent_status.fastpath.tap_reader DOOR_FD [LEVEL OPTION SIZE OFFSET]

Standard input is one end of a socket pair (see `tap_wire`). DOOR_FD is the socket at which helpers
hand over pipes; the numbers name the socket option that tells the user at the other end.
"""

import contextlib
import os
import resource
import select
import socket
import stat
import sys
import time
from collections.abc import Callable, Sequence

from agent_status.fastpath.tap_wire import (
    CLOSE,
    CLOSED,
    DATA,
    ENDED,
    EXPECT,
    LOST,
    MAX_PENDING,
    MAX_TAIL,
    NEWS,
    OPENED,
    ORDER,
)

CHUNK = 256 * 1024
PAUSE_S = 0.02
"""After a pass, for more to come together; in so long a flood makes tmux grow by two MB."""
BUSY = 64 * 1024
BUSY_S = 0.1
"""After a read of so many bytes there is no pause for so long: it would only let tmux grow."""
LOST_S = 0.1
"""Between two messages about a pane whose bytes are dropped."""
MAX_ALL = 2 * 1024 * 1024
"""Bytes of all panes that wait for the daemon."""
MAX_PASSED = 1024 * 1024
"""Bytes of one pane in a second; the daemon would spend its time on them and emulate none."""
MAX_KNOCKING = 64
MAX_HELLO = 256
MAX_FILES = 4
MAX_OPEN = 4096
"""Files that may be open, where the system allows it: one for each pane."""


class Pipe:
    """One pane's pipe, and what of it the daemon has not taken yet."""

    __slots__ = ("fd", "is_lost", "lost", "number", "passed", "pending", "second", "serial", "tail")

    def __init__(self, fd: int, number: int, serial: int) -> None:
        self.fd = fd
        self.number = number
        self.serial = serial
        self.pending = bytearray()
        self.second = self.passed = 0
        self.is_lost = False
        self.lost = 0
        self.tail = b""

    def keep(self, data: memoryview, room: int, now: float) -> int:
        """
        Return how many bytes are kept: all, or none of these and of all that follow.

        None if there is no room for them, or if the daemon would get too many in a second.
        """
        if int(now) != self.second:
            self.second, self.passed = int(now), 0
        self.passed += len(data)
        room = min(MAX_PENDING, room) - len(self.pending)
        if not self.is_lost and len(data) <= room and self.passed <= MAX_PASSED:
            self.pending += data
            return len(data)
        self.is_lost = True
        self.lost += len(data)
        self.tail = (self.tail + bytes(data[-MAX_TAIL:]))[-MAX_TAIL:]
        return 0

    def pack(self, *, with_lost: bool) -> bytes:
        """Return the news about it, which are then no news any more."""
        parts = b""
        if self.pending:
            parts = self.render(DATA, len(self.pending), bytes(self.pending))
            self.pending.clear()
        if self.lost and with_lost:
            parts += self.render(LOST, self.lost, self.tail)
            self.lost, self.tail = 0, b""
        return parts

    def render(self, kind: bytes, count: int = 0, data: bytes = b"") -> bytes:
        """Return one message about it."""
        return NEWS.pack(kind, self.number, self.serial, count, len(data)) + data


class Reader:
    """Reads until the daemon is gone. `peer` is a socket option: level, name, size and offset."""

    def __init__(
        self, control: socket.socket, door: socket.socket, peer: Sequence[int] = ()
    ) -> None:
        self._control = control
        self._door = door
        self._peer = tuple(peer)
        self._poll = select.poll()
        self._handlers: dict[int, Callable[[], None]] = {}
        self._pipes: dict[int, Pipe] = {}
        self._fresh: set[Pipe] = set()
        self._knocking: dict[int, socket.socket] = {}
        self._expected: dict[int, tuple[int, bytes]] = {}
        self._orders = bytearray()
        self._out = bytearray()
        self._waiting = 0
        self._buffer = memoryview(bytearray(CHUNK))
        self._lost_told_at = 0.0
        self._longest = 0
        self._busy_until = 0.0
        self._is_over = False
        control.settimeout(0)
        door.settimeout(0)
        self._watch(control.fileno(), self._take_orders)
        self._watch(door.fileno(), self._answer_door)

    def run(self) -> None:
        """Read until the daemon closes its end."""
        control = self._control.fileno()
        while not self._is_over:
            self._longest = 0
            ready = [fd for fd, _ in self._poll.poll(LOST_S * 1000 if self._fresh else None)]
            for fd in sorted(ready, key=control.__ne__):  # orders come first
                handle = self._handlers.get(fd)
                if handle:
                    handle()
            now = time.monotonic()
            self._report(now)
            if self._longest >= BUSY:
                self._busy_until = now + BUSY_S
            elif self._longest and now >= self._busy_until:
                time.sleep(PAUSE_S)

    def _watch(self, fd: int, handle: Callable[[], None]) -> None:
        self._handlers[fd] = handle
        self._poll.register(fd, select.POLLIN)

    def _unwatch(self, fd: int) -> None:
        del self._handlers[fd]
        self._poll.unregister(fd)

    def _take_orders(self) -> None:
        try:
            data = self._control.recv(CHUNK)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        self._is_over = not data
        self._orders += data
        whole = len(self._orders) - len(self._orders) % ORDER.size
        for kind, number, serial, token in ORDER.iter_unpack(bytes(self._orders[:whole])):
            if kind == EXPECT:
                self._expected[number] = (serial, token)
            elif kind == CLOSE:
                self._close(number, serial)
        del self._orders[:whole]

    def _close(self, number: int, serial: int) -> None:
        if self._expected.get(number, (None,))[0] == serial:
            del self._expected[number]
        pipes = [
            one for one in self._pipes.values() if (one.number, one.serial) == (number, serial)
        ]
        for pipe in pipes:
            self._drop(pipe)
        self._out += Pipe(-1, number, serial).render(CLOSED)

    def _drop(self, pipe: Pipe) -> None:
        self._waiting -= len(pipe.pending)
        self._fresh.discard(pipe)
        self._unwatch(pipe.fd)
        del self._pipes[pipe.fd]
        os.close(pipe.fd)

    def _answer_door(self) -> None:
        try:
            connection, _ = self._door.accept()
        except OSError:
            time.sleep(PAUSE_S)  # no more files may be open
            return
        connection.settimeout(0)
        if len(self._knocking) >= MAX_KNOCKING:
            self._turn_away(next(iter(self._knocking)))
        fd = connection.fileno()
        self._knocking[fd] = connection
        self._watch(fd, lambda: self._welcome(fd))

    def _turn_away(self, fd: int) -> None:
        self._unwatch(fd)
        self._knocking.pop(fd).close()

    def _welcome(self, fd: int) -> None:
        """Take the pipe that a helper brings, if it is one that is expected."""
        files: list[int] = []
        expected = None
        with contextlib.suppress(OSError):
            hello, files, *_ = socket.recv_fds(self._knocking[fd], MAX_HELLO, MAX_FILES)
            expected = self._find_expected(hello) if self._is_ours(self._knocking[fd]) else None
        self._turn_away(fd)
        if expected and len(files) == 1 and stat.S_ISSOCK(os.fstat(files[0]).st_mode):
            self._open(Pipe(files[0], *expected))
            return
        for one in files:
            os.close(one)

    def _is_ours(self, connection: socket.socket) -> bool:
        if not self._peer:
            return True
        level, option, size, offset = self._peer
        answer = connection.getsockopt(level, option, size)
        return int.from_bytes(answer[offset : offset + 4], sys.byteorder) == os.getuid()

    def _find_expected(self, hello: bytes) -> tuple[int, int] | None:
        """Return pane and serial of the tap that a helper names; its token counts once."""
        for number, (serial, token) in self._expected.items():
            if hello == f"{number} {serial} {token.hex()}".encode():
                del self._expected[number]
                return number, serial
        return None

    def _open(self, pipe: Pipe) -> None:
        os.set_blocking(pipe.fd, False)
        self._pipes[pipe.fd] = pipe
        self._watch(pipe.fd, lambda: self._read(pipe))
        self._out += pipe.render(OPENED)

    def _read(self, pipe: Pipe) -> None:
        try:
            size = os.readv(pipe.fd, [self._buffer])
        except BlockingIOError:
            return
        except OSError:
            size = 0
        self._longest = max(self._longest, size)
        if size:
            room = MAX_ALL - self._waiting - len(self._out)
            self._waiting += pipe.keep(self._buffer[:size], room, time.monotonic())
            self._fresh.add(pipe)
            return
        self._out += pipe.pack(with_lost=True) + pipe.render(ENDED)
        self._drop(pipe)

    def _report(self, now: float) -> None:
        """Tell the daemon what is new, as far as it takes it."""
        if len(self._out) < MAX_PENDING:
            self._pack_fresh(now)
        if self._out:
            try:
                del self._out[: self._control.send(self._out)]
            except BlockingIOError:
                pass
            except OSError:
                self._is_over = True
        events = select.POLLIN | (select.POLLOUT if self._out else 0)
        self._poll.modify(self._control.fileno(), events)

    def _pack_fresh(self, now: float) -> None:
        is_due = now - self._lost_told_at >= LOST_S
        if is_due:
            self._lost_told_at = now
        for pipe in tuple(self._fresh):
            self._waiting -= len(pipe.pending)
            self._out += pipe.pack(with_lost=is_due)
            if not pipe.lost:
                self._fresh.discard(pipe)


def main(words: Sequence[str]) -> None:
    """Run the reader with the numbers that the daemon gave."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = MAX_OPEN if hard == resource.RLIM_INFINITY else min(hard, MAX_OPEN)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, most), hard))
    control = socket.socket(fileno=0)
    door = socket.socket(fileno=int(words[0]))
    Reader(control, door, [int(word) for word in words[1:]]).run()


if __name__ == "__main__":
    main(sys.argv[1:])
