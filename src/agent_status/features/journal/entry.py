"""Journal entries as frozen values, made from what the daemon and the clients know."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from agent_status.model import (
    ASKS,
    NO_BOUNDS,
    AnswerRecord,
    Ask,
    Autonomy,
    Bounds,
    Risk,
    Sighting,
    State,
    Status,
    ToolCall,
)
from agent_status.protocol.report import render_ask

MAX_TEXT = 16 * 1024
"""Characters of one text; a dialog fills a screen, and no screen holds more."""
MAX_LIST = 200
NEVER = 1e11
"""Unix seconds beyond which nothing is a time."""


class Kind(StrEnum):
    """What an entry is about."""

    STATE = "state"
    ASK = "ask"
    ANSWER = "answer"
    REVIEW = "review"
    NOTE = "note"
    UNATTENDED = "unattended"
    RAN = "ran"
    MODE = "mode"


class Verdict(StrEnum):
    """How a request was answered, judged by what followed."""

    YES = "yes"
    NO = "no"
    UNKNOWN = ""


VERDICTS = {
    Verdict.YES: "yes, as it went on",
    Verdict.NO: "no, as it said so or stopped",
    Verdict.UNKNOWN: "the choice was not seen",
}
WENT_ON = ASKS | {State.WORKING, State.FINISHED, State.REVIEW, State.STUCK, State.ERROR}
"""States of an agent that was allowed to go on."""


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One entry: Unix time, place, kind of agent, and the facts as JSON data."""

    at: float
    kind: Kind
    server: str = ""
    pane: str = ""
    place: str = ""
    agent: str = ""
    folder: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NoteKey:
    """What a note belongs to: a checkout's top folder, its branch, and the agent's folder."""

    root: str
    branch: str
    folder: str


@dataclass(frozen=True, slots=True)
class Note:
    """The user's words about the agents of a place, when they wrote them, and for which tasks."""

    text: str = ""
    at: float = 0.0
    """In Unix seconds."""
    bounds: Bounds = NO_BOUNDS
    tasks: frozenset[str] = frozenset()
    """See `name_tasks`; empty before the first one."""


NO_NOTE = Note()


def make_state_entry(sighting: Sighting, before: str, at: float) -> LogEntry:
    """Return the entry of a state that follows the state `before`."""
    status = sighting.status
    facts = {
        "from": before,
        "to": status.state.value,
        "reason": status.reason,
        "rule": status.rule,
    }
    return _make_entry(sighting, Kind.STATE, facts, at)


def make_ask_entry(sighting: Sighting, ask: Ask, at: float) -> LogEntry:
    """Return the entry of a request, verbatim."""
    facts = {"ask": render_ask(ask)} | _render_risk(sighting.status.risk)
    return _make_entry(sighting, Kind.ASK, facts, at)


def make_review_entry(sighting: Sighting, at: float) -> LogEntry:
    """Return the entry of a result that the user reviewed."""
    changes = asdict(sighting.changes)
    kept = ("root", "worktree", "files", "added", "removed", "touched", "base", "tree", "risks")
    facts = {name: changes[name] for name in kept} | {"branch": sighting.branch}
    return _make_entry(sighting, Kind.REVIEW, facts, at)


def make_note_entry(sighting: Sighting, note: Note, at: float) -> LogEntry:
    """Return the entry of a note that was written, or removed if its text is empty."""
    limits = {"only": list(note.bounds.only), "never": list(note.bounds.never)}
    facts = {"text": note.text, "branch": sighting.branch} | (limits if note.bounds else {})
    return _make_entry(sighting, Kind.NOTE, facts, at)


def make_unattended_entry(sighting: Sighting, at: float) -> LogEntry:
    """Return the entry of work that runs its tools without asking."""
    words = "works with auto-accept on: it runs commands without asking"
    return _make_entry(sighting, Kind.UNATTENDED, {"why": "auto", "words": words}, at)


def make_ran_entry(sighting: Sighting, call: ToolCall) -> LogEntry:
    """Return the entry of a call that has ended, verbatim, at its end."""
    facts = {
        "session": sighting.activity.session,
        "call": call.id,
        "tool": call.tool,
        "does": call.kind.value,
        "command": call.command,
        "paths": call.paths,
        "call_folder": call.folder,
        "exit_status": call.exit_status,
        "failed": call.failed,
        "end": call.end.value if call.end else "",
        "asked": call.asked,
        "by_helper": call.by_helper,
        "is_cut": call.is_cut,
    }
    at = call.ended_at or call.at
    return _make_entry(sighting, Kind.RAN, facts | _render_risk(call.risk), at)


def make_more_entry(sighting: Sighting, count: int, at: float) -> LogEntry:
    """Return the entry that stands for `count` calls of the minute before `at`."""
    facts = {
        "session": sighting.activity.session,
        "call": f"more in {sighting.pane.id}",
        "more": count,
    }
    return _make_entry(sighting, Kind.RAN, facts, at)


