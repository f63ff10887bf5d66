"""A thread that reads agents' session files, so that no slow disk ever stops the daemon."""

import logging
import queue
import threading
import time
from collections.abc import Callable, Mapping, Sequence

from agent_status.agents.session_records import SessionFacts
from agent_status.features.sessions.reader import SessionReader, Target, resolve_ages
from agent_status.model import PaneId
from agent_status.system.log import format_error

READ_S = 1.0
"""Between two looks at the files."""


class Sessions:
    """
    Gives targets to the thread, and takes what it read; at most one look is under way.

    A disk that does not answer leaves the last readings in force; the thread ends with the daemon.
    """

    def __init__(self, log: logging.Logger, clock: Callable[[], float] = time.time) -> None:
        self._log = log
        self._clock = clock
        self._wanted: queue.SimpleQueue[tuple[Target, ...] | None] = queue.SimpleQueue()
        self._read: queue.SimpleQueue[Mapping[PaneId, SessionFacts]] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._asked_at = float("-inf")
        self._busy = False

    def is_due(self, now: float) -> bool:
        """Return whether `ask` would begin a new look, at `now` in monotonic seconds."""
        return not self._busy and now - self._asked_at >= READ_S

    def ask(self, targets: Sequence[Target], now: float) -> None:
        """Begin a look at the files of `targets`, if there is a thread to be had."""
        self._asked_at = now
        if self._thread is None:
            thread = threading.Thread(target=self._work, name="sessions", daemon=True)
            try:
                thread.start()
            except RuntimeError:
                return
            self._thread = thread
        self._busy = True
        self._wanted.put(tuple(targets))

    def take(self, now: float) -> Mapping[PaneId, SessionFacts] | None:
        """Return what the last look found, once; None while there is nothing new."""
        if not self._busy:
            return None
        try:
            found = self._read.get_nowait()
        except queue.Empty:
            return None
        self._busy = False
        clock = self._clock()
        return {pane: resolve_ages(reading, clock, now) for pane, reading in found.items()}

    def close(self) -> None:
        """End the thread once its look is over; it is not waited for. Idempotent."""
        if self._thread:
            self._wanted.put(None)
            self._thread = None

    def _work(self) -> None:
        reader, fault = SessionReader(), ""
        while (targets := self._wanted.get()) is not None:
            found: Mapping[PaneId, SessionFacts] = {}
            try:
                found = reader.read(targets, self._clock())
            except Exception as error:  # noqa: BLE001  one strange file must not end all reading
                reader, before, fault = SessionReader(), fault, format_error(error)
                if fault != before:
                    self._log.error("session files could not be read: %s", fault)
            self._read.put(found)
