"""
All that the chooser shows as one frozen value, and the seams around it.

A key makes a Step: the next view, and perhaps an Effect, which runs elsewhere and returns an Event,
which makes a Step again. A Panel has the keys instead of the list.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from enum import Enum
from typing import ClassVar, NamedTuple, Protocol

from rich.text import Text

from agent_status.chooser.state.agents import find_first_line, find_words
from agent_status.chooser.state.drafts import Drafts
from agent_status.chooser.state.patch import NO_PATCH, NO_STAMP, Patch, Stamp, make_stamp
from agent_status.chooser.state.preview import NO_SHOT, Shot, find_beginning, is_cut
from agent_status.chooser.state.source import ChooserSource
from agent_status.chooser.state.text import reveal_cells
from agent_status.chooser.state.theme import Theme
from agent_status.model.load import NO_LOAD, Load
from agent_status.model.ref import NO_REF, AgentRef
from agent_status.protocol.rows import AgentRow


class Grouping(Enum):
    """What the list is grouped by: its name, and what of an agent the group is called by."""

    NONE = "nothing"
    SESSION = "session"
    REPOSITORY = "repository"

    def name_group(self, entry: AgentRow) -> str:
        """Return the group that an agent belongs to."""
        if self is Grouping.SESSION:
            return entry.session or entry.place.partition(":")[0]
        return entry.changes.repository.removesuffix("/.git") or entry.changes.root or entry.folder


def find_grouping(value: str) -> Grouping:
    """Return the grouping of that value; none for anything else."""
    return next((one for one in Grouping if one.value == value), Grouping.NONE)


@dataclass(frozen=True, slots=True)
class Message:
    """What became of the user's last key, in words; `good` if it is what they wanted."""

    words: str = ""
    good: bool = True


NO_MESSAGE = Message()


class Effect(ABC):
    """What a key has done in the world: a frozen value that runs in a thread of its own."""

    __slots__ = ()
    in_order: ClassVar[bool] = False
    """True if it runs only after those of its kind that were begun before."""

    @property
    def refs(self) -> frozenset[AgentRef]:
        """The agents that it types to: no other key does until it has ended."""
        return frozenset()

    @abstractmethod
    def run(self, source: ChooserSource) -> "Event":
        """Carry it out and return what became of it. Never raises AgentStatusError."""


class Event(Protocol):
    """News from another thread: a frozen value."""

    def apply(self, view: "View") -> "Step":
        """Return the view with the news in it, and what follows from them."""


class Takeover(Protocol):
    """A command of ours that has the popup's terminal until it ends."""

    @property
    def words(self) -> tuple[str, ...]:
        """The command's."""

    def end(self, view: "View", code: int) -> "View":
        """Return the view after the command, which ended with that exit code."""


class Size(NamedTuple):
    """Cells to draw in."""

    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Hint:
    """A key in the last line: what is shown, the word for it, and the key that a click presses."""

    shown: str
    word: str
    key: str


class Panel(ABC):
    """
    What has the keys instead of the list: a frozen value, one file in `panels` each.

    Its file holds its row of `panels.keys.KEYS`, what opens it, its effects and their events, too.
    """

    __slots__ = ()
    covers: ClassVar[bool] = True
    """True if it stands in the place of list and detail, else above the last line."""
    shows_patch: ClassVar[bool] = False
    """True if it shows the diff of the selected agent."""
    writes: ClassVar[bool] = False
    """True if the user writes in it: it stays open without a daemon."""

    @abstractmethod
    def title(self, view: "View", size: Size) -> str:
        """Return what stands in the rule above what `draw` returns for the same size."""

    @abstractmethod
    def hints(self, view: "View") -> tuple[Hint, ...]:
        """Return its keys for the last line, the most useful first."""

    @abstractmethod
    def press(self, view: "View", key: str, character: str = "") -> "Step":
        """Return what a key makes of the view; `character` is what it types, if anything."""

    @abstractmethod
    def draw(self, view: "View", size: Size, theme: Theme) -> list[Text]:
        """Return its lines; those beyond the size are cut."""

    def paste(self, view: "View", text: str) -> "View":
        """Return the view with pasted text in it; most panels take none."""
        del text
        return view

    def scroll(self, view: "View", lines: int) -> "View":
        """Return the view scrolled down by `lines`; most panels do not scroll."""
        del lines
        return view

    def fit(self, view: "View", size: Size) -> "Panel":
        """Return the panel knowing how much of it is in sight. Idempotent."""
        del view, size
        return self


@dataclass(frozen=True, slots=True)
class Pending:
    """Something that needs a second key: it is done once the user confirms what `words` say."""

    effect: Effect
    key: str
    """The key that confirms, besides `y`."""
    words: str
    at: float
    """When it was asked, or a key came too soon: a key that is held down confirms nothing."""
    grave: bool = True


@dataclass(frozen=True, slots=True)
class Undo:
    """What takes the last action back: an effect, and what it says once that is done."""

    effect: Effect
    ref: AgentRef


MAX_UNDO = 50


