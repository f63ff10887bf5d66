"""
What the popup runs first: hand its terminal to the chooser that stands by, and wait for its end.

It must not take long, so it imports next to nothing. The stand-by gets our terminal's files and
environment; we stay, as only we get the signal of a new size, and as only what we start has a
terminal that sends signals. If it dies, we start a chooser of our own.

Over the socket go lines. From us: a head with the length of the environment, then that; `go`; `w`
for a new size; `ran CODE`. From the stand-by: `+` to take it, `run WORDS`, `end CODE`.
"""

import _socket
import os
import sys
from collections.abc import Iterator, Mapping, Sequence

from agent_status.fastpath.hook_event import find_runtime_dirs

SOCKET = "chooser.sock"
TIMEOUT_S = 0.1
"""The longest that a stand-by may take to answer; starting without one takes half a second."""
MAX_ENV = 512 * 1024
SEPARATOR = "\x1f"
"""Between the words of a command."""
RESTORE = b"\x1b[<u\x1b[?1000;1003;1004;1006;1015;2004;2026;2048l\x1b[?7;25h\x1b[m\x1b[?1049l"
"""Ends every mode that a chooser sets, its screen as the last one."""


def hand_over_terminal(env: Mapping[bytes, bytes] = os.environb) -> int | None:
    """
    Return the exit code of the chooser that stood by; None if none does, or if it died.

    The terminal is then as it was, for a chooser of our own.
    """
    connection = _connect()
    if connection is None:
        return None
    modes = _read_modes()
    try:
        code = _follow(connection) if _hand_over(connection, env) else None
    finally:
        connection.close()
    if code is None:
        _restore(modes)
    return code


def _connect() -> _socket.socket | None:
    socket = os.environ.get("TMUX", "").partition(",")[0]
    for folder in find_runtime_dirs(socket) if socket else ():
        connection = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
        connection.settimeout(TIMEOUT_S)
        if _enter(connection, folder):
            return connection
        connection.close()
    return None


def _enter(connection: _socket.socket, folder: str) -> bool:
    """Return whether a stand-by in a folder of ours alone let us in."""
    try:
        found = os.lstat(folder)
        if found.st_uid != os.getuid() or found.st_mode & 0o077:
            return False
        connection.connect(f"{folder}/{SOCKET}")
    except (OSError, ValueError):
        return False
    return True


def _hand_over(connection: _socket.socket, env: Mapping[bytes, bytes]) -> bool:
    """Return whether the stand-by has taken the terminal."""
    listed = b"\0".join(name + b"=" + value for name, value in env.items())
    if len(listed) > MAX_ENV:
        return False
    files = b"".join(number.to_bytes(4, sys.byteorder) for number in (0, 1, 2))
    try:
        head = b"%d\n" % len(listed)
        connection.sendmsg([head], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, files)])
        _send(connection, listed)
        if connection.recv(2) != b"+\n":
            return False
        _send(connection, b"go\n")
    except OSError:
        return False
    return True


def _read_modes() -> list[int | list[bytes | int]] | None:
    """Return how the terminal reads keys; None if it isn't a terminal."""
    import termios  # noqa: PLC0415  only if a chooser stands by

    try:
        return termios.tcgetattr(0)
    except termios.error:
        return None


def _restore(modes: list[int | list[bytes | int]] | None) -> None:
    """Give the terminal back its modes, and drop the keys that were meant for who changed them."""
    if modes is None or modes == _read_modes():
        return
    import termios  # noqa: PLC0415

    os.write(1, RESTORE)
    termios.tcflush(0, termios.TCIFLUSH)
    termios.tcsetattr(0, termios.TCSANOW, modes)


def _follow(connection: _socket.socket) -> int | None:
    """
    Tell new sizes and run what is asked for, until the chooser ends; return its code.

    None if it went away without a word.
    """
    import signal  # noqa: PLC0415  while the chooser draws

    connection.settimeout(None)
    signal.signal(signal.SIGWINCH, lambda *_: _try_send(connection, b"w\n"))
    signal.signal(signal.SIGINT, lambda *_: None)
    _try_send(connection, b"w\n")  # for a size that was new before we heard of such
    for line in _read_lines(connection):
        word, _, rest = line.partition(" ")
        if word == "run":
            _try_send(connection, b"ran %d\n" % run_outside(rest.split(SEPARATOR)))
        elif word == "end":
            return int(rest)
    signal.signal(signal.SIGWINCH, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    return None


def run_outside(words: Sequence[str]) -> int:
    """Run one of our commands in this terminal and return its exit code."""
    program = list_words(words)
    return os.spawnv(os.P_WAIT, program[0], program)  # noqa: S606  no shell is wanted


def read_outside(words: Sequence[str]) -> tuple[int, str]:
    """Run one of our commands in the user's home; return its exit code and what it printed."""
    import subprocess  # noqa: PLC0415  a popup that opens has no use for it

    done = subprocess.run(
        list_words(words),
        cwd=os.path.expanduser("~"),  # noqa: PTH111
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    return done.returncode, done.stdout


def list_words(words: Sequence[str]) -> list[str]:
    """Return the command line of one of our commands."""
    return [sys.executable, "-I", "-X", "utf8", "-m", "agent_status", *words]


def _read_lines(connection: _socket.socket) -> Iterator[str]:
    rest = b""
    while data := _receive(connection):
        *lines, rest = (rest + data).split(b"\n")
        yield from (line.decode() for line in lines)


def _receive(connection: _socket.socket) -> bytes:
    """Return what came; nothing once the stand-by has ended."""
    try:
        return connection.recv(4096)
    except OSError:
        return b""


def _try_send(connection: _socket.socket, line: bytes) -> None:
    try:
        _send(connection, line)
    except OSError:
        return


def _send(connection: _socket.socket, data: bytes) -> None:
    connection.sendall(data)
