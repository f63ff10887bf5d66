"""What other threads tell of the daemon and the selected pane, and what became of an effect."""

from dataclasses import dataclass, replace
from typing import Any

from agent_status.chooser.state.entry import parse_notices, parse_report
from agent_status.chooser.state.moves import lose_daemon, take_entries, take_shot
from agent_status.chooser.state.preview import miss_screen, parse_history, parse_screen
from agent_status.chooser.state.view import Step, View, refuse, tell


@dataclass(frozen=True, slots=True)
class ReportReceived:
    """The daemon said what the agents do."""

    report: Any

    def apply(self, view: View) -> Step:
        """List the agents."""
        fresh = replace(view, notices=parse_notices(self.report))
        return Step(take_entries(fresh, parse_report(self.report, view.home)))


@dataclass(frozen=True, slots=True)
class ScreenReceived:
    """The daemon showed a pane; `trouble` says why it did not."""

    pane: str
    screen: Any = None
    trouble: str = ""

    def apply(self, view: View) -> Step:
        """Show its picture, or why there is none."""
        if self.trouble:
            return Step(take_shot(view, miss_screen(self.pane, self.trouble)))
        return Step(take_shot(view, parse_screen(self.pane, self.screen)))


@dataclass(frozen=True, slots=True)
class HistoryReceived:
    """The lines above the top of a pane."""

    pane: str
    lines: tuple[str, ...] = ()

    def apply(self, view: View) -> Step:
        """Know them."""
        return Step(replace(view, history=(self.pane, parse_history(self.lines))))


@dataclass(frozen=True, slots=True)
class Lost:
    """No daemon answers; the sentence says so."""

    words: str

    def apply(self, view: View) -> Step:
        """Show nothing old as if it were true."""
        return Step(lose_daemon(view, self.words))


@dataclass(frozen=True, slots=True)
class Quiet:
    """Nothing is to be told."""

    def apply(self, view: View) -> Step:
        """Change nothing."""
        return Step(view)


@dataclass(frozen=True, slots=True)
class Done:
    """An effect was carried out; `good` if all is as the user wants it."""

    words: str
    good: bool = True
    panes: frozenset[str] = frozenset()
    """Those that it typed into."""

    def apply(self, view: View) -> Step:
        """Say so, and let other keys type there."""
        free = replace(view, busy=view.busy - self.panes)
        return Step((tell if self.good else refuse)(free, self.words))
