"""One row of the table of keys: what keys are called, shown as, and do, and when they apply."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from agent_status.chooser.state.view import NO_MESSAGE, Hint, Step, View

Press = Callable[[View, str], Step]
"""What a key makes of the view; it gets its own name."""

CANCEL = Hint("Esc", "cancel", "escape")
BACK = Hint("Esc", "back", "escape")
LEAVE = Hint("Esc", "leave", "escape")
SCROLL = Hint("↑↓", "scroll", "")


def is_here(view: View) -> bool:
    """Return whether the selected agent has a pane."""
    return bool(view.entry and view.entry.ref.is_here)


def always(_: View) -> bool:
    """Return True."""
    return True


@dataclass(frozen=True, slots=True)
class Key:
    """Keys with one effect. A printable one types itself while the user filters."""

    names: tuple[str, ...]
    """As Textual calls them."""
    shown: str
    what: str
    press: Press
    hint: str = ""
    """The word for it in the last line; without one it is only in the table that `?` shows."""
    when: Callable[[View], bool] = bool
    """Whether the last line names it, once something is selected."""
    needs_pane: bool = False
    """True if it does nothing for an agent whose pane is gone."""
    works_in_help: bool = False
    """True if it does the same while the table of keys is shown; any other key closes that."""
    show_names: Callable[[View], str] | None = None
    """What the last line shows instead of `shown`."""


def does(act: Callable[[View], Step]) -> Press:
    """Return what a key does that clears the message of the last one."""
    return lambda view, _: act(replace(view, message=NO_MESSAGE))


def moves(change: Callable[[View], View]) -> Press:
    """Return what a key does that only changes the view."""
    return lambda view, _: Step(change(replace(view, message=NO_MESSAGE)))
