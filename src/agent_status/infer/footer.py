"""The last line of a dialog: which key takes what is chosen, and which one leaves it."""

import re
from collections.abc import Sequence

from agent_status.infer.lines import Line

ENTERS = re.compile(
    r"(?:\b(?:enter|return)\b|[↵⏎])(?:/\w+)?(?: to\b|:)? *"
    r"(?!to\b|or\b|and\b|then\b|send|newline|close|dismiss|exit|quit|search|\W)\w",
    re.IGNORECASE,
)
LEAVES = re.compile(
    r"\b(?:esc|escape|ctrl[+-]c)\b(?:/\S+| or \S+)?(?: to\b|:)? *"
    r"(?:cancel|reject|deny|decline|dismiss|skip|close|exit|go back|back|abort|leave|quit)\b",
    re.IGNORECASE,
)


def find_footer(lines: Sequence[Line], most_below: int) -> int | None:
    """Return the lowest line in which such a footer begins, above at most so many filled ones."""
    filled = [i for i, line in enumerate(lines) if line.text]
    for place in range(len(filled) - 1, max(-1, len(filled) - 2 - most_below), -1):
        wrapped = "\n".join(lines[i].text.strip() for i in filled[place : place + 2])
        text = wrapped.replace("\n", " ")
        enters, leaves = ENTERS.search(text), LEAVES.search(text)
        if enters and leaves and enters.start() < wrapped.find("\n") % (len(wrapped) + 1):
            return filled[place]
    return None
