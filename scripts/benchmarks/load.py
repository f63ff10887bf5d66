"""What the daemon costs: its own CPU time, its tmux clients', and what the server does for it."""

from statistics import median

from benchmarks.stage import CALM, Stage, measure_cpu, open_stage, run_daemon

SETTLE_S = 6.0
PANES = 100
CASES = (("calm", 20, 0), ("working20", 20, 20), ("working100", 100, 100))
"""Name, agents among the panes, and how many of them work."""


def measure_load(seconds: float, rounds: int) -> dict[str, float]:
    """Return per cent of one core for each case, and the daemon's memory with 100 agents."""
    found: dict[str, float] = {}
    for name, agents, working in CASES:
        with open_stage(PANES, agents) as stage:
            costs, memory = measure_case(stage, working, seconds, rounds)
        found |= {f"{name}_percent": costs, "rss_mb": memory}
    return found


def measure_case(stage: Stage, working: int, seconds: float, rounds: int) -> tuple[float, float]:
    """
    Return the daemon's per cent of a core with the server's share of it, and its memory in MB.

    The server alone and the server with the daemon are measured in turns on the same load.
    """
    stage.work(working)
    CALM.wait(SETTLE_S)
    alone, together, memory = [], [], []
    for _ in range(rounds):
        alone += measure_cpu([stage.server], seconds)
        with run_daemon(stage) as daemon:
            CALM.wait(SETTLE_S)
            together.append(sum(measure_cpu([stage.server, daemon], seconds)))
            memory.append(daemon.memory_info().rss / 1e6)
    return round(median(together) - median(alone), 2), round(max(memory), 1)
