"""One agent in one folder, and its result that waits for review."""

from dataclasses import dataclass

from agent_status.features.review.parts import Baseline
from agent_status.features.review.policy import IN_TURN
from agent_status.model import NO_CHANGES, Changes, Sighting, State

SOON_S = 2.0
"""What is found so shortly after an acknowledgement is what the user has looked at."""
DAY_S = 86400.0
WITHOUT_RESULT = IN_TURN | {State.UNKNOWN, State.NONE}
"""States without a result that could be acknowledged."""


@dataclass(frozen=True, slots=True)
class TurnBegin:
    """A turn: when it began, when it ended, and what it began with. Times are monotonic."""

    began_at: float
    offset_s: float
    """What a monotonic time lacks to be one in Unix seconds."""
    base: Baseline | None = None
    """None until the checkout was surveyed."""
    ended_at: float | None = None


@dataclass(slots=True)
class AgentReview:
    """One agent in one folder."""

    sighting: Sighting
    key: str = ""
    """Of its checkout's record; empty until that is known."""
    root: str = ""
    """Of its checkout."""
    before: State | None = None
    since: float | None = None
    """Since when its result waits; None if none does."""
    ended_at: float = float("-inf")
    pending_at: float | None = None
    """When the user acknowledged a tree that was not known yet."""
    turn: TurnBegin | None = None
    """The turn that it is in, or whose end has not been surveyed yet."""
    described: tuple[object, Changes] = (None, NO_CHANGES)
    """What its Changes were made from, and what they were."""

    @property
    def folder(self) -> str:
        """The folder it works in."""
        return self.sighting.pane.folder

    @property
    def works(self) -> bool:
        """True if it is within a turn; a first-run dialog isn't part of one."""
        return self.before in IN_TURN and self.before is not State.SETUP

    @property
    def is_active(self) -> bool:
        """True if it works, or its result waits for review."""
        return self.works or self.since is not None

    @property
    def name(self) -> str:
        """The agent's kind and place, as shown to the user."""
        agent = self.sighting.status.agent
        return f"{agent.kind if agent else ''} {self.sighting.pane.place}"


def identify(sighting: Sighting) -> tuple[object, ...]:
    """Return what identifies the same agent in the same folder."""
    pane, agent = sighting.pane, sighting.status.agent
    return pane.id, pane.pid, pane.folder, agent.kind if agent else ""
