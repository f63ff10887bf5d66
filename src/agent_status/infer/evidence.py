"""One table that says which evidence wins where several disagree."""

from collections.abc import Iterable

from agent_status.model import Evidence, State

WEIGHTS: dict[tuple[str, State | None], int] = {
    ("screen", State.APPROVAL): 90,
    ("screen", State.QUESTION): 90,
    ("screen", State.PLAN): 92,
    ("screen", State.SETUP): 91,
    ("screen", None): 80,
    ("screen", State.WORKING): 70,
    ("title", State.WORKING): 60,
    ("screen", State.LIMITED): 56,
    ("screen", State.ERROR): 55,
    ("dialog", State.APPROVAL): 50,
    ("dialog", State.QUESTION): 50,
    ("dialog", State.SETUP): 50,
    ("dialog", None): 50,
    ("title", State.APPROVAL): 45,
    ("screen", State.IDLE): 30,
    ("title", State.IDLE): 20,
    ("screen", State.UNKNOWN): 10,
    ("process", State.UNKNOWN): 1,
}
"""
Source and state to weight. A dialog in the live block beats all else, for it alone blocks the
agent; work beats a failure further up; a failure beats the empty prompt below it; the screen
beats the title, which lags; a program that shows nothing we know is unknown.
"""

DEFAULT_WEIGHT = 5


def weigh(source: str, state: State | None) -> int:
    """Return the weight of what `source` says, for a rule that does not name its own."""
    return WEIGHTS.get((source, state), DEFAULT_WEIGHT)


def fuse_evidence(found: Iterable[Evidence]) -> tuple[Evidence | None, tuple[Evidence, ...]]:
    """Return the heaviest evidence and the rest, heaviest first; among equals the first found."""
    ranked = sorted(found, key=lambda evidence: -evidence.weight)
    return (ranked[0], tuple(ranked[1:])) if ranked else (None, ())
