"""The parts of a form: boxes to tick, values to change, fields to fill, rows of buttons."""

import re
from collections.abc import Sequence

from agent_status.detect.choices import SEPARATOR
from agent_status.detect.lines import Line

WIDGET = re.compile(
    r"(?:^|\s)(?:\[[ xX✓✔*]?\]|\([ xX•●*]\)|[☐☑☒◻◼◉◯])(?:\s|$)"
    r"|[◂◀◄‹<] .{1,40} [▸▶►›>](?:\s|$)"
    r"|_{6,}|[━─]{2,}[●◉○█┃][━─]{2,}"
    r"|[\[(](?:[yY]/[nN]|yes/no)[\])]\W*$"
)
GRANT = r"(?:Accept|Allow|Approve|Confirm|Continue|OK|Ok|Run|Save|Submit|Yes)"
REFUSE = r"(?:Abort|Back|Cancel|Decline|Deny|No|Not now|Reject|Skip)"
BUTTONS = re.compile(
    rf"^\W*{GRANT}\b(?: \w+)*\W{{2,}}(?:[^\s\W].*\W{{2}})?{REFUSE}\b(?: \w+)*\W*$"
    rf"|^\W*{REFUSE}\b(?: \w+)*\W{{3,}}{GRANT}\b(?: \w+)*\W*$"
)
"""A button that grants and one that refuses, side by side, and nothing else."""
KEY = r"(?:enter|return|esc(?:ape)?|space(?:bar)?|tab|arrows?|ctrl[+-]\w|[↑↓←→↵⏎⎋⇆⇥])"
KEYS = re.compile(rf"(?i)(?<!\w){KEY}(?!\w)")
LEAD = re.compile(rf"(?i)^\W*(?:(?:press|use|hit) )?{KEY}(?!\w)")
MAX_BELOW = 3
MAX_ABOVE = 14


def find_widgets(lines: Sequence[Line]) -> int | None:
    """
    Return the line in which the form at the bottom ends; None if there is none.

    Its keys are named below it, or it ends with its buttons.
    """
    filled = [y for y, line in enumerate(lines) if not SEPARATOR.match(line.text)]
    if filled and BUTTONS.search(lines[filled[-1]].text):
        return filled[-1] + 1
    for place in range(len(filled) - 1, max(-1, len(filled) - 2 - MAX_BELOW), -1):
        if _is_keys(lines[filled[place]].text):
            above = (lines[y].text for y in filled[max(0, place - MAX_ABOVE) : place])
            if any(WIDGET.search(text) or BUTTONS.search(text) for text in above):
                return filled[place]
    return None


def _is_keys(text: str) -> bool:
    """Return True if a line says which keys do what."""
    return LEAD.match(text) is not None or len(KEYS.findall(text)) > 1
