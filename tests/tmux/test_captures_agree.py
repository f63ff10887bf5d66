"""Bytes through our terminal, and captures of a real tmux with the daemon's own queries."""

from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path

import pytest

from agent_status.recordings.accuracy.trial import list_recordings, run_trial
from tests.support.daemon_replay import iterate_captured, read_states
from tests.support.places import RECORDINGS
from tests.support.tmux_player import TmuxPlayer

SAMPLE = 64
APART_S = 1.1
"""A look later or sooner; the ticks of a calm pane come each second."""


def choose_recordings(wanted: int) -> list[Path]:
    """
    The smallest recordings of each agent and version, in turns, until there are enough.
    """
    folders: dict[Path, list[Path]] = {}
    for path in sorted(list_recordings([RECORDINGS]), key=lambda path: path.stat().st_size):
        folders.setdefault(path.parent, []).append(path)
    rounds = zip_longest(*(folders[folder] for folder in sorted(folders)))
    return [path for each in rounds for path in each if path][:wanted]


@pytest.fixture(scope="module")
def player(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TmuxPlayer]:
    """
    A private tmux server for this module.
    """
    with TmuxPlayer(tmp_path_factory.mktemp("tmux")) as player:
        yield player


def test_the_sample_is_of_every_agent() -> None:
    """
    At least sixty, and one of each folder.
    """
    sample = choose_recordings(SAMPLE)

    assert len(sample) >= 60
    assert {path.parent for path in list_recordings([RECORDINGS])} == {one.parent for one in sample}


@pytest.mark.parametrize(
    "path", choose_recordings(SAMPLE), ids=lambda path: f"{path.parent.name}-{path.name[:-8]}"
)
def test_captures_and_bytes_tell_the_same_states(player: TmuxPlayer, path: Path) -> None:
    """
    In the same order, and each change within a look of the other.
    """
    by_bytes = read_states(run_trial(path).changes)
    by_captures = read_states(
        run_trial(path, play=lambda *given: iterate_captured(player, *given)).changes
    )

    assert [state for _, state in by_bytes] == [state for _, state in by_captures]
    apart = zip(by_bytes, by_captures, strict=True)
    assert [] == [(a, b) for a, b in apart if abs(a[0] - b[0]) > APART_S]
