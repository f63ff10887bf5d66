"""One agent of the report, cleaned for the screen; whatever the report holds, nothing raises."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from agent_status.chooser.state.facts import (
    NO_CARE,
    NO_CHANGES,
    NO_RISK,
    NO_TASK,
    Care,
    Changes,
    Facet,
    Risk,
    Task,
    parse_care,
    parse_changes,
    parse_facets,
    parse_risk,
    parse_task,
)
from agent_status.chooser.state.outside import (
    take_lines,
    take_number,
    take_said,
    take_said_lines,
    take_text,
    take_texts,
)
from agent_status.chooser.state.text import shorten_home
from agent_status.model import Ask, Option, State


@dataclass(frozen=True, slots=True)
class RequestOption:
    """One option of an ask: the key that picks it, and its label."""

    key: str
    label: str
    selected: bool = False


@dataclass(frozen=True, slots=True)
class Request:
    """What an agent waits for, verbatim, with the codes of characters that would hide."""

    question: str = ""
    command: tuple[str, ...] = ()
    file: str = ""
    subject: tuple[str, ...] = ()
    options: tuple[RequestOption, ...] = ()
    text: tuple[str, ...] = ()
    hidden: str = ""
    """Why it was not read whole."""
    blocked: str = ""
    """Why no key may grant it."""
    begin: str = ""
    """Its first line, as the picture of its pane shows it."""
    fingerprint: str = ""
    """As the daemon gave it: what an answer to this must name."""

    @property
    def ask(self) -> Ask:
        """The ask as far as choosing one of its options needs it."""
        options = tuple(Option(one.key, one.label, one.selected) for one in self.options)
        text = "\n".join(self.text)
        return Ask(State.APPROVAL, self.question, options, text=text, blocked=self.blocked)

    @property
    def stake(self) -> tuple[object, ...]:
        """What is granted by approving it; the same for requests that may be approved together."""
        return (self.command, self.file, self.subject, self.options)


RESULTS = frozenset({State.FINISHED, State.REVIEW})
OVER = frozenset({State.IDLE, State.ERROR, State.LIMITED})
"""Its turn is over; what it has changed may wait for review."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One agent, cleaned for the screen. `since` is in seconds of the wall clock."""

    pane: str
    state: State = State.UNKNOWN
    since: float = math.inf
    resets_at: float = math.inf
    """When its limit ends, in Unix seconds; infinite where that is not known."""
    name: str = ""
    place: str = ""
    window: str = ""
    """The name of its window, as the status line shows it."""
    folder: str = ""
    branch: str = ""
    reason: str = ""
    needs_you: bool = False
    ask: Request | None = None
    session: str = ""
    risk: Risk = NO_RISK
    task: Task = NO_TASK
    changes: Changes = NO_CHANGES
    care: Care = NO_CARE
    facets: tuple[Facet, ...] = ()

    @property
    def title(self) -> str:
        """Its name and place."""
        return " ".join(filter(None, (self.name, self.place))) or self.pane

    @property
    def is_here(self) -> bool:
        """Whether it has a pane: work of an agent that is gone has a row, too."""
        return self.pane.startswith("%")

    @property
    def works(self) -> bool:
        """Whether it is in the midst of its work, as far as it says."""
        return self.state in {State.WORKING, State.STUCK}

    @property
    def has_result(self) -> bool:
        """Whether there is something to count as reviewed."""
        return self.state in RESULTS or (self.state in OVER and self.changes.files > 0)

    @property
    def facts(self) -> str:
        """The words of its facets."""
        return " · ".join(one.words for one in self.facets if one.words)

    @property
    def fingerprint(self) -> str:
        """That of its ask; empty when it asks nothing."""
        return self.ask.fingerprint if self.ask else ""

    @property
    def words(self) -> str:
        """Everything that names it for the user, in lower case, to filter by."""
        where = (self.place, self.window, self.folder, self.branch)
        parts = (self.state, self.name, *where, self.reason, self.care.note, self.facts)
        return " ".join(parts).casefold()


def parse_report(report: Any, home: str = "") -> tuple[Entry, ...]:
    """Return the report's agents in its order; what is not an agent with a pane is left out."""
    agents = report.get("agents") if isinstance(report, Mapping) else None
    entries = [_parse_agent(item, home) for item in agents] if isinstance(agents, list) else []
    return tuple({entry.pane: entry for entry in reversed(entries) if entry.pane}.values())[::-1]


def parse_notices(report: Any) -> tuple[str, ...]:
    """Return what the report has to say that is about no agent."""
    return take_texts(report, "notices") if isinstance(report, Mapping) else ()


def _parse_agent(item: Any, home: str) -> Entry:
    agent = item if isinstance(item, Mapping) else {}
    ask = _parse_ask(agent.get("ask"))
    return Entry(
        pane=take_text(agent, "pane"),
        state=_take_state(agent),
        since=take_number(agent, "since"),
        resets_at=take_number(agent, "resets_at"),
        name=take_text(agent, "name") or take_text(agent, "agent"),
        place=take_text(agent, "place"),
        window=take_text(agent, "window"),
        folder=shorten_home(take_text(agent, "folder"), home),
        branch=take_text(agent, "branch"),
        reason=take_said(agent, "reason") if ask else take_text(agent, "reason"),
        needs_you=agent.get("needs_you") is True,
        ask=ask,
        session=take_text(agent, "session"),
        risk=parse_risk(agent.get("risk")),
        task=parse_task(agent.get("task")),
        changes=parse_changes(agent.get("changes"), home),
        care=parse_care(agent.get("care")),
        facets=parse_facets(agent.get("facets")),
    )


def _parse_ask(item: Any) -> Request | None:
    if not isinstance(item, Mapping):
        return None
    options = item.get("options")
    found = Request(
        question=take_said(item, "question"),
        command=take_said_lines(item, "command"),
        file=take_said(item, "file"),
        subject=take_said_lines(item, "subject"),
        options=tuple(_parse_option(each) for each in options if isinstance(each, Mapping))
        if isinstance(options, list)
        else (),
        text=take_said_lines(item, "text"),
        begin=next(filter(str.strip, take_lines(item, "text")), "").strip(),
        hidden=take_said(item, "hidden"),
        blocked=take_said(item, "blocked"),
        fingerprint=take_text(item, "fingerprint"),
    )
    return None if found == Request() else found


def _parse_option(item: Mapping[str, Any]) -> RequestOption:
    key, label = take_said(item, "key"), take_said(item, "label")
    return RequestOption(key, label, item.get("selected") is True)


def _take_state(agent: Mapping[str, Any]) -> State:
    word = agent.get("state")
    return State(word) if isinstance(word, str) and word in set(State) else State.UNKNOWN
