"""Panes that tests fill by hand."""

from agent_status.agents.registry import Registry
from agent_status.detect.pane import ObservedPane
from agent_status.detect.tracker import PaneTracker


def open_blank_pane(registry: Registry, width: int, height: int) -> ObservedPane:
    """
    Return a pane of this size, on a clock that begins at 0.
    """
    return ObservedPane(PaneTracker(registry, 0.0), width, height)
