"""Grades the calls of agents once each, the newest first, a few at a time."""

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace

from agent_status.model import NO_ACTIVITY, Activity, CallKind, PaneId, Risk, Sighting, ToolCall

BUDGET_S = 0.02
"""Processor time for all calls of one tick; the rest waits for the next one."""

GradeCall = Callable[[ToolCall, str, str], Risk | None]
"""Grades a call of an agent in a folder of a checkout."""


@dataclass(frozen=True, slots=True)
class PaneGrades:
    """The calls of one pane, as far as they are graded."""

    given: Activity = NO_ACTIVITY
    """As it came."""
    place: tuple[str, str] = ("", "")
    graded: Activity = NO_ACTIVITY
    """The same with the grades."""
    risks: Mapping[str, tuple[ToolCall, Risk | None]] = field(default_factory=dict)
    """The text that was graded, and its grade, by the call's id."""
    is_done: bool = True


NO_GRADES = PaneGrades()


class CallGrades:
    """The grades of the calls in every pane; an activity that hasn't changed costs nothing."""

    def __init__(self, grade: GradeCall) -> None:
        self._grade = grade
        self._panes: dict[PaneId, PaneGrades] = {}
        self._end = 0.0

    def begin(self, panes: Collection[PaneId]) -> None:
        """Begin a tick in which only these panes have agents."""
        self._end = time.thread_time() + BUDGET_S
        self._panes = {pane: one for pane, one in self._panes.items() if pane in panes}

    def forget(self) -> None:
        """Grade everything again: the tables have changed."""
        self._panes.clear()

    def add_grades(self, sighting: Sighting) -> Sighting:
        """Return the sighting with the grades of its calls, as far as there was time."""
        if not sighting.activity.calls:
            return sighting
        known = self._panes.get(sighting.pane.id, NO_GRADES)
        place = sighting.pane.folder, sighting.root
        same = known.given is sighting.activity and known.place == place
        if not (same and known.is_done):
            known = self._grade_all(known, sighting.activity, place)
            self._panes[sighting.pane.id] = known
        return replace(sighting, activity=known.graded)

    def _grade_all(
        self, known: PaneGrades, activity: Activity, place: tuple[str, str]
    ) -> PaneGrades:
        before = known.risks if known.place == place else {}
        risks: dict[str, tuple[ToolCall, Risk | None]] = {}
        is_done = True
        for call in reversed(activity.calls):
            found = before.get(call.id)
            if found and _strip(call) == found[0]:
                risks[call.id] = found
            elif call.kind is CallKind.READ or time.thread_time() < self._end:
                risks[call.id] = _strip(call), self._grade(call, *place)
            else:
                is_done = False
        calls = tuple(
            replace(one, risk=risks[one.id][1]) if one.id in risks else one
            for one in activity.calls
        )
        return PaneGrades(activity, place, replace(activity, calls=calls), risks, is_done)


def _strip(call: ToolCall) -> ToolCall:
    """Return a call with only what its grade depends on."""
    return ToolCall(
        call.id, call.tool, call.kind, call.command, call.paths, call.folder, is_cut=call.is_cut
    )
