"""Floods: one thing at a time goes wild, and how tmux, the daemon and a calm agent fare."""

import contextlib
import os
import socket
import statistics
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from tests.support.tmux_lab import Lab, wait_for

from agent_status.protocol.client import find_socket

OWN = ("HOME", "XDG_RUNTIME_DIR", "XDG_STATE_HOME", "XDG_CONFIG_HOME")
STEP_S = 0.05
WITNESS = """
name = "Witness"
[[rule]]
id = "asks"
says = "question"
region = "bottom"
all = ["shall I go on"]
[[rule]]
id = "works"
says = "working"
region = "bottom"
all = ["busy now"]
[[rule]]
id = "endless"
says = "idle"
region = "screen"
all = ['(a+)+$']
"""
CLEAR = b"\x1b[2J\x1b[H"


@dataclass
class Figures:
    """What was measured, in milliseconds and per cent of one core."""

    tmux: list[float] = field(default_factory=list)
    ping: list[float] = field(default_factory=list)
    badge: list[float] = field(default_factory=list)
    wrong: int = 0
    daemon_percent: float = 0.0
    rss_mb: float = 0.0
    told: str = ""


class Basin:
    """A private tmux with one calm agent, the witness, whose badge must go on being right."""

    def __init__(self) -> None:
        self.lab = Lab()
        self.started: list[subprocess.Popen[bytes]] = []
        os.environ.update({name: self.lab.env[name] for name in OWN})
        agents = self.lab.folder / "config" / "agent-status" / "agents"
        agents.mkdir(parents=True)
        (agents / "witness.toml").write_text(WITNESS)
        self.lab.start(width=100, height=30)
        pipe = self.lab.folder / "witness"
        os.mkfifo(pipe)
        self.end = os.open(pipe, os.O_RDWR | os.O_NONBLOCK)
        self.witness = self.open(f"stty raw -echo; exec cat {pipe}", "witness")

    def open(self, program: str, kind: str = "") -> str:
        """Open a window with a program, and hint that it is an agent; return the pane."""
        words = ("new-window", "-dPF", "#{pane_id}", "-t", "work:", program)
        pane = self.lab.tmux(*words).strip()
        if kind:
            self.lab.tmux("set-option", "-p", "-t", pane, "@agent-status-agent", kind)
        return pane

    def show(self, words: str) -> None:
        """Let the witness show some words."""
        os.write(self.end, CLEAR + words.encode())

    def read_badge(self) -> str:
        """Return the witness' badge."""
        return self.lab.tmux("display-message", "-pt", self.witness, "#{@agent-status-pane}")

    def close(self) -> None:
        """End everything."""
        for process in self.started:
            process.kill()
            process.wait()
        os.close(self.end)
        self.lab.close()


Flood = Callable[[Basin], contextlib.AbstractContextManager[str]]


@contextlib.contextmanager
def calm(basin: Basin) -> Iterator[str]:
    """Let nothing happen."""
    yield str(basin.witness)


@contextlib.contextmanager
def print_fast(basin: Basin) -> Iterator[str]:
    """Let a pane print as fast as it can."""
    pane = basin.open("exec yes 'a line of text that goes on and on and on'", "claude")
    yield pane
    basin.lab.tmux("kill-pane", "-t", pane)


@contextlib.contextmanager
def resize_all(basin: Basin) -> Iterator[str]:
    """Resize 200 panes at once, again and again; 20 of them are agents."""
    panes = [basin.open("exec cat", "claude" if n < 20 else "") for n in range(200)]  # noqa: PLR2004
    with _repeat(
        lambda n: _feed(
            basin, [f"resize-window -t {one} -x {90 + n % 3} -y {25 + n % 4}" for one in panes]
        ),
        0.1,
    ):
        yield f"{len(panes)} panes"


@contextlib.contextmanager
def open_and_close(basin: Basin) -> Iterator[str]:
    """Open and close 30 windows a second."""

    def act(_: int) -> None:
        pane = basin.open("exec cat", "claude")
        basin.lab.tmux("kill-pane", "-t", pane)

    with _repeat(act, 1 / 30):
        yield "30 a second"


