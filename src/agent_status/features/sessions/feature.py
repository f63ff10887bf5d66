"""Facts about agents besides their screens: session files, processor time, tmux messages."""

import logging
import math
from collections.abc import Iterable, Sequence
from typing import Protocol

from agent_status.agents.session_records import NO_FACTS
from agent_status.detect.pane import ObservedPane
from agent_status.detect.stall import REPEATS, Limits
from agent_status.features.sessions.reader import Target
from agent_status.features.sessions.worker import SessionWorker
from agent_status.model import Pane, Process, State, Status
from agent_status.options import Options
from agent_status.system.processes import read_cpu_s

AT_WORK = frozenset({State.WORKING, State.STUCK})
SETTLE_S = 3.0
"""So long after its work has ended, an agent may still write about it."""
MAX_CHAIN = 4
"""Processes that may stand between an agent's first one and the one that works."""


class Subject(Protocol):
    """The part of a daemon's pane that this feature uses."""

    pane: Pane
    status: Status
    tree: tuple[Process, ...]
    messages: tuple[str, bool, str]
    """What tmux said last of its progress, bell and program status."""

    @property
    def observed(self) -> ObservedPane | None:
        """The object that receives the facts; None before the pane was first read."""


class SessionFiles:
    """Session files for all panes of one server; no method waits for a disk."""

    def __init__(self, log: logging.Logger) -> None:
        self._sessions = SessionWorker(log)
        self._on = True
        self._limits = Limits()

    def take_options(self, options: Options, subjects: Iterable[Subject]) -> None:
        """Apply the options to existing panes and to new ones."""
        after_s = options.stuck_after * 60
        self._limits = Limits(after_s, math.inf if math.isinf(after_s) else REPEATS)
        self._on = options.read_transcripts
        for one in subjects:
            if one.observed:
                one.observed.tracker.use_limits(self._limits)

    def begin(self, observed: ObservedPane) -> None:
        """Apply the options to a new pane."""
        observed.tracker.use_limits(self._limits)

    def find_next_read(self, subjects: Iterable[Subject], now: float) -> float:
        """Return when `read` is due although nothing else is: while agents work, else never."""
        if not self._on or not any(_is_working(one.status, now) for one in subjects):
            return math.inf
        return self._sessions.next_at

    def read(self, subjects: Sequence[Subject], now: float) -> bool:
        """
        Distribute what was read from session files, and start the next read when due.

        Return True if the calls of one have changed.
        """
        has_news = False
        found = self._sessions.collect(now)
        observed = {one.pane.id: one.observed for one in subjects if one.observed}
        if found is not None or not self._on:
            for pane, one in observed.items():
                facts = (found or {}).get(pane, NO_FACTS) if self._on else NO_FACTS
                if facts != one.session:
                    has_news = has_news or facts.activity != one.session.activity
                    one.session = facts
        if self._on and self._sessions.is_due(now):
            targets = tuple(target for target in map(_find_target, subjects) if target)
            if targets or any(one.session is not NO_FACTS for one in observed.values()):
                self._sessions.request(targets, now)
        return has_news

    def update(self, one: Subject, observed: ObservedPane, now: float, *, looked: bool) -> None:
        """Add tmux's messages, and the processor time if the processes were `looked` at."""
        messages = (one.pane.progress, one.pane.rang, one.pane.report)
        if messages != one.messages:
            observed.progress, observed.report = one.pane.progress, one.pane.report
            if one.pane.rang and not one.messages[1]:
                observed.rang_at = now
            one.messages = messages
        tools = observed.tracker.tools
        if looked and tools and one.status.state in AT_WORK:
            observed.cpu_s = read_cpu_s(tools)

    def close(self) -> None:
        """End the thread. Idempotent."""
        self._sessions.close()


def _is_working(status: Status, now: float) -> bool:
    return status.agent is not None and (status.state in AT_WORK or now - status.since < SETTLE_S)


def _find_target(one: Subject) -> Target | None:
    agent, files = one.status.agent, one.observed.tracker.session_files if one.observed else ()
    if agent is None or agent.pid is None or not files:
        return None
    return Target(one.pane.id, agent.kind, find_process_chain(one.tree, agent.pid), files)


def find_process_chain(tree: Sequence[Process], pid: int) -> tuple[int, ...]:
    """Return `pid` and its only descendants: a launcher waits for its program."""
    pids = [pid]
    while len(pids) < MAX_CHAIN:
        below = [process.pid for process in tree if process.ppid == pids[-1]]
        if len(below) != 1 or below[0] in pids:
            break
        pids += below
    return tuple(pids)
