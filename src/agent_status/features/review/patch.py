"""Makes the output of `git diff` inert: readable names, no terminal sequences."""

import re
from collections.abc import Iterator

from agent_status.model.plain import clean_text, show_name

QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
"""How git writes a name that holds a quote, a backslash or a control character."""
ESCAPE = re.compile(r"\\([0-7]{3}|.)")
LETTERS = {"a": "\a", "b": "\b", "t": "\t", "n": "\n", "v": "\v", "f": "\f", "r": "\r"}


def show_patch(patch: bytes) -> Iterator[str]:
    """Yield the lines of a patch, a list of files, or both, as safe text for a terminal."""
    names = True
    for line in patch.decode("utf-8", "surrogateescape").removesuffix("\n").split("\n"):
        if line.startswith("@@"):
            names = False
        elif line.startswith("diff --git "):
            names = True
        yield "\t".join(map(_show if names else _clean, line.split("\t")))


def unquote_name(name: str) -> str:
    """Return a file name as it is, where git may have quoted it."""
    return QUOTED.sub(lambda found: ESCAPE.sub(_unquote, found[1]), name)


def _show(line: str) -> str:
    return show_name(unquote_name(line))


def _unquote(found: re.Match[str]) -> str:
    escaped = found[1]
    if len(escaped) > 1:
        return bytes([int(escaped, 8) & 0xFF]).decode("utf-8", "surrogateescape")
    return LETTERS.get(escaped, escaped)


def _clean(line: str) -> str:
    return clean_text(line.encode("utf-8", "surrogateescape").decode("utf-8", "replace"))
