"""The tables of what is at stake: the packaged one, and the user's own beside it."""

import hashlib
import os
from contextlib import suppress
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from stat import S_ISREG

from agent_status.files import write_private
from agent_status.model import Problem

MAX_BYTES = 256 * 1024
NAME = "risk.toml"
CONFIRMED = "risk-confirmed"
"""In the state folder: the SHA-256 of the table that the user confirmed."""

Tables = tuple[tuple[str, str], ...]
Look = tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class RiskFiles:
    """What was read: (file name, text) of each table, and what could not be read."""

    tables: Tables
    problems: tuple[Problem, ...] = ()
    digest: str = ""
    """SHA-256 of the user's table; empty where there is none."""
    changed_at: float = 0.0
    """When that was written, in Unix seconds."""
    is_confirmed: bool = False
    """Whether the user confirmed exactly this table."""


def read_stakes(config: Path) -> tuple[Tables, tuple[Problem, ...]]:
    """Return (file name, text) of the packaged table and of `risk.toml` below `config`."""
    found = read_risk_files(config, None)
    return found.tables, found.problems


def read_risk_files(config: Path, state: Path | None) -> RiskFiles:
    """Return the tables, and whether the user's own is the one that was confirmed in `state`."""
    packaged = files("agent_status.features.risk") / "programs.toml"
    ours = (packaged.name, packaged.read_text("utf-8"))
    path = config / NAME
    try:
        data, changed_at = _read_plain(path)
        text = data.decode("utf-8")
    except FileNotFoundError:
        return RiskFiles((ours,))
    except (OSError, ValueError) as error:
        return RiskFiles((ours,), (Problem(str(path), str(error), "correct or remove it"),))
    digest = hashlib.sha256(data).hexdigest()
    confirmed = state is not None and _read_confirmed(state) == digest
    return RiskFiles((ours, (str(path), text)), (), digest, changed_at, confirmed)


def confirm(state: Path, digest: str) -> None:
    """Remember in `state` that the user confirmed the table with this digest; raise OSError."""
    write_private(state / CONFIRMED, f"{digest}\n")


def look_at(config: Path, state: Path) -> Look:
    """Return what differs once the table, or what confirms it, is another; never raises."""
    return tuple(_stat(path) for path in (config / NAME, state / CONFIRMED))


def _read_plain(path: Path) -> tuple[bytes, float]:
    """Return the content of a plain file and when it was written; raise OSError or ValueError."""
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(handle, "rb") as file:
        found = os.fstat(handle)
        data = file.read(MAX_BYTES + 1) if S_ISREG(found.st_mode) else b""
    if not S_ISREG(found.st_mode):
        message = "it is not a plain file"
        raise ValueError(message)
    if len(data) > MAX_BYTES:
        message = f"larger than {MAX_BYTES} bytes"
        raise ValueError(message)
    return data, found.st_mtime


def _read_confirmed(state: Path) -> str:
    with suppress(OSError, ValueError):
        return _read_plain(state / CONFIRMED)[0].decode("ascii").strip()
    return ""


def _stat(path: Path) -> tuple[int, ...]:
    with suppress(OSError, ValueError):
        found = path.stat()
        return (found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino)
    return ()
