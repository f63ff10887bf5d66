"""
Words without which a pattern cannot match: a cheap look that spares most searches.

A working agent prints one new line after the other, and dozens of patterns would be searched in
a whole region each time. Each line remembers which words of the agent's patterns it holds; a
pattern none of whose needles stands in the region is not tried at all.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from importlib import import_module
from typing import Any


def _import(name: str) -> Any:
    """Return a module of Python's own; None where this Python keeps it elsewhere."""
    try:
        return import_module(name)
    except ImportError:
        return None


parser, ops = _import("re._parser"), _import("re._constants")

MAX_NEEDLES = 16
"""Alternatives beyond this many cost more than they spare."""
MAX_SET = 8
MAX_PATTERNS = 4096

Needles = tuple[str, ...]
"""A text that matches holds at least one of them, folded; none at all: nothing is known."""


def fold(text: str) -> str:
    """Return `text` with letters that a pattern treats as the same made the same."""
    return text.casefold().replace("ı", "i")


def find_needles(pattern: re.Pattern[str]) -> Needles:
    """Return words without white space, one of which stands in every text that matches."""
    return _find_needles(pattern.pattern, pattern.flags)


@lru_cache(MAX_PATTERNS)
def _find_needles(source: str, flags: int) -> Needles:
    if parser is None or ops is None:
        return ()
    return _read_sequence(parser.parse(source, flags & ~re.DEBUG)) or ()


def find_held(needles: Iterable[str], text: str) -> frozenset[str]:
    """Return those of the needles that stand in `text`."""
    folded = fold(text)
    return frozenset(needle for needle in needles if needle in folded)


def may_match(pattern: re.Pattern[str], held: frozenset[str]) -> bool:
    """Return whether the pattern can match in a text that holds just these of all needles."""
    needles = _find_needles(pattern.pattern, pattern.flags)
    return not needles or not held.isdisjoint(needles)


def _read_sequence(items: Sequence[Any]) -> Needles | None:
    """Return the most telling needles of things that follow each other."""
    found = [one for one in _iterate_needles(items) if one]
    return max(found, key=_rate, default=None)


def _rate(needles: Needles) -> tuple[int, int]:
    return min(map(len, needles)), -len(needles)


def _iterate_needles(items: Sequence[Any]) -> Iterator[Needles | None]:
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


def _read_item(op: Any, value: Any) -> Needles | None:
    """Return the needles of one part of a pattern; None where it may match without any."""
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


def _join(parts: Iterable[Needles | None]) -> Needles | None:
    """Return the needles of alternatives: all of them, if each has some."""
    found: dict[str, None] = {}
    for part in parts:
        if not part:
            return None
        found.update(dict.fromkeys(part))
    return tuple(found) if len(found) <= MAX_NEEDLES else None
