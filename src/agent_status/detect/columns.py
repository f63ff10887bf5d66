"""Columns of the screen, for wide characters: cut rows, find a sidebar."""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

from agent_status.model import Row

MAYBE_WIDE = re.compile(
    r"[^\x00-\u02ff\u0370-\u0482\u048a-\u0590\u2010-\u2027\u2030-\u205f\u2070-\u20cf"
    r"\u2100-\u22ff\u2500-\u25fc\u2800-\u28ff]"
)
"""Characters that may take two columns or none; letters, lines, blocks and braille take one."""

MAX_CHARS = 4096
UNDRAWN = frozenset({"Mn", "Me", "Cf"})
"""Categories of characters that share the column of the one before."""


def has_sidebar(rows: Sequence[Row], edge: int) -> bool:
    """Return True if something stands right of column `edge` and no row reaches across it."""
    cuts = [(row.text, find_index(row.text, edge)) for row in rows]
    beyond = [(text, at) for text, at in cuts if at < len(text)]
    return bool(beyond) and not any(text[max(0, at - 1) : at + 2].strip() for text, at in beyond)


def measure_text(text: str) -> int:
    """Return how many columns `text` takes."""
    odd = MAYBE_WIDE.findall(text)
    return len(text) - len(odd) + sum(map(_measure_char, odd))


@lru_cache(MAX_CHARS)
def _measure_char(char: str) -> int:
    if unicodedata.category(char) in UNDRAWN:
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def find_index(text: str, column: int) -> int:
    """Return the index of the character at `column`, or the text's length if it is shorter."""
    if not MAYBE_WIDE.search(text):
        return min(column, len(text))
    at = 0
    for i, char in enumerate(text):
        if at >= column:
            return i
        at += _measure_char(char)
    return len(text)


def cut_row(row: Row, column: int) -> Row:
    """Return the row up to `column`."""
    return Row(row.text[: find_index(row.text, column)].rstrip(), row.spans, row.goes_on)
