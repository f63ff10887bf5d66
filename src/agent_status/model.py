"""The words of the product as frozen values; every layer speaks in these."""

import hashlib
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NewType

PaneId = NewType("PaneId", str)
"""A tmux pane id with its percent sign, such as `%3`."""


class State(StrEnum):
    """What an agent is doing, in the order in which a reader wants to learn it."""

    APPROVAL = "approval"
    QUESTION = "question"
    PLAN = "plan"
    SETUP = "setup"
    ERROR = "error"
    LIMITED = "limited"
    STUCK = "stuck"
    REVIEW = "review"
    FINISHED = "finished"
    UNKNOWN = "unknown"
    WORKING = "working"
    IDLE = "idle"
    NONE = "none"


ASKS = frozenset({State.APPROVAL, State.QUESTION, State.PLAN, State.SETUP})
"""States in which the agent waits for an answer and shows an Ask."""

NEEDS_YOU = ASKS | {State.ERROR, State.LIMITED, State.STUCK, State.REVIEW, State.FINISHED}
"""States that stay until the user has dealt with them."""


@dataclass(frozen=True, slots=True)
class Style:
    """How cells look. `fg` and `bg` are `default`, a pyte colour name, or six hex digits."""

    fg: str = "default"
    bg: str = "default"
    bold: bool = False
    dim: bool = False
    italic: bool = False
    underline: bool = False
    reverse: bool = False
    strike: bool = False


PLAIN = Style()


@dataclass(frozen=True, slots=True)
class Span:
    """A run of one style; `start` and `end` are indexes into the row's text, not columns."""

    start: int
    end: int
    style: Style


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a screen: its text without trailing blanks, and the spans that are not plain."""

    text: str = ""
    spans: tuple[Span, ...] = ()

    def style_at(self, index: int) -> Style:
        """Return the style of the character at `index` of the text."""
        for span in self.spans:
            if span.start <= index < span.end:
                return span.style
        return PLAIN


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where the cursor is, in columns and rows from the upper left corner, from 0."""

    x: int = 0
    y: int = 0
    visible: bool = True


@dataclass(frozen=True, slots=True)
class Screen:
    """An immutable picture of a pane's visible grid; `rows` always has `height` entries."""

    width: int
    height: int
    rows: tuple[Row, ...]
    cursor: Cursor = Cursor()
    title: str = ""
    alternate: bool = False

    @property
    def text(self) -> str:
        """The rows' texts joined by newlines."""
        return "\n".join(row.text for row in self.rows)


@dataclass(frozen=True, slots=True)
class Capture:
    """What one `capture-pane -p -e` and the pane's formats said: the painted form of a screen."""

    width: int
    height: int
    lines: tuple[str, ...]
    """One string a row, with the SGR sequences that tmux writes; the style carries over rows."""
    cursor: Cursor = Cursor()
    title: str = ""
    alternate: bool = False


@dataclass(frozen=True, slots=True)
class Process:
    """A process below a pane. `comm` is the kernel's short name, `args` the command line."""

    pid: int
    ppid: int
    comm: str
    args: str


@dataclass(frozen=True, slots=True)
class Pane:
    """A tmux pane and where it is, as one tick's `list-panes` told it."""

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
    cursor: Cursor = Cursor()
    alternate: bool = False
    in_mode: bool = False
    dead: bool = False
    active: bool = False
    activity_at: int = 0
    """Last output in the pane's window, in whole seconds of the wall clock."""
    progress: str = ""
    """What the pane's OSC 9;4 said, in tmux's words; empty before tmux 3.7."""
    rang: bool = False
    """Whether it rang and nobody has looked since; only where it is alone in its window."""

    @property
    def place(self) -> str:
        """Where the pane is, as tmux targets are written: `session:window.pane`."""
        return f"{self.session}:{self.window_index}.{self.index}"


@dataclass(frozen=True, slots=True)
class Agent:
    """A coding agent found in a pane: its kind, and how we know."""

    kind: str
    name: str
    pid: int | None = None
    how: str = ""


@dataclass(frozen=True, slots=True)
class Option:
    """One choice of an ask: the key that picks it, as the screen shows it, and its label."""

    key: str
    label: str
    selected: bool = False


@dataclass(frozen=True, slots=True)
class Ask:
    """What an agent waits for, verbatim from its screen."""

    kind: State
    question: str = ""
    options: tuple[Option, ...] = ()
    command: str = ""
    file: str = ""
    text: str = ""
    """The whole dialog as it stands on the screen, line by line."""

    @property
    def fingerprint(self) -> str:
        """Sixteen hex digits that change whenever anything but the selected option does."""
        options = tuple((option.key, option.label) for option in self.options)
        parts = (self.kind.value, self.question, repr(options), self.command, self.file)
        return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Evidence:
    """One finding about an agent at one instant."""

    state: State | None
    """What it says; None holds the last state (a menu that the user opened, a scrolled viewer)."""
    source: str
    """Where it was found: `screen`, `title`, `dialog`, `file`, `process`, `notice`, `cadence`."""
    rule: str
    """The rule's id, `kind/rule`."""
    weight: int
    """The heaviest evidence wins; see `infer.evidence`."""
    region: str = ""
    excerpt: str = ""
    """The text that matched, or the region's, one line, bounded."""
    reason: str = ""
    """Why this badge, in a few words, from pane text: hostile until escaped."""
    ask: Ask | None = None
    sure: bool = False
    """Whether the end of work may be published at once, without the usual calm."""
    seen: bool = False
    """Whether the user was there: they interrupted or denied, so the result is no news."""
    at: float | None = None
    """When its source said so, on the watch's clock; None for now."""


