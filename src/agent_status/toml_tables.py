"""
Strict loading of TOML: the annotations of a frozen dataclass say what a table may hold.

A field's type decides what its value may be. `Annotated[T, parse]` names a parser of its own, and
`Annotated[T, Key("box")]` the key, where the field has another name. All problems of a text are
found in one run, each with the keys around it.
"""

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, dataclass, fields
from difflib import get_close_matches
from enum import Enum
from functools import lru_cache, partial
from types import UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from agent_status.errors import AgentStatusError
from agent_status.model import Problem

T = TypeVar("T")
Path = tuple[str | int, ...]
"""Keys, and the numbers of items of lists, from the outside in."""
Parser = Callable[[Any], Any]
"""Returns what a TOML value means; raises TableError."""

MAX_NUMBER = 1000
HEADER = re.compile(r"\s*(\[\[?)\s*([\w.-]+)\s*\]\]?\s*(?:#.*)?$")
KEY = re.compile(r"\s*([\w-]+(?:\.[\w-]+)*)\s*=")
LINE = re.compile(r"at line (\d+)")


@dataclass(frozen=True, slots=True)
class Key:
    """The key of a field that has another name."""

    name: str


@dataclass(frozen=True, slots=True)
class ValueProblem:
    """One thing that is wrong, in words that name the keys around it."""

    path: Path
    text: str
    hint: str = ""


class TableError(AgentStatusError):
    """Values are not what they may be; `problems` lists them all."""

    def __init__(self, *problems: ValueProblem) -> None:
        self.problems = problems
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        super().__init__(problems[0].text + more)

    def place(self, step: str | int, prefix: str = "") -> tuple[ValueProblem, ...]:
        """Return the problems as the value that has them sees them."""
        return tuple(
            ValueProblem((step, *one.path), prefix + one.text, one.hint) for one in self.problems
        )


def refuse(text: str, hint: str = "") -> TableError:
    """Return the error of one value."""
    return TableError(ValueProblem((), text, hint))


def parse_toml(text: str) -> dict[str, Any]:
    """Return the tables in a TOML text; raise TableError."""
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        message = f"not TOML: {error}"
        raise refuse(message) from error


def parse_table(made: Callable[..., T], value: Any, **given: Any) -> T:
    """Return `value` as a `made`, with the fields in `given` set; raise TableError."""
    return made(**_parse_fields(_list_slots(made), value, given))


def table_of(made: type, **own: Parser) -> Parser:
    """Return a parser of tables in which the fields in `own` have parsers of their own."""
    slots = {
        key: _Slot(slot.field, own.get(slot.field, slot.parse), slot.is_required)
        for key, slot in _list_slots(made).items()
    }
    return lambda value: made(**_parse_fields(slots, value, {}))


def list_keys(made: type) -> Mapping[str, str]:
    """Return each key that a table may hold, with the name of its field."""
    return {key: slot.field for key, slot in _list_slots(made).items()}


@dataclass(frozen=True, slots=True)
class _Slot:
    field: str
    parse: Parser
    is_required: bool


@lru_cache(maxsize=64)
def _list_slots(made: Any) -> Mapping[str, _Slot]:
    slots: dict[str, _Slot] = {}
    for one in fields(made):
        if one.init:
            required = one.default is MISSING and one.default_factory is MISSING
            slots[_find_key(one.type) or one.name] = _Slot(
                one.name, find_parser(one.type), required
            )
    return slots


def _find_key(kind: Any) -> str:
    return next((note.name for note in get_args(kind) if isinstance(note, Key)), "")


def _parse_fields(
    slots: Mapping[str, _Slot], value: Any, given: Mapping[str, Any]
) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        message = f"{value!r} is not a table"
        raise refuse(message)
    here = f"{value['id']}: " if isinstance(value.get("id"), str) else ""
    taken: dict[str, Any] = dict(given)
    problems: list[ValueProblem] = []
    known = [key for key, slot in slots.items() if slot.field not in given]
    for key, part in value.items():
        if key not in known:
            words = f"{here}unknown key {key!r}; known are {', '.join(known)}"
            problems.append(ValueProblem((key,), words, _suggest(key, known)))
            continue
        try:
            taken[slots[key].field] = slots[key].parse(part)
        except TableError as error:
            problems += error.place(key, f"{here}{key}: ")
    missing = [key for key in known if slots[key].is_required and _lacks(value, key)]
    if missing:
        problems.append(ValueProblem((), f"{here}lacks {', '.join(missing)}"))
    if problems:
        raise TableError(*problems)
    return taken


