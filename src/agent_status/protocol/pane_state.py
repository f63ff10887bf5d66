"""What the daemon saw in a pane at one instant, as a value."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from agent_status.model import NO_KEYS, Cursor, Flag, Grade, Keys, PaneId, State
from agent_status.model.ref import NO_REF, AgentRef
from agent_status.model.screen import ORIGIN
from agent_status.protocol.convert import FLAT
from agent_status.protocol.rows import AgentRow, ReportedAsk


@dataclass(frozen=True, slots=True)
class Live:
    """What a pane's screen says, without any hold."""

    state: State | None = None
    ask: ReportedAsk | None = None
    box: str = ""
    """The text of its input box; empty where the screen shows none."""


@dataclass(frozen=True, slots=True)
class PaneState:
    """A pane, freshly captured."""

    ref: AgentRef = field(default=NO_REF, metadata=FLAT)
    version: int = 0
    """Grows with every change of the screen."""
    place: str = ""
    pane_pid: int = 0
    command: str = ""
    in_mode: bool = False
    size: tuple[int, int] = (0, 0)
    """Columns and rows."""
    cursor: Cursor = ORIGIN
    rows: tuple[str, ...] = ()
    """The text of each row, as tmux finds it."""
    still_s: float = 0.0
    """For how long the screen had been the same when it was looked at."""
    live: Live = field(default_factory=Live)
    keys: Keys = NO_KEYS
    agent: AgentRow | None = None
    """The agent as the report has it, which may hold a state that the screen has left."""
    gone: bool = False
    """Whether there is no such pane any more."""

    @property
    def pane(self) -> PaneId:
        """The pane, on its own server."""
        return self.ref.pane

    @property
    def kind(self) -> str:
        """The agent's kind; empty where there is no agent."""
        return self.agent.agent if self.agent else ""

    @property
    def name(self) -> str:
        """The agent's name."""
        return self.agent.name if self.agent else ""

    @property
    def pid(self) -> int | None:
        """The agent's process, if that is known."""
        return self.agent.pid if self.agent else None

    @property
    def ask(self) -> ReportedAsk | None:
        """What the screen asks now."""
        return self.live.ask

    @property
    def box(self) -> str:
        """The text of its input box."""
        return self.live.box

    @property
    def flags(self) -> frozenset[Flag]:
        """What is true besides the agent's state."""
        return self.agent.flags if self.agent else frozenset()

    @property
    def grade(self) -> Grade | None:
        """The grade of what is asked; None where it was not graded."""
        return self.agent.risk.grade if self._is_graded and self.agent and self.agent.risk else None

    @property
    def risks(self) -> tuple[str, ...]:
        """Why it has that grade."""
        found = self.agent.risk if self._is_graded and self.agent else None
        return found.reasons if found else ()

    @property
    def _is_graded(self) -> bool:
        """Whether the report's risk is that of what the screen asks now."""
        return self.ask is not None and self.agent is not None and self.agent.ask == self.ask

    @property
    def is_free(self) -> bool:
        """Whether it neither works nor waits for an answer, by its screen."""
        return self.ask is None and self.live.state is not State.WORKING

    @property
    def fingerprint(self) -> str:
        """The fingerprint of what is asked; empty for nothing."""
        return self.ask.fingerprint if self.ask else ""

    @property
    def dialog(self) -> tuple[tuple[int, str], ...]:
        """The rows of what is asked, each with its index: where it stands, and what it says."""
        text = self.ask.text if self.ask else ""
        return tuple((y, self.rows[y]) for y in find_rows(self.rows, text))


def find_rows(rows: Sequence[str], text: str) -> tuple[int, ...]:
    """Return the indexes of the rows that have a line of `text`, but for blanks around it."""
    lines = {line.strip() for line in text.splitlines()} - {""}
    return tuple(y for y, row in enumerate(rows) if row.strip() in lines)
