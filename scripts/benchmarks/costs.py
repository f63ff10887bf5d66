"""What single parts cost: commands, the hook's event, the emulator, a look at a screen."""

import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from statistics import median

from agent_status.agents.files import load_agents
from agent_status.detect.pane import ObservedPane
from agent_status.detect.tracker import PaneTracker
from agent_status.model import Capture
from agent_status.terminal import Terminal

from .figures import Figures, Plan
from .stage import open_stage
from .stretches import PLAYED, cut_working
from .ways import run_daemon

COMMANDS = ("list", "explain", "next", "answer", "choose", "log", "diff", "doctor", "daemon")
SIZES = ((80, 24), (200, 50), (500, 200))
LOOKS = 200
EMULATED_ROUNDS = 10
BIN = Path(sys.executable).parent / "agent-status"


PYTHON = (sys.executable, "-c", "pass")
"""The least that a program in Python takes."""
REPEATED = 10
"""How often a short process is run in each round."""


def measure_commands(plan: Plan) -> Iterator[Figures]:
    """Yield the ms that each command takes to be there, imports included."""
    starts = {f"start_{name}_ms": (str(BIN), name, "--help") for name in COMMANDS}
    yield measure_programs(starts, plan.rounds)


def measure_event(plan: Plan) -> Iterator[Figures]:
    """Yield the median ms of a hook's event, as the installed command runs it, and of a Python."""
    with open_stage(2, 1) as stage, run_daemon(stage):
        env = ("env", f"TMUX={stage.lab.inner},0,0", f"TMUX_PANE={stage.panes[0]}")
        programs = {"event_ms": (*env, str(BIN), "event"), "python_ms": (*env, *PYTHON)}
        yield measure_programs(programs, REPEATED * plan.rounds)


def measure_programs(programs: Mapping[str, Sequence[str]], rounds: int) -> Figures:
    """Return the median ms of each whole process; all are run in turns."""
    times: dict[str, list[float]] = {name: [] for name in programs}
    for _ in range(rounds):
        for name, words in programs.items():
            began = time.perf_counter()
            subprocess.run(words, stdout=subprocess.DEVNULL, check=True)
            times[name].append(time.perf_counter() - began)
    return {name: round(1000 * median(found), 1) for name, found in times.items()}


def measure_emulator(_: Plan) -> Iterator[Figures]:
    """
    Yield the ms of CPU time that the emulator takes for a second of each agent at work, and all.

    It is fed what agents print while they work, in their own pieces.
    """
    size = passed = 0.0
    for name in PLAYED:
        stretch = cut_working(name)
        terminal = Terminal(*stretch.size)
        terminal.feed(stretch.before)
        began = time.process_time()
        for _, data in EMULATED_ROUNDS * stretch.steps:
            terminal.feed(data)
        took = time.process_time() - began
        size, passed = (
            size + EMULATED_ROUNDS * stretch.length_s * stretch.bytes_per_s,
            passed + took,
        )
        per_s = 1000 * took / EMULATED_ROUNDS / stretch.length_s
        yield {f"emulator_{stretch.kind}_ms_per_s": round(per_s, 2)}
    yield {"emulator_mb_per_s": round(size / 1e6 / passed, 1)}


def measure_sizes(_: Plan) -> Iterator[Figures]:
    """Yield the µs of CPU time of one look at a screen of which one line changed, by its size."""
    knowledge, _ = load_agents(Path("/nonexistent"))
    for width, height in SIZES:
        watch = ObservedPane(PaneTracker(knowledge, 0.0), width, height)
        watch.hint = "claude"
        began = time.process_time()
        for number in range(LOOKS):
            watch.paint(draw_work(width, height, number), number * 0.25)
            watch.look(number * 0.25)
        passed = time.process_time() - began
        yield {f"look_{width}x{height}_us": round(1e6 * passed / LOOKS, 1)}


def draw_work(width: int, height: int, number: int) -> Capture:
    """Return a full screen of an agent whose spinner is at its `number`-th turn."""
    rule = "─" * width
    said = [
        "● " + f"line {line} of what was said ".ljust(width - 4, "x") for line in range(height - 6)
    ]
    spinner = f"\x1b[35m{'·✢✳✶✻✽'[number % 6]} Pondering… ({number}s · esc to interrupt)\x1b[39m"
    return Capture(width, height, (*said, spinner, "", rule, "❯ ", rule, "  ? for shortcuts"))
