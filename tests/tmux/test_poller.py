"""What the daemon asks tmux for in a tick, against a real tmux."""

import logging
import time

from agent_status.agents.registry import NO_AGENTS
from agent_status.daemon.panes import TrackedPanes
from agent_status.daemon.poller import Poller
from agent_status.detect.tracker import PaneTracker
from agent_status.model import PaneId
from agent_status.tmux.query import Tick
from tests.support.tmux_lab import QUIET_SHELL, Lab, RecordingTmux


def test_poller_keeps_the_captures_of_the_tick_that_opened_taps(lab: Lab) -> None:
    """
    Where a pane is new, all panes are listed then; a later capture would hold bytes twice.
    """
    tmux = RecordingTmux(lab.inner)
    panes = TrackedPanes(PaneTracker, NO_AGENTS, logging.getLogger("poller"))
    poller = Poller(tmux, time.monotonic, lambda *_: "", lambda *_: None)

    def probe(*captured: PaneId) -> Tick:
        tick, looked_at = poller.probe(panes, captured)
        panes.advance(tick, time.monotonic(), looked_at)
        return tick

    lab.tmux("set-option", "-p", "@agent-status-agent", "claude")
    (pane,) = [one.id for one in probe().panes]
    lab.tmux("new-window", "-d", QUIET_SHELL)
    tick = probe(pane)

    assert len(tick.panes) == 2
    assert [pane] == list(tick.captures)
    assert 1 == sum("capture-pane" in script for script in tmux.scripts)
