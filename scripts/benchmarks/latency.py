"""How long it takes from bytes in a pane to the drawn badge, and to the row of the popup's feed."""

import os
import random
import time
from collections.abc import Callable, Sequence
from statistics import quantiles

from agent_status.client import Client
from benchmarks.stage import CALM, PLAYED, Stage, cut_part, open_stage, run_daemon

AGENTS = 20
WORKING = AGENTS - 1
LONGEST_S = 5.0
SETTLE_S = 2.0
ASKED = "▲"


def measure_latency(rounds: int) -> dict[str, float]:
    """Return ms from an ask's bytes to its badge on the client's screen, and to the report."""
    with open_stage(100, AGENTS) as stage, run_daemon(stage):
        stage.lab.tmux("set-option", "-g", "status-right", "#{@agent-status-summary}")
        stage.lab.tmux("set-option", "-g", "status-right-length", "80")
        stage.lab.attach(200, 50)
        stage.work(WORKING)
        CALM.wait(SETTLE_S)
        drawn = measure_rounds(stage, lambda: ASKED in stage.lab.drawn().splitlines()[-1], rounds)
        with Client.open(stage.lab.inner) as client:
            told = measure_rounds(stage, lambda: _asks(client, stage.panes[-1]), rounds)
    names = ("badge", drawn), ("row", told)
    return {f"{name}_{key}": value for name, found in names for key, value in found.items()}


def measure_rounds(stage: Stage, fact: Callable[[], bool], rounds: int) -> dict[str, float]:
    """Let the last agent ask again and again, at random instants; return p50, p95, p99 in ms."""
    part = cut_part(PLAYED[(AGENTS - 1) % len(PLAYED)], "working")
    asking = cut_part(PLAYED[(AGENTS - 1) % len(PLAYED)], "permission")
    end, chance = stage.ends[-1], random.Random(1)  # noqa: S311  waits of any length
    times = []
    for _ in range(rounds):
        os.write(end, part.before + b"".join(data for _, data in part.steps))
        _wait_until(lambda: not fact())
        CALM.wait(SETTLE_S * chance.random())
        began = time.monotonic()
        os.write(end, asking.before)
        times.append(_wait_until(fact) - began)
    return summarise(times)


def summarise(times: Sequence[float]) -> dict[str, float]:
    """Return p50, p95 and p99 in ms."""
    cuts = quantiles(times, n=100, method="inclusive")
    return {f"p{share}_ms": round(1000 * cuts[share - 1], 1) for share in (50, 95, 99)}


def _asks(client: Client, pane: str) -> bool:
    states = {one["pane"]: one["state"] for one in client.ask("list")["agents"]}
    return bool(states.get(pane) == "approval")


def _wait_until(fact: Callable[[], bool]) -> float:
    """Return when the fact was seen."""
    last = time.monotonic() + LONGEST_S
    while not fact():
        if time.monotonic() > last:
            message = f"not drawn in {LONGEST_S:g} s"
            raise TimeoutError(message)
        CALM.wait(0.002)
    return time.monotonic()
