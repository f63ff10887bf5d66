"""When a pane that changes is worth another look: pure, and the same for daemon and replay."""

from dataclasses import dataclass, replace

from agent_status.detect.observation import NEVER
from agent_status.detect.quick_scan import Work
from agent_status.terminal.spinning import Picture, only_spins, read_words, still_shows

SPIN_INTERVALS_S = (2.2, 2.5, 2.8, 3.1)
"""A screen of work on which only spinners turn is shown so long after the last one, in turns."""
MOVING_S = 1.0
"""A screen that changed so lately is about to change again."""
ALWAYS = float("inf")


@dataclass(frozen=True, slots=True)
class Throttle:
    """
    What was shown of a pane to its tracker, and how lately; times are monotonic seconds.

    While an agent's screen itself says that work goes on, a change that only turns spinners and
    counts is held back for a second or so. Anything else is shown at once.
    """

    interval_s: float = SPIN_INTERVALS_S[0]
    shown: Picture | None = None
    shown_at: float = NEVER
    work: Work | None = None
    """The work that the shown screen says goes on, or None."""
    text: Picture | None = None
    """The last text without colours, where only that was asked for."""
    text_until: float = NEVER
    """A look later than this is at the colours, too."""
    moved_at: float = NEVER
    """When its screen changed last."""
    wanted: bool = False
    """True if the next picture is shown in any case."""

    def wants_text_only(self, now: float) -> bool:
        """Return True if a look at the text is enough, as only new words would be news."""
        return self.is_calm(now) and now <= self.text_until

    def is_moving(self, now: float) -> bool:
        """Return True if the screen is about to change again."""
        return now - self.moved_at < MOVING_S

    def can_wait(self, picture: Picture, now: float) -> bool:
        """Return True if `picture` says no more than that work goes on."""
        return self.is_calm(now) and self.shown is not None and only_spins(self.shown, picture)

    def see_text(self, text: Picture, now: float) -> "Throttle":
        """
        Return the throttle after a look at the text alone.

        New words are looked at in colour: at once if they may be a request or if the line is gone
        that says that work goes on, else with the next look.
        """
        until = self.text_until
        if not self.can_wait(text, now):
            until = now if self._still_works(text) else NEVER
        moved_at = self.moved_at if text == self.text else now
        return replace(self, text=text, text_until=until, moved_at=moved_at)

    def see_colours(self) -> "Throttle":
        """Return the throttle after a look at the colours, which need not have changed."""
        return replace(self, text_until=ALWAYS)

    def hold(self, now: float) -> "Throttle":
        """Return the throttle after a picture that has changed and was held back."""
        return replace(self, moved_at=now, text_until=ALWAYS)

    def want_colours(self) -> "Throttle":
        """Return the throttle with the next look at the colours, too."""
        return replace(self, text_until=NEVER)

    def show(self, picture: Picture, now: float) -> "Throttle":
        """Return the throttle after `picture` was shown to the tracker."""
        return replace(
            self, shown=picture, shown_at=now, moved_at=now, text_until=ALWAYS, wanted=False
        )

    def is_calm(self, now: float) -> bool:
        """Return True if work goes on by the screen that was shown a moment ago."""
        lately = now - self.shown_at < self.interval_s
        return lately and self.work is not None and not self.wanted

    def _still_works(self, text: Picture) -> bool:
        if self.work is None or not still_shows(text, self.work.line):
            return False
        lines = (text.title, *text.lines)
        before = (self.shown.title, *self.shown.lines) if self.shown else ()
        known = {read_words(line) for line in before}
        return not self.work.may_contain_ask(
            lines, [line for line in lines if read_words(line) not in known]
        )
