"""Whether a program has its terminal's keyboard: one that was suspended has not."""

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

TIMEOUT_S = 1.0
STAT = ("state", "ppid", "pgrp", "session", "tty", "tpgid")
"""The fields of /proc/PID/stat behind the program's name."""


def has_keyboard(pid: int, platform: str = sys.platform) -> bool:
    """Return whether `pid` lives and is in the foreground of its terminal; True if untold."""
    try:
        group = os.getpgid(pid)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    read = READERS.get(platform, ask_ps)
    return read(pid) in {None, group}


def read_stat(pid: int) -> int | None:
    """Return the foreground's process group of the terminal of `pid`, as Linux tells it."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace")
    except OSError:
        return ask_ps(pid)
    fields = stat.rpartition(")")[2].split()
    return _parse(fields[STAT.index("tpgid")]) if len(fields) > len(STAT) else None


def ask_ps(pid: int) -> int | None:
    """Return the same as the system's own tool tells it, where there is no /proc."""
    try:
        done = subprocess.run(
            ["ps", "-o", "tpgid=", "-p", str(pid)],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return _parse(done.stdout.strip())


def _parse(text: str) -> int | None:
    """Return a process group; none is -1 on Linux and 0 elsewhere."""
    return int(text) if text.isascii() and text.isdigit() and int(text) > 0 else None


READERS: Mapping[str, Callable[[int], int | None]] = {"linux": read_stat}
"""By `sys.platform`; all others have `ask_ps`."""
