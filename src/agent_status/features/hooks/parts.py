"""Parts of a list or object in JSON: put in and cut out, with every other byte as it was."""

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
    """A settings file is not what it must be to be edited; the text says why."""


@dataclass(frozen=True, slots=True)
class Node:
    """A value with its place in the text. Of an object, `keys` stand beside the `parts`."""

    start: int
    end: int
    value: Any
    parts: tuple["Node", ...] = ()
    keys: tuple[tuple[str, int], ...] = ()
    """Each key, and where in the text it starts."""

    def find(self, key: str) -> "Node | None":
        """Return the value of `key`; of a key that stands there twice, the last."""
        found = [
            part for (name, _), part in zip(self.keys, self.parts, strict=False) if name == key
        ]
        return found[-1] if found else None

    def list_spans(self) -> tuple[tuple[int, int], ...]:
        """Return from where to where each part reaches, its key included."""
        starts = [at for _, at in self.keys] or [part.start for part in self.parts]
        return tuple((at, part.end) for at, part in zip(starts, self.parts, strict=True))

    def list_gaps(self) -> tuple[tuple[int, int], ...]:
        """Return from where to where the text before, between and after the parts reaches."""
        spans = self.list_spans()
        edges = [self.start + 1, *(edge for span in spans for edge in span), self.end - 1]
        return tuple((edges[i], edges[i + 1]) for i in range(0, len(edges), 2))

    def find_comments(self, text: str) -> tuple[str, ...]:
        """Return the comments beside the parts, as they are written."""
        return tuple(match[0] for gap in self.list_gaps() for match in COMMENT.finditer(text, *gap))


@dataclass(frozen=True, slots=True)
class Look:
    """How the owner of a text writes the parts of one list or object."""

    flat: bool
    line: str
    own: str
    inner: str
    unit: str


def find_look(text: str, node: Node) -> Look:
    """Return how the parts of `node` are written, or would be if it had some."""
    spans = node.list_spans()
    flat = "\n" not in (text[node.start : node.end] if spans else text)
    unit = re.search(r"\n([ \t]+)", text)
    step = unit[1] if unit else INDENT
    own = _find_indent(text, node.start)
    inner = _find_indent(text, spans[0][0]) if spans and not flat else own + step
    return Look(flat, "\r\n" if "\r\n" in text else "\n", own, inner, step)


def put_part(text: str, node: Node, body: str) -> str:
    """Return `text` with `body` as the last part of `node`, behind every comment in it."""
    look, spans, end = find_look(text, node), node.list_spans(), node.end - 1
    if not spans:
        kept = text[node.start + 1 : end].rstrip(BLANKS)
        before, after = look.line + look.inner, look.line + look.own
        if look.flat:
            before, after = " " if kept else "", ""
        return f"{text[: node.start + 1]}{kept}{before}{body}{after}{text[end:]}"
    last = spans[-1][1]
    loose = _find_loose(text, last, end)
    gap = " " if look.flat else look.line + look.inner
    if _find_comma(text, last, end) is None:
        return f"{text[:last]},{text[last:loose]}{gap}{body}{text[loose:]}"
    return f"{text[:loose]}{gap}{body},{text[loose:]}"


def cut_parts(text: str, node: Node, gone: Sequence[bool]) -> Iterator[Edit]:
    """Yield what cuts out the parts that are `gone`, with the commas that are theirs."""
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
    Yield what cuts out every part, so that `inside` is left, which was there before.

    Comments that came since stay.
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
    """Return `text` with all of the edits, which do not overlap."""
    for start, end, new in sorted(edits, reverse=True):
        text = text[:start] + new + text[end:]
    return text


def find_inside(text: str, node: Node) -> str:
    """Return what stands in a list or object without parts; of one with parts, nothing."""
    return "" if node.parts else text[node.start + 1 : node.end - 1]


def _find_comma(text: str, start: int, end: int) -> int | None:
    return next((m.start() for m in GAP.finditer(text, start, end) if m[0] == ","), None)


def _find_loose(text: str, start: int, end: int) -> int:
    """Return where the blanks begin that lead to the end of a gap."""
    return max((match.end() for match in GAP.finditer(text, start, end)), default=start)


def _find_lead(text: str, gap: tuple[int, int], end: int) -> int:
    """Return from where to cut a part that ends at `end`; a comment keeps the end of its line."""
    between = list(GAP.finditer(text, *gap))
    loose = between[-1].end() if between else gap[0]
    if not between or not between[-1][0].startswith("//") or NEW_LINE.match(text, end):
        return loose
    return text.index("\n", loose) + 1


def _find_indent(text: str, at: int) -> str:
    line = text[text.rfind("\n", 0, at) + 1 : at]
    return line[: len(line) - len(line.lstrip())]
