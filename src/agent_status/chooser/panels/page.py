"""What one of our commands printed, to be read: why, conflicts, report."""

from dataclasses import dataclass, replace

from rich.text import Text

from agent_status.chooser.panels.reader import Reader
from agent_status.chooser.state.key import Key, Press, does
from agent_status.chooser.state.source import ChooserSource
from agent_status.chooser.state.text import clean_cells, wrap_cells
from agent_status.chooser.state.theme import Theme
from agent_status.chooser.state.view import NO_MESSAGE, Effect, Event, Panel, Size, Step, View


@dataclass(frozen=True, slots=True)
class PagePanel(Reader):
    """What one of our commands printed, from its first line."""

    heading: str
    words: tuple[str, ...]
    """The command's."""
    lines: tuple[str, ...] = ("Asking…",)
    top: int = 0
    """How many lines, as they are drawn, are above those in sight."""

    def title(self, view: View, size: Size) -> str:
        """Return what it is, and how many lines are below those in sight."""
        del view
        left = len(self._wrap(size.width)) - self._find_top(size) - size.height
        return f"{self.heading} ({left} more lines)" if left > 0 else self.heading

    def scroll(self, view: View, lines: int) -> View:
        """Return the view with the page scrolled down by `lines`."""
        return replace(view, panel=replace(self, top=max(0, self.top + lines)))

    def draw(self, view: View, size: Size, theme: Theme) -> list[Text]:
        """Return the lines in sight."""
        del view, theme
        top = self._find_top(size)
        return [Text(f" {line}") for line in self._wrap(size.width)[top : top + size.height]]

    def fit(self, view: View, size: Size) -> Panel:
        """Return the page scrolled no further than to its end."""
        del view
        return replace(self, top=self._find_top(size))

    def _find_top(self, size: Size) -> int:
        last = max(0, len(self._wrap(size.width)) - size.height)
        return min(max(0, self.top), last)

    def _wrap(self, width: int) -> list[str]:
        return [part for line in self.lines for part in wrap_cells(line, width - 2) or [""]]


@dataclass(frozen=True, slots=True)
class RunCommand(Effect):
    """Run one of our commands that only looks, for what it prints."""

    words: tuple[str, ...]

    def run(self, source: ChooserSource) -> Event:
        """Run it; its exit code does not matter."""
        _, text = source.run(self.words)
        return Printed(self.words, text)


@dataclass(frozen=True, slots=True)
class Printed:
    """A command has ended, and printed that."""

    words: tuple[str, ...]
    text: str

    def apply(self, view: View) -> Step:
        """Show it if its page is still open."""
        page = view.panel
        if not isinstance(page, PagePanel) or page.words != self.words:
            return Step(view)
        lines = tuple(clean_cells(line) for line in self.text.splitlines())
        return Step(replace(view, panel=replace(page, lines=lines or ("It printed nothing.",))))


def meets_others(view: View) -> bool:
    """Return whether others work where the selected agent does, or change the same files."""
    return bool(view.entry and (view.entry.changes.conflicts or view.entry.changes.shared))


def _show(title: str, *command: str) -> Press:
    """Return what a key does that runs a command about the selected agent, and shows its output."""

    def open_page(view: View) -> Step:
        entry = view.entry
        if entry is None:
            return Step(view)
        page = PagePanel(f"{title}: {entry.title}", (*command, str(entry.ref)))
        return Step(replace(view, panel=page, message=NO_MESSAGE), RunCommand(page.words))

    return does(open_page)


CONFLICTS = Key(
    ("c",),
    "c",
    "show who changes the same files",
    _show("Conflicts", "conflicts", "-v"),
    "conflicts",
    meets_others,
)
EXPLAIN = Key(("e",), "e", "explain its state", _show("Why", "explain"), needs_pane=True)
REPORT = Key(
    ("R", "upper_r"),
    "R",
    "write a masked report of it",
    _show("Report, in your home folder", "report"),
    needs_pane=True,
)
