"""From the text of a table of stakes to its values; a strict parser that lists problems."""

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from typing import Any

from agent_status.errors import AgentStatusError
from agent_status.features.risk.tables import (
    PATHS,
    CodeRule,
    Program,
    RiskTables,
    Rule,
)
from agent_status.model import Grade, Problem
from agent_status.model.globs import Pattern
from agent_status.model.path_rule import PathRule


class StakesError(AgentStatusError):
    """A table is not what it may be; the text names the key and why."""


def parse_stakes(
    files: Iterable[tuple[str, str]], *, confirmed: bool = False
) -> tuple[RiskTables, tuple[Problem, ...]]:
    """
    Return the tables in `files`, of (file name, text), and what was refused.

    The first is the floor. The later ones are the user's: they raise it, and lower it only in
    what they name for that, once the user has `confirmed` them. A file with anything wrong in it
    is left out whole.
    """
    stakes, problems = None, []
    for name, text in files:
        try:
            data = _parse_file(text)
            stakes = _raise(stakes, data, confirmed=confirmed) if stakes else _lay(data)
        except StakesError as error:
            hint = "correct it; until then none of this file counts"
            problems.append(Problem(name, str(error), hint))
    return stakes or RiskTables(), tuple(problems)


@dataclass(frozen=True, slots=True)
class _Table:
    """One file: its programs by name, what else it says, and the programs that it lowers."""

    programs: Mapping[str, Program]
    rest: Mapping[str, Any]
    lower: tuple[str, ...]


def _lay(table: _Table) -> RiskTables:
    return RiskTables(table.programs, **table.rest)


LOWERING = ("scratch", "bins", "plain_variables")
"""Tables in which more is milder."""


def _raise(floor: RiskTables, table: _Table, *, confirmed: bool) -> RiskTables:
    """Return the tables with the user's own above them."""
    lowered = {name: table.programs[name] for name in table.lower} if confirmed else {}
    pending = () if confirmed else (*table.lower, *(one for one in LOWERING if one in table.rest))
    added = {name: one for name, one in table.rest.items() if name not in pending}
    return replace(
        floor,
        programs={**floor.programs, **lowered},
        raised={name: one for name, one in table.programs.items() if name not in lowered},
        pending=pending,
        **{name: above + getattr(floor, name) for name, above in added.items()},
    )


@lru_cache(maxsize=4)
def _parse_file(text: str) -> _Table:
    try:
        data = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        message = f"not TOML: {error}"
        raise StakesError(message) from error
    taken = _take_keys(data, FILE_KEYS)
    programs = {name: one for one in taken.pop("programs", ()) for name in one.names}
    lower = taken.pop("lower", ())
    for name in lower:
        if name not in programs:
            message = f"lower: there is no [[program]] with the name {name!r} in this file"
            raise StakesError(message)
    return _Table(programs, taken, lower)


def _take_text(value: Any) -> str:
    if not isinstance(value, str):
        message = f"{value!r} is not a text"
        raise StakesError(message)
    return value


def _take_texts(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list):
        message = f"{value!r} is not a list"
        raise StakesError(message)
    return tuple(map(_take_text, value))


def _take_number(value: Any) -> int:
    if type(value) is not int or not 0 <= value <= 99:  # noqa: PLR2004
        message = f"{value!r} is not a number from 0 to 99"
        raise StakesError(message)
    return value


def _take_flag(value: Any) -> bool:
    if not isinstance(value, bool):
        message = f"{value!r} is neither true nor false"
        raise StakesError(message)
    return value


def _take_pattern(value: Any, flags: int = re.IGNORECASE | re.DOTALL) -> Pattern:
    try:
        return re.compile(_take_text(value), flags)
    except (re.error, OverflowError, RecursionError) as error:
        message = f"{value!r} is not a pattern: {error}"
        raise StakesError(message) from error


def _take_patterns(value: Any) -> tuple[Pattern, ...]:
    return (_take_pattern(value),)


def _take_names(value: Any) -> tuple[Pattern, ...]:
    return (_take_pattern(value, re.DOTALL),)


def _take_word(words: Iterable[str]) -> Callable[[Any], str]:
    known = tuple(words)

    def take(value: Any) -> str:
        if value not in known:
            message = f"{value!r} is none of {', '.join(known)}"
            raise StakesError(message)
        return str(value)

    return take


