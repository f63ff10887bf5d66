"""What an agent changed, as rows to draw and to walk through."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, NamedTuple

from rich.text import Text

from agent_status.chooser.state.syntax import colour_lines, knows_language
from agent_status.chooser.state.text import clean_cells
from agent_status.chooser.state.theme import ACCENT, BAD, BOLD, DIM, GOOD, PLAIN, REMOVED
from agent_status.model.plain import show_name
from agent_status.model.ref import NO_REF, AgentRef
from agent_status.protocol.rows import AgentRow

MAX_ROWS = 30_000
MAX_LISTED = 40
"""Files that the list above the hunks names."""
MAX_COLOURED = 4000
"""Lines that have the colours of their language."""
TAB = 4
MARKS = {"A": "new", "D": "deleted", "T": "type changed"}


class Stamp(NamedTuple):
    """What a diff is of: if any of it differs, it is read again."""

    ref: AgentRef = NO_REF
    base: str = ""
    tree: str = ""
    counts: tuple[int, int, int] = (0, 0, 0)


NO_STAMP = Stamp()


class RowKind(Enum):
    """What a row of a diff is."""

    NAME = "name"
    """A file in the list above the hunks."""
    FILE = "file"
    HUNK = "hunk"
    LINE = "line"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class PatchRow:
    """One line of a diff, inert; `file` is an index, `line` its number in the file."""

    kind: RowKind
    text: Text
    file: int = -1
    line: int = 0
    quote: str = ""
    """The line without its sign."""


@dataclass(frozen=True, slots=True)
class PatchFile:
    """A file that changed; `path` is hostile."""

    path: str
    status: str = "M"
    added: int = 0
    removed: int = 0
    why: str = ""
    """Why there are no hunks."""

    @property
    def name(self) -> str:
        """Its path, inert."""
        return clean_cells(show_name(self.path))


@dataclass(frozen=True, slots=True)
class Patch:
    """A diff; `tree` is its later side. Without files, `trouble` may say why."""

    stamp: Stamp = NO_STAMP
    tree: str = ""
    files: tuple[PatchFile, ...] = ()
    rows: tuple[PatchRow, ...] = ()
    trouble: str = ""


NO_PATCH = Patch()


def make_stamp(entry: AgentRow) -> Stamp:
    """Return what the diff of an agent's changes is of, as the report says."""
    changes = entry.changes
    counts = (changes.files, changes.added, changes.removed)
    return Stamp(entry.ref, changes.base, changes.tree, counts)


def parse_patch(stamp: Stamp, code: int, text: str) -> Patch:
    """Return the diff that `diff --hunks` printed; its trouble if it failed."""
    if code:
        words = text.strip().removeprefix("Error: ") or f"exit code {code}"
        return Patch(stamp, trouble=clean_cells(words))
    try:
        data = json.loads(text)
        parts = [(_parse_file(one), one["hunks"]) for one in data["files"]]
        rows = tuple(_list_rows(parts))[:MAX_ROWS]
        return Patch(stamp, str(data["tree"]), tuple(file for file, _ in parts), rows)
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
        return Patch(stamp, trouble="What changed can't be read: d shows it in your pager.")


def find_row(patch: Patch, at: int, step: int, kinds: Sequence[RowKind]) -> int:
    """Return the next row of these kinds below `at`, or above it; `at` if there is none."""
    rows = range(at + 1, len(patch.rows)) if step > 0 else range(at - 1, -1, -1)
    return next((row for row in rows if patch.rows[row].kind in kinds), at)


def find_place(patch: Patch, path: str) -> int:
    """Return the row of the file with this path, else the first file's; 0 without files."""
    places = [number for number, row in enumerate(patch.rows) if row.kind is RowKind.FILE]
    own = (row for row in places if patch.files[patch.rows[row].file].path == path)
    return next(own, places[0] if places else 0)


def _parse_file(data: Mapping[str, Any]) -> PatchFile:
    return PatchFile(
        str(data["path"]),
        str(data["status"]),
        int(data["added"]),
        int(data["removed"]),
        clean_cells(str(data["why"])),
    )


def _list_rows(parts: Sequence[tuple[PatchFile, Any]]) -> Iterator[PatchRow]:
    listed = parts[:MAX_LISTED] if len(parts) > 1 else ()
    for number, (file, _) in enumerate(listed):
        yield PatchRow(RowKind.NAME, Text("  ").append_text(_draw_name(file, PLAIN)), number)
    if len(parts) > MAX_LISTED:
        yield PatchRow(RowKind.NOTE, Text(f"  and {len(parts) - MAX_LISTED} more", DIM))
    left = MAX_COLOURED
    for number, (file, hunks) in enumerate(parts):
        if len(parts) > 1:
            yield PatchRow(RowKind.NOTE, Text(), number)
        yield PatchRow(RowKind.FILE, _draw_name(file, BOLD), number)
        if file.why:
            yield PatchRow(RowKind.NOTE, Text(f"  {file.why}: d shows it", DIM), number)
        for hunk in hunks:
            lines = list(map(str, hunk["lines"]))
            left -= len(lines)
            yield PatchRow(RowKind.HUNK, Text(f"@@ {int(hunk['new'])}", ACCENT), number)
            yield from _list_lines(number, file.path if left > 0 else "", hunk, lines)


def _draw_name(file: PatchFile, style: Any) -> Text:
    line = Text().append(file.name, style)
    mark = MARKS.get(file.status)
    line.append(f"  {mark}" if mark else "", DIM)
    line.append(f"  +{file.added}", GOOD).append(f" -{file.removed}", REMOVED)
    return line


def _list_lines(
    number: int, path: str, hunk: Mapping[str, Any], lines: Sequence[str]
) -> Iterator[PatchRow]:
    """Yield the lines of a hunk: what is new or stays in the colours of its language."""
    clean = [clean_cells(line[1:].expandtabs(TAB)) for line in lines]
    stays = [at for at, line in enumerate(lines) if line[:1] != "-"]
    known = bool(path) and knows_language(path)
    drawn = colour_lines(path, [clean[at] for at in stays]) if known else []
    coloured = dict(zip(stays, drawn, strict=False))
    old, new = int(hunk["old"]), int(hunk["new"])
    for at, line in enumerate(lines):
        text = DRAW.get(line[:1], _draw_same)(clean[at], coloured.get(at))
        place = old if line[:1] == "-" else new
        yield PatchRow(RowKind.LINE, text, number, place, clean[at])
        old, new = old + (line[:1] != "+"), new + (line[:1] != "-")


def _draw_added(line: str, coloured: Text | None) -> Text:
    return Text().append("+", GOOD + BOLD).append_text(coloured or Text(line, GOOD))


def _draw_removed(line: str, _: Text | None) -> Text:
    return Text().append("-", BAD).append(line, REMOVED)


def _draw_same(line: str, coloured: Text | None) -> Text:
    return Text(" ").append_text(coloured or Text(line))


DRAW: dict[str, Callable[[str, Text | None], Text]] = {"+": _draw_added, "-": _draw_removed}
