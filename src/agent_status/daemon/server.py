"""The daemon's socket: one JSON object a line each way, for several clients, in one thread."""

import contextlib
import json
import os
import selectors
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any

from agent_status.errors import CallerError, RefusedError
from agent_status.protocol.messages import (
    MAX_REQUEST,
    BadRequestError,
    Request,
    Watch,
    parse_request,
)
from agent_status.system.peer import read_peer_pid, read_peer_uid
from agent_status.system.processes import Peer, ProcessGoneError

MAX_WAITING = 4 * 1024 * 1024
"""Bytes that a client which watches may leave unread before it is dropped."""
MAX_CLIENTS = 64
MAX_TURN = 16
"""Requests of one client that are answered before all others, and the next tick, have a turn."""
CHUNK = 64 * 1024


@dataclass(slots=True, eq=False)
class Connection:
    """One client, and what it has sent and has not read yet."""

    connection: socket.socket
    peer: Peer | None = None
    """Who connected; None for one that has ended since."""
    received: bytearray = field(default_factory=bytearray)
    waiting: bytearray = field(default_factory=bytearray)
    has_asked: bool = False
    watches: bool = False
    leaving: bool = False


class Served(Enum):
    """What ends the serving of requests."""

    TIME = "time"
    """The seconds have passed."""
    WOKEN = "woken"
    """`wake` was called."""
    NEWS = "news"
    """The watched file can be read."""


WATCHED = object()
"""Marks the file whose news end `serve`."""


