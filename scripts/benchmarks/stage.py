"""A private tmux server whose panes show recordings of real agents at their own speed."""

import contextlib
import heapq
import itertools
import os
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil
from tests.support.labels import Label, read_labels
from tests.support.tmux_lab import Lab, wait_for

from agent_status.terminal.asciicast import open_recording

RECORDINGS = Path(__file__).parents[2] / "tests" / "recordings"
PLAYED = tuple(
    f"{kind}/shell_permission-200x50" for kind in ("claude", "codex", "gemini", "opencode")
)
"""What the agents do: the longest stretch of one state of a real session, again and again."""
RESET = b"\x1b[?1049l\x1bc"
OWN = ("HOME", "XDG_RUNTIME_DIR", "XDG_STATE_HOME", "XDG_CONFIG_HOME")
"""Folders of the stage's own, for this process too."""
EARLY_S = 0.7
"""A stretch is cut by so much at both ends: the screen may be behind its label, or ahead."""
CALM = threading.Event()


@dataclass(frozen=True)
class Part:
    """What a pane prints: `before` at once, then the steps at their pace, again and again."""

    kind: str
    before: bytes
    steps: tuple[tuple[float, bytes], ...]
    length: float


def cut_part(name: str, state: str) -> Part:
    """Return the longest stretch of a recording that is labelled `state`."""
    part = _find_longest(name, state)
    start, length = part.start + EARLY_S, _measure(part) - 2 * EARLY_S
    printed = _read_printed(name)
    before = "".join(data for at, data in printed if at < start)
    steps = [(at - start, data.encode()) for at, data in printed if start <= at]
    inside = tuple(step for step in steps if step[0] < length)
    return Part(name.partition("/")[0], RESET + before.encode(), inside, length)


def cut_ask(name: str) -> tuple[bytes, bytes]:
    """Return what a recording prints until it asks to be permitted, and what draws that ask."""
    ask = _find_longest(name, "permission")
    printed = _read_printed(name)
    before = "".join(data for at, data in printed if at < ask.start - EARLY_S)
    asks = [data for at, data in printed if ask.start - EARLY_S <= at < ask.start + EARLY_S]
    return RESET + before.encode(), "".join(asks).encode()


def _find_longest(name: str, state: str) -> Label:
    labels = read_labels(RECORDINGS / f"{name}.cast.gz")
    return max((label for label in labels if label.name == state), key=_measure)


def _read_printed(name: str) -> list[tuple[float, str]]:
    events = open_recording(RECORDINGS / f"{name}.cast.gz").read_events()
    return [(one.at, one.data) for one in events if one.code == "o"]


def _measure(label: Label) -> float:
    return label.end - label.start


class Stage:
    """
    A server with `panes` panes, the first `agents` of which show an agent; `work` sets them going.

    Each is a `cat` of a pipe that one thread of ours fills: what the programs themselves would
    cost is not measured.
    """

    def __init__(self, panes: int, agents: int, size: tuple[int, int] = (200, 50)) -> None:
        self.lab = Lab()
        os.environ.update({name: self.lab.env[name] for name in OWN})
        self.lab.start(command="exec cat", width=size[0], height=size[1])
        parts = [cut_part(name, "working") for name in PLAYED]
        self._cast = list(itertools.islice(itertools.cycle(parts), agents))
        pipes = [self.lab.folder / f"pipe{number}" for number in range(agents)]
        for pipe in pipes:
            os.mkfifo(pipe)
        programs = [f"stty raw -echo; exec cat {pipe}" for pipe in pipes]
        programs += ["exec cat"] * max(0, panes - agents - 1)
        ids = [
            self.lab.tmux("new-window", "-dPF", "#{pane_id}", program).strip()
            for program in programs
        ]
        self.panes = ids[:agents]
        for pane, part in zip(self.panes, self._cast, strict=True):
            self.lab.tmux("set-option", "-p", "-t", pane, "@agent-status-agent", part.kind)
        self.ends = [os.open(pipe, os.O_WRONLY) for pipe in pipes]
        self.server = psutil.Process(int(self.lab.tmux("display-message", "-p", "#{pid}")))
        self._over = threading.Event()
        self._thread: threading.Thread | None = None

    def work(self, working: int) -> None:
        """Let the first `working` agents work from now on; the others stand at their prompt."""
        self.rest()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._play, args=(working,))
        self._thread.start()

    def rest(self) -> None:
        """Let no pane print anything any more. Idempotent."""
        self._over.set()
        if self._thread:
            self._thread.join()

    def close(self) -> None:
        """End everything."""
        self.rest()
        for end in self.ends:
            os.close(end)
        self.lab.close()

    def _play(self, working: int) -> None:
        done = [cut_part(name, "done") for name in PLAYED]
        for part, end in itertools.islice(zip(itertools.cycle(done), self.ends), working, None):
            _write(end, part.before + b"".join(data for _, data in part.steps))
        began = time.monotonic()
        queue = [
            step
            for number, part in enumerate(self._cast[:working])
            for step in _plan(number, part, began + number * 0.037)
        ]
        heapq.heapify(queue)
        while queue and not self._over.wait(max(0.0, queue[0][0] - time.monotonic())):
            at, _, number, data = heapq.heappop(queue)
            if data is None:
                for step in _plan(number, self._cast[number], at):
                    heapq.heappush(queue, step)
            else:
                _write(self.ends[number], data)


Step = tuple[float, int, int, bytes | None]


def _plan(number: int, part: Part, start: float) -> Iterator[Step]:
    """Yield one round of a part; the last step has no bytes."""
    yield start, 0, number, part.before
    for order, (at, data) in enumerate(part.steps):
        yield start + at, order + 1, number, data
    yield start + part.length, len(part.steps) + 1, number, None


def _write(end: int, data: bytes) -> None:
    with contextlib.suppress(BrokenPipeError):
        while data:
            data = data[os.write(end, data) :]


def measure_cpu(processes: Sequence[psutil.Process], seconds: float) -> list[float]:
    """Return the per cent of one core that each uses, with the children that it has waited for."""
    before = [_read_cpu(one) for one in processes]
    began = time.monotonic()
    CALM.wait(seconds)
    passed = time.monotonic() - began
    return [
        100 * (_read_cpu(one) - was) / passed for one, was in zip(processes, before, strict=True)
    ]


def _read_cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system + times.children_user + times.children_system)


@contextlib.contextmanager
def open_stage(panes: int, agents: int, size: tuple[int, int] = (200, 50)) -> Iterator[Stage]:
    """Yield a stage, and end it."""
    stage = Stage(panes, agents, size)
    try:
        yield stage
    finally:
        stage.close()


@contextlib.contextmanager
def run_daemon(stage: Stage) -> Iterator[psutil.Process]:
    """Run the daemon as a user does; it has settled when it is yielded."""
    process = stage.lab.spawn_daemon()
    try:
        wait_for(lambda: len(stage.lab.ask("list")["agents"]) == len(stage.panes))
        yield psutil.Process(process.pid)
    finally:
        stage.lab.ask("stop")
        process.wait(30)
        stage.lab.daemons.remove(process)
        if process.stderr:
            process.stderr.close()
