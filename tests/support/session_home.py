"""A home folder in which agents run and keep their session files."""

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any


class Home:
    """A home with an agent that runs below it, and nothing else."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.work = folder / "work.d"
        self.work.mkdir()
        self.agents: list[subprocess.Popen[bytes]] = []

    def start(self, **env: str) -> int:
        """Start a process that does nothing, in the work folder; return its id."""
        script = (
            "import os; held = os.environ.get('HELD'); file = held and open(held);"
            "print(flush=True); input()"
        )
        agent = subprocess.Popen(
            [sys.executable, "-c", script],
            cwd=self.work,
            env={"HOME": str(self.folder), **env},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert agent.stdout
        agent.stdout.readline()
        self.agents.append(agent)
        return agent.pid

    def write(self, name: str, *records: Any) -> Path:
        """Write a file of lines, whole."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(json.dumps(record) + "\n" for record in records))
        return path

    @property
    def slug(self) -> str:
        """The work folder as folders are named after it."""
        return "".join(char if char.isalnum() else "-" for char in str(self.work))


@contextlib.contextmanager
def open_home(folder: Path) -> Iterator[Home]:
    """Yield a home below `folder`; its agents end with the block."""
    home = Home(folder)
    try:
        yield home
    finally:
        for agent in home.agents:
            agent.communicate(b"\n")
