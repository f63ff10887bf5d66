"""Locks that the kernel releases when their holder ends: daemon, start, pane and journal."""

import contextlib
import fcntl
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from agent_status.paths import make_private

LOCK = "lock"
POLL_INTERVAL_S = 0.05
PANE_TIMEOUT_S = 10.0
"""Longer than any answer takes."""
JOURNAL_TIMEOUT_S = 2.0
JOURNAL_INTERVAL_S = 0.01


class HeldError(Exception):
    """Another process holds the lock."""


class DaemonLock:
    """
    The lock of one daemon per tmux server; it removes its folder at the end.

    A context manager that takes the lock at once, or within `timeout_s`; raises HeldError.
    """

    def __init__(self, folder: Path, timeout_s: float = 0.0) -> None:
        self._folder = folder
        self._timeout_s = timeout_s
        self._handle = -1

    def __enter__(self) -> Self:
        end = time.monotonic() + self._timeout_s
        while not self._try():
            if time.monotonic() >= end:
                raise HeldError(str(self._folder))
            time.sleep(POLL_INTERVAL_S)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if _is_at(self._handle, self._folder / LOCK):
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
        if _is_at(before, self._folder / LOCK):
            return
        if not self._try():
            raise HeldError(str(self._folder))
        os.close(before)

    def _try(self) -> bool:
        """
        Return True if we hold the lock now.

        If it is just being removed it is created again; if another process only tests it, we wait
        briefly.
        """
        while True:
            make_private(self._folder.parent)
            make_private(self._folder)
            try:
                handle = _open_lock(self._folder / LOCK)
            except FileNotFoundError:
                continue
            taken = _flock(handle, fcntl.LOCK_EX)
            if taken and _is_at(handle, self._folder / LOCK):
                self._handle = handle
                return True
            held = not taken and not _flock(handle, fcntl.LOCK_SH)
            os.close(handle)
            if held:
                return False
            if not taken:
                time.sleep(POLL_INTERVAL_S)


def is_held(folder: Path) -> bool:
    """Return True if a process holds the DaemonLock of `folder`."""
    try:
        handle = os.open(folder / LOCK, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return False
    try:
        return not _flock(handle, fcntl.LOCK_SH)
    finally:
        os.close(handle)


def lock_start(folder: Path, timeout_s: float) -> DaemonLock:
    """Return the lock for a start or stop of the daemon with that runtime folder."""
    return DaemonLock(folder.with_name(f"{folder.name}-turn"), timeout_s)


@contextlib.contextmanager
def lock_pane(file: Path, wait: Callable[[float], None]) -> Iterator[bool]:
    """
    Yield True if no other process acts on the pane of this file, after waiting for a while.

    Until an agent has processed a key, its request looks unanswered. If no file can be created,
    every caller gets the lock.
    """
    try:
        handle = _take_pane(file, wait)
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


def _take_pane(file: Path, wait: Callable[[float], None]) -> int | None:
    """Return the open file; None if other processes keep the lock."""
    for _ in range(int(PANE_TIMEOUT_S / POLL_INTERVAL_S)):
        handle = _open_lock(file)
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _is_at(handle, file):
                return handle
        os.close(handle)
        wait(POLL_INTERVAL_S)
    return None


@contextlib.contextmanager
def lock_journal(folder: Path) -> Iterator[None]:
    """
    Keep other processes from creating a journal in `folder`, or setting one aside.

    After JOURNAL_TIMEOUT_S the block runs without the lock. Raises OSError.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        end = time.monotonic() + JOURNAL_TIMEOUT_S
        while not _flock(handle, fcntl.LOCK_EX) and time.monotonic() < end:
            time.sleep(JOURNAL_INTERVAL_S)
        yield
    finally:
        os.close(handle)


def _open_lock(file: Path) -> int:
    flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
    return os.open(file, flags, 0o600)


def _is_at(handle: int, file: Path) -> bool:
    """Return True if `handle` is still the file at the path."""
    try:
        return os.path.samestat(os.fstat(handle), file.stat())
    except OSError:
        return False


def _flock(handle: int, how: int) -> bool:
    """Return True if the file could be locked at once; readers share the lock."""
    try:
        fcntl.flock(handle, how | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
