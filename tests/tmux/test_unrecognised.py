"""An agent that is not recognised is explained and named by doctor; commands say there is none."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent_status.agents.files import read_packaged
from agent_status.agents.loader import parse_agents
from agent_status.detect.identify import check_processes
from agent_status.model import Process
from agent_status.sources import candidates
from agent_status.tmux.client import Tmux
from tests.support.tmux_lab import Lab, open_lab, wait_for

AGENTS, _ = parse_agents(read_packaged())
BOXED = """\
import sys
print("\\033[2J\\033[H● Done.\\n\\n╭" + "─" * 40 + "╮\\n│ > " + " " * 37 + "│\\n╰" + "─" * 40 + "╯")
print("\\033[4;5H", end="", flush=True)
sys.stdin.read()
"""
CHOICES = """\
import sys
print("\\033[2J\\033[HRun rm -rf build?\\n\\n❯ 1. Yes\\n  2. No\\n\\nEnter to select · ↑/↓ to move")
sys.stdin.read()
"""
SCREENS = {"boxed": BOXED, "choices": CHOICES, "plain": "import sys\nprint(7)\nsys.stdin.read()\n"}


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """
    A server with the real daemon, a shell in %0, and three programs that are no known agents.
    """
    patch = pytest.MonkeyPatch()
    with open_lab(patch.setenv) as lab:
        lab.start("exec sh")
        folder = tmp_path_factory.mktemp("bin")
        for name, text in SCREENS.items():
            path = folder / f"{name}-coder"
            path.write_text(text, "utf-8")
            lab.tmux("new-window", "-d", "-t", "work", "-n", name, f"{sys.executable} {path}")
        lab.spawn_daemon()
        wait_for(lambda: "Done" in lab.tmux("capture-pane", "-p", "-t", "%1"))
        wait_for(lambda: "Run rm" in lab.tmux("capture-pane", "-p", "-t", "%2"))
        wait_for(lambda: "7" in lab.tmux("capture-pane", "-p", "-t", "%3"))
        yield lab
        lab.run("daemon", "stop")
    patch.undo()


@pytest.mark.parametrize(
    ("comm", "args", "why", "name"),
    [
        ("bash", "-bash", "a shell", ""),
        ("zsh", "/bin/zsh -l", "a shell", ""),
        ("ssh", "ssh box", "hides what runs behind it", ""),
        ("node", "node /opt/x/bin/my-coder", "no agent is called node or my-coder", "my-coder"),
        (
            "python3.12",
            "python3 -m coder",
            "no agent is called python3.12 or python3 or coder",
            "coder",
        ),
        ("bash", "bash /opt/coder.sh", "no agent is called bash or coder.sh", "coder.sh"),
        ("npm", "npm exec coder", "no agent is called npm", ""),
        ("node", "node", "no agent is called node", ""),
        ("kworker", "", "no agent is called kworker", "kworker"),
    ],
)
def test_why_a_process_is_no_agent(comm: str, args: str, why: str, name: str) -> None:
    """
    And what it would be called if it were declared; an interpreter alone is nothing to declare.
    """
    (stranger,) = check_processes((Process(1, 0, comm, args),), AGENTS)

    assert (why, name) == (stranger.why, stranger.name)


def test_a_name_that_the_arguments_rule_out_is_told() -> None:
    """
    The name is an agent's, and the command is none that shows a screen.
    """
    ruled_out = [rules for rules in AGENTS if rules.identify.without and rules.identify.names]
    words = {"claude": "claude mcp serve"}
    rules = next(rules for rules in ruled_out if rules.kind in words)
    process = Process(1, 0, rules.identify.names[0], words[rules.kind])

    (stranger,) = check_processes((process,), AGENTS)

    assert f"{rules.name} by its name, but not by its arguments" == stranger.why


def test_explain_tells_why_and_how_to_declare_it(lab: Lab) -> None:
    """
    Which processes were looked at, why none is an agent, and the commands that make it one.
    """
    done = lab.run("explain", "%1")

    assert 0 == done.returncode
    assert done.stdout.startswith("%1 work:1.0: no agent\n")
    assert "or boxed-coder\n" in done.stdout
    assert "tmux set-option -p -t %1 @agent-status-agent claude" in done.stdout
    assert "set -g @agent-status-extra-agents 'boxed-coder'" in done.stdout
    assert "a shell" in lab.run("explain", "%0").stdout


def test_an_option_that_names_no_agent_is_told(lab: Lab) -> None:
    """
    A misspelt kind is no reason to be silent.
    """
    lab.tmux("set-option", "-p", "-t", "%3", "@agent-status-agent", "cluade")
    wait_for(
        lambda: "of the pane says cluade, which is not known" in lab.run("explain", "%3").stdout
    )
    lab.tmux("set-option", "-pu", "-t", "%3", "@agent-status-agent")


def test_doctor_names_what_would_read_as_an_agent(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """
    Programs that show an input box or ask, not a shell and not what only prints.
    """
    monkeypatch.setattr(candidates, "LONG_S", 0.0)

    found = list(candidates.list_candidates(Tmux(lab.inner), tmp_path))

    assert ["boxed-coder in %1", "choices-coder in %2"] == sorted(
        one.partition(" (")[0] for one in found
    )
    assert "agent-status explain %1 says why, and how to declare it" in found[0]
    lab.tmux("set-option", "-p", "-t", "%1", "@agent-status-agent", "claude")
    assert 1 == len(list(candidates.list_candidates(Tmux(lab.inner), tmp_path)))
    lab.tmux("set-option", "-pu", "-t", "%1", "@agent-status-agent")
    wait_for(lambda: "choices-coder in %2 (work:2.0) looks like" in lab.run("doctor").stdout)


@pytest.mark.parametrize("pane", ["%0", "%1"])
@pytest.mark.parametrize(
    "words",
    [
        "answer {}",
        "answer {} --option y --expect 0",
        "send {} hello",
        "interrupt {}",
        "pin {}",
        "mute {}",
        "snooze {}",
        "note {}",
        "diff {}",
        "conflicts {}",
        "acknowledge {}",
    ],
)
def test_a_command_says_that_there_is_no_agent(words: str, pane: str, lab: Lab) -> None:
    """
    With the pane, where to read on, and the code of what is not there.
    """
    wait_for(lambda: "no agent" in lab.run("explain", pane).stdout)
    done = lab.run(*words.format(pane).split())

    told = f"Error: No agent in {pane}: agent-status explain {pane} says why\n"
    assert (1, "", told) == (done.returncode, done.stdout, done.stderr)


def test_without_any_agent_a_command_says_so(lab: Lab) -> None:
    """
    Where no pane is named there is none to mean.
    """
    for words in ("explain", "answer", "diff", "pin"):
        done = lab.run(words)

        assert 1 == done.returncode
        assert done.stderr.startswith("Error: No agent in any pane: agent-status doctor")
