"""Scores as tables: one row per agent and version, and one for all."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from agent_status.recordings.accuracy.claims import CLASSES, FAILED, IDLE, NEEDS, WORKING
from agent_status.recordings.accuracy.figures import Figures, measure
from agent_status.recordings.accuracy.score import join
from agent_status.recordings.accuracy.trial import Mistake, Trial

ALL = "all"
HEAD = (
    "agent",
    "version",
    "recordings",
    "minutes",
    "macro recall",
    "working",
    "needs-you",
    "idle",
    "failed",
    "asks",
    "missed",
    "> 1 s",
    "> 2 s",
    "false needs s/h",
    "flicker/min",
    "p50 s",
    "p95 s",
    "which need",
    "unknown",
)
Key = tuple[str, str]


def measure_all(trials: Sequence[Trial]) -> dict[Key, Figures]:
    """Return the figures by agent and version, and at the end those of all together."""
    groups: dict[Key, list[Trial]] = defaultdict(list)
    for trial in trials:
        groups[trial.agent, trial.version].append(trial)
    found = {key: measure(join(one.score for one in group)) for key, group in groups.items()}
    ordered = dict(sorted(found.items()))
    return {**ordered, (ALL, ""): measure(join(one.score for one in trials))}


def render_cells(key: Key, figures: Figures) -> tuple[str, ...]:
    """Return the row of one agent: recall and precision in per cent, separated by bars."""
    pairs = [
        f"{_percent(figures.recall[name])}|{_percent(figures.precision[name])}"
        for name in (WORKING, NEEDS, IDLE, FAILED)
    ]
    return (
        *key,
        str(figures.recordings),
        f"{figures.minutes:.1f}",
        _percent(figures.macro_recall),
        *pairs,
        str(figures.episodes),
        str(figures.missed),
        str(figures.slow),
        str(figures.late),
        _number(figures.false_needs_s_per_hour, 1),
        _number(figures.flicker_per_minute, 2),
        _number(figures.latency_p50_s, 2),
        _number(figures.latency_p95_s, 2),
        _percent(figures.need),
        _percent(figures.unknown),
    )


def render_text(trials: Sequence[Trial]) -> str:
    """Return the table for a terminal, and each mistake on its own line."""
    rows = [HEAD, *(render_cells(key, one) for key, one in measure_all(trials).items())]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True))
        for row in rows
    ]
    mistakes = [render_mistake(one) for trial in trials for one in trial.mistakes]
    head = "\nmistakes (recording, seconds, label: what was said, by which rule):"
    return "\n".join([*lines, *([head, *mistakes] if mistakes else ["\nno mistake"]), ""])


def render_mistake(mistake: Mistake) -> str:
    """Return a mistake on one line."""
    when = f"{mistake.start:.2f}-{mistake.end:.2f}"
    return f"{mistake.recording} {when} {mistake.claimed}: {mistake.said} ({mistake.rule or '-'})"


def render_json(trials: Sequence[Trial]) -> dict[str, Any]:
    """Return everything as JSON data: `agents`, `all`, `mistakes`."""
    found = measure_all(trials)
    total = found.pop((ALL, ""))
    return {
        "agents": [
            {"agent": agent, "version": version, **asdict(one)}
            for (agent, version), one in found.items()
        ],
        "all": asdict(total),
        "classes": list(CLASSES),
        "mistakes": [asdict(one) for trial in trials for one in trial.mistakes],
    }


SHORT = ("recall", "precision", "missed or late", "false s/h", "flicker/min", "p95")
"""What a page has for each input."""


def render_markdown(trials: Mapping[str, Sequence[Trial]]) -> str:
    """Return the short table for a page; `trials` are those of each input, by its name."""
    inputs = {name: measure_all(found) for name, found in trials.items()}
    heads = [f"{head}, {name}" for head in SHORT for name in inputs]
    rows = [("agent", "version", "recordings", "asks", *heads)]
    rows.append(("---",) * len(rows[0]))
    for key, one in next(iter(inputs.values())).items():
        cells = zip(*(_shorten(found[key]) for found in inputs.values()), strict=True)
        each = [cell for pair in cells for cell in pair]
        rows.append((*key, str(one.recordings), str(one.episodes), *each))
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _shorten(figures: Figures) -> tuple[str, ...]:
    right = [figures.precision[name] for name in (WORKING, NEEDS, IDLE, FAILED)]
    known = [value for value in right if value is not None]
    return (
        _percent(figures.macro_recall),
        _percent(sum(known) / len(known) if known else None),
        str(figures.missed + figures.slow),
        _number(figures.false_needs_s_per_hour, 1),
        _number(figures.flicker_per_minute, 2),
        f"{_number(figures.latency_p95_s, 2)} s",
    )


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:.2f}"


def _number(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:.{digits}f}"
