"""One pane of the server, and the last that is known of it."""

from dataclasses import dataclass, field
from enum import Enum

from agent_status.agents.session_records import NO_FACTS, SessionFacts
from agent_status.daemon.verify import Verifier
from agent_status.detect.observation import NEVER
from agent_status.detect.pace import Arrival
from agent_status.detect.pane import ObservedPane
from agent_status.features.history.feature import PaneHistory
from agent_status.model import ASKS, NO_AGENT, Capture, Pane, Process, Screen, Status
from agent_status.terminal import DEFAULT_MODES, Modes

REMOTE_INTERVAL_S = 2.0
"""Between two looks for an agent in a pane whose program hides what runs there."""

MAX_HELD_S = 0.5
"""A request is shown after so long, even if its pane prints too much to be compared."""
FACTS_S = 2.0
"""Between two looks at what is known of an emulated pane besides its bytes."""

NO_MESSAGES = ("", False, "")
"""What tmux reports about progress, bell and program status if there is none."""


class Live(Enum):
    """How the screen of a pane is known."""

    CAPTURED = "captured"
    OPENING = "opening"
    """By the capture with which its tap was opened; what it printed since then is on its way."""
    EMULATED = "emulated"
    """By its bytes."""


@dataclass(slots=True)
class TrackedPane:
    """One pane, and the last that is known of it. Times are monotonic seconds."""

    pane: Pane
    observed: ObservedPane | None = None
    """None until the pane was looked at, and again after a failure in it."""
    status: Status = NO_AGENT
    capture: Capture | None = None
    """What it showed when it was shown to the tracker last."""
    shown: Screen | None = None
    """The screen of the last look."""
    painted: int = 0
    """Grows with every change of that screen."""
    is_current: bool = True
    """False after nothing was read of it for a while, as no agent was in it."""
    captured_at: float = NEVER
    stamp: str = ""
    """Time of the last output as tmux reports it; empty if a capture is due in any case."""
    hint: str = ""
    tree: tuple[Process, ...] = ()
    is_remote: bool = False
    """True if its program hides what runs there, such as ssh."""
    messages: tuple[str, bool, str] = NO_MESSAGES
    """What tmux last reported about its progress, bell and program status."""
    is_recalled: bool = False
    """True if its tracker was given what was known before."""
    session: str = ""
    """The session of what was known before, until the agent's files say which it is."""
    fault: str = ""
    updated: Pane | None = None
    """The pane as it was at its last update."""
    history: PaneHistory = field(default_factory=PaneHistory)
    live: Live = Live.CAPTURED
    rings: bool = False
    """True if it is captured, and its bytes tell when it has printed."""
    is_joined: bool = False
    """True once the capture with which its tap was opened is on its terminal."""
    modes: Modes = DEFAULT_MODES
    """Those of the moment when its tap was opened."""
    verifier: Verifier | None = None
    arrival: Arrival | None = None
    """The bytes that were not looked at yet."""
    fed_at: float = NEVER
    """When bytes came last."""
    looked_at: float = NEVER
    compared_at: float = NEVER
    """When its emulator was last compared with the screen that was looked at."""
    verified_ask: str = ""
    """The request that was shown to the user after a capture has confirmed it."""
    held_since: float | None = None
    """Since when a request waits for a capture to confirm it."""

    @property
    def is_held(self) -> bool:
        """True if a request waits for a capture to confirm it."""
        return self.held_since is not None

    @property
    def can_be_tapped(self) -> bool:
        """True if its bytes are an agent's."""
        return self.status.agent is not None and self.observed is not None

    def follow(self, live: Live, verifier: Verifier | None) -> None:
        """Take another way of knowing its screen."""
        self.live, self.verifier = live, verifier
        self.held_since = self.arrival = None
        if live is Live.CAPTURED:
            self.is_joined, self.capture = False, None
            self.invalidate()

    def is_certain(self, now: float) -> bool:
        """Return True if what is found in it is what a capture of `now` shows."""
        if self.verifier:
            return self.verifier.capture is None and self.verifier.verified_at >= now
        return self.live is Live.CAPTURED

    def waits_for_capture(self, status: Status, now: float) -> bool:
        """Return True if a request of an emulated pane waits until a capture confirms it."""
        ask = status.ask.identity if status.ask and status.state in ASKS else ""
        if self.verifier is None or self.observed is None or not ask or ask == self.verified_ask:
            self.verified_ask, self.held_since = ask, None
            return False
        self.held_since = now if self.held_since is None else self.held_since
        confirmed = self.verifier.verified_at >= self.observed.throttle.shown_at
        if confirmed or now - self.held_since > MAX_HELD_S:
            self.verified_ask, self.held_since = ask, None
            return False
        self.verifier.wanted = True
        return True

    def feed(self, data: bytes, now: float) -> None:
        """Take bytes that it printed."""
        if self.observed and data:
            is_new = self.observed.feed(data)
            self.history.hear(data)
            self.fed_at = now
            before = self.arrival
            was_new = before is not None and before.is_new
            self.arrival = Arrival(before.at if before else now, is_new or was_new)

    def hear(self, data: bytes, now: float) -> bool:
        """
        Take only what the program says in its bytes; its screen is captured.

        Return True if it is worth a capture at once.
        """
        if self.observed is None:
            return False
        self.observed.terminal.hear(data)
        self.fed_at = now
        if self.live is not Live.CAPTURED:
            return False
        self.stamp = ""
        return self.observed.says_more(data)

    @property
    def session_facts(self) -> SessionFacts:
        """What its session files say."""
        return self.observed.session if self.observed else NO_FACTS

    @property
    def moved_at(self) -> float:
        """When its screen changed last."""
        return self.observed.throttle.moved_at if self.observed else NEVER

    @property
    def has_agent(self) -> bool:
        """True if an agent is in it, as far as we or the user know."""
        return bool(self.status.agent or self.hint)

    @property
    def may_have_agent(self) -> bool:
        """True if an agent is in it, or may be without our knowledge."""
        return self.has_agent or self.is_remote

    @property
    def is_elsewhere(self) -> bool:
        """True if its agent is in another folder than the pane, as on another machine."""
        agent = self.status.agent
        return self.is_remote and agent is not None and agent.pid is None

    @property
    def rings_at_work(self) -> bool:
        """True if its bytes tell when it says more than that work goes on, as it shows now."""
        return self.rings and self.observed is not None and self.observed.throttle.work is not None

    def wants_text_only(self, now: float) -> bool:
        """Return True if its text is enough for the next look."""
        if self.observed is None or self.live is not Live.CAPTURED:
            return False
        return self.observed.throttle.wants_text_only(now)

    def wants_capture(self, now: float) -> bool:
        """Return True if its screen is to be captured without asking whether it changed."""
        if self.live is Live.OPENING:
            return False
        if self.verifier:
            return self.verifier.is_due(now)
        if self.wants_text_only(now):
            return False
        if not self.has_agent:
            return not self.stamp and now - self.captured_at >= REMOTE_INTERVAL_S
        moving = self.observed is not None and self.observed.throttle.is_moving(now)
        return not self.stamp or moving

    def is_followed(self, tree: tuple[Process, ...] | None, now: float) -> bool:
        """Return True if its bytes say all that this tick could; `tree` if it was read now."""
        same = self.pane is self.updated and (tree is None or tree == self.tree)
        return same and self.live is Live.EMULATED and now - self.looked_at < FACTS_S

    def can_skip(self, tree: tuple[Process, ...] | None) -> bool:
        """Return True if no agent can be in it, and nothing is new; `tree` if it was read now."""
        same = self.pane is self.updated and (tree is None or tree == self.tree)
        return same and self.observed is not None and not self.may_have_agent

    def invalidate(self) -> None:
        """Have the screen captured with the next look."""
        self.stamp = ""
        if self.observed:
            self.observed.throttle = self.observed.throttle.want_colours()

    def reset(self) -> None:
        """Start over with this pane: the next tracker gets all that is known beside its screen."""
        self.observed, self.capture, self.stamp = None, None, ""
        self.history.break_off()
        self.is_recalled = False
        self.messages = NO_MESSAGES
