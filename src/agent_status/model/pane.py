"""Panes, processes, agents and clients, as tmux and the system report them."""

from dataclasses import dataclass
from typing import NewType

from agent_status.model.autonomy import Autonomy
from agent_status.model.screen import ORIGIN, Cursor

PaneId = NewType("PaneId", str)
"""A tmux pane id with its percent sign, such as `%3`."""


@dataclass(frozen=True, slots=True)
class Process:
    """A process below a pane. `comm` is the kernel's short name, `args` the command line."""

    pid: int
    ppid: int
    comm: str
    args: str


@dataclass(frozen=True, slots=True)
class CheckedProcess:
    """A process that isn't an agent, why, and the name with which to declare it as one."""

    process: Process
    why: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class NoAgentFound:
    """Why no agent was found in a pane."""

    checked: tuple[CheckedProcess, ...]
    """The pane's processes, its own first."""
    hint: str = ""
    """What the pane's option says, if it is no known kind."""
    remote: bool = False
    """True if title and screen were checked, too, as a program such as ssh hides what runs."""
    kinds: tuple[str, ...] = ()
    """The known kinds of agents."""


@dataclass(frozen=True, slots=True)
class Pane:
    """A tmux pane and its place, as `list-panes` reported it in one tick."""

    id: PaneId
    session: str = ""
    window_id: str = ""
    window_index: int = 0
    window_name: str = ""
    index: int = 0
    pid: int = 0
    command: str = ""
    title: str = ""
    folder: str = ""
    width: int = 80
    height: int = 24
    cursor: Cursor = ORIGIN
    alternate: bool = False
    in_mode: bool = False
    dead: bool = False
    active: bool = False
    activity_at: int = 0
    """Last output in the pane's window, in whole seconds of the wall clock."""
    progress: str = ""
    report: str = ""
    """The state and kind that its program reports (OSC 7501), from a tmux that keeps them."""
    """What the pane's OSC 9;4 said, in tmux's words; empty before tmux 3.7."""
    rang: bool = False
    """True if it rang and nobody has looked since; only where it is alone in its window."""

    @property
    def is_there(self) -> bool:
        """True if the pane exists; an ended agent's row has only work left to review."""
        return self.id.startswith("%")

    @property
    def place(self) -> str:
        """The place as a tmux target: `session:window.pane`."""
        return f"{self.session}:{self.window_index}.{self.index}"


@dataclass(frozen=True, slots=True)
class Agent:
    """A coding agent found in a pane: its kind, and how we know."""

    kind: str
    name: str
    pid: int | None = None
    how: str = ""
    autonomy: Autonomy = Autonomy.UNKNOWN
    """How much it does without asking, as its command line says."""


@dataclass(frozen=True, slots=True)
class TmuxClient:
    """An attached client: its terminal, what it shows, and its last key press."""

    tty: str
    term: str
    """Its TERM; `tmux` if it is another tmux with any TERM."""
    window_id: str
    pane: PaneId
    """The pane that the keys go to."""
    active_at: int
    """When a key was pressed last, in whole Unix seconds."""
    zoomed: bool = False
    """True if that pane alone is to be seen."""
    name: str = ""
    session_id: str = ""
    utf8: bool = True
    """True if it can show more than ASCII."""
