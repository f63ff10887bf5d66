"""The list: which columns fit into a width, and each agent as one or two lines of exactly that."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.style import Style
from rich.text import Text

from agent_status.chooser.state.entry import Entry
from agent_status.chooser.state.text import cut_cells, cut_folder, describe_duration, fit_cells
from agent_status.chooser.state.theme import ACCENT, BAD, BOLD, DIM, PLAIN, Theme
from agent_status.model import Group, State, list_group
from agent_status.model.attention import describe_reset

MARK = "▌"
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
    """What every row needs to know to be drawn: the theme, the instant, the selected pane."""

    theme: Theme
    now: float
    selected: str = ""

    def has_chosen(self, entry: Entry) -> bool:
        """Return whether `entry` is the selected one."""
        return entry.pane == self.selected


@dataclass(frozen=True, slots=True)
class Column:
    """
    One column of the list: its most cells, and what it says of an agent at an instant.

    One that may be cut takes what is left for it, if that is at least `least` cells.
    """

    name: str
    most: int
    say: Callable[[Entry, float, Theme], str]
    least: int = 0
    cut: Callable[[str, int], str] = cut_cells


def find_marks(entry: Entry) -> tuple[str, ...]:
    """Return the names of what is true beside the state, the gravest first."""
    facts = {
        "danger": entry.risk.is_dangerous,
        "conflict": bool(entry.changes.conflicts),
        "pinned": entry.care.pinned,
        "snoozed": entry.care.snoozed,
        "muted": entry.care.muted,
        "note": bool(entry.care.note),
    }
    return tuple(name for name, fact in facts.items() if fact)


def _describe_marks(entry: Entry, _: float, theme: Theme) -> str:
    return "".join(map(theme.find_mark, find_marks(entry)))


def _describe_reason(entry: Entry, now: float) -> str:
    return " · ".join(filter(None, (describe_reset(entry.resets_at, now), entry.reason)))


STATE = Column("state", 8, lambda entry, *_: entry.state.value)
AGE = Column("age", 6, lambda entry, now, _: describe_duration(now - entry.since))
MARKS = Column("marks", 6, _describe_marks)
REASON = Column("reason", 0, lambda entry, now, _: _describe_reason(entry, now))
NAME = Column("name", 14, lambda entry, *_: entry.name)
PLACE = Column("place", 20, lambda entry, *_: entry.place)
CHANGES = Column("changes", 20, lambda entry, *_: entry.changes.words)
FOLDER = Column("folder", 28, lambda entry, *_: entry.folder, 12, cut_folder)
BRANCH = Column("branch", 16, lambda entry, *_: entry.branch)
FACTS = Column("facts", 24, lambda entry, *_: entry.facts, 8)

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
    entries: Sequence[Entry], width: int, pen: Pen, importance: Sequence[Column] = IMPORTANCE
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


def draw_row(entry: Entry, slots: Sequence[Slot], pen: Pen) -> Text:
    """Return an agent as one line, as wide as its columns say."""
    line = _draw_head(entry, pen)
    for number, slot in enumerate(slots):
        line.append(" " * (GAP if number else 0))
        if slot.column is MARKS:
            line.append_text(_draw_marks(entry, slot.width, pen))
        else:
            line.append(_fill(slot, entry, pen), _find_style(slot.column, entry, pen))
    return line


def draw_second_line(entry: Entry, width: int, pen: Pen) -> Text:
    """Return who and where an agent is, `width` cells wide, below its state."""
    room = max(0, width - HEAD)
    line = Text().append(_draw_mark(entry, pen).ljust(HEAD), ACCENT)
    return line.append(fit_cells(describe_where(entry, room), room), DIM)


def draw_group(name: str, width: int) -> Text:
    """Return the line above the agents of a group."""
    return Text(fit_cells(f" {name or 'elsewhere'}", width), ACCENT)


def describe_where(entry: Entry, width: int) -> str:
    """Return name, place, folder, branch and facts; the folder is cut first, to `width`."""
    facts = (entry.branch, entry.changes.words, entry.facts)
    rest = [part for part in (entry.name, entry.place, *facts) if part]
    room = width - cell_len(DOT.join(rest)) - len(DOT)
    enough = room >= min(FOLDER.least, cell_len(entry.folder))
    folder = cut_folder(entry.folder, room) if enough else ""
    parts = (entry.name, entry.place, folder, *facts)
    return DOT.join(part for part in parts if part)


def _draw_mark(entry: Entry, pen: Pen) -> str:
    return pen.theme.write_plain(MARK) if pen.has_chosen(entry) else " "


def _draw_marks(entry: Entry, width: int, pen: Pen) -> Text:
    """Return the marks, each in its colour, `width` cells wide."""
    weight = BOLD if pen.has_chosen(entry) else PLAIN
    line = Text()
    for name in find_marks(entry)[:width]:
        line.append(pen.theme.find_mark(name), pen.theme.find_mark_style(name) + weight)
    return line.append(" " * (width - len(line)))


def _draw_head(entry: Entry, pen: Pen) -> Text:
    line = Text().append(_draw_mark(entry, pen) + " ", ACCENT)
    line.append(pen.theme.find_icon(entry.state), pen.theme.find_style(entry.state))
    line.append(" ")
    return line


def _measure(column: Column, entries: Sequence[Entry], pen: Pen) -> int:
    said = (column.say(entry, pen.now, pen.theme) for entry in entries)
    widest = max(map(cell_len, said), default=0)
    return min(widest, column.most)


def _fill(slot: Slot, entry: Entry, pen: Pen) -> str:
    said = slot.column.cut(slot.column.say(entry, pen.now, pen.theme), slot.width)
    if slot.column is AGE:
        return " " * (slot.width - cell_len(said)) + said
    return fit_cells(said, slot.width)


def _find_style(column: Column, entry: Entry, pen: Pen) -> Style:
    weight = BOLD if pen.has_chosen(entry) else PLAIN
    if column is STATE:
        return pen.theme.find_style(entry.state) + weight
    if column is REASON and entry.risk.is_dangerous:
        return BAD + weight
    if column in (AGE, REASON):
        return DIM if entry.state in DIMMED and not weight else weight
    if column in (FOLDER, BRANCH):
        return DIM
    return weight
