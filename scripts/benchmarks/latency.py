"""How long it takes from the last byte of a request in a pane to its badge on a client's screen."""

import os
import random
import time
from collections.abc import Iterator, Sequence
from statistics import quantiles

from .client import DrawnClient
from .figures import Figures, Plan
from .stage import Stage, open_stage
from .stretches import ASKING, cut_ask
from .ways import name_figure, run_daemon, settle_taps, share_captures

PANES, AGENTS = 100, 20
WORKING = AGENTS - 1
REQUESTS = 8
"""In each round, by each way."""
MAX_S = 5.0
SETTLE_S = 1.0
ASKED = "▲"


def measure_latency(plan: Plan) -> Iterator[Figures]:
    """Yield p50, p95 and p99 in ms by each way, measured in turns while 19 other agents work."""
    chance = random.Random(1)  # noqa: S311  waits of any length
    found: dict[str, list[float]] = {way.name: [] for way in plan.ways}
    with open_stage(PANES, AGENTS) as stage:
        stage.lab.tmux("set-option", "-g", "status-right", "#{@agent-status-summary}")
        stage.lab.tmux("set-option", "-g", "status-right-length", "80")
        stage.work(WORKING)
        with DrawnClient(stage.lab, 200, 50) as client:
            for number in range(plan.rounds):
                for way in plan.ways[:: -1 if number % 2 else 1]:
                    with run_daemon(stage, way):
                        settle_taps(stage, SETTLE_S)
                        client.rest(plan.settle_s)
                        found[way.name] += time_requests(stage, client, chance)
    for name, times in share_captures(found).items():
        yield {name_figure("badge", name, key): ms for key, ms in summarise(times).items()}


def time_requests(stage: Stage, client: DrawnClient, chance: random.Random) -> list[float]:
    """Let the last agent ask again and again, at random instants; return the seconds."""
    before, ask = cut_ask(ASKING)
    end, times = stage.ends[-1], []
    for _ in range(REQUESTS):
        os.write(end, before)
        client.wait_until(lambda text: ASKED not in _find_last(text), MAX_S)
        client.rest(SETTLE_S * (1 + chance.random()))
        os.write(end, ask)
        began = time.monotonic()
        times.append(client.wait_until(lambda text: ASKED in _find_last(text), MAX_S) - began)
    return times


def _find_last(text: str) -> str:
    return text.rpartition("\n")[2]


def summarise(times: Sequence[float]) -> Figures:
    """Return p50, p95 and p99 in ms."""
    cuts = quantiles(times, n=100, method="inclusive")
    return {f"p{share}_ms": round(1000 * cuts[share - 1], 1) for share in (50, 95, 99)}
