"""Panes whose agents print what a test says, watched by a daemon that taps them."""

import contextlib
import os
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent_status.errors import RefusedError
from tests.support.tmux_lab import Lab, wait_for

RULE = "─" * 40
BOX = f"{RULE}\n❯\N{NO-BREAK SPACE}\n{RULE}\n  ? for shortcuts\n"
WORK = f"● Bash(make)\n\n✻ Baking… (4s · esc to interrupt)\n\n{BOX}"
ASK = f"""\
● Bash(rm -rf build)
{RULE}
 Bash command

   rm -rf build

 Do you want to proceed?
 ❯ 1. Yes
   2. No

 Esc to cancel · Tab to amend
"""
EMULATED, CAPTURED, RINGS = "followed  emulate\n", "followed  capture", "followed  ring"
"""How `explain` says that a pane is followed."""


def draw(text: str) -> bytes:
    """Return the bytes that paint a whole screen."""
    return f"\x1b[H\x1b[2J{text}".replace("\n", "\r\n").encode()


@dataclass
class Actor:
    """A pane in which an agent prints what it is given."""

    lab: Lab
    pane: str
    pipe: Path
    descriptor: int

    def say(self, data: bytes) -> None:
        """Print bytes."""
        while data:
            data = data[os.write(self.descriptor, data) :]

    def show(self, text: str) -> None:
        """Paint a screen."""
        self.say(draw(text))

    def ask(self, form: str) -> str:
        """Return what a format says about the pane."""
        return self.lab.tmux("display-message", "-p", "-t", self.pane, form).strip()

    @property
    def command(self) -> str:
        """What runs in the pane."""
        return f"stty raw -echo; exec cat {shlex.quote(str(self.pipe))}"

    def explain(self) -> str:
        """Return what the daemon explains about the pane; empty if it doesn't know it yet."""
        with contextlib.suppress(RefusedError):
            answer = self.lab.ask("explain", pane=self.pane)
            return str(answer["text"]) if answer else ""
        return ""

    def wait_followed(self, how: str) -> None:
        """Wait until the pane is followed in a way."""
        wait_for(lambda: how in self.explain())

    def wait_state(self, state: str) -> None:
        """Wait until report and badge say a state."""
        wait_for(lambda: find_state(self.lab, self.pane) == state)
        wait_for(lambda: state in self.ask("#{@agent-status-pane}"))


def find_state(lab: Lab, pane: str) -> str | None:
    """Return the state of a pane in the report."""
    agents: list[dict[str, Any]] = (lab.ask("list") or {"agents": []})["agents"]
    return next((one["state"] for one in agents if one["pane"] == pane), None)


def start_actor(lab: Lab) -> Actor:
    """Start the lab's server with one pane, a Claude that works."""
    lab.start(height=24)
    return cast_actor(lab, "%0")


def cast_actor(lab: Lab, pane: str) -> Actor:
    """Let a Claude that works run in a pane."""
    pipe = lab.folder / f"pipe{pane[1:]}"
    os.mkfifo(pipe)
    actor = Actor(lab, pane, pipe, os.open(pipe, os.O_RDWR))
    lab.tmux("set-option", "-p", "-t", pane, "@agent-status-agent", "claude")
    lab.tmux("respawn-pane", "-k", "-t", pane, actor.command)
    actor.show(WORK)
    wait_for(lambda: "Baking" in lab.tmux("capture-pane", "-p", "-t", pane))
    return actor
