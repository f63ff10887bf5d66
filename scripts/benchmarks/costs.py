"""What single parts cost: commands, the hook's event, the emulator, a look at a screen."""

import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from agent_status.agents.files import load_agents
from agent_status.detect.pane import ObservedPane
from agent_status.detect.tracker import PaneTracker
from agent_status.model import Capture
from agent_status.terminal import Terminal
from agent_status.terminal.asciicast import open_recording
from benchmarks.stage import (
    PLAYED,
    RECORDINGS,
    Stage,
    measure_cpu,
    open_stage,
    run_daemon,
)

COMMANDS = ("list", "explain", "next", "answer", "choose", "log", "diff", "doctor", "daemon")
SIZES = ((80, 24), (200, 50), (500, 200))
PANES = (10, 100, 400)
LOOKS = 200
SETTLE_S = 3.0
EVENT = [str(Path(sys.executable).parent / "agent-status"), "event"]
BIN = Path(sys.executable).parent / "agent-status"


def measure_commands(rounds: int) -> dict[str, float]:
    """Return the ms that each command takes to be there, imports included."""
    return {
        f"start_{name}_ms": measure_process([str(BIN), name, "--help"], rounds) for name in COMMANDS
    }


def measure_event(rounds: int) -> dict[str, float]:
    """Return the median ms of a hook's event, as the installed command runs it."""
    with open_stage(2, 1) as stage, run_daemon(stage):
        words = ["env", f"TMUX={stage.lab.inner},0,0", f"TMUX_PANE={stage.panes[0]}", *EVENT]
        return {"event_ms": measure_process(words, rounds)}


def measure_process(words: Sequence[str], rounds: int) -> float:
    """Return the median ms of a whole process."""
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        subprocess.run(words, stdout=subprocess.DEVNULL, check=True)
        times.append(time.perf_counter() - began)
    return round(1000 * median(times), 1)


def measure_emulator() -> dict[str, float]:
    """Return the MB of real agents' output that the emulator takes in a second of CPU time."""
    parts = [
        one.data.encode()
        for name in PLAYED
        for one in open_recording(RECORDINGS / f"{name}.cast.gz").read_events()
        if one.code == "o"
    ]
    terminal = Terminal(200, 50)
    began = time.process_time()
    for part in parts:
        terminal.feed(part)
    passed = time.process_time() - began
    return {"emulator_mb_per_s": round(sum(map(len, parts)) / 1e6 / passed, 1)}


def measure_sizes() -> dict[str, float]:
    """Return the µs of CPU time of one look at a screen of which one line changed, by its size."""
    registry, _ = load_agents(Path("/nonexistent"))
    found = {}
    for width, height in SIZES:
        watch = ObservedPane(PaneTracker(registry, 0.0), width, height)
        watch.hint = "claude"
        began = time.process_time()
        for number in range(LOOKS):
            watch.paint(draw_work(width, height, number), number * 0.25)
            watch.look(number * 0.25)
        passed = time.process_time() - began
        found[f"look_{width}x{height}_us"] = round(1e6 * passed / LOOKS, 1)
    return found


def draw_work(width: int, height: int, number: int) -> Capture:
    """Return a full screen of an agent whose spinner is at its `number`-th turn."""
    rule = "─" * width
    said = [
        "● " + f"line {line} of what was said ".ljust(width - 4, "x") for line in range(height - 6)
    ]
    spinner = f"\x1b[35m{'·✢✳✶✻✽'[number % 6]} Pondering… ({number}s · esc to interrupt)\x1b[39m"
    return Capture(width, height, (*said, spinner, "", rule, "❯ ", rule, "  ? for shortcuts"))


def measure_growth(seconds: float) -> dict[str, float]:
    """Return the per cent of a core that 10 calm agents cost among ever more panes."""
    found = {}
    for panes in PANES:
        with open_stage(panes, min(panes - 1, 10), (80, 24)) as stage:
            stage.work(0)
            found[f"calm_{panes}_panes_percent"] = _measure_calm(stage, seconds)
    return found


def _measure_calm(stage: Stage, seconds: float) -> float:
    measure_cpu([stage.server], SETTLE_S)
    (alone,) = measure_cpu([stage.server], seconds)
    with run_daemon(stage) as daemon:
        measure_cpu([daemon], seconds)
        return round(sum(measure_cpu([stage.server, daemon], seconds)) - alone, 2)
