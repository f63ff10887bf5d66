"""What other threads report about the agents, and what became of an effect."""

from dataclasses import dataclass, replace

from agent_status.chooser.state.agents import list_agents
from agent_status.chooser.state.moves import lose_daemon, set_shot, update_agents
from agent_status.chooser.state.preview import draw_screen, miss_screen, trim_history
from agent_status.chooser.state.view import MAX_UNDO, Step, Undo, View, refuse, show_message
from agent_status.model import Screen
from agent_status.model.ref import AgentRef
from agent_status.protocol.rows import Report


@dataclass(frozen=True, slots=True)
class ReportReceived:
    """The daemon sent a report."""

    report: Report

    def apply(self, view: View) -> Step:
        """List the agents."""
        fresh = replace(view, notices=self.report.notices, load=self.report.load)
        return Step(update_agents(fresh, list_agents(self.report, view.home)))


@dataclass(frozen=True, slots=True)
class ScreenReceived:
    """The daemon sent the screen of a pane; without one, `trouble` says why."""

    ref: AgentRef
    screen: Screen | None = None
    trouble: str = ""

    def apply(self, view: View) -> Step:
        """Show its picture, or why there is none."""
        if self.screen is None:
            return Step(set_shot(view, miss_screen(self.ref, self.trouble)))
        return Step(set_shot(view, draw_screen(self.ref, self.screen)))


@dataclass(frozen=True, slots=True)
class HistoryReceived:
    """The lines above the top of a pane."""

    ref: AgentRef
    lines: tuple[str, ...] = ()

    def apply(self, view: View) -> Step:
        """Keep them."""
        return Step(replace(view, history=(self.ref, trim_history(self.lines))))


@dataclass(frozen=True, slots=True)
class Lost:
    """No daemon answers; `words` say why, if more is known."""

    words: str

    def apply(self, view: View) -> Step:
        """Show nothing old as if it were true."""
        return Step(lose_daemon(view, self.words))


@dataclass(frozen=True, slots=True)
class Quiet:
    """There is nothing to show."""

    def apply(self, view: View) -> Step:
        """Change nothing."""
        return Step(view)


@dataclass(frozen=True, slots=True)
class Done:
    """An effect was carried out; `good` if all is as the user wants it."""

    words: str
    good: bool = True
    refs: frozenset[AgentRef] = frozenset()
    """The agents that it typed to."""
    undo: Undo | None = None
    """What takes it back."""

    def apply(self, view: View) -> Step:
        """Say so, and allow other keys for those agents."""
        undos = (*view.undos, self.undo)[-MAX_UNDO:] if self.undo else view.undos
        free = replace(view, busy=view.busy - self.refs, undos=undos)
        return Step((show_message if self.good else refuse)(free, self.words))
