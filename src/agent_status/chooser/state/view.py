"""All that the chooser shows as one frozen value, and what each of the user's moves makes of it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum

from agent_status.chooser.draw.preview import NO_SHOT, Shot, find_beginning, is_cut
from agent_status.chooser.state.effects import Deed
from agent_status.chooser.state.entry import Entry
from agent_status.chooser.state.panel import Panel
from agent_status.chooser.state.text import clean_cells, reveal_cells

MOST_FILTER = 100
CHANGED = "The request has changed: nothing was sent."

ERASE: dict[str, Callable[[str], str]] = {
    "backspace": lambda text: text[:-1],
    "ctrl+h": lambda text: text[:-1],
    "ctrl+w": lambda text: " ".join(text.split()[:-1]),
    "ctrl+u": lambda _: "",
}
"""What the keys that erase leave of the filter."""


class Grouping(Enum):
    """What the list is grouped by: its name, and what of an agent the group is called by."""

    NONE = "nothing"
    SESSION = "session"
    REPOSITORY = "repository"

    def name_group(self, entry: Entry) -> str:
        """Return the group that an agent belongs to."""
        if self is Grouping.SESSION:
            return entry.session or entry.place.partition(":")[0]
        return entry.changes.repository.removesuffix("/.git") or entry.changes.root or entry.folder


def find_grouping(value: str) -> Grouping:
    """Return the grouping of that value; none for anything else."""
    return next((one for one in Grouping if one.value == value), Grouping.NONE)


@dataclass(frozen=True, slots=True)
class Told:
    """What became of the user's last key, in words; `good` if it is what they wanted."""

    words: str = ""
    good: bool = True


SILENCE = Told()


@dataclass(frozen=True, slots=True)
class Pending:
    """Something to be asked twice: it is done once the user confirms what `words` tell."""

    deed: Deed
    key: str
    """The key that confirms, besides `y`."""
    words: str
    at: float
    """When it was asked, or a key came too soon: a key that is held down confirms nothing."""
    grave: bool = True


@dataclass(frozen=True, slots=True)
class View:
    """What is known, what is selected, and which part of it is in sight."""

    entries: tuple[Entry, ...] = ()
    selected: str = ""
    """The pane; it stays selected when the order changes, and when it is gone."""
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
    now: float = 0.0
    """Seconds of the wall clock."""
    grouping: Grouping = Grouping.NONE
    panel: Panel | None = None
    """What has the keys instead of the list."""
    told: Told = SILENCE
    pending: Pending | None = None
    busy: frozenset[str] = frozenset()
    """Panes into which something is typed just now."""
    asked_at: float = 0.0
    """When the ask of the selected agent changed under the user's eyes."""
    history: tuple[str, tuple[str, ...]] = ("", ())
    """A pane, and the lines that have scrolled off its top."""
    drafts: tuple[tuple[str, str], ...] = ()
    """Replies that were begun, by pane."""
    replies: tuple[str, ...] = ()
    """Those that were sent, the oldest first."""
    reviewed: str = ""
    """The pane whose changes were counted as reviewed last; its row may be gone since."""

    @property
    def found(self) -> tuple[Entry, ...]:
        """The agents that the filter leaves, most urgent first, in their groups if there are."""
        words = (self.filter or "").casefold().split()
        left = [entry for entry in self.entries if all(word in entry.words for word in words)]
        if self.grouping is Grouping.NONE:
            return tuple(left)
        groups: dict[str, list[Entry]] = {}
        for entry in left:
            groups.setdefault(self.grouping.name_group(entry), []).append(entry)
        return tuple(entry for group in groups.values() for entry in group)

    @property
    def items(self) -> tuple[Entry | str, ...]:
        """What the list shows: the agents, and the name of each group before its first one."""
        if self.grouping is Grouping.NONE:
            return self.found
        items: list[Entry | str] = []
        last = None
        for entry in self.found:
            group = self.grouping.name_group(entry)
            items += [entry] if group == last else [group, entry]
            last = group
        return tuple(items)

    @property
    def entry(self) -> Entry | None:
        """The selected agent; None when there is none, or it is gone."""
        return next((entry for entry in self.found if entry.pane == self.selected), None)

    @property
    def is_cut(self) -> bool:
        """Whether what the selected agent asks begins above its pane's edge, or just below it."""
        entry = self.entry
        return bool(entry and entry.ask and is_cut(self.shot, entry.ask.begin))

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
        return bool(self.selected) and all(entry.pane != self.selected for entry in self.entries)


def take_entries(view: View, entries: tuple[Entry, ...]) -> View:
    """
    Return the view with a new report; an empty selection takes the most urgent agent.

    A selection that is gone, or that the filter hides from now on, never moves by itself: the
    user's next key would go to another agent than the one that they saw.
    """
    selected = view.selected if entries else ""
    fresh = replace(view, entries=entries, selected=selected, lost=False, note="")
    settled = _settle(fresh) if fresh.entry or not selected else fresh
    return _notice_ask(settled, view)


