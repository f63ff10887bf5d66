"""The classes that a label allows while it holds."""

from collections.abc import Sequence
from dataclasses import dataclass

from agent_status.model import State

WORKING, NEEDS, IDLE, FAILED, NONE = "working", "needs-you", "idle", "failed", "none"
UNKNOWN = "unknown"
STARTING = "starting"

REPORTED = (WORKING, NEEDS, IDLE)
"""The classes between which a running agent goes back and forth."""
MEASURED = (*REPORTED, FAILED)
"""The classes whose recalls make the macro recall."""
CLASSES = (*MEASURED, NONE)

CLASS_OF: dict[State, str] = {
    State.APPROVAL: NEEDS,
    State.QUESTION: NEEDS,
    State.PLAN: NEEDS,
    State.SETUP: NEEDS,
    State.ERROR: FAILED,
    State.LIMITED: FAILED,
    State.STUCK: UNKNOWN,
    State.REVIEW: IDLE,
    State.FINISHED: IDLE,
    State.UNKNOWN: UNKNOWN,
    State.WORKING: WORKING,
    State.IDLE: IDLE,
    State.NONE: NONE,
}

NEED_OF: dict[State, str] = {
    State.APPROVAL: "permission",
    State.QUESTION: "question",
    State.PLAN: "plan",
    State.SETUP: "onboarding",
}
"""States to the label that each of them is exactly right for."""

HOMES: dict[str, str] = {
    "shell": NONE,
    "starting": STARTING,
    "onboarding": NEEDS,
    "ready": IDLE,
    "done": IDLE,
    "typing": IDLE,
    "interrupted": IDLE,
    "menu": IDLE,
    "working": WORKING,
    "permission": NEEDS,
    "question": NEEDS,
    "plan": NEEDS,
    "retrying": WORKING,
    "error": FAILED,
    "rate_limited": FAILED,
    "usage_limit": FAILED,
    "background": WORKING,
}
"""The words of labels, each with its class."""

ALSO: dict[str, frozenset[str]] = {
    "starting": frozenset({WORKING, IDLE, UNKNOWN}),
    "background": frozenset({IDLE}),
    "retrying": frozenset({FAILED}),
}
"""What is as right as the label's own class."""

NO_ALARM = frozenset({"usage_limit"})
"""Labels beside which an ask is no hit and no false alarm: the limit may come with a dialog."""

DEFAULT_GRACE_S = 0.7


@dataclass(frozen=True, slots=True)
class Label:
    """A true statement about a recording from `start` to `end`, in seconds."""

    name: str
    start: float
    end: float
    grace: float = DEFAULT_GRACE_S
    """Seconds after `start` that are not judged."""
    lag: float = 0.0
    """Seconds after `start` from which on a delay is the reader's, not the agent's."""
    accept: tuple[str, ...] = ()
    """Labels that are as true."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A label with its class, and all classes that are right while it holds."""

    label: Label
    home: str
    right: frozenset[str]

    @property
    def is_open(self) -> bool:
        """True if more than one class is right, so none is required."""
        several = len(self.right & set(REPORTED)) > 1
        apart = self.home in {FAILED, NONE} and len(self.right & set(CLASSES)) > 1
        return several or apart


def find_claims(labels: Sequence[Label]) -> tuple[Claim, ...]:
    """Return the labels as claims, in their order."""
    following = [*labels[1:], None]
    return tuple(map(_make_claim, labels, following))


def _make_claim(label: Label, following: Label | None) -> Claim:
    home = HOMES[label.name]
    right = _find_right(label.name).union(*map(_find_right, label.accept))
    # a first-run dialog is on the screen some moments before its label begins
    if home == STARTING and following and HOMES[following.name] == NEEDS:
        right |= {NEEDS}
    return Claim(label, home, right)


def _find_right(name: str) -> frozenset[str]:
    home = HOMES[name]
    return ALSO.get(name, frozenset()) | ({home} - {STARTING})
