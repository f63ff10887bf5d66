"""
The interface of a feature: a plug-in of the daemon, a diagnosis for `doctor`, or both.

The daemon passes each tick's sightings through all plug-ins in order. Each adds facts, decides
about states, and then sees the result. A plug-in that fails is logged and doesn't affect the
others.
"""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from agent_status.errors import RefusedError
from agent_status.model import Facet, Pane, PaneId, Problem, Process, Sighting, Status
from agent_status.model.finding import Finding
from agent_status.options import Options
from agent_status.protocol.callers import Verdict
from agent_status.system.log import format_error
from agent_status.tmux.server_state import Server

T = TypeVar("T")
DEFAULTS = Options()
Op = Callable[[Any], Any]
"""Answers one request by a message; may raise RefusedError or BadRequestError."""


FAILED = "a feature of the daemon failed: see its log"


@dataclass(frozen=True, slots=True)
class DiagnosisInput:
    """What `doctor` passes to the features."""

    config: Path
    """The folder of the user's own files."""
    state: Path
    """The folder of what is kept."""
    server: Server | None = None
    """What is set up in tmux; None without a server."""
    options: Options = DEFAULTS
    daemon: Mapping[str, Any] = field(default_factory=dict)
    """What `ping` returned; empty without a daemon."""
    program: tuple[str, ...] = ()
    """The words that run agent-status."""


@dataclass(frozen=True, slots=True)
class PaneProcesses:
    """What runs in a pane, whether or not an agent is in it: its processes, parents first."""

    pane: Pane
    tree: tuple[Process, ...]


Diagnosis = Callable[[DiagnosisInput], Iterable[Finding]]
"""Reports what is right and wrong with a feature. May read files; changes nothing."""


class Feature:
    """
    A plug-in of the daemon; every method does nothing by default.

    All are called in the daemon's only thread and must return within a few milliseconds: slow work
    belongs in a thread of the feature's own. Times are monotonic seconds.
    """

    def take_options(self, options: Options) -> None:
        """Apply the options; called at the start and after each change."""

    def follow_processes(self, panes: Sequence[PaneProcesses]) -> None:
        """Handle what runs in all panes; called before `enrich`, if that was read again."""

    def enrich(self, sightings: Sequence[Sighting], now: float) -> Sequence[Sighting]:  # noqa: ARG002
        """Return the sightings with facts added; called before they are ranked."""
        return sightings

    def find_facet(self, sighting: Sighting, now: float) -> Facet | None:  # noqa: ARG002
        """Return a fact to show in the row of a sighting, or None. Called after `enrich`."""
        return None

    def decide(self, sighting: Sighting) -> Status:
        """
        Return the sighting's status, with another state if this feature knows better.

        Pure: `explain` calls it, too, with a status that it has found just now.
        """
        return sighting.status

    def observe(self, sightings: Sequence[Sighting], now: float) -> None:
        """Handle the sightings as published, most urgent first."""

    def acknowledge(self, pane: PaneId, now: float) -> str:  # noqa: ARG002
        """
        Record that the user has reviewed the result in `pane`.

        Return why that will not be known after a restart; empty if it will.
        """
        return ""

    def record_visit(self, pane: PaneId, now: float) -> None:
        """Record that the user saw the pane, for example by a jump; that isn't a review."""

    def refuse(self, verb: str, pane: str, verdict: Verdict) -> None:
        """Record that a caller may not do `verb` to `pane`, which may be any text."""

    def list_notices(self) -> Sequence[str]:
        """Return sentences that every reader of the report should see."""
        return ()

    def list_problems(self) -> Sequence[Problem]:
        """Return the problems of the user's own files."""
        return ()

    def list_ops(self) -> Mapping[str, Op]:
        """Return the socket ops that this feature handles, by name; several may handle one."""
        return {}

    def close(self) -> None:
        """End threads and release files. Idempotent."""


def share_op(ops: Sequence[Op]) -> Op:
    """Return an op that all of `ops` handle: the first answer counts, and one is enough."""

    def answer(request: Any) -> Any:
        answers, refusals = [], []
        for op in ops:
            try:
                answers.append(op(request))
            except RefusedError as error:
                refusals.append(error)
        if not answers:
            raise refusals[0]
        return answers[0]

    return answer if len(ops) > 1 else ops[0]


