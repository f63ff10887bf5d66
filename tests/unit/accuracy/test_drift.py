"""What changed from one version of an agent to another, and which versions there are."""

import gzip
import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from agent_status.agents.files import read_measured, read_packaged
from agent_status.agents.loader import parse_agents
from agent_status.agents.schema import Grounds
from agent_status.recordings.accuracy.drift import (
    compare_trials,
    pick_scenarios,
    put_version,
    split_package,
)
from agent_status.recordings.accuracy.score import Score, score
from agent_status.recordings.accuracy.trial import Trial, list_recordings, run_trial
from agent_status.recordings.accuracy.versions import read_versions, render_versions, sort_versions
from tests.support.places import ROOT

RECORDINGS = ROOT / "tests" / "recordings"
GOOSE = RECORDINGS / "goose"


@pytest.fixture(scope="module")
def trials() -> list[Trial]:
    """
    Two recordings of one version that are read as they are labelled.
    """
    names = ("hello-100x30", "shell_permission-100x30")
    return [run_trial(GOOSE / f"{name}.cast.gz") for name in names]


@pytest.mark.parametrize(
    ("spec", "parts"),
    [("@a/b@1.2", ("@a/b", "1.2")), ("b@1", ("b", "1")), ("@a/b", ("@a/b", "")), ("b", ("b", ""))],
)
def test_a_package_is_split_into_name_and_version(spec: str, parts: tuple[str, str]) -> None:
    """
    The first sign of a scope belongs to the name.
    """
    assert parts == split_package(spec)


def test_another_version_is_put_into_the_table_of_the_lab() -> None:
    """
    Only that package changes.
    """
    table = 'npm="@a/b@1.2", bin="b"\nnpm="@a/b-c@1.2"'

    assert 'npm="@a/b@2.0", bin="b"\nnpm="@a/b-c@1.2"' == put_version(table, "@a/b@1.2", "2.0")


def test_versions_are_in_the_order_of_their_numbers() -> None:
    """
    Not in that of their letters.
    """
    assert ("1.9", "1.9.1", "1.10.0", "2.0") == sort_versions(["2.0", "1.10.0", "1.9", "1.9.1"])


def test_versions_come_from_the_headers_of_recordings(tmp_path: Path) -> None:
    """
    A recording without them is of no agent.
    """
    for name, told in (("a", {"agent": "goose", "agent_version": "goose 1.34.0"}), ("b", {})):
        head = {"version": 2, "width": 80, "height": 24, **told}
        (tmp_path / f"{name}.cast.gz").write_bytes(gzip.compress(json.dumps(head).encode()))

    found = read_versions(list_recordings([tmp_path]))

    assert {"goose": ("1.34.0",)} == found
    assert {"goose": ["1.34.0"]} == tomllib.loads(render_versions(found))


def test_the_same_recordings_show_no_drift(trials: list[Trial]) -> None:
    """
    The figures stand beside those of before.
    """
    drift = compare_trials(trials, trials)

    assert not drift.worse
    (line,) = drift.lines
    now, before = line.removeprefix("recall ").replace(" asks missed", "").split("; before ")
    assert now == before
    assert now.endswith(", 0 of 1")


def test_a_missed_ask_is_worse(trials: list[Trial]) -> None:
    """
    The rule that wins no more is named.
    """
    hello, asks = trials
    deaf = Trial(asks.name, "", "", asks.claims, (), run_deaf(asks), ())

    drift = compare_trials([hello, asks], [hello, deaf])

    assert drift.worse
    assert "recall" in drift.lines[0]
    assert "1 of 1 asks missed; before" in drift.lines[0]
    assert any("rules that win no more" in line and "permission" in line for line in drift.lines)


def run_deaf(trial: Trial) -> Score:
    """
    Return the score of one who says nothing.
    """
    return score([], trial.claims)


def test_nothing_recorded_is_worse(trials: list[Trial]) -> None:
    """
    A new version that does not start is what a watch is for.
    """
    assert compare_trials(trials, []).worse


def test_only_the_same_scenarios_are_compared(trials: list[Trial]) -> None:
    """
    All of them where none is the same.
    """
    hello, asks = trials

    assert [hello] == pick_scenarios(trials, [hello])
    assert [asks] == pick_scenarios([asks], [hello])


def test_drift_without_a_lab_says_so(tmp_path: Path) -> None:
    """
    It has an exit code of its own, and installs nothing.
    """
    words = [sys.executable, str(ROOT / "scripts" / "drift"), "--lab", str(tmp_path), "goose"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)

    assert (3, "") == (done.returncode, done.stdout)
    assert f"no lab in {tmp_path}" in done.stderr


def test_rules_that_are_called_measured_have_recordings() -> None:
    """
    And those from documents have none.
    """
    agents, _ = parse_agents(read_packaged())

    assert read_versions(list_recordings([RECORDINGS])) == read_measured()
    measured = {one.kind for one in agents if one.evidence is Grounds.RECORDINGS}
    assert measured == set(read_measured())
