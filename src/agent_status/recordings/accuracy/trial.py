"""Replays a recording without its labels, then compares the states with them."""

import functools
import json
import multiprocessing
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from agent_status.agents.files import load_agents
from agent_status.agents.registry import Registry
from agent_status.model import Status
from agent_status.recordings.accuracy.claims import NEEDS, Claim, Label, find_claims
from agent_status.recordings.accuracy.labels import (
    find_labels,
    find_version,
    parse_sidecar,
    read_sidecar,
)
from agent_status.recordings.accuracy.score import NOTABLE_S, Change, Passage, Score, score
from agent_status.recordings.replay import iterate_live, iterate_ticks, open_pane
from agent_status.terminal.asciicast import Event, Recording, open_recording

NOWHERE = Path("/nonexistent")
"""A folder without anybody's own agents."""
SHOWN = frozenset("orp")
"""Output, sizes, process trees: what can be seen of a pane."""
PAST = "m"
"""A marker without a word: time that passed."""
LATE_S = 1.0


@dataclass(frozen=True, slots=True)
class Mistake:
    """What was wrong, when, and the rule that won."""

    recording: str
    start: float
    end: float
    claimed: str
    said: str
    rule: str


@dataclass(frozen=True, slots=True)
class Trial:
    """The result of one recording."""

    name: str
    agent: str
    version: str
    claims: tuple[Claim, ...]
    changes: tuple[Change, ...]
    score: Score
    mistakes: tuple[Mistake, ...]


Play = Callable[[Recording, Registry, Iterable[Event]], Iterator[tuple[float, Status]]]
"""Yields (seconds, status) for a recording: what the daemon says at each of its ticks."""


def play_captures(
    recording: Recording, registry: Registry, events: Iterable[Event]
) -> Iterator[tuple[float, Status]]:
    """Play a recording as somebody sees it who captures the pane at each tick."""
    return iterate_ticks(open_pane(recording, registry), hide_swallowed(events))


def play_tap(
    recording: Recording, registry: Registry, events: Iterable[Event]
) -> Iterator[tuple[float, Status]]:
    """Play a recording as somebody sees it who reads all bytes of the pane."""
    return iterate_live(open_pane(recording, registry), events)


INPUTS: dict[str, Play] = {"tap": play_tap, "capture": play_captures}
"""The ways by which the daemon follows a pane."""


def run_trial(
    path: Path, registry: Registry | None = None, command: str = "", play: Play = play_captures
) -> Trial:
    """
    Return how the rules, by default the packaged ones, do on the labelled recording at `path`.

    `command` is the program of a recording without process trees, `play` yields the statuses.

    Raises RecordingError if it isn't a recording, LabelError or KeyError for invalid labels.
    """
    recording = open_recording(path)
    events = tuple(recording.read_events())
    sidecar = read_sidecar(path)
    labels = parse_sidecar(sidecar, events) if sidecar else find_labels(events)
    trees = sidecar.get("processes", ()) if sidecar else ()
    shown = [Event(float(one["t"]), "p", json.dumps(one["tree"])) for one in trees]
    ends = [Event(label.end, PAST, "") for label in labels]
    visible = hide_labels((*events, *shown, *ends))
    plain = replace(recording, command=command)
    changes = find_changes(play(plain, registry or read_registry(), visible))
    name = f"{path.parent.name}/{path.name.removesuffix('.gz').removesuffix('.cast')}"
    claims = find_claims(labels)
    found = score(changes, claims)
    version = find_version(recording, sidecar)
    agent = str((sidecar or recording.header).get("agent") or path.parent.name)
    agent = agent.removesuffix(f"-{version}")
    mistakes = tuple(iterate_mistakes(name, found, changes))
    return Trial(name, agent, version, claims, tuple(changes), found, mistakes)


def list_recordings(places: Iterable[Path]) -> list[Path]:
    """Return the recordings in folders, sorted; a file is returned as it is."""
    found = (place.rglob("*") if place.is_dir() else [place] for place in places)
    return sorted({path for paths in found for path in paths if is_recording(path)})


def is_recording(path: Path) -> bool:
    """Return True if the file's name is that of a recording."""
    return path.name.endswith((".cast", ".cast.gz")) and path.is_file()