class Server:
    """
    Answers requests with the JSON data that `answer(request, peer)` returns.

    It may raise RefusedError or BadRequestError.

    The peer is who connected, even if another process sends through that connection now. Requests
    run in the thread that calls `serve`; only `wake` may be called from others.
    """

    def __init__(self, path: Path, answer: Callable[[Request[Any], Peer | None], Any]) -> None:
        self._path = path
        self._answer = answer
        self._clients: list[Connection] = []
        self._queued: set[Connection] = set()
        self._watched: int | None = None
        self._selector = selectors.DefaultSelector()
        self._wake_receiver, self._wake_sender = socket.socketpair()
        self._wake_receiver.settimeout(0)
        self._wake_sender.settimeout(0)
        self._listener = _open_listener(path)
        self._identity = find_identity(path)
        self._selector.register(self._wake_receiver, selectors.EVENT_READ)
        self._selector.register(self._listener, selectors.EVENT_READ)

    def wake(self) -> None:
        """End the current or the next `serve` at once; safe from threads and signal handlers."""
        with contextlib.suppress(OSError):
            self._wake_sender.send(b"!")

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

    def serve(self, seconds: float) -> Served:
        """Answer requests until something ends that, and return what it was."""
        end = time.monotonic() + seconds
        while True:
            left_s = 0.0 if self._queued else max(0.0, end - time.monotonic())
            for client in tuple(self._queued):
                self._reply_some(client)
            for key, events in self._selector.select(left_s):
                if key.fileobj is self._wake_receiver:
                    self._wake_receiver.recv(CHUNK)
                    return Served.WOKEN
                if key.data is WATCHED:
                    return Served.NEWS
                if key.fileobj is self._listener:
                    self._accept()
                else:
                    self._handle(key.data, events)
            if time.monotonic() >= end:
                return Served.TIME

    def renew(self) -> None:
        """Listen again if the socket was removed; connected clients stay. Raises OSError."""
        if find_identity(self._path) == self._identity:
            return
        listener = _open_listener(self._path)
        self._selector.unregister(self._listener)
        self._listener.close()
        self._listener, self._identity = listener, find_identity(self._path)
        self._selector.register(self._listener, selectors.EVENT_READ)

    @property
    def is_watched(self) -> bool:
        """Whether a client wants every change."""
        return any(client.watches for client in self._clients)

    def publish(self, data: Any) -> None:
        """Send `data` to every client that watches."""
        for client in [client for client in self._clients if client.watches]:
            self._write(client, {"ok": True, "data": data})

    def close(self) -> None:
        """Close every connection and remove the socket. Idempotent."""
        for client in list(self._clients):
            self._drop(client)
        for end in (self._listener, self._wake_receiver, self._wake_sender):
            end.close()
        self._selector.close()
        if find_identity(self._path) == self._identity:
            self._path.unlink(missing_ok=True)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            connection, _ = self._listener.accept()
            uid = read_peer_uid(connection)
            if uid not in {None, os.getuid()} or not self._make_room():
                connection.close()
                return
            connection.settimeout(0)
            client = Connection(connection, _find_peer(connection))
            self._clients.append(client)
            self._selector.register(connection, selectors.EVENT_READ, client)

    def _make_room(self) -> bool:
        """Return whether one more may connect; if full, drop the oldest that never asked."""
        silent = (client for client in self._clients if not client.has_asked)
        if len(self._clients) >= MAX_CLIENTS and (first := next(silent, None)):
            self._drop(first)
        return len(self._clients) < MAX_CLIENTS

    def _handle(self, client: Connection, events: int) -> None:
        try:
            if events & selectors.EVENT_WRITE:
                self._send(client)
                self._reply_some(client)
            elif client in self._clients and client not in self._queued:
                self._receive(client)
        except BlockingIOError:
            return
        except OSError:
            self._drop(client)

    def _receive(self, client: Connection) -> None:
        data = client.connection.recv(CHUNK)
        if not data:
            self._drop(client)
            return
        if client.leaving:
            return
        client.received += data
        self._reply_some(client)

    def _reply_some(self, client: Connection) -> None:
        """
        Answer what came, up to a client's share; the rest comes after all other clients.

        A client that has not read the last answer gets no other one until it has.
        """
        self._queued.discard(client)
        for _ in range(MAX_TURN):
            if client.waiting or client.leaving or b"\n" not in client.received:
                break
            line, _, client.received = client.received.partition(b"\n")
            self._answer_line(client, bytes(line))
        if client not in self._clients or client.leaving or client.waiting:
            return
        if b"\n" in client.received:
            self._queued.add(client)
        elif len(client.received) > MAX_REQUEST:
            self._refuse(client, f"a request holds at most {MAX_REQUEST} bytes")

    def _answer_line(self, client: Connection, line: bytes) -> None:
        try:
            request = parse_request(line)
            client.has_asked = True
            data = self._answer(request, client.peer)
        except RefusedError as error:
            code = {"code": "caller"} if isinstance(error, CallerError) else {}
            self._write(client, {"ok": False, "error": str(error)} | code)
            return
        except BadRequestError as error:
            self._refuse(client, str(error))
            return
        client.watches = client.watches or isinstance(request, Watch)
        self._write(client, {"ok": True, "data": data})

    def _refuse(self, client: Connection, error: str) -> None:
        """Report what is wrong and close the connection once that is sent."""
        client.leaving, client.watches = True, False
        client.received.clear()
        self._write(client, {"ok": False, "error": error})

    def _write(self, client: Connection, answer: dict[str, Any]) -> None:
        client.waiting += json.dumps(answer, separators=(",", ":")).encode() + b"\n"
        if len(client.waiting) > MAX_WAITING:
            self._drop(client)
            return
        try:
            self._send(client)
        except OSError:
            self._drop(client)

    def _send(self, client: Connection) -> None:
        with contextlib.suppress(BlockingIOError):
            while client.waiting:
                sent = client.connection.send(client.waiting[:CHUNK])
                del client.waiting[:sent]
        if client.leaving and not client.waiting:
            self._drop(client)
            return
        events = selectors.EVENT_WRITE if client.waiting else selectors.EVENT_READ
        self._selector.modify(client.connection, events, client)

    def _drop(self, client: Connection) -> None:
        if client in self._clients:
            self._clients.remove(client)
            self._queued.discard(client)
            self._selector.unregister(client.connection)
            client.connection.close()


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


def _open_listener(path: Path) -> socket.socket:
    """Listen at `path`, in the place of a socket that a killed daemon has left."""
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.settimeout(0)
    before = os.umask(0o177)
    try:
        listener.bind(str(path))
    finally:
        os.umask(before)
    listener.listen(MAX_CLIENTS)
    return listener
