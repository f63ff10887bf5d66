"""What others do: list the panes and no more, a process a capture, a script in the status line."""

import resource
import subprocess
import time
from collections.abc import Sequence

from .stage import CALM, Stage, measure_cpu, read_cpu

FLOOR_TICK_S = 1.0
NAIVE_TICK_S = 0.25
SETTLE_S = 3.0
SCRIPT = """#!/bin/sh
# what a status-line plugin does at each refresh: look at every agent's pane, and count
waiting=0
for pane in {panes}; do
  if tmux -S {socket} capture-pane -p -t "$pane" | grep -q 'esc to interrupt'; then
    waiting=$((waiting + 1))
  fi
done
echo "$waiting working"
"""


def measure_floor(stage: Stage, seconds: float) -> tuple[float, float]:
    """Return the per cent of a core of one client a second that lists all panes, and of tmux."""
    return _measure_clients(stage, seconds, FLOOR_TICK_S, [["list-panes", "-a"]])


def measure_naive(stage: Stage, seconds: float) -> tuple[float, float]:
    """Return the same of one `capture-pane` process a pane and tick."""
    captures = [["capture-pane", "-p", "-e", "-t", pane] for pane in stage.panes]
    return _measure_clients(stage, seconds, NAIVE_TICK_S, captures)


def measure_script(stage: Stage, seconds: float) -> tuple[float, float]:
    """Return the same of a script in the status line, each second, which is all a job of tmux'."""
    lab = stage.lab
    script = lab.folder / "script"
    script.write_text(SCRIPT.format(panes=" ".join(stage.panes), socket=lab.inner))
    script.chmod(0o700)
    lab.attach(200, 50)
    lab.tmux("set-option", "-g", "status-interval", "1")
    lab.tmux("set-option", "-g", "status-right", f"#({script})")
    CALM.wait(SETTLE_S)
    (cost,) = measure_cpu([stage.server], seconds)
    lab.tmux("set-option", "-gu", "status-right")
    lab.tmux("set-option", "-gu", "status-interval")
    lab.tmux("detach-client", "-s", "work")
    return 0.0, cost


def _measure_clients(
    stage: Stage, seconds: float, tick_s: float, commands: Sequence[Sequence[str]]
) -> tuple[float, float]:
    """Return what tmux' clients cost that run these commands at each tick, and tmux itself."""
    before, served, began = _read_clients(), read_cpu(stage.server), time.monotonic()
    due = began
    while (now := time.monotonic()) - began < seconds:
        for words in commands:
            subprocess.run(
                ["tmux", "-S", stage.lab.inner, *words], stdout=subprocess.DEVNULL, check=False
            )
        due = max(due + tick_s, now)
        CALM.wait(max(0.0, min(due, began + seconds) - time.monotonic()))
    passed = time.monotonic() - began
    costs = _read_clients() - before, read_cpu(stage.server) - served
    return 100 * costs[0] / passed, 100 * costs[1] / passed


def _read_clients() -> float:
    """Return the seconds of CPU time of our children that have ended, finer than psutil does."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
