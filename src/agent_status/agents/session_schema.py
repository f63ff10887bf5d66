"""The part of an agent's TOML about its session files; see `schema`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, Any

from agent_status.agents.patterns import FieldPattern
from agent_status.model import Autonomy, CallKind, State
from agent_status.toml_tables import Key, parse_text


def _parse_path(value: Any) -> tuple[str, ...]:
    return tuple(parse_text(value).split("."))


FieldPath = Annotated[tuple[str, ...], _parse_path]
"""Keys and list indexes from the outside in; `*` is every item of a list, `~` every key."""
Where = Mapping[FieldPath, FieldPattern]
"""Fields and what they must say; one that is absent is empty."""


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
    SQLITE = "sqlite"


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
    where: Where
    words: str = ""


@dataclass(frozen=True, slots=True)
class TaskFact:
    """Where a record holds a fact about the task; the first field with text wins."""

    tells: Fact
    take: tuple[FieldPath, ...]
    where: Where = field(default_factory=dict)
    sum: bool = False
    """True if the numbers in all of `take` are added up."""


@dataclass(frozen=True, slots=True)
class ModeFact:
    """A record whose fields all match says how much the agent does without asking."""

    says: Autonomy
    where: Where


@dataclass(frozen=True, slots=True)
class CallFact:
    """
    Where a record holds tool calls.

    `items` leads to each call within the record, and `item` is what a call must say. A field that
    the call lacks is that of the objects around it. `arguments` is an object, its JSON text, or any
    other text, which is the argument `text`.
    """

    tool: FieldPath
    where: Where = field(default_factory=dict)
    items: FieldPath = ()
    item: Where = field(default_factory=dict)
    id: FieldPath = ()
    arguments: tuple[FieldPath, ...] = ()
    at: FieldPath = ()
    folder: FieldPath = ()
    helper: Where = field(default_factory=dict)
    """What a call of a subagent says."""
    main: bool = False
    """True if the files of subagents begin with copies of such calls."""


@dataclass(frozen=True, slots=True)
class ResultFact:
    """
    Where a record holds results of tool calls; `where`, `items` and `item` as in `CallFact`.

    The first field of `status` that is a number is the exit status; else `printed` finds it in a
    `text` with its only group. `zero` is what a command with status 0 says.
    """

    where: Where = field(default_factory=dict)
    items: FieldPath = ()
    item: Where = field(default_factory=dict)
    id: FieldPath = ()
    at: FieldPath = ()
    status: tuple[FieldPath, ...] = ()
    text: tuple[FieldPath, ...] = ()
    printed: FieldPattern | None = None
    zero: Where = field(default_factory=dict)
    failed: Where = field(default_factory=dict)
    denied: Where = field(default_factory=dict)
    interrupted: Where = field(default_factory=dict)
    stopped: Where = field(default_factory=dict)
    """What it says if it was denied or interrupted, and nothing tells which."""
    asked: Where = field(default_factory=dict)
    """What it says if the user was asked before."""
    unasked: Where = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ToolFact:
    """
    What the tools whose whole name matches do, and which of their arguments tell more.

    `files` finds the paths in the text of `paths` with its only group.
    """

    name: FieldPattern
    does: CallKind
    command: tuple[FieldPath, ...] = ()
    paths: tuple[FieldPath, ...] = ()
    files: FieldPattern | None = None
    folder: FieldPath = ()


@dataclass(frozen=True, slots=True)
class TodoFact:
    """Which tool writes the to-do list, or which record holds it, and how its items look."""

    items: FieldPath
    tool: FieldPattern | None = None
    where: Where = field(default_factory=dict)
    text: tuple[FieldPath, ...] = ()
    done: Where = field(default_factory=dict)
    current: Where = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SessionFile:
    """
    One file that an agent keeps about a session.

    `path` may hold `{pid}`, `{slug}` and `{name}` of the folder, and what an earlier file `gives`;
    a `*` matches within one part, and what the first one matched is `{match}` later on. `root` is
    where it begins; the variable `env` of the agent's own environment replaces it. `where` is what
    else its first record must say, `began` where it says when the session began. `helpers` are
    files of its subagents, which hold calls in the same form; if `parent` is set, only those whose
    first record names the session there.

    A database holds its records in `table`: the rows in which each column of `match` equals its
    text, in which names in braces stand as in a path, and `{folder}`. `order` is the column with
    the time of a row's last change, in milliseconds.
    """

    path: str
    root: str
    shape: Shape = Shape.LINES
    env: str = ""
    tie: Mapping[Tie, FieldPath] = field(default_factory=dict)
    where: Where = field(default_factory=dict)
    began: FieldPath = ()
    gives: Mapping[str, FieldPath] = field(default_factory=dict)
    states: Annotated[tuple[StateFact, ...], Key("state")] = ()
    tasks: Annotated[tuple[TaskFact, ...], Key("task")] = ()
    helpers: str = ""
    parent: FieldPath = ()
    table: str = ""
    match: Mapping[str, str] = field(default_factory=dict)
    order: str = "time_updated"
    modes: Annotated[tuple[ModeFact, ...], Key("mode")] = ()
    calls: Annotated[tuple[CallFact, ...], Key("call")] = ()
    results: Annotated[tuple[ResultFact, ...], Key("result")] = ()
    tools: Annotated[tuple[ToolFact, ...], Key("tool")] = ()
    todos: Annotated[tuple[TodoFact, ...], Key("todo")] = ()
