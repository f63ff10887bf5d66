"""The journal's entries as lines of the popup."""

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from agent_status.chooser.state.outside import take_mapping, take_number, take_said, take_text
from agent_status.chooser.state.panel import Chronicle
from agent_status.chooser.state.text import clean_cells
from agent_status.chooser.state.view import View

NOTHING = "Nothing was decided yet."
UNREADABLE = "The daemon's answer can't be read."
LATEST = 1e11
"""Unix seconds beyond which nothing is a time."""


def take_log(view: View, pane: str, answer: Any, trouble: str) -> View:
    """Return the view with the journal's entries, if its log is still open."""
    log = view.panel
    if not isinstance(log, Chronicle) or log.pane != pane:
        return view
    lines = (clean_cells(trouble),) if trouble else parse_log(answer, placed=not pane)
    return replace(view, panel=replace(log, lines=lines or (NOTHING,), start=None))


def parse_log(answer: Any, *, placed: bool) -> tuple[str, ...]:
    """Return a line an entry, the latest last; with the agent's place where there are several."""
    entries = take_mapping(answer).get("entries")
    if not isinstance(entries, list):
        return (UNREADABLE,)
    rows = sorted(map(take_mapping, entries), key=_read_time)
    return tuple(_tell(row, placed=placed) for row in rows)


def _tell(entry: Mapping[str, Any], *, placed: bool) -> str:
    at = time.strftime("%d %b %H:%M:%S", time.localtime(_read_time(entry)))
    where = take_text(entry, "place") or take_text(entry, "pane") if placed else ""
    kind, words = take_text(entry, "kind"), take_said(entry, "words")
    return "  ".join(filter(None, (at, where, f"{kind:<10}", words)))


def _read_time(entry: Mapping[str, Any]) -> float:
    at = take_number(entry, "at")
    return at if 0 <= at < LATEST else 0.0
