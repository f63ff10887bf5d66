"""Daemon plug-in that shows what an agent ran without a request, until it is acknowledged."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from agent_status.errors import RefusedError
from agent_status.features.base import Feature, Op
from agent_status.features.ran.policy import (
    RanFacet,
    SessionRecord,
    acknowledge,
    add_calls,
    make_facet,
    undo_acknowledge,
)
from agent_status.features.ran.store import RecordStore
from agent_status.features.ran.watch import PaneWatch, advance_watch, end_call, judge_call
from agent_status.model import NO_ACTIVITY, Activity, PaneId, Sighting
from agent_status.protocol.messages import Done, Unreview

FOLDER = "ran"
STARTED_S = 5.0
"""An agent may have run something before it was seen for the first time, so long at most."""


@dataclass(frozen=True, slots=True)
class PaneCalls:
    """The calls of the agent in one pane, and the record of its session."""

    watch: PaneWatch
    session: str
    record: SessionRecord
    given: Activity = NO_ACTIVITY
    """As it came."""
    judged: Activity = NO_ACTIVITY
    """The same, with whether the user was asked."""
    facet: RanFacet | None = None


class RanFeature(Feature):
    """Shows graded calls until they are acknowledged. `clock` returns Unix seconds."""

    def __init__(self, state: Path, clock: Callable[[], float] = time.time) -> None:
        self._store = RecordStore(state / FOLDER)
        self._clock = clock
        self._panes: dict[PaneId, PaneCalls] = {}
        self._store.forget_old(clock())

    def enrich(self, sightings: Sequence[Sighting], now: float) -> Sequence[Sighting]:  # noqa: ARG002
        """Return the sightings with whether the user was asked for each call."""
        at = self._clock()
        self._panes = {
            one.pane.id: self._advance(one, self._panes.get(one.pane.id), at) for one in sightings
        }
        return [_set_activity(one, self._panes[one.pane.id].judged) for one in sightings]

    def find_facet(self, sighting: Sighting, now: float) -> RanFacet | None:  # noqa: ARG002
        """Return what the user has not acknowledged yet."""
        return self._panes[sighting.pane.id].facet

    def acknowledge(self, pane: PaneId, now: float) -> str:  # noqa: ARG002
        """Record that the user has seen what was shown."""
        known = self._panes.get(pane)
        if known is None or not (known.record.unseen or known.record.taken):
            return ""
        record = acknowledge(known.record, known.judged.calls)
        self._panes[pane] = replace(known, record=record, facet=None)
        return self._store.put(known.session, record)

    def list_ops(self) -> Mapping[str, Op]:
        """Return what brings acknowledged calls back."""
        return {Unreview.op: self._undo}

    def _undo(self, request: Unreview) -> Done:
        pane = PaneId(request.ref.pane)
        known = self._panes.get(pane)
        if known is None or not known.record.taken:
            message = "there is no acknowledgement to undo"
            raise RefusedError(message)
        record = undo_acknowledge(known.record)
        self._panes[pane] = replace(known, record=record, facet=make_facet(record.unseen))
        self._store.put(known.session, record)
        return Done()

    def _advance(self, sighting: Sighting, known: PaneCalls | None, at: float) -> PaneCalls:
        watch = advance_watch(known.watch if known else None, sighting.status, at)
        session = _name_session(sighting)
        if known is None or known.session != session:
            known = PaneCalls(watch, session, self._find_record(session, watch, known))
        if sighting.activity is known.given and watch.rest_at == known.watch.rest_at:
            return replace(known, watch=watch)
        judged, watch = _judge_calls(sighting.activity, known.judged, watch)
        record = add_calls(known.record, judged.calls)
        facet = known.facet if record is known.record and known.facet else make_facet(record.unseen)
        self._store.put(session, record)
        return PaneCalls(watch, session, record, sighting.activity, judged, facet)

    def _find_record(
        self, session: str, watch: PaneWatch, before: PaneCalls | None
    ) -> SessionRecord:
        """Return what is kept of a session; a new one may begin with copies of old records."""
        ends = (call.ended_at or 0.0 for call in before.judged.calls) if before else ()
        since = max(watch.since - STARTED_S, *ends, 0.0)
        return self._store.load(session) or SessionRecord(since)


def _set_activity(sighting: Sighting, activity: Activity) -> Sighting:
    return sighting if activity is sighting.activity else replace(sighting, activity=activity)


def _name_session(sighting: Sighting) -> str:
    """Return what tells a session from all others."""
    agent, session = sighting.status.agent, sighting.activity.session
    kind, pid = (agent.kind, agent.pid) if agent else ("", None)
    return f"{kind} {session}" if session else f"{kind} {pid} in {sighting.pane.id}"


def _judge_calls(
    activity: Activity, before: Activity, watch: PaneWatch
) -> tuple[Activity, PaneWatch]:
    """Return the calls with whether the user was asked, each judged once, when it has ended."""
    known = {call.id: call for call in before.calls}
    calls = []
    for given in activity.calls:
        call = end_call(given, known.get(given.id), watch)
        call, watch = judge_call(call, known.get(call.id), activity.calls, watch)
        calls.append(call)
    return replace(activity, calls=tuple(calls)), watch
