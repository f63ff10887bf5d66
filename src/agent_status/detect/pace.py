"""How long to wait before looking again; the daemon and `replay` share it."""

QUICK_S = 0.25
WAITING_S = 0.5
CALM_S = 1.0
EMPTY_S = 5.0
LIVE_S = 2.5
"""While every agent is followed by its bytes, only the list of panes can bring news."""

CALM_AFTER_S = 3.0
"""Quiet for this long is calm."""
EMPTY_AFTER_S = 60.0
"""Without an agent, and quiet for this long, only a new program can be of interest."""
ANSWERED_S = 60.0
"""A request is most likely answered so soon: its badge is not to outlive it."""

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


def find_rest(pause_s: float, passed_s: float) -> float:
    """
    Return what is left of a pause of which the tick took `passed_s`.

    Ticks come at even times, but never hurry for it where they take long, as with many agents or
    on a busy machine.
    """
    return max(pause_s - passed_s, min(pause_s, RESTS * passed_s))
