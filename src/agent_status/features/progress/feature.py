"""Daemon plug-in that adds how far each agent is on its own to-do list."""

from agent_status.features.base import Feature
from agent_status.features.progress.policy import ProgressFacet, make_facet
from agent_status.model import Sighting


class ProgressFeature(Feature):
    """Shows the to-do lists that agents write into their session files."""

    def find_facet(self, sighting: Sighting, now: float) -> ProgressFacet | None:  # noqa: ARG002
        """Return how far the agent is, or None without a list."""
        return make_facet(sighting.activity.todo)
