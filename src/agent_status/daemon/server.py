"""The daemon's socket: one JSON object a line each way, for several clients, in one thread."""

import contextlib
import json
import os
import selectors
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from agent_status.errors import CallerError, RefusedError
from agent_status.protocol.messages import MAX_REQUEST, BadRequestError, Request, parse_request
from agent_status.system.peer import read_peer_pid, read_peer_uid
from agent_status.system.processes import Peer, ProcessGoneError

MAX_WAITING = 4 * 1024 * 1024
"""Bytes that a client which watches may leave unread before it is dropped."""
MAX_CLIENTS = 64
MAX_TURN = 16
"""Requests of one client that are answered before all others, and the next tick, have a turn."""
CHUNK = 64 * 1024


@dataclass(slots=True, eq=False)
class _Connection:
    connection: socket.socket
    peer: Peer | None = None
    """Who connected; None for one that has ended since."""
    received: bytearray = field(default_factory=bytearray)
    waiting: bytearray = field(default_factory=bytearray)
    has_asked: bool = False
    watches: bool = False
    leaving: bool = False


WATCHED = object()
"""Marks the file whose news end `serve`."""


class Server:
    """
    Answers requests by `answer(request, peer)`, which may raise RefusedError or BadRequestError.

    The peer is who connected, even if another process sends through that connection now. Requests
    run in the thread that calls `serve`; only `wake` may be called from others.
    """

    def __init__(self, path: Path, answer: Callable[[Request, Peer | None], Any]) -> None:
        self._path = path
        self._answer = answer
        self._guests: list[_Connection] = []
        self._queuing: set[_Connection] = set()
        self._watched: int | None = None
        self._selector = selectors.DefaultSelector()
        self._alarm, self._bell = socket.socketpair()
        self._alarm.settimeout(0)
        self._bell.settimeout(0)
        self._door = _open_door(path)
        self._made = find_identity(path)
        self._selector.register(self._alarm, selectors.EVENT_READ)
        self._selector.register(self._door, selectors.EVENT_READ)

    def wake(self) -> None:
        """End the current or the next `serve` at once; safe from threads and signal handlers."""
        with contextlib.suppress(OSError):
            self._bell.send(b"!")

    def watch(self, fileno: int | None) -> None:
        """End `serve` also once this file can be read; None for no file."""
        if fileno == self._watched:
            return
        if self._watched is not None:
            with contextlib.suppress(KeyError, ValueError):
                self._selector.unregister(self._watched)
        if fileno is not None:
            self._selector.register(fileno, selectors.EVENT_READ, WATCHED)
        self._watched = fileno

    def serve(self, seconds: float) -> bool:
        """
        Answer requests for so many seconds, until `wake`, or until the watched file can be read.

        Return True if `wake` was called.
        """
        end = time.monotonic() + seconds
        while True:
            left_s = 0.0 if self._queuing else max(0.0, end - time.monotonic())
            for guest in tuple(self._queuing):
                self._reply_some(guest)
            for key, events in self._selector.select(left_s):
                if key.fileobj is self._alarm:
                    self._alarm.recv(CHUNK)
                    return True
                if key.data is WATCHED:
                    return False
                if key.fileobj is self._door:
                    self._welcome()
                else:
                    self._attend(key.data, events)
            if time.monotonic() >= end:
                return False

    def renew(self) -> None:
        """Listen again if the socket was removed; connected clients stay. Raises OSError."""
        if find_identity(self._path) == self._made:
            return
        door = _open_door(self._path)
        self._selector.unregister(self._door)
        self._door.close()
        self._door, self._made = door, find_identity(self._path)
        self._selector.register(self._door, selectors.EVENT_READ)

    @property
    def is_watched(self) -> bool:
        """Whether a client wants every change."""
        return any(guest.watches for guest in self._guests)

    def publish(self, data: Any) -> None:
        """Send `data` to every client that watches."""
        for guest in [guest for guest in self._guests if guest.watches]:
            self._say(guest, {"ok": True, "data": data})

    def close(self) -> None:
        """Close every connection and remove the socket. Idempotent."""
        for guest in list(self._guests):
            self._drop(guest)
        for end in (self._door, self._alarm, self._bell):
            end.close()
        self._selector.close()
        if find_identity(self._path) == self._made:
            self._path.unlink(missing_ok=True)

    def _welcome(self) -> None:
        with contextlib.suppress(OSError):
            connection, _ = self._door.accept()
            uid = read_peer_uid(connection)
            if uid not in {None, os.getuid()} or not self._make_room():
                connection.close()
                return
            connection.settimeout(0)
            guest = _Connection(connection, _find_peer(connection))
            self._guests.append(guest)
            self._selector.register(connection, selectors.EVENT_READ, guest)

    def _make_room(self) -> bool:
        """Return whether one more may come; in a full house who came first to say nothing goes."""
        silent = (guest for guest in self._guests if not guest.has_asked)
        if len(self._guests) >= MAX_CLIENTS and (first := next(silent, None)):
            self._drop(first)
        return len(self._guests) < MAX_CLIENTS

    def _attend(self, guest: _Connection, events: int) -> None:
        try:
            if events & selectors.EVENT_WRITE:
                self._send(guest)
                self._reply_some(guest)
            elif guest in self._guests and guest not in self._queuing:
                self._receive(guest)
        except BlockingIOError:
            return
        except OSError:
            self._drop(guest)

    def _receive(self, guest: _Connection) -> None:
        data = guest.connection.recv(CHUNK)
        if not data:
            self._drop(guest)
            return
        if guest.leaving:
            return
        guest.received += data
        self._reply_some(guest)

    def _reply_some(self, guest: _Connection) -> None:
        """
        Answer what came, up to a guest's share; the rest has its turn after all the others.

        A client that has not read the last answer gets no other one until it has.
        """
        self._queuing.discard(guest)
        for _ in range(MAX_TURN):
            if guest.waiting or guest.leaving or b"\n" not in guest.received:
                break
            line, _, guest.received = guest.received.partition(b"\n")
            self._reply(guest, bytes(line))
        if guest not in self._guests or guest.leaving or guest.waiting:
            return
        if b"\n" in guest.received:
            self._queuing.add(guest)
        elif len(guest.received) > MAX_REQUEST:
            self._refuse(guest, f"a request holds at most {MAX_REQUEST} bytes")

    def _reply(self, guest: _Connection, line: bytes) -> None:
        try:
            request = parse_request(line)
            guest.has_asked = True
            data = self._answer(request, guest.peer)
        except RefusedError as error:
            code = {"code": "caller"} if isinstance(error, CallerError) else {}
            self._say(guest, {"ok": False, "error": str(error)} | code)
            return
        except BadRequestError as error:
            self._refuse(guest, str(error))
            return
        guest.watches = guest.watches or request["op"] == "watch"
        self._say(guest, {"ok": True, "data": data})

    def _refuse(self, guest: _Connection, error: str) -> None:
        """Tell what is wrong and close the connection once that is sent."""
        guest.leaving, guest.watches = True, False
        guest.received.clear()
        self._say(guest, {"ok": False, "error": error})

    def _say(self, guest: _Connection, answer: dict[str, Any]) -> None:
        guest.waiting += json.dumps(answer, separators=(",", ":")).encode() + b"\n"
        if len(guest.waiting) > MAX_WAITING:
            self._drop(guest)
            return
        try:
            self._send(guest)
        except OSError:
            self._drop(guest)

    def _send(self, guest: _Connection) -> None:
        with contextlib.suppress(BlockingIOError):
            while guest.waiting:
                sent = guest.connection.send(guest.waiting[:CHUNK])
                del guest.waiting[:sent]
        if guest.leaving and not guest.waiting:
            self._drop(guest)
            return
        events = selectors.EVENT_WRITE if guest.waiting else selectors.EVENT_READ
        self._selector.modify(guest.connection, events, guest)

    def _drop(self, guest: _Connection) -> None:
        if guest in self._guests:
            self._guests.remove(guest)
            self._queuing.discard(guest)
            self._selector.unregister(guest.connection)
            guest.connection.close()


def find_identity(path: Path) -> tuple[int, int] | None:
    """Return what tells this file from a later one of the same name; None if there is none."""
    try:
        found = path.lstat()
    except OSError:
        return None
    return found.st_ino, found.st_ctime_ns


def _find_peer(connection: socket.socket) -> Peer | None:
    with contextlib.suppress(OSError, ProcessGoneError):
        return Peer(read_peer_pid(connection) or 0)
    return None


def _open_door(path: Path) -> socket.socket:
    """Listen at `path`, in the place of a socket that a killed daemon has left."""
    path.unlink(missing_ok=True)
    door = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    door.settimeout(0)
    before = os.umask(0o177)
    try:
        door.bind(str(path))
    finally:
        os.umask(before)
    door.listen(MAX_CLIENTS)
    return door
