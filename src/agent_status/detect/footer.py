"""Find the footer of a dialog: the line that names the keys to confirm and to cancel."""

import re
from collections.abc import Sequence

from agent_status.detect.lines import Line

ENTERS = re.compile(
    r"(?:\b(?:enter|return)\b|[↵⏎])(?:/\w+)?(?: to\b|:)? *"
    r"(?!to\b|or\b|and\b|then\b|send|newline|close|dismiss|exit|quit|search|\W)\w",
    re.IGNORECASE,
)
LEAVES = re.compile(
    r"\b(?:esc|escape|ctrl[+-]c|any (?:other )?key)\b(?:/\S+| or \S+)?(?: to\b|:)? *"
    r"(?:cancel|reject|deny|decline|dismiss|skip|close|exit|go back|back|abort|leave|quit)\b",
    re.IGNORECASE,
)


def find_footer(lines: Sequence[Line], max_below: int) -> int | None:
    """
    Return the index of the line in which a dialog's footer begins, or None if there is none.

    The footer may be wrapped to a second line. At most `most_below` lines with text follow it.
    """
    filled = [i for i, line in enumerate(lines) if line.text]
    for place in range(len(filled) - 1, max(-1, len(filled) - 2 - max_below), -1):
        parts = [lines[i].text.strip() for i in filled[place : place + 2]]
        enters, leaves = (one.search(" ".join(parts)) for one in (ENTERS, LEAVES))
        if enters and leaves and enters.start() < len(parts[0]):
            return filled[place]
    return None
