"""Compares the accuracy of two versions of an agent, in sentences."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from agent_status.recordings.accuracy.figures import measure
from agent_status.recordings.accuracy.score import join
from agent_status.recordings.accuracy.table import render_mistake
from agent_status.recordings.accuracy.trial import Trial

NOTABLE = 0.005
"""Changes of a recall that are smaller are chance."""


@dataclass(frozen=True, slots=True)
class Drift:
    """The report on a new version, and whether anything is worse."""

    lines: tuple[str, ...]
    worse: bool


def split_package(spec: str) -> tuple[str, str]:
    """Return the name and the version of an npm package, `name@version` or `name`."""
    name, at, version = spec.rpartition("@")
    return (name, version) if at and name else (spec, "")


def put_version(text: str, spec: str, version: str) -> str:
    """Return the lab's table of agents with another version of the package `spec`."""
    quoted = re.escape(f'"{spec}"')
    return re.sub(quoted, lambda _: f'"{split_package(spec)[0]}@{version}"', text)


def pick_scenarios(trials: Iterable[Trial], wanted: Sequence[Trial]) -> list[Trial]:
    """Return the trials whose scenarios are among those of `wanted`; all if none is."""
    trials = list(trials)
    names = {_find_scenario(one) for one in wanted}
    return [one for one in trials if _find_scenario(one) in names] or trials


def _find_scenario(trial: Trial) -> str:
    return trial.name.rpartition("/")[2].rpartition("-")[0]


def compare_trials(before: Sequence[Trial], after: Sequence[Trial]) -> Drift:
    """Return how the new version's trials differ from the old one's."""
    if not after:
        return Drift(("nothing could be recorded: see above",), worse=True)
    new = measure(join(one.score for one in after))
    lines = [f"recall {_percent(new.macro_recall)}, {new.missed} of {new.episodes} asks missed"]
    worse = new.missed > 0
    if before:
        old = measure(join(one.score for one in before))
        lines[0] += f"; before {_percent(old.macro_recall)}, {old.missed} of {old.episodes}"
        worse = new.missed > old.missed
        for name, value in new.recall.items():
            known = old.recall.get(name)
            if value is None or known is None or abs(value - known) < NOTABLE:
                continue
            lines.append(f"{name}: recall {_percent(known)} -> {_percent(value)}")
            worse = worse or value < known
    lines += _list_rules(before, after)
    lines += [render_mistake(one) for trial in after for one in trial.mistakes]
    return Drift(tuple(lines), worse)


def _list_rules(before: Sequence[Trial], after: Sequence[Trial]) -> Iterator[str]:
    """Yield the rules that won with one version only."""
    old, new = _find_rules(before), _find_rules(after)
    if old and new - old:
        yield f"rules that win now: {', '.join(sorted(new - old))}"
    if old - new:
        yield f"rules that win no more: {', '.join(sorted(old - new))}"


def _find_rules(trials: Iterable[Trial]) -> set[str]:
    return {change.rule for trial in trials for change in trial.changes if change.rule}


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:.1f}"
