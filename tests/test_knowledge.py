"""The packaged agents and the user's own."""

from pathlib import Path

import pytest

from agent_status.model import Process, State
from agent_status.pipeline import Knowledge, PaneWatch, learn
from agent_status.sense.agent_files import MAX_BYTES

OWN = """
name = "My agent"
[identify]
names = ["mine"]
[[rule]]
id = "asks"
says = "question"
region = "bottom"
all = ["shall I go on"]
"""


def write(config: Path, name: str, text: str) -> None:
    """Put a file of rules into the user's folder."""
    (config / "agents").mkdir(exist_ok=True)
    (config / "agents" / name).write_text(text, "utf-8")


def watch_mine(knowledge: Knowledge) -> PaneWatch:
    """Return a watch on a pane in which `mine` runs and asks."""
    watch = PaneWatch(knowledge, 60, 20, 0.0)
    watch.see_processes((Process(1, 0, "mine", "mine --fast"),), 0.0)
    watch.feed(b"Shall I go\r\non?", 0.0)
    return watch


def test_a_users_agent_needs_no_code(tmp_path: Path) -> None:
    """
    One file teaches a new agent.
    """
    write(tmp_path, "mine.toml", OWN)

    knowledge, problems = learn(tmp_path)
    status = watch_mine(knowledge).status(1.0)

    assert () == problems
    assert ("mine", State.QUESTION) == (status.agent and status.agent.kind, status.state)


def test_a_users_file_replaces_the_packaged_one(tmp_path: Path) -> None:
    """
    The user knows better.
    """
    write(tmp_path, "claude.toml", OWN)

    knowledge, _ = learn(tmp_path)

    assert "My agent" == getattr(knowledge.find("claude"), "name", None)


@pytest.mark.parametrize(
    "text", ["name = ", "", "\x00\x01", "x" * (MAX_BYTES + 1), 'name = "x"\nsays = 1']
)
def test_a_broken_file_is_named_and_takes_nothing_down(tmp_path: Path, text: str) -> None:
    """
    The packaged agents stay, the file's other neighbours too.
    """
    write(tmp_path, "claude.toml", text)
    write(tmp_path, "mine.toml", OWN)

    knowledge, problems = learn(tmp_path)

    assert [str(tmp_path / "agents" / "claude.toml")] == [one.where for one in problems]
    assert "Claude Code" == getattr(knowledge.find("claude"), "name", None)
    assert State.QUESTION == watch_mine(knowledge).status(1.0).state


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    """
    Bytes that are not UTF-8, and a folder by that name.
    """
    write(tmp_path, "a.toml", "")
    (tmp_path / "agents" / "a.toml").write_bytes(b"\xff\xfe")
    (tmp_path / "agents" / "b.toml").mkdir()

    _, problems = learn(tmp_path)

    assert ["a.toml", "b.toml"] == [Path(one.where).name for one in problems]


def test_the_users_hint_wins_over_the_processes() -> None:
    """
    In ssh or a container the processes tell nothing; the pane's option does.
    """
    knowledge, _ = learn(Path("/nonexistent"))
    watch = PaneWatch(knowledge, 60, 20, 0.0)
    watch.see_processes((Process(1, 0, "ssh", "ssh host"),), 0.0)
    kinds = []
    for hint in ("claude", "nobody", "codex", ""):
        watch.see_hint(hint)
        agent = watch.status(1.0).agent
        kinds.append(agent.kind if agent else None)

    assert ["claude", None, "codex", None] == kinds
