"""Patterns in an agent's TOML: as they stand, or for screen text that may be wrapped anywhere."""

import re
from typing import Any

from agent_status.infer.faults import RuleError
from agent_status.infer.schema import Pattern


def compile_exact(text: Any) -> Pattern:
    """Return `text` as a pattern, case kept; raise RuleError if it is none."""
    if not isinstance(text, str) or not text:
        message = f"{text!r} is not a pattern"
        raise RuleError(message)
    try:
        return re.compile(text, re.MULTILINE)
    except (re.error, OverflowError, RecursionError) as error:
        message = f"{text!r} is not a pattern: {error}"
        raise RuleError(message) from error


def compile_words(text: Any) -> Pattern:
    """
    Return `text` as a pattern for screen text that may be wrapped anywhere.

    A blank matches any white space, also a line's end; case does not count.
    """
    if not isinstance(text, str):
        message = f"{text!r} is not a pattern"
        raise RuleError(message)
    loose = re.sub(r"\\.|\[\^?\]?(?:\\.|[^\]])*\]| (?=[*+?{])| +", _loosen, text)
    exact = compile_exact(loose)
    return re.compile(exact.pattern, re.MULTILINE | re.IGNORECASE)


def _loosen(match: re.Match[str]) -> str:
    if match[0].strip():
        return match[0]
    repeated = match.string[match.end() : match.end() + 1] in tuple("*+?{")
    return r"\s" if repeated else r"\s+"
