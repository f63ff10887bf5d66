"""The run: players, a daemon beside them, what it compared, and what that cost."""

import contextlib
import json
import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from typing import Any

import psutil
from tests.support.tmux_lab import CALM, Lab, wait_for

from agent_status.agents.registry import Registry
from agent_status.errors import AgentStatusError
from agent_status.protocol.client import DaemonClient
from agent_status.recordings.accuracy.trial import list_recordings, read_registry
from agent_status.terminal.asciicast import open_recording
from livechecking.player import Player
from livechecking.report import list_rows, print_differences, print_states

STEP_S = 0.01
SCAN_S = 1.0
DAEMON = (
    "import sys; from agent_status.daemon.run import run; "
    "sys.exit(run(sys.argv[1], float(sys.argv[2])))"
)
"""The real daemon, which compares more often than a user's."""


@dataclass(frozen=True)
class Plan:
    """What to play, and how."""

    folders: Sequence[Path]
    minutes: float
    panes: int
    check_s: float
    late_s: float = 0.0
    seed: int = 1
    with_states: bool = False


@dataclass
class Stage:
    """A private tmux with the daemon, and all that plays there."""

    lab: Lab
    daemon: psutil.Process
    players: dict[str, Player] = field(default_factory=dict)
    """By their panes, also those that are over."""
    playing: list[Player] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)

    def read_counts(self) -> dict[str, int]:
        """Return what the daemon has compared until now."""
        return dict((self.lab.ask("ping") or {}).get("live_check") or {})

    def scan(self) -> None:
        """Print the differences that are new."""
        folder = Path(self.lab.env["XDG_STATE_HOME"]) / "agent-status" / "differences"
        for path in sorted(folder.glob("*.cast")):
            if path.name not in self.seen:
                self.seen.add(path.name)
                with contextlib.suppress(OSError, ValueError):
                    self._print(json.loads(path.read_text("utf-8").splitlines()[0]))

    def _print(self, head: dict[str, Any]) -> None:
        player = self.players.get(head["difference"]["pane"])
        if player:
            at = head["timestamp"] - player.began
            print_differences(player.name, at, list_rows(head))


def run_check(plan: Plan) -> float:
    """Play for some minutes; print what differs, and return the share of equal rows in %."""
    names = cycle(_shuffle(list_recordings(plan.folders), plan.seed))
    registry = read_registry()
    with open_stage(plan) as stage:
        threading.Thread(target=_watch, args=(stage,), daemon=True).start()
        began, cpu = time.monotonic(), read_cpu(stage.daemon)
        end, serial, scanned = began + 60 * plan.minutes, 0, began
        while stage.playing or time.monotonic() < end:
            while len(stage.playing) < plan.panes and time.monotonic() < end:
                serial += 1
                _start(stage, next(names), registry, serial, plan.late_s)
            _step(stage)
            if time.monotonic() - scanned >= SCAN_S:
                scanned = time.monotonic()
                stage.scan()
            CALM.wait(STEP_S)
        stage.scan()
        passed = time.monotonic() - began
        counts = stage.read_counts()
        share = print_counts(counts, stage, passed, read_cpu(stage.daemon) - cpu)
        players = list(stage.players.values())
    if plan.with_states:
        print_states(players, registry)
    return share


def print_counts(counts: dict[str, int], stage: Stage, passed: float, cpu_s: float) -> float:
    """Print what was compared and what it cost; return the share of equal rows in %."""
    rows = counts.get("rows", 0)
    share = 100 * counts.get("equal_rows", 0) / max(1, rows)
    played = sum((one.ended_at or one.began_at) - one.began_at for one in stage.players.values())
    print(f"{share:.4f} % of {rows} rows equal; {counts}")
    print(f"{len(stage.players)} recordings, {played / 3600:.2f} h of playing in {passed:.0f} s")
    print(f"daemon and reader: {cpu_s:.1f} s of CPU, {100 * cpu_s / passed:.2f} % of a core")
    print(f"daemon: {stage.daemon.memory_info().rss / 1e6:.1f} MB")
    return share


def read_cpu(daemon: psutil.Process) -> float:
    """Return the seconds that a daemon and its reader have used."""
    total = 0.0
    for one in (daemon, *daemon.children()):
        with contextlib.suppress(psutil.NoSuchProcess):
            times = one.cpu_times()
            total += times.user + times.system
    return total


@contextlib.contextmanager
def open_stage(plan: Plan) -> Iterator[Stage]:
    """Yield a private tmux with a daemon; both are ended."""
    lab = Lab()
    try:
        for name in ("XDG_RUNTIME_DIR", "XDG_STATE_HOME", "XDG_CONFIG_HOME", "HOME"):
            os.environ[name] = lab.env[name]
        lab.start(command="exec cat")
        lab.tmux("set-option", "-g", "status", "off")
        lab.tmux("set-option", "-g", "@agent-status-live", "on")
        words = [sys.executable, "-c", DAEMON, lab.inner, str(plan.check_s)]
        process = subprocess.Popen(words, env=lab.inside, stderr=subprocess.PIPE)
        lab.daemons.append(process)
        wait_for(lambda: lab.ask("ping"))
        yield Stage(lab, psutil.Process(process.pid))
    finally:
        lab.close()


def find_kind(path: Path, registry: Registry) -> str:
    """Return the kind of the agent in a recording, by the name of its folder; empty if unknown."""
    kinds = sorted((one.kind for one in registry.agents), key=len, reverse=True)
    folder = path.parent.name
    return next((one for one in kinds if folder == one or folder.startswith(f"{one}-")), "")


def _shuffle(paths: list[Path], seed: int) -> list[Path]:
    random.Random(seed).shuffle(paths)  # noqa: S311
    return paths


def _start(stage: Stage, path: Path, registry: Registry, serial: int, late_s: float) -> None:
    kind = find_kind(path, registry)
    if kind:
        player = Player(stage.lab, open_recording(path), kind, serial, late_s)
        stage.players[player.pane] = player
        stage.playing.append(player)


def _step(stage: Stage) -> None:
    for player in tuple(stage.playing):
        player.step(time.monotonic())
        if player.is_over:
            stage.playing.remove(player)
            player.close()


def _watch(stage: Stage) -> None:
    """Take what the daemon says until it ends; an agent that it has found begins to play."""
    with contextlib.suppress(AgentStatusError, OSError), DaemonClient.open(stage.lab.inner) as one:
        for report in one.watch():
            now = time.monotonic()
            for row in report.agents:
                player = stage.players.get(row.ref.pane)
                if player:
                    player.note(row.state.value, now)
                    player.begin()
