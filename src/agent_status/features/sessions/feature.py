"""What is learnt about agents beside their screens: session files, processor time, tmux's word."""

import logging
import math
from collections.abc import Iterable, Sequence
from typing import Protocol

from agent_status.agents.session_records import NO_FACTS, SessionFacts
from agent_status.agents.session_schema import SessionFile
from agent_status.detect.stall import REPEATS, Limits
from agent_status.features.sessions.reader import Target
from agent_status.features.sessions.worker import Sessions
from agent_status.model import Pane, Process, State, Status
from agent_status.options import Options
from agent_status.system.processes import read_cpu_s

MAX_CHAIN = 4
"""Processes that may stand between an agent's first one and the one that works."""


class Listener(Protocol):
    """The part of a watch that takes what is known beside the screen."""

    @property
    def session_files(self) -> tuple[SessionFile, ...]:
        """The files that the agent keeps about its session."""

    @property
    def tools(self) -> tuple[int, ...]:
        """The processes of the commands that the agent runs now."""

    def see_file(self, reading: SessionFacts, at: float) -> None:
        """Take what the session files say."""

    def see_cpu(self, cpu_s: float, at: float) -> None:
        """Take the processor time of the tools."""

    def see_report(self, report: str, at: float) -> None:
        """Take what the program reports of itself."""

    def see_messages(self, progress: str, at: float, *, rang: bool) -> None:
        """Take tmux's word for progress and bell."""

    def take_limits(self, limits: Limits) -> None:
        """Take the user's word for when work is stuck."""


class Subject(Protocol):
    """A pane of the daemon's, as far as it matters here."""

    pane: Pane
    status: Status
    tree: tuple[Process, ...]
    reading: SessionFacts
    said: tuple[str, bool, str]
    """What tmux said last of its progress and bell."""

    @property
    def watch(self) -> Listener | None:
        """What takes the facts; None before the pane was looked at."""


class SessionFiles:
    """All of it for the panes of one server; nothing here waits for a disk."""

    def __init__(self, log: logging.Logger) -> None:
        self._sessions = Sessions(log)
        self._on = True
        self._limits = Limits()

    def take_options(self, options: Options, watched: Iterable[Subject]) -> None:
        """Take the options, for the panes that there are and for those to come."""
        after_s = options.stuck_after * 60
        self._limits = Limits(after_s, math.inf if math.isinf(after_s) else REPEATS)
        self._on = options.read_transcripts
        for one in watched:
            if one.watch:
                one.watch.take_limits(self._limits)

    def begin(self, watch: Listener) -> None:
        """Tell a new watch what holds for all."""
        watch.take_limits(self._limits)

    def read(self, watched: Sequence[Subject], now: float) -> None:
        """Take what was read in the session files, and have them read again when it is time."""
        found = self._sessions.take(now)
        if found is not None or not self._on:
            for one in watched:
                reading = (found or {}).get(one.pane.id, NO_FACTS) if self._on else NO_FACTS
                if one.watch and reading != one.reading:
                    one.reading = reading
                    one.watch.see_file(reading, now)
        if self._on and self._sessions.is_due(now):
            targets = tuple(target for target in map(_find_target, watched) if target)
            if targets or any(one.reading is not NO_FACTS for one in watched):
                self._sessions.ask(targets, now)

    def tell(self, one: Subject, watch: Listener, now: float, *, looked: bool) -> None:
        """Tell a watch what tmux says; and, where its processes were `looked` at, of their time."""
        said = (one.pane.progress, one.pane.rang, one.pane.report)
        if said != one.said:
            watch.see_messages(one.pane.progress, now, rang=one.pane.rang and not one.said[1])
            watch.see_report(one.pane.report, now)
            one.said = said
        if looked and watch.tools and one.status.state in {State.WORKING, State.STUCK}:
            watch.see_cpu(read_cpu_s(watch.tools), now)

    def close(self) -> None:
        """End the thread. Idempotent."""
        self._sessions.close()


def _find_target(one: Subject) -> Target | None:
    agent, watch = one.status.agent, one.watch
    if agent is None or agent.pid is None or watch is None or not watch.session_files:
        return None
    pids = tuple(find_process_chain(one.tree, agent.pid))
    return Target(one.pane.id, agent.kind, pids, watch.session_files)


def find_process_chain(tree: Sequence[Process], pid: int) -> list[int]:
    """Return `pid`, and the only process below it, and so on: a launcher waits for its program."""
    pids = [pid]
    while len(pids) < MAX_CHAIN:
        below = [process.pid for process in tree if process.ppid == pids[-1]]
        if len(below) != 1 or below[0] in pids:
            break
        pids += below
    return pids
