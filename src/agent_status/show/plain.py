"""Outside text made inert: nothing in it that a terminal obeys, reorders or hides."""

import re

SPACING = re.compile("[\t\n\v\f\r\u2028\u2029]")
HOSTILE = re.compile(
    "[\x00-\x1f\x7f-\x9f"  # C0, DEL, C1: escape sequences lose their head and become letters
    "\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"  # order, hidden
    "\ud800-\udfff\U000e0000-\U000e0fff]"
)


def clean_text(text: str) -> str:
    """Return `text` on one line, without control, bidirectional and invisible characters."""
    if text.isascii() and text.isprintable():
        return text
    return HOSTILE.sub("", SPACING.sub(" ", text))
