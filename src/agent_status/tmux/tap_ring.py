"""The last bytes of a tapped pane with their times, for a recording or an incident report."""

from collections import deque
from collections.abc import Sequence
from typing import NamedTuple

MAX_RING = 32 * 1024


class Heard(NamedTuple):
    """What came from a pane at a time. Without bytes it is a gap: there, some were lost."""

    number: int
    at: float
    data: bytes


class ByteRing:
    """Keeps the newest bytes, at most `limit` of them. Each reader remembers what it has read."""

    def __init__(self, limit: int = MAX_RING) -> None:
        self._limit = limit
        self._size = 0
        self._count = 0
        self._entries: deque[Heard] = deque()

    def append(self, at: float, data: bytes) -> None:
        """Keep what came at a time; empty for a gap. The oldest entries make room."""
        self._count += 1
        self._entries.append(Heard(self._count, at, data[-self._limit :]))
        self._size += len(self._entries[-1].data)
        while self._size > self._limit:
            self._size -= len(self._entries.popleft().data)

    def read(self, after: int = 0) -> Sequence[Heard]:
        """
        Return what is kept behind that number, oldest first.

        Where the first one's number is not the next, the entries between are gone.
        """
        return [one for one in self._entries if one.number > after]
