"""Whether the emulator of a tapped pane shows what tmux shows: pure, but for its own counts."""

from dataclasses import dataclass
from enum import Enum

from agent_status.detect.observation import NEVER
from agent_status.model import Capture, Row, Screen
from agent_status.terminal.capture import Painter

INTERVAL_S = 30.0
"""Between two comparisons of a pane."""
FIRST_S = 2.0
"""Until the first one: no capture tells the style to write with, or a half-read sequence."""
QUIET_S = 0.03
"""Bytes that come so shortly before a capture may be newer than it, or older."""
SETTLE_S = 0.08
"""Bytes that tmux has handed out before a capture are here after so long."""
MAX_TRIES = 5
"""A pane that never rests is compared at the next interval."""


class Verdict(Enum):
    """What a comparison says."""

    PENDING = "pending"
    SAME = "same"
    DIFFERENT = "different"
    MOVED = "moved"
    """The pane went on printing, so the two can't be compared."""


@dataclass(slots=True)
class CheckCounts:
    """What all comparisons of a daemon came to."""

    rows: int = 0
    equal_rows: int = 0
    repairs: int = 0
    moved: int = 0
    """Comparisons that were given up, as the pane went on printing."""
    lost_bytes: int = 0
    """Bytes of tapped panes that were dropped before the emulator saw them."""


class Verifier:
    """
    Compares one pane's emulator with captures, and adds what it finds to `counts`.

    Times are monotonic seconds.
    """

    def __init__(self, now: float, counts: CheckCounts, interval_s: float = INTERVAL_S) -> None:
        self.verified_at = now
        """When the two were last known to be the same."""
        self.wanted = False
        """True if somebody waits for a comparison."""
        self._counts = counts
        self._interval_s = interval_s
        self.capture: Capture | None = None
        """The capture that is compared now."""
        self._expected: Screen | None = None
        self._began_at = NEVER
        self._next_at = now + min(FIRST_S, interval_s)
        self._tries = 0

    def is_due(self, now: float) -> bool:
        """Return True if the pane is to be captured for a comparison."""
        return self.capture is None and (self.wanted or now >= self._next_at)

    def begin(self, capture: Capture, now: float) -> None:
        """Compare with this capture, which was taken a moment ago."""
        rows = Painter().paint(capture.lines, capture.width, capture.height, blanks=capture.blanks)
        self._expected = Screen(
            capture.width, capture.height, rows, capture.cursor, capture.title, capture.alternate
        )
        self.capture, self._began_at = capture, now

    def compare(self, screen: Screen, fed_at: float, now: float) -> Verdict:
        """Return what is known now; `fed_at` is when bytes of the pane came last."""
        expected = self._expected
        if self.capture is None or expected is None:
            return Verdict.PENDING
        if screen == expected:
            self._end(now)
            self._count(screen, screen.height)
            self.verified_at = now
            return Verdict.SAME
        if now - self._began_at < SETTLE_S:
            return Verdict.PENDING
        if fed_at > self._began_at - QUIET_S:
            return self._give_up(now)
        self._end(now)
        self._count(screen, count_equal(screen, expected))
        self._counts.repairs += 1
        self.verified_at = now
        return Verdict.DIFFERENT

    def _give_up(self, now: float) -> Verdict:
        self._tries += 1
        self.capture = None
        if self._tries >= MAX_TRIES:
            self._counts.moved += 1
            self._end(now)
        return Verdict.MOVED

    def _count(self, screen: Screen, equal: int) -> None:
        self._counts.rows += screen.height
        self._counts.equal_rows += equal

    def _end(self, now: float) -> None:
        self.capture, self.wanted, self._tries = None, False, 0
        self._next_at = now + self._interval_s


def count_equal(screen: Screen, expected: Screen) -> int:
    """Return how many rows are the same."""
    return sum(map(Row.__eq__, screen.rows, expected.rows))
