"""A page gets another size, as tmux does it: wrapped lines flow, the history gives and takes."""

from agent_status.terminal.grid import Page
from agent_status.terminal.line import Line
from agent_status.terminal.width import measure_cell

BEYOND = -1
"""A place in the text right of its end, wherever that is."""


def resize_page(page: Page, x: int, y: int, width: int, height: int) -> tuple[int, int]:
    """
    Give the view another height, and its lines the width only where they are rebuilt.

    Returns the cursor's place, which was `x`, `y`. Lines below the cursor go first, then the
    upper ones go to the history; a taller view takes lines back from there.
    """
    page.width = width
    if height < page.height:
        y -= _shrink(page, y, page.height - height)
    elif height > page.height:
        y += _grow(page, height - page.height)
    return x, y


def _shrink(page: Page, y: int, needed: int) -> int:
    """Take `needed` lines from the view; return by how many lines the cursor went up."""
    below = min(page.height - 1 - y, needed)
    if below > 0:
        page.unwrap(page.height - below)
        del page.lines[page.height - below :]
    above = needed - below
    if page.keeping:
        page.history += [line.pack() for line in page.lines[:above]]
        page.scrolled += above
    elif above:
        page.unwrap(0)
    del page.lines[:above]
    return above


def _grow(page: Page, needed: int) -> int:
    """Add `needed` lines to the view; return by how many lines the cursor went down."""
    back = min(page.scrolled, needed, len(page.history)) if page.keeping else 0
    if back:
        page.lines[:0] = [packed.unpack() for packed in page.history[-back:]]
        del page.history[-back:]
        page.scrolled -= back
    page.lines += [Line() for _ in range(needed - back)]
    return back


def reflow_page(page: Page, x: int, y: int) -> tuple[int, int]:
    """Flow wrapped lines, history and all, into the page's width; return the cursor's place."""
    lines = [packed.unpack() for packed in page.history] + page.lines
    height = page.height
    place = _find_place(lines, x, y + len(page.history))
    flow = Flow(lines, page.width, page.scrolled)
    flow.run()
    done = flow.done + [Line() for _ in range(height - len(flow.done))]
    history = len(done) - height
    page.history = [line.pack() for line in done[:history]]
    page.lines = done[history:]
    page.scrolled = min(flow.scrolled, history)
    x, y = _find_cell(done, *place)
    page.trim()
    return (x, y - history) if y >= history else (0, 0)


def _find_place(lines: list[Line], x: int, y: int) -> tuple[int, int]:
    """Return where cell `x`, `y` is in the unwrapped text: offset and number of the text."""
    offset = text = 0
    for line in lines[:y]:
        if line.wrapped:
            offset += line.used
        else:
            offset, text = 0, text + 1
    return (BEYOND if x >= lines[y].used else offset + x), text


def _find_cell(lines: list[Line], offset: int, text: int) -> tuple[int, int]:
    y = last = len(lines) - 1
    seen = 0
    for at, line in enumerate(lines[:-1]):
        if seen == text:
            y = at
            break
        seen += not line.wrapped
    while y < last and lines[y].wrapped and (offset == BEYOND or offset >= lines[y].used):
        offset -= lines[y].used if offset != BEYOND else 0
        y += 1
    return (lines[y].used if offset == BEYOND else offset), y


class Flow:
    """The lines still to flow, None where one was used up; those that are done; and the width."""

    def __init__(self, lines: list[Line], width: int, scrolled: int) -> None:
        self.lines: list[Line | None] = list(lines)
        self.done: list[Line] = []
        self.width = width
        self.scrolled = scrolled

    def run(self) -> None:
        """Flow every line; those that fit and are not wrapped stay the same objects."""
        for y, line in enumerate(self.lines):
            if line is None:
                continue
            columns, at = self._measure(line)
            if columns > self.width:
                self._split(line, y, at)
            elif line.wrapped and columns < self.width:
                self.done.append(line)
                self.lines[y] = None
                self._join(y, columns)
            else:
                self.done.append(line)

    def _measure(self, line: Line) -> tuple[int, int]:
        """Return the columns that `line` takes, and the first cell that does not fit."""
        if not line.mixed:
            return line.used, min(line.used, self.width)
        columns = at = 0
        for index, cell in enumerate(line.cells[: line.used]):
            size = measure_cell(cell)
            if not at and columns + size > self.width:
                at = index
            columns += size
        return columns, at

    def _split(self, line: Line, y: int, at: int) -> None:
        """Divide a line that is too long, and join what follows if it was wrapped."""
        rest = _cut(line, at, line.used)
        wrapped, line.wrapped = line.wrapped, True
        _trim(line, at)
        self.done.append(line)
        first, columns = len(self.done), 0
        target = Line()
        for index, cell in enumerate(rest.cells):
            size = measure_cell(cell)
            if columns + size > self.width:
                target.wrapped = True
                self.done.append(target)
                target, columns = Line(), 0
            _append(target, rest, index)
            columns += size
        target.wrapped = wrapped
        self.done.append(target)
        self.lines[y] = None
        if y <= self.scrolled:
            self.scrolled += len(self.done) - first
        if columns < self.width and wrapped:
            self._join(y, columns)

    def _join(self, y: int, columns: int) -> None:
        """Fill the last line that is done, which takes `columns`, from the lines below `y`."""
        target = self.done[-1]
        taken, wrapped = 0, True
        source, used = None, 0
        while y + 1 + taken < len(self.lines):
            line = self.lines[y + 1 + taken]
            if line is None:
                break
            wrapped = wrapped and line.wrapped
            if not line.used:
                if not wrapped:
                    break
                taken += 1
                continue
            if columns + measure_cell(line.cells[0]) > self.width:
                break
            source, used, columns = line, *self._pour(target, line, columns)
            taken += 1
            if not wrapped or used != line.used or columns == self.width:
                break
        if taken:
            self._finish_join(y, taken, source, used, wrapped=wrapped)

    def _pour(self, target: Line, line: Line, columns: int) -> tuple[int, int]:
        """Append the cells of `line` that fit; return their number and the columns then taken."""
        for index in range(line.used):
            size = measure_cell(line.cells[index])
            if columns + size > self.width:
                return index, columns
            columns += size
            _append(target, line, index)
        return line.used, columns

    def _finish_join(
        self, y: int, taken: int, source: Line | None, used: int, *, wrapped: bool
    ) -> None:
        target, to = self.done[-1], len(self.done) - 1
        if source is not None and used < source.used:
            _keep_rest(source, used)
            taken -= 1
        elif not wrapped:
            target.wrapped = False
        for index in range(y + 1, y + 1 + taken):
            self.lines[index] = None
        if self.scrolled > to + taken:
            self.scrolled -= taken
        elif self.scrolled > to:
            self.scrolled = to


def _append(target: Line, source: Line, index: int) -> None:
    _trim(target, target.used)
    target.cells.append(source.cells[index])
    target.styles.append(source.styles[index])
    target.used += 1
    target.mixed = target.mixed or source.mixed
    target.row = None


def _cut(line: Line, start: int, end: int) -> Line:
    piece = Line()
    line.expand(end)
    piece.cells, piece.styles = line.cells[start:end], line.styles[start:end]
    piece.used, piece.mixed = end - start, line.mixed
    return piece


def _keep_rest(line: Line, used: int) -> None:
    """Take the first `used` cells away."""
    rest = _cut(line, used, line.used)
    line.cells, line.styles, line.used, line.row = rest.cells, rest.styles, rest.used, None


def _trim(line: Line, used: int) -> None:
    line.expand(used)
    del line.cells[used:], line.styles[used:]
    line.used, line.row = used, None
