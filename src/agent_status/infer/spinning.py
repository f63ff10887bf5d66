"""Whether a screen has only turned and counted: spinners, timers, numbers, colours."""

import re
from functools import lru_cache

from agent_status.model import Screen

WORD = re.compile(r"[^\W\d_]+")
MOST_TEXTS = 1024


def only_spins(before: Screen, after: Screen) -> bool:
    """
    Return whether every row says the same words as before, or nothing at all as before.

    An ask, a failure or a prompt comes in words.
    """
    if (before.width, before.height) != (after.width, after.height):
        return False
    rows = zip(before.rows, after.rows, strict=True)
    return (
        before.alternate == after.alternate
        and read_words(before.title) == read_words(after.title)
        and all(
            old is new or (bool(old.text) == bool(new.text) and _same(old.text, new.text))
            for old, new in rows
        )
    )


def _same(old: str, new: str) -> bool:
    return old == new or read_words(old) == read_words(new)


@lru_cache(MOST_TEXTS)
def read_words(text: str) -> tuple[str, ...]:
    """Return the words of a text, without what stands between them."""
    return tuple(WORD.findall(text))
