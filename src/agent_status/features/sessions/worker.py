"""Reads session files in a thread, so that a slow disk never stops the daemon."""

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
COLLECT_S = 0.1
"""Between two looks whether the files were read."""
KEY = "sessions"


class SessionWorker:
    """
    Reads the files of targets in a thread, one read at a time.

    If a disk doesn't answer, the last facts stay; the thread ends with the daemon.
    """

    def __init__(self, log: logging.Logger, clock: Callable[[], float] = time.time) -> None:
        self._log = log
        self._clock = clock
        self._pool: WorkerPool[Mapping[PaneId, SessionFacts]] = WorkerPool()
        self._reader = SessionReader()
        self._error = ""
        self._asked_at = float("-inf")
        self.next_at = float("-inf")
        """When to collect what is being read, or else to request the next read."""

    def is_due(self, now: float) -> bool:
        """Return True if `request` would start a read at `now`, in monotonic seconds."""
        return not self._pool.is_busy(KEY) and now - self._asked_at >= READ_S

    def request(self, targets: Sequence[Target], now: float) -> None:
        """Read the files of `targets` as soon as a thread is free."""
        self._asked_at, self.next_at = now, now + COLLECT_S
        wanted = tuple(targets)
        self._pool.submit(KEY, lambda _: self._reader.read(wanted, self._clock()))
        self._pool.begin(now)

    def collect(self, now: float) -> Mapping[PaneId, SessionFacts] | None:
        """Return the result of the last read, once; None if there is nothing new."""
        done = self._pool.collect(now)
        if not done:
            self.next_at = now + (COLLECT_S if self._pool.is_busy(KEY) else READ_S)
            return None
        self.next_at = max(now, self._asked_at + READ_S)
        _, found = done[0]
        if isinstance(found, BaseException):  # one strange file must not end all reading
            self._reader = SessionReader()
            self._report(format_error(found))
            return {}
        clock = self._clock()
        return {pane: resolve_ages(reading, clock, now) for pane, reading in found.items()}

    def close(self) -> None:
        """Start no more reads, and don't wait for one under way. Idempotent."""
        self._pool.close()

    def _report(self, error: str) -> None:
        if error != self._error:
            self._log.error("session files could not be read: %s", error)
        self._error = error
