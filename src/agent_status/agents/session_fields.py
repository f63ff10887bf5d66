"""Reads fields of a record of an agent's session file. The record may be of any shape."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from agent_status.agents.session_schema import FieldPath
from agent_status.model import clip_text

MAX_TEXT = 400
"""Characters that are kept of a prompt or a message."""
MAX_MATCHED = 1000
"""Characters of a field that a pattern is held against."""
MAX_VALUES = 64
MAX_ITEMS = 256
"""Items of a list that are looked at: the last ones."""
MILLISECONDS = 1e11
"""A time that is larger is in milliseconds."""
UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")
Where = Mapping[FieldPath, re.Pattern[str]]


def parse_record(text: bytes | str) -> Any:
    """Return the JSON value in `text`; None if it is invalid or too deep."""
    try:
        return json.loads(text if isinstance(text, str) else text.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return None


def find_values(record: Any, path: FieldPath) -> list[str]:
    """Return the plain values at `path` as text; empty if there are no values."""
    value = record
    for depth, key in enumerate(path):  # the quick way of nearly every field
        if not isinstance(value, dict) or key not in value:
            values = walk(value, path[depth:])
            texts = (text for value in values if (text := _show_value(value)) is not None)
            return list(islice(texts, MAX_VALUES))
        value = value[key]
    text = _show_value(value)
    return [] if text is None else [text]


def _show_value(value: Any) -> str | None:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else None


def walk(value: Any, path: FieldPath) -> Iterator[Any]:
    """Yield every value at `path`: `*` is the last items of a list, `~` the keys of an object."""
    if not path:
        yield value
    elif isinstance(value, Mapping) and path == ("~",):
        yield from islice(value, MAX_ITEMS)
    elif isinstance(value, Mapping):
        if path[0] in value:
            yield from walk(value[path[0]], path[1:])
    elif isinstance(value, list) and path[0] == "*":
        for item in value[-MAX_ITEMS:]:
            yield from walk(item, path[1:])
    elif isinstance(value, list) and path[0] in {"0", "-1"} and value:
        yield from walk(value[int(path[0])], path[1:])


def find_text(levels: Sequence[Any], paths: Iterable[FieldPath]) -> str:
    """
    Return the text at the first path that has any.

    `levels` are an item, the objects around it, and its record: what one lacks is the next one's,
    and a path that begins with `^` means the record only.
    """
    for path in paths:
        inner, rest = (levels[-1:], path[1:]) if path[:1] == ("^",) else (levels, path)
        for level in inner if rest else ():
            if text := " ".join(find_values(level, rest)):
                return text
    return ""


def matches(record: Any, where: Where) -> bool:
    """
    Return True if every field matches its pattern as a whole; one that is absent is empty.

    Of a long field only the beginning counts.
    """
    return all(_matches_one(find_values(record, path), pattern) for path, pattern in where.items())


def matches_within(levels: Sequence[Any], where: Where) -> bool:
    """Return True as `matches` does; what the first of `levels` lacks is the next one's."""
    return all(
        _matches_one(next(filter(None, (find_values(one, path) for one in levels)), []), pattern)
        for path, pattern in where.items()
    )


def _matches_one(values: list[str], pattern: re.Pattern[str]) -> bool:
    if len(values) == 1:
        return pattern.fullmatch(values[0], 0, MAX_MATCHED) is not None
    return any(pattern.fullmatch(value, 0, MAX_MATCHED) for value in values or ("",))


def parse_instant(text: str) -> float | None:
    """Return the Unix time that `text` says, in ISO 8601, seconds or milliseconds, or None."""
    try:
        if text[:1].isdigit() and "-" not in text:
            number = float(text[:20])
            number = number / 1000 if number > MILLISECONDS else number
            return number if number < MILLISECONDS else None
        return datetime.fromisoformat(text).timestamp()
    except (ValueError, OverflowError, OSError):
        return None


def read_instant(record: Any, path: FieldPath) -> float | None:
    """Return the Unix time at `path`; None if it is missing or not a time."""
    return parse_instant(next(iter(find_values(record, path)), "")) if path else None


def clean(text: str) -> str:
    """Return `text` on one line, without control characters, bounded."""
    return clip_text(UNSEEN.sub(" ", text[: 4 * MAX_TEXT]), MAX_TEXT)
