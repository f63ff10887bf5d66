"""How much work waits for the user's review, in all. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from agent_status.model.attention import render_duration
from agent_status.model.sighting import Sighting
from agent_status.model.states import State, is_counted


@dataclass(frozen=True, slots=True)
class Load:
    """What waits for review; agents in one checkout, which share their changes, count once."""

    unreviewed: int = 0
    files: int = 0
    added: int = 0
    removed: int = 0
    tested: int = 0
    """How many of them had a test that passed with their files."""
    oldest_at: float | None = None
    """Since when the oldest one waits, on the clock of the sightings, or in Unix seconds."""


NO_LOAD = Load()


def measure_load(sightings: Iterable[Sighting]) -> Load:
    """Return the load of all agents but those that the user set aside."""
    waiting: dict[str, list[Sighting]] = {}
    for one in sightings:
        if one.status.state is State.REVIEW and is_counted(one.status):
            waiting.setdefault(one.changes.root or one.pane.id, []).append(one)
    results = tuple(waiting.values())
    changes = [agents[0].changes for agents in results]
    return Load(
        unreviewed=len(results),
        files=sum(one.files for one in changes),
        added=sum(one.added for one in changes),
        removed=sum(one.removed for one in changes),
        tested=sum(map(_is_tested, results)),
        oldest_at=min((one.status.since for agents in results for one in agents), default=None),
    )


def _is_tested(agents: Sequence[Sighting]) -> bool:
    return any(one.tested for one in agents)


def describe_load(load: Load, now: float) -> str:
    """Return `unreviewed 5: 43 files +1200, 1 tested, oldest 3h`; empty if nothing waits."""
    if not load.unreviewed:
        return ""
    age = "" if load.oldest_at is None else render_duration(max(0.0, now - load.oldest_at))
    parts = (describe_size(load), f"{load.tested} tested", f"oldest {age}" * bool(age))
    return f"unreviewed {load.unreviewed}: {', '.join(filter(None, parts))}"


def describe_size(load: Load) -> str:
    """Return `43 files +1200`."""
    return f"{load.files} file{'' if load.files == 1 else 's'} +{load.added}"
