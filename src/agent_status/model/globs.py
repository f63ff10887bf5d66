"""File patterns: match a path, and test whether two patterns can match the same file."""

import re
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase, translate
from functools import lru_cache
from typing import NamedTuple

Pattern = re.Pattern[str]
MAX_NAME = 255
MIN_LITERAL = (2, 1)
"""Characters that a pattern has beside its wildcards; one that begins with a dot says enough."""
ANYTHING = "\ue000"
"""Stands for the beginning of a name of which a rule says only the end: no letter fits it."""
CLASS = re.compile(r"\[[^\]]*\]")
WILD = re.compile(r"[?*]")


class Part(NamedTuple):
    """One part of a path, with `?` for each class of characters."""

    text: str
    is_wild: bool
    says_enough: bool
    """True if it may stand for a secret: `*.json` says next to nothing of a name."""


def compile_globs(globs: Iterable[str]) -> Pattern:
    """Return a pattern for paths that match one of `globs`, or are below one that does."""
    parts = "|".join(translate(glob)[:-2] for glob in globs) or "(?!)"
    return re.compile(rf"(?:.*/)?(?:{parts})(?:/.*)?\Z", re.IGNORECASE | re.DOTALL)


def split_glob(glob: str) -> tuple[str, ...]:
    """Return the parts of a rule's glob, in the form that `may_meet` compares."""
    return tuple(
        ANYTHING + part[1:] if part.startswith("*") and part != "*" else part
        for part in CLASS.sub("?", glob.casefold()).split("/")
    )


@lru_cache(maxsize=64)
def read_pattern(pattern: str) -> tuple[Part, ...]:
    """Return the parts of a path with the wildcards that the shell or find expands."""
    return tuple(map(_read_part, CLASS.sub("?", pattern.casefold()).split("/")))


def may_meet(parts: Sequence[Part], globs: Iterable[Sequence[str]]) -> bool:
    """Return True if consecutive parts may match one of `globs`."""
    return any(
        all(map(_may_be, parts[start : start + len(glob)], glob))
        for glob in globs
        for start in range(len(parts) - len(glob) + 1)
    )


def _read_part(text: str) -> Part:
    dotted = text.startswith(".")
    literal = WILD.sub("", text if dotted else text.partition(".")[0])
    return Part(text, WILD.search(text) is not None, len(literal) >= MIN_LITERAL[dotted])


def _may_be(part: Part, glob: str) -> bool:
    """Return True if both parts can match the same name."""
    if not part.is_wild:
        return fnmatchcase(part.text, glob.replace(ANYTHING, "*"))
    return part.says_enough and (len(part.text) > MAX_NAME or _have_common(part.text, glob))


def _have_common(one: str, other: str) -> bool:
    """Return True if a name matches both patterns of letters, `?` and `*`."""
    if one[:1] != other[:1] and not {one[:1], other[:1]} & {"?", "*"}:
        return False
    waiting, seen = [(0, 0)], {(0, 0)}
    while waiting:
        at, there = waiting.pop()
        left, right = one[at : at + 1], other[there : there + 1]
        if not left and not right:
            return True
        ways = [(at + 1, there), (at, there + 1)] if "*" in {left, right} else []
        if left and right and (left == right or "?" in {left, right}):
            ways.append((at + 1, there + 1))
        for way in ways:
            if way not in seen and way[0] <= len(one) and way[1] <= len(other):
                seen.add(way)
                waiting.append(way)
    return False
