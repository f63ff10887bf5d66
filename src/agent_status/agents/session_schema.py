"""The part of an agent's TOML about its session files; see `schema`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, Any

from agent_status.agents.patterns import FieldPattern
from agent_status.model import State
from agent_status.toml_tables import Key, parse_text


def _parse_path(value: Any) -> tuple[str, ...]:
    return tuple(parse_text(value).split("."))


FieldPath = Annotated[tuple[str, ...], _parse_path]
"""Keys and list indexes from the outside in; `*` stands for every item of a list."""


class Tie(StrEnum):
    """What a field of the file must equal for the file to belong to this pane."""

    PID = "pid"
    PANE = "pane"
    FOLDER = "folder"


class Shape(StrEnum):
    """How a session file holds its records."""

    JSON = "json"
    LINES = "lines"
    FOLDER = "folder"


class Fact(StrEnum):
    """A fact about the task that a field may hold."""

    PROMPT = "prompt"
    MESSAGE = "message"
    MODEL = "model"
    TOKENS = "tokens"
    WINDOW = "window"


@dataclass(frozen=True, slots=True)
class StateFact:
    """A record whose fields all match sets this state; a missing field is empty."""

    says: State
    where: Mapping[FieldPath, FieldPattern]
    words: str = ""


@dataclass(frozen=True, slots=True)
class TaskFact:
    """Where a record holds a fact about the task; the first field with text wins."""

    tells: Fact
    take: tuple[FieldPath, ...]
    where: Mapping[FieldPath, FieldPattern] = field(default_factory=dict)
    sum: bool = False
    """True if the numbers in all of `take` are added up."""


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
    where: Mapping[FieldPath, FieldPattern] = field(default_factory=dict)
    began: FieldPath = ()
    gives: Mapping[str, FieldPath] = field(default_factory=dict)
    states: Annotated[tuple[StateFact, ...], Key("state")] = ()
    tasks: Annotated[tuple[TaskFact, ...], Key("task")] = ()
