"""The panes that are watched, and what each tick teaches about them."""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Protocol

from agent_status.model import (
    NO_AGENT,
    Capture,
    Found,
    Pane,
    PaneId,
    Process,
    Screen,
    Sighting,
    State,
    Status,
)
from agent_status.sense.checkout import BranchReader
from agent_status.sense.probe import Look, Tick, find_stamp, make_capture
from agent_status.sense.processes import ProcessReader

PROCESSES_S = 2.0
"""Between two looks at the processes, while nothing says that one has begun or ended."""


class Watch(Protocol):
    """What `pipeline.PaneWatch` does for a pane."""

    def paint(self, capture: Capture, at: float) -> None: ...
    def see_processes(self, processes: tuple[Process, ...], at: float) -> None: ...
    def see_hint(self, kind: str) -> None: ...
    def acknowledge(self, at: float) -> None: ...
    def status(self, at: float) -> Status: ...
    def find(self, at: float) -> Found: ...
    @property
    def screen(self) -> Screen: ...


WatchFactory = Callable[[int, int, float], Watch]
"""Makes the watch of a new pane, from its width, height, and the time in monotonic seconds."""


@dataclass(slots=True)
class _Watched:
    pane: Pane
    watch: Watch
    status: Status = NO_AGENT
    capture: Capture | None = None
    stamp: str = ""
    hint: str = ""
    tree: tuple[Process, ...] | None = None
    fault: str = ""


class Watches:
    """All panes of one server. Times are monotonic seconds, but for `looked_at` in Unix seconds."""

    def __init__(self, make_watch: WatchFactory, log: logging.LoggerAdapter[logging.Logger]) -> None:
        self._make_watch = make_watch
        self._log = log
        self._watched: dict[PaneId, _Watched] = {}
        self._reader = ProcessReader()
        self._branches = BranchReader()
        self._processes_at = float("-inf")
        self.moved_at = float("-inf")
        """When last something moved that an agent could be behind."""

    @property
    def panes(self) -> int:
        """How many panes there are."""
        return len(self._watched)

    def list_looks(self) -> tuple[Look, ...]:
        """Return the panes with an agent, each with what would be different after a change."""
        return tuple(
            Look(pane, one.stamp) for pane, one in self._watched.items() if _is_candidate(one)
        )

    def take(self, tick: Tick, now: float, looked_at: float) -> None:
        """Take what a tick told that was sent at `looked_at`."""
        panes = {pane.id: pane for pane in tick.panes if not pane.dead}
        if panes.keys() != self._watched.keys():
            self.moved_at = now
        for gone in self._watched.keys() - panes.keys():
            del self._watched[gone]
        for pane in panes.values():
            one = self._watched.get(pane.id) or self._open(pane, now)
            self._notice_program(one, pane, now)
            one.pane = pane
            hint = tick.hints.get(pane.id, "")
            self._guard(one, now, lambda one=one, hint=hint: _hint(one, hint))  # type: ignore[misc]
            self._paint(one, tick, now, looked_at)

    def read_processes(self, now: float) -> None:
        """Look at the processes below the panes, if it is time to."""
        if now - self._processes_at < PROCESSES_S:
            return
        self._processes_at = now
        roots = {one.pane.pid: one for one in self._watched.values() if one.pane.pid}
        for pid, tree in self._reader.read_trees(roots, now).items():
            one = roots[pid]
            if tree != one.tree:
                one.tree = tree
                self._guard(one, now, lambda one=one, tree=tree: one.watch.see_processes(tree, now))  # type: ignore[misc]

    def decide(self, now: float) -> tuple[Sighting, ...]:
        """Return the panes that hold an agent, each with its status at `now`, in no order."""
        for one in self._watched.values():
            self._guard(one, now, lambda one=one: self._decide(one, now))  # type: ignore[misc]
        return tuple(
            Sighting(one.pane, one.status, self._branches.read_branch(one.pane.folder, now))
            for one in self._watched.values()
            if one.status.agent
        )
