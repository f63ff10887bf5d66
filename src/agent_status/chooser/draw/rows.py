"""The list: which columns fit into a width, and each agent as one or two lines of exactly that."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.style import Style
from rich.text import Text

from agent_status.chooser.state.agents import describe_changes
from agent_status.chooser.state.text import (
    cut_cells,
    cut_folder,
    describe_duration,
    fit_cells,
    reveal_line,
    show_line,
)
from agent_status.chooser.state.theme import ACCENT, BAD, BOLD, DIM, PLAIN, Theme
from agent_status.model import Group, State, list_group
from agent_status.model.attention import describe_reset
from agent_status.model.ref import NO_REF, AgentRef
from agent_status.protocol.rows import AgentRow

MARK = "▌"
MARKED = "*"
"""Stands behind it for an agent that the user marked."""
GAP = 2
HEAD = 4
"""Cells of the mark, the shape and the blank after each."""

REASON_SHARE = 0.34
REASON_LEAST = 12
DIMMED = list_group(Group.BUSY) | {State.IDLE, State.NONE}
"""States whose age and reason are drawn dim."""
DOT = " · "


@dataclass(frozen=True, slots=True)
class Pen:
    """What every row needs to know to be drawn: the theme, the instant, the selected agent."""

    theme: Theme
    now: float
    selected: AgentRef = NO_REF
    marked: frozenset[AgentRef] = frozenset()

    def has_chosen(self, entry: AgentRow) -> bool:
        """Return whether `entry` is the selected one."""
        return entry.ref == self.selected


@dataclass(frozen=True, slots=True)
class Column:
    """
    One column of the list: its most cells, and its text about an agent at an instant.

    A column that may be cut fills the cells that are left, if there are at least `least`.
    """

    name: str
    most: int
    say: Callable[[AgentRow, float, Theme], str]
    least: int = 0
    cut: Callable[[str, int], str] = cut_cells


def find_marks(entry: AgentRow) -> tuple[str, ...]:
    """Return the names of what is true beside the state, the gravest first."""
    facts = {
        "danger": entry.is_dangerous or entry.has_news,
        "conflict": bool(entry.changes.conflicts),
        "pinned": entry.care.pinned,
        "snoozed": entry.care.snoozed,
        "muted": entry.care.muted,
        "note": bool(entry.care.note),
    }
    return tuple(name for name, fact in facts.items() if fact)


def _describe_marks(entry: AgentRow, _: float, theme: Theme) -> str:
    return "".join(map(theme.find_mark, find_marks(entry)))


def _describe_reason(entry: AgentRow, now: float) -> str:
    reason = reveal_line(entry.reason) if entry.ask else entry.reason
    return " · ".join(filter(None, (describe_reset(entry.resets_at, now), reason)))


STATE = Column("state", 8, lambda entry, *_: entry.state.value)
AGE = Column("age", 6, lambda entry, now, _: describe_duration(now - entry.since))
MARKS = Column("marks", 6, _describe_marks)
REASON = Column("reason", 0, lambda entry, now, _: _describe_reason(entry, now))
NAME = Column("name", 14, lambda entry, *_: entry.name or entry.agent)
PLACE = Column("place", 20, lambda entry, *_: entry.place)
CHANGES = Column("changes", 20, lambda entry, *_: describe_changes(entry.changes))
FOLDER = Column("folder", 28, lambda entry, *_: entry.folder, 12, cut_folder)
BRANCH = Column("branch", 16, lambda entry, *_: entry.branch)
FACTS = Column("facts", 44, lambda entry, *_: entry.facts, 8)

ORDER = (STATE, AGE, MARKS, REASON, NAME, PLACE, CHANGES, FACTS, FOLDER, BRANCH)
"""As they stand on the line, left to right."""

IMPORTANCE = (AGE, MARKS, PLACE, STATE, NAME, CHANGES, FACTS, FOLDER, BRANCH)
"""The last ones are left out first when the width is small; the reason takes what is left."""

FIRST_LINE = (AGE, MARKS, STATE)
"""Beside the reason, when an agent has two lines: the second one says who and where."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A column with its width in cells."""

    column: Column
    width: int


