"""A private tmux server whose panes show recordings of real agents at their own speed."""

import contextlib
import heapq
import itertools
import os
import threading
import time
from collections.abc import Iterator, Sequence

import psutil
from tests.support.tmux_lab import Lab

from .stretches import PLAYED, Stretch, cut_done, cut_working

OWN = ("HOME", "XDG_RUNTIME_DIR", "XDG_STATE_HOME", "XDG_CONFIG_HOME")
"""Folders of the stage's own, for this process too."""
SIZE = (200, 50)
APART_S = 0.037
"""Between the starts of two agents' rounds."""
CALM = threading.Event()


class Stage:
    """
    A server with `panes` panes, the first `agents` of which show an agent; `work` sets them going.

    Each is a `cat` of a pipe that one thread of ours fills: what the programs themselves would
    cost is not measured.
    """

    def __init__(self, panes: int, agents: int, size: tuple[int, int] = SIZE) -> None:
        self.lab = Lab()
        os.environ.update({name: self.lab.env[name] for name in OWN})
        self.lab.start(command="exec cat", width=size[0], height=size[1])
        parts = [cut_working(name) for name in PLAYED]
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
            width, height = (str(most) for most in map(min, part.size, size))
            self.lab.tmux("resize-window", "-t", pane, "-x", width, "-y", height)
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
        done = [cut_done(name) for name in PLAYED]
        for before, end in itertools.islice(zip(itertools.cycle(done), self.ends), working, None):
            _write(end, before)
        for part, end in zip(self._cast[:working], self.ends, strict=False):
            _write(end, part.before)
        began = time.monotonic()
        queue = [
            step
            for number, part in enumerate(self._cast[:working])
            for step in _plan(number, part, began + number * APART_S)
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


def _plan(number: int, part: Stretch, start: float) -> Iterator[Step]:
    """Yield one round of a stretch; the last step has no bytes."""
    for order, (at, data) in enumerate(part.steps):
        yield start + at, order, number, data
    yield start + part.length_s, len(part.steps), number, None


def _write(end: int, data: bytes) -> None:
    with contextlib.suppress(BrokenPipeError):
        while data:
            data = data[os.write(end, data) :]


def measure_cpu(processes: Sequence[psutil.Process], seconds: float) -> list[float]:
    """Return the per cent of one core that each uses, with the children that it has waited for."""
    before = [read_cpu(one) for one in processes]
    began = time.monotonic()
    CALM.wait(seconds)
    passed = time.monotonic() - began
    return [
        100 * (read_cpu(one) - was) / passed for one, was in zip(processes, before, strict=True)
    ]


def read_cpu(process: psutil.Process) -> float:
    """Return the seconds of CPU time of a process and of the children that it has waited for."""
    return float(sum(process.cpu_times()[:4]))


@contextlib.contextmanager
def open_stage(panes: int, agents: int, size: tuple[int, int] = SIZE) -> Iterator[Stage]:
    """Yield a stage, and end it."""
    stage = Stage(panes, agents, size)
    try:
        yield stage
    finally:
        stage.close()
