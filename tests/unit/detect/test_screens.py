"""Screens of agents as users reported them, and near variants: what is said of each."""

from pathlib import Path

import pytest

from agent_status.agents.files import load_agents
from agent_status.agents.registry import Registry
from tests.support.stage import FOLDER, find_faults, play_case, read_case

CASES = sorted(FOLDER.glob("*.json"))


@pytest.fixture(scope="module")
def registry() -> Registry:
    """
    Return what the packaged rules teach.
    """
    return load_agents(Path("/nonexistent"))[0]


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_a_screen_is_told_for_what_it_is(path: Path, registry: Registry) -> None:
    """
    State, options, flags, and what may be sent, from the screen on and for as long as it stays.
    """
    case = read_case(path)

    assert [] == find_faults(case, play_case(case, registry))
