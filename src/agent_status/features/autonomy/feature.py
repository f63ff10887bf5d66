"""Daemon plug-in that adds how much each agent does without asking."""

from collections.abc import Sequence
from dataclasses import replace

from agent_status.features.autonomy.policy import AutonomyFacet, find_mode, hold_mode, make_facet
from agent_status.features.base import Feature
from agent_status.model import Autonomy, PaneId, Sighting

Known = tuple[tuple[str, int | None], Autonomy]
"""An agent's kind and process, and the mode that its screen showed last."""


class AutonomyFeature(Feature):
    """Remembers what a screen showed before a dialog covered it."""

    def __init__(self) -> None:
        self._shown: dict[PaneId, Known] = {}
        self._sources: dict[PaneId, str] = {}

    def enrich(self, sightings: Sequence[Sighting], now: float) -> Sequence[Sighting]:  # noqa: ARG002
        """Return the sightings with the mode of each agent."""
        before, self._shown, self._sources = self._shown, {}, {}
        return [self._add_mode(one, before.get(one.pane.id)) for one in sightings]

    def find_facet(self, sighting: Sighting, now: float) -> AutonomyFacet | None:  # noqa: ARG002
        """Return the mode in words, and how it is known."""
        return make_facet(sighting.autonomy, self._sources[sighting.pane.id])

    def _add_mode(self, sighting: Sighting, known: Known | None) -> Sighting:
        pane, status = sighting.pane.id, sighting.status
        agent = (status.agent.kind, status.agent.pid) if status.agent else ("", None)
        held = known[1] if known and known[0] == agent else Autonomy.UNKNOWN
        mode, self._sources[pane] = find_mode(sighting, held)
        self._shown[pane] = agent, hold_mode(sighting, held)
        return replace(sighting, autonomy=mode) if mode else sighting
