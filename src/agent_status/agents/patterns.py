"""Patterns in an agent's TOML: exact ones, and ones for screen text that may be wrapped."""

import contextlib
import re
from collections.abc import Iterator
from contextvars import ContextVar
from functools import lru_cache
from typing import Annotated, Any, cast

from agent_status.agents.glyphs import normalize_glyphs
from agent_status.agents.literals import ops, parser
from agent_status.toml_tables import refuse

Pattern = re.Pattern[str]
QUOTES = "write it in single quotes: TOML leaves backslashes alone there"
SIMPLER = "repeat single characters only, twice at most, as in 'waiting.*'"
MAX_ENDLESS, MAX_CHOICES = 2, 8
"""Repeats without bound, and all repeats and alternatives, that a pattern for fields may have."""


_TRUSTS: ContextVar[bool] = ContextVar("trusts", default=False)


class LatePattern:
    """
    Stands in for a pattern that is compiled once it is asked for anything.

    A user has a few of the packaged agents: compiling the patterns of all of them takes a third of
    a second at each start.
    """

    def __init__(self, text: str, flags: int) -> None:
        self._source = (text, flags)

    def __getattr__(self, name: str) -> Any:
        """Return that attribute of the pattern; the next time, it is found here."""
        found = getattr(_compile(*self._source), name)
        setattr(self, name, found)
        return found


@contextlib.contextmanager
def trust_patterns() -> Iterator[None]:
    """Take patterns as valid, and compile each at its first use: tests tried the packaged ones."""
    token = _TRUSTS.set(True)
    try:
        yield
    finally:
        _TRUSTS.reset(token)


@lru_cache(maxsize=4096)
def _compile(text: str, flags: int) -> Pattern:
    return re.compile(text, flags)  # whose own cache is too small for all agents' rules


@lru_cache(maxsize=4096)
def _defer(text: str, flags: int) -> Pattern:
    return cast("Pattern", LatePattern(text, flags))


def compile_exact(text: Any, flags: int = re.MULTILINE) -> Pattern:
    """Return `text` as a pattern with case; raise TableError if it is invalid."""
    if not isinstance(text, str) or not text:
        message = f"{text!r} is not a pattern"
        raise refuse(message, QUOTES)
    try:
        return _defer(text, flags) if _TRUSTS.get() else _compile(text, flags)
    except (re.error, OverflowError, RecursionError) as error:
        message = f"{text!r} is not a pattern: {error}"
        raise refuse(message, QUOTES) from error


def compile_field(text: Any) -> Pattern:
    """
    Return `text` as a pattern that is fast on any short text; raise TableError.

    Fields of session files are searched in a thread, where no timer can stop a search.
    """
    pattern = compile_exact(text)
    if _TRUSTS.get():
        return pattern
    found = list(_iterate_choices(parser.parse(text))) if parser else []
    if any(nested for nested, _ in found):
        message = f"{text!r} may take for ever: it repeats more than single characters"
        raise refuse(message, SIMPLER)
    if sum(endless for _, endless in found) > MAX_ENDLESS or len(found) > MAX_CHOICES:
        message = f"{text!r} may take for ever: it repeats more than twice without bound"
        raise refuse(message, SIMPLER)
    return pattern


def _iterate_choices(items: Any) -> Iterator[tuple[bool, bool]]:
    """Yield for each repeat or look-around if it matches several characters, and is unbounded."""
    for op, value in items:
        if op in {ops.MAX_REPEAT, ops.MIN_REPEAT, ops.POSSESSIVE_REPEAT}:
            _, most, body = value
            single = len(body) == 1 and body[0][0] in {
                ops.IN,
                ops.ANY,
                ops.LITERAL,
                ops.NOT_LITERAL,
            }
            yield not single, most == ops.MAXREPEAT
        elif op is ops.SUBPATTERN:
            yield from _iterate_choices(value[3])
        elif op is ops.BRANCH:
            for branch in value[1]:
                yield from _iterate_choices(branch)
        elif op in {
            ops.ASSERT,
            ops.ASSERT_NOT,
            ops.ATOMIC_GROUP,
            ops.GROUPREF,
            ops.GROUPREF_EXISTS,
        }:
            yield True, False


def compile_signs(text: Any) -> Pattern:
    """Return `text` as a pattern for lines with normalized glyphs."""
    return compile_exact(normalize_glyphs(text) if isinstance(text, str) else text)


def compile_words(text: Any) -> Pattern:
    """
    Return `text` as a pattern for screen text that may be wrapped anywhere.

    A blank matches any white space, including a line's end; case is ignored.
    """
    if not isinstance(text, str):
        message = f"{text!r} is not a pattern"
        raise refuse(message, QUOTES)
    loose = re.sub(r"\\.|\[\^?\]?(?:\\.|[^\]])*\]| (?=[*+?{])| +", _loosen, text)
    return compile_exact(loose, re.MULTILINE | re.IGNORECASE)


def compile_sign_words(text: Any) -> Pattern:
    """Return `text` as `compile_words` does, for text with normalized glyphs."""
    return compile_words(normalize_glyphs(text) if isinstance(text, str) else text)


def _loosen(match: re.Match[str]) -> str:
    if match[0].strip():
        return match[0]
    repeated = match.string[match.end() : match.end() + 1] in tuple("*+?{")
    return r"\s" if repeated else r"\s+"


Exact = Annotated[Pattern, compile_exact]
Signs = Annotated[Pattern, compile_signs]
Words = Annotated[Pattern, compile_words]
SignWords = Annotated[Pattern, compile_sign_words]
FieldPattern = Annotated[Pattern, compile_field]
