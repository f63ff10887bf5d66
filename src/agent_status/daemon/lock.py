"""One daemon a tmux server: a lock that the kernel takes back however its holder ends."""

import contextlib
import fcntl
import os
import time
from pathlib import Path
from types import TracebackType
from typing import Self

LOCK = "lock"
STEP_S = 0.05


class HeldError(Exception):
    """Another daemon holds the lock."""


class Lock:
    """A context manager that holds the lock of `folder`, and takes the folder away at its end."""

    def __init__(self, folder: Path, patience_s: float = 0.0) -> None:
        self._folder = folder
        self._patience_s = patience_s
        self._handle = -1

    def __enter__(self) -> Self:
        """Take the lock, waiting for one that is just being left; raise HeldError."""
        end = time.monotonic() + self._patience_s
        while not self._try():
            if time.monotonic() >= end:
                raise HeldError(str(self._folder))
            time.sleep(STEP_S)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        (self._folder / LOCK).unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            self._folder.rmdir()
        os.close(self._handle)

    def _try(self) -> bool:
        """Return whether the lock is ours, and the file still the one that others will find."""
        self._folder.mkdir(mode=0o700, exist_ok=True)
        path = self._folder / LOCK
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.fstat(handle).st_ino == path.stat().st_ino:
                self._handle = handle
                return True
        except OSError:
            pass
        os.close(handle)
        return False


def is_held(folder: Path) -> bool:
    """Return whether a daemon holds the lock of `folder`."""
    try:
        handle = os.open(folder / LOCK, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(handle)
    return False
