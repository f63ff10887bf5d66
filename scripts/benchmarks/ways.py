"""The ways of following panes that are compared: by taps, by captures, and by another checkout."""

import contextlib
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import psutil
from tests.support.tmux_lab import Lab, wait_for

from .stage import CALM, Stage, open_stage

T = TypeVar("T")
LIVE = "@agent-status-live"
NO_VALUE = "no such value"
"""Every daemon that knows an option refuses it with this."""
BADGES = ("list-panes", "-a", "-F", "#{?@agent-status-pane,1,}")
STOP_S = 30.0
PIPES = ("list-panes", "-a", "-F", "#{?pane_pipe,1,}")


@dataclass(frozen=True)
class Way:
    """A daemon to measure; `name` stands in the names of its figures."""

    name: str = ""
    python: str = sys.executable
    live: str = ""
    """What its option @agent-status-live is; empty for its default."""


DEFAULT = Way()
CAPTURE = Way("capture", live="off")


def name_figure(*words: str) -> str:
    """Return what a figure is called, such as `badge_capture_p95_ms`; empty words are left out."""
    return "_".join(filter(None, words))


def find_ways(against: Path | None) -> tuple[Way, ...]:
    """Return the ways to be measured: the default one first, that of another checkout last."""
    others = (Way("against", find_python(against)),) if against else ()
    return (DEFAULT, CAPTURE, *others) if knows_option(LIVE) else (DEFAULT, *others)


def knows_option(name: str) -> bool:
    """Return whether our daemon has a tmux option: then it says that what we set can't be."""
    with open_stage(1, 0) as stage:
        stage.lab.tmux("set-option", "-g", name, NO_VALUE)
        stage.lab.spawn_daemon()
        answer = wait_for(lambda: _find_status(stage.lab))
        return any(name in problem for problem in answer["problems"])


def share_captures(found: Mapping[str, T]) -> dict[str, T]:
    """Return what was found of each way; a daemon without taps captures by default."""
    own = found[DEFAULT.name]
    return {DEFAULT.name: own, CAPTURE.name: own, **found}


def _find_status(lab: Lab) -> Any:
    """Return what the daemon answers once it has read the options, else None."""
    answer = lab.ask("ping")
    return answer if answer and answer["tick_s"] else None


def find_python(checkout: Path) -> str:
    """Return the Python of a checkout's environment, which is built if need be."""
    own = checkout.absolute() / ".venv" / "bin" / "python"
    if own.exists():
        return str(own)
    bootstrap = str(checkout.absolute() / "scripts" / "bootstrap")
    subprocess.run([bootstrap], check=True)
    words = [bootstrap, "--print-bin"]
    program = subprocess.run(words, stdout=subprocess.PIPE, text=True, check=True).stdout
    return str(Path(program.rstrip("\n")).with_name("python"))


@contextlib.contextmanager
def run_daemon(stage: Stage, way: Way = DEFAULT) -> Iterator[psutil.Process]:
    """Run a daemon; each agent has its badge when it is yielded, and none once it has ended."""
    lab = stage.lab
    lab.tmux("set-option", "-g", LIVE, way.live)
    state = {"XDG_STATE_HOME": str(lab.folder / f"state-{way.name}")}
    words = [way.python, "-m", "agent_status.daemon", lab.inner]
    process = subprocess.Popen(words, env=lab.inside | state, stderr=subprocess.DEVNULL)
    lab.daemons.append(process)
    try:
        wait_for(lambda: lab.tmux(*BADGES).count("1") == len(stage.panes))
        yield psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(STOP_S)
        lab.daemons.remove(process)


def settle_taps(stage: Stage, seconds: float) -> None:
    """Wait that long, and on until no more taps were opened meanwhile."""
    before = -1
    while (tapped := count_tapped(stage)) != before:
        before = tapped
        CALM.wait(seconds)


def count_tapped(stage: Stage) -> int:
    """Return how many panes have a pipe."""
    return stage.lab.tmux(*PIPES).count("1")
