"""The benchmark measures a real daemon on a stage of its own, and leaves nothing behind."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from scripts.benchmarks.figures import Plan
from scripts.benchmarks.load import Cost, measure_in_turn
from scripts.benchmarks.others import measure_floor
from scripts.benchmarks.stage import OWN, Stage, open_stage
from scripts.benchmarks.ways import DEFAULT, Way, find_python, knows_option, run_daemon

from tests.support.places import ROOT
from tests.support.tmux_lab import wait_for


@pytest.fixture(autouse=True)
def own_folders(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """
    A stage sets them for this process; the test's end sets them back.
    """
    for name in OWN:
        monkeypatch.setenv(name, str(tmp_path))


def list_states(stage: Stage) -> list[str]:
    """
    Return the states of the stage's agents, in its order.
    """
    states = {one["pane"]: one["state"] for one in stage.lab.ask("list")["agents"]}
    return [states[pane] for pane in stage.panes]


def test_agents_of_the_stage_work_and_rest() -> None:
    """
    The daemon sees as many of them at work as were told to, and their badges go with it.
    """
    with open_stage(4, 3) as stage:
        stage.work(2)
        with run_daemon(stage):
            assert ["working", "working"] == wait_for(
                lambda: [one for one in list_states(stage) if one == "working"][:2]
            )
            wait_for(lambda: list_states(stage)[2] in {"idle", "finished", "review"})

        badges = stage.lab.tmux("list-panes", "-a", "-F", "#{@agent-status-pane}")
        assert not badges.strip()


def test_each_way_is_measured_on_the_same_stage() -> None:
    """
    Another version's daemon is run by its own Python; the floor runs none.
    """
    ways = (DEFAULT, Way("against", find_python(ROOT)))
    with open_stage(3, 2) as stage:
        stage.work(2)
        measures = {"floor": lambda stage, seconds: Cost(*measure_floor(stage, seconds))}
        costs = measure_in_turn(
            stage, Plan(seconds=1.0, rounds=2, ways=ways, settle_s=0.5), measures
        )

    assert ["", "against", "floor"] == list(costs)
    assert all(costs[way.name].daemon > 0 for way in ways)
    assert all(10 < costs[way.name].rss_mb < 200 for way in ways)
    assert 0 < costs["floor"].daemon < costs[""].daemon + 5


@pytest.mark.parametrize(("option", "known"), [("review", True), ("no-such", False)])
def test_the_daemon_says_which_options_it_has(option: str, known: bool) -> None:  # noqa: FBT001
    """
    What it can't turn off is not measured without it.
    """
    assert known == knows_option(f"@agent-status-{option}")


def test_the_script_prints_one_object_with_the_load_average() -> None:
    """
    Each figure of the run has one; ratios stand beside the figures.
    """
    words = [sys.executable, str(ROOT / "scripts" / "bench"), "event", "--rounds", "1", "--json"]
    done = subprocess.run(words, capture_output=True, text=True, check=True)

    found = json.loads(done.stdout)
    assert {"event_ms", "python_ms"} == set(found["load_average"])
    assert {"event_ms", "python_ms", "event_x_python", "load_average"} == set(found)
    assert found["event_ms"] > 0