def take_shot(view: View, shot: Shot) -> View:
    """Return the view with a new picture, if it is of the selected pane."""
    return replace(view, shot=shot) if shot.pane == view.selected else view


def tell(view: View, words: str) -> View:
    """Return the view with good news for the user, in the line above the keys."""
    return replace(view, told=Told(reveal_cells(words)))


def refuse(view: View, words: str) -> View:
    """Return the view with the reason why a key did nothing, or not what it should."""
    return replace(view, told=Told(reveal_cells(words), good=False))


def lose_daemon(view: View, note: str) -> View:
    """Return the view of a chooser without a daemon: nothing old is shown as if it were true."""
    empty = replace(view, entries=(), selected="", shot=NO_SHOT, index=0, start=None, pending=None)
    if view.panel and view.panel.writes:
        empty = replace(empty, panel=view.panel)
    else:
        empty = replace(empty, panel=None)
    return replace(empty, lost=True, note=clean_cells(note) or view.note)


def select_pane(view: View, pane: str) -> View:
    """Return the view with another pane selected; the preview starts at its end again."""
    if pane == view.selected:
        return view
    return _settle(replace(view, selected=pane, start=None, shot=NO_SHOT, told=SILENCE))


def move_by(view: View, step: int) -> View:
    """Return the view with the selection `step` agents down, stopping at both ends."""
    found = view.found
    if not found:
        return view
    near = 0 if view.entry or step < 0 else -1
    index = min(max(view.index + near + step, 0), len(found) - 1)
    return select_pane(view, found[index].pane)


def type_filter(view: View, text: str) -> View:
    """Return the view narrowed by `text`; the most urgent match is selected if need be."""
    return _settle(replace(view, filter=text[:MOST_FILTER], help=False))


def type_key(view: View, name: str, character: str) -> View | None:
    """Return the view after a key that types; None if nobody filters or the key types nothing."""
    if view.filter is None:
        return None
    if name in ERASE:
        return type_filter(view, ERASE[name](view.filter))
    typed = clean_cells(character)
    types = typed and character.isprintable()
    return type_filter(view, view.filter + typed) if types else None


def leave_inner(view: View) -> View:
    """Return the view without the keys or the filter, the one that was opened last first."""
    if view.help:
        return replace(view, help=False, start=None)
    return view if view.filter is None else _settle(replace(view, filter=None))


def scroll_list(view: View, room: int) -> View:
    """Return the view with the selected of `room` visible items in sight, moved by the least."""
    items = view.items
    places = [place for place, item in enumerate(items) if isinstance(item, Entry)]
    place = places[min(view.index, len(places) - 1)] if places else 0
    first = place - 1 if place and room > 1 and isinstance(items[place - 1], str) else place
    last = max(0, len(items) - room)
    top = min(max(view.top, place - room + 1), first)
    return replace(view, top=min(max(top, 0), last))


def regroup(view: View) -> View:
    """Return the view grouped by the next thing, and say by which."""
    ways = list(Grouping)
    grouping = ways[(ways.index(view.grouping) + 1) % len(ways)]
    words = "not grouped" if grouping is Grouping.NONE else f"grouped by {grouping.value}"
    fresh = replace(view, grouping=grouping, told=Told(words))
    return _settle(fresh) if fresh.entry else fresh


def _notice_ask(view: View, before: View) -> View:
    """Return the view with the instant of a change of the ask; what was pending is off."""
    entry, old = view.entry, before.entry
    if view.selected != before.selected or not before.selected:
        return replace(view, pending=None)
    if (entry and entry.fingerprint) == (old and old.fingerprint):
        return view
    fresh = replace(view, asked_at=view.now)
    if view.pending:
        return replace(fresh, pending=None, told=Told(CHANGED, good=False))
    return fresh


def _settle(view: View) -> View:
    found = view.found
    panes = [entry.pane for entry in found]
    if view.selected in panes:
        return replace(view, index=panes.index(view.selected))
    if not panes:
        return replace(view, index=0)
    return replace(view, selected=panes[0], index=0, start=None, shot=NO_SHOT)


MOVES: dict[str, Callable[[View], View]] = {
    "up": lambda view: move_by(view, -1),
    "down": lambda view: move_by(view, 1),
    "first": lambda view: move_by(view, -len(view.entries)),
    "last": lambda view: move_by(view, len(view.entries)),
    "filter": lambda view: type_filter(view, "") if view.entries else view,
    "help": lambda view: replace(view, help=not view.help, start=None),
    "group": regroup,
}
"""The actions of the table of keys that only change the view."""
