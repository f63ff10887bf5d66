"""What stands where in a request, line by line, so that nothing of it is passed over."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from agent_status.agents.patterns import Pattern
from agent_status.agents.schema import AgentRules, Holds, RequestForm
from agent_status.detect.choices import SEPARATOR, Menu, find_menu
from agent_status.detect.lines import Line, cut_borders, is_wrapped, join_signs
from agent_status.model import clip_text

CUT = re.compile(
    r"^\W*(?:[…↑↓⇡⇣+▲▼]|\.{3})\W*(?:first |last )?\+?\d+ (?:more|hidden|other|lines?|rows?|char)"
    r"|^\W*(?:first |last |another )?\+?\d+ (?:more|hidden|truncated|omitted)\b"
    r"|^\W*(?:first |last )?\d+ (?:lines?|rows?|chars?|characters?) "
    r"(?:more|hidden|truncated|omitted|not shown|above|below)"
    r"|^\W*(?:press )?(?:ctrl|\^|alt|shift|cmd|f\d)\S* .{0,12}\b(?:show|view|see|reveal)s? "
    r"(?:more|all|whole|full|the (?:rest|whole))"
    r"|^\s*[↓↑]\s*$"
    r"|^\W*press (?:ctrl|\^|alt|shift)\S* to (?:expand|show|view|see)\b"
    r"|^\W*(?:output |text |command )?(?:truncated|cut off|clipped)\W*$"
    r"|(?:…|\.{3}) ?\([^()]*\b(?:truncated|expand|press|ctrl)\b[^()]*\)\s*$",
    re.IGNORECASE,
)
"""A line that says that there is more than is shown."""
CLIPPED, DOTS = "…", "..."
EDGE = 2
"""Columns between a text and the edge at which it may have been cut."""
SCROLL_BAR = re.compile(r"[█▄▀▐▌▎]$")
MAX_WORDS = 80
MARGIN = 2
"""Blank lines between a body that has a box of its own and the choices."""
NOT_SHOWN = "part of it is not shown"
UNCLEAR = "its beginning and end can't be found"


@dataclass(frozen=True, slots=True)
class Request:
    """
    A request on the screen: its lines are [top, menu.end) of those that it was found in.

    `head` is the line below its head, and `body` what it is about: [start, end), without borders.
    """

    form: RequestForm
    menu: Menu
    top: int
    head: int
    heads: int
    """How many heads are in sight; above the lowest one stand requests that are over."""
    start: int
    end: int
    body: tuple[Line, ...]
    faults: tuple[str, ...] = ()
    """Why not all of it was read."""


@dataclass(frozen=True, slots=True)
class _Head:
    first: int
    end: int
    left: int
    form: RequestForm


def find_request(
    lines: Sequence[Line], agent: AgentRules, forms: Sequence[RequestForm], size: tuple[int, int]
) -> Request | None:
    """
    Return the request with the lowest choices in `lines`; None where no head is in sight.

    Only `forms` are looked for. One without choices is there if its end is. `size` is the dialog's
    width in columns and the pane's height in rows. Structure counts only within the frame in
    which the head stands, so that no line of a body is mistaken for it.
    """
    found = _find_heads(lines, forms)
    menu = (find_menu(lines, agent) if found else None) or Menu(len(lines), len(lines), ())
    heads = _list_framed(found, lines, menu)
    if not heads:
        return None
    lowest = max(heads, key=lambda head: head.first)
    if not menu.options and not _ends(lines[lowest.end :], lowest.form):
        return None
    reader = _Reader(lines, menu, lowest, agent.border, size)
    return reader.read(len({head.first for head in heads}))


def _ends(lines: Sequence[Line], form: RequestForm) -> bool:
    """Return True if the end of a request without choices is in sight."""
    return form.end is not None and any(form.end.search(line.signs) for line in lines)


def find_tail(lines: Sequence[Line], agent: AgentRules) -> int | None:
    """Return the line right above the lowest choices that ends a request; None if there is none."""
    ends = [form.end for form in agent.requests if form.end]
    menu = find_menu(lines, agent) if ends else None
    if menu is None:
        return None
    at = menu.first - 1
    while at > 0 and SEPARATOR.match(lines[at].text):
        at -= 1
    while at > 0 and not _is_end(lines[at], ends) and is_wrapped(lines[at - 1], lines[at]):
        at -= 1
    return at if at >= 0 and _is_end(lines[at], ends) else None


def _is_end(line: Line, ends: Sequence[Pattern]) -> bool:
    return not SEPARATOR.match(line.text) and any(end.search(line.signs) for end in ends)


def find_lost_top(above: Sequence[Line], lines: Sequence[Line], agent: AgentRules) -> list[str]:
    """Return the lines above the screen with which the request in `lines` begins, if one does."""
    whole = (*above, *lines)
    menu = find_menu(whole, agent) or Menu(len(whole), len(whole), ())
    heads = _list_framed(_find_heads(whole, agent.requests), whole, menu)
    first = max((head.first for head in heads), default=len(above))
    return [line.text for line in above[first:]]


def _find_heads(lines: Sequence[Line], forms: Sequence[RequestForm]) -> list[_Head]:
    text = join_signs(lines)
    return [
        _Head(text.count("\n", 0, at.start()), end, lines[end - 1].left, form)
        for form in forms
        for at in (form.head.finditer(text) if lines else ())
        for end in (text.count("\n", 0, at.end()) + 1,)
    ]


def _list_framed(found: Sequence[_Head], lines: Sequence[Line], menu: Menu) -> list[_Head]:
    """Return the heads above the choices that stand in the same frame as they do."""
    heads = [head for head in found if head.end <= menu.first]
    outer = min((head.left for head in heads), default=0)
    left = lines[menu.first].left if menu.options else outer
    return [head for head in heads if head.left == left]


class _Reader:
    """Reads the request below one head."""

    def __init__(
        self,
        lines: Sequence[Line],
        menu: Menu,
        head: _Head,
        border: Pattern | None,
        size: tuple[int, int],
    ) -> None:
        self._lines, self._menu, self._head = lines, menu, head
        self._form, self._border = head.form, border
        self._width, self._height = size
        self._faults: list[str] = []

    def read(self, heads: int) -> Request:
        """Return the request."""
        start = self._find_start()
        end = self._find_end(start)
        self._check_marks(start, end)
        body = self._read_body(start, end)
        first = start - 1 if self._form.start else start
        self._check_about(range(self._head.end, first))
        self._check_about(range(end, self._menu.first))
        if not body:
            self._faults.append(f"{NOT_SHOWN}: what it is about")
        self._check_cuts(body)
        self._check_room(start, body)
        return Request(
            self._form,
            self._menu,
            self._head.first,
            self._head.end,
            heads,
            start,
            end,
            body,
            tuple(dict.fromkeys(self._faults)),
        )

    def _find_start(self) -> int:
        """Return the body's first line."""
        if self._form.start is None:
            return self._head.end
        rows = range(self._head.end - 1, self._menu.first)
        found = next((i for i in rows if self._matches(self._form.start, i)), None)
        if found is None:
            self._faults.append(f"{NOT_SHOWN}: where it begins")
            return self._head.end
        return found + 1

    def _find_end(self, start: int) -> int:
        """Return the line below the body, which begins in line `start`."""
        if self._form.end is None:
            return self._menu.first
        rows = range(self._menu.first - 1, self._head.end - 1, -1)
        found = next((i for i in rows if self._matches(self._form.end, i)), None)
        if found is None or found < start:
            self._faults.append(f"{NOT_SHOWN}: where it ends")
            return self._menu.first
        return found

    def _check_marks(self, start: int, end: int) -> None:
        """Note what could begin or end the body as well."""
        for i in range(start, end):
            if self._matches(self._form.start, i) or self._matches(self._form.end, i):
                self._note(UNCLEAR, self._lines[i])

    def _matches(self, pattern: Pattern | None, i: int) -> bool:
        line = self._lines[i]
        in_frame = line.left == self._head.left
        return pattern is not None and in_frame and pattern.search(line.signs) is not None

    def _read_body(self, start: int, end: int) -> tuple[Line, ...]:
        body = list(self._lines[start:end])
        first = self._find_first(start)
        if not first:
            self._drop_blank(body)
        if self._form.row:
            self._drop_outside(body, self._form.row)
        if self._form.faint:
            self._drop_description(body)
        body = [*([first] if first else []), *self._drop_frames(body)]
        gutter = self._form.gutter
        if gutter and body and all(gutter.match(line.text) for line in body):
            body = [_cut_start(line, gutter) for line in body]
        self._drop_blank(body)
        return tuple(body)

    def _find_first(self, start: int) -> Line | None:
        """Return what the line above the body holds of it."""
        pattern = self._form.start or self._form.head
        if "body" not in pattern.groupindex:
            return None
        line = self._lines[start - 1]
        match = pattern.search(line.signs)
        if match is None or not match["body"]:
            return None
        at = match.start("body")
        return replace(line, text=line.text[at:], signs=line.signs[at:], offset=line.offset + at)

    def _drop_blank(self, body: list[Line]) -> None:
        while body and not body[0].text.strip():
            body.pop(0)
        while body and not body[-1].text.strip():
            body.pop()

    def _drop_outside(self, body: list[Line], row: Pattern) -> None:
        """Take out the lines at both ends that do not look like the body's; note others."""
        for at in (0, -1):
            outside: list[Line] = []
            while body and not (body[at].text.strip() and row.match(body[at].text)):
                outside.append(body.pop(at))
            self._check_lines(outside[::-1] if at else outside)
        for line in body:
            if line.text.strip() and not row.match(line.text):
                self._note("a line of it is not understood", line)

    def _drop_description(self, body: list[Line]) -> None:
        """Take out the faint paragraph at the end; note any other faint line."""
        described: list[Line] = []
        while body and (not body[-1].text.strip() or _is_faint(body[-1])):
            described.insert(0, body.pop())
        pairs = pairwise(described)
        for line in (*body, *(one for before, one in pairs if not is_wrapped(before, one))):
            if line.text.strip() and _is_faint(line):
                self._note(f"{NOT_SHOWN} clearly", line)

    def _drop_frames(self, body: list[Line]) -> list[Line]:
        """Return the lines with no more borders taken off than all of them have."""
        filled = [line for line in body if line.row.text.strip()]
        left = min((line.left for line in filled), default=0)
        right = min((line.right for line in filled), default=0)
        return [self._cut_again(line, left, right) for line in body]

    def _cut_again(self, line: Line, left: int, right: int) -> Line:
        if (line.left, line.right) == (left, right) or not line.row.text.strip():
            return line
        cut = cut_borders(line.row.text, self._width, self._border, (left, right))
        return replace(line, text=cut.text, offset=cut.offset, room=cut.room, signs=cut.text)

    def _check_about(self, rows: Sequence[int]) -> None:
        self._check_lines([self._lines[i] for i in rows])

    def _check_lines(self, lines: Sequence[Line]) -> None:
        """Note every line that is neither a rule nor known to stand beside the body."""
        about = self._form.about
        known: Line | None = None
        for line in lines:
            if SEPARATOR.match(line.text):
                known = None
                continue
            if (about and about.search(line.signs)) or (known and is_wrapped(known, line)):
                known = line
                continue
            self._note("a line of it is not understood", line)

    def _check_cuts(self, body: Sequence[Line]) -> None:
        """Note what says that there is more."""
        cuts = find_cuts(self._lines[self._head.first :])
        self._faults += [f"{NOT_SHOWN}: {cut}" for cut in cuts]
        for line in body:
            at_edge = self._form.clips and line.room < EDGE
            gap = self._form.holds is not Holds.TEXT and line.text.strip() == DOTS
            if at_edge or gap or line.text.rstrip().endswith(CLIPPED):
                self._note(f"{NOT_SHOWN}: a line is cut", line)
        bars = [bool(SCROLL_BAR.search(line.row.text)) for line in body if line.row.text]
        if any(bars) and not all(bars):
            self._faults.append(f"{NOT_SHOWN}: it has a scroll bar")

    def _check_room(self, start: int, body: Sequence[Line]) -> None:
        """Note where the agent shows as many lines as it has room for, and mentions no others."""
        form = self._form
        filled = sum(bool(line.text.strip()) for line in body)
        room = self._menu.first - start + (form.start is not None) - MARGIN
        share = self._height * form.share // 100 - form.less
        if 0 < form.most <= filled or (form.share and room >= share):
            self._faults.append(f"{NOT_SHOWN}: there may be more than the agent has room for")

    def _note(self, words: str, line: Line) -> None:
        self._faults.append(f"{words}: {clip_text(line.text, MAX_WORDS)}")


def find_cuts(lines: Sequence[Line]) -> list[str]:
    """Return each line that says that there is more than is shown."""
    return [clip_text(line.text, MAX_WORDS) for line in lines if CUT.search(line.text)]


def _is_faint(line: Line) -> bool:
    return line.is_faint(len(line.text) - len(line.text.lstrip()))


def _cut_start(line: Line, pattern: Pattern) -> Line:
    match = pattern.match(line.text)
    end = match.end() if match else 0
    return replace(line, text=line.text[end:], signs=line.signs[end:], offset=line.offset + end)
