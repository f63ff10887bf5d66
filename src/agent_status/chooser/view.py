"""All that the chooser shows as one frozen value, and what each of the user's moves makes of it."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from agent_status.chooser.entry import Entry
from agent_status.chooser.preview import NO_SHOT, Shot
from agent_status.chooser.text import clean_cells

MOST_FILTER = 100

ERASE: dict[str, Callable[[str], str]] = {
    "backspace": lambda text: text[:-1],
    "ctrl+h": lambda text: text[:-1],
    "ctrl+w": lambda text: " ".join(text.split()[:-1]),
    "ctrl+u": lambda _: "",
}
"""What the keys that erase leave of the filter."""


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
    now: float = 0.0
    """Seconds of the wall clock."""

    @property
    def found(self) -> tuple[Entry, ...]:
        """The agents that the filter leaves, most urgent first."""
        words = (self.filter or "").casefold().split()
        return tuple(entry for entry in self.entries if all(word in entry.words for word in words))

    @property
    def entry(self) -> Entry | None:
        """The selected agent; None when there is none, or it is gone."""
        return next((entry for entry in self.found if entry.pane == self.selected), None)

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
    return _settle(fresh) if fresh.entry or not selected else fresh


def take_shot(view: View, shot: Shot) -> View:
    """Return the view with a new picture, if it is of the selected pane."""
    return replace(view, shot=shot) if shot.pane == view.selected else view


def lose_daemon(view: View, note: str) -> View:
    """Return the view of a chooser without a daemon: nothing old is shown as if it were true."""
    empty = replace(view, entries=(), selected="", shot=NO_SHOT, index=0, start=None)
    return replace(empty, lost=True, note=clean_cells(note) or view.note)


def select_pane(view: View, pane: str) -> View:
    """Return the view with another pane selected; the preview starts at its end again."""
    if pane == view.selected:
        return view
    return _settle(replace(view, selected=pane, start=None, shot=NO_SHOT))


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
    return type_filter(view, view.filter + typed) if typed else None


def leave_inner(view: View) -> View:
    """Return the view without the keys or the filter, the one that was opened last first."""
    if view.help:
        return replace(view, help=False)
    return view if view.filter is None else _settle(replace(view, filter=None))


def scroll_list(view: View, room: int) -> View:
    """Return the view with the selected of `room` visible agents in sight, moved by the least."""
    last = max(0, len(view.found) - room)
    top = min(max(view.top, view.index - room + 1), view.index)
    return replace(view, top=min(max(top, 0), last))


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
    "help": lambda view: replace(view, help=not view.help),
}
"""The actions of the table of keys that only change the view."""
