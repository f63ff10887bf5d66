"""The other end of the daemon's socket."""

import json
import os
import re
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Self, TypeVar

from agent_status.errors import CallerError, DaemonGoneError, RefusedError
from agent_status.fastpath.hook_event import SOCKET
from agent_status.paths import NoFolderError, UnsafeFolderError, find_runtime
from agent_status.protocol.convert import ConvertError
from agent_status.protocol.messages import Request, Watch, parse_answer, render_request
from agent_status.protocol.rows import Report

T = TypeVar("T")

GUEST = "AGENT_STATUS_GUEST"
"""Names to a chooser that stood by the process in whose terminal it draws."""
TIMEOUT_S = 5.0
CHUNK = 64 * 1024


class DaemonClient:
    """A connection to the daemon of one tmux server; a context manager that closes it."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._received = bytearray()

    @classmethod
    def open(cls, socket_path: str, timeout_s: float = TIMEOUT_S) -> Self:
        """Connect to the daemon of the tmux server at `socket_path`; raise DaemonGoneError."""
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.settimeout(timeout_s)
        try:
            connection.connect(str(find_socket(socket_path)))
        except (NoFolderError, UnsafeFolderError) as error:
            connection.close()
            raise DaemonGoneError(str(error)) from error
        except OSError as error:
            connection.close()
            message = "the daemon does not run: agent-status daemon start"
            raise DaemonGoneError(message) from error
        return cls(connection)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection, which ends a `watch` in another thread. Idempotent."""
        try:
            self._connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        finally:
            self._connection.close()

    def fileno(self) -> int:
        """Return the connection's file descriptor, to wait on."""
        return self._connection.fileno()

    def ask(self, request: Request[T]) -> T:
        """Return the answer; raise RefusedError or DaemonGoneError."""
        return _parse(request, self.ask_raw(request))

    def ask_raw(self, request: Request[Any]) -> Any:
        """Return the answer's JSON data as it came; raise as `ask` does."""
        return self.exchange(render_request(replace(request, guest=_find_guest())))

    def exchange(self, line: bytes) -> Any:
        """Send a line and return the data of its answer; raise as `ask` does."""
        try:
            self._connection.sendall(line)
        except OSError as error:
            raise _lose(error) from error
        return self._read_answer()

    def watch(self) -> Iterator[Report]:
        """
        Yield the report now, and again after each change.

        Use the connection for nothing else. Raises DaemonGoneError when the daemon ends or the
        connection is closed.
        """
        return (_parse(Watch(), data) for data in self.watch_raw())

    def watch_raw(self) -> Iterator[Any]:
        """Yield the reports' JSON data as it comes; see `watch`."""
        yield self.ask_raw(Watch())
        self._connection.settimeout(None)
        while True:
            yield self._read_answer()

    def _read_answer(self) -> Any:
        try:
            answer = json.loads(self._read_line())
        except (OSError, ValueError) as error:
            raise _lose(error) from error
        if not isinstance(answer, dict) or answer.get("ok") is not True:
            raise _name_refusal(answer if isinstance(answer, dict) else {})
        return answer.get("data")

    def _read_line(self) -> bytes:
        while b"\n" not in self._received:
            data = self._connection.recv(CHUNK)
            if not data:
                message = "the connection was closed"
                raise OSError(message)
            self._received += data
        line, _, rest = self._received.partition(b"\n")
        self._received = bytearray(rest)
        return bytes(line)


def find_socket(socket_path: str) -> Path:
    """Return where the daemon of that tmux server listens; raise OSError if that is unsafe."""
    return find_runtime(socket_path) / SOCKET


def _parse(request: Request[T], data: Any) -> T:
    try:
        return parse_answer(request, data)
    except ConvertError as error:
        message = f"the daemon's answer can't be read: {error}"
        raise RefusedError(message) from error


def _find_guest() -> int:
    guest = os.environ.get(GUEST, "")
    return int(guest) if re.fullmatch("[0-9]{1,9}", guest) else 0


def _name_refusal(answer: dict[str, Any]) -> RefusedError:
    words = str(answer.get("error") or "the daemon's answer can't be read")
    return CallerError(words) if answer.get("code") == "caller" else RefusedError(words)


def _lose(error: Exception) -> DaemonGoneError:
    return DaemonGoneError(f"the daemon does not answer: {error}")
