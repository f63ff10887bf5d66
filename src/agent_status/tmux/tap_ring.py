"""The last bytes of a tapped pane with their times, for a recording or an incident report."""

from collections import deque

MAX_RING = 64 * 1024


class ByteRing:
    """Keeps the newest bytes, at most `limit` of them; a gap is an entry without bytes."""

    def __init__(self, limit: int = MAX_RING) -> None:
        self._limit = limit
        self._size = 0
        self._entries: deque[tuple[float, bytes]] = deque()

    def append(self, at: float, data: bytes) -> None:
        """Keep what came at a time; the oldest entries make room."""
        self._entries.append((at, data[-self._limit :]))
        self._size += len(self._entries[-1][1])
        is_cut = len(data) > self._limit
        while self._size > self._limit:
            self._size -= len(self._entries.popleft()[1])
            is_cut = True
        if is_cut and self._entries[0][1]:
            self._entries.appendleft((self._entries[0][0], b""))

    def append_gap(self, at: float) -> None:
        """Note that bytes were lost at a time."""
        if not self._entries or self._entries[-1][1]:
            self._entries.append((at, b""))

    def take(self) -> tuple[tuple[float, bytes], ...]:
        """Return what came since the last call, oldest first, and forget it."""
        taken = tuple(self._entries)
        self._entries.clear()
        self._size = 0
        return taken