@dataclass(frozen=True, slots=True)
class View:
    """What is known, what is selected, and which part of it is in sight."""

    entries: tuple[AgentRow, ...] = ()
    selected: AgentRef = NO_REF
    """The agent; it stays selected when the order changes, and when it is gone."""
    index: int = 0
    """Where the selected pane stands, or stood before it was gone, among those in sight."""
    top: int = 0
    filter: str | None = None
    """What was typed to narrow the list; None when nobody filters."""
    help: bool = False
    shot: Shot = NO_SHOT
    start: int | None = None
    """The line of the detail that its sight begins with, once the user has scrolled."""
    lost: bool = False
    """Whether there is no daemon, and so no list."""
    note: str = ""
    """What happened on the way to a daemon, in one sentence."""
    notices: tuple[str, ...] = ()
    """What the daemon has to say that is about no agent."""
    load: Load = NO_LOAD
    """What waits for review."""
    now: float = 0.0
    """Seconds of the wall clock."""
    home: str = ""
    """The user's home folder, which is shown as a tilde."""
    grouping: Grouping = Grouping.NONE
    marked: frozenset[AgentRef] = frozenset()
    """The agents that the user marked, to be compared."""
    panel: Panel | None = None
    """What has the keys instead of the list."""
    message: Message = NO_MESSAGE
    pending: Pending | None = None
    busy: frozenset[AgentRef] = frozenset()
    """The agents to which something is typed just now."""
    asked_at: float = 0.0
    """When the ask of the selected agent changed under the user's eyes."""
    history: tuple[AgentRef, tuple[str, ...]] = (NO_REF, ())
    """A pane, and the lines that have scrolled off its top."""
    drafts: Drafts = ()
    """Replies that were begun."""
    replies: tuple[str, ...] = ()
    """Those that were sent, the oldest first."""
    reviewed: AgentRef = NO_REF
    """The agent whose changes were counted as reviewed last; its row may be gone since."""

    patch: Patch = NO_PATCH
    """The diff that was read last."""
    reading: Stamp = NO_STAMP
    """The diff that is being read; an empty one if none is."""
    screens: bool = False
    """Whether the preview shows screens of agents whose changes wait for review, too."""
    undos: tuple[Undo, ...] = ()
    """What takes the user's last actions back, the latest last."""

    @property
    def wanted(self) -> Stamp | None:
        """The diff that the selected agent's changes are; None if it changed nothing."""
        entry = self.entry
        return make_stamp(entry) if entry and entry.changes.files else None

    @property
    def needs_patch(self) -> bool:
        """Whether the diff of the selected agent is in sight, and is still to be read."""
        entry = self.entry
        waits = bool(entry and entry.has_result and not self.screens)
        shown = waits or bool(self.panel and self.panel.shows_patch)
        return shown and self.wanted not in {None, self.patch.stamp}

    @property
    def shows_patch(self) -> bool:
        """Whether the preview is the diff of the selected agent: it waits for review."""
        entry = self.entry
        waits = entry and entry.has_result and not self.screens
        failed = self.patch.trouble and self.patch.stamp == self.wanted
        return bool(waits and self.wanted and not failed)

    @property
    def found(self) -> tuple[AgentRow, ...]:
        """The agents that the filter leaves, most urgent first, in their groups if there are."""
        words = (self.filter or "").casefold().split()
        left = [entry for entry in self.entries if all(word in find_words(entry) for word in words)]
        if self.grouping is Grouping.NONE:
            return tuple(left)
        groups: dict[str, list[AgentRow]] = {}
        for entry in left:
            groups.setdefault(self.grouping.name_group(entry), []).append(entry)
        return tuple(entry for group in groups.values() for entry in group)

    @property
    def items(self) -> tuple[AgentRow | str, ...]:
        """What the list shows: the agents, and the name of each group before its first one."""
        if self.grouping is Grouping.NONE:
            return self.found
        items: list[AgentRow | str] = []
        last = None
        for entry in self.found:
            group = self.grouping.name_group(entry)
            items += [entry] if group == last else [group, entry]
            last = group
        return tuple(items)

    @property
    def entry(self) -> AgentRow | None:
        """The selected agent; None when there is none, or it is gone."""
        return next((entry for entry in self.found if entry.ref == self.selected), None)

    @property
    def is_cut(self) -> bool:
        """Whether what the selected agent asks begins above its pane's edge, or just below it."""
        entry = self.entry
        return bool(entry and entry.ask and is_cut(self.shot, find_first_line(entry)))

    @property
    def past(self) -> tuple[str, ...]:
        """What has scrolled off the top of the selected pane, as far as it is known."""
        return self.history[1] if self.history[0] == self.selected else ()

    @property
    def above(self) -> tuple[str, ...]:
        """The part of the ask that is above the pane's edge."""
        return find_beginning(self.past) if self.past and self.is_cut else ()

    @property
    def gone(self) -> bool:
        """Whether the selected pane has no agent any more."""
        return bool(self.selected) and all(entry.ref != self.selected for entry in self.entries)

    def find_title(self, ref: AgentRef) -> str:
        """Return the name and place of an agent; its reference if it is gone."""
        return next((entry.title for entry in self.entries if entry.ref == ref), str(ref))


@dataclass(frozen=True, slots=True)
class Exit:
    """The end of the chooser, and the agent to jump to; None for nowhere."""

    ref: AgentRef | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """The view after a key or an event, and what is to be done beside showing it, if anything."""

    view: View
    effect: Effect | None = None
    takeover: Takeover | None = None
    exit: Exit | None = None
    pages: int = 0
    """Pages to scroll the detail down by; up if it is negative."""


def show_message(view: View, words: str) -> View:
    """Return the view with good news for the user, in the line above the keys."""
    return replace(view, message=Message(reveal_cells(words)))


def refuse(view: View, words: str) -> View:
    """Return the view with the reason why a key did nothing, or not what it should."""
    return replace(view, message=Message(reveal_cells(words), good=False))
