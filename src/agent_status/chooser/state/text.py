"""Outside text made fit for cells: cleaned, measured, cut and wrapped by width."""

import math
import re

from rich.cells import cell_len, set_cell_size

from agent_status.model.attention import render_duration
from agent_status.model.plain import clean_text, render_codes, reveal_text

ELLIPSIS = "…"
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


def fit_cells(text: str, width: int) -> str:
    """Return clean `text` in exactly `width` cells, with an ellipsis where it was cut."""
    if width < 1:
        return ""
    if cell_len(text) <= width:
        return set_cell_size(text, width)
    return set_cell_size(set_cell_size(text, width - 1) + ELLIPSIS, width)


def cut_cells(text: str, width: int) -> str:
    """Return clean `text` in at most `width` cells, with an ellipsis where it was cut."""
    return text if cell_len(text) <= width else fit_cells(text, width)


def cut_folder(path: str, width: int) -> str:
    """Return the end of a clean `path` in at most `width` cells, whole parts where possible."""
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


def wrap_cells(text: str, width: int) -> list[str]:
    """Return clean `text` in lines of at most `width` cells, all of it, cut at blanks if it can."""
    lines: list[str] = []
    rest = text.rstrip()
    while rest and width > 0 and cell_len(rest) > width:
        end = _find_cut(rest, width)
        lines.append(cut_cells(rest[:end].rstrip(), width))
        rest = rest[end:].lstrip()
    return [*lines, rest] if rest and width > 0 else lines


def _find_cut(text: str, width: int) -> int:
    end = used = 0
    while used <= width:
        used += cell_len(text[end])
        end += 1
    blank = text.rfind(" ", 1, end)
    return blank if text[: max(0, blank)].strip() else max(1, end - 1)
