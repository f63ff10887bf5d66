"""
What tmux itself does once the daemon has died: our options end, without a program being run.

The daemon beats every few seconds: it renews a hidden variable of tmux's and starts a timer. A
timer whose beat is still the last one ends the options. No beat writes an option, as tmux would
redraw every client for that.
"""

from collections.abc import Iterable

from agent_status.sense.tmux import quote

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
_TIMER = "AGENT_STATUS_TIMER"
START_TIMER = f"run-shell -bC '#{{{_TIMER}}}'"
"""
Starts the timer of the last beat, if there is one.

tmux binds a timer to an attached client and drops it with that: a hook starts it again.
"""
END_BEATS = f"set-environment -gu {_BEAT}\nset-environment -gu {_TIMER}\n"
"""Makes all timers void."""
_HALT = "AGENT_STATUS_STOPPED"
HALTED = f"#{{{_HALT}}}"
"""The format that is not empty once the user has stopped the daemon; nothing starts it then."""
HALT = f"set-environment -gh {_HALT} 1\n"
RESUME = f"set-environment -gu {_HALT}\n"


def render_beat(beat: str, ending: Iterable[str], revive: str) -> str:
    """
    Return the commands of one beat; `beat` is a word that is new, `ending` the commands to come.

    `revive` is the shell's command that starts the daemon again; with an empty one nothing does.
    """
    again = [f"run-shell -b -d {REVIVE_S} {_keep(revive)}"] if revive else []
    commands = " ; ".join((*ending, *again))
    expire = f"if-shell -F '#{{==:#{{{_BEAT}}},{beat}}}' {{ {commands} }}"
    timer = f"run-shell -bC -d {EXPIRE_S} {_keep(expire)}"
    variables = {_BEAT: beat, _TIMER: timer}
    lines = [f"set-environment -gh {name} {quote(text)}" for name, text in variables.items()]
    return "".join(f"{line}\n" for line in (*lines, START_TIMER))


def _keep(command: str) -> str:
    """Return a word that `run-shell`, which takes it for a format, leaves as `command`."""
    return quote(command.replace("#", "##"))
