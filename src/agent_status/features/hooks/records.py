"""Records of installed hooks and of what was there before: one small private file each."""

import json
import os
import zlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from agent_status.features.hooks.files import MAX_BYTES
from agent_status.features.hooks.parts import Before
from agent_status.files import read_bounded, replace_file
from agent_status.paths import make_private


@dataclass(frozen=True, slots=True)
class Record:
    """
    Record of an agent's hooks below `folder`.

    `made` is True if we created the file, `folders` are the folders we created, outermost first,
    and `before` is what the file contained, None if unknown. `blank` is the text of a file that was
    empty.
    """

    kind: str
    folder: str
    made: bool = False
    folders: tuple[str, ...] = ()
    before: Before | None = None
    blank: str | None = None


def read_records(folder: Path) -> tuple[Record, ...]:
    """Return all readable records in `folder`."""
    try:
        paths = sorted(folder.glob("*.json"))
    except OSError:
        return ()
    found = (_read(path) for path in paths)
    return tuple(record for record in found if record)


def keep_record(folder: Path, record: Record) -> None:
    """Write `record`, replacing an older one of the same settings."""
    folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    make_private(folder)
    with replace_file(_find_path(folder, record), durable=True) as file:
        file.write(json.dumps(asdict(record)).encode())


def forget_record(folder: Path, record: Record) -> None:
    """Delete the record of these settings, and the folder after the last one."""
    _find_path(folder, record).unlink(missing_ok=True)
    with suppress(OSError):
        folder.rmdir()


def _find_path(folder: Path, record: Record) -> Path:
    return folder / f"{record.kind}-{zlib.crc32(os.fsencode(record.folder)):08x}.json"


def _read(path: Path) -> Record | None:
    try:
        if path.is_symlink():
            return None
        found: Any = json.loads(read_bounded(path, MAX_BYTES))
        record = Record(
            kind=str(found["kind"]),
            folder=str(found["folder"]),
            made=found["made"] is True,
            folders=tuple(str(one) for one in found["folders"]),
            before=_read_before(found["before"]),
            blank=None if found["blank"] is None else str(found["blank"]),
        )
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return None
    return record if Path(record.folder).is_absolute() else None


def _read_before(found: Any) -> Before | None:
    if not isinstance(found, Mapping):
        return None
    return {str(path): str(inside) for path, inside in found.items()}
