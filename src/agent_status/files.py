"""Files: read within bounds and only if they are plain, written whole or not at all."""

import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from agent_status.paths import make_private

PRIVATE = 0o600
WATCH_INTERVAL_S = 3.0
READ = os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
WRITE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
AnyPath = str | bytes | Path


class UnfitFileError(OSError):
    """A file is not plain, or too large; the text says which."""


@contextmanager
def open_plain(path: AnyPath, flags: int = 0) -> Iterator[BinaryIO]:
    """
    Yield a plain file for reading; anything else may never answer.

    Raises UnfitFileError, another OSError, or ValueError for what can't be a path.
    """
    handle = os.open(path, READ | flags)
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            message = "it is not a plain file"
            raise UnfitFileError(message)
        yield file


def read_bounded(path: AnyPath, max_bytes: int) -> bytes:
    """Return all that a plain file holds; see `open_plain`."""
    with open_plain(path) as file:
        data = file.read(max_bytes + 1)
    if len(data) > max_bytes:
        message = f"larger than {max_bytes} bytes"
        raise UnfitFileError(message)
    return data


def read_end(path: AnyPath, max_bytes: int) -> bytes:
    """Return the last bytes of a plain file; empty if it can't be read."""
    with suppress(OSError, ValueError), open_plain(path) as file:
        file.seek(max(0, os.fstat(file.fileno()).st_size - max_bytes))
        return file.read(max_bytes)
    return b""


def read_stamp(path: Path) -> tuple[int, ...]:
    """Return what differs once a file is another or was written to; empty if there is none."""
    with suppress(OSError, ValueError):
        found = path.stat()
        return (found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino)
    return ()


class FileWatch:
    """
    Whether files changed, found by their stamps at most every WATCH_INTERVAL_S.

    `read_stamps` returns what differs once one of the files is another. Times are monotonic.
    """

    def __init__(self, read_stamps: Callable[[], object]) -> None:
        self._read_stamps = read_stamps
        self._stamps = read_stamps()
        self._read_at = float("-inf")

    def has_changed(self, now: float) -> bool:
        """Return whether they changed since the last time that this was true."""
        if now - self._read_at < WATCH_INTERVAL_S:
            return False
        self._read_at = now
        before, self._stamps = self._stamps, self._read_stamps()
        return self._stamps != before


@contextmanager
def replace_file(
    path: Path, mode: int = PRIVATE, *, prefix: str = ".", durable: bool = False
) -> Iterator[BinaryIO]:
    """
    Yield a file that takes the place of `path` at the end, unless the block raises.

    A reader finds the old content or the new, never a part. If `durable`, the new content is on
    the disk before it is found. Raises OSError.
    """
    draft = path.with_name(f"{prefix}{path.name}.{os.urandom(4).hex()}")
    handle = os.open(draft, WRITE, PRIVATE)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            os.fchmod(handle, mode)
            if durable:
                file.flush()
                os.fsync(handle)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def write_private(file: Path, text: str) -> None:
    """Put `text` in the place of what `file` holds, in a folder of mode 0700; raise OSError."""
    make_private(file.parent)
    with replace_file(file) as target:
        target.write(text.encode())
