"""
What an agent's hook runs: find the daemon, tell it which pane has news, end.

It must end within some milliseconds, so it imports next to nothing: `_socket` is what `socket`
itself is made of, at a third of the time; `pathlib`, `hashlib` or `contextlib` alone would cost as
much as the rest. What `hashlib` takes SHA-256 from is `_sha2`, and `_sha256` before Python 3.12.
"""

import _socket
import os
from collections.abc import Iterator, Mapping

try:
    from _sha2 import sha256  # type: ignore[import-not-found]
except ImportError:
    try:
        from _sha256 import sha256  # type: ignore[import-not-found]
    except ImportError:
        from hashlib import sha256

NAME = "agent-status"
SOCKET = "daemon.sock"
TIMEOUT_S = 0.1
"""The longest that an agent is kept waiting, by a daemon that is busy."""
TEMPORARY = ("/tmp", "/var/tmp", "/usr/tmp")  # noqa: S108  ours below it is made private
DARWIN_TEMPORARY = 65537
"""The number by which macOS names a user's own folder, with any TMPDIR; others have none."""
MAX_FOLDER = 103 - len("/chooser.sock")
"""Bytes of a folder's path: a socket's may hold 103 on macOS, and four more on Linux."""


def send_event(env: Mapping[str, str] = os.environ) -> None:
    """Send the daemon of this tmux server an event of this pane; silent on every error."""
    socket, pane = env.get("TMUX", "").partition(",")[0], env.get("TMUX_PANE", "")
    if not socket or not (pane.startswith("%") and pane[1:].isdecimal()):
        return
    request = f'{{"v":1,"op":"event","pane":"{pane}"}}\n'.encode()
    try:
        any(_send(folder, request) for folder in find_runtime_dirs(socket, env))
    except (OSError, ValueError):
        return


def find_runtime_dirs(socket: str, env: Mapping[str, str] = os.environ) -> Iterator[str]:
    """
    Yield the runtime folders of a tmux server: the one to use, then where else it may be.

    An agent may run its hooks in another environment than the daemon's, so what TMPDIR says in one
    shell comes after what is the same in all. A folder in which a socket's path would be too long
    for the system is left out.
    """
    key = sha256(os.fsencode(os.path.realpath(socket))).hexdigest()[:12]
    own = f"{NAME}-{os.getuid()}"
    run = env.get("XDG_RUNTIME_DIR") or ""
    temporary = (_ask_system(), *TEMPORARY, find_temporary(env))
    places = (
        f"{run.rstrip('/')}/{NAME}" if os.path.isdir(run) else "",  # noqa: PTH112
        *(f"{folder.rstrip('/')}/{own}" for folder in temporary if folder),
        f"/run/user/{os.getuid()}/{NAME}",
    )
    folders = dict.fromkeys(f"{place}/{key}" for place in places if place)
    yield from (folder for folder in folders if len(os.fsencode(folder)) <= MAX_FOLDER)


def find_temporary(env: Mapping[str, str] = os.environ) -> str:
    """Return the folder for temporary files, as Python's `tempfile` finds it."""
    asked = (env.get(name, "") for name in ("TMPDIR", "TEMP", "TMP"))
    folders = (os.path.abspath(folder) for folder in (*asked, *TEMPORARY) if folder)  # noqa: PTH100
    usable = (folder for folder in folders if os.access(folder, os.W_OK | os.X_OK))
    return next(usable, "") or os.getcwd()  # noqa: PTH109


def _ask_system() -> str:
    """Return the user's own temporary folder as macOS tells it; elsewhere there is none."""
    try:
        return os.confstr(DARWIN_TEMPORARY) or ""
    except (OSError, ValueError):
        return ""


def _send(folder: str, request: bytes) -> bool:
    """Return whether a daemon of ours took the request; its answer is not waited for."""
    connection = None
    try:
        if os.lstat(folder).st_uid != os.getuid():
            return False
        connection = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
        connection.settimeout(TIMEOUT_S)
        connection.connect(f"{folder}/{SOCKET}")
        connection.send(request)
    except OSError:
        return False
    finally:
        if connection:
            connection.close()
    return True
