"""Outside text made inert: nothing in it that a terminal obeys, reorders or hides."""

import json
import re
from typing import Any

SPACING = re.compile("[\t\n\v\f\r\u2028\u2029]")
UNSEEN = (
    "\x7f-\x9f"  # DEL and C1
    "\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"  # order, hidden
    "\ud800-\udfff\U000e0000-\U000e0fff"
)
HOSTILE = re.compile(f"[\x00-\x1f{UNSEEN}]")
"""Without C0, escape sequences lose their head and become letters."""
UNESCAPED = re.compile(f"[{UNSEEN}]")
"""What of it JSON leaves as it is."""


def render_json(data: Any, indent: int | None = None) -> str:
    """Return JSON in which nothing is left that a terminal obeys: such characters are escaped."""
    text = json.dumps(data, ensure_ascii=False, indent=indent)
    return UNESCAPED.sub(lambda found: json.dumps(found[0])[1:-1], text)


def show_name(name: str) -> str:
    r"""
    Return a file's name as it is, with what a terminal would obey or hide made visible.

    A byte that is no UTF-8 is a lone surrogate in `name`; it becomes `\xff`, a line end `\n`. So
    names that differ in such characters alone still look different.
    """
    if name.isascii() and name.isprintable():
        return name
    text = name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return HOSTILE.sub(_escape, SPACING.sub(_escape, text))


def _escape(found: re.Match[str]) -> str:
    return ascii(found[0])[1:-1]


def clean_text(text: str) -> str:
    """Return `text` on one line, without control, bidirectional and invisible characters."""
    if text.isascii() and text.isprintable():
        return text
    return HOSTILE.sub("", SPACING.sub(" ", text))
