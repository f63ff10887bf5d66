"""What the daemon saw in a pane at one instant, as a value."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from agent_status.model import NO_KEYS, Ask, Flag, Grade, Keys, Option, PaneId, Pick, State


@dataclass(frozen=True, slots=True)
class Sight:
    """A pane, freshly captured; `ask` and `live` are what its screen says, without any hold."""

    pane: PaneId
    version: int = 0
    """Grows with every change of the screen."""
    place: str = ""
    pane_pid: int = 0
    command: str = ""
    cursor: tuple[int, int] = (0, 0)
    kind: str = ""
    """The agent's kind; empty where there is no agent."""
    name: str = ""
    pid: int | None = None
    state: State = State.NONE
    live: State | None = None
    ask: Ask | None = None
    box: str = ""
    """The text of its input box; empty where the screen shows none."""
    flags: frozenset[Flag] = frozenset()
    grade: Grade | None = None
    risks: tuple[str, ...] = ()
    keys: Keys = NO_KEYS

    @property
    def is_free(self) -> bool:
        """Whether it neither works nor asks, by its screen."""
        return self.ask is None and self.live is not State.WORKING


def parse_sight(data: Mapping[str, Any]) -> Sight:
    """Return the daemon's answer to `sense`; raise LookupError, TypeError or ValueError."""
    if data.get("gone"):
        return Sight(PaneId(data["pane"]))
    agent, live, keys = data["agent"], data["live"], data["keys"]
    state = live["state"]
    sight = Sight(
        pane=PaneId(data["pane"]),
        version=int(data["version"]),
        place=data["place"],
        pane_pid=int(data["pane_pid"]),
        command=data["command"],
        cursor=(int(data["cursor"][0]), int(data["cursor"][1])),
        live=State(state) if state else None,
        ask=parse_ask(live["ask"]),
        box=live["box"],
        keys=Keys(**keys | {"pick": Pick(keys["pick"]), "interrupt": tuple(keys["interrupt"])}),
    )
    return _add_agent(sight, agent) if agent else sight


def _add_agent(sight: Sight, agent: Mapping[str, Any]) -> Sight:
    graded = sight.ask is not None and parse_ask(agent["ask"]) == sight.ask
    risk = agent["risk"] if graded else None
    return replace(
        sight,
        kind=agent["agent"],
        name=agent["name"],
        pid=agent["pid"],
        state=State(agent["state"]),
        flags=frozenset(Flag(flag) for flag in agent["flags"]),
        grade=Grade(risk["grade"]) if risk else None,
        risks=tuple(risk["reasons"]) if risk else (),
    )


def parse_ask(data: Mapping[str, Any] | None) -> Ask | None:
    """Return an ask of the report."""
    if data is None:
        return None
    options = tuple(Option(one["key"], one["label"], one["selected"]) for one in data["options"])
    return Ask(
        kind=State(data["kind"]),
        question=data["question"],
        options=options,
        command=data["command"],
        file=data["file"],
        subject=data["subject"],
        text=data["text"],
        hidden=data["hidden"],
        blocked=data["blocked"],
        seal=data["seal"],
    )
