"""How long it takes from the chooser's key to its complete first frame, as a client draws it."""

import time

from tests.support.tmux_lab import Lab, wait_for

from agent_status.fastpath.popup import SOCKET
from agent_status.protocol.client import find_socket
from benchmarks.client import DrawnClient
from benchmarks.latency import summarise
from benchmarks.stage import open_stage

AGENTS, PANES = 10, 30
SIZE = (200, 50)
SETTLE_S = 0.5
OPEN = b"\x02A"
WHOLE = ("nobody needs you", "▌ ", "│ ─ ", "q close")
"""Head, selected row, detail and keys: the last line is drawn last."""


def measure_popup(rounds: int) -> dict[str, float]:
    """Return ms with a chooser that stands by, and without one."""
    with open_stage(PANES, AGENTS) as stage, DrawnClient(stage.lab, *SIZE) as client:
        try:
            warm = _measure(stage.lab, client, rounds, "on")
            cold = _measure(stage.lab, client, rounds, "off")
        finally:
            stage.lab.run("uninstall")
    names = ("warm", warm), ("cold", cold)
    return {f"popup_{name}_{key}": value for name, found in names for key, value in found.items()}


def _measure(lab: Lab, client: DrawnClient, rounds: int, stand_by: str) -> dict[str, float]:
    lab.tmux("set-option", "-g", "@agent-status-stand-by", stand_by)
    lab.run("daemon", "stop")
    lab.run("load")
    wait_for(lambda: len((lab.ask("list") or {"agents": []})["agents"]) == AGENTS)
    door = find_socket(lab.inner).with_name(SOCKET)
    times = []
    for _ in range(rounds):
        wait_for(lambda: door.exists() == (stand_by == "on"))
        client.rest(SETTLE_S)
        began = time.monotonic()
        client.press(OPEN)
        times.append(client.wait_until(_is_whole) - began)
        client.press(b"q")
        client.wait_until(lambda text: WHOLE[-1] not in text)
    return summarise(times)


def _is_whole(text: str) -> bool:
    return all(part in text for part in WHOLE)
