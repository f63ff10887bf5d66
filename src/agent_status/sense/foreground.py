"""Whether a program has its terminal's keyboard: one that was suspended has not."""

import os

from agent_status.sense.systems import HERE, find_system


def has_keyboard(pid: int, platform: str = HERE) -> bool:
    """Return whether `pid` lives and is in the foreground of its terminal; True if untold."""
    try:
        group = os.getpgid(pid)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return find_system(platform).read_foreground(pid) in {None, group}
