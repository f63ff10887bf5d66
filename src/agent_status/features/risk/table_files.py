"""The files of the risk tables: the packaged one, and the user's own."""

import hashlib
from contextlib import suppress
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from agent_status.files import read_bounded, read_stamp, write_private
from agent_status.model import Problem

MAX_BYTES = 256 * 1024
NAME = "risk.toml"
CONFIRMED = "risk-confirmed"
"""In the state folder: the SHA-256 of the table that the user confirmed."""

Tables = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class RiskFiles:
    """(File name, text) of each table, and the problems of reading them."""

    tables: Tables
    problems: tuple[Problem, ...] = ()
    digest: str = ""
    """SHA-256 of the user's table; empty where there is none."""
    changed_at: float = 0.0
    """When that was written, in Unix seconds."""
    is_confirmed: bool = False
    """True if the user confirmed exactly this table."""


def read_risk_files(config: Path, state: Path | None = None) -> RiskFiles:
    """Return the tables, and whether the user confirmed their own, as recorded in `state`."""
    packaged = files("agent_status.features.risk") / "programs.toml"
    ours = (packaged.name, packaged.read_text("utf-8"))
    path = config / NAME
    try:
        data = read_bounded(path, MAX_BYTES)
        changed_at = path.stat().st_mtime
        text = data.decode("utf-8")
    except FileNotFoundError:
        return RiskFiles((ours,))
    except (OSError, ValueError) as error:
        return RiskFiles((ours,), (Problem(str(path), str(error), "correct or remove it"),))
    digest = hashlib.sha256(data).hexdigest()
    confirmed = state is not None and _read_confirmed(state) == digest
    return RiskFiles((ours, (str(path), text)), (), digest, changed_at, confirmed)


def confirm(state: Path, digest: str) -> None:
    """Record in `state` that the user confirmed the table with this digest; raise OSError."""
    write_private(state / CONFIRMED, f"{digest}\n")


def read_stamps(config: Path, state: Path) -> tuple[tuple[int, ...], ...]:
    """Return a value that changes with the table or its confirmation; never raises."""
    return tuple(read_stamp(path) for path in (config / NAME, state / CONFIRMED))


def _read_confirmed(state: Path) -> str:
    with suppress(OSError, ValueError):
        return read_bounded(state / CONFIRMED, MAX_BYTES).decode("ascii").strip()
    return ""
