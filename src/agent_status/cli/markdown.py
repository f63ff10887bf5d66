"""
Markdown as text for a terminal: as much of it as the topic pages use.

That is headings, paragraphs, lists, tables, fenced code, code spans, bold and links. Pure.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import zip_longest

from click import style, unstyle

BLOCK = re.compile(
    r"(?ms)"
    r"^```\w*\n(?P<code>.*?)^```$"
    r"|^(?P<heading>#+ [^\n]*)$"
    r"|(?P<table>(?:^\|[^\n]*(?:\n|\Z))+)"
    r"|^(?P<mark>- |\d+\. )(?P<item>[^\n]*(?:\n +\S[^\n]*)*)$"
    r"|^<!--.*?-->$"
    r"|^(?P<text>\S[^\n]*(?:\n(?!- |\||#|```|<!--|\d+\. )\S[^\n]*)*)$"
)
SPAN = re.compile(r"`(?P<code>[^`]+)`|\*\*(?P<bold>[^*]+)\*\*|\[(?P<link>[^]]+)\]\((?P<to>[^)]+)\)")
TOPIC = re.compile(r"([\w-]+)\.md(?:#.*)?")
GAP = "  "
MIN_CELL = 8
"""Characters that a table's column keeps in the narrowest terminal."""


def render_markdown(text: str, width: int) -> str:
    """Return the text with lines of at most `width` characters, styled by SGR sequences."""
    blocks: list[str] = []
    follows = False
    for found in BLOCK.finditer(text):
        lines = list(_render_block(found, width))
        if found["mark"] and follows:
            blocks[-1] += "\n".join(["", *lines])
        elif lines:
            blocks.append("\n".join(lines))
        follows = bool(found["mark"])
    return "\n\n".join(blocks) + "\n"


def _render_block(found: re.Match[str], width: int) -> Iterator[str]:
    if found["code"]:
        yield from (f"    {line}".rstrip() for line in found["code"].splitlines())
    elif found["heading"]:
        yield style(found["heading"].lstrip("# "), bold=True)
    elif found["table"]:
        yield from _render_table(found["table"].splitlines(), width)
    elif found["mark"]:
        indent = " " * len(found["mark"])
        lines = _wrap(found["item"], width - len(indent))
        yield from (f"{'' if i else found['mark']}{indent if i else ''}{line}" for i, line in lines)
    elif found["text"]:
        yield from (line for _, line in _wrap(found["text"], width))


def _wrap(text: str, width: int) -> Iterator[tuple[int, str]]:
    """Yield the number and the text of each line; only a longer word is longer than `width`."""
    line, count = "", 0
    for word in SPAN.sub(_render_span, text).split():
        if line and len(unstyle(line)) + 1 + len(unstyle(word)) > width:
            yield count, line
            line, count = word, count + 1
        else:
            line = f"{line} {word}" if line else word
    yield count, line


def _render_span(found: re.Match[str]) -> str:
    """Return a span with each of its words styled, so that a line may end between them."""
    if found["link"]:
        return _render_link(found["link"], found["to"])
    look = {"bold": True} if found["bold"] else {"fg": "cyan"}
    return " ".join(style(word, **look) for word in (found["bold"] or found["code"]).split())


def _render_link(words: str, to: str) -> str:
    words = words.replace("`", "")
    if topic := TOPIC.fullmatch(to):
        return words if topic[1] == words.lower() else f"{words} (help {topic[1]})"
    return f"{words} ({to})" if "://" in to else words


def _render_table(rows: Sequence[str], width: int) -> Iterator[str]:
    """Yield the lines of a table whose cells are wrapped where it would be wider than `width`."""
    head, _, *body = ([cell.strip() for cell in row.strip("|").split(" | ")] for row in rows)
    cells = [[SPAN.sub(_render_span, cell) for cell in row] for row in body]
    widths = _fit(
        [max(len(unstyle(row[i])) for row in (head, *cells)) for i in range(len(head))], width
    )
    for i, row in enumerate((head, *body)):
        wrapped = [
            [line for _, line in _wrap(cell, room)] for cell, room in zip(row, widths, strict=True)
        ]
        for line in zip_longest(*wrapped, fillvalue=""):
            filled = (
                _fill(cell, room, bold=not i) for cell, room in zip(line, widths, strict=True)
            )
            yield GAP.join(filled).rstrip()


def _fit(widths: list[int], width: int) -> list[int]:
    """Return the widths with the widest ones made narrower until all fit into `width`."""
    while sum(widths) + len(GAP) * (len(widths) - 1) > width and max(widths) > MIN_CELL:
        widths[widths.index(max(widths))] -= 1
    return widths


def _fill(cell: str, room: int, *, bold: bool) -> str:
    return (style(cell, bold=True) if bold and cell else cell) + " " * (room - len(unstyle(cell)))
