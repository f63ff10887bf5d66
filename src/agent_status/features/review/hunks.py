"""The lines of a diff as values, bounded; bytes that aren't text are escaped."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from agent_status.features.review.compare import Touched
from agent_status.features.review.patch import unquote_name
from agent_status.features.review.store import Store
from agent_status.system.git import SlowError

MAX_FILES = 400
MAX_FILE_LINES = 2000
"""Changed lines of a file whose hunks are read."""
MAX_LINES = 10_000
"""Changed lines of all files whose hunks are read."""
MAX_WIDTH = 500
"""Characters of a line."""
HEAD = b"diff --git "
RANGES = re.compile(rb"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
PLAIN = ("--no-color", "--no-ext-diff", "--no-textconv", "--no-renames", "--submodule=short")
TOO_LONG = "too long to show here"
BINARY = "binary, or more than 1 MB"


@dataclass(frozen=True, slots=True)
class Hunk:
    """Lines that changed, with those around them; each begins with a blank, `+` or `-`."""

    old: int
    """The number of the first line before."""
    new: int
    lines: tuple[str, ...]


@dataclass(slots=True)
class FilePatch:
    """The hunks of a file; without them, `why` says why there are none."""

    touched: Touched
    hunks: list[Hunk] = field(default_factory=list)
    why: str = ""


def read_patches(
    store: Store, base: str, tree: str, touched: Sequence[Touched]
) -> tuple[FilePatch, ...]:
    """Return the patch of every file; a diff that is too long is left out. Raises GitError."""
    patches = {one.path: FilePatch(one) for one in touched}
    for path in list(patches)[MAX_FILES:]:
        patches[path].why = TOO_LONG
    left = MAX_LINES
    for one in patches.values():
        lines = one.touched.added + one.touched.removed
        if lines > min(left, MAX_FILE_LINES):
            one.why = TOO_LONG
        elif not one.why:
            left -= lines
    wanted = [path for path, one in patches.items() if not one.why]
    try:
        for path, hunks, binary in _read(store, base, tree, wanted):
            if path in patches:
                patches[path].hunks += hunks
                patches[path].why = BINARY if binary else ""
    except SlowError:
        for path in wanted:
            patches[path].hunks, patches[path].why = [], TOO_LONG
    return tuple(patches.values())


def _read(
    store: Store, base: str, tree: str, paths: Sequence[str]
) -> Iterator[tuple[str, list[Hunk], bool]]:
    if not paths:
        return
    words = ("--literal-pathspecs", "diff", "--no-prefix", *PLAIN, base, tree, "--", *paths)
    yield from parse_patch(store.ask(*words))


def parse_patch(patch: bytes) -> Iterator[tuple[str, list[Hunk], bool]]:
    """Yield path and hunks of each part of a patch without prefixes, and if it is binary."""
    lines = patch.split(b"\n")
    at = 0
    path, hunks, binary = "", list[Hunk](), False
    while at < len(lines):
        line = lines[at]
        found = RANGES.match(line)
        at += 1
        if line.startswith(HEAD):
            if path:
                yield path, hunks, binary
            path, hunks, binary = _find_path(line.removeprefix(HEAD)), [], False
        elif found:
            hunk, at = _read_hunk(lines, at, found)
            hunks.append(hunk)
        elif line.startswith((b"Binary files ", b"GIT binary patch")):
            binary = True
    if path:
        yield path, hunks, binary


def _find_path(names: bytes) -> str:
    """Return the path that stands twice in the first line of a file's patch."""
    text = names.decode("utf-8", "surrogateescape")
    half = text[: (len(text) - 1) // 2]
    return unquote_name(half)


def _read_hunk(lines: Sequence[bytes], at: int, found: re.Match[bytes]) -> tuple[Hunk, int]:
    """Return a hunk that begins at a line, and where the next one may begin."""
    old, olds, new, news = (int(text) if text is not None else 1 for text in found.groups())
    kept: list[str] = []
    while at < len(lines) and (olds > 0 or news > 0 or lines[at].startswith(b"\\")):
        line = lines[at]
        at += 1
        if line.startswith(b"\\"):
            continue
        olds -= line[:1] != b"+"
        news -= line[:1] != b"-"
        kept.append(line[: MAX_WIDTH * 4].decode("utf-8", "backslashreplace")[:MAX_WIDTH])
    return Hunk(old, new, tuple(kept)), at
