"""One pane on its way from bytes or captures to a status: daemon, replay and tests use it."""

import string
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from agent_status.agents.registry import Registry
from agent_status.agents.session_records import NO_FACTS, SessionFacts
from agent_status.agents.session_schema import SessionFile
from agent_status.detect.found import Found
from agent_status.detect.observation import NEVER, Observation
from agent_status.detect.pace import LOOK_S
from agent_status.detect.stall import Limits
from agent_status.detect.throttle import SPIN_INTERVALS_S, Throttle
from agent_status.model import Capture, Kept, Process, Screen
from agent_status.terminal import Modes, Terminal
from agent_status.terminal.grid import MAX_HISTORY

Heard = tuple[int, tuple[str, ...], tuple[int, int] | None, str]
"""How often a terminal rang, its last notices, its progress, and the program's report."""


LETTERS = string.ascii_letters.encode()
BLANKED = bytes(byte if byte in LETTERS else 0x20 for byte in range(256))
MIN_WORD = 4
"""Letters of a word that a request is made of; shorter ones may be a spinner's unit."""


class Tracker(Protocol):
    """What turns observations into a status; see `tracker.PaneTracker`."""

    @property
    def session_files(self) -> tuple[SessionFile, ...]:
        """The files that the agent in the pane keeps about its session."""

    @property
    def tools(self) -> tuple[int, ...]:
        """The pids of the commands that the agent runs now."""

    def use_registry(self, registry: Registry) -> None:
        """Use these rules from now on."""

    def use_limits(self, limits: Limits) -> None:
        """Use these limits of stalled work from now on."""

    def begin_session(self, now: float) -> None:
        """Forget the result of the last session."""

    def keep(self, now: float) -> Kept:
        """Return what another tracker of the same agent has to know."""

    def restore(self, kept: Kept, seen: Observation, now: float) -> None:
        """Continue from what an earlier tracker kept."""

    def advance(self, seen: Observation, now: float) -> Found:
        """Return what is found in `seen` at `now`."""


TrackerFactory = Callable[[Registry, float], Tracker]
"""Makes the tracker of a pane, from what is known about agents and the time."""


