"""What an agent does, what it asks, and why we say so."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from agent_status.model.pane import Agent
from agent_status.model.states import NEEDS_YOU, State


@dataclass(frozen=True, slots=True)
class Option:
    """One choice of an ask: the key that picks it, as the screen shows it, and its label."""

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
        """Sixteen hex digits that change whenever anything but the selected option does."""
        options = tuple((option.key, option.label) for option in self.options)
        about = (self.command, self.file, self.subject, self.hidden, self.blocked)
        parts = (self.kind.value, self.question, repr(options), *about, self.seal or self.text)
        return digest(parts)

    @property
    def identity(self) -> str:
        """What distinguishes this request from others, drawn in any size."""
        return self.gist or self.fingerprint


def digest(parts: Iterable[str]) -> str:
    """Return sixteen hex digits that tell these texts from others."""
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
    """Whether the end of work may be published at once, without the usual calm."""
    seen: bool = False
    """Whether the user was there: they interrupted or denied, so the result is no news."""
    turns: bool = False
    """Whether its source moves for as long as it is true."""
    asks: bool = False
    """Whether it puts a question in words, as a menu that the user opened hardly does."""
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
    """When this state began, on the clock of the caller."""
    reason: str = ""
    rule: str = ""
    source: str = ""
    ask: Ask | None = None
    flags: frozenset[Flag] = frozenset()
    attention: Attention = Attention()
    risk: Risk | None = None
    """The grade of the ask; None where nothing waits, or it was not graded."""
    denied: bool = False
    """Whether the screen says that its last request was denied; only known for a while."""
    resets_at: float | None = None
    """When the limit that it hit ends, on the clock of `since`; None where that is not known."""

    @property
    def needs_you(self) -> bool:
        """Whether it stays until the user has dealt with it, and they have not set it aside."""
        return self.state in NEEDS_YOU and not self.attention.is_aside


NO_AGENT = Status(agent=None, state=State.NONE, since=0.0)


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
    focus: bool = False
    """Whether the program asks for events when its terminal gains or loses the focus (DEC 1004)."""


NO_KEYS = Keys()
