"""Rows for agents that ended and left work that nobody has acknowledged."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from agent_status.features.review.baselines import BaselineStore, Owner, Record
from agent_status.features.review.describe import describe_survey
from agent_status.features.review.policy import describe_changes
from agent_status.features.review.snapshot import CheckoutSnapshot, ReviewBaseline
from agent_status.features.review.surveys import SurveyRequest, SurveyScheduler
from agent_status.model import Agent, Changes, Pane, PaneId, Sighting, State, Status
from agent_status.model.path_rule import PathRule
from agent_status.system.processes import is_running

PREFIX = "ended:"
"""Begins the name of such a row, where a pane's id has a percent sign."""
MAX_ROWS = 20
SETTLED_S = 3.0
"""So long after its start the daemon has found the agents that are there."""


def name_row(key: str) -> PaneId:
    """Return the row name of an ended agent, from its checkout's key."""
    return PaneId(PREFIX + key[:8])


def make_owner(server: str, sighting: Sighting) -> Owner:
    """Return the owner record of the agent that works in a checkout."""
    pane, agent = sighting.pane, sighting.status.agent
    parts = (server, pane.id, pane.pid, agent.kind if agent else "", agent.pid if agent else "")
    return Owner(
        id="\0".join(map(str, parts)),
        pane=pane.id,
        kind=agent.kind if agent else "",
        name=agent.name if agent else "",
        session=pane.session,
        window=pane.window_name,
        window_index=pane.window_index,
        index=pane.index,
        server=server,
        pid=pane.pid,
    )


@dataclass(frozen=True, slots=True)
class _Row:
    key: str
    record: Record
    at: float
    """Since when the agent is known to be gone; what was found before that may be out of date."""


class EndedAgents:
    """The rows of ended agents. Times are monotonic; `clock` returns Unix seconds."""

    def __init__(
        self,
        server: str,
        baselines: BaselineStore,
        surveys: SurveyScheduler,
        rules: Callable[[], Sequence[PathRule]],
        clock: Callable[[], float],
    ) -> None:
        """Include agents of other servers, once their panes are gone."""
        self._server, self._baselines, self._surveys = server, baselines, surveys
        self._rules, self._clock = rules, clock
        self._rows: dict[PaneId, _Row] = {}
        self._began: float | None = None

    def follow(self, sightings: Iterable[Sighting], now: float) -> None:
        """Find which agents have ended."""
        self._began = now if self._began is None else self._began
        live = {make_owner(self._server, one).id for one in sightings}
        rows: dict[PaneId, _Row] = {}
        for key, record in self._baselines.list_waiting()[:MAX_ROWS]:
            owner, name = record.owner, name_row(key)
            elsewhere = owner.server != self._server and is_running(owner.pid)
            if owner.id not in live and not elsewhere:
                known = self._rows.get(name)
                rows[name] = _Row(key, record, known.at if known else now)
                if known is None or known.record.base != record.base:
                    self._surveys.invalidate(record.root)
        self._rows = rows

    def list_roots(self) -> frozenset[str]:
        """Return the top folders of the checkouts that have a row."""
        return frozenset(row.record.root for row in self._rows.values())

    def list_requests(self, apart: frozenset[str]) -> tuple[SurveyRequest, ...]:
        """Return the surveys that the rows need."""
        return tuple(
            SurveyRequest(
                row.record.root,
                works=False,
                baselines=(ReviewBaseline(row.key, row.record.base, row.record.origin),),
                apart=apart,
            )
            for row in self._rows.values()
        )

    def find(self, pane: PaneId) -> tuple[str, Record, CheckoutSnapshot] | None:
        """Return key, record and last survey of a row that can be acknowledged."""
        row = self._find_row(pane)
        found = self._surveys.find(row.record.root) if row else None
        return (row.key, row.record, found) if row and found and found.tree else None

    def find_key(self, pane: PaneId) -> str:
        """Return the key of a row, by its name or by its agent's former pane."""
        row = self._find_row(pane)
        return row.key if row else ""

    def _find_row(self, pane: PaneId) -> _Row | None:
        owners = {row.record.owner.pane: row for row in self._list_own()}
        return self._rows.get(pane) or owners.get(pane)

    def _list_own(self) -> Iterator[_Row]:
        rows = self._rows.values()
        return (row for row in rows if row.record.owner.server == self._server)

    def list_rows(self, now: float) -> Iterator[Sighting]:
        """Yield the rows, once it is known which agents are running."""
        if self._began is None or now < self._began + SETTLED_S:
            return
        for name, row in self._rows.items():
            found, record = self._surveys.find(row.record.root), row.record
            if found is None or found.checkout is None or found.at < row.at:
                continue
            if not (found.knows(record.base) or found.lacks(record.base)):
                self._surveys.invalidate(record.root)
                continue
            changes = describe_survey(found, record.base, self._rules())
            if changes.files or changes.trouble:
                yield make_ended_row(name, record, changes, now, self._clock)
            else:
                self._baselines.put(row.key, replace(record, waiting=0.0))


def make_ended_row(
    name: PaneId, record: Record, changes: Changes, now: float, clock: Callable[[], float]
) -> Sighting:
    """Return the row of an ended agent."""
    owner = record.owner
    pane = Pane(
        name,
        session=owner.session,
        window_name=owner.window,
        window_index=owner.window_index,
        index=owner.index,
        folder=record.root,
    )
    since = now - max(0.0, clock() - record.waiting)
    reason = f"ended: {describe_changes(changes)}"
    status = Status(Agent(owner.kind, owner.name), State.REVIEW, since, reason=reason)
    return Sighting(pane, status, changes=changes)
