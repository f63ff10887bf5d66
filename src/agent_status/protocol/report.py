"""The one wire format, versioned: what `list --json`, `watch --json` and the socket return."""

import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, fields
from operator import attrgetter
from typing import Any

from agent_status.model import Ask, Pane, Sighting, Status, Triage
from agent_status.model.load import Load, describe_load, measure_load

VERSION = 1


def _leave_out(kind: type, names: set[str]) -> Callable[[object], object]:
    """Return a reader of all that a dataclass holds, but the fields with these names."""
    return attrgetter(*(field.name for field in fields(kind) if field.name not in names))


LEFT_OUT = {"title", "command", "cursor", "activity_at", "in_mode", "progress", "rang"}
"""Fields of a pane that the report leaves out."""
_read_pane = _leave_out(Pane, LEFT_OUT)
_read_status = _leave_out(Status, {"attention"})
_read_rest = _leave_out(Sighting, {"pane", "status"})


def build_report(
    sightings: Sequence[Sighting],
    now: float,
    clock: float,
    socket: str,
    notices: Sequence[str] = (),
) -> dict[str, Any]:
    """
    Return the report on `sightings`, most urgent first, as report.schema.json describes it.

    `now` is on the clock of the statuses' `since`, `clock` the same instant in Unix seconds;
    `notices` are sentences for the user that are about no agent.
    """
    agents = [_render_agent(one, now, clock) for one in sightings if one.status.agent]
    return {
        "version": VERSION,
        "at": round(clock, 3),
        "socket": socket,
        "notices": list(notices),
        "load": _render_load(measure_load(sightings), now, clock),
        "agents": agents,
    }


def _render_load(load: Load, now: float, clock: float) -> dict[str, Any]:
    oldest = None if load.oldest_at is None else round(clock + load.oldest_at - now, 3)
    return asdict(load) | {"oldest_at": oldest, "words": describe_load(load, now)}


def _render_agent(sighting: Sighting, now: float, clock: float) -> dict[str, Any]:
    pane, status = sighting.pane, sighting.status
    age_s = max(0.0, now - status.since)
    return {
        "pane": pane.id,
        "session": pane.session,
        "window_id": pane.window_id,
        "window": pane.window_name,
        "window_index": pane.window_index,
        "index": pane.index,
        "place": pane.place,
        "folder": pane.folder,
        "branch": sighting.branch,
        "agent": status.agent.kind if status.agent else None,
        "name": status.agent.name if status.agent else None,
        "pid": status.agent.pid if status.agent else None,
        "state": status.state.value,
        "since": round(clock - age_s, 3),
        "for_s": round(age_s, 3),
        "resets_at": None if status.resets_at is None else round(clock + status.resets_at - now, 3),
        "reason": status.reason,
        "rule": status.rule,
        "source": status.source,
        "needs_you": status.needs_you,
        "attention": {"score": status.attention.score, "words": status.attention.words},
        "flags": sorted(flag.value for flag in status.flags),
        "ask": render_ask(status.ask),
        "risk": _render_fields(status.risk) if status.risk else None,
        "task": _render_fields(sighting.task),
        "changes": _render_fields(sighting.changes),
        "care": _render_triage(sighting.triage, now, clock),
        "facets": {one.name: _render_fields(one, clock - now) for one in sighting.facets},
    }


def _render_fields(fact: Any, ahead_s: float = 0.0) -> dict[str, Any]:
    """Return a dataclass as JSON data; the times of fields that end in `_at` are put forward."""
    return {
        name: _render_value(value, ahead_s if name.endswith("_at") else 0.0)
        for name, value in asdict(fact).items()
    }


def _render_value(value: Any, ahead_s: float = 0.0) -> Any:
    """Return a value as JSON has it: without tuples, sets and infinity."""
    if isinstance(value, tuple | list | frozenset):
        return [_render_value(one, ahead_s) for one in value]
    if isinstance(value, dict):
        return {str(name): _render_value(one) for name, one in value.items()}
    if isinstance(value, float):
        return round(value + ahead_s, 3) if math.isfinite(value) else None
    return value


def _render_triage(triage: Triage, now: float, clock: float) -> dict[str, Any]:
    """Return it as JSON data; `snoozed` is true, and `until` null, for a snooze without an end."""
    until = triage.snoozed_until
    ends = None if until is None or math.isinf(until) else round(clock + until - now, 3)
    return {
        "pinned": triage.pinned,
        "muted": triage.muted,
        "snoozed": until is not None,
        "until": ends,
        "note": triage.note,
        "noted_at": round(triage.noted_at, 3) if triage.noted_at else None,
        "note_is_old": triage.note_is_old,
        "only": list(triage.bounds.only),
        "never": list(triage.bounds.never),
    }


def render_ask(ask: Ask | None) -> dict[str, Any] | None:
    """Return what an agent waits for as JSON data, verbatim."""
    if ask is None:
        return None
    return {
        "kind": ask.kind.value,
        "question": ask.question,
        "options": [
            {"key": option.key, "label": option.label, "selected": option.selected}
            for option in ask.options
        ],
        "command": ask.command,
        "file": ask.file,
        "subject": ask.subject,
        "text": ask.text,
        "hidden": ask.hidden,
        "blocked": ask.blocked,
        "seal": ask.seal,
        "fingerprint": ask.fingerprint,
    }


def read_content(sightings: Sequence[Sighting]) -> object:
    """Return a value that is equal as long as two reports differ in nothing but the time."""
    return [(_read_pane(one.pane), _read_status(one.status), _read_rest(one)) for one in sightings]
