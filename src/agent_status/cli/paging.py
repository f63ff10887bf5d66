"""What a pager does with one screen, and keys that are pressed meanwhile."""

import contextlib
import re
import sys
import termios
import tty
from collections.abc import Iterator, Sequence
from pathlib import Path

STAYING_LESS = "RX"
"""As git sets LESS where the user does not, without F: less waits for a key on one screen, too."""
QUITS = re.compile(r"^-?\w*[FE]|^--quit-(?:if-one-screen|at-eof)$|^--QUIT-AT-EOF$")
"""Options by which less ends without a key: -F, or -E, alone or among others."""


def waits_for_key(pager: Sequence[str], less: str) -> bool:
    """
    Return whether a pager waits for a key even with one screen.

    That is known of less, unless its words or `less`, the variable of that name, say that it quits
    where one screen is all. Pure.
    """
    quits = any(QUITS.search(word) for word in (*pager[1:], *less.split()))
    return bool(pager) and Path(pager[0]).name == "less" and not quits


@contextlib.contextmanager
def hold_keys() -> Iterator[None]:
    """Keep keys from being echoed or dropped, from before the pager runs until we read one."""
    if not sys.stdin.isatty():
        yield
        return
    saved = termios.tcgetattr(sys.stdin)
    tty.setcbreak(sys.stdin, termios.TCSADRAIN)
    try:
        yield
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, saved)
