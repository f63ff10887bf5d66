"""Whether a program has the keyboard of its terminal, or is suspended or ended."""

import os
from enum import Enum

from agent_status.system.platforms import HERE, find_system


class Keyboard(Enum):
    """Who has the keyboard of a program's terminal."""

    HELD = "held"
    """The program has it, or nothing tells that it has not."""
    TAKEN = "taken"
    """The program lives, and another one has it."""
    ENDED = "ended"
    """The program is no more."""


def find_keyboard(pid: int, platform: str = HERE) -> Keyboard:
    """Return who has the keyboard of the terminal of `pid`; HELD if unknown."""
    try:
        group = os.getpgid(pid)
    except ProcessLookupError:
        return Keyboard.ENDED
    except OSError:
        return Keyboard.HELD
    foreground = find_system(platform).read_foreground(pid)
    return Keyboard.HELD if foreground in {None, group} else Keyboard.TAKEN
