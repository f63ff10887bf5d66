"""What an agent's TOML may say about its session files, as frozen values; `rules` reads them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from agent_status.model import State

FieldPath = tuple[str, ...]
"""Keys and list indexes from the outside in; `*` stands for every item of a list."""


class Tie(StrEnum):
    """What a field of the file must equal for the file to be this pane's."""

    PID = "pid"
    PANE = "pane"
    FOLDER = "folder"


class Shape(StrEnum):
    """How a session file holds its records."""

    JSON = "json"
    LINES = "lines"
    FOLDER = "folder"


class Fact(StrEnum):
    """What a field may tell about the task."""

    PROMPT = "prompt"
    MESSAGE = "message"
    MODEL = "model"
    TOKENS = "tokens"
    WINDOW = "window"


@dataclass(frozen=True, slots=True)
class StateFact:
    """A record whose fields all match says this state; a field that is absent is empty."""

    says: State
    where: Mapping[FieldPath, re.Pattern[str]]
    words: str = ""


@dataclass(frozen=True, slots=True)
class TaskFact:
    """Where a record tells something of the task; of several fields the first that holds text."""

    tells: Fact
    take: tuple[FieldPath, ...]
    where: Mapping[FieldPath, re.Pattern[str]] = field(default_factory=dict)
    sum: bool = False
    """Whether the numbers in all of `take` are added up."""


@dataclass(frozen=True, slots=True)
class SessionFile:
    """
    One file that an agent keeps about a session.

    `path` may hold `{pid}`, `{slug}` and `{name}` of the folder, and what an earlier file `gives`;
    a `*` matches within one part, and what the first one matched is `{match}` later on. `root` is
    where it begins; the variable `env` of the agent's own environment replaces it. `where` is what
    else its first record must say, `began` where it says when the session began.
    """

    path: str
    root: str
    shape: Shape = Shape.LINES
    env: str = ""
    tie: Mapping[Tie, FieldPath] = field(default_factory=dict)
    where: Mapping[FieldPath, re.Pattern[str]] = field(default_factory=dict)
    began: FieldPath = ()
    gives: Mapping[str, FieldPath] = field(default_factory=dict)
    states: tuple[StateFact, ...] = ()
    tasks: tuple[TaskFact, ...] = ()