def run_trials(
    paths: Sequence[Path],
    processes: int,
    registry: Registry | None = None,
    play: Play = play_captures,
) -> list[Trial]:
    """Return the trials of all recordings with labels, in the order of `paths`."""
    run = functools.partial(run_trial, registry=registry, play=play)
    if processes > 1 and len(paths) > 1:
        with multiprocessing.Pool(processes) as pool:
            trials = pool.map(run, paths, chunksize=1)
    else:
        trials = [run(path) for path in paths]
    return [trial for trial in trials if trial.score.passages]


@functools.cache
def read_registry() -> Registry:
    """Return the packaged rules without the user's own."""
    return load_agents(NOWHERE)[0]


def find_changes(statuses: Iterable[tuple[float, Status]]) -> list[Change]:
    """Return the timeline of states and rules."""
    changes: list[Change] = []
    for at, status in statuses:
        change = Change(at, status.state, status.rule)
        if not changes or (changes[-1].state, changes[-1].rule) != (change.state, change.rule):
            changes.append(change)
    return changes


STRINGS = re.compile(
    r"\x1b\](?![02];)[^\x07\x1b\x18\x1a]*(?:\x07|\x1b\\|[\x18\x1a])"
    r"|\x1bP[^\x1b]*(?:\x1b[^\\][^\x1b]*)*\x1b\\"
    r"|\x1b[k^X][^\x1b\x18\x1a]*(?:\x1b\\|[\x18\x1a])"
)
"""What tmux keeps to itself: notices, progress, links, marks, colours, passed-through text."""
TITLE = re.compile(r"\x1b\][02];[^\x07\x1b]*(?:\x07|\x1b\\)")
OPEN = re.compile(r"\x1b(?:[\]Pk^X](?:(?!\x1b\\)[^\x07\x18\x1a])*)?\Z")
MAX_LENGTH = 1 << 20


def hide_labels(events: Sequence[Event]) -> list[Event]:
    """
    Return, in order of time, only what is visible in a tmux pane.

    Hidden events keep their times, because time passes in the pane, too.
    """
    return [
        event if event.code in SHOWN else Event(event.at, PAST, "")
        for event in sorted(events, key=lambda event: event.at)
    ]


def hide_swallowed(events: Iterable[Event]) -> Iterator[Event]:
    """Yield the events without what tmux keeps to itself; a string may be cut anywhere."""
    held = ""
    for event in events:
        if event.code != "o":
            yield event
            continue
        text = held + event.data
        unfinished = OPEN.search(text)
        at = unfinished.start() if unfinished else len(text)
        held = text[at:] if len(text) - at < MAX_LENGTH else ""
        yield replace(event, data=hide_strings(text[:at]))


def hide_strings(text: str) -> str:
    """Return output without the control strings and bells that tmux swallows; titles stay."""
    text = STRINGS.sub("", text)
    if "\a" not in text:
        return text
    titles = TITLE.findall(text)
    parts = [part.replace("\a", "") for part in TITLE.split(text)]
    return "".join(a + b for a, b in zip(parts, [*titles, ""], strict=True))


def iterate_mistakes(name: str, found: Score, changes: Sequence[Change]) -> Iterator[Mistake]:
    """Yield notable mistakes: wrong for half a second, missed or late requests, flicker."""
    for one in found.stretches:
        if not one.is_right and one.seconds >= NOTABLE_S:
            label, change = one.claim.label, one.predicted
            yield Mistake(name, one.start, one.end, label.name, change.state.value, change.rule)
    for passage in found.passages:
        label = passage.claim.label
        words = _describe(passage)
        if words:
            yield Mistake(
                name, label.start, label.end, label.name, words, _find_rule(changes, label)
            )


def _describe(passage: Passage) -> str:
    waits = passage.claim.home == NEEDS
    if waits and passage.seen_s is None:
        return "missed"
    if waits and passage.seen_s is not None and passage.seen_s > LATE_S:
        return f"{passage.seen_s:.2f} s late"
    return f"left {passage.flips} times" if passage.flips else ""


def _find_rule(changes: Sequence[Change], label: Label) -> str:
    """Return the rule that won when the label began."""
    before = [one.rule for one in changes if one.at <= label.start + label.grace]
    return before[-1] if before else ""
