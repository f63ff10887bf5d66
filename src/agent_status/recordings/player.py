"""Plays a recording in a pane as if its agent ran there."""

import os
import sys
import termios
import time
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from agent_status.agents.registry import Registry
from agent_status.detect.identify import find_agent
from agent_status.recordings.replay import parse_command
from agent_status.terminal.asciicast import Event, Recording, parse_processes
from agent_status.tmux.client import Tmux, TmuxError

HINT = "@agent-status-agent"
"""The pane option by which a user, or `play`, says which agent runs in a pane."""

RESTORE = "\x1b[?1049l\x1b[?1000;1002;1003;1004;1006;2004;2026;2031l\x1b[<u\x1b[>4m\x1b[?25h\x1b[m"
"""Undoes the modes that an agent may have left set."""

MAX_WAIT_S = 3600.0


@contextmanager
def take_terminal() -> Iterator[None]:
    """Switch the terminal to raw mode and discard typed keys, until the block ends."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        yield
        return
    saved = termios.tcgetattr(sys.stdin)
    tty.setcbreak(sys.stdin)
    raw = termios.tcgetattr(sys.stdout)
    raw[1] &= ~termios.OPOST
    termios.tcsetattr(sys.stdout, termios.TCSADRAIN, raw)
    try:
        yield
    finally:
        termios.tcflush(sys.stdin, termios.TCIFLUSH)
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, saved)


def write_bytes(data: bytes) -> None:
    """Write all of `data` to the terminal."""
    while data:
        data = data[os.write(sys.stdout.fileno(), data) :]


def play(recording: Recording, registry: Registry, name: Callable[[str], None]) -> None:
    """
    Play `recording` at its own speed; call `name` with the agent's kind when it changes.

    The kind is empty while no agent runs.
    """
    started = time.monotonic()
    kind = _find_kind(Event(0.0, "p", ""), registry, recording.command)
    name(kind)
    for event in recording.read_events():
        wait_s = event.at - (time.monotonic() - started)
        if wait_s > 0:
            time.sleep(min(wait_s, MAX_WAIT_S))
        if event.code == "o":
            write_bytes(event.data.encode("utf-8", "replace"))
        elif event.code == "p":
            found = _find_kind(event, registry, "")
            if found != kind:
                kind = found
                name(kind)


def _find_kind(event: Event, registry: Registry, command: str) -> str:
    tree = parse_command(command) if command else parse_processes(event.data)
    found = find_agent(tree, registry.agents)
    return found[0].kind if found else ""


def name_in_tmux(kind: str) -> None:
    """Set the pane's option to this kind of agent; does nothing outside tmux or on errors."""
    pane, socket = os.environ.get("TMUX_PANE", ""), os.environ.get("TMUX", "").split(",")[0]
    if not pane or not socket:
        return
    change = ("-u", HINT) if not kind else (HINT, kind)
    try:
        Tmux(socket).run(("set-option", "-p", "-t", pane, *change))
    except TmuxError:
        return
