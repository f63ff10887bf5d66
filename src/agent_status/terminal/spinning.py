"""Whether a pane has only turned and counted (spinners, timers, numbers, colours), or stands."""

import re
from functools import lru_cache

from agent_status.model import Capture

STYLE = re.compile(r"\x1b\[[0-9:;]*m|\x1b\]8;[^\x1b]*\x1b\\|[\x0e\x0f]")
WORD = re.compile(r"[^\W\d_]+")
MAX_TEXTS = 4096


def only_spins(before: Capture, after: Capture) -> bool:
    """
    Return whether each line says the same words as before, and none came or went.

    An ask, a failure and a prompt come with words. One of the two may be without colours.
    """
    same = (before.width, before.height, before.alternate, len(before.lines))
    if same != (after.width, after.height, after.alternate, len(after.lines)):
        return False
    texts = zip((before.title, *before.lines), (after.title, *after.lines), strict=True)
    return all(old == new or read_words(old) == read_words(new) for old, new in texts)


def still_shows(capture: Capture, line: str) -> bool:
    """Return whether the words of a line stand in a row, in any line or in the title."""
    words = read_words(line)
    texts = (capture.title, *capture.lines)
    return bool(words.strip()) and any(words in read_words(text) for text in texts)


@lru_cache(MAX_TEXTS)
def read_words(text: str) -> str:
    """Return the words of a captured line, a blank around each; empty if nothing is in it."""
    bare = STYLE.sub("", text)
    return f" {' '.join(WORD.findall(bare))} " if bare.strip() else ""
