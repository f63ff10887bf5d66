"""What was acknowledged in each checkout, kept across agents, panes, servers and daemons."""

import contextlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any, TypeVar

from agent_status.features.review.parts import Baseline, NestedCheckout
from agent_status.files import read_bounded, write_private

MAX_RECORDS = 500
MAX_UNDO = 8
"""Acknowledgements that can be undone."""
KEPT_S = 30 * 86400.0
"""A checkout in which no agent was seen for so long is forgotten."""
MAX_BYTES = 1024 * 1024
UNFIT = (AttributeError, RecursionError, TypeError)
OBJECT = re.compile("[0-9a-f]{40,64}")
T = TypeVar("T")
NUMBERS = (int, float)


@dataclass(frozen=True, slots=True)
class Owner:
    """The agent that last worked in a checkout: its identity and its place."""

    id: str = ""
    pane: str = ""
    kind: str = ""
    name: str = ""
    session: str = ""
    window: str = ""
    window_index: int = 0
    index: int = 0
    server: str = ""
    """The socket of its tmux server."""
    pid: int = 0
    """Of its pane."""


@dataclass(frozen=True, slots=True)
class Record:
    """The state of the review of one checkout."""

    base: Baseline
    """What was acknowledged last."""
    origin: str
    """As in a Wish."""
    root: str = ""
    waiting: float = 0.0
    """Since when an agent's work waits to be acknowledged, in Unix seconds; 0 if none does."""
    looked: bool = False
    """True if the user has seen that there is a result."""
    seen: float = 0.0
    """When an agent was there last, in Unix seconds, to the day."""
    owner: Owner = Owner()
    undo: tuple[Baseline, ...] = ()
    """What was acknowledged before that, the latest last."""


class BaselineStore:
    """The records of all checkouts, one file each, written when they change."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._records: dict[str, Record] = {}
        self._troubles: dict[str, str] = {}
        """Why a file does not hold its record, by key."""
        for file in folder.glob("*.json"):
            self.load(file.stem)

    def find(self, key: str) -> Record | None:
        """Return the record of a checkout, or None if unknown."""
        return self._records.get(key)

    def load(self, key: str) -> Record | None:
        """Return the record from its file, which the daemon of another server may have written."""
        record = _read(self._folder / f"{key}.json")
        if record and key not in self._troubles:
            self._records[key] = record
        return self._records.get(key)

    def __iter__(self) -> Iterator[str]:
        """Yield the keys of all records."""
        return iter(self._records)

    def list_around(self, root: str) -> tuple[tuple[str, Record], ...]:
        """Return the records of the checkouts around `root`, with their keys."""
        around = [pair for pair in self._records.items() if root.startswith(pair[1].root + "/")]
        return tuple(sorted(around, key=lambda pair: -len(pair[1].root)))

    def list_waiting(self) -> tuple[tuple[str, Record], ...]:
        """Return the records whose work waits to be acknowledged, with their keys."""
        return tuple((key, one) for key, one in self._records.items() if one.waiting)

    def put(self, key: str, record: Record) -> str:
        """
        Store `record`; an unchanged one isn't written.

        Return why the file could not be written; empty if it was.
        """
        if self._records.get(key) != record:
            self._records[key] = record
            self._write(key)
        return self._troubles.get(key, "")

    def forget_old(self, clock: float) -> None:
        """
        Delete records that are no longer needed at Unix `clock`; never work that waits.

        If the clock is ahead of all records, the newest record's time is used: the clock may be
        wrong.
        """
        by_age = sorted(self._records.items(), key=lambda pair: -pair[1].seen)
        now = min([clock, *(one.seen for _, one in by_age[:1])])
        for number, (key, one) in enumerate(by_age):
            waits = one.waiting and Path(one.root).is_dir()
            if not waits and (number >= MAX_RECORDS or now - one.seen > KEPT_S):
                del self._records[key]
                self._troubles.pop(key, None)
                with contextlib.suppress(OSError):
                    (self._folder / f"{key}.json").unlink(missing_ok=True)

    def _write(self, key: str) -> None:
        """Write all or nothing, and keep the error: a failure only costs a restart's memory."""
        file = self._folder / f"{key}.json"
        try:
            write_private(file, json.dumps(asdict(self._records[key])))
            self._troubles.pop(key, None)
        except OSError as error:
            self._troubles[key] = f"{file} cannot be written: {error.strerror or error}"


def _read(file: Path) -> Record | None:
    """Return what is in the file; a damaged one counts as missing."""
    try:
        return _parse(json.loads(read_bounded(file, MAX_BYTES)))
    except (OSError, ArithmeticError, LookupError, ValueError, *UNFIT):
        return None


def _parse(data: Mapping[str, Any]) -> Record:
    """Return a record; raise TypeError, LookupError or ValueError for anything else."""
    record = replace(
        fill_values(Record(Baseline(""), ""), data),
        base=parse_baseline(data["base"]),
        owner=fill_values(Owner(), data["owner"]),
        undo=_parse_undo(data["undo"]),
    )
    _check(record.origin)
    return record


def _parse_undo(data: Any) -> tuple[Baseline, ...]:
    """Return the baselines of before; an older version kept one, or none."""
    kept = data if isinstance(data, list) else [data] if data else []
    return tuple(map(parse_baseline, kept[-MAX_UNDO:]))


def parse_baseline(data: Mapping[str, Any]) -> Baseline:
    """Return a baseline; raise TypeError, LookupError or ValueError for anything else."""
    inner = tuple(fill_values(NestedCheckout("", "", ""), one) for one in data["inner"])
    found = replace(fill_values(Baseline(""), data), inner=inner)
    _check(found.tree, found.head or found.tree)
    for one in inner:
        _check(one.tree, one.head or one.tree)
    return found


def fill_values(default: T, data: Mapping[str, Any]) -> T:
    """Return `default` with the plain values of a mapping; raise TypeError for another type."""
    values = {}
    for slot in fields(default):  # type: ignore[arg-type]
        value, known = data[slot.name], getattr(default, slot.name)
        if isinstance(known, str | bool | int | float):
            kinds = NUMBERS if type(known) in NUMBERS else type(known)
            if not isinstance(value, kinds):
                message = f"{slot.name} is of another kind"
                raise TypeError(message)
            values[slot.name] = type(known)(value)
    return replace(default, **values)  # type: ignore[type-var]


def _check(*names: str) -> None:
    if not all(OBJECT.fullmatch(name) for name in names):
        message = "a record names no object"
        raise ValueError(message)
