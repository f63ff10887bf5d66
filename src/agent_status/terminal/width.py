"""Glyphs: how many columns a character takes, as tmux with a glibc counts them."""

import unicodedata

from pyte.screens import wcwidth

BLANK = " "
PADDING = ""
"""What the second cell of a wide character holds."""

JOINER = "\u200d"
FLAGS = range(0x1F1E6, 0x1F200)
MAX_CELL = 21
"""Bytes of UTF-8 that tmux keeps in one cell; what would not fit is dropped."""


def measure(char: str) -> int:
    """Return the columns of `char`: 0 to combine, -1 for one that tmux drops."""
    found = WIDTHS.get(char)
    if found is None:
        if len(WIDTHS) >= MAX_WIDTHS:
            forget()
        found = WIDTHS[char] = _measure(char)
        if found == 1:
            NARROW[char] = char
    return found


def _measure(char: str) -> int:
    columns = wcwidth(char)
    category = unicodedata.category(char)
    if category == "Mc" or ord(char) in FLAGS:
        return 1
    known = category != "Cn"
    if columns > 1 and known and unicodedata.east_asian_width(char) not in "WF":
        return 1
    return columns


def forget() -> None:
    """Forget all but ASCII, so that hostile text cannot grow the tables for ever."""
    ascii_text = [chr(code) for code in range(0x20, 0x7F)]
    WIDTHS.clear()
    WIDTHS.update(dict.fromkeys(ascii_text, 1))
    NARROW.clear()
    NARROW.update({char: char for char in ascii_text})


MAX_WIDTHS = 20_000
WIDTHS: dict[str, int] = {}
NARROW: dict[str, str] = {}
"""Characters of one column, each alone: one object for all cells that show it."""
forget()


def is_narrow(text: str) -> bool:
    """Return whether each character of `text` is known to take one column."""
    if text.isascii() or NARROW.keys() >= set(text):
        return True
    return all(measure(char) == 1 for char in text)


def measure_cell(cell: str) -> int:
    """Return the columns of a cell: none for padding, else those of its first character."""
    return max(0, measure(cell[0])) if cell else 0
