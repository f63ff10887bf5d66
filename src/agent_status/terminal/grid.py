"""A page: the visible lines and the history above them, with the moves that tmux's grid knows."""

from agent_status.model import PLAIN, Style
from agent_status.terminal.line import Line, Packed

MAX_HISTORY = 1000


class Page:
    """
    Lines in view and above it; `y` counts from the upper edge of the view.

    `scrolled` is how many lines of the history a taller view takes back. `keeping` is off while
    the alternate screen is shown: nothing goes to the history then.
    """

    def __init__(self, width: int, height: int, limit: int = MAX_HISTORY) -> None:
        self.width = width
        self.limit = limit
        self.lines = [Line() for _ in range(height)]
        self.history: list[Packed] = []
        self.scrolled = 0
        self.keeping = True

    @property
    def height(self) -> int:
        """How many lines are in view."""
        return len(self.lines)

    def make_blank(self, style: Style) -> Line:
        """Return a line erased with `style`."""
        return Line() if style is PLAIN else Line(self.width, style)

    def unwrap(self, y: int) -> None:
        """Cut the text that flows into line `y` from the line above it."""
        if y > 0:
            self.lines[y - 1].wrapped = False
        elif self.history and self.history[-1].wrapped:
            self.history[-1] = self.history[-1]._replace(wrapped=False)

    def clear(self, x: int, y: int, columns: int, rows: int, style: Style) -> None:
        """Erase a rectangle; one as wide as the page also ends the wrapping of its lines."""
        if columns <= 0 or rows <= 0 or y + rows > self.height:
            return
        if x == 0 and columns == self.width:
            self.lines[y : y + rows] = [self.make_blank(style) for _ in range(rows)]
            self.unwrap(y)
            return
        for line in self.lines[y : y + rows]:
            line.clear(x, columns, style)

    def move(self, to: int, start: int, count: int, style: Style) -> None:
        """Move `count` lines, and erase those that they left and did not cover."""
        if count <= 0 or to == start:
            return
        self.unwrap(to)
        taken = self.lines[start : start + count]
        for y in range(start, start + count):
            if not to <= y < to + count:
                self.lines[y] = self.make_blank(style)
        self.lines[to : to + count] = taken
        if start < to or start >= to + count:
            self.unwrap(start)

    def scroll_up(self, top: int, bottom: int, style: Style) -> None:
        """Move the region up by a line; its first line goes to the history."""
        if not self.keeping:
            self.move(top, top + 1, bottom - top, style)
            return
        self.keep(self.lines.pop(top))
        self.lines.insert(bottom, self.make_blank(style))

    def scroll_down(self, top: int, bottom: int, style: Style) -> None:
        """Move the region down by a line; its last line is lost."""
        self.move(top + 1, top, bottom - top, style)

    def keep(self, line: Line) -> None:
        """Put a line at the end of the history, dropping the oldest tenth when it is full."""
        if len(self.history) >= self.limit:
            del self.history[: max(1, self.limit // 10)]
            self.scrolled = min(self.scrolled, len(self.history))
        self.history.append(line.pack())
        self.scrolled += 1

    def trim(self) -> None:
        """Drop the oldest lines of a history that has become too long."""
        del self.history[: max(0, len(self.history) - self.limit)]
        self.scrolled = min(self.scrolled, len(self.history))

    def forget(self) -> None:
        """Drop the history."""
        self.history.clear()
        self.scrolled = 0

    def wipe(self, style: Style) -> None:
        """Erase the view; what it showed goes to the history, and no taller view takes it back."""
        written = [y for y, line in enumerate(self.lines) if line.used]
        if not self.keeping or not written:
            self.clear(0, 0, self.width, self.height, style)
            return
        last = written[-1] + 1
        for line in self.lines[:last]:
            self.keep(line)
        self.lines = self.lines[last:] + [self.make_blank(style) for _ in range(last)]
        if last < self.height:
            self.clear(0, 0, self.width, self.height - last, style)
        self.scrolled = 0

    def insert_lines(self, y: int, bottom: int, count: int, style: Style) -> None:
        """Push the lines from `y` to `bottom` down by `count`."""
        stay = bottom + 1 - y - count
        self.move(bottom + 1 - stay, y, stay, style)
        self._clear_rest(y + stay, count - stay, style)

    def delete_lines(self, y: int, bottom: int, count: int, style: Style) -> None:
        """Pull the lines below `y + count` up to `y`, as far as `bottom`."""
        stay = bottom + 1 - y - count
        self.move(y, y + count, stay, style)
        self._clear_rest(y + stay, count - stay, style)

    def _clear_rest(self, y: int, rows: int, style: Style) -> None:
        """Erase the lines that no line was moved from; tmux unwraps even where there are none."""
        if rows < 0:
            self.unwrap(y)
        self.clear(0, y, self.width, rows, style)
