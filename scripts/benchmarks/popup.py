"""How long it takes from a key to the complete first frame: the chooser, and tmux' own tree."""

import time
from collections.abc import Callable, Iterator
from statistics import median

from tests.support.tmux_lab import Lab, wait_for

from agent_status.fastpath.popup import SOCKET
from agent_status.protocol.client import find_socket

from .client import DrawnClient
from .figures import Figures, Plan
from .latency import summarise
from .stage import open_stage

AGENTS, PANES = 10, 30
SIZE = (200, 50)
SETTLE_S = 0.5
OPEN, TREE = b"\x02A", b"\x02w"
OPENED = 5
"""How often each is opened in each round."""
WHOLE = ("nobody needs you", "▌ ", "│ ─ ", "q close")
"""Head, selected row, detail and keys: the last line is drawn last."""


def measure_popup(plan: Plan) -> Iterator[Figures]:
    """Yield ms with a chooser that stands by, without one, and of tmux' `choose-tree`."""
    opened = OPENED * plan.rounds
    with open_stage(PANES, AGENTS) as stage, DrawnClient(stage.lab, *SIZE) as client:
        try:
            for name, stand_by in (("warm", "on"), ("cold", "off")):
                found = summarise(_measure(stage.lab, client, opened, stand_by))
                yield {f"popup_{name}_{key}": value for key, value in found.items()}
        finally:
            stage.lab.run("uninstall")
        trees = [_time_key(client, TREE, _is_tree) for _ in range(opened)]
        yield {"choose_tree_ms": round(1000 * median(trees), 1)}


def _measure(lab: Lab, client: DrawnClient, opened: int, stand_by: str) -> list[float]:
    lab.tmux("set-option", "-g", "@agent-status-stand-by", stand_by)
    lab.run("daemon", "stop")
    lab.run("load")
    wait_for(lambda: len((lab.ask("list") or {"agents": []})["agents"]) == AGENTS)
    door = find_socket(lab.inner).with_name(SOCKET)
    times = []
    for _ in range(opened):
        wait_for(lambda: door.exists() == (stand_by == "on"))
        times.append(_time_key(client, OPEN, _is_whole))
    return times


def _time_key(client: DrawnClient, key: bytes, is_drawn: Callable[[str], bool]) -> float:
    """Return the seconds from a key to what it opens, which is closed again."""
    client.rest(SETTLE_S)
    began = time.monotonic()
    client.press(key)
    took = client.wait_until(is_drawn) - began
    client.press(b"q")
    client.wait_until(lambda text: not is_drawn(text))
    return took


def _is_whole(text: str) -> bool:
    return all(part in text for part in WHOLE)


def _is_tree(text: str) -> bool:
    """Return whether the list is drawn and the last line of the preview below it."""
    *_, last, _ = text.split("\n")
    return "(sort: " in text and last.startswith("└")
