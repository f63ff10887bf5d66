"""Whether a program has its terminal's keyboard: one that was suspended or has ended has not."""

import os
from enum import Enum

from agent_status.system.platforms import HERE, find_system


class Keyboard(Enum):
    """Where the keyboard of a program's terminal is."""

    HELD = "held"
    """The program has it, or nothing tells that it has not."""
    TAKEN = "taken"
    """The program lives, and another one has it."""
    ENDED = "ended"
    """The program is no more."""


def find_keyboard(pid: int, platform: str = HERE) -> Keyboard:
    """Return True if `pid` lives and is in the foreground of its terminal; HELD if untold."""
    try:
        group = os.getpgid(pid)
    except ProcessLookupError:
        return Keyboard.ENDED
    except OSError:
        return Keyboard.HELD
    foreground = find_system(platform).read_foreground(pid)
    return Keyboard.HELD if foreground in {None, group} else Keyboard.TAKEN
