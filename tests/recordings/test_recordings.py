"""Sessions of real agents, each held against the labels in its own markers."""

from collections import Counter
from pathlib import Path

import pytest

from agent_status.agents.registry import Registry
from agent_status.detect.lifecycle import SHOWN
from agent_status.model import State
from agent_status.recordings.replay import (
    iterate_changes,
    iterate_statuses,
    iterate_ticks,
    start_watch,
)
from agent_status.terminal.asciicast import open_recording
from tests.support import places
from tests.support.labels import Label, iterate_faults, read_changes, read_labels

FOLDER = places.RECORDINGS
RECORDINGS = sorted(FOLDER.glob("*/*.cast.gz"))
NOBODY = Path("/nonexistent")


def find_kind(path: Path) -> str:
    """
    Return which agent is recorded: the folder is its name, or `name-version`.
    """
    return path.parent.name.partition("-")[0]


@pytest.mark.parametrize("path", RECORDINGS, ids=lambda path: str(path.relative_to(FOLDER))[:-8])
def test_a_recording_is_read_as_it_is_labelled(path: Path, knowledge: Registry) -> None:
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
def test_what_is_asked_is_told_word_for_word(path: Path, knowledge: Registry) -> None:
    """
    Command, file and question are the model's own, at every width; at most one choice is marked.
    """
    part, asked = ASKED[path.name.rpartition("-")[0]]
    lines = iterate_changes(iterate_statuses(open_recording(path), knowledge))
    asks = [line["ask"] for line in lines if line["ask"]]

    cut = part == "command" and asks[-1]["hidden"]
    assert cut or asked == asks[-1][part].removeprefix("/home/dev/demo/")
    assert 2 <= len(asks[-1]["options"])
    assert 1 >= sum(option["selected"] for option in asks[-1]["options"])


SEVERAL = {
    "blank_command": "ls\n\nrm -rf src",
    "marks_command": "ls #\n---\n│ echo x\n╌╌╌╌╌╌╌╌\n1. Yes\n2. No\nrm -rf src",
    "heredoc_command": "cat > notes.txt <<'EOF'\nline 1\n\n  two  blanks\nEOF\nmake test",
    "long_word_command": "cat /" + "a" * 130 + "/.env.local && echo " + "b " * 59 + "b",
    "question_command": "rm -rf src # do you want to create a.txt?",
    "tall_command": "rm -rf src\n" + "\n".join(f"echo {i}" for i in range(1, 61)),
}
"""Commands that end where a hasty reader would not think so."""
CUT = {
    *("auggie/long_word-100", "auggie/tall-100"),
    "droid/marks-60",
    *("goose/" + name for name in ("heredoc-60", "long_word-60", "marks-60", "tall-60")),
    *("aider/tall-100", "continuecli/tall-100", "openhands/tall-100"),
    *("cline/" + name for name in ("blank-100", "heredoc-100", "marks-100", "long_word-60")),
    *("deepagents/marks-100", "vibe/tall-100", "vibe/tall-60"),
    *("kimi/heredoc-100", "kimi/tall-60"),
    *("kimi_legacy/" + name for name in ("heredoc-100", "long_word-60", "tall-60")),
    *("claude/" + name for name in ("heredoc-60", "long_word-60", "tall-100", "tall-60")),
    *("claude-2.1.332/" + name for name in ("heredoc-60", "long_word-60", "tall-100", "tall-60")),
    *("codex-0.171/" + name for name in ("long_word-60", "tall-100", "tall-60")),
    *("copilot/" + name for name in ("blank-60", "heredoc-60", "long_word-60")),
    *("copilot/" + name for name in ("tall-100", "tall-60")),
    *("gemini/" + name for name in ("heredoc-60", "tall-100", "tall-60")),
    *("opencode/" + name for name in ("heredoc-60", "long_word-100", "long_word-60", "marks-100")),
    *("qwen/" + name for name in ("blank-60", "heredoc-60", "tall-100", "tall-60")),
}
"""Requests of which these agents show a part at that width, or do not tell that it is all."""


