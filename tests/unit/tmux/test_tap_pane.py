"""The life of one tap, step by step."""

import pytest

from agent_status.model import Pane, PaneId
from agent_status.terminal import DEFAULT_MODES
from agent_status.tmux.tap_pane import MAX_RETRY_S, PaneTap, Phase
from agent_status.tmux.tap_policy import Left, RateLimits, TapMode

LIMITS = RateLimits(ring_above=100.0, emulate_below=50.0, hold_s=5.0, span_s=2.0)
PANE = Pane(PaneId("%1"), pid=7)


def make_tap() -> PaneTap:
    """A tap that is to be opened."""
    return PaneTap(PANE.id, PANE.pid, (PANE.width, PANE.height))


def make_open(now: float = 0.0) -> PaneTap:
    """A tap that is open."""
    tap = make_tap()
    tap.begin(1, now)
    tap.accept(DEFAULT_MODES, now)
    tap.start()
    return tap


def test_pane_is_captured_until_its_tap_is_open() -> None:
    """
    Neither tmux's word nor the helper's alone makes it so.
    """
    tap = make_tap()
    assert tap.is_due(0.0)
    tap.begin(1, 0.0)
    assert (tap.phase, tap.mode) == (Phase.OPENING, TapMode.CAPTURE)
    assert not tap.is_due(99.0)
    tap.accept(DEFAULT_MODES, 0.0)
    assert (tap.phase, tap.mode) == (Phase.STARTING, TapMode.CAPTURE)
    tap.start()
    assert (tap.phase, tap.mode) == (Phase.OPEN, TapMode.EMULATE)


def test_dead_pane_is_not_due() -> None:
    """
    Once it lives again, it is.
    """
    tap = make_tap()
    tap.update(Pane(PANE.id, pid=7, dead=True))
    assert not tap.is_due(0.0)
    tap.update(Pane(PANE.id, pid=8))
    assert tap.is_due(0.0)


@pytest.mark.parametrize(
    "pane", [Pane(PANE.id, pid=8), Pane(PANE.id, pid=7, width=81), Pane(PANE.id, pid=7, height=9)]
)
def test_other_process_or_size_breaks_the_bytes_off(pane: Pane) -> None:
    """
    Told once, and only if the tap is open.
    """
    tap = make_open()
    assert not tap.update(PANE)
    assert tap.update(pane)
    assert not tap.update(pane)
    assert not make_tap().update(pane)


def test_pane_with_a_pipe_is_tried_twice() -> None:
    """
    A pipe of an earlier tap may take a moment to be gone.
    """
    tap = make_tap()
    tap.begin(1, 0.0)
    tap.refuse(Left.PIPED, 0.0)
    assert tap.phase is Phase.WAITING
    assert not tap.is_due(0.9)
    assert tap.is_due(1.0)
    tap.begin(2, 1.0)
    tap.refuse(Left.PIPED, 1.0)
    assert (tap.phase, tap.left) == (Phase.LEFT, Left.PIPED)


def test_pane_that_is_remembered_is_left_at_once() -> None:
    """
    Its option says why.
    """
    tap = make_tap()
    tap.begin(1, 0.0)
    tap.refuse(Left.CLOSED, 0.0)
    assert (tap.phase, tap.left) == (Phase.LEFT, Left.CLOSED)
    assert not tap.is_due(1e9)


def test_failures_are_tried_again_ever_later() -> None:
    """
    One success forgets them.
    """
    tap, waits = make_tap(), []
    for _ in range(5):
        tap.begin(1, 0.0)
        tap.fail(0.0)
        waits.append(tap.retry_at)
    assert waits == [1.0, 10.0, 100.0, MAX_RETRY_S, MAX_RETRY_S]
    tap.begin(2, 0.0)
    tap.accept(DEFAULT_MODES, 0.0)
    tap.start()
    assert tap.failures == 0


def test_busy_pane_rings_and_is_emulated_again_once_it_is_calm() -> None:
    """
    The same for one whose bytes were lost, no matter how few they were.
    """
    busy, lost = make_open(), make_open()
    busy.count(1000, 1.0, LIMITS)
    lost.lose(1, 1.0)
    lost.count(1, 1.0, LIMITS)
    assert busy.mode is lost.mode is TapMode.RING
    assert (busy.dropped, lost.dropped) == (0, 1)
    assert not busy.is_calm(3.0, LIMITS)
    assert not busy.is_calm(7.9, LIMITS)
    assert busy.is_calm(8.0, LIMITS)
    assert lost.is_calm(6.0, LIMITS)


def test_end_of_the_pipe_is_somebodys_doing_unless_we_close_it() -> None:
    """
    Then it is opened again, and so it is with another reader or in another server.
    """
    theirs, ours, reader = make_open(), make_open(), make_open()
    theirs.end()
    assert (theirs.phase, theirs.mode) == (Phase.ENDED, TapMode.CAPTURE)
    ours.resync()
    ours.end()
    reader.lose_reader()
    assert ours.phase is reader.phase is Phase.WAITING
    assert ours.mode is reader.mode is TapMode.CAPTURE
    theirs.update(Pane(PANE.id, pid=8))
    assert theirs.phase is Phase.WAITING
