"""The canvas: what erases, what changes modes, screens and sizes, as tmux 3.3 does it."""

from collections.abc import Callable
from typing import Any, NamedTuple

from pyte import modes

from agent_status.model import PLAIN
from agent_status.terminal.cursor import MovingScreen
from agent_status.terminal.line import Line
from agent_status.terminal.reflow import reflow_page, resize_page
from agent_status.terminal.width import measure
from agent_status.terminal.writer import Saved

MAX_TITLES = 100
PUBLIC_MODES = {4: modes.IRM}
PRIVATE_MODES = {3: modes.DECCOLM, 6: modes.DECOM, 7: modes.DECAWM, 25: modes.DECTCEM}
ALTERNATE_MODES = {47: False, 1047: False, 1049: True}
"""Modes that show the alternate screen, and whether they keep the cursor for later."""


class Hidden(NamedTuple):
    """The normal screen while the alternate one is shown."""

    lines: list[Line]
    width: int
    height: int


class Canvas(MovingScreen):
    """A whole terminal screen, with its title."""

    def __init__(self, columns: int, lines: int) -> None:
        self.titles: list[str] = []
        self.title = ""
        self.hidden: Hidden | None = None
        self.before: Saved | None = None
        super().__init__(columns, lines)

    @property
    def alternate(self) -> bool:
        """Whether the alternate screen is shown."""
        return self.hidden is not None

    def reset(self) -> None:
        """Do RIS: title, history, titles' stack and the alternate screen stay."""
        title = self.title
        self.page.wipe(PLAIN)
        super().reset()
        self.title = title
        self.ink = self.palette.plain
        self.drawings, self.saved = (False, False), Saved(self.ink)
        self.top, self.bottom = 0, self.lines - 1

    # -- erasing ---------------------------------------------------------------------------------

    def erase_in_line(self, how: int | None = 0, private: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002
        """Erase from the cursor on, up to the cursor, or the whole line."""
        x, width = self.cursor.x, self.columns
        if how == 1 and x < width - 1:
            self._erase(0, x + 1)
        elif how in {1, 2} or (how in {None, 0} and x == 0):
            if self.line.cells or self.ink.blank is not PLAIN:
                self._erase(0, width)
        elif how in {None, 0}:
            self._erase(x, width - x)

    def _erase(self, x: int, count: int) -> None:
        self.page.clear(x, self.cursor.y, count, 1, self.ink.blank)

    def erase_in_display(self, how: int | None = 0, *args: Any, **kwargs: Any) -> None:  # noqa: ARG002
        """Erase from the cursor on, up to the cursor, the view, or the history."""
        x, y, blank = self.cursor.x, self.cursor.y, self.ink.blank
        width, height = self.columns, self.lines
        if how == 3:  # noqa: PLR2004
            self.page.forget()
        elif how == 2 or (not how and x == y == 0):  # noqa: PLR2004
            self.page.wipe(blank)
        elif not how:
            self.page.clear(x, y, width - x, 1, blank)
            self.page.clear(0, y + 1, width, height - y - 1, blank)
        elif how == 1:
            self.page.clear(0, 0, width, y, blank)
            self.page.clear(0, y, min(x + 1, width), 1, blank)

    def erase_characters(self, count: int | None = None) -> None:
        """Erase cells from the cursor on."""
        self._erase(self.cursor.x, min(count or 1, self.columns - self.cursor.x))

    def insert_characters(self, count: int | None = None) -> None:
        """Push cells right from the cursor on."""
        count = min(count or 1, self.columns - self.cursor.x)
        if count > 0:
            self._insert_cells(count, self.ink.blank)

    def delete_characters(self, count: int | None = None) -> None:
        """Pull cells left to the cursor."""
        x, width, blank = self.cursor.x, self.columns, self.ink.blank
        count = min(count or 1, width - x)
        if count > 0:
            self.line.move(x, x + count, width - x - count, blank)
            self.page.clear(width - count, self.cursor.y, x + 2 * count - width, 1, blank)

    # -- modes -----------------------------------------------------------------------------------

    def set_mode(self, *numbers: int, **kwargs: Any) -> None:
        """Set modes; those that tmux does not know are ignored."""
        for number in numbers:
            self._change_mode(number, self.mode.add, self.show_alternate, **kwargs)

    def reset_mode(self, *numbers: int, **kwargs: Any) -> None:
        """Reset modes; those that tmux does not know are ignored."""
        for number in numbers:
            self._change_mode(number, self.mode.discard, self.show_normal, **kwargs)

    def _change_mode(
        self,
        number: int,
        change: Callable[[int], None],
        show: Callable[[int], None],
        **kwargs: Any,
    ) -> None:
        private = bool(kwargs.get("private"))
        code = (PRIVATE_MODES if private else PUBLIC_MODES).get(number)
        if code == modes.DECCOLM:
            self.cursor_position()
            self.page.wipe(self.ink.blank)
        elif code is not None:
            change(code)
            self.cursor.hidden = modes.DECTCEM not in self.mode
            if code == modes.DECOM:
                self.cursor_position()
        elif private and number in ALTERNATE_MODES:
            show(number)

    def show_alternate(self, number: int) -> None:
        """Show the alternate screen, blank; the cursor stays where it is."""
        if self.hidden is not None:
            return
        self.hidden = Hidden(self.page.lines, self.columns, self.lines)
        self.page.lines = [Line() for _ in self.page.lines]
        self.page.unwrap(0)
        if ALTERNATE_MODES[number]:
            self.before = Saved(self.ink, self.cursor.x, self.cursor.y)
        elif self.before is not None:
            self.before = self.before._replace(ink=self.ink)
        self.page.keeping = False

    def show_normal(self, number: int) -> None:
        """Show the normal screen as it was, at the size of now."""
        hidden, size = self.hidden, (self.lines, self.columns)
        if hidden is not None:
            self._resize(hidden.height, hidden.width)
        if ALTERNATE_MODES[number] and self.before is not None:
            self.ink, self.cursor.x, self.cursor.y = self.before[:3]
        if hidden is not None:
            self.page.lines = hidden.lines
            self.page.keeping = True
            self._resize(*size)
            self.hidden = None
        self._go(self.cursor.x, self.cursor.y)

    # -- size and title --------------------------------------------------------------------------

    def resize(self, lines: int | None = None, columns: int | None = None) -> None:
        """Give the screen another size; only the normal screen's wrapped lines reflow."""
        change = self._stretch if self.alternate else self._resize
        change(lines or self.lines, columns or self.columns)

    def _resize(self, lines: int, columns: int) -> None:
        changed = columns != self.columns
        self._stretch(lines, columns)
        if changed:
            self.cursor.x, self.cursor.y = reflow_page(self.page, self.cursor.x, self.cursor.y)

    def _stretch(self, lines: int, columns: int) -> None:
        """Give the screen another size, and leave each line as it is."""
        page, cursor = self.page, self.cursor
        cursor.x, cursor.y = resize_page(page, cursor.x, cursor.y, columns, lines)
        if columns != self.columns:
            self._fit()
        if lines != self.lines:
            self.top, self.bottom = 0, lines - 1
        self.lines, self.columns = lines, columns

    def _fit(self) -> None:
        """Make new tab stops, and every row, for another width."""
        self.tabstops = set(range(8, self.page.width, 8))
        for line in self.page.lines:
            line.row = None

    def set_title(self, param: str) -> None:
        """Set the title, unless there is a character in it that tmux would not print."""
        if all(measure(char) >= 0 for char in param):
            self.title = param

    def push_title(self) -> None:
        """Keep the title on the stack."""
        self.titles = [*self.titles, self.title][-MAX_TITLES:]

    def pop_title(self) -> None:
        """Take the title from the stack, if there is one."""
        if self.titles:
            self.title = self.titles.pop()

    def alignment_display(self) -> None:
        """Fill the screen with E."""
        for line in self.page.lines:
            line.write(0, "E" * self.columns, PLAIN)
        self.top, self.bottom = 0, self.lines - 1
        self._go(0, 0)
