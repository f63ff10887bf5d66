"""One pane that is watched, and the last that is known of it."""

from dataclasses import dataclass, field

from agent_status.agents.session_records import NO_FACTS, SessionFacts
from agent_status.daemon.watch import Watch
from agent_status.detect.quick_scan import Work
from agent_status.features.history.feature import PaneHistory
from agent_status.model import NO_AGENT, Capture, Pane, Process, Status
from agent_status.terminal.spinning import only_spins, read_words, still_shows

SPIN_S = (1.1, 1.3, 1.5, 1.7)
"""A screen of work that only spins is painted so long after the last one that was, in turns."""

MOVING_S = 1.0
"""A screen that changed so lately is about to change again."""

VEILED_S = 2.0
"""Between two looks for an agent in a pane whose program hides what runs there."""


UNSAID = ("", False, "")
"""What tmux reports about progress, bell and program status where there is none."""


@dataclass(slots=True)
class TrackedPane:
    """One pane, and the last that is known of it."""

    pane: Pane
    watch: Watch | None = None
    status: Status = NO_AGENT
    capture: Capture | None = None
    text: Capture | None = None
    """What it showed without its colours, when that was all that was asked."""
    due_at: float = float("-inf")
    """A look after this is at the colours, too."""
    is_read: bool = False
    """Whether somebody has looked at it since it was painted last."""
    painted: int = 0
    """Grows with every change of its screen."""
    painted_at: float = float("-inf")
    moved_at: float = float("-inf")
    """When its screen changed last."""
    captured_at: float = float("-inf")
    stamp: str = ""
    hint: str = ""
    tree: tuple[Process, ...] = ()
    veiled: bool = False
    """Whether its program hides what runs there."""
    reading: SessionFacts = NO_FACTS
    said: tuple[str, bool, str] = UNSAID
    """What tmux last reported about its progress, bell and program status."""
    is_recalled: bool = False
    """Whether its watch was given what was known before."""
    session: str = ""
    """The session of what was known before, until the agent's files say which it is."""
    fault: str = ""
    tended: Pane | None = None
    """The pane as its watch last received it."""
    tape: PaneHistory = field(default_factory=PaneHistory)

    @property
    def is_agents(self) -> bool:
        """Whether an agent is in it, as far as we or the user know."""
        return bool(self.status.agent or self.hint)

    @property
    def is_looked_at(self) -> bool:
        """Whether an agent is in it, or may be without our knowing it."""
        return self.is_agents or self.veiled

    @property
    def is_elsewhere(self) -> bool:
        """Whether its agent is in another folder than the pane, as on another machine."""
        agent = self.status.agent
        return self.veiled and agent is not None and agent.pid is None

    def is_stale(self, now: float) -> bool:
        """Return whether its screen is to be captured; one that moves is, without asking first."""
        if self.needs_text_only(now):
            return False
        if not self.is_agents:
            return not self.stamp and now - self.captured_at >= VEILED_S
        return not self.stamp or now - self.moved_at < MOVING_S

    def is_asleep(self, tree: tuple[Process, ...] | None) -> bool:
        """Return whether no agent can be in it, and nothing is new; `tree` if it was read now."""
        same = self.pane is self.tended and (tree is None or tree == self.tree)
        return same and self.watch is not None and not self.is_looked_at

    def needs_text_only(self, now: float) -> bool:
        """Return whether its text will do for a look, as only new words would be news."""
        return self._is_left(now) and now <= self.due_at

    def may_wait(self, capture: Capture, now: float) -> bool:
        """Return whether a capture shows no more than that work goes on, and nobody looks."""
        return self._is_left(now) and bool(self.capture and only_spins(self.capture, capture))

    def forget(self) -> None:
        """Start over with this pane: the next watch gets all that is known beside its screen."""
        self.watch, self.capture, self.stamp = None, None, ""
        self.is_recalled = False
        self.reading, self.said = NO_FACTS, UNSAID

    def take_text(self, text: Capture, now: float) -> bool:
        """
        Take what it shows without its colours, and return whether that has changed.

        With new words it is captured: by this tick if they may be an ask or if the line is gone
        that says that work goes on, else at the next look.
        """
        before, self.text, self.stamp = self.text, text, ""
        if not self.may_wait(text, now):
            work = self.watch.work if self.watch else None
            calm = work and still_shows(text, work.line) and not self._may_ask(work, text)
            self.due_at = now if calm else float("-inf")
        if text != before:
            self.moved_at = now
        return text != before

    def _may_ask(self, work: Work, text: Capture) -> bool:
        before = self.capture
        known = {read_words(line) for line in (before.title, *before.lines)} if before else set()
        lines = (text.title, *text.lines)
        return work.may_contain_ask(
            lines, [line for line in lines if read_words(line) not in known]
        )

    def _is_left(self, now: float) -> bool:
        """Return whether it works, was painted a moment ago, and nobody looks at it."""
        works = self.capture and self.watch and self.watch.work is not None
        lately = now - self.painted_at < SPIN_S[int(self.pane.id[1:]) % len(SPIN_S)]
        return bool(works and lately and not self.is_read)
