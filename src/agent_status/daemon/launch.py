"""Starting, stopping and asking after the daemon of a tmux server."""

import contextlib
import hashlib
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from agent_status.client import Client, DaemonGoneError, RefusedError
from agent_status.daemon.lock import is_held
from agent_status.paths import find_runtime, find_state
from agent_status.sense.tmux import Tmux

START_S = 5.0
STOP_S = 5.0
STEP_S = 0.05

T = TypeVar("T")


class LaunchError(Exception):
    """The daemon could not be started or stopped; the text says why and names the log."""


@dataclass(frozen=True, slots=True)
class Running:
    """What a daemon that answers says of itself."""

    facts: dict[str, Any]

    @property
    def pid(self) -> int:
        """Its process."""
        return int(self.facts.get("pid") or 0)

    @property
    def is_current(self) -> bool:
        """Whether it runs this code from this environment."""
        return self.facts.get("build") == find_build()


def find_build() -> str:
    """Return sixteen hex digits of the environment, and of each of our files' size and time."""
    package = Path(__file__).parent.parent
    digest = hashlib.sha256(sys.prefix.encode())
    for path in sorted(package.rglob("*")):
        if path.suffix in {".py", ".toml"}:
            found = path.stat()
            digest.update(f"{path}\0{found.st_size}\0{found.st_mtime_ns}\0".encode())
    return digest.hexdigest()[:16]


def find_log(socket: str) -> Path:
    """Return the log of the daemon of the tmux server at `socket`."""
    return find_state() / f"daemon-{find_runtime(socket).name}.log"


def find_running(socket: str) -> Running | None:
    """Return what the daemon says, or None if none answers."""
    try:
        with Client.open(socket) as client:
            return Running(client.ask("ping"))
    except (DaemonGoneError, RefusedError):
        return None


def start(socket: str) -> str:
    """
    Start a daemon that outlives us unless one of this build runs; return a sentence. Idempotent.

    One that runs other code, as after an update, is replaced. Raises LaunchError, TmuxGoneError or
    TmuxSlowError.
    """
    found = find_running(socket)
    if found and found.is_current:
        return f"The daemon runs already (pid {found.pid})."
    if found:
        stop(socket)
    Tmux(socket).read_version()
    _spawn(socket)
    running = _wait_until(lambda: find_running(socket), START_S)
    if not running:
        message = f"the daemon did not start; its log is {find_log(socket)}"
        raise LaunchError(message)
    how = "was replaced by this version's" if found else "has started"
    return f"The daemon {how} (pid {running.pid})."


def stop(socket: str) -> str:
    """Stop the daemon and wait until it is gone; return a sentence. Idempotent."""
    found = find_running(socket)
    if not found:
        return "The daemon does not run."
    try:
        with Client.open(socket) as client:
            client.ask("stop")
    except DaemonGoneError:
        return "The daemon has ended."
    folder = find_runtime(socket)
    if not _wait_until(lambda: not is_held(folder), STOP_S):
        message = f"the daemon (pid {found.pid}) does not end; its log is {find_log(socket)}"
        raise LaunchError(message)
    with contextlib.suppress(OSError):
        folder.rmdir()
    return "The daemon has ended."


def _spawn(socket: str) -> None:
    """Start a daemon in a session of its own, no child of ours, with none of our files open."""
    subprocess.run(
        [sys.executable, "-P", "-m", "agent_status.daemon", "--detach", socket],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",
        start_new_session=True,
        check=False,
        timeout=START_S,
    )


def _wait_until(fact: Callable[[], T], seconds: float) -> T | None:
    """Return the fact as soon as it is true, or None when the time is over."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = fact()
        if found:
            return found
        time.sleep(STEP_S)
    return None
