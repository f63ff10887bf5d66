"""A few threads for slow work; a task that never ends doesn't delay the others."""

import threading
import time
from collections import deque
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")
MAX_RUNNING = 3
LOST_S = 60.0
"""Work that takes longer, as on a dead mount, no longer keeps others from beginning."""
MAX_LOST = 16
"""So many threads may hang; then nothing begins before one of them is back."""


@dataclass(frozen=True, slots=True, eq=False)
class _Work(Generic[T]):
    key: Hashable
    do: Callable[[float], T]


class WorkerPool(Generic[T]):
    """Runs tasks by key, one at a time per key. Only the tasks run outside the caller's thread."""

    def __init__(self) -> None:
        self._waiting: deque[_Work[T]] = deque()
        self._running: dict[Hashable, float] = {}
        self._keys: set[Hashable] = set()
        self._done: deque[tuple[Hashable, T | BaseException]] = deque()
        self._threads: list[threading.Thread] = []
        self._closed = False

    def is_busy(self, key: Hashable) -> bool:
        """Return True if a task with this key waits or runs."""
        return key in self._keys

    def submit(self, key: Hashable, do: Callable[[float], T]) -> bool:
        """Queue a task, called with its start time; return False if its key is still in use."""
        if self._closed or key in self._keys:
            return False
        self._keys.add(key)
        self._waiting.append(_Work(key, do))
        return True

    def collect(self, now: float) -> list[tuple[Hashable, T | BaseException]]:
        """Return the finished tasks, and start waiting ones; never blocks."""
        found = []
        while self._done:
            key, outcome = self._done.popleft()
            self._running.pop(key, None)
            self._keys.discard(key)
            found.append((key, outcome))
        self.begin(now)
        return found

    def begin(self, now: float) -> None:
        """Start as many waiting tasks as may run."""
        self._threads = [thread for thread in self._threads if thread.is_alive()]
        lost = sum(now - since > LOST_S for since in self._running.values())
        room = MAX_RUNNING - (len(self._running) - lost) if lost < MAX_LOST else 0
        while self._waiting and room > 0:
            room -= 1
            work = self._waiting[0]
            thread = threading.Thread(
                target=self._run, args=(work, now), name=str(work.key), daemon=True
            )
            try:
                thread.start()
            except RuntimeError:  # there is none to be had: it waits
                return
            self._threads.append(thread)
            self._running[self._waiting.popleft().key] = now

    def close(self, timeout_s: float = 0.0) -> None:
        """Start no more tasks, and wait for running ones for a limited time. Idempotent."""
        self._closed = True
        self._waiting.clear()
        end = time.monotonic() + timeout_s
        for thread in self._threads:
            thread.join(max(0.0, end - time.monotonic()))

    def _run(self, work: _Work[T], now: float) -> None:
        try:
            self._done.append((work.key, work.do(now)))
        except BaseException as error:  # noqa: BLE001  the loop reports it
            self._done.append((work.key, error))
