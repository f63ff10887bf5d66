"""The table of checks: which commands are checks, and what limits them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from agent_status.features.checks.values import Kind
from agent_status.toml_tables import Key, list_of, parse_text, refuse


def _parse_commands(value: Any) -> tuple[tuple[str, ...], ...]:
    commands = tuple(tuple(text.split()) for text in list_of(parse_text)(value))
    if not all(commands):
        message = "a command without a word"
        raise refuse(message)
    return commands


Commands = Annotated[tuple[tuple[str, ...], ...], _parse_commands]


@dataclass(frozen=True, slots=True)
class CheckRule:
    """Commands that run one check."""

    commands: Commands
    """The words that they begin with; each may have wildcards, options between them don't count."""
    name: str = ""
    """What it is called; by default the words that matched."""
    kind: Kind = Kind.TEST
    narrow: tuple[str, ...] = ()
    """Options that leave out a part; one that ends in `=` takes a value."""
    values: tuple[str, ...] = ()
    """Options that take a value as the next word, and leave out nothing."""
    whole: tuple[str, ...] = ()
    """More words that stand for everything."""
    needs: tuple[str, ...] = ()
    """Words of which one must be there, or only a part is checked."""
    no_run: tuple[str, ...] = ()
    """More words with which nothing is checked, such as `--list`."""


@dataclass(frozen=True, slots=True)
class Project:
    """The command with which the user checks a project."""

    command: str


@dataclass(frozen=True, slots=True)
class ChecksFile:
    """What a file of checks may hold."""

    rules: Annotated[tuple[CheckRule, ...], Key("check")] = ()
    projects: Annotated[Mapping[str, Project], Key("project")] = field(default_factory=dict)
    """By a pattern for the top folder of a checkout."""
    runners: Commands = ()
    """Commands that run the command behind them, such as `uv run`."""
    whole: tuple[str, ...] = ()
    """Words that stand for everything, such as `.` and `src`."""
    no_run: tuple[str, ...] = ()
    """Words with which nothing is checked, such as `--help`."""
    fixes: tuple[str, ...] = ()
    """Options by which a check changes files, such as `--fix`."""
    documents: tuple[str, ...] = ()
    """Patterns of files that no check reads, such as `*.md`."""
    tests: tuple[str, ...] = ()
    """Patterns of files that hold tests."""
