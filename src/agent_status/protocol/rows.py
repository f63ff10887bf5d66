"""The report as its readers have it: what `report` writes, as values. Its text is hostile."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from agent_status.model import (
    NO_CHANGES,
    NO_TASK,
    Ask,
    Attention,
    Changes,
    Flag,
    Grade,
    PaneId,
    Risk,
    State,
    Task,
)
from agent_status.model.load import NO_LOAD, Load
from agent_status.model.ref import NO_REF, AgentRef
from agent_status.protocol.convert import FLAT

RESULTS = frozenset({State.FINISHED, State.REVIEW})
OVER = frozenset({State.IDLE, State.ERROR, State.LIMITED})
"""The turn is over; what it has changed may wait for review."""


@dataclass(frozen=True, slots=True)
class ReportedAsk(Ask):
    """A request, with the fingerprint that the daemon of its pane gave it."""

    kind: State = State.UNKNOWN
    fingerprint: str = ""

    @property
    def stake(self) -> tuple[object, ...]:
        """What is granted by approving it; the same for requests that may be approved together."""
        return (self.command, self.file, self.subject, self.options)


@dataclass(frozen=True, slots=True)
class ReportedTriage:
    """What the user decided about an agent; see `model.Triage`."""

    pinned: bool = False
    muted: bool = False
    snoozed: bool = False
    until: float | None = None
    """When the snooze ends, in Unix seconds; None for one without an end."""
    note: str = ""
    noted_at: float | None = None
    """When the note was written, in Unix seconds; None if that is not known."""
    note_is_old: bool = False
    only: tuple[str, ...] = ()
    """Globs of what may be changed, as declared with the note; empty for no limit."""
    never: tuple[str, ...] = ()
    """Globs of what may not be changed."""


@dataclass(frozen=True, slots=True)
class ReportedFacet:
    """A fact that a feature adds, as far as any reader can show it."""

    words: str = ""
    lines: tuple[str, ...] = ()
    news: str = ""
    """Not empty if something in it waits to be acknowledged."""


@dataclass(frozen=True, slots=True)
class AgentRow:
    """One agent of the report. Times are in Unix seconds."""

    ref: AgentRef = field(default=NO_REF, metadata=FLAT)
    session: str = ""
    window_id: str = ""
    window: str = ""
    """The name of its window, as the status line shows it."""
    window_index: int = 0
    index: int = 0
    place: str = ""
    folder: str = ""
    branch: str = ""
    agent: str = ""
    """The agent's kind."""
    name: str = ""
    pid: int | None = None
    state: State = State.UNKNOWN
    since: float = math.inf
    """Infinite if that is not known."""
    for_s: float = 0.0
    resets_at: float | None = None
    reason: str = ""
    rule: str = ""
    source: str = ""
    needs_you: bool = False
    attention: Attention = field(default_factory=Attention)
    flags: frozenset[Flag] = frozenset()
    ask: ReportedAsk | None = None
    risk: Risk | None = None
    task: Task = NO_TASK
    changes: Changes = NO_CHANGES
    care: ReportedTriage = field(default_factory=ReportedTriage)
    facets: Mapping[str, ReportedFacet] = field(default_factory=dict)

    @property
    def pane(self) -> PaneId:
        """Its pane, on its own server."""
        return self.ref.pane

    @property
    def title(self) -> str:
        """Its name and place."""
        return " ".join(filter(None, (self.name or self.agent, self.place))) or str(self.ref)

    @property
    def works(self) -> bool:
        """Whether it is in the middle of its work, as far as it says."""
        return self.state in {State.WORKING, State.STUCK}

    @property
    def has_result(self) -> bool:
        """Whether there is something to mark as reviewed."""
        changed = self.state in OVER and self.changes.files > 0
        return self.state in RESULTS or changed or self.has_news

    @property
    def has_news(self) -> bool:
        """Whether a fact about it waits to be acknowledged."""
        return any(one.news for one in self.facets.values())

    @property
    def is_dangerous(self) -> bool:
        """Whether approving its request is confirmed a second time."""
        return self.risk is not None and self.risk.grade is Grade.DANGEROUS

    @property
    def facts(self) -> str:
        """The words of its facets."""
        return " · ".join(one.words for _, one in self.ordered_facets if one.words)

    @property
    def ordered_facets(self) -> tuple[tuple[str, ReportedFacet], ...]:
        """Its facets by name, those that wait to be acknowledged first."""
        return tuple(sorted(self.facets.items(), key=lambda item: not item[1].news))

    @property
    def fingerprint(self) -> str:
        """The fingerprint of its request; empty without a request."""
        return self.ask.fingerprint if self.ask else ""


@dataclass(frozen=True, slots=True)
class Report:
    """What `list` and `watch` return: all agents, most urgent first."""

    version: int = 0
    at: float = 0.0
    socket: str = ""
    notices: tuple[str, ...] = ()
    """Sentences for the user that are about no agent."""
    load: Load = NO_LOAD
    """What waits for review, in Unix seconds."""
    agents: tuple[AgentRow, ...] = ()
