"""The past of an agent in numbers, from the journal."""

from collections.abc import Iterable
from dataclasses import dataclass

from agent_status.features.journal.entry import Kind, LogEntry
from agent_status.features.journal.store import Journal
from agent_status.model import ASKS, CallEnd, Grade, Option, State
from agent_status.model.choice import is_denial

MAX_READ = 20_000
"""Entries of one pane that are read, the latest ones."""
WORKS = frozenset({State.WORKING, State.STUCK})
MAX_NAMED = 20


@dataclass(frozen=True, slots=True)
class Past:
    """The past of an agent in its pane, since it was first seen there."""

    worked_s: float = 0.0
    waits: int = 0
    """Requests that it made."""
    waited_s: float = 0.0
    denied: int = 0
    """Requests that the user denied, as far as the answer was seen."""
    dangerous: tuple[str, ...] = ()
    """Dangerous commands that it ran, verbatim, bounded."""


def read_past(journal: Journal, pane: str, server: str, now: float) -> Past:
    """Return the past of the agent in a pane until Unix `now`; what can't be read is missing."""
    entries = find_life(journal.read_log(pane, 0.0, MAX_READ, server=server))
    since = entries[0].at if entries else now
    ran = journal.read_log(pane, since, MAX_READ, Kind.RAN.value, server)
    dangerous = filter(_was_dangerous, ran)
    commands = dict.fromkeys(str(one.facts.get("command") or "") for one in dangerous)
    return Past(
        worked_s=measure_states(entries, WORKS, now),
        waits=sum(one.kind is Kind.ASK for one in entries),
        waited_s=measure_states(entries, ASKS, now),
        denied=sum(map(_is_denial, entries)),
        dangerous=tuple(filter(None, commands))[:MAX_NAMED],
    )


def find_life(entries: Iterable[LogEntry]) -> list[LogEntry]:
    """Return the entries since the last agent of a pane was gone."""
    life: list[LogEntry] = []
    for entry in entries:
        life.append(entry)
        if _find_state(entry) == State.NONE:
            life.clear()
    return life


def measure_states(entries: Iterable[LogEntry], wanted: frozenset[State], now: float) -> float:
    """
    Return for how many seconds an agent was in a state of `wanted`.

    The time for which no daemon was there doesn't count.
    """
    total, begun = 0.0, None
    for entry in entries:
        state = _find_state(entry)
        if state is None:
            continue
        if begun is not None and entry.facts.get("from"):
            total += max(0.0, entry.at - begun)
        begun = entry.at if state in wanted else None
    return total + (max(0.0, now - begun) if begun is not None else 0.0)


def _find_state(entry: LogEntry) -> str | None:
    """Return the state that an entry says began; None for another entry."""
    return str(entry.facts.get("to")) if entry.kind is Kind.STATE and "to" in entry.facts else None


def _was_dangerous(entry: LogEntry) -> bool:
    ran = entry.facts.get("end") != CallEnd.DENIED
    return ran and entry.facts.get("grade") == Grade.DANGEROUS.value


def _is_denial(entry: LogEntry) -> bool:
    if entry.kind is not Kind.ANSWER or entry.facts.get("outcome") not in {"sent", "seen"}:
        return False
    label, choice = (str(entry.facts.get(name) or "") for name in ("label", "choice"))
    return is_denial(Option(choice, label))