def _lacks(value: Mapping[str, Any], key: str) -> bool:
    return key not in value or value[key] in ("", [])


def _suggest(word: str, known: Iterable[str]) -> str:
    near = get_close_matches(word, tuple(known), 1)
    return f"did you mean {near[0]!r}?" if near else ""


def find_parser(kind: Any) -> Parser:
    """Return the parser of values of a type."""
    origin, args = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return next(filter(callable, args[1:]), None) or find_parser(args[0])
    if origin in (Union, UnionType):
        return find_parser(args[0])
    if origin is tuple:
        return list_of(find_parser(args[0]))
    if origin and issubclass(origin, Mapping):
        return map_of(*map(find_parser, args))
    return _find_plain(kind)


def _find_plain(kind: Any) -> Parser:
    if issubclass(kind, Enum):
        return word_of({one.value: one for one in kind})
    return PLAIN.get(kind) or partial(parse_table, kind)


def parse_text(value: Any) -> str:
    """Return a text as it is."""
    if not isinstance(value, str):
        message = f"{value!r} is not a text"
        raise refuse(message)
    return value


def parse_flag(value: Any) -> bool:
    """Return true or false as it is."""
    if not isinstance(value, bool):
        message = f"{value!r} is neither true nor false"
        raise refuse(message)
    return value


def parse_number(value: Any) -> int:
    """Return a whole number as it is, if it is not too large."""
    if type(value) is not int or not 0 <= value <= MAX_NUMBER:
        message = f"{value!r} is not a number from 0 to {MAX_NUMBER}"
        raise refuse(message)
    return value


PLAIN: Mapping[type, Parser] = {str: parse_text, bool: parse_flag, int: parse_number}


def word_of(words: Mapping[str, Any]) -> Parser:
    """Return a parser of one of `words`, for what it stands for."""

    def parse(value: Any) -> Any:
        if not isinstance(value, str) or value not in words:
            hint = _suggest(value, words) if isinstance(value, str) else ""
            message = f"{value!r} is none of {', '.join(words)}"
            raise refuse(message, hint)
        return words[value]

    return parse


def list_of(parse_item: Parser) -> Parser:
    """Return a parser of lists."""

    def parse(value: Any) -> tuple[Any, ...]:
        if not isinstance(value, list):
            message = f"{value!r} is not a list"
            raise refuse(message)
        taken: list[Any] = []
        problems: list[ValueProblem] = []
        for number, part in enumerate(value):
            try:
                taken.append(parse_item(part))
            except TableError as error:
                problems += error.place(number)
        if problems:
            raise TableError(*problems)
        return tuple(taken)

    return parse


def map_of(parse_key: Parser, parse_item: Parser) -> Parser:
    """Return a parser of tables with any keys."""

    def parse(value: Any) -> dict[Any, Any]:
        if not isinstance(value, Mapping):
            message = f"{value!r} is not a table"
            raise refuse(message)
        return {parse_key(key): parse_item(part) for key, part in value.items()}

    return parse


def list_problems(name: str, text: str, error: TableError, hint: str) -> tuple[Problem, ...]:
    """
    Return each problem with the line of the file `name` in which it stands, and how to fix it.

    `hint` is for what has no better one.
    """
    return tuple(
        Problem(f"{name}:{_find_problem_line(text, one)}", one.text, one.hint or hint)
        for one in error.problems
    )


def _find_problem_line(text: str, problem: ValueProblem) -> int:
    match = LINE.search(problem.text)
    return int(match[1]) if match and not problem.path else find_line(text, problem.path)


def find_line(text: str, path: Path) -> int:
    """Return the line of `text`, from 1, in which the value at `path` or its table begins."""
    names = tuple(step for step in path if isinstance(step, str))
    wanted = next((step for step in path if isinstance(step, int)), None)
    best, here, seen, depth = 1, (), -1, 0
    for number, line in enumerate(text.split("\n"), 1):
        header, key = HEADER.match(line), KEY.match(line)
        if header:
            here = tuple(header[2].split("."))
            seen += header[1] == "[[" and here == names[:1]
            found: tuple[str, ...] = here
        elif key:
            found = (*here, *key[1].split("."))
        else:
            continue
        counts = wanted is None or len(here) == 0 or here[0] != names[0] or seen == wanted
        if names[: len(found)] == found and counts and len(found) > depth:
            best, depth = number, len(found)
    return best