class Grade(StrEnum):
    """What is at stake when an ask is approved, mildest first."""

    HARMLESS = "harmless"
    WRITES = "writes"
    DANGEROUS = "dangerous"


@dataclass(frozen=True, slots=True)
class Risk:
    """The grade of what waits, and why, in words: pane text, hostile until escaped."""

    grade: Grade = Grade.HARMLESS
    reasons: tuple[str, ...] = ()


class Flag(StrEnum):
    """What is true beside the state."""

    BACKGROUND = "background"
    QUEUED = "queued"
    AUTO = "auto"
    DRAFT = "draft"


@dataclass(frozen=True, slots=True)
class Attention:
    """How much an agent needs you: a number to sort by, and the words that explain it."""

    score: float = 0.0
    words: str = ""

    @property
    def is_aside(self) -> bool:
        """Whether the user has set the agent aside, snoozed or muted: it needs nobody then."""
        return self.score < 0


@dataclass(frozen=True, slots=True)
class Status:
    """State, since when, and why, for one pane: the one value that every output shows."""

    agent: Agent | None
    state: State
    since: float
    """When this state began, on the clock of whoever asked."""
    reason: str = ""
    rule: str = ""
    source: str = ""
    ask: Ask | None = None
    flags: frozenset[Flag] = frozenset()
    attention: Attention = Attention()
    risk: Risk | None = None
    """The grade of the ask; None where nothing waits, or it was not graded."""


NO_AGENT = Status(agent=None, state=State.NONE, since=0.0)


@dataclass(frozen=True, slots=True)
class Task:
    """What an agent was asked to do and last said, from its own session files; hostile text."""

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
class Care:
    """What the user decided about an agent's place in the queue, and why they started it."""

    pinned: bool = False
    muted: bool = False
    snoozed_until: float | None = None
    """On the clock of the status's `since`; infinite until its state or ask changes."""
    note: str = ""


NO_CARE = Care()


@dataclass(frozen=True, slots=True)
class Sighting:
    """A pane with its status and all that is known beside it: one row of every output."""

    pane: Pane
    status: Status
    branch: str = ""
    task: Task = NO_TASK
    changes: Changes = NO_CHANGES
    care: Care = NO_CARE


@dataclass(frozen=True, slots=True)
class Answer:
    """One decision of the user's, and what became of it: what the journal keeps."""

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
    """One of `act.outcome.Kind`, such as `sent`, `changed`, `ignored`."""
    words: str
    """What the user was told."""
    who: str
    """Who answered: the login name, and where from, such as `ada cli`."""
    at: float
    """Unix seconds."""
    grade: Grade | None = None


@dataclass(frozen=True, slots=True)
class Onlooker:
    """A terminal that a person looks at: its device, what it shows, and its last key."""

    tty: str
    term: str
    """Its TERM."""
    window_id: str
    pane: PaneId
    """The pane that the keys go to."""
    active_at: int
    """When a key was pressed last, in whole Unix seconds."""
    zoomed: bool = False
    """Whether that pane alone is to be seen."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something of the user's that is wrong, and how to mend it."""

    where: str
    what: str
    mend: str = ""

    def __str__(self) -> str:
        """Return the problem as one line."""
        return f"{self.where}: {self.what}" + (f" ({self.mend})" if self.mend else "")


class Pick(StrEnum):
    """How a dialog takes an option."""

    KEY = "key"
    """The option's key takes it at once."""
    LINE = "line"
    """The option's key is typed at a prompt, with Enter behind it."""
    MOVE = "move"
    """Arrow keys move the mark to it, Enter takes it."""


@dataclass(frozen=True, slots=True)
class Keys:
    """What a program's keys do, in tmux's names; the defaults suit one that nothing is known of."""

    pick: Pick = Pick.MOVE
    next: str = "Down"
    previous: str = "Up"
    enter: str = "Enter"
    submit: str = ""
    """Leaves a list of boxes to tick; empty where that is not known."""
    interrupt: tuple[str, ...] = ("Escape",)
    """One press after the other, while it goes on."""


NO_KEYS = Keys()


@dataclass(frozen=True, slots=True)
class Found:
    """Everything that was found out about a pane at one instant: what `explain` prints."""

    status: Status
    winner: Evidence | None = None
    losers: tuple[Evidence, ...] = ()
    regions: dict[str, str] = field(default_factory=dict)
    keys: Keys = NO_KEYS
    """Of what is on the screen now."""


def clip_text(text: str, width: int) -> str:
    """Return `text` on one line, at most `width` characters, with an ellipsis where it was cut."""
    line = " ".join(text.split())
    return line if len(line) <= width else line[: max(0, width - 1)] + "…"
