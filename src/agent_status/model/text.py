"""Text for the user: problems with a fix, one-line texts, hidden characters."""

import re
from dataclasses import dataclass

IGNORABLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
"""Default_Ignorable_Code_Point in DerivedCoreProperties.txt of Unicode 16, for a class of `re`."""
HIDDEN = (
    "\x00-\x1f\x7f-\x9f"  # controls
    "\u2028\u2029\ufff9-\ufffb\U00013430-\U0001343f"  # separators, annotations, joiners of signs
    "\u2800\U00013441\U00013442\U0001d159"  # signs that are drawn as nothing
    "\ud800-\udfff"
) + IGNORABLE
"""Characters that are not drawn, or that reorder others."""
BLANKS = "\u00a0\u1680\u2000-\u200a\u202f\u205f"
"""Characters that look like a blank, but aren't one to a program."""

_GAPS = re.compile(r"[ \t\n\v\f\r]+")


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem with something of the user's, and how to fix it."""

    where: str
    what: str
    hint: str = ""

    def __str__(self) -> str:
        """Return the problem as one line."""
        return f"{self.where}: {self.what}" + (f" ({self.hint})" if self.hint else "")


def flatten_text(text: str) -> str:
    """Return `text` on one line; only what every program takes for a gap becomes one blank."""
    return _GAPS.sub(" ", text).strip(" ")


def clip_text(text: str, width: int) -> str:
    """Return `text` on one line, at most `width` characters, with an ellipsis where it was cut."""
    line = flatten_text(text)
    return line if len(line) <= width else line[: max(0, width - 1)] + "…"
