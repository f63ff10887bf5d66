"""The table of keys: one row for each, in the order of the last line and of the help."""

from dataclasses import replace

from agent_status.chooser.panels import (
    approve_all,
    changes,
    check,
    compare,
    compose,
    diff,
    list_keys,
    log,
    page,
    since,
    snooze,
)
from agent_status.chooser.state.actions import GONE, confirm
from agent_status.chooser.state.key import CANCEL, Key
from agent_status.chooser.state.moves import leave_inner, type_key
from agent_status.chooser.state.view import NO_MESSAGE, Hint, Step, View, refuse

KEYS: tuple[Key, ...] = (
    *list_keys.DECIDE,
    approve_all.KEY,
    compose.REPLY,
    list_keys.REVIEWED,
    changes.KEY,
    diff.KEY,
    check.KEY,
    list_keys.UNREVIEW,
    list_keys.UNDO,
    list_keys.INTERRUPT,
    snooze.KEY,
    page.CONFLICTS,
    compare.KEY,
    compare.MARK,
    list_keys.SCREENS,
    *list_keys.MOVE,
    list_keys.PIN,
    list_keys.MUTE,
    compose.NOTE,
    since.KEY,
    log.KEY,
    log.WHOLE,
    page.EXPLAIN,
    page.REPORT,
    list_keys.HELP,
    list_keys.ESCAPE,
    list_keys.CLOSE,
)

MOUSE = (
    ("click", "select; on the selected agent: jump"),
    ("", "on an option: mark it, again: send it"),
    ("wheel", "move in the list, scroll the rest"),
)

MARKS_HELP = (
    ("danger", "its request is dangerous, or it went too far"),
    ("conflict", "another agent changed the same files"),
    ("pinned", "pinned"),
    ("snoozed", "snoozed"),
    ("muted", "muted"),
    ("note", "there is a note"),
)

HELP = (*((key.shown, key.what) for key in KEYS), *MOUSE)
"""What `?` shows."""

BY_NAME = {name: key for key in KEYS for name in key.names}
"""By Textual's name of the key."""

SHORT = {"Enter": "↵", "D ]": "D"}


def make_hint(key: Key) -> Hint:
    """Return a key as the last line names it."""
    return Hint(SHORT.get(key.shown, key.shown), key.hint, key.names[0])


LAST = (list_keys.HELP, list_keys.CLOSE)
"""They always fit into the last line."""
TAIL = tuple(map(make_hint, LAST))
JUMP, MOVE = make_hint(list_keys.JUMP), Hint("↑↓", "move", "")

FILTER_HINTS = (JUMP, MOVE, Hint("Esc", "show all", "escape"))
LOST_HINTS = (Hint("s", "start the daemon", "s"), TAIL[-1])
PENDING_HINTS = (Hint("y", "yes, send it", "y"), CANCEL)


def find_hints(view: View) -> tuple[Hint, ...]:
    """Return the keys that apply to what is selected, the most useful first."""
    keys = [key for key in KEYS if key.hint and key not in LAST and view.entry and key.when(view)]
    if list_keys.INTERRUPT in keys and list_keys.goes_too_far(view):
        keys.sort(key=lambda key: key not in (list_keys.JUMP, list_keys.INTERRUPT))
    return tuple(
        replace(make_hint(key), shown=key.show_names(view)) if key.show_names else make_hint(key)
        for key in keys
    )


def press(view: View, name: str, character: str = "") -> Step:
    """
    Return what a key makes of the view.

    What is pending has it first, then an open panel, the filter, the table.
    """
    if view.pending:
        return confirm(view, name)
    if view.panel and not view.help:
        return view.panel.press(view, name, character)
    typed = type_key(view, name, character)
    if typed:
        return Step(typed)
    return press_row(view, BY_NAME[name], name) if name in BY_NAME else Step(view)


def press_row(view: View, key: Key, name: str) -> Step:
    """Return what a row of the table makes of the view."""
    if view.help and not key.works_in_help:
        return Step(leave_inner(replace(view, message=NO_MESSAGE)))
    if key.needs_pane and view.entry and not view.entry.ref.is_here:
        return Step(refuse(view, GONE))
    return key.press(view, name)
