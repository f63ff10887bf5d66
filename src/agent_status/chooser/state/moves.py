"""What each report, and each of the user's moves in the list, makes of the view."""

from collections.abc import Callable
from dataclasses import replace

from agent_status.chooser.state.preview import NO_SHOT, Shot
from agent_status.chooser.state.text import clean_cells
from agent_status.chooser.state.view import NO_MESSAGE, Grouping, Message, View
from agent_status.model.load import NO_LOAD
from agent_status.model.ref import NO_REF, AgentRef
from agent_status.protocol.rows import AgentRow

MAX_FILTER = 100
CHANGED = "The request has changed: nothing was sent."

ERASE: dict[str, Callable[[str], str]] = {
    "backspace": lambda text: text[:-1],
    "ctrl+h": lambda text: text[:-1],
    "ctrl+w": lambda text: " ".join(text.split()[:-1]),
    "ctrl+u": lambda _: "",
}
"""What the keys that erase leave of the filter."""


def update_agents(view: View, entries: tuple[AgentRow, ...]) -> View:
    """
    Return the view with a new report; an empty selection takes the most urgent agent.

    A selection that is gone, or that the filter hides from now on, never moves without a key: the
    user's next key would go to another agent than the one that they saw.
    """
    selected = view.selected if entries else NO_REF
    fresh = replace(view, entries=entries, selected=selected, lost=False, note="")
    fresh = _find_index(fresh) if fresh.entry or not selected else fresh
    return _notice_ask(fresh, view)


def set_shot(view: View, shot: Shot) -> View:
    """Return the view with a new picture, if it is of the selected pane."""
    return replace(view, shot=shot) if shot.ref == view.selected else view


def lose_daemon(view: View, note: str) -> View:
    """Return the view of a chooser without a daemon: nothing old is shown as if it were true."""
    empty = replace(
        view,
        entries=(),
        load=NO_LOAD,
        selected=NO_REF,
        shot=NO_SHOT,
        index=0,
        start=None,
        pending=None,
    )
    if view.panel and view.panel.writes:
        empty = replace(empty, panel=view.panel)
    else:
        empty = replace(empty, panel=None)
    return replace(empty, lost=True, note=clean_cells(note) or view.note)


def select(view: View, ref: AgentRef) -> View:
    """Return the view with another agent selected; the preview starts at its end again."""
    if ref == view.selected:
        return view
    return _find_index(replace(view, selected=ref, start=None, shot=NO_SHOT, message=NO_MESSAGE))


def move_by(view: View, step: int) -> View:
    """Return the view with the selection `step` agents down, stopping at both ends."""
    found = view.found
    if not found:
        return view
    near = 0 if view.entry or step < 0 else -1
    index = min(max(view.index + near + step, 0), len(found) - 1)
    return select(view, found[index].ref)


def type_filter(view: View, text: str) -> View:
    """Return the view narrowed by `text`; the most urgent match is selected if need be."""
    return _find_index(replace(view, filter=text[:MAX_FILTER], help=False))


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
    return view if view.filter is None else _find_index(replace(view, filter=None))


def scroll_list(view: View, room: int) -> View:
    """Return the view with the selected of `room` visible items in sight, moved by the least."""
    items = view.items
    places = [place for place, item in enumerate(items) if isinstance(item, AgentRow)]
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
    fresh = replace(view, grouping=grouping, message=Message(words))
    return _find_index(fresh) if fresh.entry else fresh


def _notice_ask(view: View, before: View) -> View:
    """Return the view with the instant of a change of the ask; what was pending is off."""
    entry, old = view.entry, before.entry
    if view.selected != before.selected or not before.selected:
        return replace(view, pending=None)
    if (entry and entry.fingerprint) == (old and old.fingerprint):
        return view
    fresh = replace(view, asked_at=view.now)
    if view.pending:
        return replace(fresh, pending=None, message=Message(CHANGED, good=False))
    return fresh


def _find_index(view: View) -> View:
    """Return the view with the place of the selected agent; the first one if it isn't there."""
    found = view.found
    refs = [entry.ref for entry in found]
    if view.selected in refs:
        return replace(view, index=refs.index(view.selected))
    if not refs:
        return replace(view, index=0)
    return replace(view, selected=refs[0], index=0, start=None, shot=NO_SHOT)


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