@contextlib.contextmanager
def print_wide(basin: Basin) -> Iterator[str]:
    """Repaint a screen of 500x200 all the time."""
    line = "".join(f"\\033[3{n % 8}m{'word ' * 4}" for n in range(25))
    rows = f"i=0; while [ $i -lt 200 ]; do printf '{line}\\r\\n'; i=$((i+1)); done"
    program = f"while :; do {rows}; sleep 0.05; done"
    pane = basin.open(program, "claude")
    basin.lab.tmux("resize-window", "-t", pane, "-x", "500", "-y", "200")
    yield basin.lab.tmux("display-message", "-pt", pane, "#{pane_width}x#{pane_height}").strip()


@contextlib.contextmanager
def change_titles(basin: Basin) -> Iterator[str]:
    """Change a title 100 times a second."""
    program = "n=0; while :; do n=$((n+1)); printf '\\033]2;%s title\\007' $n; sleep 0.01; done"
    yield basin.open(program, "claude")


@contextlib.contextmanager
def fill_repository(basin: Basin) -> Iterator[str]:
    """Let an agent work in a repository of 200,000 untracked files."""
    root = basin.lab.folder / "many"
    root.mkdir()
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    for part in range(200):
        folder = root / str(part)
        folder.mkdir()
        for number in range(1000):
            (folder / str(number)).touch()
    with _work_in(basin, root):
        yield "200,000 files"


@contextlib.contextmanager
def hang_git(basin: Basin) -> Iterator[str]:
    """Let git never answer, as on a dead mount."""
    root = basin.lab.folder / "dead"
    root.mkdir()
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    with _work_in(basin, root):
        yield "git sleeps"


@contextlib.contextmanager
def open_hundreds(basin: Basin) -> Iterator[str]:
    """Open 400 windows, 100 of them agents."""
    for number in range(400):
        basin.open("exec cat", "claude" if number < 100 else "")  # noqa: PLR2004
    yield "400 windows"


@contextlib.contextmanager
def fork_many(basin: Basin) -> Iterator[str]:
    """Let an agent have 2000 children."""
    program = "i=0; while [ $i -lt 2000 ]; do sleep 1000 & i=$((i+1)); done; exec cat"
    pane = basin.open(f"exec sh -c '{program}'", "claude")
    pid = int(basin.lab.tmux("display-message", "-pt", pane, "#{pane_pid}"))
    root = psutil.Process(pid)
    wait_for(lambda: len(root.children()) >= 2000, 60)  # noqa: PLR2004
    children = root.children()
    yield f"{len(children)} children"
    for one in children:
        with contextlib.suppress(psutil.Error):
            one.kill()


@contextlib.contextmanager
def crowd_socket(basin: Basin) -> Iterator[str]:
    """Let 63 clients watch and ask all the time, and read nothing."""
    path = str(find_socket(basin.lab.inner))
    ends = []
    if Path(path).exists():
        for _ in range(63):
            end = socket.socket(socket.AF_UNIX)
            end.connect(path)
            end.sendall(b'{"v":1,"op":"watch"}\n')
            end.settimeout(0)
            ends.append(end)

    def ask(_: int) -> None:
        for end in ends:
            with contextlib.suppress(OSError):
                end.send(b'{"v":1,"op":"list"}\n')

    with _repeat(ask, 0.05):
        yield f"{len(ends)} clients"
    for end in ends:
        end.close()


@contextlib.contextmanager
def search_for_ever(basin: Basin) -> Iterator[str]:
    """Let 20 panes show what a user's rule never comes to an end with."""
    for _ in range(20):
        basin.open(f"printf '{'a' * 80}!'; exec cat", "witness")
    yield "20 panes"


@contextlib.contextmanager
def _work_in(basin: Basin, folder: Path) -> Iterator[None]:
    """Let an agent work in a folder, finish, and work again."""
    words = ("new-window", "-dPF", "#{pane_id}", "-t", "work:", "-c", str(folder))
    program = "while :; do echo 'busy now'; sleep 1; echo 'shall I go on?'; sleep 1; done"
    pane = basin.lab.tmux(*words, program).strip()
    basin.lab.tmux("set-option", "-p", "-t", pane, "@agent-status-agent", "witness")
    yield


