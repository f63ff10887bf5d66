"""A private tmux server, an outer one that shows what a client of it draws, and a daemon."""

import contextlib
import gzip
import json
import logging
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import libtmux
import psutil

from agent_status.__main__ import main as run_program
from agent_status.agents.registry import NO_AGENTS, Registry
from agent_status.daemon.live import LiveInput
from agent_status.daemon.loop import Daemon
from agent_status.daemon.run import run as run_real_daemon
from agent_status.detect.pane import TrackerFactory
from agent_status.errors import DaemonGoneError
from agent_status.features.base import Feature
from agent_status.model import Verb
from agent_status.paths import find_runtime
from agent_status.protocol.client import DaemonClient
from agent_status.tmux.client import TIMEOUT_S, Tmux
from tests.support.forks import Fork, fork
from tests.support.forks import run as run_fork

T = TypeVar("T")
DEADLINE_S = 30.0
CALM = threading.Event()
FOREIGN = re.compile("TMUX|.*_(?:HOME|CONFIG_DIR)$")
"""Variables that lead to the user's own tmux, or to the settings of the user's own agents."""
QUIET_SHELL = "exec cat"
"""A pane that shows what is typed into it and nothing else."""


def wait_for(fact: Callable[[], T], deadline_s: float = DEADLINE_S) -> T:
    """Return the fact as soon as it is true; fail with its last value when it never is."""
    end = time.monotonic() + deadline_s
    pause_s = 0.01
    while True:
        found = fact()
        if found:
            return found
        assert time.monotonic() < end, f"never true in {deadline_s:g} s, last {found!r}"
        CALM.wait(pause_s)
        pause_s = min(pause_s * 1.5, 0.1)


def has_ended(pid: int) -> bool:
    """Return whether a process runs no more; nobody may have asked yet how it ended."""
    try:
        return bool(psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True


@dataclass
class RecordingTmux(Tmux):
    """The edge to tmux that also keeps every script that it was fed."""

    socket: str
    program: str = "tmux"
    scripts: list[str] = field(default_factory=list)
    gate: threading.Lock = field(default_factory=threading.Lock)
    """Whoever holds it keeps every call from passing."""

    def feed(self, script: str, timeout_s: float = TIMEOUT_S) -> str:
        """Keep the script, and run it."""
        with self.gate:
            self.scripts.append(script)
            return super().feed(script, timeout_s)

    def apply(self, script: str, timeout_s: float = TIMEOUT_S) -> str:
        """Keep the script, and run it."""
        with self.gate:
            self.scripts.append(script)
            return super().apply(script, timeout_s)

    @property
    def writes(self) -> list[str]:
        """The commands among them that set or unset an option."""
        lines = [line for script in self.scripts for line in script.splitlines()]
        return [line for line in lines if line.startswith("set-option")]


class Lab:
    """One private world: its folder, environment, and two tmux servers, ended by `close`."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="as-")).resolve()
        self.inner = str(self.folder / "inner")
        self.outer = str(self.folder / "outer")
        self.env = self._make_env()
        self.daemons: list[Fork | subprocess.Popen[bytes]] = []
        self.is_served_here = False
        """Whether a daemon runs in this process: a fork can't use an SQLite file that is open."""
        self.scripts_may = ",".join(Verb)
        """What commands may decide that the tests run: they have no terminal of a user's."""

    def _make_env(self) -> dict[str, str]:
        places = {
            "HOME": "home",
            "XDG_RUNTIME_DIR": "run",
            "XDG_STATE_HOME": "state",
            "XDG_CONFIG_HOME": "config",
            "XDG_DATA_HOME": "data",
            "TMUX_TMPDIR": "tmux",
        }
        for place in places.values():
            (self.folder / place).mkdir(mode=0o700)
        private = {name: str(self.folder / place) for name, place in places.items()}
        plain = {"LC_ALL": "C.UTF-8", "TERM": "screen-256color", "SHELL": "/bin/sh"}
        return list_neutral() | private | plain

    @property
    def inside(self) -> dict[str, str]:
        """The environment of a program in a pane of the inner server."""
        return self.env | {"TMUX": f"{self.inner},0,0"}

    def start(self, command: str = QUIET_SHELL, width: int = 80, height: int = 12) -> None:
        """Start the inner server with one session, `work`, whose daemon keeps no chooser ready."""
        size = ("-x", str(width), "-y", str(height))
        self.tmux(
            "-f", "/dev/null", "new-session", "-d", "-s", "work", "-n", "main", *size, command
        )
        self.tmux("set-option", "-g", "@agent-status-stand-by", "off")
        if self.scripts_may:
            self.tmux("set-option", "-g", "@agent-status-scripts-may", self.scripts_may)

    def keep_chooser(self) -> None:
        """Let the daemon keep a chooser ready, as it does by itself."""
        self.tmux("set-option", "-gu", "@agent-status-stand-by")

    def stop(self) -> None:
        """End the inner server, and wait until it is gone."""
        pid = int(self.tmux("display-message", "-p", "#{pid}"))
        self.tmux("kill-server")
        wait_for(lambda: has_ended(pid))

    def attach(
        self, width: int = 80, height: int = 12, session: str = "work", tmux: str = "tmux -u"
    ) -> None:
        """Attach a client of the inner server within the outer one, which starts if need be."""
        client = f"env -u TMUX TERM=screen-256color {tmux} -S {self.inner} attach -t {session}"
        size = ("-x", str(width), "-y", str(height))
        self._call(self.outer, "-f", "/dev/null", "new-session", "-d", *size, client)
        self._call(self.outer, "set-option", "-g", "status", "off")
        wait_for(lambda: self.tmux("list-clients"))

    def tmux(self, *words: str) -> str:
        """Run a command on the inner server and return what it printed."""
        return self._call(self.inner, *words)

    @property
    def server(self) -> libtmux.Server:
        """The inner server as libtmux sees it: sessions, windows and panes to test against."""
        return libtmux.Server(socket_path=self.inner)

    def drawn(self, *flags: str) -> str:
        """Return what the client draws, as the outer server sees it."""
        return self._call(self.outer, "capture-pane", "-p", *flags)

    def see(self, *words: str) -> str:
        """Return what the client draws once it holds all of `words`."""

        def find() -> str:
            drawn = self.drawn()
            return drawn if all(word in drawn for word in words) else ""

        return wait_for(find)

    def press(self, *keys: str) -> None:
        """Press keys on the attached client."""
        self._call(self.outer, "send-keys", *keys)

    def spawn_daemon(self) -> Fork | subprocess.Popen[bytes]:
        """Start the daemon as a child of ours and wait until it answers."""
        words = ("agent_status.daemon", self.inner)
        child: Fork | subprocess.Popen[bytes]
        if has_own_program(self.inside):
            real = [sys.executable, "-m", *words]
            child = subprocess.Popen(real, env=self.inside, stderr=subprocess.PIPE)
        else:
            child = fork(lambda: run_real_daemon(self.inner), words, self.inside)
        self.daemons.append(child)
        wait_for(lambda: self.ask("ping") or child.poll() is not None)
        return child

    def ask(self, op: str, **args: object) -> Any:
        """Return the daemon's answer, or None while there is none."""
        try:
            with DaemonClient.open(self.inner) as client:
                return client.exchange(json.dumps({"v": 1, "op": op} | args).encode() + b"\n")
        except DaemonGoneError:
            return None

    def run(self, *words: str, **extra: str) -> subprocess.CompletedProcess[str]:
        """Run our command line as if in a pane of the inner server."""
        if not (self.is_served_here or has_own_program(extra)):
            return run_fork(run_program, ("agent_status", *words), self.inside | extra, DEADLINE_S)
        return subprocess.run(
            [sys.executable, "-m", "agent_status", *words],
            env=self.inside | extra,
            capture_output=True,
            text=True,
            timeout=DEADLINE_S,
            check=False,
        )

    def list_processes(self) -> list[str]:
        """Return the command lines of whatever names our folder: servers, daemons, jobs."""
        lines = (one.info["cmdline"] or [] for one in psutil.process_iter(["cmdline"]))
        return [line for line in map(" ".join, lines) if str(self.folder) in line]

    def close(self) -> None:
        """End everything that was started here, prove that it is gone, and remove the folder."""
        for process in self.daemons:
            process.kill()
            process.communicate()
        for socket in (self.outer, self.inner):
            with contextlib.suppress(AssertionError):
                self._call(socket, "kill-server")
        try:
            wait_for(lambda: not self.list_processes())
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)

    def _call(self, socket: str, *words: str) -> str:
        done = subprocess.run(
            ["tmux", "-u", "-S", socket, *words],
            env=self.env,
            capture_output=True,
            timeout=DEADLINE_S,
            check=False,
        )
        assert not done.returncode, done.stderr.decode()
        return done.stdout.decode()


