"""Makes outside text inert: nothing that a terminal obeys, reorders or hides."""

import json
import re
from typing import Any

from agent_status.model.text import BLANKS, HIDDEN

SPACING = re.compile("[\t\n\v\f\r\u2028\u2029]")
HOSTILE = re.compile(
    "[\x00-\x1f\x7f-\x9f"  # C0, DEL and C1
    "\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"  # order, hidden
    "\ud800-\udfff\U000e0000-\U000e0fff]"
)
"""Without C0, escape sequences lose their head and become letters."""
UNESCAPED = re.compile(f"(?!\n)[{HIDDEN}{BLANKS}\u3000]")
"""What of it JSON leaves as it is."""

_WIDE = "\u2e80-\u9fff\uac00-\ud7a3\uf900-\ufaff\uff01-\uff60\U00020000-\U0003fffd"
_ACCENTS = "\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u20d0-\u20ff"
UNSEEN = re.compile(
    f"[{HIDDEN}{BLANKS}]"
    f"|(?<![{_WIDE}])\u3000+|\u3000+(?![{_WIDE}])"  # a blank, but for that of wide letters
    f"|(?<=[{_ACCENTS}]{{2}})[{_ACCENTS}]"  # more upon one letter than any language has
)
"""What would hide in a text, or pass for something else."""


def render_json(data: Any, indent: int | None = None) -> str:
    """Return JSON with all characters escaped that a terminal obeys."""
    text = json.dumps(data, ensure_ascii=False, indent=indent)
    return UNESCAPED.sub(lambda found: json.dumps(found[0])[1:-1], text)


def show_name(name: str) -> str:
    r"""
    Return a file name with characters made visible that a terminal would obey or hide.

    A byte that isn't UTF-8 is a lone surrogate in `name`; it becomes `\xff`, a line end `\n`. So
    names that differ only in such characters still look different.
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


def reveal_text(text: str) -> str:
    """
    Return `text` on one line, with hidden characters as their codes, such as ⟨U+200B⟩.

    For requests: a user who decides about a command must see each character of it. Idempotent.
    """
    if text.isascii() and text.isprintable():
        return text
    return UNSEEN.sub(render_codes, text.replace("\n", " "))


def render_codes(found: re.Match[str]) -> str:
    """Return the characters of a match as their codes."""
    return "".join(f"⟨U+{ord(character):04X}⟩" for character in found[0])