def _feed(basin: Basin, lines: list[str]) -> None:
    subprocess.run(
        ["tmux", "-S", basin.lab.inner, "source-file", "-"],
        input="\n".join(lines).encode(),
        check=False,
        capture_output=True,
    )


@contextlib.contextmanager
def _repeat(act: Callable[[int], object], every_s: float) -> Iterator[None]:
    over = threading.Event()

    def run() -> None:
        number = 0
        while not over.wait(every_s):
            number += 1
            act(number)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


FLOODS: tuple[Flood, ...] = (
    calm,
    print_fast,
    resize_all,
    open_and_close,
    print_wide,
    change_titles,
    fill_repository,
    hang_git,
    open_hundreds,
    fork_many,
    crowd_socket,
    search_for_ever,
)


def measure_flood(flood: Flood, seconds: float) -> dict[str, object]:
    """Return the figures of one flood, with the daemon and without."""
    without = _measure(flood, seconds, has_daemon=False)
    found = _measure(flood, seconds, has_daemon=True)
    return {
        "flood": flood.__name__,
        "tmux_p50_ms": [_median(without.tmux), _median(found.tmux)],
        "tmux_p95_ms": [_p95(without.tmux), _p95(found.tmux)],
        "tick_max_ms": round(max(found.ping, default=0.0)),
        "ping_p50_ms": _median(found.ping),
        "badge_p50_ms": _median(found.badge),
        "badge_max_ms": round(max(found.badge, default=0.0)),
        "badges": len(found.badge),
        "wrong": found.wrong,
        "daemon_percent": round(found.daemon_percent, 1),
        "rss_mb": round(found.rss_mb, 1),
        "told": found.told,
    }


def _measure(flood: Flood, seconds: float, *, has_daemon: bool) -> Figures:
    basin, found = Basin(), Figures()
    try:
        if flood is hang_git and has_daemon:
            _replace_git(basin.lab)
        process = psutil.Process(basin.lab.spawn_daemon().pid) if has_daemon else None
        with flood(basin):
            used = process.cpu_times() if process else None
            began = time.monotonic()
            _observe(basin, found, began + seconds)
            if process and used:
                now, passed = process.cpu_times(), time.monotonic() - began
                spent = now.user + now.system - used.user - used.system
                found.daemon_percent = 100 * spent / passed
                found.rss_mb = process.memory_info().rss / 2**20
                found.told = "; ".join((basin.lab.ask("ping") or {}).get("problems", []))
                agents = (basin.lab.ask("list") or {}).get("agents", [])
                found.told += "; ".join({one["changes"]["trouble"] for one in agents} - {""})
    finally:
        basin.close()
    return found


def _replace_git(lab: Lab) -> None:
    """Put a git before the real one that sleeps."""
    folder = lab.folder / "bin"
    folder.mkdir()
    (folder / "git").write_text("#!/bin/sh\nexec sleep 100\n")
    (folder / "git").chmod(0o700)
    lab.env["PATH"] = f"{folder}:{lab.env['PATH']}"


def _observe(basin: Basin, found: Figures, end: float) -> None:
    words = ("shall I go on? ", "question"), ("busy now ", "working")
    number = 0
    while time.monotonic() < end:
        text, state = words[number % 2]
        number += 1
        basin.show(text * (1 + number % 3))
        if basin.lab.daemons:
            began = time.monotonic()
            while state not in basin.read_badge() and time.monotonic() - began < 20:  # noqa: PLR2004
                _look(basin, found)
            took_ms = 1000 * (time.monotonic() - began)
            found.badge.append(took_ms)
            found.wrong += state not in basin.read_badge()
        for _ in range(10):
            _look(basin, found)


def _look(basin: Basin, found: Figures) -> None:
    began = time.monotonic()
    basin.lab.tmux("display-message", "-p", "x")
    found.tmux.append(1000 * (time.monotonic() - began))
    if basin.lab.daemons:
        began = time.monotonic()
        basin.lab.ask("ping")
        found.ping.append(1000 * (time.monotonic() - began))
    time.sleep(STEP_S)


def _median(values: list[float]) -> float:
    return round(statistics.median(values), 1) if values else 0.0


def _p95(values: list[float]) -> float:
    return round(statistics.quantiles(values, n=20)[-1], 1) if len(values) > 1 else 0.0