class ObservedPane:
    """
    The terminal of one pane, everything else that is seen of it, and its tracker.

    Fill in what is seen, then call `look`: it builds the observation behind the throttle, and
    takes the tracker one step further. Times are seconds on one clock that never goes back.
    """

    def __init__(
        self,
        tracker: Tracker,
        width: int,
        height: int,
        number: int = 0,
        max_history: int = MAX_HISTORY,
    ) -> None:
        """Begin with a blank screen. Panes with different `number`s are looked at in turns."""
        self.tracker = tracker
        self.terminal = Terminal(width, height, max_history)
        self.throttle = Throttle(SPIN_INTERVALS_S[number % len(SPIN_INTERVALS_S)])
        self.found: Found | None = None
        """What the last look found."""
        self.looked_at = NEVER
        self.screen: Screen = self.terminal.screen()
        """The screen that the last look was at."""
        self.above: tuple[str, ...] = ()
        """The lines that scrolled off the top last."""
        self.is_above_known = False
        """False if other lines may have scrolled off since `above` was set."""
        self.processes: tuple[Process, ...] | None = None
        self.hint = ""
        self.session: SessionFacts = NO_FACTS
        self.cpu_s = 0.0
        self.report = ""
        self.progress = ""
        self.rang_at = NEVER
        self.acknowledged_at = NEVER
        self._title, self._titled_at = "", NEVER
        self._known: set[bytes] = set()
        self._known_at: Screen | None = None
        self._heard: Heard = (0, (), None, "")
        self._notice, self._notice_at = "", NEVER

    @property
    def wants_above(self) -> bool:
        """True if a request begins above the screen, and what is there is not known."""
        return self.found is not None and self.found.begins_above and not self.is_above_known

    def feed(self, data: bytes) -> bool:
        """Take bytes that the pane printed; return as `says_more` does."""
        self.terminal.feed(data)
        return self.says_more(data)

    def says_more(self, data: bytes) -> bool:
        """
        Return True if bytes that the pane printed may say more than that work goes on.

        While the screen says that it does, only words that it does not show yet can be a request.
        """
        if self.throttle.work is None:
            return True
        if self._known_at is not self.screen:
            self._known_at, self._known = self.screen, _split_words(self.screen.text.encode())
        fresh = _split_words(data) - self._known
        self._known |= fresh
        # the letter that ends a control sequence may stand before a word
        return any(len(word) >= MIN_WORD and word[1:] not in self._known for word in fresh)

    def see_text(self, text: Capture | Screen, now: float) -> bool:
        """Take the text alone; return True if it has changed."""
        self._see_title(text.title, now)
        before, self.throttle = self.throttle.text, self.throttle.see_text(text, now)
        return text != before

    def see_capture(self, capture: Capture, now: float) -> bool:
        """Take a capture that has changed; return True if the next look is at it."""
        self._see_title(capture.title, now)
        if self.throttle.can_wait(capture, now):
            self.throttle = self.throttle.hold(now)
            return False
        self.paint(capture, now)
        return True

    def paint(self, capture: Capture, now: float) -> None:
        """Take a capture, past the throttle; rows that are as before cost nothing."""
        self.terminal.paint(capture)
        self._show_capture(capture, now)

    def join(self, capture: Capture, modes: Modes, now: float) -> None:
        """Take the capture and the modes from which the pane's bytes go on."""
        self.terminal.join(capture, modes)
        self._show_capture(capture, now)

    def _show_capture(self, capture: Capture, now: float) -> None:
        self._see_title(capture.title, now)
        self.screen = self.terminal.screen()
        self.throttle = self.throttle.show(capture, now)
        self.is_above_known = False

    def restore(self, kept: Kept, now: float) -> None:
        """Continue from what an earlier tracker kept of this pane; its screen must be known."""
        self._show_emulated(now)
        self.tracker.restore(kept, self.observe(), now)

    def wants_look(self, now: float) -> bool:
        """Return True if a look would see more than spinners that turned, or a while has passed."""
        shown, heard = self.screen, self._heard
        is_due = now - self.looked_at >= LOOK_S and not self.throttle.is_calm(now)
        self._show_emulated(now)
        self._listen(now)
        return is_due or self.screen is not shown or self._heard != heard

    def look(self, now: float) -> Found:
        """Return what is found in the pane at `now`."""
        self.looked_at = now
        self._show_emulated(now)
        self._listen(now)
        found = self.tracker.advance(self.observe(), now)
        if found.work != self.throttle.work:
            self.throttle = replace(self.throttle, work=found.work)
        self.found = found
        return found

    def observe(self) -> Observation:
        """Return everything that is seen now."""
        return Observation(
            screen=self.screen,
            above=self.above,
            processes=self.processes,
            hint=self.hint,
            session=self.session,
            cpu_s=self.cpu_s,
            report=self.report,
            progress=self.progress,
            notice=self._notice,
            notice_at=self._notice_at,
            rang_at=self.rang_at,
            titled_at=self._titled_at,
            acknowledged_at=self.acknowledged_at,
        )

    def _see_title(self, title: str, now: float) -> None:
        """Take the title; a sign in it that turns is seen also where the screen is held back."""
        if title != self._title:
            self._title, self._titled_at = title, now

    def _show_emulated(self, now: float) -> None:
        """Take the emulator's screen if it has changed, unless it can wait."""
        screen = self.terminal.screen()
        if screen is self.screen:
            return
        self._see_title(screen.title, now)
        if self.throttle.wants_text_only(now):
            self.see_text(screen, now)
        if self.throttle.wants_text_only(now):
            return
        if self.throttle.can_wait(screen, now):
            self.throttle = self.throttle.hold(now)
            return
        self.screen = screen
        self.throttle = self.throttle.show(screen, now)

    def _listen(self, now: float) -> None:
        """Take what the terminal received besides text."""
        terminal = self.terminal
        heard = (terminal.bells, terminal.notices, terminal.progress, terminal.report)
        if heard == self._heard:
            return
        before, self._heard = self._heard, heard
        bells, notices, progress, report = heard
        if bells != before[0]:
            self.rang_at = now
        if notices != before[1] and notices:
            self._notice, self._notice_at = notices[-1], now
        if progress != before[2]:
            self.progress = str(progress[0]) if progress else ""
        if report != before[3]:
            self.report = report


def _split_words(text: bytes) -> set[bytes]:
    return set(text.translate(BLANKED).split())