def choose_columns(
    entries: Sequence[AgentRow], width: int, pen: Pen, importance: Sequence[Column] = IMPORTANCE
) -> tuple[Slot, ...]:
    """Return the columns that fit into `width` cells beside the shape, in their order."""
    room = max(0, width - HEAD)
    left = room - max(REASON_LEAST, int(room * REASON_SHARE))
    chosen: dict[str, int] = {}
    for column in importance:
        needs = _measure(column, entries, pen)
        fits = min(needs, left - GAP) if column.least else needs
        if needs and min(needs, column.least) <= fits <= left - GAP:
            chosen[column.name] = fits
            left -= fits + GAP
    taken = sum(chosen.values()) + GAP * len(chosen)
    chosen[REASON.name] = max(0, room - taken)
    return tuple(Slot(column, chosen[column.name]) for column in ORDER if column.name in chosen)


def draw_row(entry: AgentRow, slots: Sequence[Slot], pen: Pen) -> Text:
    """Return an agent as one line, as wide as its columns say."""
    line = _draw_head(entry, pen)
    for number, slot in enumerate(slots):
        line.append(" " * (GAP if number else 0))
        if slot.column is MARKS:
            line.append_text(_draw_marks(entry, slot.width, pen))
        else:
            line.append(_fill(slot, entry, pen), _find_style(slot.column, entry, pen))
    return line


def draw_second_line(entry: AgentRow, width: int, pen: Pen) -> Text:
    """Return who and where an agent is, `width` cells wide, below its state."""
    room = max(0, width - HEAD)
    line = Text().append(_draw_mark(entry, pen).ljust(HEAD), ACCENT)
    return line.append(fit_cells(describe_where(entry, room), room), DIM)


def draw_group(name: str, width: int) -> Text:
    """Return the line above the agents of a group."""
    return Text(fit_cells(f" {name or 'elsewhere'}", width), ACCENT)


def describe_where(entry: AgentRow, width: int) -> str:
    """Return name, place, folder, branch and facts; the folder is cut first, to `width`."""
    facts = (entry.branch, describe_changes(entry.changes), entry.facts)
    name, place, *rest = map(show_line, (entry.name or entry.agent, entry.place, *facts))
    known = [part for part in (name, place, *rest) if part]
    room = width - cell_len(DOT.join(known)) - len(DOT)
    enough = room >= min(FOLDER.least, cell_len(entry.folder))
    folder = cut_folder(entry.folder, room) if enough else ""
    parts = (name, place, folder, *rest)
    return DOT.join(part for part in parts if part)


def _draw_mark(entry: AgentRow, pen: Pen) -> str:
    return pen.theme.write_plain(MARK) if pen.has_chosen(entry) else " "


def _draw_marks(entry: AgentRow, width: int, pen: Pen) -> Text:
    """Return the marks, each in its colour, `width` cells wide."""
    weight = BOLD if pen.has_chosen(entry) else PLAIN
    line = Text()
    for name in find_marks(entry)[:width]:
        line.append(pen.theme.find_mark(name), pen.theme.find_mark_style(name) + weight)
    return line.append(" " * (width - len(line)))


def _draw_head(entry: AgentRow, pen: Pen) -> Text:
    mark = MARKED if entry.ref in pen.marked else " "
    line = Text().append(_draw_mark(entry, pen) + mark, ACCENT)
    line.append(pen.theme.find_icon(entry.state), pen.theme.find_style(entry.state))
    line.append(" ")
    return line


def _measure(column: Column, entries: Sequence[AgentRow], pen: Pen) -> int:
    widest = max((cell_len(_say(column, entry, pen)) for entry in entries), default=0)
    return min(widest, column.most)


def _say(column: Column, entry: AgentRow, pen: Pen) -> str:
    """Return what a column says about an agent, inert."""
    return show_line(column.say(entry, pen.now, pen.theme))


def _fill(slot: Slot, entry: AgentRow, pen: Pen) -> str:
    said = slot.column.cut(_say(slot.column, entry, pen), slot.width)
    if slot.column is AGE:
        return " " * (slot.width - cell_len(said)) + said
    return fit_cells(said, slot.width)


def _find_style(column: Column, entry: AgentRow, pen: Pen) -> Style:
    weight = BOLD if pen.has_chosen(entry) else PLAIN
    if column is STATE:
        return pen.theme.find_style(entry.state) + weight
    if column is REASON and entry.is_dangerous:
        return BAD + weight
    if column in (AGE, REASON):
        return DIM if entry.state in DIMMED and not weight else weight
    if column in (FOLDER, BRANCH):
        return DIM
    return weight
