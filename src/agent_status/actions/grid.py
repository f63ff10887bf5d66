"""
Formats that have a known value only while a pane's rows are the ones that were seen.

tmux expands `#{C/r:REGEX}` to the number of the first row on the screen that matches, from 1, and
to 0 for none. So every text is pinned to the first row that shows it, and one more expression
matches each text that no row showed: any new text, on any row, is found. What stays open: a row
whose text also stands further up may change into another text that stands further up.
"""

import itertools
from collections.abc import Iterable, Sequence

SPECIAL = frozenset(".[]()*+?{}|^$\\")
"""The signs that mean something in an extended regular expression."""
IN_FORMAT = {"#": "#{a:35}", "'": "#{a:39}", ",": "#,", "}": "#}"}
"""How a format has the signs that end or begin a part of it, or a quoted word."""
BLOCK = 8
"""Characters between two levels of an expression; with fewer it grows, with more it nests."""
MAX_EXACT = 1000
"""Characters of the lowest rows that the search for new text knows whole, and of all above."""
MAX_HEAD = 12
"""Characters of a row above those, and of a rule. On a usual screen no other row is cut."""
MAX_CELLS = 1_000_000
"""Cells that tmux reads for one test."""

Test = tuple[str, str]
"""A format, and what it must expand to."""


def pin_rows(rows: Sequence[str], some: Iterable[int] | None = None) -> list[Test]:
    """
    Return what is true while `rows`, or `some` of them, stand where they were seen.

    Of `some`, those are left out whose text stands further up, too.
    """
    wanted = range(len(rows)) if some is None else frozenset(some)
    width = max(map(len, rows), default=0)
    tests: list[list[Test]] = [[]]
    cells = 0
    for text, y in find_first(rows).items():
        if y not in wanted:
            continue
        cells += (y + 1) * width
        if cells > MAX_CELLS:
            tests.append([])
            cells = 0
        tests[-1].append((f"#{{C/r:^{_escape(text)}$}}", str(y + 1)))
    return [(" ".join(form for form, _ in pins), " ".join(y for _, y in pins)) for pins in tests]


def forbid_new(rows: Sequence[str]) -> list[Test]:
    """
    Return what is true while no row has a text that none of `rows` has.

    An expression that tmux can't compile finds nothing, either; see `require_search`.
    """
    new = render_new(rows)
    return [(f"#{{C/r:^{new}}}", "0")] if new else []


def require_search(rows: Sequence[str]) -> list[Test]:
    """Return what is true, on any screen, if tmux can compile the search of `forbid_new`."""
    return [(f"#{{C/r:^|^{render_new(rows)}}}", "1")]


def find_first(rows: Sequence[str]) -> dict[str, int]:
    """Return each text with the index of the first row that has it."""
    first: dict[str, int] = {}
    for y, text in enumerate(rows):
        first.setdefault(text, y)
    return first


def render_literal(text: str) -> str:
    """Return the format that expands to `text`."""
    return "".join(IN_FORMAT.get(char, char) for char in text)


def render_new(rows: Sequence[str]) -> str:
    """Return an expression that matches, from its start, each text that is none of `rows`."""
    rules = {text for text in rows if len(text) > MAX_HEAD and len(set(text)) == 1}
    lowest = [text for text in dict.fromkeys(reversed(rows)) if text not in rules]
    sizes = itertools.accumulate(map(len, lowest))
    exact = sum(size <= MAX_EXACT for size in sizes)
    most = min(MAX_HEAD, MAX_EXACT // max(1, len(lowest) - exact))
    known = {(text, True) for text in lowest[:exact]}
    known |= {(text[:most], len(text) <= most) for text in lowest[exact:]}
    known |= {(text[:MAX_HEAD], False) for text in rules}
    return _render_branch(sorted(known))


def _render_branch(known: Sequence[tuple[str, bool]]) -> str:
    """
    Return what none of the known ends begins with; empty if any end is known.

    Each is a text and whether the row ends there, else it may go on in any way; they are sorted.
    """
    if ("", False) in known:
        return ""
    size = _count_common(known[0][0], known[-1][0]) if known else 0
    if size:
        rest = _render_branch([(text[size:], ends) for text, ends in known])
        return _render_other(known[0][0][:size], rest)
    ways: dict[str, list[tuple[str, bool]]] = {}
    for text, ends in known:
        if text:
            ways.setdefault(text[0], []).append((text[1:], ends))
    if not ways:
        return "."
    parts = [_render_none(ways)] + ["$"] * (("", True) not in known)
    news = ((char, _render_branch(rows)) for char, rows in ways.items())
    parts += [_escape(char) + new for char, new in news if new]
    return f"({'|'.join(parts)})"


def _count_common(one: str, other: str) -> int:
    pairs = enumerate(zip(one, other, strict=False))
    return next((i for i, (a, b) in pairs if a != b), min(len(one), len(other)))


def _render_other(text: str, rest: str) -> str:
    """Return what does not begin with `text`, or does so and goes on as `rest`."""
    for end in range(len(text), 0, -BLOCK):
        block = text[max(0, end - BLOCK) : end]
        other = ""
        for char in reversed(block):
            other = f"({_render_none(char)}|${f'|{_escape(char)}{other}' if other else ''})"
        rest = f"({other}{f'|{_escape(block)}{rest}' if rest else ''})"
    return rest


def _render_none(chars: Iterable[str]) -> str:
    """Return an expression for any character but these."""
    inner = sorted(chars, key=lambda char: (char != "]", char in "\\^-", char == "-", char))
    return f"[^{render_literal(''.join(inner))}]"


def _escape(text: str) -> str:
    return render_literal("".join(f"\\{char}" if char in SPECIAL else char for char in text))
