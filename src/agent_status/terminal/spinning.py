"""Whether a pane has only turned and counted (spinners, timers, numbers, colours), or stands."""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Protocol

STYLE = re.compile(r"\x1b\[[0-9:;]*m|\x1b\]8;[^\x1b]*\x1b\\|[\x0e\x0f]")
WORD = re.compile(r"[^\W\d_]+")
TURNING = frozenset(map(chr, range(0x2801, 0x2900))) | frozenset("◐◓◑◒◴◷◶◵◜◝◞◟")
"""Signs that turn and are used for nothing else."""
MAX_TEXTS = 4096


class Picture(Protocol):
    """A Screen or a Capture, with or without its colours."""

    @property
    def width(self) -> int:
        """Columns."""

    @property
    def height(self) -> int:
        """Rows."""

    @property
    def title(self) -> str:
        """The title."""

    @property
    def alternate(self) -> bool:
        """True if it is the alternate screen."""

    @property
    def lines(self) -> Sequence[str]:
        """The text of each row, perhaps with SGR sequences."""


def only_spins(before: Picture, after: Picture) -> bool:
    """
    Return True if each line says the same words as before, and none came or went.

    A request, a failure and a prompt come with words; where a spinner ends, its sign goes. One of
    the two pictures may be without colours.
    """
    same = (before.width, before.height, before.alternate, len(before.lines))
    if same != (after.width, after.height, after.alternate, len(after.lines)):
        return False
    texts = zip((before.title, *before.lines), (after.title, *after.lines), strict=True)
    return all(
        old == new or (read_words(old) == read_words(new) and not ends_spinner(old, new))
        for old, new in texts
    )


def ends_spinner(old: str, new: str) -> bool:
    """Return True if a line that began with a sign that turns no longer does."""
    return _read_sign(old) in TURNING and _read_sign(new) not in TURNING


@lru_cache(MAX_TEXTS)
def _read_sign(text: str) -> str:
    return STYLE.sub("", text).lstrip()[:1]


def still_shows(picture: Picture, line: str) -> bool:
    """Return True if the words of a line stand in a row, in any line or in the title."""
    words = read_words(line)
    texts = (picture.title, *picture.lines)
    return bool(words.strip()) and any(words in read_words(text) for text in texts)


@lru_cache(MAX_TEXTS)
def read_words(text: str) -> str:
    """Return the words of a captured line, a blank around each; empty if nothing is in it."""
    bare = STYLE.sub("", text)
    return f" {' '.join(WORD.findall(bare))} " if bare.strip() else ""
