"""The keys of the chooser: what each is called, shown as, and does."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from agent_status.chooser.state.actions import find_alike
from agent_status.chooser.state.view import View
from agent_status.model import ASKS, State
from agent_status.model.choice import UnclearError, find_option

BUSY = frozenset({State.WORKING, State.STUCK, State.UNKNOWN}) | ASKS
NUMBERS = "123456789"
"""The keys that answer with an option."""


@dataclass(frozen=True, slots=True)
class Key:
    """Keys with one effect. A printable one types itself while the user filters."""

    names: tuple[str, ...]
    """As Textual calls them."""
    shown: str
    what: str
    action: str
    """One of the tables of actions, or the chooser's method `do_` and this."""
    hint: str = ""
    """The word for it in the last line; without one it is only in the table that `?` shows."""
    when: Callable[[View], bool] = bool
    """Whether the last line names it, once something is selected."""


def means(choice: str) -> Callable[[View], bool]:
    """Return whether it can be told which option `choice` means, as a question to a view."""

    def is_clear(view: View) -> bool:
        if view.entry is None or view.entry.ask is None:
            return False
        try:
            return bool(find_option(view.entry.ask.ask, choice))
        except UnclearError:
            return False

    return is_clear


def offers(view: View) -> bool:
    """Return whether there are options to choose from by a number."""
    return bool(_list_numbers(view))


def is_calm(view: View) -> bool:
    """Return whether the selected agent may be at its prompt."""
    entry = view.entry
    return bool(entry and entry.is_here and not entry.ask and not entry.works)


def has_result(view: View) -> bool:
    """Return whether the selected agent has a result that was not reviewed."""
    return bool(view.entry and view.entry.has_result)


def has_changes(view: View) -> bool:
    """Return whether files changed where the selected agent works."""
    return bool(view.entry and view.entry.changes.files)


def is_busy(view: View) -> bool:
    """Return whether there is something to interrupt."""
    return bool(view.entry and view.entry.state in BUSY)


def has_twins(view: View) -> bool:
    """Return whether another agent asks the same harmless thing."""
    return len(find_alike(view)) > 1


def needs_user(view: View) -> bool:
    """Return whether the selected agent waits for the user."""
    return bool(view.entry and view.entry.needs_you)


def meets_others(view: View) -> bool:
    """Return whether others work where the selected agent does, or change the same files."""
    return bool(view.entry and (view.entry.changes.conflicts or view.entry.changes.shared))


def is_here(view: View) -> bool:
    """Return whether the selected agent has a pane."""
    return bool(view.entry and view.entry.is_here)


def always(_: View) -> bool:
    """Return True."""
    return True


KEYS = (
    Key(("enter",), "Enter", "jump to the selected agent", "jump", "jump", is_here),
    Key(("y",), "y", "allow the request; twice if dangerous", "allow", "allow", means("y")),
    Key(("n",), "n", "deny the request; else write a note", "deny", "deny", means("n")),
    Key(tuple(NUMBERS), "1-9", "answer with that option", "option", "option", offers),
    Key(
        ("A", "upper_a"), "A", "approve all with the same request", "gather", "all alike", has_twins
    ),
    Key(("r",), "r", "reply to an agent at its prompt", "reply", "reply", is_calm),
    Key(("a",), "a", "mark its changes as reviewed", "acknowledge", "reviewed", has_result),
    Key(("d",), "d", "show what it changed", "diff", "diff", has_changes),
    Key(("u",), "u", "undo the last review", "unreview"),
    Key(("i",), "i", "interrupt it; asks twice", "interrupt", "interrupt", is_busy),
    Key(("s",), "s", "snooze it; start a missing daemon", "snooze", "snooze", needs_user),
    Key(("c",), "c", "show who changes the same files", "conflicts", "conflicts", meets_others),
    Key(("up", "k", "ctrl+p"), "↑ k", "up", "up"),
    Key(("down", "j", "ctrl+n"), "↓ j", "down", "down"),
    Key(("home", "g"), "Home g", "the agent that needs you first", "first"),
    Key(("end", "G", "upper_g"), "End G", "the last agent", "last"),
    Key(("pageup", "ctrl+b"), "PageUp", "scroll the question and the screen back", "page_up"),
    Key(("pagedown", "ctrl+f"), "PageDown", "scroll them forward", "page_down"),
    Key(("slash",), "/", "filter: type words, Esc leaves", "filter", "filter", always),
    Key(("o",), "o", "group by session, repository, nothing", "group", "group", always),
    Key(("p",), "p", "pin it to the top, or unpin it", "pin", "pin", is_here),
    Key(("m",), "m", "mute or unmute it", "mute", "mute", is_here),
    Key(("N", "upper_n"), "N", "write a note beside it", "note", "note", is_here),
    Key(("l",), "l", "what was decided about it", "log", "log", always),
    Key(("L", "upper_l"), "L", "what was decided about all", "whole_log"),
    Key(("e",), "e", "explain its state", "explain"),
    Key(("R", "upper_r"), "R", "write a masked report of it", "report"),
    Key(("question_mark",), "?", "show or hide these keys", "help", "keys"),
    Key(("escape",), "Esc", "leave what is open, then close", "escape"),
    Key(("q", "ctrl+c", "ctrl+q"), "q", "close", "close", "close"),
)

