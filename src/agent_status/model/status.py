"""The status of an agent: state, request, and the reason for it."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from agent_status.model.autonomy import Autonomy
from agent_status.model.pane import Agent
from agent_status.model.states import NEEDS_YOU, State


@dataclass(frozen=True, slots=True)
class Option:
    """One option of a request: the key that chooses it, as shown, and its label."""

    key: str
    label: str
    selected: bool = False


@dataclass(frozen=True, slots=True)
class Ask:
    """A request: what an agent waits for, verbatim from its screen."""

    kind: State
    question: str = ""
    options: tuple[Option, ...] = ()
    command: str = ""
    """What would run, all of it, lines that the screen's edge broke joined again."""
    file: str = ""
    subject: str = ""
    """What else it is about, line by line: a tool with its arguments, an address, a form."""
    text: str = ""
    """The whole dialog as it stands on the screen, line by line."""
    hidden: str = ""
    """Why the dialog was not read whole, as a sentence goes on; empty if every row was read."""
    blocked: str = ""
    """Why no key may grant it; empty if one may."""
    readings: tuple[str, ...] = ()
    """Other ways to read the command, where a row may end a line, a word, or neither."""
    seal: str = ""
    """Digest of the dialog's rows, but for the selection mark, spinners and timers."""
    gist: str = ""
    """Digest of its words, which a new size of the pane leaves as it is."""

    @property
    def fingerprint(self) -> str:
        """Sixteen hex digits that change with anything but the selected option."""
        options = tuple((option.key, option.label) for option in self.options)
        about = (self.command, self.file, self.subject, self.hidden, self.blocked)
        parts = (self.kind.value, self.question, repr(options), *about, self.seal or self.text)
        return digest(parts)

    @property
    def identity(self) -> str:
        """A value that distinguishes this request from others, at any pane size."""
        return self.gist or self.fingerprint


def digest(parts: Iterable[str]) -> str:
    """Return sixteen hex digits that distinguish these texts from others."""
    return hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Evidence:
    """One finding about an agent at one instant."""

    state: State | None
    """What it says; None holds the last state (a menu that the user opened, a scrolled viewer)."""
    source: str
    """Where: `screen`, `title`, `dialog`, `motion`, `file`, `process`, `notice`, `cadence`."""
    rule: str
    """The rule's id, `kind/rule`."""
    weight: int
    """The heaviest evidence wins; see `detect.evidence`."""
    region: str = ""
    excerpt: str = ""
    """The text that matched, or the region's, one line, bounded."""
    reason: str = ""
    """Why this badge, in a few words, from pane text: hostile until escaped."""
    ask: Ask | None = None
    sure: bool = False
    """True if the end of work may be published at once, without the usual calm."""
    seen: bool = False
    """True if the user was there: they interrupted or denied, so the result is no news."""
    turns: bool = False
    """True if its source moves for as long as it is true."""
    asks: bool = False
    """True if it puts a question in words, as a menu that the user opened hardly does."""
    at: float | None = None
    """When its source said so, on the watch's clock; None for now."""


class Grade(StrEnum):
    """What is at stake if a request is approved, mildest first."""

    HARMLESS = "harmless"
    WRITES = "writes"
    DANGEROUS = "dangerous"


@dataclass(frozen=True, slots=True)
class Risk:
    """The grade of a request and its reasons: pane text, hostile until escaped."""

    grade: Grade = Grade.HARMLESS
    reasons: tuple[str, ...] = ()


class Flag(StrEnum):
    """A fact beside the state."""

    BACKGROUND = "background"
    QUEUED = "queued"
    AUTO = "auto"
    DRAFT = "draft"


@dataclass(frozen=True, slots=True)
class Attention:
    """The urgency of an agent: a number to sort by, and the words that explain it."""

    score: float = 0.0
    words: str = ""

    @property
    def is_aside(self) -> bool:
        """True if the user snoozed or muted the agent."""
        return self.score < 0


@dataclass(frozen=True, slots=True)
class Status:
    """State, since when, and why: the value that every output shows."""

    agent: Agent | None
    state: State
    since: float
    """When this state began, on the clock of the caller."""
    reason: str = ""
    rule: str = ""
    source: str = ""
    ask: Ask | None = None
    flags: frozenset[Flag] = frozenset()
    autonomy: Autonomy = Autonomy.UNKNOWN
    """How much the agent does without asking, as its screen says now."""
    attention: Attention = Attention()
    risk: Risk | None = None
    """The grade of the ask; None where nothing waits, or it was not graded."""
    denied: bool = False
    """True if the screen says that its last request was denied; only known for a while."""
    resets_at: float | None = None
    """When the limit that it hit ends, on the clock of `since`; None where that is not known."""

    @property
    def needs_you(self) -> bool:
        """True if the state waits for the user, and they have not set the agent aside."""
        return self.state in NEEDS_YOU and not self.attention.is_aside


NO_AGENT = Status(agent=None, state=State.NONE, since=0.0)


class Pick(StrEnum):
    """How a dialog accepts an option."""

    KEY = "key"
    """The option's key takes it at once."""
    LINE = "line"
    """The option's key is typed at a prompt, with Enter behind it."""
    MOVE = "move"
    """Arrow keys move the mark to it, Enter takes it."""


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of a program, in tmux's names; the defaults suit an unknown one."""

    pick: Pick = Pick.MOVE
    next: str = "Down"
    previous: str = "Up"
    enter: str = "Enter"
    submit: str = ""
    """Leaves a list of boxes to tick; empty where that is not known."""
    interrupt: tuple[str, ...] = ("Escape",)
    """One press after the other, while it goes on."""
    focus: bool = False
    """True if the program asks for events when its terminal gains or loses the focus (DEC 1004)."""


NO_KEYS = Keys()
