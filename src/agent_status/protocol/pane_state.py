"""What the daemon saw in a pane at one instant, as a value."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from agent_status.model import NO_KEYS, Ask, Flag, Grade, Keys, Option, PaneId, Pick, State


@dataclass(frozen=True, slots=True)
class PaneState:
    """A pane, freshly captured; `ask` and `live` are what its screen says, without any hold."""

    pane: PaneId
    version: int = 0
    """Grows with every change of the screen."""
    place: str = ""
    pane_pid: int = 0
    command: str = ""
    size: tuple[int, int] = (0, 0)
    """Columns and rows."""
    cursor: tuple[int, int, bool] = (0, 0, True)
    """Column, row, and whether it is shown."""
    rows: tuple[str, ...] = ()
    """The text of each row, as tmux finds it."""
    still_s: float = 0.0
    """For how long the screen had been the same when it was looked at."""
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
        """Whether it neither works nor waits for an answer, by its screen."""
        return self.ask is None and self.live is not State.WORKING

    @property
    def fingerprint(self) -> str:
        """What is asked; empty for nothing."""
        return self.ask.fingerprint if self.ask else ""

    @property
    def dialog(self) -> tuple[tuple[int, str], ...]:
        """The rows of what is asked, each with its index: where it stands, and what it says."""
        text = self.ask.text if self.ask else ""
        return tuple((y, self.rows[y]) for y in find_rows(self.rows, text))


def find_rows(rows: Sequence[str], text: str) -> tuple[int, ...]:
    """Return the indexes of the rows that have a line of `text`, but for blanks around it."""
    lines = {line.strip() for line in text.splitlines()} - {""}
    return tuple(y for y, row in enumerate(rows) if row.strip() in lines)


def parse_pane_state(data: Mapping[str, Any]) -> PaneState:
    """Return the daemon's answer to `sense`; raise LookupError, TypeError or ValueError."""
    if data.get("gone"):
        return PaneState(PaneId(data["pane"]))
    agent, live, keys = data["agent"], data["live"], data["keys"]
    state = live["state"]
    sight = PaneState(
        pane=PaneId(data["pane"]),
        version=int(data["version"]),
        place=data["place"],
        pane_pid=int(data["pane_pid"]),
        command=data["command"],
        size=(int(data["size"][0]), int(data["size"][1])),
        cursor=(int(data["cursor"][0]), int(data["cursor"][1]), bool(data["cursor"][2])),
        rows=tuple(map(str, data["rows"])),
        still_s=float(data["still_s"]),
        live=State(state) if state else None,
        ask=parse_ask(live["ask"]),
        box=live["box"],
        keys=Keys(**keys | {"pick": Pick(keys["pick"]), "interrupt": tuple(keys["interrupt"])}),
    )
    return _add_agent(sight, agent) if agent else sight


def _add_agent(sight: PaneState, agent: Mapping[str, Any]) -> PaneState:
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
