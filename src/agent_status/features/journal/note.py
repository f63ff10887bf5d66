"""A note in the journal's file, and the tasks that it was written for."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from agent_status.features.journal.entry import NEVER, Note, NoteKey, parse_facts, take_text
from agent_status.model import NO_BOUNDS, Bounds, Sighting, digest
from agent_status.model.bounds import BoundsError, parse_bounds

MAX_TASKS = 32


def name_tasks(sightings: Iterable[Sighting]) -> frozenset[str]:
    """Return what tells the tasks of some agents from others, as far as their files say."""
    found = frozenset[str]().union(*map(_name_task, sightings))
    return frozenset(sorted(found)[:MAX_TASKS])


def _name_task(sighting: Sighting) -> frozenset[str]:
    session, prompt = sighting.activity.session, sighting.task.first_prompt
    names = {"session": session, "prompt": prompt}
    return frozenset(f"{name} {digest([text])}" for name, text in names.items() if text)


def is_old(note: Note, sighting: Sighting) -> bool:
    """
    Return True if the agent works on another task than those that `note` was written for.

    The same session, or the same first prompt, is the same task: a resumed session may have a new
    name. What isn't known on either side is no difference.
    """
    tasks = _name_task(sighting)
    kinds = {name.partition(" ")[0] for name in tasks}
    comparable = {name for name in note.tasks if name.partition(" ")[0] in kinds}
    return bool(comparable) and not tasks & comparable


def render_note_facts(note: Note) -> str:
    """Return what the file holds of a note beside its text, as JSON."""
    bounds = {"only": note.bounds.only, "never": note.bounds.never} if note.bounds else {}
    return json.dumps(bounds | ({"tasks": sorted(note.tasks)} if note.tasks else {}))


def parse_note(row: Sequence[Any]) -> tuple[NoteKey, Note]:
    """Return the note in a row of the file; a damaged row may hold anything."""
    key, facts = NoteKey(*map(take_text, row[:3])), parse_facts(row[5])
    at = row[4] if isinstance(row[4], float) and 0 <= row[4] < NEVER else 0.0
    tasks = frozenset(_take_texts(facts.get("tasks"))[:MAX_TASKS])
    return key, Note(take_text(row[3]), at, _parse_bounds(facts), tasks)


def _parse_bounds(facts: dict[str, Any]) -> Bounds:
    try:
        return parse_bounds(*(_take_texts(facts.get(name)) for name in ("only", "never")))
    except BoundsError:
        return NO_BOUNDS


def _take_texts(value: Any) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []
