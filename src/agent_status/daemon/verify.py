"""Whether the emulator of a tapped pane shows what tmux shows: pure, but for its own counts."""

from enum import Enum

from agent_status.detect.observation import NEVER
from agent_status.model import Capture, Row, Screen
from agent_status.terminal.capture import Painter

INTERVAL_S = 30.0
"""Between two comparisons of a pane."""
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


class Verifier:
    """Compares one pane's emulator with captures. Times are monotonic seconds."""

    def __init__(self, now: float) -> None:
        self.verified_at = now
        """When the two were last known to be the same."""
        self.wanted = False
        """True if somebody waits for a comparison."""
        self.rows = self.equal_rows = self.repairs = 0
        self.capture: Capture | None = None
        """The capture that is compared now."""
        self._expected: Screen | None = None
        self._began_at = NEVER
        self._next_at = now + INTERVAL_S
        self._tries = 0
        self._painter = Painter()

    def is_due(self, now: float) -> bool:
        """Return True if the pane is to be captured for a comparison."""
        return self.capture is None and (self.wanted or now >= self._next_at)

    def begin(self, capture: Capture, now: float) -> None:
        """Compare with this capture, which was taken a moment ago."""
        rows = self._painter.paint(capture.lines, capture.width, capture.height)
        self._expected = Screen(
            capture.width, capture.height, rows, capture.cursor, capture.title, capture.alternate
        )
        self.capture, self._began_at = capture, now

    def compare(self, screen: Screen, fed_at: float, now: float) -> Verdict:
        """Return what is known now; `fed_at` is when bytes of the pane came last."""
        expected = self._expected
        if self.capture is None or expected is None:
            return Verdict.PENDING
        if is_same(screen, expected):
            self._end(now)
            self.rows += screen.height
            self.equal_rows += screen.height
            self.verified_at = now
            return Verdict.SAME
        if now - self._began_at < SETTLE_S:
            return Verdict.PENDING
        if fed_at > self._began_at - QUIET_S:
            return self._give_up(now)
        self._end(now)
        self.rows += screen.height
        self.equal_rows += count_equal(screen, expected)
        self.repairs += 1
        self.verified_at = now
        return Verdict.DIFFERENT

    def _give_up(self, now: float) -> Verdict:
        self._tries += 1
        self.capture = None
        if self._tries >= MAX_TRIES:
            self._end(now)
        return Verdict.MOVED

    def _end(self, now: float) -> None:
        self.capture, self.wanted, self._tries = None, False, 0
        self._next_at = now + INTERVAL_S


def is_same(screen: Screen, expected: Screen) -> bool:
    """Return True if two screens show the same; blanks at the end of a row don't show."""
    facts = (screen.cursor, screen.title, screen.alternate)
    return (
        facts == (expected.cursor, expected.title, expected.alternate)
        and screen.width == expected.width
        and screen.height == expected.height
        and all(map(_is_same_row, screen.rows, expected.rows))
    )


def _is_same_row(row: Row, expected: Row) -> bool:
    return row is expected or (row.text == expected.text and row.spans == expected.spans)


def count_equal(screen: Screen, expected: Screen) -> int:
    """Return how many rows have the same text."""
    pairs = zip(screen.rows, expected.rows, strict=False)
    return sum(row.text == other.text for row, other in pairs)
