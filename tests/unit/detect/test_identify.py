"""Which agent runs in a pane."""

import pytest

from agent_status.agents.files import read_packaged
from agent_status.agents.loader import parse_agents
from agent_status.detect.identify import find_agent
from agent_status.model import Process

AGENTS, _ = parse_agents(read_packaged())


def find_kind(*processes: Process) -> str | None:
    """Return the kind of agent in a process tree."""
    found = find_agent(processes, AGENTS)
    return found[0].kind if found else None


@pytest.mark.parametrize(
    ("comm", "args", "kind"),
    [
        ("claude", "claude", "claude"),
        ("2.1.76", "/home/u/.local/bin/claude --resume", "claude"),
        ("node", "node /usr/lib/node_modules/@anthropic-ai/claude-code/cli.js", "claude"),
        ("node", "node --no-warnings /usr/bin/codex", "codex"),
        ("codex", "/opt/codex/bin/codex resume", "codex"),
        ("node", "node --max-old-space-size=4096 /usr/local/bin/gemini", "gemini"),
        (".opencode", "/usr/lib/opencode-ai/bin/.opencode", "opencode"),
        ("opencode", "opencode", "opencode"),
        ("vim", "vim claude.md", None),
        ("grep", "grep -r codex /usr/bin/gemini", None),
        ("bash", "bash -i", None),
        ("less", "less /home/u/claude", None),
        ("node", "node /srv/app/server.js --name claude", None),
    ],
)
def test_a_program_is_known_by_its_name_or_its_script(
    comm: str, args: str, kind: str | None
) -> None:
    """
    What merely mentions an agent in its arguments is none.
    """
    assert kind == find_kind(Process(1, 0, comm, args))


def test_the_agent_nearest_to_the_pane_wins() -> None:
    """
    An agent that another agent runs is its tool.
    """
    tree = (
        Process(9, 7, "codex", "codex exec"),
        Process(7, 1, "claude", "claude"),
        Process(1, 0, "bash", "-bash"),
    )

    assert "claude" == find_kind(*tree)


def test_a_tree_that_bites_its_tail_is_read_all_the_same() -> None:
    """
    Parents that form a circle end nowhere, and hang nothing.
    """
    assert "claude" == find_kind(Process(1, 2, "claude", "claude"), Process(2, 1, "sh", "sh"))


def test_an_empty_command_line_is_no_agent() -> None:
    """
    Kernel threads and zombies have no arguments.
    """
    assert find_kind(Process(1, 0, "", "")) is None