def list_neutral() -> dict[str, str]:
    """Return our environment, without what leads to the user's own tmux or agents."""
    return {name: value for name, value in os.environ.items() if not FOREIGN.match(name)}


def has_own_program(env: Mapping[str, str]) -> bool:
    """Return whether a program in `env` imports something else than we do."""
    path = os.environ.get("PYTHONPATH")
    return env.get("PYTHONPATH", path) != path


def cut_recording(source: Path, target: Path, end: float) -> Path:
    """Write the part of a recording before `end`, in seconds; `play --hold` stays there."""
    with gzip.open(source, "rt", encoding="utf-8") as lines:
        head, *events = lines
    target.write_text("".join((head, *(one for one in events if json.loads(one)[0] < end))))
    return target


@contextlib.contextmanager
def open_lab(monkeypatch_env: Callable[[str, str], None]) -> Iterator[Lab]:
    """Yield a lab whose folders this process uses too."""
    lab = Lab()
    for name, value in lab.env.items():
        if name.startswith("XDG_") or name == "HOME":
            monkeypatch_env(name, value)
    try:
        yield lab
    finally:
        lab.close()


@contextlib.contextmanager
def run_daemon(
    lab: Lab,
    make_tracker: TrackerFactory,
    features: Sequence[Feature] = (),
    clock: Callable[[], float] = time.monotonic,
    registry: Registry = NO_AGENTS,
    callers: Registry | None = None,
    live: LiveInput | None = None,
) -> Iterator[RecordingTmux]:
    """Run a daemon with trackers of the test's own in a thread; yield its edge to tmux."""
    log = logging.getLogger(f"lab.{lab.folder.name}")
    log.addHandler(logging.NullHandler())
    log.propagate = False
    tmux = RecordingTmux(lab.inner)
    folder = find_runtime(lab.inner)
    daemon = Daemon(
        tmux,
        make_tracker,
        folder,
        log,
        features=features,
        registry=registry,
        callers=callers,
        live=live,
        clock=clock,
    )
    thread = threading.Thread(target=daemon.run)
    thread.start()
    lab.is_served_here = True
    try:
        yield tmux
    finally:
        lab.is_served_here = False
        daemon.stop()
        thread.join(DEADLINE_S)
        assert not thread.is_alive()