@pytest.mark.parametrize(
    "path",
    [path for path in RECORDINGS if path.name.rpartition("-")[0] in SEVERAL],
    ids=lambda path: str(path.relative_to(FOLDER))[:-8],
)
def test_a_command_of_several_lines_is_read_whole_or_called_hidden(
    path: Path, knowledge: Registry
) -> None:
    """
    Blank lines, rules, numbered lines and broken words are its own; what is cut is never trusted.
    """
    scenario, _, size = path.name.removesuffix(".cast.gz").rpartition("-")
    name = f"{path.parent.name}/{scenario.removesuffix('_command')}-{size.partition('x')[0]}"
    lines = iterate_changes(iterate_statuses(open_recording(path), knowledge))
    asks = [line["ask"] for line in lines if line["state"] == "approval"]

    for ask in asks:
        assert (name in CUT) == bool(ask["hidden"]), ask["hidden"]
        if name not in CUT and ask["command"]:
            assert SEVERAL[scenario] == ask["command"]
        else:
            assert "part of it is not shown" in ask["hidden"] or "/.env.local" in ask["subject"]


@pytest.mark.parametrize(
    "path",
    sorted(FOLDER.glob("*/two_edits-100x30.cast.gz")),
    ids=lambda path: path.parent.name,
)
def test_two_edits_of_one_file_have_two_fingerprints(path: Path, knowledge: Registry) -> None:
    """
    The question is the same, the lines are not.
    """
    lines = iterate_changes(iterate_statuses(open_recording(path), knowledge))
    asks = [line["ask"] for line in lines if line["ask"]]

    assert 1 == len({ask["question"] for ask in asks})
    assert 2 <= len({ask["fingerprint"] for ask in asks})


@pytest.mark.parametrize(
    "path",
    [path for name in ("mcp_call", "fetch_url") for path in sorted(FOLDER.glob(f"*/{name}-*"))],
    ids=lambda path: str(path.relative_to(FOLDER))[:-8],
)
def test_a_tool_is_named_with_what_it_is_given(path: Path, knowledge: Registry) -> None:
    """
    Name, arguments and address are all of what is asked; what an agent leaves out is hidden.
    """
    lines = iterate_changes(iterate_statuses(open_recording(path), knowledge))
    ask = [line["ask"] for line in lines if line["ask"]][-1]
    words = "".join(ask["subject"].split())

    if "mcp_call" in path.name:
        assert "send" in words.lower()
        assert ask["hidden"] or ("ops@example.com" in words and "token=abc123" in words)
    else:
        assert "https://example.com/search?q=word+count&key=abc123" in words


ASK_AND_WORK = sorted(
    {path.parent: path for path in RECORDINGS if path.name.startswith("shell_permission-")}.values()
)
"""One recording an agent and version in which it works, asks and is at its prompt."""

PERMANENT = {"deepagents/prompt", "opencode/prompt", "openhands/prompt"}
"""Of boxes that stay in work and in requests, which outweigh them."""


def count_matches(path: Path, knowledge: Registry) -> tuple[Counter[str], Counter[str]]:
    """
    Count the looks at each class of labels, and those at which a rule said something.
    """
    recording, labels = open_recording(path), read_labels(path)
    watch = start_watch(recording, knowledge)
    said, looks = Counter[str](), Counter[str]()
    for at, _ in iterate_ticks(watch, recording.read_events()):
        label = next((one for one in labels if one.start + one.grace <= at < one.end), None)
        if label and label.name in {"working", "permission", "done"}:
            found = watch.find(at)
            evidence = (found.winner, *found.losers)
            rules = {one.rule for one in evidence if one and one.source in SHOWN and one.weight}
            looks[label.name] += 1
            said.update(f"{rule} {label.name}" for rule in rules)
    return said, looks


@pytest.mark.parametrize("path", ASK_AND_WORK, ids=lambda path: path.parent.name)
def test_what_says_something_changes_with_the_state(path: Path, knowledge: Registry) -> None:
    """
    A rule that matches alike in work, in a request and at the prompt is no evidence.
    """
    said, looks = count_matches(path, knowledge)
    rules = {name.partition(" ")[0] for name in said}
    alike = {
        rule for rule in rules if all(said[f"{rule} {name}"] * 2 > looks[name] for name in looks)
    }

    assert 3 == len(looks)
    assert alike <= PERMANENT


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
