"""The other end of the daemon's socket."""

import json
import os
import re
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

from agent_status.errors import AgentStatusError, CallerError, RefusedError
from agent_status.fastpath.hook_event import SOCKET
from agent_status.paths import NoFolderError, UnsafeFolderError, find_runtime

GUEST = "AGENT_STATUS_GUEST"
"""Names to a chooser that stood by the process in whose terminal it draws."""
TIMEOUT_S = 5.0
CHUNK = 64 * 1024


class DaemonGoneError(AgentStatusError):
    """No daemon answers for that tmux server, or it went away."""

    exit_code = 4


class Client:
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

    def ask(self, op: str, **args: Any) -> Any:
        """Return the data of the answer to `op`; raise RefusedError or DaemonGoneError."""
        self._send(op, args)
        return self._take_answer()

    def watch(self) -> Iterator[dict[str, Any]]:
        """
        Yield the report now, and again whenever it changes; use the connection for nothing else.

        Raises DaemonGoneError when the daemon ends or the connection is closed.
        """
        self._send("watch", {})
        yield self._take_answer()
        self._connection.settimeout(None)
        while True:
            yield self._take_answer()

    def _send(self, op: str, args: dict[str, Any]) -> None:
        request = json.dumps({"v": 1, "op": op} | _name_guest() | args).encode() + b"\n"
        try:
            self._connection.sendall(request)
        except OSError as error:
            raise _lose(error) from error

    def _take_answer(self) -> Any:
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


def _name_guest() -> dict[str, int]:
    guest = os.environ.get(GUEST, "")
    return {"guest": int(guest)} if re.fullmatch("[0-9]{1,9}", guest) else {}


def _name_refusal(answer: dict[str, Any]) -> RefusedError:
    words = str(answer.get("error") or "the daemon's answer can't be read")
    return CallerError(words) if answer.get("code") == "caller" else RefusedError(words)


def _lose(error: Exception) -> DaemonGoneError:
    return DaemonGoneError(f"the daemon does not answer: {error}")
