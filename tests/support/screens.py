"""Literal screens for tests."""

from pathlib import Path

from agent_status.model import Cursor, Row, Screen, Span, Style

NOWHERE = Path("/nonexistent")
"""
A folder without anybody's own agents.
"""
FAINT = Style(dim=True)


def draw(text: str, *, width: int = 60, title: str = "", cursor: Cursor | None = None) -> Screen:
    """
    Return a screen that shows `text`; what stands between two `¦` is dim.
    """
    rows = tuple(_draw_row(line) for line in text.strip("\n").split("\n"))
    return Screen(width, len(rows), rows, cursor or Cursor(), title)


def _draw_row(line: str) -> Row:
    parts = line.rstrip().split("¦")
    spans, text = [], ""
    for i, part in enumerate(parts):
        if i % 2:
            spans.append(Span(len(text), len(text) + len(part), FAINT))
        text += part
    return Row(text, tuple(spans))
