"""Inserts and cuts parts of a JSON list or object; every other byte is unchanged."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agent_status.errors import AgentStatusError

INDENT = "  "
COMMENT = re.compile(r"//[^\n]*?(?=\r?(?:\n|\Z))|/\*.*?\*/", re.DOTALL)
GAP = re.compile(rf"{COMMENT.pattern}|,", re.DOTALL)
"""What stands between two parts, but for blanks."""
NEW_LINE = re.compile(r"[ \t,]*\r?\n")
BLANKS = " \t\r\n"

Edit = tuple[int, int, str]
"""From where to where in a text, and what stands there instead."""
Before = Mapping[str, str]
"""
What was there before: `a/b` for the value at `b` in `a`, with what was inside if it was empty.
The root is at the empty path.
"""


class SettingsError(AgentStatusError):
    """A settings file can't be edited; the text says why."""


@dataclass(frozen=True, slots=True)
class Node:
    """A value with its position in the text. For an object, `keys` are parallel to `parts`."""

    start: int
    end: int
    value: Any
    parts: tuple["Node", ...] = ()
    keys: tuple[tuple[str, int], ...] = ()
    """Each key, and where in the text it starts."""

    def find(self, key: str) -> "Node | None":
        """Return the value of `key`; the last one if the key is repeated."""
        found = [
            part for (name, _), part in zip(self.keys, self.parts, strict=False) if name == key
        ]
        return found[-1] if found else None

    def list_spans(self) -> tuple[tuple[int, int], ...]:
        """Return the span of each part, its key included."""
        starts = [at for _, at in self.keys] or [part.start for part in self.parts]
        return tuple((at, part.end) for at, part in zip(starts, self.parts, strict=True))

    def list_gaps(self) -> tuple[tuple[int, int], ...]:
        """Return the spans before, between and after the parts."""
        spans = self.list_spans()
        edges = [self.start + 1, *(edge for span in spans for edge in span), self.end - 1]
        return tuple((edges[i], edges[i + 1]) for i in range(0, len(edges), 2))

    def find_comments(self, text: str) -> tuple[str, ...]:
        """Return the comments between the parts, as written."""
        return tuple(match[0] for gap in self.list_gaps() for match in COMMENT.finditer(text, *gap))


@dataclass(frozen=True, slots=True)
class PartStyle:
    """How the owner formats the parts of one list or object."""

    flat: bool
    line: str
    own: str
    inner: str
    unit: str


def find_style(text: str, node: Node) -> PartStyle:
    """Return how the parts of `node` are formatted, or would be if it had some."""
    spans = node.list_spans()
    flat = "\n" not in (text[node.start : node.end] if spans else text)
    unit = re.search(r"\n([ \t]+)", text)
    step = unit[1] if unit else INDENT
    own = _find_indent(text, node.start)
    inner = _find_indent(text, spans[0][0]) if spans and not flat else own + step
    return PartStyle(flat, "\r\n" if "\r\n" in text else "\n", own, inner, step)


def put_part(text: str, node: Node, body: str) -> str:
    """Return `text` with `body` as the last part of `node`, after its comments."""
    style, spans, end = find_style(text, node), node.list_spans(), node.end - 1
    if not spans:
        kept = text[node.start + 1 : end].rstrip(BLANKS)
        before, after = style.line + style.inner, style.line + style.own
        if style.flat:
            before, after = " " if kept else "", ""
        return f"{text[: node.start + 1]}{kept}{before}{body}{after}{text[end:]}"
    last = spans[-1][1]
    loose = _find_loose(text, last, end)
    gap = " " if style.flat else style.line + style.inner
    if _find_comma(text, last, end) is None:
        return f"{text[:last]},{text[last:loose]}{gap}{body}{text[loose:]}"
    return f"{text[:loose]}{gap}{body},{text[loose:]}"


def cut_parts(text: str, node: Node, gone: Sequence[bool]) -> Iterator[Edit]:
    """Yield the edits that cut the parts marked in `gone`, with their commas."""
    gaps, spans = node.list_gaps(), node.list_spans()
    commas = [_find_comma(text, *gap) for gap in gaps[1:]]
    before: int | None = None
    kept = False
    for (start, end), gap, (_, after), comma, goes in zip(
        spans, gaps, gaps[1:], commas, gone, strict=False
    ):
        if not goes:
            kept, before = True, comma
            continue
        yield (_find_lead(text, gap, end) if kept else start), end, ""
        if comma is not None:
            rest = text[comma + 1 : after]
            blanks = 0 if kept else len(rest) - len(rest.lstrip(BLANKS))
            yield comma, comma + 1 + blanks, ""
        elif before is not None:
            yield before, before + 1, ""


def empty_node(text: str, node: Node, inside: str) -> Iterator[Edit]:
    """
    Yield the edits that cut every part and restore `inside`, which was there before.

    Newer comments stay.
    """
    if tuple(COMMENT.findall(inside)) == node.find_comments(text):
        yield node.start + 1, node.end - 1, inside
        return
    for (_, end), gap in zip(node.list_spans(), node.list_gaps(), strict=False):
        yield _find_lead(text, gap, end), end, ""
    for gap in node.list_gaps():
        for match in GAP.finditer(text, *gap):
            if match[0] == ",":
                yield *match.span(), ""


def apply_edits(text: str, edits: Iterator[Edit]) -> str:
    """Return `text` with all edits, which must not overlap."""
    for start, end, new in sorted(edits, reverse=True):
        text = text[:start] + new + text[end:]
    return text


def find_inside(text: str, node: Node) -> str:
    """Return the content of a list or object without parts; empty if it has parts."""
    return "" if node.parts else text[node.start + 1 : node.end - 1]


def _find_comma(text: str, start: int, end: int) -> int | None:
    return next((m.start() for m in GAP.finditer(text, start, end) if m[0] == ","), None)


def _find_loose(text: str, start: int, end: int) -> int:
    """Return where the white space at the end of a gap begins."""
    return max((match.end() for match in GAP.finditer(text, start, end)), default=start)


def _find_lead(text: str, gap: tuple[int, int], end: int) -> int:
    """Return where to start cutting a part that ends at `end`; a comment keeps its line end."""
    between = list(GAP.finditer(text, *gap))
    loose = between[-1].end() if between else gap[0]
    if not between or not between[-1][0].startswith("//") or NEW_LINE.match(text, end):
        return loose
    return text.index("\n", loose) + 1


def _find_indent(text: str, at: int) -> str:
    line = text[text.rfind("\n", 0, at) + 1 : at]
    return line[: len(line) - len(line.lstrip())]
