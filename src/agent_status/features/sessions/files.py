"""Session files: found by a bounded search, and read in pieces."""

import fnmatch
import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from agent_status.files import open_plain

PIECE = 64 * 1024
"""Bytes that are read of a file at once."""

MAX_LINE = 1024 * 1024
"""A longer line is passed over."""

MAX_BACKLOG = 1024 * 1024
"""Of what was written before a file is read, or since the last time, only the end is read."""

MAX_BYTES = 1024 * 1024
"""Bytes of a file that must be read as a whole; a larger one says nothing."""

MAX_ENTRIES = 2000
"""Entries of folders that one search looks at."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """A value that changes when a file is written or replaced."""

    device: int
    inode: int
    size: int
    written_ns: int

    @property
    def written_at(self) -> float:
        """Time of the last write, in Unix seconds."""
        return self.written_ns / 1e9


def read_stamp(path: str) -> Stamp | None:
    """Return the stamp of a regular file of the user's; None for anything else."""
    try:
        return _make_stamp(Path(path).stat())
    except (OSError, ValueError):
        return None


def _make_stamp(found: os.stat_result) -> Stamp | None:
    if not stat.S_ISREG(found.st_mode) or found.st_uid != os.getuid():
        return None
    return Stamp(found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)


def read_piece(path: str, start: int, length: int) -> bytes | None:
    """Return up to `length` bytes from `start`; None if it isn't a regular file of the user's."""
    if read_stamp(path) is None:
        return None
    with suppress(OSError, ValueError), open_plain(path) as file:
        handle = file.fileno()
        return os.pread(handle, length, start) if _make_stamp(os.fstat(handle)) else None
    return None


@dataclass(slots=True)
class Tail:
    """A growing file of lines: head and end are read first, then only new lines."""

    path: str
    stamp: Stamp | None = None
    begun: int = 0
    """Grows each time the file is read from its beginning again: it was replaced or cut."""
    _offset: int = 0
    _rest: bytes = b""
    _passing: bool = False

    @property
    def behind(self) -> bool:
        """True if there is more to read."""
        return self.stamp is not None and self._offset < self.stamp.size

    def read(self) -> tuple[bytes, ...]:
        """Return the new complete lines, at most a piece of them."""
        found = read_stamp(self.path)
        if found == self.stamp and not self.behind:
            return ()
        before, self.stamp = self.stamp, found
        if found is None:
            return ()
        if before is None or _is_other(before, found) or found.size < self._offset:
            self._offset, self._rest, self._passing = 0, b"", False
            self.begun += 1
        elif found.size - self._offset > MAX_BACKLOG:
            self._offset, self._rest, self._passing = found.size - MAX_BACKLOG, b"", True
        data = read_piece(self.path, self._offset, PIECE)
        if data is None:
            self.stamp = None
            return ()
        self._offset += len(data)
        return self._split(data)

    def _split(self, data: bytes) -> tuple[bytes, ...]:
        *lines, self._rest = (self._rest + data).split(b"\n")
        if lines and self._passing:
            lines, self._passing = lines[1:], False
        if len(self._rest) > MAX_LINE:
            self._rest, self._passing = b"", True
        return tuple(lines)


def _is_other(before: Stamp, now: Stamp) -> bool:
    return (before.device, before.inode) != (now.device, now.inode)


@dataclass(slots=True)
class Document:
    """A small file that is written as a whole, maybe in several steps."""

    path: str
    stamp: Stamp | None = None
    begun: int = 0
    _taken: bool = False

    @property
    def behind(self) -> bool:
        """True if it was incomplete when last read."""
        return self.stamp is not None and not self._taken

    def read(self) -> tuple[bytes, ...]:
        """Return the whole file if it was written since the last time, or incomplete then."""
        found = read_stamp(self.path)
        if found == self.stamp and self._taken:
            return ()
        self.stamp, self._taken = found, False
        if found is None or found.size > MAX_BYTES:
            self._taken = True
            return ()
        data = read_piece(self.path, 0, MAX_BYTES)
        return (data,) if data else ()

    def take(self) -> None:
        """Mark what was read as complete."""
        self._taken = True


@dataclass(slots=True)
class Folder:
    """A folder of small files, one record each, ordered by name."""

    path: str
    stamp: Stamp | None = None
    begun: int = 0
    behind: bool = field(default=False, init=False)
    _last: str = ""

    def read(self) -> tuple[bytes, ...]:
        """Return the new files, by name; at first only the oldest and the newest few."""
        names = [name for name in find_files(self.path) if name > self._last]
        if not names:
            return ()
        if len(names) > 16:  # noqa: PLR2004
            names = [*(names[:4] if not self._last else ()), *names[-12:]]
        self._last = names[-1]
        self.stamp = read_stamp(names[-1])
        self.begun = 1
        found = (read_piece(name, 0, PIECE) for name in names)
        return tuple(data for data in found if data)


def find_files(pattern: str) -> list[str]:
    """
    Return the paths that match an absolute `pattern`, in order; `*` doesn't match `/`.

    In each folder, the names that sort last are read first, up to MAX_ENTRIES in all, so that years
    of sessions cost no more than the last few.
    """
    budget = [MAX_ENTRIES]
    return sorted(_find_below("/", pattern.strip("/").split("/"), budget))


def _find_below(folder: str, parts: list[str], budget: list[int]) -> Iterator[str]:
    if not parts:
        yield folder
        return
    for name in _list_names(folder, parts[0], budget):
        yield from _find_below(f"{folder.rstrip('/')}/{name}", parts[1:], budget)


def _list_names(folder: str, part: str, budget: list[int]) -> list[str]:
    if not any(mark in part for mark in "*?["):
        return [part]
    names: list[str] = []
    with suppress(OSError, ValueError), os.scandir(folder) as entries:
        for entry in entries:
            budget[0] -= 1
            if budget[0] < 0:
                break
            names.append(entry.name)
    wanted = [name for name in names if fnmatch.fnmatchcase(name, part) and "\n" not in name]
    return sorted(wanted, reverse=True)
