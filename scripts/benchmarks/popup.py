"""How long it takes from the chooser's key to its complete first frame, as a client draws it."""

import time

from tests.tmux_lab import Lab, wait_for

from agent_status.client import find_socket
from agent_status.popup import DOOR
from benchmarks.latency import summarise
from benchmarks.stage import CALM, open_stage

AGENTS, PANES = 10, 30
SIZE = (200, 50)
SETTLE_S = 0.5
STEP_S = 0.003
WHOLE = ("nobody needs you", "▌ ", "│ ─ ", "q close")
"""Head, selected row, detail and keys: the last line is drawn last."""


def measure_popup(rounds: int) -> dict[str, float]:
    """Return ms with a chooser that stands by, and without one."""
    with open_stage(PANES, AGENTS) as stage:
        lab = stage.lab
        lab.attach(*SIZE)
        try:
            warm = _measure(lab, rounds, "on")
            cold = _measure(lab, rounds, "off")
        finally:
            lab.run("uninstall")
    names = ("warm", warm), ("cold", cold)
    return {f"popup_{name}_{key}": value for name, found in names for key, value in found.items()}


def _measure(lab: Lab, rounds: int, stand_by: str) -> dict[str, float]:
    lab.tmux("set-option", "-g", "@agent-status-stand-by", stand_by)
    lab.run("daemon", "stop")
    lab.run("load")
    wait_for(lambda: len((lab.ask("list") or {"agents": []})["agents"]) == AGENTS)
    door = find_socket(lab.inner).with_name(DOOR)
    times = []
    for _ in range(rounds):
        wait_for(lambda: door.exists() == (stand_by == "on"))
        CALM.wait(SETTLE_S)
        times.append(_open(lab))
        lab.press("q")
        wait_for(lambda: WHOLE[-1] not in lab.drawn())
    return summarise(times)


def _open(lab: Lab) -> float:
    """Press the key, and return the seconds until the popup is complete."""
    began = time.monotonic()
    lab.press("C-b", "A")
    while not all(part in lab.drawn() for part in WHOLE):
        CALM.wait(STEP_S)
    return time.monotonic() - began
