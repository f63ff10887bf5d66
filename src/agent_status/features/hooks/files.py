"""Settings files of other programs: read, backed up, and replaced atomically."""

import os
import stat
import time
from dataclasses import dataclass
from pathlib import Path

from agent_status.features.hooks.parts import SettingsError
from agent_status.files import PRIVATE, read_bounded, replace_file

MAX_BYTES = 1024 * 1024
MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"
"""What some editors put before a file's text."""


@dataclass(frozen=True, slots=True)
class Settings:
    """
    A file as read: the path its program uses, and the file behind its links.

    `text` has no byte order mark; `mode` is None if the file doesn't exist.
    """

    path: Path
    real: Path
    text: str = ""
    data: bytes = b""
    mode: int | None = None

    @property
    def exists(self) -> bool:
        """True if the file exists."""
        return self.mode is not None


def read_settings(path: Path) -> Settings:
    """Return the file at `path`; raise SettingsError if it can't be edited, or OSError."""
    real = Path(os.path.realpath(path))  # before Python 3.13 `resolve` has another error for a loop
    try:
        found = real.stat()
    except FileNotFoundError:
        refuse_dangling(path)
        return Settings(path, real)
    if not stat.S_ISREG(found.st_mode) or found.st_uid != os.getuid():
        message = "it is not a file of yours"
        raise SettingsError(message)
    data = read_bounded(real, MAX_BYTES)
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        message = "it is not UTF-8"
        raise SettingsError(message) from error
    return Settings(path, real, text.removeprefix(MARK), data, stat.S_IMODE(found.st_mode))


def refuse_dangling(path: Path) -> None:
    """Raise SettingsError if `path` contains a dangling link."""
    for part in (*reversed(path.parents), path):
        if part.is_symlink() and not part.exists():
            name = "it" if part == path else part
            message = f"{name} is a link to {part.readlink()}, which does not exist"
            raise SettingsError(message)


def write_settings(settings: Settings, text: str | None) -> None:
    """
    Replace the file's content with `text` atomically; mode and links are kept.

    None deletes the file. Raises SettingsError if it changed since it was read.
    """
    _refuse_changed(settings)
    if text is None:
        settings.real.unlink(missing_ok=True)
        return
    mark = MARK if settings.data.startswith(MARK.encode()) else ""
    mode = PRIVATE if settings.mode is None else settings.mode
    with replace_file(settings.real, mode, durable=True) as draft:
        draft.write((mark + text).encode())
        _refuse_changed(settings)


def list_kept(path: Path) -> tuple[Path, ...]:
    """Return the backups of the file at `path`, newest first."""
    found = [
        one for one in path.parent.iterdir() if one.name.startswith(f"{path.name}.agent-status-")
    ]
    return tuple(sorted(found, reverse=True))


def _refuse_changed(settings: Settings) -> None:
    """Raise SettingsError if the file has changed since it was read."""
    if read_settings(settings.path).data != settings.data:
        message = "it was changed at the same time: try again"
        raise SettingsError(message)


def keep_copy(settings: Settings) -> None:
    """Write a private backup beside the file."""
    stamp = time.strftime("%Y%m%d-%H%M%S")
    for count in range(100):
        name = f"{settings.path.name}.agent-status-{stamp}-{count:02}.bak"
        try:
            _create_file(settings.path.with_name(name), settings.data)
        except FileExistsError:
            continue
        return
    message = "its folder is full of what was kept of it"
    raise SettingsError(message)


def _create_file(path: Path, data: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(handle)
