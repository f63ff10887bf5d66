"""What was seen of one pane at one instant: the only input of detection."""

from dataclasses import dataclass

from agent_status.agents.session_records import NO_FACTS, SessionFacts
from agent_status.model import Process, Screen

NEVER = float("-inf")


@dataclass(frozen=True, slots=True)
class Observation:
    """
    Everything that was seen of a pane. A part that has not changed is the same object as before.

    Times are seconds on the clock of `PaneTracker.advance`; NEVER for what has not happened.
    """

    screen: Screen
    above: tuple[str, ...] = ()
    """The lines that scrolled off the top last, as far as they were asked for."""
    processes: tuple[Process, ...] | None = None
    """The process tree of the pane, or None if it is not known."""
    hint: str = ""
    """The kind of agent that the pane's option names. Any program in the pane can set it."""
    session: SessionFacts = NO_FACTS
    """What the session files of the agent say."""
    cpu_s: float = 0.0
    """The processor time that the agent's commands have used, in seconds."""
    report: str = ""
    """State and kind that the program reports (OSC 7501); empty if it reports none."""
    progress: str = ""
    """The state of a progress bar (OSC 9;4), as a number or in tmux's words."""
    notice: str = ""
    """The last notification (OSC 9, 99 or 777)."""
    notice_at: float = NEVER
    rang_at: float = NEVER
    """When BEL rang last."""
    titled_at: float = NEVER
    """When the title changed last, also if the screen with it was held back."""
    acknowledged_at: float = NEVER
    """When the user last said that they have seen the result."""
