"""How long it takes from bytes in a pane to the drawn badge, and to the row of the popup's feed."""

import os
import random
import time
from collections.abc import Sequence
from statistics import quantiles
from typing import Protocol

from agent_status.protocol.client import DaemonClient
from agent_status.protocol.messages import List
from benchmarks.client import DrawnClient
from benchmarks.stage import CALM, PLAYED, Stage, cut_ask, open_stage, run_daemon

AGENTS = 20
WORKING = AGENTS - 1
MAX_S = 5.0
STEP_S = 0.01
"""Between two questions to the daemon, which has to answer them beside its work."""
SETTLE_S = 2.0
ASKED = "▲"


def measure_latency(rounds: int) -> dict[str, float]:
    """Return ms from an ask's bytes to its badge on the client's screen, and to the report."""
    with open_stage(100, AGENTS) as stage, run_daemon(stage):
        stage.lab.tmux("set-option", "-g", "status-right", "#{@agent-status-summary}")
        stage.lab.tmux("set-option", "-g", "status-right-length", "80")
        stage.work(WORKING)
        with DrawnClient(stage.lab, 200, 50) as drawn:
            drawn.rest(SETTLE_S)
            badge = measure_rounds(stage, Drawn(drawn), rounds)
        with DaemonClient.open(stage.lab.inner) as client:
            told = measure_rounds(stage, Told(client, stage.panes[-1]), rounds)
    names = ("badge", badge), ("row", told)
    return {f"{name}_{key}": value for name, found in names for key, value in found.items()}


class Sight(Protocol):
    """Where an ask is to be seen."""

    def wait(self, *, asked: bool) -> float:
        """Return the monotonic instant at which it was seen, or was gone."""

    def rest(self, seconds: float) -> None:
        """Let time pass."""


class Drawn:
    """The last line that a client draws."""

    def __init__(self, client: DrawnClient) -> None:
        self._client = client
        self.rest = client.rest

    def wait(self, *, asked: bool) -> float:
        """Return when its bytes came."""
        return self._client.wait_until(lambda text: (ASKED in _find_last(text)) is asked, MAX_S)


class Told:
    """The daemon's report."""

    rest = CALM.wait

    def __init__(self, client: DaemonClient, pane: str) -> None:
        self._client = client
        self._pane = pane

    def wait(self, *, asked: bool) -> float:
        """Return when it was notified, a moment ago at the most."""
        last = time.monotonic() + MAX_S
        while self._is_asking() is not asked:
            if time.monotonic() > last:
                message = f"not notified in {MAX_S:g} s"
                raise TimeoutError(message)
            CALM.wait(STEP_S)
        return time.monotonic()

    def _is_asking(self) -> bool:
        states = {one.pane: one.state for one in self._client.ask(List()).agents}
        return bool(states.get(self._pane) == "approval")


def _find_last(text: str) -> str:
    return text.rpartition("\n")[2]


def measure_rounds(stage: Stage, sight: Sight, rounds: int) -> dict[str, float]:
    """Let the last agent ask again and again, at random instants; return p50, p95, p99 in ms."""
    before, ask = cut_ask(PLAYED[(AGENTS - 1) % len(PLAYED)])
    end, chance = stage.ends[-1], random.Random(1)  # noqa: S311  waits of any length
    times = []
    for _ in range(rounds):
        os.write(end, before)
        sight.wait(asked=False)
        sight.rest(SETTLE_S * (1 + chance.random()))
        began = time.monotonic()
        os.write(end, ask)
        times.append(sight.wait(asked=True) - began)
    return summarise(times)


def summarise(times: Sequence[float]) -> dict[str, float]:
    """Return p50, p95 and p99 in ms."""
    cuts = quantiles(times, n=100, method="inclusive")
    return {f"p{share}_ms": round(1000 * cuts[share - 1], 1) for share in (50, 95, 99)}
