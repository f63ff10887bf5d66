"""The parts of outside data, each of the type that was asked for, cleaned and bounded."""

import math
from collections.abc import Callable, Mapping
from typing import Any

from agent_status.chooser.state.text import clean_cells, reveal_cells
from agent_status.model.plain import show_name

MAX_LINES = 1000
MAX_CHARACTERS = 50_000
MAX_ITEMS = 100
CUT = "… cut here: the rest is in the pane"
"""What nobody sees is never approved unsaid."""


def take_text(item: Mapping[str, Any], key: str) -> str:
    """Return a text on one line; empty if there is none."""
    return _clean(item.get(key))


def take_said(item: Mapping[str, Any], key: str) -> str:
    """Return a text that a request says on one line, with what would hide in it."""
    return _clean(item.get(key), reveal_cells)


def take_said_lines(item: Mapping[str, Any], key: str) -> tuple[str, ...]:
    """Return the lines of a text that a request says, with what would hide in them."""
    value = item.get(key)
    return _bound_lines(value.split("\n") if isinstance(value, str) else [], reveal_cells)


def take_texts(item: Mapping[str, Any], key: str) -> tuple[str, ...]:
    """Return the texts of a list, each on one line, without the empty ones."""
    value = item.get(key)
    found = map(_clean, value[:MAX_ITEMS]) if isinstance(value, list) else ()
    return tuple(filter(None, found))


def take_names(item: Mapping[str, Any], key: str) -> tuple[str, ...]:
    """Return the names of files of a list, each as it is, on one line."""
    value = item.get(key)
    names = value[:MAX_ITEMS] if isinstance(value, list) else []
    return tuple(clean_cells(show_name(_bound(name))) for name in names if isinstance(name, str))


def take_lines(item: Mapping[str, Any], key: str) -> tuple[str, ...]:
    """Return the lines of a text, verbatim but for what a terminal would obey."""
    value = item.get(key)
    return _bound_lines(value.splitlines() if isinstance(value, str) else [], clean_cells)


def take_number(item: Mapping[str, Any], key: str) -> float:
    """Return a number; infinite if there is none, as NaN would make nothing equal to itself."""
    value = item.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return math.inf
    try:
        number = float(value)
    except OverflowError:
        return math.inf
    return math.inf if math.isnan(number) else number


def take_count(item: Mapping[str, Any], key: str) -> int:
    """Return a number of things; 0 if there is none."""
    value = take_number(item, key)
    return min(int(value), 10**9) if math.isfinite(value) and value > 0 else 0


def take_mapping(item: Any) -> Mapping[str, Any]:
    """Return an object of JSON; an empty one for anything else."""
    return item if isinstance(item, Mapping) else {}


def _clean(value: Any, clean: Callable[[str], str] = clean_cells) -> str:
    return " ".join(clean(_bound(value)).split()) if isinstance(value, str) else ""


def _bound_lines(lines: list[str], clean: Callable[[str], str]) -> tuple[str, ...]:
    more = [CUT] if len(lines) > MAX_LINES else []
    return tuple(clean(_bound(line)).rstrip() for line in [*lines[:MAX_LINES], *more])


def _bound(text: str) -> str:
    return text if len(text) <= MAX_CHARACTERS else f"{text[:MAX_CHARACTERS]} {CUT}"
