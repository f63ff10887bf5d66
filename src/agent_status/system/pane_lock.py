"""One hand at a time for each pane: until an agent has taken a key, its screen looks unanswered."""

import contextlib
import fcntl
import os
from collections.abc import Callable, Iterator
from pathlib import Path

STEP_S = 0.05
TIMEOUT_S = 10.0
"""Longer than any answer takes."""


@contextlib.contextmanager
def lock_pane(file: Path, wait: Callable[[float], None]) -> Iterator[bool]:
    """
    Yield whether nobody else has this file's turn, after some patience; it ends with the block.

    The kernel releases it if its holder is killed. If no file can be made, every caller gets it.
    """
    try:
        handle = _take(file, wait)
    except OSError:
        yield True
        return
    if handle is None:
        yield False
        return
    try:
        yield True
    finally:
        file.unlink(missing_ok=True)
        os.close(handle)


def _take(file: Path, wait: Callable[[float], None]) -> int | None:
    """Return the open file; None where others never let go of it."""
    for _ in range(int(TIMEOUT_S / STEP_S)):
        handle = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.fstat(handle).st_ino == file.stat().st_ino:
                return handle
        except (BlockingIOError, FileNotFoundError):
            pass
        os.close(handle)
        wait(STEP_S)
    return None
