"""
The chooser that stands by: all is imported and was drawn once, only the terminal is missing.

The daemon holds the other end of its standard input, and goes with it. A popup's first program
hands over the popup's terminal; see `popup` for what they say to each other.
"""

import contextlib
import gc
import os
import select
import signal
import socket
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import NoReturn

from agent_status.fastpath.popup import MAX_ENV, SEPARATOR, SOCKET
from agent_status.protocol.client import GUEST
from agent_status.system.peer import read_peer_pid, read_peer_uid

TIMEOUT_S = 1.0
"""For a popup that came to say what it wants."""
FILES = 3
MAX_HEAD = 16
HUNG_UP = 129


class PopupSession:
    """A popup's first program, once its terminal is ours."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._codes: SimpleQueue[int] = SimpleQueue()
        self._over = False

    def listen(self) -> None:
        """Listen to it from now on; when it ends, the popup is gone and so are we."""
        self._connection.settimeout(None)
        Thread(target=self._listen, name="popup-session", daemon=True).start()

    def run(self, words: Sequence[str]) -> int:
        """Have it run one of our commands in the popup, and return the exit code."""
        self._connection.sendall(f"run {SEPARATOR.join(words)}\n".encode())
        return self._codes.get()

    def end(self, code: int) -> NoReturn:
        """End the popup with that exit code, and ourselves."""
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        self._over = True
        with contextlib.suppress(OSError):
            self._connection.sendall(f"end {code}\n".encode())
        os._exit(code)

    def _listen(self) -> None:
        with contextlib.suppress(OSError, ValueError), self._connection.makefile() as lines:
            for line in lines:
                word, _, rest = line.strip().partition(" ")
                if word == "w":
                    os.kill(os.getpid(), signal.SIGWINCH)
                elif word == "ran":
                    self._codes.put(int(rest))
        if not self._over:
            os._exit(HUNG_UP)


def stand_by(
    folder: Path, warm_up: Callable[[], None], choose: Callable[[PopupSession], int]
) -> int:
    """
    Wait in `folder` for a popup, and `choose` in it; return 0 when the daemon has ended.

    `warm_up` does beforehand all that would take time then.
    """
    signal.signal(signal.SIGWINCH, signal.SIG_IGN)
    warm_up()
    gc.collect()
    gc.freeze()
    session = _await_session(folder)
    if session:
        session.listen()
        session.end(choose(session))
    return 0


def _await_session(folder: Path) -> PopupSession | None:
    """Return the first popup whose terminal we have; None once our input ends."""
    path = folder / SOCKET
    with contextlib.closing(_listen(path)) as listener:
        try:
            while True:
                ready, _, _ = select.select([0, listener.fileno()], [], [])
                if 0 in ready and not os.read(0, 1):
                    return None
                if listener.fileno() in ready:
                    connection = _accept(listener)
                    if connection:
                        return PopupSession(connection)
        finally:
            path.unlink(missing_ok=True)


def _listen(path: Path) -> socket.socket:
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o177)
    try:
        listener.bind(str(path))
    finally:
        os.umask(before)
    listener.listen(1)
    return listener


def _accept(listener: socket.socket) -> socket.socket | None:
    """Return the connection of a popup that handed everything over; None for any other."""
    connection, _ = listener.accept()
    connection.settimeout(TIMEOUT_S)
    files: list[int] = []
    try:
        if _is_ours(connection):
            popup = read_peer_pid(connection) or 0
            head, files, _, _ = socket.recv_fds(connection, MAX_HEAD, FILES)
            env = _read_env(connection, head)
            if env is not None and len(files) == FILES and _agree(connection):
                _adopt_terminal(env, files, popup)
                return connection
    except (OSError, ValueError):
        pass
    finally:
        for number in files:
            os.close(number)
    connection.close()
    return None


def _is_ours(connection: socket.socket) -> bool:
    """Return whether the other end is our user's; unknown counts, as the folder is ours alone."""
    return read_peer_uid(connection) in {None, os.getuid()}


def _read_env(connection: socket.socket, head: bytes) -> dict[bytes, bytes] | None:
    number, newline, data = head.partition(b"\n")
    wanted = int(number) if newline and number.isdigit() else MAX_ENV + 1
    if wanted > MAX_ENV:
        return None
    while len(data) < wanted:
        more = connection.recv(wanted - len(data))
        if not more:
            return None
        data += more
    pairs = (part.partition(b"=") for part in data.split(b"\0"))
    return {name: value for name, equals, value in pairs if name and equals}


def _agree(connection: socket.socket) -> bool:
    """Return whether the popup still waits: one that gave up draws there itself."""
    connection.sendall(b"+\n")
    return connection.recv(3) == b"go\n"


def _adopt_terminal(env: dict[bytes, bytes], files: Sequence[int], popup: int) -> None:
    """
    Make the popup's terminal and environment ours; the daemon sees its pipes close.

    What the user decides in it from now on, the popup decides: see `daemon.authority`.
    """
    with contextlib.suppress(OSError):
        os.write(1, b"taken\n")
    for number, own in zip(files, range(FILES), strict=True):
        os.dup2(number, own)
    os.environb.clear()
    os.environb.update(env)
    os.environ[GUEST] = str(popup)
    time.tzset()
