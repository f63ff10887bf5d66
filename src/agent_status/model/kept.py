"""What is stored of a pane across restarts, because its screen alone doesn't show it."""

from dataclasses import dataclass

from agent_status.model.states import State


@dataclass(frozen=True, slots=True)
class Standstill:
    """The progress of work: when something last moved, and how often each failure came."""

    moved_at: float | None = None
    """None where something moved just now."""
    rows: str = ""
    """Digest of what the screen said since then; hold it against the next one."""
    failed_at: float | None = None
    failures: tuple[tuple[str, int], ...] = ()


MOVING = Standstill()


@dataclass(frozen=True, slots=True)
class Kept:
    """The past of an agent in a pane; times are on the tracker's clock."""

    kind: str
    state: State
    """As it was before it was shown as finished or stuck."""
    since: float
    asked: str = ""
    """What tells the last request from others."""
    asked_at: float = 0.0
    unseen: bool = False
    """True if its result waits to be looked at."""
    left: str = ""
    """Digest of what stood in the input box when the work ended."""
    stand: Standstill = MOVING
    worked: bool = False
    """True if the work that goes on is a turn."""
