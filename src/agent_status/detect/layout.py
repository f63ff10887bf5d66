"""The parts of a screen that rules look at: input box, dialog, last item of the talk, title."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

from agent_status.agents.glyphs import normalize_glyphs
from agent_status.agents.literals import can_match, find_present, required_literals
from agent_status.agents.patterns import Pattern
from agent_status.agents.schema import AgentRules, Box
from agent_status.detect.box import find_box
from agent_status.detect.columns import cut_row, find_index, has_sidebar
from agent_status.detect.footer import find_footer
from agent_status.detect.lines import Line, Lines, cut_borders, join_lines, join_signs
from agent_status.detect.mask import mask_body, mask_lines
from agent_status.detect.request import Request, find_lost_top, find_request, find_tail
from agent_status.model import Cursor, Row, Screen

BOTTOM_LINES = 12
"""Lines of the region `bottom`: the last ones that are not blank."""

MIN_LINES = 2
"""Lines that a dialog has at least."""

MAX_AGENTS = 256

FURTHER = re.compile(r"^\W{0,6}(?:[2-9]|1\d)[.)\]] ")
"""A numbered choice that is not the first."""

BLANKS = " \t\N{NO-BREAK SPACE}"


class Layout:
    """Where everything is on a screen of one kind of agent; each part is found once, when asked."""

    def __init__(
        self,
        screen: Screen,
        agent: AgentRules,
        before: "Layout | None" = None,
        above: tuple[str, ...] = (),
    ) -> None:
        """
        Take a screen; the rows that it shares with the one of `before` cost next to nothing.

        `above` is what has scrolled off its top, as far as that is known.
        """
        self.screen = screen
        self.agent = agent
        self.above = above
        self._known = _read_known(before) if before and before.agent is agent else UNKNOWN

    @cached_property
    def lines(self) -> Lines:
        """All rows down to the last that is not blank, without the agent's borders."""
        rows = self._rows
        end = len(rows)
        while end and not rows[end - 1].text:
            end -= 1
        known = self._known.lines if self._known.width == self._width else ()
        return tuple(
            known[y]
            if y < len(known) and known[y].row is rows[y]
            else self._read_line(y, rows[y], self._signs[y])
            for y in range(end)
        )

    def _read_line(self, y: int, row: Row, folded: str) -> Line:
        width, border = self._width - self.agent.margin, self.agent.border
        cut = cut_borders(row.text, width, border)
        signs = folded[cut.offset : cut.offset + len(cut.text)]
        present = find_present(list_literals(self.agent), signs)
        return Line(y, cut.text, cut.offset, cut.room, row, signs, present, cut.left, cut.right)

    @cached_property
    def _width(self) -> int:
        """The columns of the talk: all but the agent's sidebar, where there is one."""
        edge = self.screen.width - self.agent.sidebar
        if not self.agent.sidebar or edge < self.agent.sidebar:
            return self.screen.width
        return edge if has_sidebar(self.screen.rows, edge) else self.screen.width

    @cached_property
    def _rows(self) -> tuple[Row, ...]:
        if self._width == self.screen.width:
            return self.screen.rows
        known = self._known if self._known.width == self._width else UNKNOWN
        return tuple(
            known.rows[y]
            if y < len(known.whole) and known.whole[y] is row
            else cut_row(row, self._width)
            for y, row in enumerate(self.screen.rows)
        )

    @cached_property
    def _signs(self) -> tuple[str, ...]:
        """The rows' texts with normalized glyphs, in which boxes, edges and items are found."""
        known, rows = self._known, self._rows
        return tuple(
            known.signs[y]
            if y < len(known.signs) and known.rows[y] is row
            else normalize_glyphs(row.text)
            for y, row in enumerate(rows)
        )

    @cached_property
    def box(self) -> tuple[int, int] | None:
        """The input box as first and past-the-last row inside its edges."""
        return self._found_box[1] if self._found_box else None

    @property
    def is_open(self) -> bool:
        """True if the input box has no lower edge, and nothing stands below it."""
        if not self._found_box:
            return False
        box, (_, end) = self._found_box
        return box.bottom is None and end >= len(self.lines)

    def find_sent(self) -> str:
        """Return the words at the lowest prompt of an open box, at the cursor or above."""
        prompts = [box.prompt for box in self.agent.boxes if box.bottom is None]
        for line in reversed(self.lines[: self.screen.cursor.y + 1]):
            for prompt in prompts:
                match = prompt.search(self._signs[line.y])
                if match:
                    return line.row.text[match.end() :].strip(BLANKS)
        return ""

    @cached_property
    def _found_box(self) -> tuple[Box, tuple[int, int]] | None:
        for box in self.agent.boxes:
            found = find_box(self._signs, box, self.screen.cursor)
            if found and not self._is_choice(box, found[0]):
                return box, found
        return None

    def _is_choice(self, box: Box, y: int) -> bool:
        """Return True if what looks like the prompt of an open box is a choice of a dialog."""
        match = box.prompt.search(self._signs[y])
        if box.bottom or not box.cursor or not match or not self._begins_beside(y, match.end()):
            return False
        return find_footer(self.lines[y:], BOTTOM_LINES) is not None

    def _begins_beside(self, y: int, column: int) -> bool:
        """Return True if the row above or below begins in `column`, as another choice does."""
        texts = [line.row.text for line in self.lines[max(0, y - 1) : y + 2] if line.y != y]
        return any(text and len(text) - len(text.lstrip()) == column for text in texts)

    @cached_property
    def _start(self) -> int:
        """The row at which the last item of the talk begins, or 0."""
        y = (self.box[0] if self.box else len(self.lines)) - 1
        while y > 0 and not self._is_item(y):
            y -= 1
        while self.agent.blocks and y > 0 and self._is_item(y - 1):
            y -= 1
        return max(0, y)

    def _is_item(self, y: int) -> bool:
        item = self.agent.item
        return item is not None and bool(item.search(self._signs[y]))

    def find(self, region: str) -> Lines:
        """Return the lines of `region`, none if this screen does not have it."""
        return self._regions.get(region, ())

    def read(self, region: str) -> str:
        """Return the text of `region`, line by line."""
        if region not in self._texts:
            self._texts[region] = join_lines(self.find(region))
        return self._texts[region]

    def read_signs(self, region: str) -> str:
        """Return the text of `region` with its glyphs normalized."""
        if region not in self._folded:
            self._folded[region] = join_signs(self.find(region))
        return self._folded[region]

    def find_request(self, region: str) -> Request | None:
        """Return the request whose head is in sight in `region`."""
        if region not in self._requests:
            width = self._width - self.agent.margin
            lines, height = self.find(region), self.screen.height
            forms = [one for one in self.agent.requests if self._may_hold(region, one.head)]
            self._requests[region] = (
                find_request(lines, self.agent, forms, (width, height)) if forms else None
            )
        return self._requests[region]

    def is_cut(self, region: str) -> bool:
        """Return True if what stands in `region` may begin above the screen."""
        lines, edge = self.find(region), self.agent.edge
        return bool(lines) and lines[0].y == 0 and not (edge and edge.search(self._signs[0]))

    def find_lost_top(self, region: str) -> list[str]:
        """Return what has scrolled off of the request in `region`, as far as that is known."""
        if not self.is_cut(region):
            return []
        above = [self._read_line(-1, Row(text), normalize_glyphs(text)) for text in self.above]
        return find_lost_top(above, self.find(region), self.agent)

    def has_request(self, region: str) -> bool:
        """Return True if a request stands in `region`, if only with its end."""
        return self.find_request(region) is not None or self._find_tail(region) is not None

    def _find_tail(self, region: str) -> int | None:
        """Return the line that ends a request whose head is above the screen."""
        if region not in self._tails:
            may = any(self._may_hold(region, form.end) for form in self.agent.requests)
            cut = may and self.is_cut(region) and not self.find_request(region)
            self._tails[region] = find_tail(self.find(region), self.agent) if cut else None
        return self._tails[region]

    def _may_hold(self, region: str, pattern: Pattern | None) -> bool:
        return pattern is not None and can_match(pattern, self.read_present(region))

    def find_tested(self, region: str) -> Lines:
        """Return the lines of `region` without what a request there is about."""
        if region not in self._masked:
            request, tail = self.find_request(region), self._find_tail(region)
            lines = self.find(region)
            if request:
                lines = mask_body(lines, request)
            self._masked[region] = tuple(mask_lines(lines, range(tail))) if tail else lines
        return self._masked[region]

    def read_tested(self, region: str) -> str:
        """Return the text of `find_tested` with its glyphs normalized."""
        lines = self.find_tested(region)
        return join_signs(lines) if self.has_request(region) else self.read_signs(region)

    def read_present(self, region: str) -> frozenset[str]:
        """Return which words of the agent's patterns stand in `region`."""
        if region not in self._present:
            self._present[region] = frozenset().union(*(line.present for line in self.find(region)))
        return self._present[region]

    @cached_property
    def _requests(self) -> dict[str, Request | None]:
        return {}

    @cached_property
    def _tails(self) -> dict[str, int | None]:
        return {}

    @cached_property
    def _masked(self) -> dict[str, Lines]:
        return {}

    @cached_property
    def _present(self) -> dict[str, frozenset[str]]:
        return {}

    @cached_property
    def _folded(self) -> dict[str, str]:
        return {}

    @cached_property
    def _texts(self) -> dict[str, str]:
        return {}

    @cached_property
    def _regions(self) -> dict[str, Lines]:
        first, end = self.box or (len(self.lines), len(self.lines))
        filled = [line for line in self.lines if line.text]
        title = self._read_title()
        return {
            "screen": self.lines,
            "title": (title,),
            "box": self.lines[first:end],
            "above-box": self.lines[:first] if self.box else (),
            "below-box": self.lines[end:] if self.box else (),
            "last-item": self.lines[self._start : first],
            "dialog": self._find_above_box() if self.box else self._find_dialog(),
            "bottom": tuple(filled[-BOTTOM_LINES:]),
        }

    def _read_title(self) -> Line:
        title = self.screen.title.strip()
        signs = normalize_glyphs(title)
        present = find_present(list_literals(self.agent), signs)
        return Line(-1, title, 0, 0, Row(self.screen.title), signs, present)

    def _find_dialog(self) -> Lines:
        """Return what stands below the last item's upper edge of a dialog, to the bottom."""
        edge = self.agent.edge
        for y in range(self._start, len(self.lines)):
            if edge and edge.search(self._signs[y]) and self._begins_dialog(y):
                return self.lines[y:]
        return self.lines[self._start :]

    def _find_above_box(self) -> Lines:
        """Return the dialog that stands between the last item and an input box that stays."""
        edge, end = self.agent.edge, self._find_box_top()
        if not edge or find_footer(self.lines[self._start : end], 0) is None:
            return ()
        for y in range(end - 1, self._start, -1):
            if edge.search(self._signs[y]) and self._begins_dialog(y):
                return self.lines[y:end]
        return ()

    def _find_box_top(self) -> int:
        """Return the row of the input box's upper edge, or its first where it has none."""
        first, edge = self.box[0] if self.box else len(self.lines), self.agent.edge
        return first - 1 if first and edge and edge.search(self._signs[first - 1]) else first

    def _begins_dialog(self, y: int) -> bool:
        """
        Return True if a dialog may begin with the edge in row `y`.

        It does not where numbered choices go on below it, so that the dialog began further up, nor
        where next to nothing stands below it.
        """
        below = [line.text for line in self.lines[y + 1 :] if line.text]
        return len(below) >= MIN_LINES and not FURTHER.search(below[0])

    @cached_property
    def draft(self) -> str:
        """What the user has typed into the input box, without prompt sign and suggestions."""
        if not self._found_box:
            return ""
        box, (first, end) = self._found_box
        lines = list(self.lines[first : max(first, end - box.tail)])
        signed = len(lines) if box.body and box.body.pattern == box.prompt.pattern else 1
        lines[:signed] = [_strip_sign(line, box.prompt) for line in lines[:signed]]
        if _is_suggestion(self.screen.cursor, lines, loose=self._is_colourless):
            return ""
        return "\n".join(filter(None, map(read_typed, lines)))

    @cached_property
    def _is_colourless(self) -> bool:
        """True if the program may run with NO_COLOR, so that no look marks a suggestion."""
        styles = (span.style for row in self.screen.rows for span in row.spans)
        return all((style.fg, style.bg) == ("default", "default") for style in styles)