def _take_grade(value: Any) -> Grade:
    return Grade(_take_word(Grade)(value))


def _take_tables(made: Callable[..., Any], keys: Mapping[str, Any]) -> Callable[[Any], Any]:
    required = [slot.name for slot in fields(made) if slot.name in REQUIRED[made]]  # type: ignore[arg-type]

    def take(value: Any) -> Any:
        if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
            message = f"{value!r} is not a list of tables"
            raise StakesError(message)
        return tuple(_make(made, _take_keys(one, keys), required) for one in value)

    return take


def _make(made: Callable[..., Any], taken: Mapping[str, Any], required: Iterable[str]) -> Any:
    missing = [name for name in required if not taken.get(name)]
    if missing:
        message = f"lacks {', '.join(missing)}"
        raise StakesError(message)
    return made(**taken)


def _take_keys(value: Mapping[str, Any], keys: Mapping[str, Any]) -> dict[str, Any]:
    taken: dict[str, Any] = {}
    for key, part in value.items():
        if key not in keys:
            message = f"unknown key {key!r}; known are {', '.join(keys)}"
            raise StakesError(message)
        name, take = keys[key] if isinstance(keys[key], tuple) else (key, keys[key])
        try:
            taken[name] = take(part)
        except StakesError as error:
            message = f"{key}: {error}"
            raise StakesError(message) from error
    return taken


def _take_subs(value: Any) -> tuple[str, ...]:
    return tuple(" ".join(text.split()) for text in _take_texts(value))


REQUIRED: dict[Any, tuple[str, ...]] = {
    Rule: ("grade",),
    Program: ("names", "grade"),
    PathRule: ("globs", "why"),
    CodeRule: ("matches", "grade", "why"),
}
RULE_KEYS = {
    "grade": _take_grade,
    "why": _take_text,
    "sub": _take_subs,
    "flags": _take_texts,
    "without": _take_texts,
    "words": _take_texts,
    "matches": _take_pattern,
    "of": _take_texts,
    "edits": _take_flag,
    "most": _take_number,
    "least": _take_number,
    "letters": _take_text,
    "options": _take_texts,
    "paths": _take_word(PATHS),
    "skip": _take_number,
    "outputs": _take_texts,
    "finds": _take_flag,
}
PROGRAM_KEYS = {
    "names": _take_texts,
    "grade": _take_grade,
    "why": _take_text,
    "paths": _take_word(PATHS),
    "deep": _take_flag,
    "letters": _take_text,
    "options": _take_texts,
    "values": _take_texts,
    "outputs": _take_texts,
    "inputs": _take_texts,
    "folders": _take_texts,
    "obeys": _take_flag,
    "sources": _take_texts,
    "loads": _take_texts,
    "mounts": _take_texts,
    "runs": _take_word(("rest", "text", "line", "lines", "code")),
    "fetches": _take_texts,
    "defines": _take_flag,
    "dashless": _take_flag,
    "after": _take_texts,
    "skip": _take_number,
    "finds": _take_flag,
    "appends": _take_flag,
    "downloads": _take_flag,
    "scripts": _take_texts,
    "execs": _take_texts,
    "code": _take_texts,
    "language": _take_word(("shell", "code", "sed", "awk")),
    "stops": _take_texts,
    "remote": _take_flag,
    "rule": ("rules", _take_tables(Rule, RULE_KEYS)),
}
PATH_KEYS = {
    "globs": _take_texts,
    "without": _take_texts,
    "name": _take_text,
    "why": _take_text,
    "write": _take_grade,
    "read": _take_grade,
    "delete": _take_grade,
}
CODE_KEYS = {"matches": _take_pattern, "grade": _take_grade, "why": _take_text}
FILE_KEYS = {
    "program": ("programs", _take_tables(Program, PROGRAM_KEYS)),
    "path": ("paths", _take_tables(PathRule, PATH_KEYS)),
    "code": _take_tables(CodeRule, CODE_KEYS),
    "scratch": _take_texts,
    "bins": _take_texts,
    "hoards": _take_texts,
    "secret_variables": _take_patterns,
    "plain_variables": _take_names,
    "command_variables": _take_names,
    "path_variables": _take_names,
    "running_variables": _take_names,
    "lower": _take_texts,
}
