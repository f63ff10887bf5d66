"""The keys of the chooser: what each is called, shown as, and does."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Key:
    """Keys with one effect. A printable one types itself while the user filters."""

    names: tuple[str, ...]
    """As Textual calls them."""
    shown: str
    what: str
    action: str
    """The chooser's method is `do_` and this."""


KEYS = (
    Key(("enter",), "Enter", "jump to the selected agent", "jump"),
    Key(("up", "k", "ctrl+p"), "↑ k", "up", "up"),
    Key(("down", "j", "ctrl+n"), "↓ j", "down", "down"),
    Key(("home", "g"), "Home g", "the agent that needs you first", "first"),
    Key(("end", "G", "upper_g"), "End G", "the last agent", "last"),
    Key(("pageup", "ctrl+b"), "PageUp", "scroll the question and the screen back", "page_up"),
    Key(("pagedown", "ctrl+f"), "PageDown", "scroll them forward", "page_down"),
    Key(("slash",), "/", "filter: type words, Esc leaves", "filter"),
    Key(("s",), "s", "start the daemon, when it is not running", "start"),
    Key(("question_mark",), "?", "show or hide these keys", "help"),
    Key(("escape",), "Esc", "leave the filter or these keys, then close", "escape"),
    Key(("q", "ctrl+c", "ctrl+q"), "q", "close", "close"),
)

MOUSE = (
    ("click", "select; on the selected agent: jump"),
    ("wheel", "move in the list, scroll the screen"),
)

HELP = (*((key.shown, key.what) for key in KEYS), *MOUSE)
"""What `?` shows."""

Hints = tuple[tuple[str, str], ...]

FOOTER: Hints = (("↵", "jump"), ("↑↓", "move"), ("/", "filter"), ("?", "keys"), ("q", "close"))
"""The last line, from the left, as many as fit."""

FILTER_FOOTER: Hints = (("↵", "jump"), ("↑↓", "move"), ("Esc", "show all"))

EMPTY_FOOTER: Hints = (("?", "keys"), ("q", "close"))

LOST_FOOTER: Hints = (("s", "start the daemon"), ("q", "close"))

ACTIONS = {name: key.action for key in KEYS for name in key.names}
"""By Textual's name of the key."""
