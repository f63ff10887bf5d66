"""The ways out to a user who does not look at tmux: desktop, terminal, bell."""

import contextlib
import os
import select
import shutil
import stat
import subprocess
import time

from agent_status.errors import AgentStatusError
from agent_status.system.platforms import HERE, find_system

TIMEOUT_S = 5.0
WRITE_S = 1.0
"""How long a terminal may take to read; after that what is left is dropped."""
MAX_BYTES = 2048
DEVICES = "/dev/"


class NotifyError(AgentStatusError):
    """The user could not be reached that way; the text says why, and how to fix it."""


def find_program(platform: str = HERE) -> str:
    """Return the program that shows notifications here; empty if it is not installed."""
    return shutil.which(find_system(platform).desktop.program) or ""


def send_desktop(title: str, body: str, platform: str = HERE) -> None:
    """Show a notification on the desktop; raise NotifyError. It may take TIMEOUT_S."""
    program = find_program(platform)
    if not program:
        name = find_system(platform).desktop.program
        message = f"{name} is not installed (or: set -g @agent-status-notify-by terminal)"
        raise NotifyError(message)
    words = build_command(program, title, body, platform)
    try:
        done = subprocess.run(
            words, stdin=subprocess.DEVNULL, capture_output=True, timeout=TIMEOUT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        message = f"{program} did not work: {type(error).__name__}"
        raise NotifyError(message) from error
    if done.returncode:
        message = f"{program} failed: {done.stderr.decode('utf-8', 'replace').strip()[:200]}"
        raise NotifyError(message)


def build_command(program: str, title: str, body: str, platform: str) -> list[str]:
    """Return the words that show a notification; nothing in title and body is obeyed."""
    return [program, *find_system(platform).desktop.write(title, body)]


def write_terminal(tty: str, text: str) -> None:
    """
    Write a short text to the terminal of an attached client; raise NotifyError.

    Only to a terminal that is the user's own, and without waiting for one that does not read.
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
    """Write all of it, for half a sequence would swallow what tmux writes next."""
    end = time.monotonic() + WRITE_S
    while data and time.monotonic() < end:
        _, ready, _ = select.select((), (handle,), (), max(0.0, end - time.monotonic()))
        with contextlib.suppress(BlockingIOError):  # somebody else writes to it just now
            data = data[os.write(handle, data) :] if ready else data
    if data:
        message = "it does not read"
        raise OSError(message)