@dataclass(frozen=True, slots=True)
class _Known:
    """What an earlier layout of the same agent has worked out: rows before and after the cut."""

    width: int = 0
    whole: tuple[Row, ...] = ()
    rows: tuple[Row, ...] = ()
    lines: Lines = ()
    signs: tuple[str, ...] = ()


UNKNOWN = _Known()


def _read_known(before: Layout) -> _Known:
    signs = before._signs  # noqa: SLF001
    return _Known(before._width, before.screen.rows, before._rows, before.lines, signs)  # noqa: SLF001


@lru_cache(MAX_AGENTS)
def list_literals(agent: AgentRules) -> tuple[str, ...]:
    """Return every literal of the patterns that are searched in whole regions."""
    searched = [(*rule.all, *rule.any, *rule.none) for rule in agent.rules]
    searched += [flag.any for flag in agent.flags]
    searched += [mode.any for mode in agent.modes]
    searched += [(form.head, form.end or form.head) for form in agent.requests]
    patterns = (pattern for each in searched for pattern in each)
    return tuple({literal: None for pattern in patterns for literal in required_literals(pattern)})


def read_typed(line: Line) -> str:
    """Return the part of a box's line that does not look like a suggestion or a drawn cursor."""
    kept = [
        char if not line.is_faint(i) and not line.style_at(i).reverse else " "
        for i, char in enumerate(line.text)
    ]
    return "".join(kept).strip(BLANKS)


def _is_suggestion(cursor: Cursor, lines: Sequence[Line], *, loose: bool) -> bool:
    """
    Return True if the first text stands behind the cursor, as what was typed does not.

    A user may have gone back to the first character; only a `loose` look counts that, too.
    """
    line = next((line for line in lines if line.text.strip(BLANKS)), None)
    if line is None:
        return False
    blanks = len(line.text) - len(line.text.lstrip(BLANKS))
    if any(line.style_at(i).reverse for i in range(blanks)):
        return True
    at = find_index(line.row.text, cursor.x) - line.offset
    return line.y == cursor.y and 0 <= at < blanks + loose


def _strip_sign(line: Line, sign: Pattern) -> Line:
    match = sign.search(normalize_glyphs(line.row.text))
    end = match.end() if match else 0
    return (
        line
        if end <= line.offset
        else replace(line, text=line.text[end - line.offset :], offset=end)
    )
