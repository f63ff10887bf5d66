"""Whether a pane has only turned and counted: spinners, timers, numbers, colours."""

import re
from functools import lru_cache

from agent_status.model import Capture

STYLE = re.compile(r"\x1b\[[0-9:;]*m|[\x0e\x0f]")
WORD = re.compile(r"[^\W\d_]+")
MOST_TEXTS = 1024


def only_spins(before: Capture, after: Capture) -> bool:
    """
    Return whether each line says the same words as before, and none came or went.

    An ask, a failure and a prompt come with words.
    """
    same = (before.width, before.height, before.alternate, len(before.lines))
    if same != (after.width, after.height, after.alternate, len(after.lines)):
        return False
    texts = zip((before.title, *before.lines), (after.title, *after.lines), strict=True)
    return all(old == new or read_words(old) == read_words(new) for old, new in texts)


@lru_cache(MOST_TEXTS)
def read_words(text: str) -> tuple[bool, tuple[str, ...]]:
    """Return whether there is anything in a captured line, and its words."""
    bare = STYLE.sub("", text)
    return bool(bare.strip()), tuple(WORD.findall(bare))
