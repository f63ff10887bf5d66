"""Reads agents' session files in a thread, so that no slow disk ever stops the daemon."""

import logging
import time
from collections.abc import Callable, Mapping, Sequence

from agent_status.agents.session_records import SessionFacts
from agent_status.features.sessions.reader import SessionReader, Target, resolve_ages
from agent_status.model import PaneId
from agent_status.system.log import format_error
from agent_status.system.workers import WorkerPool

READ_S = 1.0
"""Between two looks at the files."""
KEY = "sessions"


class Sessions:
    """
    Gives targets to a thread, and takes what it read; at most one look is under way.

    A disk that does not answer leaves the last readings in force; the thread ends with the daemon.
    """

    def __init__(self, log: logging.Logger, clock: Callable[[], float] = time.time) -> None:
        self._log = log
        self._clock = clock
        self._pool: WorkerPool[Mapping[PaneId, SessionFacts]] = WorkerPool()
        self._reader = SessionReader()
        self._error = ""
        self._asked_at = float("-inf")

    def is_due(self, now: float) -> bool:
        """Return whether `ask` would begin a new look, at `now` in monotonic seconds."""
        return not self._pool.is_busy(KEY) and now - self._asked_at >= READ_S

    def ask(self, targets: Sequence[Target], now: float) -> None:
        """Begin a look at the files of `targets`, as soon as there is a thread to be had."""
        self._asked_at = now
        wanted = tuple(targets)
        self._pool.submit(KEY, lambda _: self._reader.read(wanted, self._clock()))
        self._pool.begin(now)

    def take(self, now: float) -> Mapping[PaneId, SessionFacts] | None:
        """Return what the last look found, once; None while there is nothing new."""
        done = self._pool.collect(now)
        if not done:
            return None
        _, found = done[0]
        if isinstance(found, BaseException):  # one strange file must not end all reading
            self._reader = SessionReader()
            self._report(format_error(found))
            return {}
        clock = self._clock()
        return {pane: resolve_ages(reading, clock, now) for pane, reading in found.items()}

    def close(self) -> None:
        """Begin no look any more; one that is under way is not waited for. Idempotent."""
        self._pool.close()

    def _report(self, error: str) -> None:
        if error != self._error:
            self._log.error("session files could not be read: %s", error)
        self._error = error
