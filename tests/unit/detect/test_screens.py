"""Screens of agents as users reported them, and near variants: what is said of each."""

from pathlib import Path

import pytest

from agent_status.agents.registry import Registry
from tests.support.share import sample
from tests.support.stage import FOLDER, find_faults, play_case, read_case

CASES = sample(sorted(FOLDER.glob("*.json")))


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_a_screen_is_told_for_what_it_is(path: Path, registry: Registry) -> None:
    """
    State, options, flags, and what may be sent, from the screen on and for as long as it stays.
    """
    case = read_case(path)

    assert [] == find_faults(case, play_case(case, registry))
