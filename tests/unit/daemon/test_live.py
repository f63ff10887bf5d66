"""Live input: how each pane is followed, and when a wait for bytes has to end."""

import logging
from collections.abc import Mapping
from pathlib import Path

import pytest

from agent_status.agents.registry import NO_AGENTS
from agent_status.daemon.differences import DifferenceStore
from agent_status.daemon.live import LiveInput
from agent_status.daemon.pane import Live
from agent_status.daemon.panes import TrackedPanes
from agent_status.model import Capture, Pane, PaneId
from agent_status.tmux.query import Tick
from agent_status.tmux.tap_policy import TapMode
from agent_status.tmux.taps import Taps
from tests.support.word_tracker import WordTracker

LOG = logging.getLogger("live")
PANE = Pane(PaneId("%1"), width=20, height=1)
Followed = Mapping[PaneId, tuple[TapMode, bool]]


class SetTaps(Taps):
    """Taps whose modes a test sets."""

    followed: Followed | None = None

    def find_changed(self) -> Followed | None:
        """Return what was set."""
        return self.followed


@pytest.fixture
def taps(tmp_path: Path) -> SetTaps:
    """Taps without a reader."""
    return SetTaps(tmp_path, LOG)


@pytest.fixture
def live(tmp_path: Path, taps: SetTaps) -> LiveInput:
    """Live input from these taps."""
    return LiveInput(taps, LOG, DifferenceStore(tmp_path, LOG))


def show(panes: TrackedPanes, line: str, now: float) -> None:
    """Let a tick capture the pane."""
    capture = Capture(20, 1, (line,))
    panes.advance(
        Tick((PANE,), {PANE.id: capture}, hints={PANE.id: "word"}, stamps={PANE.id: ""}), now, now
    )


@pytest.fixture
def panes() -> TrackedPanes:
    """One pane in which an agent works."""
    panes = TrackedPanes(WordTracker, NO_AGENTS, LOG)
    panes.advance(
        Tick((PANE,), hints={PANE.id: "word"}, stamps={PANE.id: ""}, whole=True), 0.0, 0.0
    )
    show(panes, "working", 0.0)
    return panes


def test_reading_ends_a_wait_when_a_pane_has_to_be_captured_again(
    taps: SetTaps, live: LiveInput, panes: TrackedPanes
) -> None:
    """
    While all panes are followed by their bytes, the next tick is seconds away.
    """
    ends = []
    for now, mode in enumerate((TapMode.EMULATE, TapMode.EMULATE, TapMode.RING), start=1):
        taps.followed = {PANE.id: (mode, False)}
        ends.append(live.read(panes, float(now)))

    assert [False, False, True] == ends


def test_pane_is_certain_only_once_its_last_comparison_has_ended(
    taps: SetTaps, live: LiveInput, panes: TrackedPanes
) -> None:
    """
    An action may take two captures of one tick; that the first was the same says nothing.
    """
    taps.followed = {PANE.id: (TapMode.EMULATE, False)}
    live.update(panes, 1.0)
    one = panes.get(PANE.id)
    assert one
    assert one.live is Live.EMULATED

    certain = []
    for line in ("working", "approval x"):
        show(panes, line, 2.0)
        certain.append(one.is_certain(2.0))

    assert [True, False] == certain


def test_version_of_a_screen_grows_with_what_its_bytes_change(
    taps: SetTaps, live: LiveInput, panes: TrackedPanes
) -> None:
    """
    Also if a look was made only because there is news.
    """
    taps.followed = {PANE.id: (TapMode.EMULATE, False)}
    live.update(panes, 1.0)
    one = panes.get(PANE.id)
    assert one
    versions = [one.painted]
    for now, data in ((1.1, b"\rapproval x"), (1.2, b""), (1.3, b"\rworking on")):
        one.feed(data, now)
        panes.look([one], now)
        versions.append(one.painted)

    assert versions[0] < versions[1] == versions[2] < versions[3]
