"""Daemon plug-in that marks agents that go too far."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from agent_status.features.base import Feature
from agent_status.features.bounds.policy import (
    IN_TURN,
    BoundsFacet,
    Turn,
    TurnLimits,
    advance_turn,
    make_facet,
)
from agent_status.model import PaneId, Sighting, State
from agent_status.options import Options


@dataclass(frozen=True, slots=True)
class AgentBounds:
    """What is known of one agent: its turn, and whom it came to."""

    identity: tuple[object, ...]
    turn: Turn
    state: State
    at: float
    """When it was seen last, on the clock of `now`."""
    is_new: bool
    """True until it is known whether its checkout was busy when it came."""
    others: tuple[PaneId, ...] = ()
    """The agents that worked in its checkout then; empty once the user has looked."""
    source: tuple[object, ...] = ()
    """What the facet was made from."""
    facet: BoundsFacet | None = None


class BoundsFeature(Feature):
    """Adds what an agent does beyond its boundary; `clock` returns Unix seconds."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._limits = TurnLimits(Options().turn_minutes * 60, Options().turn_lines)
        self._agents: dict[PaneId, AgentBounds] = {}
        self._has_begun = False

    def take_options(self, options: Options) -> None:
        """Set how long a turn may be."""
        self._limits = TurnLimits(options.turn_minutes * 60, options.turn_lines)

    def enrich(self, sightings: Sequence[Sighting], now: float) -> Sequence[Sighting]:
        """Follow the turns of all agents; the sightings stay as they are."""
        here = {one.pane.id: one for one in sightings if one.pane.is_there and one.status.agent}
        self._agents = {pane: self._advance(one, here, now) for pane, one in here.items()}
        self._has_begun = True
        return sightings

    def find_facet(self, sighting: Sighting, now: float) -> BoundsFacet | None:  # noqa: ARG002
        """Return what the agent does beyond what is expected of it, or None."""
        known = self._agents.get(sighting.pane.id)
        return known.facet if known else None

    def acknowledge(self, pane: PaneId, now: float) -> str:  # noqa: ARG002
        """Take the marks away until there is another one, or the next turn."""
        if known := self._agents.get(pane):
            marks = known.facet.marks if known.facet else ()
            seen = known.turn.seen | (frozenset(marks) - {"outside", "loop"})
            turn = replace(known.turn, began_at=self._clock(), seen=seen)
            self._agents[pane] = replace(known, turn=turn, others=(), is_new=False)
        return ""

    def record_visit(self, pane: PaneId, now: float) -> None:  # noqa: ARG002
        """Drop what is only news until the user has been there: whom it came to."""
        if known := self._agents.get(pane):
            self._agents[pane] = replace(known, others=(), is_new=False)

    def _advance(
        self, sighting: Sighting, here: Mapping[PaneId, Sighting], now: float
    ) -> AgentBounds:
        known, status = self._agents.get(sighting.pane.id), sighting.status
        identity = (sighting.pane.pid, status.agent and status.agent.pid, sighting.pane.folder)
        if known is None or known.identity != identity:
            turn = advance_turn(None, None, sighting, self._clock(), max(0.0, now - status.since))
            known = AgentBounds(identity, turn, status.state, now, self._has_begun)
        passed_s = max(0.0, now - known.at)
        turn = advance_turn(known.turn, known.state, sighting, self._clock(), passed_s)
        known = self._find_others(known, sighting, here)
        return self._make_facet(
            replace(known, turn=turn, state=status.state, at=now), sighting, here
        )

    def _find_others(
        self, known: AgentBounds, sighting: Sighting, here: Mapping[PaneId, Sighting]
    ) -> AgentBounds:
        """Find out once, as soon as its changes are known, whether the checkout was busy."""
        changes = sighting.changes
        if known.is_new and changes.tree:
            busy = [pane for pane in changes.shared if _is_busy(here.get(pane))]
            return replace(known, others=tuple(busy), is_new=False)
        left = tuple(pane for pane in known.others if pane in changes.shared and pane in here)
        return known if left == known.others else replace(known, others=left)

    def _make_facet(
        self, known: AgentBounds, sighting: Sighting, here: Mapping[PaneId, Sighting]
    ) -> AgentBounds:
        """Return it with its facet, which is made again only if it may differ."""
        turn, limits = known.turn, self._limits
        others = tuple(_name(here[pane]) for pane in known.others)
        is_long = turn.worked_s > limits.seconds
        begun = (turn.began_at, turn.lines, turn.seen, is_long, limits, others)
        facts = (sighting.activity, sighting.changes, sighting.triage, sighting.task)
        source = (*facts, sighting.status.state, *begun)
        if known.source == source:
            return known
        return replace(known, source=source, facet=make_facet(sighting, turn, limits, others))


def _is_busy(sighting: Sighting | None) -> bool:
    return sighting is not None and sighting.status.state in IN_TURN


def _name(sighting: Sighting) -> str:
    agent = sighting.status.agent
    return f"{agent.kind if agent else ''} {sighting.pane.place}"
