"""Replay: its contract, and what must not change the result."""

import gzip
import json
import random
from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from agent_status.agents.registry import Registry
from agent_status.model import PLAIN, State
from agent_status.recordings.replay import iterate_changes, iterate_statuses, iterate_ticks
from agent_status.terminal.asciicast import Event, open_recording
from tests.support.panes import open_blank_pane
from tests.support.places import RECORDINGS
from tests.support.share import sample

FOLDER = RECORDINGS
FILES = [
    "claude/two_permissions-100x30",
    "claude-2.1.330/question-60x20",
    "codex/plan-60x20",
    "gemini/edit_permission-60x20",
    "opencode/shell_permission-60x20",
]


def read_events(name: str) -> list[Event]:
    """Return the events of a recording of the tests."""
    return list(open_recording(FOLDER / f"{name}.cast.gz").read_events())


def read_size(name: str) -> tuple[int, int]:
    """Return the size of a recording."""
    recording = open_recording(FOLDER / f"{name}.cast.gz")
    return recording.width, recording.height


def run(name: str, events: Iterable[Event], registry: Registry) -> list[dict[str, Any]]:
    """Return the lines of a replay of `events` in a pane of the recording's size."""
    recording = open_recording(FOLDER / f"{name}.cast.gz")
    watch = open_blank_pane(registry, recording.width, recording.height)
    return list(iterate_changes(iterate_ticks(watch, events)))


@pytest.mark.parametrize("name", sample(FILES))
def test_cut_at_random_places_a_recording_says_the_same(name: str, registry: Registry) -> None:
    """
    Output may arrive in any chunks within its instant.
    """
    events, chance = read_events(name), random.Random(7)  # noqa: S311
    pieces = []
    for event in events:
        at = sorted(chance.sample(range(len(event.data) + 1), min(3, len(event.data))))
        cuts = [0, *at, len(event.data)] if event.code == "o" else [0, len(event.data)]
        pieces += [replace(event, data=event.data[a:b]) for a, b in pairwise(cuts)]

    assert run(name, events, registry) == run(name, pieces, registry)


@pytest.mark.parametrize("name", sample(FILES))
def test_markers_and_typed_keys_are_no_evidence(name: str, registry: Registry) -> None:
    """
    They are in a recording only.
    """
    events = read_events(name)
    quiet = [event for event in events if event.code in {"o", "r", "p"}]

    assert run(name, quiet, registry) == run(name, events, registry)


@pytest.mark.parametrize("name", sample(FILES))
def test_a_false_report_never_beats_a_screen_that_is_understood(
    name: str, registry: Registry
) -> None:
    """
    Any program in the pane can send one, and a stale one stays. The end of an error has a hold.
    """
    events = read_events(name)
    lies = "\x1b]7501;state=error:app=codex\x1b\\\x1b]9;needs you\x07\x1b]777;notify;a;b\x07\x07"
    loud = [Event(0.0, "o", lies), *events]
    plain, misled = (
        list(iterate_ticks(open_blank_pane(registry, *size), each))
        for each, size in ((events, read_size(name)), (loud, read_size(name)))
    )

    known = {at: one.state for at, one in plain if one.source == "screen"}
    settled, leaves = min(known) + 2.0, max(known) - 2.0
    judged = [(at, one) for at, one in misled if at in known and settled < at < leaves]
    assert len(judged) > 20
    assert [] == [(at, one.rule) for at, one in judged if one.state is not known[at]]


@pytest.mark.parametrize("name", sample(FILES))
def test_slowed_down_a_recording_shows_the_same_asks(name: str, registry: Registry) -> None:
    """
    The states do not hang on the speed of the machine.
    """
    events = read_events(name)
    slow = [replace(event, at=event.at * 1.7) for event in events]

    def list_asks(lines: list[dict[str, Any]]) -> list[str]:
        return [line["ask"]["fingerprint"] for line in lines if line["ask"]]

    assert list_asks(run(name, events, registry))[-1:] == list_asks(run(name, slow, registry))[-1:]


@pytest.mark.parametrize("name", sample(FILES))
def test_truncated_anywhere_a_recording_raises_nothing(
    name: str, registry: Registry, tmp_path: Path
) -> None:
    """
    The beginning of a file tells the beginning of the story.
    """
    data = gzip.decompress((FOLDER / f"{name}.cast.gz").read_bytes())
    whole = run(name, read_events(name), registry)
    chance, path = random.Random(3), tmp_path / "cut.cast"  # noqa: S311
    for end in sorted(chance.sample(range(400, len(data)), 8)):
        path.write_bytes(data[:end])
        lines = list(iterate_changes(iterate_statuses(open_recording(path), registry)))
        assert whole[: len(lines) - 1] == lines[:-1]


def test_the_lines_have_the_keys_of_the_contract(registry: Registry) -> None:
    """
    Outside benchmarks rely on them.
    """
    lines = run(FILES[0], read_events(FILES[0]), registry)

    assert {"t", "agent", "state", "reason", "rule", "ask"} == {
        key for line in lines for key in line
    }
    assert {"agent": None, "state": "none"}.items() <= lines[0].items()
    assert sorted(line["t"] for line in lines) == [line["t"] for line in lines]
    assert [State.APPROVAL] * 2 == [State(line["state"]) for line in lines if line["ask"]]
    assert ["make test", "make slow-test"] == [
        line["ask"]["command"] for line in lines if line["ask"]
    ]


def test_the_headers_command_names_the_agent(tmp_path: Path, registry: Registry) -> None:
    """
    Without a process tree the header must do; a shell there says nothing.
    """
    path = tmp_path / "x.cast"
    told = []
    for command in ("/usr/bin/codex --yolo", "bash"):
        head = {"version": 2, "width": 60, "height": 20, "command": command, "title": "claude"}
        path.write_text(json.dumps(head) + '\n[1.0, "o", "hello"]\n', "utf-8")
        statuses = [status for _, status in iterate_statuses(open_recording(path), registry)]
        told.append((statuses[-1].agent.kind if statuses[-1].agent else None, statuses[-1].state))

    assert [("codex", State.UNKNOWN), (None, State.NONE)] == told


def test_an_unknown_screen_is_unknown_and_never_idle(registry: Registry) -> None:
    """
    An agent whose screen no rule knows is shown as such.
    """
    watch = open_blank_pane(registry, 60, 20)
    tree = '[{"pid": 1, "ppid": 0, "comm": "claude", "args": "claude"}]'
    events = [Event(0.0, "p", tree), Event(1.0, "o", "some text\r\n" * 5), Event(9.0, "o", "x")]

    states = {status.state for _, status in iterate_ticks(watch, events)}

    assert {State.UNKNOWN} == states
    assert PLAIN == watch.screen.rows[0].style_at(0)
