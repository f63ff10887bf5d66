"""The wire format, against its own schema."""

import json
from importlib.resources import files
from typing import Any

import jsonschema
import pytest

from agent_status.cli.table import MISSING, render_table
from agent_status.model import ASKS, Flag, Pane, PaneId, Sighting, State
from agent_status.model.attention import rank
from agent_status.protocol.convert import decode
from agent_status.protocol.report import build_report
from agent_status.protocol.rows import Report
from agent_status.recordings.replay import iterate_statuses
from agent_status.terminal.asciicast import open_recording
from tests.support.knowledge import KNOWLEDGE
from tests.support.places import RECORDINGS

FOLDER = RECORDINGS
SCHEMA: dict[str, Any] = json.loads(
    (files("agent_status.protocol") / "report.schema.json").read_text("utf-8")
)
VALIDATOR = jsonschema.validators.validator_for(SCHEMA)(SCHEMA)
PANE = Pane(PaneId("%3"), "work", "@1", 2, "api", 1, folder="/home/u/api")


@pytest.mark.parametrize(
    "name", ["claude/two_permissions-100x30", "gemini/plan-60x20", "claude/usage_limit-60x20"]
)
def test_every_report_of_a_session_fits_the_schema(name: str) -> None:
    """
    Whatever a real agent does, the report is what the schema says.
    """
    statuses = iterate_statuses(open_recording(FOLDER / f"{name}.cast.gz"), KNOWLEDGE)
    shown = 0
    for at, status in statuses:
        sightings = rank([Sighting(PANE, status, "main")], at)
        report = build_report(sightings, at, 1_000.0 + at, "/tmp/tmux-0/default")  # noqa: S108
        VALIDATOR.validate(json.loads(json.dumps(report)))
        assert bool(status.agent) == bool(report["agents"])
        shown += len(report["agents"])
    assert shown


def test_the_schema_names_every_state_and_flag() -> None:
    """
    A new state or flag must be documented.
    """
    states = SCHEMA["$defs"]["state"]["enum"]
    flags = SCHEMA["$defs"]["agent"]["properties"]["flags"]["items"]["enum"]

    assert {state.value for state in State} == set(states)
    assert {flag.value for flag in Flag} == set(flags)
    assert {state.value for state in ASKS} <= set(states)


def test_a_report_with_another_word_does_not_fit() -> None:
    """
    The schema can refuse.
    """
    report = build_report((), 0.0, 0.0, "")

    VALIDATOR.validate(report)
    with pytest.raises(jsonschema.ValidationError):
        VALIDATOR.validate(report | {"mood": "good"})


def test_a_table_keeps_to_its_width() -> None:
    """
    The reason gives way first.
    """
    path = FOLDER / "claude/long_command-200x50.cast.gz"
    asking = next(
        (at, status)
        for at, status in iterate_statuses(open_recording(path), KNOWLEDGE)
        if status.ask
    )
    sightings = rank([Sighting(PANE, asking[1], "main")], asking[0])
    report = build_report(sightings, asking[0], 0.0, "")

    lines = render_table(decode(Report, report), 100).splitlines()

    assert ["PANE", "%3"] == [line.split()[0] for line in lines]
    assert 100 >= max(map(len, lines))
    assert "find . -name" in lines[1]
    assert f"no agents in this tmux server\n{MISSING}" == render_table(Report(), 80)
