"""Starting and stopping the daemon of a tmux server, and finding out whether it runs."""

import contextlib
import hashlib
import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from agent_status.errors import AgentStatusError, CallerError, DaemonGoneError, RefusedError
from agent_status.features.badges.feature import OptionWriter
from agent_status.paths import find_runtime, find_state
from agent_status.protocol.client import DaemonClient
from agent_status.protocol.messages import DaemonFacts, Ping, Stop
from agent_status.system.interpreter import ISOLATED
from agent_status.system.locks import HeldError, is_held, lock_start
from agent_status.tmux.client import Tmux, TmuxGoneError
from agent_status.tmux.expiry import HALT, HALTED, RESUME

START_S = 20.0
"""A daemon that fails is noticed at once; only a machine that hardly moves takes so long."""
STOP_S = 40.0
"""To close everything: a notification takes 8 s at most, the journal 20 s."""
TURN_S = 2 * (START_S + STOP_S)
"""How long a start or stop waits for those before it."""
STEP_S = 0.05
_START = (sys.executable, *ISOLATED, "-m", "agent_status", "daemon", "start", "--unless-stopped")
REVIVE = f"exec sh -c {shlex.quote(shlex.join(_START) + ' >/dev/null 2>&1 || :')}"
"""For any shell: starts a daemon, and prints nothing that tmux would show in a pane."""

T = TypeVar("T")


class LaunchError(AgentStatusError):
    """The daemon could not be started or stopped; the text says why and names the log."""


@dataclass(frozen=True, slots=True)
class Running:
    """What a daemon that answers says about itself."""

    facts: DaemonFacts

    @property
    def pid(self) -> int:
        """Its process."""
        return self.facts.pid

    @property
    def is_current(self) -> bool:
        """Whether it runs this code from this environment."""
        return self.facts.build == find_build()


def find_build() -> str:
    """Return sixteen hex digits of the environment, and of each of our files' size and time."""
    package = Path(__file__).parent.parent
    digest = hashlib.sha256(os.path.realpath(sys.prefix).encode())
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
        with DaemonClient.open(socket) as client:
            return Running(client.ask(Ping()))
    except (DaemonGoneError, RefusedError):
        return None


def start(socket: str, *, unless_stopped: bool = False) -> str:
    """
    Start a daemon that outlives us unless one of this build runs; return a sentence. Idempotent.

    One that runs other code, as after an update, is replaced. With `unless_stopped` none is
    started after a `stop`. Raises LaunchError or TmuxError.
    """
    found = find_running(socket)
    if found and found.is_current:
        return f"The daemon runs already (pid {found.pid})."
    if unless_stopped and Tmux(socket).ask(HALTED):
        return "The daemon was stopped: agent-status daemon start"
    with _take_turn(socket) as folder:
        return _start(socket, folder)


def stop(socket: str) -> str:
    """
    Stop the daemon and wait until it is gone; return a sentence. Idempotent; see `start`.

    Our options are unset then, also those that a daemon has left which was killed.
    """
    return _stop(socket, _terminate)


def ask_to_stop(socket: str) -> str:
    """Stop it by a request, as the user alone may; raises CallerError, too; see `stop`."""
    return _stop(socket, _ask)


def _stop(socket: str, ask_end: Callable[[str, Running], None]) -> str:
    with _take_turn(socket) as folder:
        found = _find_settled(socket, folder)
        if found:
            _end(socket, folder, found, ask_end)
        with contextlib.suppress(TmuxGoneError):
            tmux = Tmux(socket)
            tmux.feed(HALT)
            OptionWriter(tmux).clear()
        return "The daemon has ended." if found else "The daemon does not run."


@contextlib.contextmanager
def _take_turn(socket: str) -> Iterator[Path]:
    """Yield the runtime folder while no other start or stop is under way; leave it if in use."""
    try:
        folder = find_runtime(socket)
        with lock_start(folder, TURN_S):
            try:
                yield folder
            finally:
                with contextlib.suppress(OSError):
                    folder.rmdir()
    except HeldError as error:
        message = "another start or stop of the daemon does not come to its end"
        raise LaunchError(message) from error
    except OSError as error:
        raise LaunchError(str(error)) from error


def _start(socket: str, folder: Path) -> str:
    found = _find_settled(socket, folder)
    if found and found.is_current:
        return f"The daemon runs already (pid {found.pid})."
    if found:
        _end(socket, folder, found, _terminate)
    tmux = Tmux(socket)
    tmux.read_version()
    tmux.feed(RESUME)
    pid = _spawn(socket)
    running = _wait_until(lambda: find_running(socket) or not _is_alive(pid), START_S)
    if not isinstance(running, Running):
        what = "ended at once" if running else f"did not answer in {START_S:g} s"
        message = f"the daemon {what}; its log is {find_log(socket)}"
        raise LaunchError(message)
    how = "was replaced by this version's" if found else "has started"
    return f"The daemon {how} (pid {running.pid})."


def _find_settled(socket: str, folder: Path) -> Running | None:
    """Return the daemon that runs, or None; wait for one that is just coming or leaving."""
    end = time.monotonic() + STOP_S
    while not (found := find_running(socket)) and is_held(folder):
        if time.monotonic() >= end:
            message = f"a daemon neither answers nor ends; its log is {find_log(socket)}"
            raise LaunchError(message)
        time.sleep(STEP_S)
    return found


def _end(
    socket: str, folder: Path, found: Running, ask_end: Callable[[str, Running], None]
) -> None:
    asked = {found.pid}
    ask_end(socket, found)

    def is_over() -> bool:
        """Also end one that was starting meanwhile, and has taken its place."""
        other = find_running(socket) if is_held(folder) else None
        if other and other.pid not in asked:
            asked.add(other.pid)
            ask_end(socket, other)
        return not is_held(folder)

    if not _wait_until(is_over, STOP_S):
        message = f"the daemon (pid {found.pid}) does not end; its log is {find_log(socket)}"
        raise LaunchError(message)


def _terminate(_: str, found: Running) -> None:
    """End it by a signal: what sets it up, or replaces it, runs without a terminal."""
    if found.pid > 1:
        with contextlib.suppress(OSError):
            os.kill(found.pid, signal.SIGTERM)


def _ask(socket: str, _: Running) -> None:
    try:
        with DaemonClient.open(socket) as client:
            client.ask(Stop())
    except CallerError:
        raise
    except (DaemonGoneError, RefusedError):
        return


def _spawn(socket: str) -> int:
    """Start a daemon in a session of its own, no child of ours, and return its pid; 0 if none."""
    try:
        done = subprocess.run(
            [sys.executable, *ISOLATED, "-m", "agent_status.daemon", "--detach", socket],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd="/",
            start_new_session=True,
            check=False,
            timeout=START_S,
        )
    except subprocess.TimeoutExpired as error:
        message = f"the daemon did not come up in {START_S:g} s; its log is {find_log(socket)}"
        raise LaunchError(message) from error
    return int(done.stdout) if done.stdout.strip().isdigit() else 0


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return pid > 0


def _wait_until(fact: Callable[[], T], seconds: float) -> T | None:
    """Return the fact as soon as it is true, or None when the time is over."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = fact()
        if found:
            return found
        time.sleep(STEP_S)
    return None
