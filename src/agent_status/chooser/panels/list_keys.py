"""The list's own keys, by what they are for."""

from dataclasses import replace

from agent_status.chooser.panels.compose import note
from agent_status.chooser.state import actions
from agent_status.chooser.state.key import Key, always, does, is_here, moves
from agent_status.chooser.state.moves import MOVES, leave_inner
from agent_status.chooser.state.view import Step, View
from agent_status.model import ASKS, State
from agent_status.model.choice import UnclearError, find_option

INTERRUPTIBLE = frozenset({State.WORKING, State.STUCK, State.UNKNOWN}) | ASKS
NUMBERS = "123456789"
"""The keys that answer with an option."""


def deny(view: View) -> Step:
    """Deny what the selected agent asks; where nothing is asked, write its note."""
    return actions.answer(view, "n") if view.entry and view.entry.ask else note(view)


def escape(view: View, _: str) -> Step:
    """Leave the innermost thing that is open."""
    left = leave_inner(view)
    if left == view and view.marked:
        return Step(replace(view, marked=frozenset()))
    return actions.close(view) if left == view else Step(left)


def means_option(view: View, choice: str) -> bool:
    """Return whether it is clear which option of the selected agent's request is meant."""
    if view.entry is None or view.entry.ask is None:
        return False
    try:
        return bool(find_option(view.entry.ask, choice))
    except UnclearError:
        return False


def list_numbers(view: View) -> str:
    """Return the numbers that mean an option."""
    return "".join(number for number in NUMBERS if means_option(view, number))


def show_numbers(view: View) -> str:
    """Return them as the last line does: `1-3`, or `1,4`."""
    numbers = list_numbers(view)
    row = numbers in NUMBERS
    return f"{numbers[0]}-{numbers[-1]}" if row and len(numbers) > 1 else ",".join(numbers)


def has_result(view: View) -> bool:
    """Return whether the selected agent has a result that was not reviewed."""
    return bool(view.entry and view.entry.has_result)


def is_busy(view: View) -> bool:
    """Return whether there is something to interrupt."""
    return bool(view.entry and view.entry.state in INTERRUPTIBLE)


def goes_too_far(view: View) -> bool:
    """Return whether a fact about the selected agent says that it goes too far."""
    return bool(view.entry and view.entry.has_news)


JUMP = Key(
    ("enter",),
    "Enter",
    "jump to the selected agent",
    lambda view, _: actions.jump(view),
    "jump",
    is_here,
    needs_pane=True,
)
ALLOW = Key(
    ("y",),
    "y",
    "allow the request; twice if dangerous",
    actions.answer,
    "allow",
    lambda view: means_option(view, "y"),
)
DENY = Key(
    ("n",),
    "n",
    "deny the request; else write a note",
    does(deny),
    "deny",
    lambda view: means_option(view, "n"),
)
OPTION = Key(
    tuple(NUMBERS),
    "1-9",
    "answer with that option",
    actions.answer,
    "option",
    lambda view: bool(list_numbers(view)),
    show_names=show_numbers,
)
DECIDE = (JUMP, ALLOW, DENY, OPTION)

REVIEWED = Key(
    ("a",), "a", "mark its changes as reviewed", does(actions.acknowledge), "reviewed", has_result
)
UNREVIEW = Key(("u",), "u", "undo the last review", does(actions.unreview))
UNDO = Key(("z",), "z", "undo the last review, pin, mute, snooze", does(actions.undo))
SCREENS = Key(
    ("w",),
    "w",
    "show screens instead of changes, or back",
    does(actions.toggle_screens),
)
INTERRUPT = Key(
    ("i",),
    "i",
    "interrupt it; asks twice",
    does(actions.interrupt),
    "interrupt",
    is_busy,
    needs_pane=True,
)

MOVE = (
    Key(("up", "k", "ctrl+p"), "↑ k", "up", moves(MOVES["up"])),
    Key(("down", "j", "ctrl+n"), "↓ j", "down", moves(MOVES["down"])),
    Key(("home", "g"), "Home g", "the agent that needs you first", moves(MOVES["first"])),
    Key(("end", "G", "upper_g"), "End G", "the last agent", moves(MOVES["last"])),
    Key(
        ("pageup", "ctrl+b"),
        "PageUp",
        "scroll the question and the screen back",
        lambda view, _: Step(view, pages=-1),
        works_in_help=True,
    ),
    Key(
        ("pagedown", "ctrl+f"),
        "PageDown",
        "scroll them forward",
        lambda view, _: Step(view, pages=1),
        works_in_help=True,
    ),
    Key(
        ("slash",),
        "/",
        "filter: type words, Esc leaves",
        moves(MOVES["filter"]),
        "filter",
        always,
    ),
    Key(
        ("o",),
        "o",
        "group by session, repository, nothing",
        moves(MOVES["group"]),
        "group",
        always,
    ),
)

PIN = Key(
    ("p",),
    "p",
    "pin it to the top, or unpin it",
    does(actions.pin),
    "pin",
    is_here,
    needs_pane=True,
)
MUTE = Key(("m",), "m", "mute or unmute it", does(actions.mute), "mute", is_here, needs_pane=True)

HELP = Key(
    ("question_mark",),
    "?",
    "show or hide these keys",
    moves(MOVES["help"]),
    "keys",
    works_in_help=True,
)
ESCAPE = Key(("escape",), "Esc", "leave what is open, then close", escape, works_in_help=True)
CLOSE = Key(
    ("q", "ctrl+c", "ctrl+q"),
    "q",
    "close",
    lambda view, _: actions.close(view),
    "close",
    works_in_help=True,
)
