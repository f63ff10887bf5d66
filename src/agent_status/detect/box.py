"""Finds the input box of an agent by its edges and its prompt."""

import re
from collections.abc import Sequence

from agent_status.agents.schema import Box
from agent_status.model import Cursor

INDENTED = re.compile("^ ")
"""The further lines of an open box that does not say what they look like."""


def find_box(texts: Sequence[str], box: Box, cursor: Cursor) -> tuple[int, int] | None:
    """
    Return the lowest input box of the form `box`, as rows [first, end) inside its edges.

    `texts` are the rows with normalized glyphs. At most `box.below` filled rows may be below it, so
    that a box left behind in the scrolled text, above a dialog, doesn't count.
    """
    if box.shown and not cursor.visible:
        return None
    filled = 0
    for y in range(len(texts) - 1, -1, -1):
        found = _find_box_at(texts, y, box)
        if found and (not box.cursor or _holds_cursor(found, box, cursor)):
            return found
        filled += bool(texts[y])
        if filled > box.below:
            return None
    return None


def _holds_cursor(found: tuple[int, int], box: Box, cursor: Cursor) -> bool:
    """Return True if the cursor is inside; one that is hidden may lag on the lower edge."""
    first, end = found
    lags = box.bottom is not None and not cursor.visible
    return first <= cursor.y < end + lags


def _find_box_at(texts: Sequence[str], y: int, box: Box) -> tuple[int, int] | None:
    """Return the box whose lower edge, or whose prompt if it has no such edge, is row `y`."""
    if box.bottom is None:
        return _find_open_box(texts, y, box)
    if not box.bottom.search(texts[y]):
        return None
    first = y
    while first > 0 and not (box.top and box.top.search(texts[first - 1])):
        if box.body and not box.body.search(texts[first - 1]):
            if box.top:
                return None
            break
        first -= 1
    closed = first > 0 or box.top is None
    return (first, y) if closed and first < y and box.prompt.search(texts[first]) else None


def _find_open_box(texts: Sequence[str], y: int, box: Box) -> tuple[int, int] | None:
    if not box.prompt.search(texts[y]):
        return None
    top = box.top
    if top and not any(top.search(text) for text in texts[max(0, y - 1 - box.gap) : y]):
        return None
    end, body = y + 1, box.body or INDENTED
    while end < len(texts) and body.search(texts[end]):
        end += 1
    return y, end
