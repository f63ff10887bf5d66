"""
Ends our options from within tmux after the daemon died, without running a program.

The daemon sends a heartbeat every few seconds: it renews a hidden variable of tmux's and starts a
timer. A timer whose heartbeat is still the last one runs the commands in another variable. No
heartbeat writes an option, because tmux would redraw every client.
"""

from collections.abc import Iterable

from agent_status.tmux.client import quote

BEAT_S = 4.5
"""Between two beats, at least; ticks are up to 5 s apart."""
EXPIRE_S = 12
"""After the last beat the options end."""
LATE_S = EXPIRE_S - 2.0
"""Without a beat for so long, they may have ended by the time that the next one arrives."""
REVIVE_S = 48
"""After that the daemon is started again: at most once a minute, should it die every time."""
STOPPED = "agent-status: stopped"
"""What the summary says then."""

_BEAT = "AGENT_STATUS_BEAT"
_END = "AGENT_STATUS_END"
"""The commands to come once no beat does."""
_IS_LAST = f"##{{==:##{{{_BEAT}}},#{{{_BEAT}}}}}"
"""Compares the beat at the timer's end with that at its start, when tmux expands it first."""
START_TIMER = (
    f"run-shell -bC -d {EXPIRE_S} "
    f"""'if-shell -F "{_IS_LAST}" {{ run-shell -bC "##{{{_END}}}" }}'"""
)
"""
Starts a timer that runs the ending unless a beat comes before.

tmux binds it to an attached client and drops it with that: a hook starts another one.
"""
END_BEATS = f"set-environment -gu {_BEAT}\nset-environment -gu {_END}\n"
"""Makes all timers void."""
_HALT = "AGENT_STATUS_STOPPED"
HALTED = f"#{{{_HALT}}}"
"""The format that is not empty once the user has stopped the daemon; nothing starts it then."""
HALT = f"set-environment -gh {_HALT} 1\n"
RESUME = f"set-environment -gu {_HALT}\n"


def render_beat(beat: str) -> str:
    """Return the commands of one heartbeat; `beat` is a new word."""
    return f"set-environment -gh {_BEAT} {quote(beat)}\n{START_TIMER}\n"


def render_ending(commands: Iterable[str], revive: str) -> str:
    """
    Return the command that makes tmux run `commands` when the heartbeat stops.

    `revive` is the shell command that restarts the daemon; empty for no restart.
    """
    shell = quote(revive.replace("#", "##"))  # run-shell expands it as a format
    again = [f"run-shell -b -d {REVIVE_S} {shell}"] if revive else []
    return f"set-environment -gh {_END} {quote(' ; '.join((*commands, *again)))}\n"
