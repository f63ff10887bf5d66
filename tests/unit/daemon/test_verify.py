"""Comparisons of an emulator with captures: when they begin, and what they say."""

from agent_status.daemon.verify import (
    FIRST_S,
    INTERVAL_S,
    MAX_TRIES,
    QUIET_S,
    SETTLE_S,
    CheckCounts,
    Verdict,
    Verifier,
)
from agent_status.model import Capture, Cursor
from agent_status.terminal import Terminal

CAPTURE = Capture(10, 2, ("one", "two  "), Cursor(5, 1), blanks=True)
LONG_AGO = -1000.0


def show(data: bytes) -> Terminal:
    """
    A terminal of the capture's size that was fed with `data`.
    """
    terminal = Terminal(10, 2)
    terminal.feed(data)
    return terminal


def begin(counts: CheckCounts) -> Verifier:
    """
    A comparison with the capture that has begun at 0.
    """
    verifier = Verifier(LONG_AGO, counts)
    verifier.begin(CAPTURE, 0.0)
    return verifier


def test_the_first_comparison_is_soon_and_the_next_ones_are_rare() -> None:
    """
    A join may have missed what no capture tells.
    """
    verifier = Verifier(0.0, CheckCounts())
    assert not verifier.is_due(FIRST_S / 2)
    assert verifier.is_due(FIRST_S)

    verifier.begin(CAPTURE, FIRST_S)
    assert not verifier.is_due(FIRST_S)
    verifier.compare(show(b"one\r\ntwo  ").screen(), LONG_AGO, FIRST_S)

    assert not verifier.is_due(FIRST_S + INTERVAL_S - 0.1)
    assert verifier.is_due(FIRST_S + INTERVAL_S)


def test_equal_screens_are_counted() -> None:
    """
    Every row is compared, with the blanks behind its text.
    """
    counts = CheckCounts()
    verdict = begin(counts).compare(show(b"one\r\ntwo  ").screen(), LONG_AGO, 0.0)

    assert verdict is Verdict.SAME
    assert CheckCounts(rows=2, equal_rows=2) == counts


def test_a_difference_is_found_once_all_bytes_are_here() -> None:
    """
    Here the blanks behind a text were not written, so that the cursor is elsewhere, too.
    """
    counts = CheckCounts()
    verifier, screen = begin(counts), show(b"one\r\ntwo").screen()

    assert verifier.compare(screen, LONG_AGO, SETTLE_S / 2) is Verdict.PENDING
    assert verifier.compare(screen, LONG_AGO, SETTLE_S) is Verdict.DIFFERENT
    assert CheckCounts(rows=2, equal_rows=1, repairs=1) == counts


def test_a_pane_that_goes_on_printing_is_not_compared() -> None:
    """
    After some tries it is left until the next interval, and counted.
    """
    counts = CheckCounts()
    verifier, screen = begin(counts), show(b"three").screen()
    for _ in range(MAX_TRIES):
        verifier.begin(CAPTURE, 0.0)
        assert verifier.compare(screen, QUIET_S, SETTLE_S) is Verdict.MOVED

    assert CheckCounts(moved=1) == counts
    assert not verifier.is_due(SETTLE_S)
