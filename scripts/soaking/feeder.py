"""One thread that fills the pipes of all players, at their pace, and never waits for a reader."""

import heapq
import itertools
import os
import threading
import time
from collections import deque
from collections.abc import Iterable

STEP_S = 0.02


class Feeder:
    """Writes to non-blocking descriptors; what a stopped tmux does not take waits its turn."""

    def __init__(self) -> None:
        self._order = itertools.count()
        self._due: list[tuple[float, int, int, int, bytes]] = []
        self._waiting: dict[int, deque[bytes]] = {}
        self._rounds: dict[int, int] = {}
        self._gate = threading.Lock()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def play(self, end: int, before: bytes, steps: Iterable[tuple[float, bytes]]) -> None:
        """Print `before` now and the steps at their time; what was under way is forgotten."""
        now = time.monotonic()
        with self._gate:
            number = self._rounds[end] = self._rounds.get(end, 0) + 1
            self._waiting.setdefault(end, deque()).append(before)
            for at, data in steps:
                heapq.heappush(self._due, (now + at, next(self._order), end, number, data))

    def is_busy(self, end: int) -> bool:
        """Return whether anything is still to be printed there."""
        with self._gate:
            number = self._rounds.get(end, 0)
            due = any(one[2] == end and one[3] == number for one in self._due)
            return due or bool(self._waiting.get(end))

    def drop(self, end: int) -> None:
        """Close a descriptor. Idempotent."""
        with self._gate:
            self._rounds[end] = self._rounds.get(end, 0) + 1
            if self._waiting.pop(end, None) is not None:
                os.close(end)

    def close(self) -> None:
        """End the thread and close everything. Idempotent."""
        self._over.set()
        self._thread.join()
        for end in list(self._waiting):
            self.drop(end)

    def _run(self) -> None:
        while not self._over.wait(STEP_S):
            with self._gate:
                self._take_due(time.monotonic())
                for end, pieces in self._waiting.items():
                    _write(end, pieces)

    def _take_due(self, now: float) -> None:
        while self._due and self._due[0][0] <= now:
            _, _, end, number, data = heapq.heappop(self._due)
            if number == self._rounds.get(end) and end in self._waiting:
                self._waiting[end].append(data)


def _write(end: int, pieces: deque[bytes]) -> None:
    try:
        while pieces:
            sent = os.write(end, pieces[0])
            if sent == len(pieces[0]):
                pieces.popleft()
            else:
                pieces[0] = pieces[0][sent:]
    except OSError:
        return
