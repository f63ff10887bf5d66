"""The one widget of the chooser: lines of text, of which only those that differ are drawn."""

from collections.abc import Sequence
from itertools import zip_longest

from rich.text import Text
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget


class Canvas(Widget, can_focus=True):
    """The whole popup. Only the rows that differ from what is drawn are drawn again."""

    ALLOW_SELECT = False
    DEFAULT_CSS = "Canvas { width: 100%; height: 100%; }"

    def __init__(self) -> None:
        super().__init__()
        self._lines: list[Text] = []

    def show_lines(self, lines: list[Text]) -> None:
        """Draw the popup's lines."""
        changed = find_changed(self._lines, lines)
        self._lines = lines
        if changed:
            self.refresh(*(Region(0, y, self.size.width, 1) for y in changed))

    def render_line(self, y: int) -> Strip:
        """Return row `y` as Textual draws it."""
        if y >= len(self._lines):
            return Strip.blank(self.size.width)
        return Strip(self._lines[y].render(self.app.console), self.size.width)


def find_changed(old: Sequence[Text], new: Sequence[Text]) -> list[int]:
    """Return the numbers of the rows that differ, in order."""
    pairs = enumerate(zip_longest(old, new, fillvalue=Text(end="")))
    return [
        number
        for number, (before, after) in pairs
        if before != after or before.style != after.style
    ]
