"""The table of weights that decides which evidence wins."""

from collections.abc import Iterable

from agent_status.model import ASKS, Agent, Evidence, State

WEIGHTS: dict[tuple[str, State | None], int] = {
    ("screen", State.APPROVAL): 90,
    ("screen", State.QUESTION): 90,
    ("screen", State.PLAN): 92,
    ("screen", State.SETUP): 91,
    ("firm dialog", State.APPROVAL): 82,
    ("screen", None): 80,
    ("firm dialog", State.QUESTION): 72,
    ("screen", State.WORKING): 70,
    ("activity", State.WORKING): 68,
    ("title", State.WORKING): 60,
    ("motion", State.WORKING): 58,
    ("screen", State.LIMITED): 56,
    ("screen", State.ERROR): 55,
    ("dialog", State.APPROVAL): 50,
    ("dialog", State.QUESTION): 50,
    ("title", State.APPROVAL): 45,
    ("file", State.APPROVAL): 35,
    ("file", State.QUESTION): 35,
    ("file", State.PLAN): 35,
    ("file", State.SETUP): 35,
    ("flow", State.WORKING): 31,
    ("screen", State.IDLE): 30,
    ("title", State.IDLE): 20,
    ("file", State.WORKING): 15,
    ("file", State.LIMITED): 14,
    ("file", State.ERROR): 14,
    ("console", State.QUESTION): 13,
    ("console", State.WORKING): 13,
    ("file", State.IDLE): 12,
    ("old file", State.APPROVAL): 11,
    ("old file", State.QUESTION): 11,
    ("old file", State.PLAN): 11,
    ("old file", State.SETUP): 11,
    ("screen", State.UNKNOWN): 10,
    ("progress", State.WORKING): 8,
    ("notice", State.QUESTION): 7,
    ("notice", State.IDLE): 6,
    ("process", State.WORKING): 4,
    ("still title", State.WORKING): 3,
    ("cadence", State.WORKING): 3,
    ("notice", State.UNKNOWN): 0,
    ("bare title", State.IDLE): 1,
    ("same title", State.IDLE): 0,
    ("process", State.UNKNOWN): 2,
}
"""
Source and state to weight. A dialog in the live block beats all else, for it alone blocks the
agent, and where its form alone is plain its words need not be known; work beats a failure further
up, and so does a sign that turns; a failure beats the empty prompt below it; the screen beats the
title, which lags. A file that began to report a wait after the screen came to show an empty prompt
beats that prompt, and so does text that goes on and on above it; where no prompt takes keys, such a
file is never old. An old file, and all signals beside the screen, count only where the screen says
nothing. A program that shows nothing we know is
unknown.
"""

DEFAULT_WEIGHT = 5

REPORTING = frozenset({"file", "report"})
"""Sources by which an agent itself says what it does."""


def weigh(source: str, state: State | None) -> int:
    """Return the weight of evidence from `source`, for a rule without its own weight."""
    return WEIGHTS.get((source, state), DEFAULT_WEIGHT)


def is_firm(evidence: Evidence) -> bool:
    """Return True if this is a blocking dialog by its form; see `unknown_dialog`."""
    firm = WEIGHTS["firm dialog", State.QUESTION]
    return evidence.source == "dialog" and evidence.weight >= firm


def is_reported_request(evidence: Evidence) -> bool:
    """Return True if the agent itself reports that it waits for the user."""
    return evidence.source in REPORTING and evidence.state in ASKS


def find_presence(agent: Agent) -> Evidence:
    """Return the evidence that an agent is there, and no more."""
    return Evidence(
        state=State.UNKNOWN,
        source="process",
        rule=f"{agent.kind}/present",
        weight=weigh("process", State.UNKNOWN),
        excerpt=agent.how,
        reason="nothing on its screen is known",
    )


def fuse_evidence(found: Iterable[Evidence]) -> tuple[Evidence | None, tuple[Evidence, ...]]:
    """
    Return the heaviest evidence and the rest, heaviest first; among equals the first found.

    A screen that isn't recognised, however heavy, gives way to a reported request.
    """
    ranked = sorted(found, key=lambda evidence: -evidence.weight)
    if ranked and ranked[0].state is State.UNKNOWN:
        ranked.sort(key=lambda evidence: not is_reported_request(evidence))
    return (ranked[0], tuple(ranked[1:])) if ranked else (None, ())
