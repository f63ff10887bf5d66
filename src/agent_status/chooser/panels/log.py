"""What was decided about an agent, or all of them: the journal's entries as lines."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from rich.text import Text

from agent_status.chooser.panels.reader import Reader
from agent_status.chooser.state.key import Key, always, does
from agent_status.chooser.state.source import ChooserSource
from agent_status.chooser.state.text import LATEST, reveal_line, show_line, wrap_cells
from agent_status.chooser.state.theme import Theme
from agent_status.chooser.state.view import NO_MESSAGE, Effect, Event, Size, Step, View
from agent_status.errors import AgentStatusError
from agent_status.model.ref import NO_REF, AgentRef
from agent_status.protocol.messages import LogRow, ReadLog

NOTHING = "Nothing was decided yet."
MAX_ENTRIES = 300


@dataclass(frozen=True, slots=True)
class LogPanel(Reader):
    """What was decided, as lines, the latest last. `start` None is the end."""

    ref: AgentRef
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
class LoadLog(Effect):
    """Read the journal's entries about an agent, by default about all."""

    ref: AgentRef = NO_REF

    def run(self, source: ChooserSource) -> Event:
        """Read them."""
        try:
            return LogReceived(self.ref, source.ask(ReadLog(self.ref, limit=MAX_ENTRIES)).entries)
        except AgentStatusError as error:
            return LogReceived(self.ref, trouble=str(error))


@dataclass(frozen=True, slots=True)
class LogReceived:
    """The journal's entries, in any order; without them, `trouble` says why."""

    ref: AgentRef
    entries: tuple[LogRow, ...] = ()
    trouble: str = ""

    def apply(self, view: View) -> Step:
        """Show them if their log is still open."""
        log = view.panel
        if not isinstance(log, LogPanel) or log.ref != self.ref:
            return Step(view)
        lines = (self.trouble,) if self.trouble else render_log(self.entries, self.ref)
        return Step(replace(view, panel=replace(log, lines=lines or (NOTHING,), start=None)))


def read_log(view: View) -> Step:
    """Show what was decided about the selected agent."""
    entry = view.entry
    return _open(view, entry.ref, f"Decisions: {entry.title}") if entry else Step(view)


def read_whole_log(view: View) -> Step:
    """Show what was decided about all agents."""
    return _open(view, NO_REF, "Decisions: all agents")


def _open(view: View, ref: AgentRef, title: str) -> Step:
    return Step(replace(view, panel=LogPanel(ref, title), message=NO_MESSAGE), LoadLog(ref))


def render_log(entries: Sequence[LogRow], ref: AgentRef = NO_REF) -> tuple[str, ...]:
    """Return a line an entry, the latest last; with the agent's place where there are several."""
    return tuple(_render(row, ref) for row in sorted(entries, key=_find_time))


def _render(entry: LogRow, ref: AgentRef) -> str:
    at = datetime.fromtimestamp(_find_time(entry), UTC).astimezone().strftime("%d %b %H:%M:%S")
    where = "" if ref else show_line(entry.place or entry.pane)
    kind, words = show_line(entry.kind), reveal_line(entry.words)
    return "  ".join(filter(None, (at, where, f"{kind:<10}", words)))


def _find_time(entry: LogRow) -> float:
    return entry.at if 0 <= entry.at < LATEST else 0.0


KEY = Key(("l",), "l", "what was decided about it", does(read_log), "log", always)
WHOLE = Key(("L", "upper_l"), "L", "what was decided about all", does(read_whole_log))
