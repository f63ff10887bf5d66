"""Sessions of real agents, each held against the labels in its own markers."""

from pathlib import Path

import pytest

from agent_status.model import State
from agent_status.pipeline import Knowledge, learn
from agent_status.replay import iterate_changes, iterate_statuses
from agent_status.sense.recording import open_recording
from tests.labels import Label, iterate_faults, read_changes, read_labels

FOLDER = Path(__file__).parent / "recordings"
RECORDINGS = sorted(FOLDER.glob("*/*.cast.gz"))
NOBODY = Path("/nonexistent")


def find_kind(path: Path) -> str:
    """
    Return which agent is recorded: the folder is its name, or `name-version`.
    """
    return path.parent.name.partition("-")[0]


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    """
    What the packaged rules know.
    """
    return learn(NOBODY)[0]


@pytest.mark.parametrize("path", RECORDINGS, ids=lambda path: str(path.relative_to(FOLDER))[:-8])
def test_a_recording_is_read_as_it_is_labelled(path: Path, knowledge: Knowledge) -> None:
    """
    No ask is missed or late, no state wrong beyond the grace, nothing flickers.
    """
    lines = list(iterate_changes(iterate_statuses(open_recording(path), knowledge)))

    assert [] == list(iterate_faults(read_changes(lines), read_labels(path)))
    kinds = {line["agent"] for line in lines} - {None}
    assert {find_kind(path)} == kinds


LONG = (
    "find . -name '*.py' -not -path './build/*' -print0 | xargs -0 grep -n \"def count\" "
    "| sort | uniq -c | sort -rn | head -20 && git push --force origin main"
)
ASKED = {
    "shell_permission": ("command", "make slow-test"),
    "risky_shell": ("command", "rm -rf build && git push --force origin main"),
    "long_command": ("command", LONG),
    "two_permissions": ("command", "make slow-test"),
    "edit_permission": ("file", "wc.py"),
    "question": ("question", "Which counter should be the default?"),
}
"""What the scripted model asked for, by scenario."""
FOUR = ("claude", "codex", "gemini", "opencode")
ASKING = [
    path for path in RECORDINGS if find_kind(path) in FOUR and path.name.rpartition("-")[0] in ASKED
]


@pytest.mark.parametrize("path", ASKING, ids=lambda path: str(path.relative_to(FOLDER))[:-8])
def test_what_is_asked_is_told_word_for_word(path: Path, knowledge: Knowledge) -> None:
    """
    Command, file and question are the model's own, at every width; at most one choice is marked.
    """
    part, asked = ASKED[path.name.rpartition("-")[0]]
    lines = iterate_changes(iterate_statuses(open_recording(path), knowledge))
    asks = [line["ask"] for line in lines if line["ask"]]

    assert asked == asks[-1][part].removeprefix("/home/dev/demo/")
    assert 2 <= len(asks[-1]["options"])
    assert 1 >= sum(option["selected"] for option in asks[-1]["options"])


def test_the_recordings_show_every_state_at_three_sizes() -> None:
    """
    What is measured covers what is promised.
    """
    labels = [label for path in RECORDINGS for label in read_labels(path)]
    right = {state for label in labels for state in label.right}
    sizes = {path.name.removesuffix(".cast.gz").rpartition("-")[2] for path in RECORDINGS}

    shown = set(State) - {State.STUCK, State.REVIEW, State.FINISHED, State.UNKNOWN}
    assert shown <= right
    assert {"60x20", "100x30", "200x50"} <= sizes


LABELS = (
    Label("working", 0.0, 5.0, 0.5, 0.0, frozenset({State.WORKING})),
    Label("permission", 5.0, 10.0, 0.5, 0.0, frozenset({State.APPROVAL})),
)


@pytest.mark.parametrize(
    ("changes", "faults"),
    [
        ([(0.0, State.WORKING), (5.25, State.APPROVAL)], []),
        ([(0.0, State.WORKING)], ["5.00 permission: missed", "5.50-10.00 permission: working"]),
        (
            [(0.0, State.WORKING), (7.0, State.APPROVAL)],
            ["5.00 permission: 2.00 s late", "5.50-7.00 permission: working"],
        ),
        (
            [(0.0, State.WORKING), (2.0, State.IDLE), (2.2, State.WORKING), (5.0, State.APPROVAL)],
            ["0.00 working: left 1 times"],
        ),
        (
            [(0.0, State.WORKING), (5.0, State.QUESTION)],
            ["5.00 permission: missed", "5.50-10.00 permission: question"],
        ),
    ],
)
def test_the_judge_sees_each_fault(changes: list[tuple[float, State]], faults: list[str]) -> None:
    """
    The measure can fail.
    """
    assert faults == list(iterate_faults(changes, LABELS))
