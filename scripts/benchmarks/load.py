"""What it costs to follow panes, by each way and as plugins do: in turns, on the same load."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from statistics import median
from typing import NamedTuple

import psutil

from .figures import Figures, Plan
from .others import measure_floor, measure_naive, measure_script
from .stage import CALM, Stage, measure_cpu, open_stage
from .ways import (
    Way,
    count_tapped,
    name_figure,
    run_daemon,
    settle_taps,
    share_captures,
)

PANES = 100
READER = "agent_status.fastpath.tap_reader"


@dataclass(frozen=True)
class Case:
    """A load: how many agents there are, how many of them work, and what others do there."""

    name: str
    agents: int
    working: int
    others: Mapping[str, Callable[[Stage, float], tuple[float, float]]] = field(
        default_factory=dict
    )
    longer: int = 1
    """By what it is measured longer than others, as clocks of processes tick every 10 ms."""


CASES = (
    Case("calm", 20, 0, {"floor": measure_floor}, longer=2),
    Case("working20", 20, 20, {"naive": measure_naive, "status_script": measure_script}),
    Case("working100", 100, 100),
)
GROWTH_PANES = (10, 100, 400)
GROWTH_AGENTS = 10
GROWTH_WORKING = (0, 50, 100)
SMALL = (80, 24)


class Cost(NamedTuple):
    """Per cent of one core, MB, and panes with a pipe; of `tmux` what is more than without us."""

    daemon: float
    tmux: float
    reader: float = 0.0
    rss_mb: float = 0.0
    reader_rss_mb: float = 0.0
    tapped: float = 0.0

    @property
    def total(self) -> float:
        """Return all CPU time."""
        return self.daemon + self.tmux + self.reader


Measure = Callable[[Stage, float], Cost]


def measure_load(plan: Plan) -> Iterator[Figures]:
    """Yield per cent of one core for each case, and the memory of the last, with 100 agents."""
    for case in CASES:
        longer = replace(plan, seconds=case.longer * plan.seconds)
        with open_stage(PANES, case.agents) as stage:
            stage.work(case.working)
            others = {name: partial(_measure_other, one) for name, one in case.others.items()}
            costs = measure_in_turn(stage, longer, others)
        yield {f"{name}_percent": round(costs[name].total, 2) for name in others}
        ways = share_captures({way.name: costs[way.name] for way in plan.ways})
        for way, cost in ways.items():
            yield _name_costs(case.name, way, cost)
        memory = ways
    for way, cost in memory.items():
        yield {
            name_figure("rss", way, "mb"): round(cost.rss_mb + cost.reader_rss_mb, 1),
            name_figure("reader_rss", way, "mb"): round(cost.reader_rss_mb, 1),
        }


def measure_growth(plan: Plan) -> Iterator[Figures]:
    """
    Yield per cent of one core for ever more panes, and for ever more of 100 agents at work.

    There is one round of each: what is compared differs by more than the machine's mood.
    """
    once = replace(plan, rounds=1)
    for panes in GROWTH_PANES:
        with open_stage(panes, min(panes - 1, GROWTH_AGENTS), SMALL) as stage:
            stage.work(0)
            yield _name_totals(f"panes{panes}", plan, measure_in_turn(stage, once))
    with open_stage(PANES, PANES) as stage:
        for working in GROWTH_WORKING:
            stage.work(working)
            yield _name_totals(f"busy{working}", plan, measure_in_turn(stage, once))


def measure_in_turn(
    stage: Stage, plan: Plan, others: Mapping[str, Measure] | None = None
) -> dict[str, Cost]:
    """
    Return what each way and each of `others` costs.

    Each round measures all of them and the server alone, every other round backwards: the machine's
    mood is the same for all.
    """
    ways = {way.name: partial(measure_way, way, plan.settle_s) for way in plan.ways}
    measures: dict[str, Measure] = {**ways, **(others or {})}
    found: dict[str, list[Cost]] = {name: [] for name in measures}
    CALM.wait(plan.settle_s)
    for number in range(plan.rounds):
        (alone,) = measure_cpu([stage.server], plan.seconds)
        for name in list(measures)[:: -1 if number % 2 else 1]:
            cost = measures[name](stage, plan.seconds)
            found[name].append(cost._replace(tmux=cost.tmux - alone))
    return {name: Cost(*map(median, zip(*costs, strict=True))) for name, costs in found.items()}


def measure_way(way: Way, settle_s: float, stage: Stage, seconds: float) -> Cost:
    """Return what a daemon, its reader and all of tmux cost."""
    with run_daemon(stage, way) as daemon:
        settle_taps(stage, settle_s)
        readers = [one for one in daemon.children() if _is_reader(one)]
        own, tmux, *read = measure_cpu([daemon, stage.server, *readers], seconds)
        memory, *more = (one.memory_info().rss / 1e6 for one in (daemon, *readers))
        return Cost(own, tmux, sum(read), memory, sum(more), count_tapped(stage))


def _is_reader(process: psutil.Process) -> bool:
    """Return whether it reads the taps; clients of tmux end while they are looked at."""
    try:
        return READER in process.cmdline()
    except psutil.Error:
        return False


def _measure_other(
    measure: Callable[[Stage, float], tuple[float, float]], stage: Stage, seconds: float
) -> Cost:
    return Cost(*measure(stage, seconds))


def _name_costs(case: str, way: str, cost: Cost) -> Figures:
    values = {
        "percent": cost.total,
        "daemon_percent": cost.daemon,
        "reader_percent": cost.reader,
        "tmux_percent": cost.tmux,
        "tapped_panes": cost.tapped,
    }
    return {name_figure(case, way, unit): round(value, 2) for unit, value in values.items()}


def _name_totals(case: str, plan: Plan, costs: Mapping[str, Cost]) -> Figures:
    return {
        name_figure(case, way.name, "percent"): round(costs[way.name].total, 2) for way in plan.ways
    }
