"""Facts about an agent: risk, task, changes, care and facets, cleaned for the screen."""

import math
from dataclasses import dataclass
from itertools import islice
from typing import Any

from agent_status.chooser.state.outside import (
    MAX_ITEMS,
    take_count,
    take_lines,
    take_mapping,
    take_names,
    take_number,
    take_text,
    take_texts,
)
from agent_status.chooser.state.text import clean_cells, shorten_home
from agent_status.model import Grade


@dataclass(frozen=True, slots=True)
class Risk:
    """The grade of what waits, and why; None where it was not graded."""

    grade: Grade | None = None
    reasons: tuple[str, ...] = ()

    @property
    def is_dangerous(self) -> bool:
        """Whether approving it is asked twice."""
        return self.grade is Grade.DANGEROUS


@dataclass(frozen=True, slots=True)
class Task:
    """What the agent was asked to do and last said, line by line."""

    first_prompt: tuple[str, ...] = ()
    last_prompt: tuple[str, ...] = ()
    last_message: tuple[str, ...] = ()
    model: str = ""
    context: str = ""


@dataclass(frozen=True, slots=True)
class Changes:
    """What changed in its checkout since the user last looked."""

    root: str = ""
    repository: str = ""
    worktree: str = ""
    files: int = 0
    added: int = 0
    removed: int = 0
    touched: tuple[str, ...] = ()
    risks: tuple[str, ...] = ()
    shared: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()
    trouble: str = ""

    @property
    def words(self) -> str:
        """`3 files +40 -12`; empty when nothing changed."""
        if not self.files:
            return ""
        plural = "" if self.files == 1 else "s"
        return f"{self.files} file{plural} +{self.added} -{self.removed}"


@dataclass(frozen=True, slots=True)
class Care:
    """What the user decided about it. `until` is in Unix seconds, infinite without an end."""

    pinned: bool = False
    muted: bool = False
    snoozed: bool = False
    until: float = math.inf
    note: str = ""


@dataclass(frozen=True, slots=True)
class Facet:
    """A fact by its name; the chooser shows it without knowing which feature adds it."""

    name: str
    words: str = ""
    lines: tuple[str, ...] = ()


NO_RISK, NO_TASK, NO_CHANGES, NO_CARE = Risk(), Task(), Changes(), Care()


def parse_risk(item: Any) -> Risk:
    """Return the report's risk; what cannot be read of it is not graded."""
    risk = take_mapping(item)
    word = risk.get("grade")
    grade = Grade(word) if isinstance(word, str) and word in set(Grade) else None
    return Risk(grade, take_texts(risk, "reasons"))


def parse_task(item: Any) -> Task:
    """Return the report's task."""
    task = take_mapping(item)
    return Task(
        first_prompt=take_lines(task, "first_prompt"),
        last_prompt=take_lines(task, "last_prompt"),
        last_message=take_lines(task, "last_message"),
        model=take_text(task, "model"),
        context=take_text(task, "context"),
    )


def parse_changes(item: Any, home: str = "") -> Changes:
    """Return the report's changes."""
    changes = take_mapping(item)
    return Changes(
        root=shorten_home(take_text(changes, "root"), home),
        repository=shorten_home(take_text(changes, "repository"), home),
        worktree=take_text(changes, "worktree"),
        files=take_count(changes, "files"),
        added=take_count(changes, "added"),
        removed=take_count(changes, "removed"),
        touched=take_names(changes, "touched"),
        risks=take_texts(changes, "risks"),
        shared=take_texts(changes, "shared"),
        conflicts=take_texts(changes, "conflicts"),
        trouble=take_text(changes, "trouble"),
    )


def parse_care(item: Any) -> Care:
    """Return the report's care."""
    care = take_mapping(item)
    return Care(
        pinned=care.get("pinned") is True,
        muted=care.get("muted") is True,
        snoozed=care.get("snoozed") is True,
        until=take_number(care, "until"),
        note="\n".join(take_lines(care, "note")),
    )


def parse_facets(item: Any) -> tuple[Facet, ...]:
    """Return the report's facets in its order; at most MAX_ITEMS."""
    found = islice(take_mapping(item).items(), MAX_ITEMS)
    named = ((clean_cells(str(name)).strip(), take_mapping(fact)) for name, fact in found)
    return tuple(
        Facet(name, take_text(fact, "words"), take_texts(fact, "lines")) for name, fact in named
    )
