"""A private tmux with a daemon, and panes in which stand-in agents run below stand-in shells."""

import contextlib
import json
import os
import shlex
import shutil
import sys
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tests.support.tmux_lab import Lab

from agent_status.actions.context import OpenContext, open_context
from agent_status.model import PaneId
from agent_status.model.ref import AgentRef
from agent_status.protocol.messages import Inspect
from agent_status.protocol.rows import ReportedAsk

HERE = Path(__file__).parent
OWN = ("HOME", "XDG_RUNTIME_DIR", "XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME")
HOME = sys.base_prefix
"""Where a copy of Python finds the rest of itself; each bears the name of what it stands for."""
SIZES = ((100, 34), (84, 28))
TIMEOUT_S = 20.0
STEP_S = 0.05

Step = tuple[float, str, Any]
"""Milliseconds from now, an action of the agent's, and its argument."""


@dataclass
class Actor:
    """A pane with an agent, which asks the request `name`: `command`."""

    lab: Lab
    folder: Path
    pane: PaneId
    name: str = ""
    command: str = ""
    read: int = 0
    """Bytes of its log that were read."""

    @property
    def ref(self) -> AgentRef:
        """What names it to our own code."""
        return AgentRef(pane=self.pane)

    def begin(self, name: str, command: str) -> None:
        """Say what it is to ask when it starts again."""
        self.name, self.command = name, command
        request = {"id": name, "command": command}
        (self.folder / "next").write_text(json.dumps(request))

    def order(self, *steps: Step) -> None:
        """Tell it what to do; nothing if it is not there just now."""
        with contextlib.suppress(OSError):
            pipe = os.open(self.folder / "pipe", os.O_WRONLY | os.O_NONBLOCK)
            os.write(pipe, (json.dumps(steps) + "\n").encode())
            os.close(pipe)

    def read_events(self) -> list[dict[str, Any]]:
        """Return what is new in its log."""
        data = (self.folder / "log").read_bytes()[self.read :]
        self.read += len(data)
        return [json.loads(line) for line in data.decode().splitlines()]


@dataclass
class World:
    """All of it; `close` ends every process that was started."""

    lab: Lab = field(default_factory=Lab)
    actors: list[Actor] = field(default_factory=list)
    serial: int = 0
    size: int = 0

    def open(self, count: int) -> OpenContext:
        """Start everything, with so many agents; return the desk from which they are answered."""
        os.environ.update({name: self.lab.env[name] for name in OWN})
        width, height = SIZES[self.size]
        self.lab.start(width=width, height=height)
        self.actors = [self._add(self.lab.folder / f"actor{i}") for i in range(count)]
        self.lab.spawn_daemon()
        return open_context(self.lab.inner, "key-safety")

    def _add(self, folder: Path) -> Actor:
        folder.mkdir()
        (folder / "log").touch()
        os.mkfifo(folder / "pipe")
        for name in ("claude", "bash"):
            shutil.copy(Path(sys.executable).resolve(), folder / name)
        actor = Actor(self.lab, folder, PaneId(""))
        actor.begin(*self.make_request())
        agent = (folder / "claude", "-S", HERE / "agent.py", folder / "log", folder / "pipe")
        shell = (folder / "bash", "-S", HERE / "shell.py", folder / "log", folder / "next")
        program = shlex.join(map(str, (*shell, *agent)))
        words = (
            "new-window",
            "-d",
            "-P",
            "-F",
            "#{pane_id}",
            f"PYTHONHOME={shlex.quote(str(HOME))} exec {program}",
        )
        return replace(actor, pane=PaneId(self.lab.tmux(*words).strip()))

    def make_request(self) -> tuple[str, str]:
        """Return the name and the command of a request that there never was."""
        self.serial += 1
        return f"request {self.serial}", f"make part{self.serial}x"

    def settle(self, actor: Actor, desk: OpenContext) -> str:
        """Make it ask something new; return its fingerprint once it is in sight."""
        actor.begin(*self.make_request())
        end = time.monotonic() + TIMEOUT_S
        while time.monotonic() < end:
            self._leave_mode(actor)
            actor.order(
                (0, "spin", False), (0, "ask", {"id": actor.name, "command": actor.command})
            )
            time.sleep(STEP_S)
            ask = find_ask(desk, actor)
            if ask and ask.command == actor.command:
                actor.read_events()
                return ask.fingerprint
        message = f"{actor.pane} never asked {actor.command}"
        raise TimeoutError(message)

    def _leave_mode(self, actor: Actor) -> None:
        mode = self.lab.tmux("display-message", "-pt", actor.pane, "#{pane_in_mode}")
        if mode.strip() == "1":
            self.lab.tmux("send-keys", "-t", actor.pane, "-X", "cancel")

    def scroll(self, actor: Actor) -> None:
        """Begin copy mode."""
        self.lab.tmux("copy-mode", "-t", actor.pane)

    def resize(self, actor: Actor) -> None:
        """Give the window another size."""
        self.size = 1 - self.size
        width, height = map(str, SIZES[self.size])
        self.lab.tmux("resize-window", "-t", actor.pane, "-x", width, "-y", height)


def find_ask(desk: OpenContext, actor: Actor) -> ReportedAsk | None:
    """Return what is asked in its pane."""
    seen = desk.daemon.ask(Inspect(actor.ref))
    return seen.ask if seen.agent else None
