"""Recordings made of and shown in real panes."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent_status.terminal.asciicast import Event, open_recording
from tests.support.places import RECORDINGS
from tests.support.tmux_lab import DEADLINE_S, Lab, open_lab, wait_for

FOLDER = RECORDINGS
TALKER = "stty -echo; while read -r line; do printf '%s\\n' \"$line\"; done"
"""A pane that says what it is told."""


@pytest.fixture
def lab(monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    """
    A private world.
    """
    with open_lab(monkeypatch.setenv) as lab:
        yield lab


HEED = """\
import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
signal.signal(signal.SIGHUP, signal.SIG_DFL)
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""
"""
Runs Python so that it ends by signals which whoever runs the tests may ignore.
"""


def spawn_record(lab: Lab, path: Path, **more: str) -> subprocess.Popen[bytes]:
    """Start to record the first pane of the inner server."""
    words = [sys.executable, "-c", HEED, "-m", "agent_status", "record", "%0", str(path)]
    return subprocess.Popen(words, env=lab.inside | more, stderr=subprocess.PIPE)


def read_output(path: Path) -> str:
    """Return all output in a recording, as far as it is written."""
    if not path.exists() or not path.read_text("utf-8"):
        return ""
    return "".join(one.data for one in open_recording(path).read_events() if one.code == "o")


def test_a_pane_is_recorded_until_it_is_gone(lab: Lab, tmp_path: Path) -> None:
    """
    The screen at the start, the bytes, the sizes and the processes are in the file.
    """
    lab.start(f"printf 'before\\n'; {TALKER}")
    wait_for(lambda: "before" in lab.tmux("capture-pane", "-p", "-t", "%0"))
    path = tmp_path / "x.cast"
    process = spawn_record(lab, path)
    wait_for(lambda: "before" in read_output(path))
    wait_for(lambda: lab.tmux("display-message", "-p", "-t", "%0", "#{pane_pipe}") == "1\n")
    lab.tmux("send-keys", "-t", "%0", "grün und gut", "Enter")
    wait_for(lambda: "grün und gut" in read_output(path))
    lab.tmux("resize-window", "-t", "work", "-x", "70", "-y", "15")
    wait_for(lambda: any(one.code == "r" for one in open_recording(path).read_events()))
    lab.tmux("kill-server")
    _, errors = process.communicate(timeout=DEADLINE_S)

    events = list(open_recording(path).read_events())
    assert 0 == process.returncode, errors
    assert 0o600 == path.stat().st_mode & 0o777
    assert "70x15" == next(one.data for one in events if one.code == "r")
    assert any(one.code == "p" and '"pid"' in one.data for one in events)
    assert Event(0.0, "o", events[0].data) == events[0]


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP", "SIGINT"])
def test_a_recording_that_is_ended_leaves_no_pipe(name: str, lab: Lab, tmp_path: Path) -> None:
    """
    Nor a process or a file beside the recording, which is kept.
    """
    lab.start(f"printf 'before\\n'; {TALKER}")
    wait_for(lambda: "before" in lab.tmux("capture-pane", "-p", "-t", "%0"))
    path, scratch = tmp_path / "x.cast", tmp_path / "scratch"
    scratch.mkdir()
    process = spawn_record(lab, path, TMPDIR=str(scratch))
    wait_for(lambda: "before" in read_output(path))

    process.send_signal(getattr(signal, name))
    _, errors = process.communicate(timeout=DEADLINE_S)

    assert (0, b"ended") == (process.returncode, errors.splitlines()[-1])
    assert "0\n" == lab.tmux("display-message", "-p", "-t", "%0", "#{pane_pipe}")
    assert [] == list(scratch.iterdir())
    assert "before" in read_output(path)


def test_a_recording_that_is_ended_before_it_begins_leaves_no_pipe(
    lab: Lab, tmp_path: Path
) -> None:
    """
    As soon as tmux has opened it.
    """
    lab.start(TALKER)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    process = spawn_record(lab, tmp_path / "x.cast", TMPDIR=str(scratch))
    tell = ("display-message", "-p", "-t", "%0", "#{pane_pipe}")
    wait_for(lambda: lab.tmux(*tell) == "1\n")

    process.send_signal(signal.SIGTERM)

    process.communicate(timeout=DEADLINE_S)
    assert "0\n" == lab.tmux(*tell)
    assert [] == list(scratch.iterdir())


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
def test_play_that_is_ended_names_no_agent_any_more(name: str, lab: Lab) -> None:
    """
    The pane's option goes with it.
    """
    path = FOLDER / "claude" / "exit_and_back-100x30.cast.gz"
    lab.start(width=100, height=30)
    environment = lab.inside | {"TMUX_PANE": "%0"}
    words = [sys.executable, "-c", HEED, "-m", "agent_status", "play", "--loop", str(path)]
    tell = ("display-message", "-p", "-t", "%0", "#{@agent-status-agent}")
    process = subprocess.Popen(words, env=environment, stdout=subprocess.PIPE)
    wait_for(lambda: lab.tmux(*tell) == "claude\n")

    process.send_signal(getattr(signal, name))

    process.communicate(timeout=DEADLINE_S)
    assert "\n" == lab.tmux(*tell)
    assert 0 == process.returncode


