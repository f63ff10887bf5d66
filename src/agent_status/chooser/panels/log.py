"""What was decided about an agent, or all of them: the journal's entries as lines."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from rich.text import Text

from agent_status.chooser.panels.reader import Reader
from agent_status.chooser.state.key import Key, always, does
from agent_status.chooser.state.outside import take_mapping, take_number, take_said, take_text
from agent_status.chooser.state.source import Source, SourceError, describe_error
from agent_status.chooser.state.text import clean_cells, wrap_cells
from agent_status.chooser.state.theme import Theme
from agent_status.chooser.state.view import SILENCE, Effect, Event, Size, Step, View

NOTHING = "Nothing was decided yet."
UNREADABLE = "The daemon's answer can't be read."
LATEST = 1e11
"""Unix seconds beyond which nothing is a time."""


@dataclass(frozen=True, slots=True)
class LogPanel(Reader):
    """What was decided, as lines, the latest last. `start` None is the end."""

    pane: str
    heading: str
    lines: tuple[str, ...] = ("Reading the journal…",)
    start: int | None = None

    def title(self, view: View, size: Size) -> str:
        """Return about whom it is."""
        del view, size
        return self.heading

    def scroll(self, view: View, lines: int) -> View:
        """Return the view with the log scrolled down by `lines`."""
        start = len(self.lines) - 1 if self.start is None else self.start
        moved = max(0, start + lines)
        fresh = replace(self, start=None if moved >= len(self.lines) else moved)
        return replace(view, panel=fresh)

    def draw(self, view: View, size: Size, theme: Theme) -> list[Text]:
        """Return the part that is in sight: its end, until the user scrolls."""
        del view, theme
        width, room = size
        before = self.lines if self.start is None else self.lines[: self.start + 1]
        rows = before[-max(1, room) :]
        drawn = [line for row in rows for line in wrap_cells(row, width - 2) or [""]]
        return [Text(f" {line}") for line in (drawn[-room:] if room else [])]


@dataclass(frozen=True, slots=True)
class ReadLog(Effect):
    """Read the journal's entries of a pane; of all panes if that is empty."""

    pane: str = ""

    def run(self, source: Source) -> Event:
        """Read them."""
        try:
            return LogReceived(self.pane, source.read_log(self.pane))
        except SourceError as error:
            return LogReceived(self.pane, trouble=describe_error(error))


@dataclass(frozen=True, slots=True)
class LogReceived:
    """The journal's entries, the latest first or last, as the daemon gives them."""

    pane: str
    entries: Any = None
    trouble: str = ""

    def apply(self, view: View) -> Step:
        """Show them if their log is still open."""
        log = view.panel
        if not isinstance(log, LogPanel) or log.pane != self.pane:
            return Step(view)
        if self.trouble:
            lines: tuple[str, ...] = (clean_cells(self.trouble),)
        else:
            lines = parse_log(self.entries, placed=not self.pane)
        return Step(replace(view, panel=replace(log, lines=lines or (NOTHING,), start=None)))


def read_log(view: View) -> Step:
    """Show what was decided about the selected agent."""
    entry = view.entry
    return _open(view, entry.pane, f"Decisions: {entry.title}") if entry else Step(view)


def read_whole_log(view: View) -> Step:
    """Show what was decided about all agents."""
    return _open(view, "", "Decisions: all agents")


def _open(view: View, pane: str, title: str) -> Step:
    return Step(replace(view, panel=LogPanel(pane, title), told=SILENCE), ReadLog(pane))


def parse_log(answer: Any, *, placed: bool) -> tuple[str, ...]:
    """Return a line an entry, the latest last; with the agent's place where there are several."""
    entries = take_mapping(answer).get("entries")
    if not isinstance(entries, list):
        return (UNREADABLE,)
    rows = sorted(map(take_mapping, entries), key=_read_time)
    return tuple(_tell(row, placed=placed) for row in rows)


def _tell(entry: Mapping[str, Any], *, placed: bool) -> str:
    at = datetime.fromtimestamp(_read_time(entry), UTC).astimezone().strftime("%d %b %H:%M:%S")
    where = take_text(entry, "place") or take_text(entry, "pane") if placed else ""
    kind, words = take_text(entry, "kind"), take_said(entry, "words")
    return "  ".join(filter(None, (at, where, f"{kind:<10}", words)))


def _read_time(entry: Mapping[str, Any]) -> float:
    at = take_number(entry, "at")
    return at if 0 <= at < LATEST else 0.0


KEY = Key(("l",), "l", "what was decided about it", does(read_log), "log", always)
WHOLE = Key(("L", "upper_l"), "L", "what was decided about all", does(read_whole_log))
