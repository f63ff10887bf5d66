"""Moving: the cursor, lines and cells from one place to another, as tmux 3.3 does it."""

from pyte import modes

from agent_status.terminal.writer import Saved, WritingScreen


class MovingScreen(WritingScreen):
    """A screen whose cursor, region and tab stops obey; inherited from pyte where tmux agrees."""

    def index(self) -> None:
        """Go down a line, scrolling at the bottom of the region."""
        self._feed_line(self.ink.blank)

    linefeed = index

    def next_line(self) -> None:
        """Go to the start of the next line, scrolling at the bottom of the region."""
        self.cursor.x = 0
        self.index()

    def reverse_index(self) -> None:
        """Go up a line, scrolling at the top of the region."""
        if self.cursor.y == self.top:
            self.page.scroll_down(self.top, self.bottom, self.ink.blank)
        elif self.cursor.y > 0:
            self.cursor.y -= 1

    def scroll_up(self, count: int | None = None) -> None:
        """Scroll the region up; the cursor stays."""
        for _ in range(min(count or 1, self.bottom - self.top + 1)):
            self.page.scroll_up(self.top, self.bottom, self.ink.blank)

    def scroll_down(self, count: int | None = None) -> None:
        """Scroll the region down; the cursor stays."""
        for _ in range(min(count or 1, self.bottom - self.top + 1)):
            self.page.scroll_down(self.top, self.bottom, self.ink.blank)

    def _find_bottom(self) -> int:
        inside = self.top <= self.cursor.y <= self.bottom
        return self.bottom if inside else self.lines - 1

    def insert_lines(self, count: int | None = None) -> None:
        """Insert blank lines above the cursor's line."""
        y, bottom = self.cursor.y, self._find_bottom()
        count = min(count or 1, bottom + 1 - y)
        if self.top <= y <= self.bottom:
            self.page.insert_lines(y, bottom, count, self.ink.blank)
        else:
            self.page.move(y + count, y, bottom + 1 - y - count, self.ink.blank)

    def delete_lines(self, count: int | None = None) -> None:
        """Delete lines from the cursor's on."""
        y, bottom = self.cursor.y, self._find_bottom()
        self.page.delete_lines(y, bottom, min(count or 1, bottom + 1 - y), self.ink.blank)

    def set_margins(self, top: int | None = None, bottom: int | None = None) -> None:
        """Set the scrolling region, of two lines at least, and go home."""
        upper = min((top or 1) - 1, self.lines - 1)
        lower = min((bottom or (1 if bottom == 0 else self.lines)) - 1, self.lines - 1)
        if upper < lower:
            self._go(0, 0)
            self.top, self.bottom = upper, lower

    # -- the cursor ------------------------------------------------------------------------------

    def _go(self, x: int, y: int) -> None:
        self.cursor.x = min(x, self.columns - 1)
        self.cursor.y = min(y, self.lines - 1)

    def _offset(self, y: int) -> int:
        """Return the row that `y` means in origin mode."""
        if modes.DECOM not in self.mode:
            return y
        return self.bottom if y > self.bottom - self.top else y + self.top

    def cursor_position(self, line: int | None = None, column: int | None = None) -> None:
        """Go to a place that counts from 1."""
        self._go((column or 1) - 1, self._offset((line or 1) - 1))

    def cursor_to_line(self, line: int | None = None) -> None:
        """Go to a line that counts from 1."""
        self.cursor.y = min(self._offset((line or 1) - 1), self.lines - 1)

    def cursor_up(self, count: int | None = None) -> None:
        """Go up, not out of the region."""
        cursor = self.cursor
        cursor.x = min(cursor.x, self.columns - 1) if cursor.x == self.columns else cursor.x
        limit = 0 if cursor.y < self.top else self.top
        cursor.y = max(cursor.y - (count or 1), limit)

    def cursor_down(self, count: int | None = None) -> None:
        """Go down, not out of the region."""
        cursor = self.cursor
        cursor.x = min(cursor.x, self.columns - 1) if cursor.x == self.columns else cursor.x
        limit = self.lines - 1 if cursor.y > self.bottom else self.bottom
        cursor.y = min(cursor.y + (count or 1), limit)

    def cursor_forward(self, count: int | None = None) -> None:
        """Go right, not beyond the last column."""
        self.cursor.x = min(self.cursor.x + (count or 1), self.columns - 1)

    def cursor_back(self, count: int | None = None) -> None:
        """Go left."""
        self.cursor.x = max(0, self.cursor.x - (count or 1))

    def backspace(self) -> None:
        """Go left; from the start of a line that was wrapped to, up to the end of the last one."""
        cursor = self.cursor
        if cursor.x:
            cursor.x -= 1
        elif cursor.y and self.page.lines[cursor.y - 1].wrapped:
            cursor.y -= 1
            cursor.x = self.columns - 1

    def tab(self) -> None:
        """Go to the next tab stop, or to the last column."""
        last = self.columns - 1
        if self.cursor.x < last:
            self.cursor.x = min((x for x in self.tabstops if x > self.cursor.x), default=last)

    def cursor_back_tab(self, count: int | None = None) -> None:
        """Go to a tab stop on the left, or to the first column."""
        x = min(self.cursor.x, self.columns - 1)
        stops = sorted((stop for stop in self.tabstops if stop < x), reverse=True)
        self.cursor.x = stops[(count or 1) - 1] if (count or 1) <= len(stops) else 0

    def set_tab_stop(self) -> None:
        """Set a tab stop at the cursor."""
        if self.cursor.x < self.columns:
            self.tabstops.add(self.cursor.x)

    def save_cursor(self) -> None:
        """Keep place, style, character sets and origin mode; there is one such store."""
        x, y, origin = self.cursor.x, self.cursor.y, modes.DECOM in self.mode
        self.saved = Saved(self.ink, x, y, self.drawings, self.charset or 0, origin)

    def restore_cursor(self) -> None:
        """Take back what was kept, which stays kept."""
        saved = self.saved
        self.ink, self.drawings, self.charset = saved.ink, saved.drawings, saved.charset
        (self.mode.add if saved.origin else self.mode.discard)(modes.DECOM)
        self._go(saved.x, saved.y)