def test_the_users_own_pipe_is_left_alone(lab: Lab, tmp_path: Path) -> None:
    """
    A pane has one pipe; whoever took it first keeps it.
    """
    lab.start(TALKER)
    kept = tmp_path / "kept"
    lab.tmux("pipe-pane", "-O", "-t", "%0", f"cat > {kept}")

    done = lab.run("record", "%0", str(tmp_path / "x.cast"))

    assert 1 == done.returncode
    assert "%0 is piped already" in done.stderr
    assert not (tmp_path / "x.cast").exists()
    lab.tmux("send-keys", "-t", "%0", "mine", "Enter")
    wait_for(lambda: kept.exists() and "mine" in kept.read_text("utf-8"))


def test_a_pipe_that_the_user_takes_meanwhile_is_left_alone(lab: Lab, tmp_path: Path) -> None:
    """
    The recording ends and says so, what it has is kept, and the user's pipe goes on.
    """
    lab.start(f"printf 'before\\n'; {TALKER}")
    wait_for(lambda: "before" in lab.tmux("capture-pane", "-p", "-t", "%0"))
    path, kept = tmp_path / "x.cast", tmp_path / "kept"
    process = spawn_record(lab, path)
    wait_for(lambda: "before" in read_output(path))
    lab.tmux("send-keys", "-t", "%0", "ours", "Enter")
    wait_for(lambda: "ours" in read_output(path))

    lab.tmux("pipe-pane", "-O", "-t", "%0", f"cat > {kept}")
    _, errors = process.communicate(timeout=DEADLINE_S)

    assert 1 == process.returncode
    assert b"%0 is piped elsewhere by now" in errors
    assert "ours" in read_output(path)
    lab.tmux("send-keys", "-t", "%0", "mine", "Enter")
    wait_for(lambda: kept.exists() and "mine" in kept.read_text("utf-8"))


def test_a_pane_that_is_not_there_ends_with_one(lab: Lab, tmp_path: Path) -> None:
    """
    The message names the pane.
    """
    lab.start(TALKER)

    done = lab.run("record", "%77", str(tmp_path / "x.cast"))

    assert 1 == done.returncode
    assert "%77" in done.stderr


def test_a_played_recording_shows_its_screens_and_names_its_agent(lab: Lab) -> None:
    """
    The pane looks as if the agent ran there, and says so for as long as it does.
    """
    path = FOLDER / "claude" / "exit_and_back-100x30.cast.gz"
    lab.start(f"{sys.executable} -m agent_status play {path}", width=100, height=30)

    def shows(hint: str, words: str) -> bool:
        tell = ("display-message", "-p", "-t", "%0", "[#{@agent-status-agent}]")
        told = lab.tmux(*tell, ";", "capture-pane", "-p", "-t", "%0")
        return told.startswith(f"[{hint}]") and words in told

    wait_for(lambda: shows("", "dev@devbox"))
    wait_for(lambda: shows("claude", "? for shortcuts"))


def test_play_gives_the_terminal_back(lab: Lab, tmp_path: Path) -> None:
    """
    What a recording left switched on is off again, and the shell goes on.
    """
    path = tmp_path / "x.cast"
    modes = "\\u001b[?1049h\\u001b[?1002h\\u001b[?25lhidden"
    path.write_text(
        f'{{"version": 2, "width": 80, "height": 12}}\n[0.1, "o", "{modes}"]\n', "utf-8"
    )
    lab.start(f"printf 'above\\n'; {sys.executable} -m agent_status play {path}; printf below; cat")

    wait_for(lambda: "below" in lab.tmux("capture-pane", "-p", "-t", "%0"))

    flags = "#{alternate_on} #{mouse_any_flag} #{cursor_flag}"
    assert "0 0 1\n" == lab.tmux("display-message", "-p", "-t", "%0", flags)
    assert "above" in lab.tmux("capture-pane", "-p", "-t", "%0")
