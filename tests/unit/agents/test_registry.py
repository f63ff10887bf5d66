"""The packaged agents and the user's own."""

from pathlib import Path

import pytest

from agent_status.agents.files import MAX_BYTES, load_agents
from agent_status.agents.registry import Registry
from agent_status.detect.pane import ObservedPane
from agent_status.model import Process, State
from agent_status.protocol.explanation import render_found
from tests.support.knowledge import KNOWLEDGE
from tests.support.panes import open_blank_pane

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


def watch_mine(registry: Registry) -> ObservedPane:
    """Return a watch on a pane in which `mine` runs and asks."""
    watch = open_blank_pane(registry, 60, 20)
    watch.processes = (Process(1, 0, "mine", "mine --fast"),)
    watch.feed(b"Shall I go\r\non?")
    return watch


def test_a_users_agent_needs_no_code(tmp_path: Path) -> None:
    """
    One file teaches a new agent.
    """
    write(tmp_path, "mine.toml", OWN)

    registry, problems = load_agents(tmp_path)
    status = watch_mine(registry).look(1.0).status

    assert () == problems
    assert ("mine", State.QUESTION) == (status.agent and status.agent.kind, status.state)


def test_a_users_file_replaces_the_packaged_one(tmp_path: Path) -> None:
    """
    The user knows better.
    """
    write(tmp_path, "claude.toml", OWN)

    registry, _ = load_agents(tmp_path)

    assert "My agent" == getattr(registry.find("claude"), "name", None)


@pytest.mark.parametrize(
    "text", ["name = ", "", "\x00\x01", "x" * (MAX_BYTES + 1), 'name = "x"\nsays = 1']
)
def test_a_broken_file_is_named_and_takes_nothing_down(tmp_path: Path, text: str) -> None:
    """
    The packaged agents stay, the file's other neighbours too.
    """
    write(tmp_path, "claude.toml", text)
    write(tmp_path, "mine.toml", OWN)

    registry, problems = load_agents(tmp_path)

    assert [str(tmp_path / "agents" / "claude.toml")] == [one.where for one in problems]
    assert "Claude Code" == getattr(registry.find("claude"), "name", None)
    assert State.QUESTION == watch_mine(registry).look(1.0).status.state


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    """
    Bytes that are not UTF-8, and a folder by that name.
    """
    write(tmp_path, "a.toml", "")
    (tmp_path / "agents" / "a.toml").write_bytes(b"\xff\xfe")
    (tmp_path / "agents" / "b.toml").mkdir()

    _, problems = load_agents(tmp_path)

    assert ["a.toml", "b.toml"] == [Path(one.where).name for one in problems]


def test_the_panes_option_counts_where_the_processes_tell_nothing() -> None:
    """
    As in ssh or a container; a kind that is not known says nothing.
    """
    registry = KNOWLEDGE
    watch = open_blank_pane(registry, 60, 20)
    watch.processes = (Process(1, 0, "ssh", "ssh host"),)
    kinds = []
    for hint in ("claude", "nobody", "codex", ""):
        watch.hint = hint
        agent = watch.look(1.0).status.agent
        kinds.append(agent.kind if agent else None)

    assert ["claude", None, "codex", None] == kinds


@pytest.mark.parametrize("late", [False, True])
def test_a_process_that_is_recognised_beats_the_panes_option(*, late: bool) -> None:
    """
    Any program in the pane may set that option; `explain` tells which of the two counts.
    """
    registry = KNOWLEDGE
    watch = open_blank_pane(registry, 60, 20)
    shell, agent = Process(1, 0, "bash", "-bash"), Process(2, 1, "claude", "claude")
    watch.processes = (shell,) if late else (shell, agent)
    watch.hint = "codex"
    before = watch.look(1.0).status.agent
    watch.processes = (shell, agent)
    there = watch.look(2.0).status.agent
    told = render_found(watch.look(2.0), "%3", 2.0)
    watch.processes = (shell,)
    after = watch.look(9.0).status.agent

    assert ("codex" if late else "claude") == (before and before.kind)
    assert ("claude", 2) == (there and (there.kind, there.pid))
    assert "known by process claude, not by the pane's option (codex), pid 2" in told
    assert ("codex", "the pane's option") == (after and (after.kind, after.how))


def test_a_rule_that_was_dropped_stays_so_under_the_panes_option() -> None:
    """
    Also once another process was there meanwhile.
    """
    registry = KNOWLEDGE
    watch = open_blank_pane(registry, 60, 20)
    watch.hint = "claude"
    screen = b"\x1b[2J\x1b[H Do you want to proceed?\r\n > 1. Yes\r\n   2. No\r\n\r\n Esc to cancel"
    watch.feed(screen)
    rule = watch.look(1.0).status.rule
    watch.tracker.use_registry(registry.drop(rule))
    watch.processes = (Process(1, 0, "ssh", "ssh box"),)

    assert rule.startswith("claude/")
    assert rule != watch.look(2.0).status.rule


SETUP = "Pick a {0}\r\n\r\n› 1. {0} one\r\n  2. {0} two\r\n"


def test_a_second_unknown_dialog_is_told_in_its_own_words() -> None:
    """
    What is asked is never the one before, also where no rule knows the dialog.
    """
    registry = KNOWLEDGE
    watch = open_blank_pane(registry, 60, 20)
    watch.processes = (Process(1, 0, "codex", "codex"),)
    told = []
    for at, word in enumerate(("colour", "keymap")):
        watch.feed(b"\x1b[2J\x1b[H" + SETUP.format(word).encode())
        status = watch.look(float(at)).status
        told.append((status.state, status.ask and status.ask.question))

    assert [(State.SETUP, "Pick a colour"), (State.SETUP, "Pick a keymap")] == told


def test_another_agent_in_the_pane_begins_anew() -> None:
    """
    What one kind of agent did there is not told of the next.
    """
    registry = KNOWLEDGE
    watch = open_blank_pane(registry, 60, 20)
    watch.processes = (Process(1, 0, "claude", "claude"),)
    rule = "\u2500" * 60
    watch.feed(f"\x1b[2J\x1b[H{rule}\r\n\u276f \r\n{rule}\r\n".encode())
    first = watch.look(0.0).status
    watch.processes = (Process(2, 0, "codex", "codex"),)
    watch.feed(b"\x1b[2J\x1b[Hloading")
    second = watch.look(1.0).status

    assert (State.IDLE, "claude/prompt") == (first.state, first.rule)
    assert (State.UNKNOWN, "codex/present") == (second.state, second.rule)
