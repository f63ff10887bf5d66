"""The hook command: quick, silent, never in an agent's way, and the daemon looks at once."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from agent_status.agents.files import load_agents
from agent_status.detect.tracker import PaneTracker
from agent_status.fastpath.hook_event import (
    SOCKET,
    TEMPORARY,
    find_runtime_dirs,
    find_temporary,
    send_event,
)
from agent_status.features.hooks.agents import KINDS
from agent_status.features.hooks.install import find_target, install, make_context
from agent_status.install.plugin import find_program
from agent_status.paths import find_runtime
from tests.support.tmux_lab import (
    DEADLINE_S,
    Lab,
    RecordingTmux,
    list_neutral,
    run_daemon,
    wait_for,
)

NOWHERE = {"TMUX": "/nowhere/socket,1,0", "TMUX_PANE": "%0"}


OURS = [
    "agent_status",
    "agent_status.__main__",
    "agent_status.fastpath",
    "agent_status.fastpath.hook_event",
]


def run_event(env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """
    Run the hook command with an input that nobody reads.
    """
    words = [sys.executable, "-m", "agent_status", "event"]
    return subprocess.run(
        words,
        env=list_neutral() | env,
        input="x" * 200_000,
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
        check=False,
    )


@pytest.mark.parametrize(
    "env",
    [
        {},
        NOWHERE,
        {"TMUX": "/nowhere/socket,1,0"},
        NOWHERE | {"TMUX_PANE": '%1","op":"stop'},
        NOWHERE | {"TMUX_PANE": "%²"},
        NOWHERE | {"TMUX": "/a\udcff\tsocket"},
        NOWHERE | {"XDG_RUNTIME_DIR": "/nowhere", "TMPDIR": "/nowhere"},
    ],
)
def test_without_a_daemon_it_is_silent(env: dict[str, str]) -> None:
    """
    An agent sees success and no word, whatever its environment is.
    """
    done = run_event(env)

    assert (0, "", "") == (done.returncode, done.stdout, done.stderr)


def test_it_imports_next_to_nothing() -> None:
    """
    What takes time to import is never imported: its budget is 30 ms with the start of Python.
    """
    code = "import sys; before = set(sys.modules); import agent_status.__main__; print(*sorted(set(sys.modules) - before))"  # noqa: E501
    words = [sys.executable, "-I", "-S", "-c", f"import sys; sys.path[:0] = {sys.path!r}; {code}"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=DEADLINE_S, check=True)

    loaded = set(done.stdout.split())
    assert "agent_status.fastpath.hook_event" in loaded
    slow = {"click", "contextlib", "hashlib", "json", "pathlib", "re", "socket", "subprocess"}
    assert not loaded & {"typing", *slow}
    assert OURS == sorted(name for name in loaded if name.startswith("agent_status"))


def test_it_finds_the_folder_that_the_daemon_uses(lab: Lab) -> None:
    """
    Both take it from the same place, also where the hook's environment lacks a variable.
    """
    folder = find_runtime(lab.inner, lab.env)
    bare = {"TMPDIR": str(lab.folder)}

    assert str(folder) == next(find_runtime_dirs(lab.inner, lab.env))
    places = [str(Path(found).parent.parent) for found in find_runtime_dirs(lab.inner, bare)]
    assert [*TEMPORARY, str(lab.folder), f"/run/user/{os.getuid()}"] == places
    assert find_temporary({"TMPDIR": "/nowhere"}) == find_temporary({})


def test_a_daemon_that_does_not_read_holds_nobody_up(lab: Lab) -> None:
    """
    The word is left at the door; no answer is waited for, and a full door is passed by.
    """
    folder = find_runtime(lab.inner, lab.env)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as door:
        door.bind(str(folder / SOCKET))
        door.listen(0)
        env = lab.inside | {"TMUX_PANE": "%7"}
        for _ in range(5):
            send_event(env)
        first, _ = door.accept()

        assert b'{"v":1,"op":"event","pane":"%7"}\n' == first.recv(100)
        first.close()


def list_captures(tmux: RecordingTmux) -> list[str]:
    """
    Return the orders to capture a pane.
    """
    lines = (line for script in tmux.scripts for line in script.splitlines())
    return [line for line in lines if line.startswith("capture-pane -p -e -t '%0'")]


def test_an_event_captures_the_pane_whatever_tmux_says(lab: Lab, tmp_path: Path) -> None:
    """
    A calm pane is captured again at the next tick, and that tick is at once; strangers are ignored.
    """
    lab.tmux("set-option", "-p", "-t", "%0", "@agent-status-agent", "claude")
    with run_daemon(lab, PaneTracker, registry=load_agents(tmp_path)[0]) as tmux:
        wait_for(lambda: (lab.ask("ping") or {}).get("tick_s", 0) >= 1)
        before, ticks = len(list_captures(tmux)), len(tmux.scripts)
        send_event(lab.inside | {"TMUX_PANE": "%99"})
        assert before == len(list_captures(tmux))
        send_event(lab.inside | {"TMUX_PANE": "%0"})
        wait_for(lambda: len(list_captures(tmux)) > before)

        assert any("capture-pane -p -e -t '%0'" in one for one in tmux.scripts[ticks : ticks + 4])
        wait_for(lambda: lab.ask("ping")["tick_s"] < 1)


def test_uninstall_says_all_that_it_leaves(lab: Lab) -> None:
    """
    Every file of which hooks could not be taken out is named, also one in another folder.
    """
    home, context = Path(lab.env["HOME"]), make_context(find_program(), lab.env)
    moved = make_context(find_program(), lab.env | {"CLAUDE_CONFIG_DIR": str(home / "second")})
    paths = [install(find_target(KINDS["claude"], one), one).path for one in (context, moved)]
    for path in paths:
        path.write_text("// mine\n" + path.read_text())

    left = lab.run("uninstall", "--purge")

    assert 1 == left.returncode
    assert all(f"{path}: it holds comments" in left.stderr for path in paths)


def test_uninstall_takes_the_hooks_back(lab: Lab) -> None:
    """
    Settings of agents are as they were before the hooks, and uninstall says which they were.
    """
    home = Path(lab.env["HOME"])
    (home / ".claude").mkdir()
    path = home / ".claude" / "settings.json"
    path.write_text('{"model": "opus"}\n')
    context = make_context(find_program(), {"HOME": str(home)})
    install(find_target(KINDS["claude"], context), context)
    assert "event" in path.read_text()

    gone = lab.run("uninstall")

    assert 0 == gone.returncode, gone.stderr
    assert f"The hooks are out of {path}.\n" in gone.stdout
    assert '{"model": "opus"}\n' == path.read_text()
