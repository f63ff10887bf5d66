"""All that the chooser shows as one frozen value, and what each of the user's moves makes of it."""

from dataclasses import dataclass, replace

from agent_status.chooser.entry import Entry
from agent_status.chooser.preview import NO_SHOT, Shot


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
    back: int = 0
    """How many lines the preview is scrolled back."""
    trouble: str = ""
    """Why there is no list, in words with what to do."""
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
    """Return the view with a new report; an empty selection takes the most urgent agent."""
    fresh = replace(view, entries=entries, trouble="")
    return fresh if fresh.gone else _settle(fresh)


def take_shot(view: View, shot: Shot) -> View:
    """Return the view with a new picture, if it is of the selected pane."""
    return replace(view, shot=shot) if shot.pane == view.selected else view


def take_trouble(view: View, words: str) -> View:
    """Return the view of a chooser without a daemon: nothing old is shown as if it were true."""
    return replace(view, trouble=words, entries=(), selected="", shot=NO_SHOT, index=0)


def select_pane(view: View, pane: str) -> View:
    """Return the view with another pane selected; the preview starts at its end again."""
    if pane == view.selected:
        return view
    return _settle(replace(view, selected=pane, back=0, shot=NO_SHOT))


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
    return _settle(replace(view, filter=text, help=False))


def leave_filter(view: View) -> View:
    """Return the view with every agent in sight again."""
    return _settle(replace(view, filter=None))


def scroll_back(view: View, lines: int, most: int) -> View:
    """Return the view with the preview scrolled `lines` back, between its end and `most`."""
    return replace(view, back=min(max(view.back + lines, 0), max(0, most)))


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
    return replace(view, selected=panes[0], index=0, back=0, shot=NO_SHOT)
