"""Whether the user runs `pipe-pane` or shows which panes have a pipe: then `auto` taps none."""

import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

PIPE = re.compile(r"(?<!after-)\bpipe(?:p\b|-p)|\bpane_pipe")
"""
The command by its name, alias or abbreviation, or the format that shows a pipe.

`after-pipe-pane` is only a hook's name.
"""
SCRIPT = re.compile(r"(?:^|[\s\"'=;{(])((?:/|~/)[^\s\"'\\;|&<>(){}$`]+)")
"""A program's path within a binding."""
MAX_SCRIPTS = 64
MAX_SCRIPT = 64 * 1024
SHOWN = 120
"""Characters of a binding that are shown."""


def find_pipe_key(text: str, read: Callable[[str], str]) -> str:
    """
    Return the first binding, hook or option that runs `pipe-pane`; empty if none does.

    A plugin binds a script that runs it, so `read` returns the text of a script at a path.
    """
    lines = [" ".join(line.split()) for line in text.splitlines()]
    direct = (line for line in lines if PIPE.search(line))
    found = next(direct, None) or next(_find_scripts(lines, read), "")
    return found if len(found) <= SHOWN else f"{found[: SHOWN - 1]}…"


def _find_scripts(lines: Iterable[str], read: Callable[[str], str]) -> Iterator[str]:
    """Yield the lines that run a script in which `pipe-pane` stands."""
    seen: dict[str, bool] = {}
    for line in lines:
        if not ("run-shell" in line or "if-shell" in line or "#(" in line):
            continue
        for path in SCRIPT.findall(line):
            if path not in seen and len(seen) < MAX_SCRIPTS:
                seen[path] = bool(PIPE.search(read(path)))
            if seen.get(path):
                yield line


def read_script(path: str) -> str:
    """Return the first part of a script; empty if it isn't a readable file."""
    try:
        file = Path(path).expanduser()
        if not file.is_file():
            return ""
        with file.open("rb") as source:
            return source.read(MAX_SCRIPT).decode("utf-8", "replace")
    except (OSError, RuntimeError, ValueError):
        return ""
