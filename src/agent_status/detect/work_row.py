"""The row that shows work by its form alone: a running time, or the key to stop it."""

import re

from agent_status.detect.choices import SEPARATOR
from agent_status.detect.evidence import weigh
from agent_status.detect.layout import Layout
from agent_status.detect.unknown_dialog import TASK
from agent_status.model import Evidence, State, clip_text

TIME = r"(?:(?:\d+(?:\.\d+)? ?(?:hr?|min|m|secs?|s)\b ?){1,3}|\d+:\d\d(?::\d\d)?)"
STOP = r"\bto (?:interrupt|stop|cancel|abort)\b"
WORDS = r"(?P<words>\w(?:(?![✻✽✶✳✢⠀-⣿◐-◓●•·])[^\n()]){0,80}?)"
"""What goes on; in prose about it the spinner may stand among the words."""
ROW = re.compile(
    rf"^ ?(?:[^\w\s]\S{{0,2}} )?{WORDS} ?"
    rf"(?:\((?=[^()]{{0,60}}{STOP})[^()]{{0,60}}\b{TIME}[^()]{{0,60}}\)"
    rf"|(?:…|\.\.\.) ?\({TIME} ?[·•,|][^()]{{0,60}}\)"
    rf"|(?:…|\.\.\.) ?\([^()]{{0,24}}{STOP}[^()]{{0,60}}\)"
    rf"|(?:…|\.\.\.) {{1,3}}{TIME}(?= ?[·•\n]|$))"
    r"(?: ?[·•][^\n]*)?(?:\n|$)"
)
BESIDE = re.compile(r"^\s*[>↳⎿└] |^ {2,}\S")
"""What belongs to such a row, or waits until it is done, and stands below it."""
MAX_BELOW = 30


def find_activity(layout: Layout) -> Evidence | None:
    """Return what the lowest item above the input box says, if it is work that goes on."""
    item, lines = layout.agent.item, layout.find("above-box")
    for y in range(len(lines) - 1, max(-1, len(lines) - 1 - MAX_BELOW), -1):
        line = lines[y]
        if any(one.match(line.signs) for one in (SEPARATOR, TASK, BESIDE)):
            continue
        match = ROW.match("\n".join(one.signs for one in lines[y : y + 2]))
        if match:
            return Evidence(
                state=State.WORKING,
                source="screen",
                rule=f"{layout.agent.kind}/activity",
                weight=weigh("activity", State.WORKING),
                region="above-box",
                excerpt=clip_text(line.text, EXCERPT),
                reason=clip_text(match["words"], EXCERPT),
            )
        if item is None or item.search(line.signs):
            break
    return None


EXCERPT = 120
