"""Recordings of the tests, each replayed once: what was published, and which rules held."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from agent_status.detect.found import Found
from agent_status.detect.lifecycle import SHOWN
from agent_status.recordings.replay import iterate_changes, iterate_ticks, open_pane
from agent_status.terminal.asciicast import open_recording
from tests.support.knowledge import KNOWLEDGE
from tests.support.labels import Label, find_labels
from tests.support.places import RECORDINGS


@dataclass(frozen=True, slots=True)
class Holding:
    """How long rules held while a label was judged, in milliseconds, by rule and label."""

    spent: Counter[str] = field(default_factory=Counter)
    rules: Counter[tuple[str, str]] = field(default_factory=Counter)
    shown: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Of the rules that read the screen and say something."""

    def add(self, label: str, passed_ms: int, found: Found) -> None:
        """Count that time for the rules of `found`."""
        evidence = [one for one in (found.winner, *found.losers) if one]
        says = {one.rule for one in evidence if one.source in SHOWN and one.weight}
        self.spent[label] += passed_ms
        for rule in {one.rule for one in evidence}:
            self.rules[rule, label] += passed_ms
        for rule in says:
            self.shown[rule, label] += passed_ms


@dataclass(frozen=True)
class Replay:
    """A recording, the changes that its replay published, and the rules that held meanwhile."""

    path: Path
    labels: tuple[Label, ...]
    changes: Sequence[dict[str, Any]]
    holding: Holding

    @cached_property
    def name(self) -> str:
        """Folder and scenario, such as `claude/plan-60x20`."""
        return str(self.path.relative_to(RECORDINGS)).removesuffix(".cast.gz")

    @property
    def scenario(self) -> str:
        """What was played, such as `plan`."""
        return self.path.name.rpartition("-")[0]

    @property
    def asks(self) -> list[dict[str, Any]]:
        """The requests that were published, in order of time."""
        return [change["ask"] for change in self.changes if change["ask"]]


def find_kind(path: Path) -> str:
    """Return which agent is recorded: the folder is its name, or `name-version`."""
    return path.parent.name.partition("-")[0]


def list_recordings(kind: str = "*") -> list[Path]:
    """Return the recordings of an agent in all its versions, or of all agents."""
    return [
        path for path in sorted(RECORDINGS.glob("*/*.cast.gz")) if kind in {"*", find_kind(path)}
    ]


def replay_recording(path: Path) -> Replay:
    """Replay a recording, and list the rules that hold at each tick."""
    recording = open_recording(path)
    events = tuple(recording.read_events())
    labels = find_labels(events)
    pane = open_pane(recording, KNOWLEDGE)
    statuses, holding, before = [], Holding(), 0.0
    for at, status in iterate_ticks(pane, events):
        statuses.append((at, status))
        label, passed_s, before = find_label(labels, at), at - before, at
        if label and status.agent and pane.found:
            holding.add(label.name, round(passed_s * 1000), pane.found)
    return Replay(path, labels, list(iterate_changes(statuses)), holding)


def find_label(labels: Sequence[Label], at: float) -> Label | None:
    """Return the label that is judged at that time."""
    return next((one for one in labels if one.start + one.grace <= at < one.end), None)