class FeatureSet:
    """All plug-ins, in order; a failure of one is logged and doesn't affect the others."""

    def __init__(self, members: Sequence[Feature], log: logging.Logger) -> None:
        self._members = tuple(members)
        self._log = log
        self._faults: dict[int, str] = {}
        given = [pair for one in self._members for pair in one.list_ops().items()]
        self.ops = {name: share_op([op for one, op in given if one == name]) for name, _ in given}

    def take_options(self, options: Options) -> None:
        """Pass the user's options to every plug-in."""
        self._call_all(lambda one: one.take_options(options))

    def follow_processes(self, panes: Sequence[PaneProcesses]) -> None:
        """Show every plug-in what runs in all panes."""
        self._call_all(lambda one: one.follow_processes(panes))

    def enrich(self, sightings: Sequence[Sighting], now: float) -> Sequence[Sighting]:
        """Return the sightings with the facts and decisions of all plug-ins, in their order."""
        for one in self._members:
            complete = partial(_complete, sightings=sightings, now=now)
            sightings = self._guard(one, complete, sightings)
        return sightings

    def decide(self, sighting: Sighting) -> Status:
        """Return the status of a sighting after all plug-ins have decided; changes nothing."""
        for one in self._members:
            sighting = self._guard(one, partial(_decide, sighting=sighting), sighting)
        return sighting.status

    def observe(self, sightings: Sequence[Sighting], now: float) -> None:
        """Show every plug-in the published sightings."""
        self._call_all(lambda one: one.observe(sightings, now))

    def acknowledge(self, pane: PaneId, now: float) -> str:
        """
        Record with every plug-in that the user has reviewed the result in `pane`.

        Return why that will not be known after a restart; empty if it will.
        """
        troubles = [
            self._guard(one, lambda one: one.acknowledge(pane, now), FAILED)
            for one in self._members
        ]
        return next(filter(None, troubles), "")

    def record_visit(self, pane: PaneId, now: float) -> None:
        """Record with every plug-in that the user saw `pane`."""
        self._call_all(lambda one: one.record_visit(pane, now))

    def refuse(self, verb: str, pane: str, verdict: Verdict) -> None:
        """Record with every plug-in that a caller may not do `verb` to `pane`."""
        self._call_all(lambda one: one.refuse(verb, pane, verdict))

    def list_notices(self) -> tuple[str, ...]:
        """Return the sentences that every reader of the report should see."""
        return tuple(notice for one in self._members for notice in one.list_notices())

    def list_problems(self) -> tuple[Problem, ...]:
        """Return the problems of the user's own files."""
        return tuple(problem for one in self._members for problem in one.list_problems())

    def close(self) -> None:
        """End all plug-ins. Idempotent."""
        self._call_all(lambda one: one.close())

    def _call_all(self, work: Callable[[Feature], None]) -> None:
        for one in self._members:
            self._guard(one, work, None)

    def _guard(self, one: Feature, work: Callable[[Feature], T], fallback: T) -> T:
        """Return the result of `work`; if it raises, log that and return `fallback`."""
        try:
            return work(one)
        except Exception as error:  # noqa: BLE001  one feature must not spoil the others
            fault = f"{type(one).__name__} failed: {format_error(error)}"
            if self._faults.get(id(one)) != fault:
                self._log.error("%s", fault)
            self._faults[id(one)] = fault
            return fallback


def _complete(one: Feature, sightings: Sequence[Sighting], now: float) -> Sequence[Sighting]:
    return [_decide(one, _add_facet(one, each, now)) for each in one.enrich(sightings, now)]


def _add_facet(one: Feature, sighting: Sighting, now: float) -> Sighting:
    facet = one.find_facet(sighting, now)
    return replace(sighting, facets=(*sighting.facets, facet)) if facet else sighting


def _decide(one: Feature, sighting: Sighting) -> Sighting:
    status = one.decide(sighting)
    return sighting if status is sighting.status else replace(sighting, status=status)
