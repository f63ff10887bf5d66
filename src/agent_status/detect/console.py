"""Agents that read and answer line by line, as a shell does: whether they work."""

import re
from collections.abc import Iterable, Iterator
from enum import StrEnum
from itertools import takewhile

from agent_status.detect.columns import measure_text
from agent_status.detect.evidence import weigh
from agent_status.detect.layout import Layout
from agent_status.detect.lifecycle import COMMAND
from agent_status.detect.lines import Line
from agent_status.detect.unknown_dialog import MAX_CHOICES, is_pointing
from agent_status.model import ASKS, Evidence, State

PROMPT = re.compile(r"\?$|[])]:?$|^\s*(?:\w+ ){0,2}\w+:$")
"""The end of words that ask for a line."""


FAILURES = frozenset({State.ERROR, State.LIMITED})


class Stage(StrEnum):
    """The stage of such an agent; `AWAY` for all that have more than a line at the bottom."""

    AWAY = "away"
    READS = "reads"
    WORKS = "works"


def advance_stage(stage: Stage, layout: Layout, shown: State | None) -> Stage:
    """
    Return the stage after a screen that says `shown`, all else apart.

    What was sent at the prompt, or to answer a question there, is in hand until the prompt is back.
    """
    if layout.screen.alternate:
        return Stage.AWAY
    if layout.is_open or (shown in ASKS and not is_pouring(layout)):
        return Stage.READS
    if layout.box:
        return Stage.AWAY
    if stage is Stage.READS and is_pouring(layout) and _has_sent(layout):
        return Stage.WORKS
    return stage


def drop_past(
    stage: Stage, layout: Layout, found: Iterable[Evidence], *, flows: bool
) -> Iterator[Evidence]:
    """Yield what was found but for a failure before the prompt is back, and what asks no more."""
    pours = stage is not Stage.AWAY and is_pouring(layout)
    works = pours and stage is Stage.WORKS
    answered = pours and layout.screen.cursor.y >= len(layout.lines)
    for one in found:
        line = answered and one.ask is not None and not one.ask.options
        quoted = (works and one.state in FAILURES) or (works and flows and one.state in ASKS)
        if not (quoted or line):
            yield one


def find_work(stage: Stage, layout: Layout, sent: str) -> Iterator[Evidence]:
    """
    Yield that it works on the line `sent`, or waits for another one.

    It yields nothing where text ends as neither does, or a list stands that may wait.
    """
    if stage is not Stage.WORKS:
        return
    if is_pouring(layout) and not is_pointing(_list_answer(layout, sent)):
        yield _make(layout, State.WORKING, "its prompt is not back yet")
    elif is_reading(layout):
        yield _make(layout, State.QUESTION, layout.lines[-1].text.strip())


def _list_answer(layout: Layout, sent: str) -> list[Line]:
    """Return the last paragraph, as far as it stands below what was sent."""
    last = list(takewhile(lambda line: line.text, reversed(layout.lines)))[:MAX_CHOICES]
    return list(takewhile(lambda line: not sent or not line.text.endswith(sent), last))


def _make(layout: Layout, state: State, reason: str) -> Evidence:
    rule, weight = f"{layout.agent.kind}/console", weigh("console", state)
    return Evidence(state=state, source="console", rule=rule, weight=weight, reason=reason)


def is_pouring(layout: Layout) -> bool:
    """Return True if output ends at the cursor, and no text before it there asks for input."""
    cursor, lines = layout.screen.cursor, layout.lines
    below = lines[cursor.y + 1 :]
    return not below and (not cursor.visible or cursor.x in {0, layout.screen.width})


def is_reading(layout: Layout) -> bool:
    """Return True if the cursor stands a blank behind words that ask for a line."""
    cursor, lines = layout.screen.cursor, layout.lines
    if not lines or lines[-1].y != cursor.y or not cursor.visible:
        return False
    text = lines[-1].row.text
    return cursor.x == measure_text(text) + 1 and bool(PROMPT.search(text))


def _has_sent(layout: Layout) -> bool:
    """Return True if the lowest prompt holds words, and no command to the agent itself."""
    sent = layout.find_sent()
    return bool(sent) and not sent.startswith(COMMAND)
