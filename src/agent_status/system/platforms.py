"""What differs by platform: one table, one row per system."""

import html
import socket
import struct
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

HERE = sys.platform
"""Python's name for the system that we run on."""
TIMEOUT_S = 1.0
STAT = ("state", "ppid", "pgrp", "session", "tty", "tpgid")
"""The fields of /proc/PID/stat behind the program's name."""
SOL_LOCAL, LOCAL_PEERCRED, LOCAL_PEERPID = 0, 1, 2
"""As macOS numbers them; Python has no names for them."""
APPLESCRIPT = (
    "on run argv",
    "display notification (item 2 of argv) with title (item 1 of argv)",
    "end run",
)
"""Texts come in as arguments, and never become part of the script."""


@dataclass(frozen=True, slots=True)
class Question:
    """A socket option that identifies the peer, its answer's layout, and which number counts."""

    level: int
    option: int
    answer: struct.Struct
    place: int


@dataclass(frozen=True, slots=True)
class Desktop:
    """The program that shows notifications on a system, and its arguments."""

    program: str
    write: Callable[[str, str], list[str]]


@dataclass(frozen=True, slots=True)
class System:
    """How to read a system, and how it shows notifications."""

    read_foreground: Callable[[int], int | None]
    """Returns the process group that has the keyboard of a process's terminal, if known."""
    desktop: Desktop
    peer_uid: Question | None = None
    """None where nobody tells which user is at the other end of a socket."""
    peer_pid: Question | None = None
    """None where nobody tells which process that is."""


def find_system(platform: str = HERE) -> System:
    """Return the row of a system, by Python's name for it."""
    return SYSTEMS.get(platform, OTHER)


def read_stat(pid: int) -> int | None:
    """Return the foreground process group of the terminal of `pid`, from Linux's /proc."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace")
    except OSError:
        return ask_ps(pid)
    fields = stat.rpartition(")")[2].split()
    return _parse_group(fields[STAT.index("tpgid")]) if len(fields) > len(STAT) else None


def ask_ps(pid: int) -> int | None:
    """Return the same from `ps`, on systems without /proc."""
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
    return _parse_group(done.stdout.strip())


def _parse_group(text: str) -> int | None:
    """Return a process group; a missing one is -1 on Linux and 0 elsewhere."""
    return int(text) if text.isascii() and text.isdigit() and int(text) > 0 else None


def _write_applescript(title: str, body: str) -> list[str]:
    script = [word for line in APPLESCRIPT for word in ("-e", line)]
    return [*script, "--", title, body]


def _write_freedesktop(title: str, body: str) -> list[str]:
    return ["--app-name=agent-status", "--", title, html.escape(body, quote=False)]


UCRED = (socket.SOL_SOCKET, getattr(socket, "SO_PEERCRED", 17), struct.Struct("3i"))
"""Of Linux: the numbers of process, user and group."""
XUCRED = (SOL_LOCAL, LOCAL_PEERCRED, struct.Struct("IIh2x16I"))
PEERPID = (SOL_LOCAL, LOCAL_PEERPID, struct.Struct("i"))
FREEDESKTOP = Desktop("notify-send", _write_freedesktop)
OTHER = System(ask_ps, FREEDESKTOP)
SYSTEMS: Mapping[str, System] = {
    "linux": System(read_stat, FREEDESKTOP, Question(*UCRED, 1), Question(*UCRED, 0)),
    "darwin": System(
        ask_ps,
        Desktop("osascript", _write_applescript),
        Question(*XUCRED, 1),
        Question(*PEERPID, 0),
    ),
}
"""By Python's names for them; all others have OTHER's ways."""
