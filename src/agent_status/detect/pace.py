"""How long to wait until the next tick; the daemon and `replay` share it."""

from dataclasses import dataclass

QUICK_S = 0.25
WAITING_S = 0.5
CALM_S = 1.0
EMPTY_S = 5.0
RING_PAUSE_S = 1.0
"""While those that are not only show that they work, and are heard as soon as they say more."""
LIVE_S = 2.5
"""While every agent is followed by its bytes, only the list of panes can bring news."""

CALM_AFTER_S = 3.0
"""Quiet for this long is calm."""
EMPTY_AFTER_S = 60.0
"""Without an agent, and quiet for this long, only a new program can be of interest."""
ANSWERED_S = 60.0
"""A request is most likely answered so soon: its badge is not to outlive it."""

READ_S = 0.05
"""Between two times that the bytes of tapped panes are taken, all together."""
LOOK_S = 0.25
"""Between two looks at a pane that has printed lately: time may mean more by now."""

RESTS = 10
"""A tick that took long has a rest of so many times its own length behind it, up to a pause."""


def find_pause(quiet_s: float, agents: int, waiting: int) -> float:
    """
    Return the seconds until the next tick, `quiet_s` after anything last moved in any pane.

    `waiting` is how many of the `agents` wait for an answer.
    """
    if quiet_s < CALM_AFTER_S:
        return QUICK_S
    if waiting and quiet_s < ANSWERED_S:
        return WAITING_S
    if agents or quiet_s < EMPTY_AFTER_S:
        return CALM_S
    return EMPTY_S


@dataclass(frozen=True, slots=True)
class Arrival:
    """The bytes of a pane that were not looked at yet."""

    at: float
    """When the first of them came."""
    is_new: bool
    """True if they may hold words that the screen does not show yet."""


def find_live_look(
    arrival: Arrival | None, looked_at: float, moved_at: float, now: float, *, calm: bool
) -> float:
    """
    Return when the next look at a pane is due that is followed by its bytes; infinite for never.

    `calm` is true of an agent whose screen has shown a moment ago that it works.
    """
    due = float("inf")
    if arrival:
        due = looked_at + LOOK_S if calm and not arrival.is_new else arrival.at
    return min(due, looked_at + LOOK_S) if now - moved_at < CALM_AFTER_S else due


def find_rest(pause_s: float, passed_s: float) -> float:
    """
    Return what is left of a pause after a tick that took `passed_s`.

    Ticks come at even times, but never in a hurry if they take long, as with many agents or on a
    busy machine.
    """
    return max(pause_s - passed_s, min(pause_s, RESTS * passed_s))
