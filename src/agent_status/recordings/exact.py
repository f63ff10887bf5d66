"""Which entries of a history can be written as the exact bytes: those without a secret."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from agent_status.recordings.redaction import Masker, Person
from agent_status.recordings.repaint import Picture

Entry = Mapping[str, Any]
STYLE = re.compile(r"\x1b\[[0-9:;]*m")
SEQUENCE = re.compile(r"\x1b\[[^@-~]{0,64}[@-~]")
UNSEEN = re.compile(r"\x1b(?:\]52;|[PX^_])")
"""What begins text that no screen shows: the clipboard, and strings for other programs."""


def find_exact(entries: Sequence[Entry], person: Person) -> frozenset[int]:
    """
    Return the numbers of the entries whose bytes can be written as they are.

    They are decided together from one screen that was kept to the next: if anything there would
    be masked, on a screen or in the bytes themselves, none of these bytes is written.
    """
    found: set[int] = set()
    for start, end in _iterate_spans(entries):
        if _is_clean(entries[start : end + 1], Masker(person)):
            found.update(range(start + 1, end + 1))
    return frozenset(found)


def find_first(entries: Sequence[Entry], start: float, exact: frozenset[int]) -> int:
    """
    Return the number of the first entry to write, for a report that begins at `start`.

    Exact bytes go on from a screen that was kept, so they begin there, and not amid a sequence.
    """
    first = sum(float(entry["at"]) <= start for entry in entries)
    begun = first
    while begun in exact and "rows" not in entries[begun - 1]:
        begun -= 1
    return begun


def _iterate_spans(entries: Sequence[Entry]) -> Iterator[tuple[int, int]]:
    """Yield the first and the last entry of each run of bytes that joins up with a screen."""
    shown = [number for number, entry in enumerate(entries) if "rows" in entry]
    for start, following in zip(shown, [*shown[1:], len(entries)], strict=True):
        end = min(following, len(entries) - 1)
        if entries[start].get("live") and end > start:
            yield start, end


def _is_clean(entries: Sequence[Entry], masker: Masker) -> bool:
    text = "".join(str(entry.get("raw", "")) for entry in entries[1:])
    if UNSEEN.search(text):
        return False
    plain = SEQUENCE.sub(" ", STYLE.sub("", text))
    return masker.mask(plain) == plain and all(
        masker.mask_rows(rows, width) == rows for rows, width in _iterate_screens(entries)
    )


def _iterate_screens(entries: Sequence[Entry]) -> Iterator[tuple[tuple[str, ...], int]]:
    """Yield what is shown at first, and after each entry with bytes."""
    picture = Picture()
    picture.take({**entries[0], "raw": ""})
    yield picture.standalone, picture.width
    for entry in entries[1:]:
        if "raw" in entry:
            picture.take({"raw": entry["raw"]})
            yield picture.standalone, picture.width
