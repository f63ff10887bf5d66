"""A lock that the kernel takes back however its holder ends: one daemon a tmux server."""

import contextlib
import fcntl
import os
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from agent_status.paths import make_private

LOCK = "lock"
STEP_S = 0.05


class HeldError(Exception):
    """Another process holds the lock."""


class Lock:
    """A context manager that holds the lock of `folder`, and takes the folder away at its end."""

    def __init__(self, folder: Path, patience_s: float = 0.0) -> None:
        self._folder = folder
        self._patience_s = patience_s
        self._handle = -1

    def __enter__(self) -> Self:
        """Take the lock, at once or while the patience lasts; raise HeldError."""
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
        if self._is_there(self._handle):
            (self._folder / LOCK).unlink(missing_ok=True)
            with contextlib.suppress(OSError):
                self._folder.rmdir()
        os.close(self._handle)

    def renew(self) -> None:
        """
        Take the lock again if its folder was removed; raise HeldError if another was quicker.

        Raises OSError where no folder can be made. Idempotent.
        """
        before = self._handle
        if self._is_there(before):
            return
        if not self._try():
            raise HeldError(str(self._folder))
        os.close(before)

    def _try(self) -> bool:
        """
        Return whether the lock is ours now.

        One that is just being removed is made again; if another only reads it, we wait an instant.
        """
        while True:
            try:
                handle = self._open()
            except FileNotFoundError:
                continue
            taken = _flock(handle, fcntl.LOCK_EX)
            if taken and self._is_there(handle):
                self._handle = handle
                return True
            held = not taken and not _flock(handle, fcntl.LOCK_SH)
            os.close(handle)
            if held:
                return False
            if not taken:
                time.sleep(STEP_S)

    def _open(self) -> int:
        """Return the lock's file; raise FileNotFoundError if its folder was just removed."""
        make_private(self._folder.parent)
        make_private(self._folder)
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        return os.open(self._folder / LOCK, flags, 0o600)

    def _is_there(self, handle: int) -> bool:
        """Return whether `handle` is the file that others will find."""
        try:
            return os.path.samestat(os.fstat(handle), (self._folder / LOCK).stat())
        except OSError:
            return False


def is_held(folder: Path) -> bool:
    """Return whether somebody holds the lock of `folder`."""
    try:
        handle = os.open(folder / LOCK, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return False
    try:
        return not _flock(handle, fcntl.LOCK_SH)
    finally:
        os.close(handle)


def _flock(handle: int, how: int) -> bool:
    """Return whether the file could be locked at once: shared by who only looks."""
    try:
        fcntl.flock(handle, how | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
