"""The state machine: two tables, and one step that gets the time as an argument."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from agent_status.detect.evidence import is_firm
from agent_status.model import Evidence, State


class Signal(StrEnum):
    """What one observation shows, before time is considered."""

    APPROVAL = "approval"
    QUESTION = "question"
    PLAN = "plan"
    SETUP = "setup"
    ERROR = "error"
    LIMITED = "limited"
    WORKING = "working"
    IDLE = "idle"
    UNKNOWN = "unknown"
    DIALOG = "dialog"
    MENU = "menu"
    RESTING = "resting"
    CHOICES = "choices"
    OPENED = "opened"
    GONE = "gone"


LIVE = (
    State.APPROVAL,
    State.QUESTION,
    State.PLAN,
    State.SETUP,
    State.ERROR,
    State.LIMITED,
    State.UNKNOWN,
    State.WORKING,
    State.IDLE,
    State.NONE,
)
"""The states that a look can lead to."""

_PLAIN = {
    signal: State(signal.value)
    for signal in Signal
    if signal.value in {state.value for state in LIVE}
}

_OPENED = {State.NONE: State.SETUP, State.UNKNOWN: State.SETUP}
"""What the user opened is, where no user has been seen yet: a first-run dialog."""

_CHOICES = {**_OPENED, State.WORKING: State.QUESTION}
"""What looks like a menu is, where the user cannot have opened it: in work, a question."""

_DIALOG = {
    **_CHOICES,
    **dict.fromkeys((State.IDLE, State.ERROR, State.LIMITED), State.SETUP),
}
"""What a dialog is that no rule knows and nobody opened; elsewhere the state is held."""

TRANSITIONS: dict[tuple[State, Signal], State] = {
    **{(state, signal): target for state in LIVE for signal, target in _PLAIN.items()},
    **{(state, Signal.GONE): State.NONE for state in LIVE},
    **{(state, Signal.DIALOG): _DIALOG.get(state, state) for state in LIVE},
    **{(state, Signal.CHOICES): _CHOICES.get(state, state) for state in LIVE},
    **{(state, Signal.OPENED): _OPENED.get(state, state) for state in LIVE},
    **{
        (state, Signal.RESTING): State.IDLE
        if state in {State.NONE, State.UNKNOWN, State.WORKING}
        else state
        for state in LIVE
    },
    **{
        (state, Signal.MENU): State.IDLE if state in {State.NONE, State.UNKNOWN} else state
        for state in LIVE
    },
}
"""Every state and signal to the state that follows, once its hold has passed."""

CALM_S = 0.5
"""A redraw blanks a spinner or a dialog for a frame; the end of work is believed after this."""

BLINK_S = 0.25
"""A dialog that is gone, with the prompt in its place, is believed gone at the next look."""

SETTLED_S = 1.0
"""A failure that is gone is believed gone after this: an agent that leaves clears it, too."""

LOST_S = 2.0
"""A screen that nobody knows is believed after this."""

HOLDS: dict[tuple[State, State], float] = {
    **{(State.WORKING, state): CALM_S for state in (State.IDLE, State.ERROR, State.LIMITED)},
    **{
        (state, State.IDLE): BLINK_S
        for state in (State.APPROVAL, State.QUESTION, State.PLAN, State.SETUP)
    },
    **{(state, State.IDLE): SETTLED_S for state in (State.ERROR, State.LIMITED)},
    **{
        (state, State.UNKNOWN): LOST_S for state in LIVE if state not in {State.NONE, State.UNKNOWN}
    },
}
"""How long a change must be seen without a break before it is published; 0 where absent."""


@dataclass(frozen=True, slots=True)
class Life:
    """A published state and its time, and a pending change that waits for its hold."""

    state: State = State.NONE
    since: float = 0.0
    waiting: State | None = None
    waiting_since: float = 0.0


def advance(life: Life, signal: Signal, now: float, hold_s: float | None = None) -> Life:
    """
    Return the life after `signal` was seen at `now`, in monotonic seconds.

    A held change waits until its hold has passed; any other signal cancels it. `hold_s`
    replaces the table's hold.
    """
    target = TRANSITIONS[life.state, signal]
    if target is life.state:
        return replace(life, waiting=None, waiting_since=0.0) if life.waiting else life
    hold = HOLDS.get((life.state, target), 0.0) if hold_s is None else hold_s
    since = life.waiting_since if life.waiting is target else now
    if now - since >= hold:
        return Life(target, now)
    return replace(life, waiting=target, waiting_since=since)


SHOWN = frozenset({"screen", "title", "motion"})
"""Sources that see the work itself; signals beside the screen may be old."""

COMMAND = "/"
"""How a text begins with which the user may open a menu."""


def find_signal(
    winner: Evidence | None, losers: Sequence[Evidence] = (), typed: Sequence[str] = ()
) -> Signal:
    """
    Return the signal that the heaviest evidence gives; without any, the agent is gone.

    `typed` is what the user had typed into the input box of late: together with work that still
    shows it tells who opened what looks like a menu.
    """
    if winner is None:
        return Signal.GONE
    if winner.state is None:
        return _find_menu(losers, typed)
    if winner.source == "dialog" and winner.state is State.QUESTION:
        return Signal.OPENED if _has_command(typed) else Signal.DIALOG
    if winner.state is State.UNKNOWN and winner.source == "process" and _has_command(typed):
        return Signal.MENU
    return Signal(winner.state.value)


def _find_menu(losers: Sequence[Evidence], typed: Sequence[str]) -> Signal:
    """Return what to make of what looks like a menu; one that puts a question nobody opened."""
    firm = next(filter(is_firm, losers), None)
    if firm and firm.asks and not _has_command(typed):
        return Signal.DIALOG
    if any(map(_rests, losers)):
        return Signal.RESTING
    if firm is None:
        return Signal.MENU
    return Signal.OPENED if _is_opened(losers, typed) else Signal.CHOICES


def _rests(evidence: Evidence) -> bool:
    """Return True if a title that changes with the state says that nothing goes on."""
    return evidence.source == "title" and evidence.state is State.IDLE and evidence.weight > 0


def _is_opened(losers: Sequence[Evidence], typed: Sequence[str]) -> bool:
    """Return True if the user opened a dialog: by a command, or while work still shows."""
    works = any(one.state is State.WORKING and one.source in SHOWN for one in losers)
    return works or _has_command(typed)


def _has_command(typed: Sequence[str]) -> bool:
    return any(text.startswith(COMMAND) for text in typed)
