"""A pane with its status and facets, and the user's answers."""

from dataclasses import dataclass
from typing import ClassVar

from agent_status.model.activity import NO_ACTIVITY, Activity
from agent_status.model.autonomy import Autonomy
from agent_status.model.bounds import NO_BOUNDS, Bounds
from agent_status.model.pane import Pane, PaneId
from agent_status.model.status import Grade, Status


@dataclass(frozen=True, slots=True)
class Task:
    """The task and last message of an agent, from its own session files; hostile text."""

    first_prompt: str = ""
    last_prompt: str = ""
    last_message: str = ""
    model: str = ""
    context: str = ""
    """How full its context is, as the agent counts: `45%`, `12.3k tokens`."""


NO_TASK = Task()


@dataclass(frozen=True, slots=True)
class Changes:
    """What changed in an agent's checkout since the user last acknowledged it."""

    root: str = ""
    """The checkout's top folder; empty outside of git."""
    repository: str = ""
    """Git's own folder of the repository, which all its worktrees share."""
    worktree: str = ""
    """The linked worktree's name; empty in the main one."""
    files: int = 0
    added: int = 0
    removed: int = 0
    touched: tuple[str, ...] = ()
    """Paths below the root, bounded."""
    base: str = ""
    """The tree id that was acknowledged last; empty before that."""
    tree: str = ""
    """The tree id of now, with what is neither committed nor tracked."""
    risks: tuple[str, ...] = ()
    """Why what was touched is delicate, in words."""
    shared: tuple[PaneId, ...] = ()
    """Other agents in the same checkout: whose changes these are cannot be told apart."""
    conflicts: tuple[str, ...] = ()
    """Agents, by name and place, that work in the same checkout or changed the same files."""
    trouble: str = ""
    """Why nothing can be said, such as a repository that does not answer in time."""


NO_CHANGES = Changes()


@dataclass(frozen=True, slots=True)
class Triage:
    """The user's decisions about an agent's rank, and their note on why they started it."""

    pinned: bool = False
    muted: bool = False
    snoozed_until: float | None = None
    """On the clock of the status's `since`; infinite until its state or ask changes."""
    note: str = ""
    noted_at: float = 0.0
    """When the note was written, in Unix seconds; 0 if that is not known."""
    note_is_old: bool = False
    """True if the agent has begun another task since: its boundary no longer counts."""
    bounds: Bounds = NO_BOUNDS
    """Where it may change files, as declared with the note."""


NO_TRIAGE = Triage()


@dataclass(frozen=True, slots=True, kw_only=True)
class Facet:
    """
    A fact about an agent: each kind is a frozen dataclass in the folder of its feature.

    Every output shows `words` and `lines` of any facet, and the report holds its other fields, too.
    A field whose name ends in `_at` is on the clock of the status's `since`. All text may be
    hostile: it is cleaned when drawn.
    """

    name: ClassVar[str]
    """Unique among facets; one word in lower case."""
    notice: ClassVar[str] = ""
    """The word of @agent-status-notify that asks for its news; empty if it never notifies."""
    words: str = ""
    """A few words for the agent's row; empty for none."""
    lines: tuple[str, ...] = ()
    """What the detail shows."""
    news: str = ""
    """
    Tells the latest thing in it that waits to be acknowledged from others; empty if nothing does.
    """

    @property
    def urgency(self) -> float:
        """How far it raises its agent in the list, in points of `attention`."""
        return 0.0


@dataclass(frozen=True, slots=True)
class Sighting:
    """A pane with its status and everything else that is known: one row of every output."""

    pane: Pane
    status: Status
    branch: str = ""
    task: Task = NO_TASK
    changes: Changes = NO_CHANGES
    triage: Triage = NO_TRIAGE
    root: str = ""
    """The checkout's top folder; empty outside of git, or while its disk does not answer."""
    facets: tuple[Facet, ...] = ()
    """Facts that features add, in the order of the table of features."""
    activity: Activity = NO_ACTIVITY
    autonomy: Autonomy = Autonomy.UNKNOWN
    """How much it does without asking, by its screen, its session file or its command line."""
    tested: bool | None = None
    """Whether a test passed with the files of its result; None if that doesn't matter."""


@dataclass(frozen=True, slots=True)
class AnswerRecord:
    """One decision of the user and its outcome, for the journal."""

    pane: PaneId
    place: str
    agent: str
    """The agent's kind."""
    kind: str
    """The ask's state, such as `approval`; `send`, `interrupt` for what answers no ask."""
    fingerprint: str
    """Of the ask that the user saw; empty where there was none."""
    question: str
    command: str
    file: str
    choice: str
    """The option's key as the screen shows it; empty where there was none."""
    label: str
    sent: str
    """The keys in tmux's names, or the text; empty if nothing was sent."""
    outcome: str
    """One of `actions.outcome.Kind`, such as `sent`, `changed`, `ignored`."""
    words: str
    """The message that the user got."""
    who: str
    """Who answered: the login name, and where from, such as `ada cli`."""
    at: float
    """Unix seconds."""
    grade: Grade | None = None
    folder: str = ""
    """The pane's; empty where that was not known."""