MOUSE = (
    ("click", "select; on the selected agent: jump"),
    ("", "on an option: mark it, again: send it"),
    ("wheel", "move in the list, scroll the rest"),
)

MARKS_HELP = (
    ("danger", "its request is dangerous"),
    ("conflict", "another agent changed the same files"),
    ("pinned", "pinned"),
    ("snoozed", "snoozed"),
    ("muted", "muted"),
    ("note", "there is a note"),
)

HELP = (*((key.shown, key.what) for key in KEYS), *MOUSE)
"""What `?` shows."""


@dataclass(frozen=True, slots=True)
class Hint:
    """A key in the last line: what is shown, the word for it, and the key that a click presses."""

    shown: str
    word: str
    key: str


SHORT = {"Enter": "↵"}
LAST = frozenset({"help", "close"})
"""They are named in the last line whatever else fits."""

ACTIONS = {name: key.action for key in KEYS for name in key.names}
"""By Textual's name of the key."""

HINTED = tuple((key, Hint(SHORT.get(key.shown, key.shown), key.hint, key.names[0])) for key in KEYS)
TAIL = tuple(hint for key, hint in HINTED if key.action in LAST)
JUMP, MOVE = Hint("↵", "jump", "enter"), Hint("↑↓", "move", "")
CANCEL = Hint("Esc", "cancel", "escape")

FILTER_HINTS = (JUMP, MOVE, Hint("Esc", "show all", "escape"))
LOST_HINTS = (Hint("s", "start the daemon", "s"), TAIL[-1])
PENDING_HINTS = (Hint("y", "yes, send it", "y"), CANCEL)
NEW_LINE, OLDER = Hint("Alt+↵", "new line", "ctrl+j"), Hint("↑↓", "older replies", "")
LEAVE, BACK = Hint("Esc", "leave", "escape"), Hint("Esc", "back", "escape")
CROWD_HINTS = (Hint("↵", "approve all", "enter"), CANCEL)
LOG_HINTS = (Hint("↑↓", "scroll", ""), BACK)
NAP_HINTS = (
    Hint("5", "5 min", "5"),
    Hint("1", "15 min", "1"),
    Hint("6", "60 min", "6"),
    Hint("c", "until it changes", "c"),
    Hint("w", "wake", "w"),
    CANCEL,
)


def find_hints(view: View) -> tuple[Hint, ...]:
    """Return the keys that apply to what is selected, the most useful first."""
    return tuple(
        replace(hint, shown=_tell_numbers(view)) if key.action == "option" else hint
        for key, hint in HINTED
        if key.hint and key.action not in LAST and view.entry and key.when(view)
    )


def _tell_numbers(view: View) -> str:
    numbers = _list_numbers(view)
    row = numbers in NUMBERS
    return f"{numbers[0]}-{numbers[-1]}" if row and len(numbers) > 1 else ",".join(numbers)


def _list_numbers(view: View) -> str:
    return "".join(number for number in NUMBERS if means(number)(view))
