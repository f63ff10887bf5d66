"""Session files, processor time and options, from a real pane through the daemon to its report."""

import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from agent_status.agents.files import load_agents
from agent_status.detect.tracker import PaneTracker
from agent_status.features.base import Feature
from agent_status.features.sessions.feature import find_process_chain
from agent_status.model import Process, Sighting, ToolCall
from agent_status.system.processes import list_open_files, read_cpu_s, read_origin
from tests.support.tmux_lab import Lab, open_lab, run_daemon, wait_for
from tests.tmux.test_live_daemon import run_live

AGENT = """#!/bin/sh
mkdir -p "$HOME/.claude/sessions" "$HOME/.claude/projects/{slug}"
echo '{{"type":"user","isSidechain":false,"message":{{"role":"user","content":"tidy up"}}}}' \\
    > "$HOME/.claude/projects/{slug}/s1.jsonl"
say() {{
    echo "{{\\"pid\\":$$,\\"sessionId\\":\\"s1\\",\\"tmux\\":\\"w:@0.$TMUX_PANE\\",$1}}" \\
        > "$HOME/.claude/sessions/$$.json"
}}
say '"status":"busy"'
echo strange
while read -r line; do say "$line"; done
"""
WAITING = '"status":"waiting","waitingFor":"permission prompt"'


@pytest.fixture
def lab(monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    """
    A private tmux server with an agent that keeps a session file, on a screen that no rule knows.
    """
    with open_lab(monkeypatch.setenv) as lab:
        work = lab.folder / "work.d"
        work.mkdir()
        slug = "".join(char if char.isalnum() else "-" for char in str(work))
        agent = work / "claude"
        agent.write_text(AGENT.format(slug=slug))
        agent.chmod(0o700)
        lab.start(f"cd {work} && exec ./claude")
        yield lab


def read_agent(lab: Lab) -> dict[str, Any]:
    """
    Return the only agent of the report, or nothing yet.
    """
    report = lab.ask("list")
    agents = report["agents"] if report else []
    return dict(agents[0]) if agents else {}


def wait_state(lab: Lab, state: str) -> dict[str, Any]:
    """
    Return the agent once it is in this state.
    """
    return wait_for(lambda: agent if (agent := read_agent(lab)).get("state") == state else {})


def say(lab: Lab, status: str) -> None:
    """
    Have the agent write a status.
    """
    lab.tmux("send-keys", "-l", status + "\n")


class Witness(Feature):
    """A feature that keeps the calls of the last sighting."""

    def __init__(self) -> None:
        self.calls: tuple[ToolCall, ...] = ()

    def observe(self, sightings: Sequence[Sighting], now: float) -> None:  # noqa: ARG002
        """Keep them."""
        self.calls = sightings[0].activity.calls if sightings else ()


def write_record(lab: Lab, kind: str, block: dict[str, Any], name: str = "s1.jsonl") -> None:
    """
    Add a record to the transcript of the agent, or to one of its subagent's.
    """
    folder = next((lab.folder / "home/.claude/projects").iterdir())
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        file.write(json.dumps({"type": kind, "message": {"role": kind, "content": [block]}}) + "\n")


def test_calls_and_results_reach_features_between_ticks(lab: Lab) -> None:
    """
    While the pane is followed by its bytes, a call, its result and a subagent's call are seen.
    """
    witness = Witness()
    with run_live(lab, PaneTracker, [witness]):
        wait_state(lab, "working")
        call = {"type": "tool_use", "name": "Bash", "input": {"command": "rm -rf build"}}
        write_record(lab, "assistant", {**call, "id": "t1"})
        wait_for(lambda: witness.calls)
        assert ("rm -rf build", None) == (witness.calls[0].command, witness.calls[0].ended_at)

        result = {"type": "tool_result", "tool_use_id": "t1", "content": "Exit code 7\nno"}
        write_record(lab, "user", {**result, "is_error": True})
        write_record(lab, "assistant", {**call, "id": "t2"}, "s1/subagents/agent-1.jsonl")
        wait_for(lambda: len(witness.calls) == 2)
        wait_for(lambda: [7, None] == [one.exit_status for one in witness.calls])
        assert [False, True] == [one.by_helper for one in witness.calls]


def test_a_session_file_is_followed_and_let_alone_when_it_is_off(lab: Lab, tmp_path: Path) -> None:
    """
    State and task come from the file within seconds; with the option off both are gone.
    """
    with run_daemon(lab, PaneTracker, registry=load_agents(tmp_path)[0]):
        agent = wait_state(lab, "working")
        assert ("file", "tidy up") == (agent["source"], agent["task"]["first_prompt"])

        say(lab, WAITING)
        agent = wait_state(lab, "approval")
        assert "waiting for permission" in agent["reason"]
        assert "claude/session-file" in lab.ask("explain", pane="%0")["text"]

        lab.tmux("set-option", "-g", "@agent-status-read-transcripts", "off")
        agent = wait_state(lab, "unknown")
        assert "" == agent["task"]["first_prompt"]


def test_a_form_that_only_its_file_tells_of_is_a_question(lab: Lab, tmp_path: Path) -> None:
    """
    Its hook wakes the daemon, which reads the file: it waits, though no rule knows the screen.
    """
    with run_daemon(lab, PaneTracker, registry=load_agents(tmp_path)[0]):
        wait_state(lab, "working")

        say(lab, '"status":"waiting","waitingFor":"dialog open"')
        lab.ask("event", pane="%0")
        agent = wait_state(lab, "question")
        assert ("file", "it waits for you (see its pane)") == (agent["source"], agent["reason"])

        say(lab, '"status":"busy"')
        wait_state(lab, "working")


def test_work_that_stands_still_is_stuck_by_the_users_option(lab: Lab, tmp_path: Path) -> None:
    """
    With a short time it is soon stuck; a word in its session file ends that at once.
    """
    lab.tmux("set-option", "-g", "@agent-status-stuck-after", "0.05")
    with run_daemon(lab, PaneTracker, registry=load_agents(tmp_path)[0]):
        agent = wait_state(lab, "stuck")
        assert "nothing moved for" in agent["reason"]
        assert agent["needs_you"]

        say(lab, '"status":"busy","n":1')
        wait_state(lab, "working")


def test_a_process_tells_where_it_began_and_what_it_used() -> None:
    """
    Our own process: its folder, a variable, an open file, and time that only grows.
    """
    pid = os.getpid()
    with Path(__file__).open():
        origin = read_origin(pid, ["HOME", "NO_SUCH_VARIABLE"])
        opened = list_open_files([pid, 2**22 + 1])

    assert origin
    assert (str(Path.cwd()), "") == (origin.folder, origin.environment["NO_SUCH_VARIABLE"])
    assert str(Path(__file__).resolve()) in opened
    assert 0.0 < read_cpu_s([pid]) <= read_cpu_s([pid, 2**22 + 1])
    assert read_origin(2**22 + 1, []) is None


def test_a_launcher_stands_for_the_only_program_below_it() -> None:
    """
    One child is followed; where there are two, nobody knows which is meant.
    """
    tree = tuple(Process(pid, up, "x", "x") for pid, up in ((1, 0), (2, 1), (3, 2), (4, 3), (5, 3)))

    assert (1, 2, 3) == find_process_chain(tree, 1)
    assert (9,) == find_process_chain(tree, 9)
