"""
Any text made fit for cells, when it is drawn: cleaned, measured, cut and wrapped by width.

Everything that is drawn goes through one of these functions, and each of them cleans: nothing
reaches the terminal that it obeys. Only what a request says is revealed before, by `reveal_*`.
"""

import math
import re
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import accumulate

from rich.cells import cell_len, set_cell_size

from agent_status.model.attention import render_duration
from agent_status.model.plain import clean_text, render_codes, reveal_text

ELLIPSIS = "…"
MAX_LINES = 1000
LATEST = 1e11
"""Unix seconds beyond which nothing is a time."""
MAX_CHARACTERS = 50_000
CUT = "… cut here: the rest is in the pane"
"""Nothing is approved that was not seen, without this being shown."""
MAX_S = 99_999 * 86_400.0

UNSURE = re.compile(
    "[\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200c\u200d\u3164\uffa0\ufe00-\ufe0f"
    "\U0001f3fb-\U0001f3ff\uffff\ufffe]"
)
"""Characters that change the width of others, on which terminals and fonts disagree."""

PILED = re.compile("([\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u20d0-\u20ff]{2})[\u0300-\u036f]+")
"""More accents upon one character than any language has."""

UNSURE_OR_FLAG = re.compile(f"{UNSURE.pattern[:-1]}\U0001f1e6-\U0001f1ff]")
FLAGS = {0x1F1E6 + letter: chr(ord("A") + letter) for letter in range(26)}
"""Regional indicators as the letters they stand for: terminals disagree on the width of flags."""


def clean_cells(text: str) -> str:
    """Return `text` inert, and of a width on which every terminal agrees."""
    clean = clean_text(text)
    if clean.isascii():
        return clean
    return PILED.sub(r"\1", UNSURE.sub("", clean)).translate(FLAGS)


def reveal_cells(text: str) -> str:
    """
    Return `text` inert, with all that would hide in it, or change widths, as its code.

    For what a request says, as `reveal_text`; nothing of it is left out.
    """
    clean = reveal_text(text)
    return clean if clean.isascii() else UNSURE_OR_FLAG.sub(render_codes, clean)


def show_line(text: str) -> str:
    """Return any text on one line, inert."""
    return " ".join(clean_cells(_bound(text)).split())


def reveal_line(text: str) -> str:
    """Return what a request says on one line, with all that would hide; see `reveal_cells`."""
    return " ".join(reveal_cells(_bound(text)).split())


def show_lines(text: str) -> tuple[str, ...]:
    """Return the lines of any text, inert."""
    return _bound_lines(text.splitlines(), clean_cells)


def reveal_lines(text: str) -> tuple[str, ...]:
    """Return the lines of what a request says, with all that would hide in them."""
    return _bound_lines(text.split("\n") if text else [], reveal_cells)


def _bound_lines(lines: list[str], clean: Callable[[str], str]) -> tuple[str, ...]:
    more = [CUT] if len(lines) > MAX_LINES else []
    return tuple(clean(_bound(line)).rstrip() for line in [*lines[:MAX_LINES], *more])


def _bound(text: str) -> str:
    return text if len(text) <= MAX_CHARACTERS else f"{text[:MAX_CHARACTERS]} {CUT}"


def fit_cells(text: str, width: int) -> str:
    """Return `text`, inert, in exactly `width` cells, with an ellipsis where it was cut."""
    if width < 1:
        return ""
    text = clean_cells(text)
    if cell_len(text) <= width:
        return set_cell_size(text, width)
    return set_cell_size(set_cell_size(text, width - 1) + ELLIPSIS, width)


def cut_cells(text: str, width: int) -> str:
    """Return `text`, inert, in at most `width` cells, with an ellipsis where it was cut."""
    text = clean_cells(text)
    return text if cell_len(text) <= width else fit_cells(text, width)


def cut_folder(path: str, width: int) -> str:
    """Return the end of `path`, inert, in at most `width` cells, whole parts where possible."""
    path = clean_cells(path)
    if cell_len(path) <= width:
        return path
    parts = path.split("/")
    for first in range(1, len(parts)):
        short = "/".join([ELLIPSIS, *parts[first:]])
        if cell_len(short) <= width:
            return short
    return cut_cells(parts[-1], width)


def shorten_home(path: str, home: str) -> str:
    """Return `path` with `home` written as a tilde."""
    home = home.rstrip("/")
    if home and (path == home or path.startswith(home + "/")):
        return "~" + path[len(home) :]
    return path


def describe_duration(seconds: float) -> str:
    """Return `12s`, `4m`, `1h12m` or `3d`, six cells at most; empty for no number."""
    return render_duration(min(max(0.0, seconds), MAX_S)) if math.isfinite(seconds) else ""


def describe_date(at: float | None) -> str:
    """Return a Unix time as `3 Dec`, in the user's zone; empty for no time."""
    if at is None or not 0 < at < LATEST:
        return ""
    day = datetime.fromtimestamp(at, UTC).astimezone()
    return f"{day.day} {day:%b}"


def wrap_cells(text: str, width: int) -> list[str]:
    """Return all of `text`, inert, in lines of at most `width` cells, cut at blanks if possible."""
    lines: list[str] = []
    rest = clean_cells(text).rstrip()
    while rest and width > 0 and (end := _find_cut(rest, width)):
        lines.append(cut_cells(rest[:end].rstrip(), width))
        rest = rest[end:].lstrip()
    return [*lines, rest] if rest and width > 0 else lines


def _find_cut(text: str, width: int) -> int | None:
    end = _find_excess(text, width)
    if end is None:
        return None
    blank = text.rfind(" ", 1, end)
    return blank if text[: max(0, blank)].strip() else max(1, end - 1)


def _find_excess(text: str, width: int) -> int | None:
    """Return where the first part of clean `text` ends that is too wide, or None if all fits."""
    head = text[: width + 1]
    if head.isascii():
        return len(head) if len(head) > width else None
    widths = accumulate(map(cell_len, text))
    return next((end for end, used in enumerate(widths, 1) if used > width), None)
