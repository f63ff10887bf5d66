"""What was acknowledged of each agent's work, kept over restarts of the daemon."""

import json
import os
import re
import tempfile
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from agent_status.paths import make_private

MOST_RECORDS = 500
KEPT_S = 30 * 86400.0
"""A pane that was not seen for so long is forgotten."""
MOST_BYTES = 4 * 1024 * 1024
VERSION = 1
UNFIT = (AttributeError, RecursionError, TypeError)
OBJECT = re.compile("[0-9a-f]{40,64}")


@dataclass(frozen=True, slots=True)
class Record:
    """One agent in one checkout; `base` and `origin` are as in a Wish."""

    base: str
    origin: str
    waiting: float = 0.0
    """Since when a result waits to be looked at, in Unix seconds; 0 if none does."""
    seen: float = 0.0
    """When the agent was there last, in Unix seconds, to the day."""


class Ledger:
    """The records of one tmux server, in one file that is written whenever they differ."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._records = _read(file)
        self._trouble = ""

    def find(self, key: str) -> Record | None:
        """Return what is known of an agent."""
        return self._records.get(key)

    def put(self, key: str, record: Record) -> str:
        """
        Keep `record` from now on; nothing is written if it is known.

        Return why the file does not hold it; empty if it does.
        """
        if self._records.get(key) != record:
            self._records[key] = record
            self._trouble = self._write()
        return self._trouble

    def forget_old(self, clock: float) -> None:
        """
        Drop the records that nobody needs at `clock`, in Unix seconds.

        Of a clock that is ahead of all records the newest is believed: it may just be wrong.
        """
        by_age = sorted(self._records.items(), key=lambda pair: -pair[1].seen)
        now = min([clock, *(one.seen for _, one in by_age[:1])])
        young = dict(pair for pair in by_age[:MOST_RECORDS] if now - pair[1].seen <= KEPT_S)
        if young.keys() != self._records.keys():
            self._records = young
            self._trouble = self._write()

    def _write(self) -> str:
        """Write all of it or nothing; return why not: that costs the memory of a restart."""
        told = {"version": VERSION, "records": {k: asdict(v) for k, v in self._records.items()}}
        try:
            make_private(self._file.parent)
            handle, name = tempfile.mkstemp(dir=self._file.parent)
            try:
                with os.fdopen(handle, "w", encoding="utf-8") as target:
                    json.dump(told, target)
                Path(name).replace(self._file)
            finally:
                Path(name).unlink(missing_ok=True)
        except OSError as error:
            return f"{self._file} cannot be written: {error.strerror or error}"
        return ""


def _read(file: Path) -> dict[str, Record]:
    """Return what is in the file; a broken one is as good as none."""
    try:
        with file.open(encoding="utf-8") as source:
            told = json.loads(source.read(MOST_BYTES))
        return {key: _parse(one) for key, one in told["records"].items()}
    except (OSError, ArithmeticError, LookupError, ValueError, *UNFIT):
        return {}


def _parse(told: dict[str, Any]) -> Record:
    """Return a record; raise TypeError, KeyError or ValueError for anything else."""
    values = {slot.name: slot.type(told[slot.name]) for slot in fields(Record)}  # type: ignore[operator]
    if not all(OBJECT.fullmatch(values[name]) for name in ("base", "origin")):
        message = "a record names no object"
        raise ValueError(message)
    return Record(**values)
