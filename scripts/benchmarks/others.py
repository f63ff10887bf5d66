"""The same work done as most plugins do it: a process a capture, or a script in the status line."""

import subprocess
import time

import psutil

from benchmarks.stage import CALM, Stage, measure_cpu, open_stage

AGENTS = 20
TICK_S = 0.25
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


def measure_others(seconds: float) -> dict[str, float]:
    """Return the per cent of a core that both ways take on top of the server's own."""
    with open_stage(100, AGENTS) as stage:
        stage.work(AGENTS)
        CALM.wait(SETTLE_S)
        (alone,) = measure_cpu([stage.server], seconds)
        naive = measure_naive(stage, seconds) - alone
        return {
            "naive_percent": round(naive, 1),
            "status_script_percent": round(measure_script(stage, seconds) - alone, 1),
        }


def measure_naive(stage: Stage, seconds: float) -> float:
    """Return what one `capture-pane` process per pane and tick costs, with the server's work."""
    own = psutil.Process()
    before, server = read_children(own), stage.server.cpu_times()
    began = time.monotonic()
    while time.monotonic() - began < seconds:
        due = time.monotonic() + TICK_S
        for pane in stage.panes:
            words = ["tmux", "-S", stage.lab.inner, "capture-pane", "-p", "-e", "-t", pane]
            subprocess.run(words, stdout=subprocess.DEVNULL, check=False)
        CALM.wait(max(0.0, due - time.monotonic()))
    passed = time.monotonic() - began
    after = stage.server.cpu_times()
    served = after.user + after.system - server.user - server.system
    return 100 * (read_children(own) - before + served) / passed


def measure_script(stage: Stage, seconds: float) -> float:
    """Return what a script in the status line costs that is run each second, as tmux allows."""
    script = stage.lab.folder / "script"
    script.write_text(SCRIPT.format(panes=" ".join(stage.panes), socket=stage.lab.inner))
    script.chmod(0o700)
    stage.lab.attach(200, 50)
    stage.lab.tmux("set-option", "-g", "status-interval", "1")
    stage.lab.tmux("set-option", "-g", "status-right", f"#({script})")
    CALM.wait(SETTLE_S)
    (cost,) = measure_cpu([stage.server], seconds)
    return cost


def read_children(process: psutil.Process) -> float:
    """Return the seconds of CPU time of the children that were waited for."""
    times = process.cpu_times()
    return float(times.children_user + times.children_system)
