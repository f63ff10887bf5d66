"""Attempts at one task beside each other, a column each; a pager shows how two differ."""

import json
from dataclasses import dataclass, replace
from typing import Any

from rich.text import Text

from agent_status.chooser.panels.reader import Reader
from agent_status.chooser.state.key import BACK, SCROLL, Key, does
from agent_status.chooser.state.source import ChooserSource
from agent_status.chooser.state.text import fit_cells, wrap_cells
from agent_status.chooser.state.theme import ACCENT, BOLD, DIM, PLAIN, Theme
from agent_status.chooser.state.view import (
    NO_MESSAGE,
    Effect,
    Event,
    Hint,
    Panel,
    Size,
    Step,
    View,
    refuse,
)
from agent_status.model.groups import find_groups
from agent_status.model.ref import AgentRef

LABEL = 10
GAP = 2
MIN_CELL = 8
MAX_ROWS = 100
NOT_ENOUGH = "Mark agents with x, then press = to compare them."
STEPS = {"left": -1, "h": -1, "right": 1, "l": 1, "tab": 1}
CHOOSE = Hint("←→", "choose", "right")
DIFF = Hint("d", "diff of both", "d")
Rows = tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class ComparePanel(Reader):
    """What several agents made of one task; the first is held against the chosen one."""

    refs: tuple[AgentRef, ...]
    rows: Rows = ()
    """The label of a fact, and the fact about each agent."""
    words: str = "Comparing …"
    """What stands in the place of rows, or below them."""
    chosen: int = 1
    top: int = 0
    """How many lines, as they are drawn, are above those in sight."""

    def title(self, view: View, size: Size) -> str:
        """Return how many they are, and which two `d` shows."""
        del size
        titles = [view.find_title(self.refs[at]) for at in (0, self.chosen)]
        return f"{len(self.refs)} attempts: {' and '.join(titles)}"

    def hints(self, view: View) -> tuple[Hint, ...]:
        """Return its keys; with two agents there is nothing to choose."""
        del view
        return (DIFF, *([CHOOSE] if len(self.refs) > 2 else []), SCROLL, BACK)  # noqa: PLR2004

    def press(self, view: View, key: str, character: str = "") -> Step:
        """Show the diff, choose another one, scroll or leave."""
        if key == "d":
            return Step(view, takeover=ShowDiff(self.refs[0], self.refs[self.chosen]))
        if key in STEPS:
            chosen = min(max(1, self.chosen + STEPS[key]), len(self.refs) - 1)
            return Step(replace(view, panel=replace(self, chosen=chosen)))
        return Reader.press(self, view, key, character)

    def scroll(self, view: View, lines: int) -> View:
        """Return the view with the table scrolled down by `lines`."""
        return replace(view, panel=replace(self, top=max(0, self.top + lines)))

    def draw(self, view: View, size: Size, theme: Theme) -> list[Text]:
        """Return the names of the agents, and below them the part of the table in sight."""
        del theme
        room = self._find_room(size)
        head = Text(" " * LABEL)
        for at, ref in enumerate(self.refs):
            style = BOLD + ACCENT if at in {0, self.chosen} else DIM
            head.append(fit_cells(f"{ref} {view.find_title(ref)}", room), style).append(" " * GAP)
        lines = self._draw_rows(size)
        top = min(self.top, max(0, len(lines) - size.height + 1))
        return [head, *lines[top : top + max(0, size.height - 1)]]

    def fit(self, view: View, size: Size) -> Panel:
        """Return the table scrolled no further than to its end."""
        del view
        last = max(0, len(self._draw_rows(size)) - size.height + 1)
        return replace(self, top=min(self.top, last))

    def _find_room(self, size: Size) -> int:
        return max(MIN_CELL, (size.width - LABEL) // len(self.refs) - GAP)

    def _draw_rows(self, size: Size) -> list[Text]:
        lines = [line for row in self.rows for line in self._draw_row(row, self._find_room(size))]
        return [*lines, *(Text(f" {line}", DIM) for line in wrap_cells(self.words, size.width - 2))]

    def _draw_row(self, row: tuple[str, ...], room: int) -> list[Text]:
        label, *cells = row
        columns = [wrap_cells(cell, room) or ["-"] for cell in cells[: len(self.refs)]]
        lines = []
        for at in range(max(map(len, columns), default=0)):
            line = Text(fit_cells(label if at == 0 else "", LABEL - 1) + " ", DIM)
            for column in columns:
                part = column[at] if at < len(column) else ""
                line.append(fit_cells(part, room) + " " * GAP, PLAIN)
            lines.append(line)
        return lines


@dataclass(frozen=True, slots=True)
class Compare(Effect):
    """Compare the attempts of these agents."""

    attempts: tuple[AgentRef, ...]

    def run(self, source: ChooserSource) -> Event:
        """Run the command that does."""
        code, text = source.run(("compare", "--json", *map(str, self.attempts)))
        return Compared(self.attempts, code, text)


@dataclass(frozen=True, slots=True)
class Compared:
    """What `compare --json` printed, and its exit code."""

    refs: tuple[AgentRef, ...]
    code: int
    text: str

    def apply(self, view: View) -> Step:
        """Show it if its table is still open."""
        panel = view.panel
        if not isinstance(panel, ComparePanel) or panel.refs != self.refs:
            return Step(view)
        if self.code:
            words = self.text.strip().removeprefix("Error: ") or f"exit code {self.code}"
            return Step(replace(view, panel=replace(panel, words=words)))
        rows, words = parse_table(self.text)
        return Step(replace(view, panel=replace(panel, rows=rows, words=words)))


def parse_table(text: str) -> tuple[Rows, str]:
    """Return the rows of the table, and what they count from; a sentence alone for other text."""
    try:
        data: Any = json.loads(text)
        rows = tuple(tuple(map(str, row)) for row in data["table"][:MAX_ROWS] if row)
        base = str(data["base"])[:12]
    except (ValueError, TypeError, KeyError, RecursionError):
        return (), "It printed nothing that can be read."
    return rows, f"Counted since {base or 'the last review of each one'}."


@dataclass(frozen=True, slots=True)
class ShowDiff:
    """The pager with the diff of two attempts."""

    one: AgentRef
    other: AgentRef

    @property
    def words(self) -> tuple[str, ...]:
        """The command's."""
        return ("compare", "--diff", "--wait", str(self.one), str(self.other))

    def end(self, view: View, code: int) -> View:
        """Return the view with the table again."""
        words = f"The diff ended with exit code {code}: see agent-status {' '.join(self.words)}"
        return refuse(view, words) if code else replace(view, message=NO_MESSAGE)


def mark(view: View) -> Step:
    """Mark the selected agent, or take its mark away."""
    entry = view.entry
    return Step(replace(view, marked=view.marked ^ {entry.ref}) if entry else view)


def choose(view: View) -> tuple[AgentRef, ...]:
    """Return what to compare: the marked agents, or the selected one's group; else nothing."""
    marked = [entry.ref for entry in view.entries if entry.ref in view.marked]
    if len(marked) == 1 and view.entry and view.entry.ref not in marked:
        marked.append(view.entry.ref)
    if marked:
        return tuple(marked) if len(marked) > 1 else ()
    groups = find_groups(entry for entry in view.entries if entry.ref.is_here)
    return next((refs for refs in map(_list_refs, groups) if view.selected in refs), ())


def _list_refs(group: tuple[Any, ...]) -> tuple[AgentRef, ...]:
    return tuple(entry.ref for entry in group)


def compare(view: View) -> Step:
    """Open the table of what is to be compared."""
    refs = choose(view)
    if not refs:
        return Step(refuse(view, NOT_ENOUGH))
    return Step(replace(view, panel=ComparePanel(refs), message=NO_MESSAGE), Compare(refs))


MARK = Key(
    ("x",), "x", "mark it, to be compared", does(mark), "mark", lambda view: bool(view.marked)
)
KEY = Key(
    ("equals_sign",),
    "=",
    "compare marked agents, or attempts",
    does(compare),
    "compare",
    lambda view: bool(choose(view)),
)
