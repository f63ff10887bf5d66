"""
Literals that a pattern needs to match: a cheap test that avoids most searches.

A working agent prints one line after another, and dozens of patterns would be searched in a whole
region each time. Each line caches which literals of the agent's patterns it contains; a pattern
with none of its literals in the region isn't tried.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from importlib import import_module
from typing import Any


def _import(name: str) -> Any:
    """Return a module of the standard library; None if this Python has it elsewhere."""
    try:
        return import_module(name)
    except ImportError:
        return None


parser, ops = _import("re._parser"), _import("re._constants")

MAX_LITERALS = 16
"""Alternatives beyond this many cost more than they spare."""
MAX_SET = 8
MAX_PATTERNS = 4096

Literals = tuple[str, ...]
"""A text that matches holds at least one of them, folded; none at all: nothing is known."""


def fold(text: str) -> str:
    """Return `text` with letters folded that a pattern treats as equal."""
    return text.casefold().replace("ı", "i")


def required_literals(pattern: re.Pattern[str]) -> Literals:
    """Return literals without white space, one of which occurs in every match."""
    return _find_literals(pattern.pattern, pattern.flags)


@lru_cache(MAX_PATTERNS)
def _find_literals(source: str, flags: int) -> Literals:
    if parser is None or ops is None:
        return ()
    return _read_sequence(parser.parse(source, flags & ~re.DEBUG)) or ()


def find_present(literals: Iterable[str], text: str) -> frozenset[str]:
    """Return the literals that occur in `text`."""
    folded = fold(text)
    return frozenset(literal for literal in literals if literal in folded)


def can_match(pattern: re.Pattern[str], present: frozenset[str]) -> bool:
    """Return True if the pattern can match when only these literals are present."""
    literals = _find_literals(pattern.pattern, pattern.flags)
    return not literals or not present.isdisjoint(literals)


def _read_sequence(items: Sequence[Any]) -> Literals | None:
    """Return the most selective literals of a sequence."""
    found = [one for one in _iterate_literals(items) if one]
    return max(found, key=_rate, default=None)


def _rate(literals: Literals) -> tuple[int, int]:
    return min(map(len, literals)), -len(literals)


def _iterate_literals(items: Sequence[Any]) -> Iterator[Literals | None]:
    run = ""
    for op, value in items:
        letter = fold(chr(value)) if op is ops.LITERAL else ""
        if len(letter) == 1 and not letter.isspace():
            run += letter
            continue
        yield (run,) if run else None
        run = ""
        yield _read_item(op, value)
    yield (run,) if run else None


def _read_item(op: Any, value: Any) -> Literals | None:
    """Return the literals of one part of a pattern; None if it can match without any."""
    if op is ops.SUBPATTERN:
        return _read_sequence(value[3])
    if op is ops.BRANCH:
        return _join(_read_sequence(part) for part in value[1])
    if op in {ops.MAX_REPEAT, ops.MIN_REPEAT, ops.POSSESSIVE_REPEAT}:
        return _read_sequence(value[2]) if value[0] else None
    if op in {ops.ATOMIC_GROUP, ops.ASSERT}:
        return _read_sequence(value if op is ops.ATOMIC_GROUP else value[1])
    if op is ops.IN and len(value) <= MAX_SET:
        return _join(_read_sequence([one]) if one[0] is ops.LITERAL else None for one in value)
    return None


def _join(parts: Iterable[Literals | None]) -> Literals | None:
    """Return the literals of alternatives: all of them, if each has some."""
    found: dict[str, None] = {}
    for part in parts:
        if not part:
            return None
        found.update(dict.fromkeys(part))
    return tuple(found) if len(found) <= MAX_LITERALS else None