def make_mode_entry(sighting: Sighting, before: Autonomy, at: float) -> LogEntry:
    """Return the entry of an agent that asks more or less than `before`."""
    facts = {"from": before.value, "to": sighting.autonomy.value}
    return _make_entry(sighting, Kind.MODE, facts, at)


def make_vanished_entry(sighting: Sighting, ask: Ask, seen_s: float, at: float) -> LogEntry:
    """Return the entry of a request that went away after `seen_s` without a known answer."""
    words = (
        f"its request went away after {seen_s:.0f} s and it is {sighting.status.state.value} now; "
        "nobody answered it or was at its pane"
    )
    return _make_entry(
        sighting, Kind.UNATTENDED, {"why": "vanished", "words": words} | _name(ask), at
    )


def make_seen_answer_entry(
    sighting: Sighting, ask: Ask, verdict: Verdict, who: str, at: float
) -> LogEntry:
    """Return the entry of a request that went away while the user was at its pane."""
    words = f"answered in its pane: {VERDICTS[verdict]}"
    facts = _name(ask) | {"outcome": "seen", "words": words, "label": verdict.value, "who": who}
    return _make_entry(sighting, Kind.ANSWER, facts, at)


def find_verdict(ask: Ask, after: Status, *, denial_ends: bool) -> Verdict:
    """
    Return how `ask` was answered, by the status that came `after` it.

    For an agent that also continues after a denial, only its screen shows which it was.
    """
    if after.denied:
        return Verdict.NO
    if ask.kind not in {State.APPROVAL, State.PLAN}:
        return Verdict.UNKNOWN
    if after.state is State.IDLE:
        return Verdict.NO if denial_ends else Verdict.UNKNOWN
    return Verdict.YES if denial_ends and after.state in WENT_ON else Verdict.UNKNOWN


def make_refusal_entry(
    pane: str, sighting: Sighting | None, verb: str, words: str, who: str, at: float
) -> LogEntry:
    """Return the entry of a verb that was refused to `who`, because only the user may do it."""
    facts = {"ask_kind": verb, "outcome": "refused", "words": words, "who": who, "sent": ""}
    if sighting:
        return _make_entry(sighting, Kind.ANSWER, facts, at)
    return LogEntry(at, Kind.ANSWER, pane=pane, facts=limit_size(facts))


def make_answer_entry(answer: AnswerRecord) -> LogEntry:
    """Return the entry of an answer that one of our clients sent."""
    facts = asdict(answer)
    names = ("at", "pane", "place", "agent", "folder")
    at, pane, place, agent, folder = (facts.pop(name) for name in names)
    facts["ask_kind"] = facts.pop("kind")
    return LogEntry(at, Kind.ANSWER, "", pane, place, agent, folder, limit_size(facts))


def render_entry(entry: LogEntry) -> dict[str, Any]:
    """Return the entry as JSON data, with the facts of its kind."""
    return {
        "at": round(entry.at, 3),
        "kind": entry.kind.value,
        "server": entry.server,
        "pane": entry.pane,
        "place": entry.place,
        "agent": entry.agent,
        "folder": entry.folder,
        "facts": dict(entry.facts),
    }


def limit_size(value: Any) -> Any:
    """Return JSON data with texts and lists cut to what the file may hold."""
    if isinstance(value, str):
        return value if len(value) <= MAX_TEXT else value[:MAX_TEXT] + "…"
    if isinstance(value, Mapping):
        return {str(key): limit_size(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [limit_size(one) for one in value[:MAX_LIST]]
    return value


def parse_entry(row: Sequence[Any]) -> LogEntry:
    """Return the entry in a row of the file; a damaged row may hold anything."""
    at = row[0] if isinstance(row[0], float) and 0 <= row[0] < NEVER else 0.0
    server, pane, place, agent, folder, kind, facts = map(take_text, row[1:])
    known = Kind(kind) if kind in set(Kind) else Kind.STATE
    return LogEntry(at, known, server, pane, place, agent, folder, parse_facts(facts))


def take_text(value: Any) -> str:
    """Return a column's text; empty for anything else."""
    return value if isinstance(value, str) else ""


def parse_facts(text: str) -> dict[str, Any]:
    """Return the facts in a column; empty if it isn't a JSON object."""
    try:
        facts = json.loads(text)
    except (ValueError, TypeError, RecursionError):
        return {}
    return facts if isinstance(facts, dict) else {}


def _make_entry(sighting: Sighting, kind: Kind, facts: Mapping[str, Any], at: float) -> LogEntry:
    pane, agent = sighting.pane, sighting.status.agent
    name = agent.kind if agent else ""
    return LogEntry(at, kind, "", pane.id, pane.place, name, pane.folder, limit_size(facts))


def _name(ask: Ask) -> dict[str, Any]:
    return {
        "ask_kind": ask.kind.value,
        "fingerprint": ask.fingerprint,
        "question": ask.question,
        "command": ask.command,
        "file": ask.file,
    }


def _render_risk(risk: Risk | None) -> dict[str, Any]:
    if risk is None:
        return {"grade": "", "risks": []}
    return {"grade": risk.grade.value, "risks": list(risk.reasons)}
