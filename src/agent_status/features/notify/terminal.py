"""Writes directly to the terminal of an attached client."""

import contextlib
import os
import select
import stat
import time

from agent_status.features.notify.message import NotifyError

TIMEOUT_S = 1.0
"""A terminal that takes longer to read loses the rest."""
MAX_BYTES = 2048
DEVICES = "/dev/"


def write_terminal(tty: str, text: str) -> None:
    """
    Write a short text to the terminal of an attached client; raise NotifyError.

    Only to a terminal that the user owns, and without waiting if it doesn't read.
    """
    data = text.encode("utf-8", "replace")[:MAX_BYTES]
    try:
        handle = _open(tty)
        try:
            _check(handle)
            _write(handle, data)
        finally:
            os.close(handle)
    except (OSError, ValueError) as error:
        message = f"{tty} cannot be written to: {error}"
        raise NotifyError(message) from error


def _open(tty: str) -> int:
    if not tty.startswith(DEVICES):
        message = "it is not a device"
        raise OSError(message)
    flags = os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC
    return os.open(tty, flags)


def _check(handle: int) -> None:
    found = os.fstat(handle)
    if not stat.S_ISCHR(found.st_mode) or not os.isatty(handle):
        message = "it is not a terminal"
        raise OSError(message)
    if found.st_uid != os.getuid():
        message = "it is another user's terminal"
        raise OSError(message)


def _write(handle: int, data: bytes) -> None:
    """Write all of it: half a sequence would swallow what tmux writes next."""
    end = time.monotonic() + TIMEOUT_S
    while data and time.monotonic() < end:
        _, ready, _ = select.select((), (handle,), (), max(0.0, end - time.monotonic()))
        with contextlib.suppress(BlockingIOError):  # another program is writing to it
            data = data[os.write(handle, data) :] if ready else data
    if data:
        message = "it does not read"
        raise OSError(message)
