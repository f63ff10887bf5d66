"""The user's command for a project runs in a window of its own, and its result is kept."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.tmux_lab import Lab, wait_for
from tests.tmux.test_diff import change, find, lab, say

__all__ = ["lab"]
MAY = "@agent-status-scripts-may"
COMMAND = "pwd; grep -q zwei a.py || kill -9 $$"


@pytest.fixture
def work(lab: Lab) -> Path:
    """An agent that has changed files, and the user's command for its project."""
    root = change(lab)
    config = Path(lab.env["XDG_CONFIG_HOME"]) / "agent-status" / "checks.toml"
    config.write_text(f"project.{json.dumps(str(root))}.command = {json.dumps(COMMAND)}\n")
    lab.tmux("set-option", "-g", MAY, "check")
    say(lab, "working")
    say(lab, "idle")
    wait_for(lambda: find(lab)["state"] == "review")
    return root


def read(lab: Lab) -> Any:
    """Return the checks of the agent."""
    return find(lab)["facets"].get("checks", {"words": "", "runs": []})


def end(lab: Lab, place: str) -> str:
    """Return what a window shows once its command has ended, and close it with a key."""
    shown = wait_for(lambda: _find_end(lab, place))
    lab.tmux("send-keys", "-t", place, "x")
    wait_for(lambda: "check" not in lab.tmux("list-windows", "-F", "#{window_name}").split())
    return shown


def _find_end(lab: Lab, place: str) -> str:
    shown = lab.tmux("capture-pane", "-p", "-J", "-t", place)
    return shown if "Any key closes this." in shown else ""


def test_check_runs_in_a_window_and_its_result_is_kept(lab: Lab, work: Path) -> None:
    """
    In the checkout's top folder; the user's window stays in front.

    A command that is killed has no result, a file of the project names none, and a program may not.
    """
    before = lab.tmux("display-message", "-p", "#{window_id}")

    started = json.loads(wait_for(lambda: lab.run("check", "work:1.0", "--json").stdout))
    shown = end(lab, started["place"])

    assert before == lab.tmux("display-message", "-p", "#{window_id}")
    assert (str(work), COMMAND) == (started["root"], started["command"])
    assert f"\n{work}\nExit status 0 after" in shown
    assert "the result is kept." in shown
    (run,) = wait_for(lambda: read(lab)["runs"])
    assert ("ok", "check", 0) == (run["result"], run["source"], run["stale"])
    assert read(lab)["words"].startswith(f"{COMMAND} ok ")
    assert f"Checks: {COMMAND} ok " in lab.run("diff", "work:1.0").stderr
    assert json.loads(lab.run("diff", "work:1.0", "--json").stdout)["checks"].startswith(COMMAND)

    (work / "a.py").write_text("one\ndrei\n")
    assert run_here(lab, 128 + 9)
    wait_for(lambda: read(lab)["runs"][0]["result"] == "unknown")
    (Path(lab.env["XDG_CONFIG_HOME"]) / "agent-status" / "checks.toml").unlink()
    (work / "checks.toml").write_text('project."*".command = "exit 7"\n')
    assert f"no check is configured for {work}: put a line" in run_here(lab, 1)

    windows = lab.tmux("list-windows", "-F", "#{window_id}")
    lab.tmux("set-option", "-g", MAY, "off")
    forged = wait_for(lambda: run_here(lab, 6))
    refused = lab.run("check", "work:1.0")
    assert 6 == refused.returncode
    assert "may not run a check for you" in refused.stderr
    assert "may not run a check for you" in forged
    assert windows == lab.tmux("list-windows", "-F", "#{window_id}")


def run_here(lab: Lab, code: int) -> str:
    """Return what the command prints if it ends with that code."""
    done = lab.run("check", "work:1.0", "--here")
    return done.stdout + done.stderr if done.returncode == code else ""
