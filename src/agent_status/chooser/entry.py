"""One agent of the report, cleaned for the screen; whatever the report holds, nothing raises."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from agent_status.chooser.text import clean_cells, shorten_home
from agent_status.model import State

MOST_LINES = 200
MOST_CHARACTERS = 4000


@dataclass(frozen=True, slots=True)
class Choice:
    """One option of an ask: the key that picks it, and its label."""

    key: str
    label: str
    selected: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """What an agent waits for, verbatim but for characters that a terminal would obey."""

    question: str = ""
    command: tuple[str, ...] = ()
    file: str = ""
    choices: tuple[Choice, ...] = ()
    text: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """One agent, cleaned for the screen. `since` is in seconds of the wall clock."""

    pane: str
    state: State = State.UNKNOWN
    since: float = math.nan
    name: str = ""
    place: str = ""
    folder: str = ""
    branch: str = ""
    reason: str = ""
    needs_you: bool = False
    ask: Question | None = None

    @property
    def words(self) -> str:
        """Everything of it that can be read in the list, in lower case, to filter by."""
        parts = (self.state, self.name, self.place, self.folder, self.branch, self.reason)
        return " ".join(parts).casefold()


def parse_report(report: Any, home: str = "") -> tuple[Entry, ...]:
    """Return the report's agents in its order; what is not an agent with a pane is left out."""
    agents = report.get("agents") if isinstance(report, Mapping) else None
    entries = [_parse_agent(item, home) for item in agents] if isinstance(agents, list) else []
    return tuple({entry.pane: entry for entry in reversed(entries) if entry.pane}.values())[::-1]


def _parse_agent(item: Any, home: str) -> Entry:
    agent = item if isinstance(item, Mapping) else {}
    return Entry(
        pane=_take_text(agent, "pane"),
        state=_take_state(agent),
        since=_take_number(agent, "since"),
        name=_take_text(agent, "name") or _take_text(agent, "agent"),
        place=_take_text(agent, "place"),
        folder=shorten_home(_take_text(agent, "folder"), home),
        branch=_take_text(agent, "branch"),
        reason=_take_text(agent, "reason"),
        needs_you=agent.get("needs_you") is True,
        ask=_parse_ask(agent.get("ask")),
    )


def _parse_ask(item: Any) -> Question | None:
    if not isinstance(item, Mapping):
        return None
    options = item.get("options")
    found = Question(
        question=_take_text(item, "question"),
        command=_take_lines(item, "command"),
        file=_take_text(item, "file"),
        choices=tuple(_parse_choice(each) for each in options if isinstance(each, Mapping))
        if isinstance(options, list)
        else (),
        text=_take_lines(item, "text"),
    )
    return None if found == Question() else found


def _parse_choice(item: Mapping[str, Any]) -> Choice:
    key, label = _take_text(item, "key"), _take_text(item, "label")
    return Choice(key, label, item.get("selected") is True)


def _take_state(agent: Mapping[str, Any]) -> State:
    word = agent.get("state")
    return State(word) if isinstance(word, str) and word in set(State) else State.UNKNOWN


def _take_text(item: Mapping[str, Any], key: str) -> str:
    value = item.get(key)
    return " ".join(clean_cells(value[:MOST_CHARACTERS]).split()) if isinstance(value, str) else ""


def _take_lines(item: Mapping[str, Any], key: str) -> tuple[str, ...]:
    value = item.get(key)
    lines = value.splitlines()[:MOST_LINES] if isinstance(value, str) else []
    return tuple(clean_cells(line[:MOST_CHARACTERS]).rstrip() for line in lines)


def _take_number(item: Mapping[str, Any], key: str) -> float:
    value = item.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return math.nan
    try:
        return float(value)
    except OverflowError:
        return math.nan
