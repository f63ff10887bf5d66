"""Moments of recordings: what a pane prints up to there, and which states are right then."""

import functools
import random
from dataclasses import dataclass
from pathlib import Path

from tests.support.labels import Label, read_labels

from agent_status.agents.files import load_agents
from agent_status.detect.pane import ObservedPane
from agent_status.detect.tracker import PaneTracker
from agent_status.model import State
from agent_status.terminal.asciicast import open_recording

RECORDINGS = Path(__file__).parents[2] / "tests" / "recordings"
KINDS = ("claude", "codex", "gemini", "opencode")
SIZES = ("80x24", "100x30", "60x20", "130x40")
RESET = b"\x1b[?1049l\x1bc\x1b]2;\x07"
JUDGED = frozenset({"permission", "question", "plan", "working", "ready", "done", "error"})
SHORTEST_S = 1.5
SETTLED_S = 6.0
MAX_LIVE_S = 3.0


@dataclass(frozen=True)
class Moment:
    """What is printed at once, what follows at its own pace, and what is right in the end."""

    kind: str
    name: str
    width: int
    height: int
    before: bytes
    steps: tuple[tuple[float, bytes], ...]
    right: frozenset[State]


@functools.cache
def list_paths() -> tuple[Path, ...]:
    """Return the recordings that are played."""
    found = (RECORDINGS / kind for kind in KINDS)
    return tuple(
        path
        for folder in found
        for path in sorted(folder.glob("*.cast.gz"))
        if path.name.removesuffix(".cast.gz").endswith(SIZES)
    )


@functools.cache
def _read(path: Path) -> tuple[tuple[int, int], tuple[Label, ...], tuple[tuple[float, bytes], ...]]:
    recording = open_recording(path)
    printed = [(one.at, one.data.encode()) for one in recording.read_events() if one.code == "o"]
    width, height = path.name.removesuffix(".cast.gz").rsplit("-", 1)[1].split("x")
    return (int(width), int(height)), read_labels(path), tuple(printed)


def choose_moment(chance: random.Random) -> Moment:
    """Return a moment that the pipeline alone reads as its label says."""
    while True:
        path = chance.choice(list_paths())
        size, labels, printed = _read(path)
        fitting = [
            one
            for one in labels
            if one.name in JUDGED and one.end - one.start - one.grace > SHORTEST_S
        ]
        if fitting:
            moment = _cut(path, size, printed, chance.choice(fitting), chance)
            if _is_read(moment):
                return moment


def _cut(
    path: Path,
    size: tuple[int, int],
    printed: tuple[tuple[float, bytes], ...],
    label: Label,
    chance: random.Random,
) -> Moment:
    start = label.start + label.grace + 0.7
    begin = chance.uniform(start, max(start, label.end - 0.7))
    end = chance.uniform(begin, min(begin + MAX_LIVE_S, max(begin, label.end - 0.7)))
    before = b"".join(data for at, data in printed if at < begin)
    steps = tuple((at - begin, data) for at, data in printed if begin <= at < end)
    name = f"{path.parent.name}/{path.name.removesuffix('.cast.gz')}@{end:.1f} {label.name}"
    return Moment(path.parent.name, name, *size, RESET + before, steps, label.right)


@functools.cache
def _learn() -> object:
    return load_agents(Path("/nonexistent"))[0]


def _is_read(moment: Moment) -> bool:
    watch = ObservedPane(PaneTracker(_learn(), 0.0), moment.width, moment.height)  # type: ignore[arg-type]
    watch.hint = moment.kind
    watch.feed(moment.before)
    watch.look(0.0)
    for _, data in moment.steps:
        watch.feed(data)
    states = [watch.look(at / 2).status.state for at in range(int(2 * SETTLED_S))]
    return states[-1] in moment.right
