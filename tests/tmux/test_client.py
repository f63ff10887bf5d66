"""The daemon is started, found, replaced and stopped, and a client says when it is not there."""

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from agent_status.daemon import control
from agent_status.daemon.control import LaunchError, Running, find_build, find_running, start, stop
from agent_status.daemon.run import run as run_daemon
from agent_status.errors import DaemonGoneError, RefusedError
from agent_status.paths import find_runtime
from agent_status.protocol.client import DaemonClient, find_socket
from agent_status.protocol.messages import DaemonFacts, Ping
from agent_status.system.locks import DaemonLock, is_held
from agent_status.tmux.client import TmuxGoneError
from tests.support.tmux_lab import DEADLINE_S, Lab, open_lab, wait_for


@pytest.fixture
def lab(monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    """
    A private tmux server whose daemon is stopped at the end.
    """
    with open_lab(monkeypatch.setenv) as lab:
        lab.start()
        yield lab
        stop(lab.inner)


class Echo:
    """A daemon that answers every connection with the same bytes and closes it."""

    def __init__(self, lab: Lab, answer: bytes) -> None:
        self._answer = answer
        self._door = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._door.bind(str(find_socket(lab.inner)))
        self._door.listen()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        connection, _ = self._door.accept()
        with connection:
            connection.recv(1000)
            connection.sendall(self._answer)

    def close(self) -> None:
        """End, and remove the socket."""
        self._thread.join()
        name = self._door.getsockname()
        self._door.close()
        Path(name).unlink()


def test_without_a_daemon_the_error_names_the_mend(lab: Lab) -> None:
    """
    Nobody listens, or what is there is no socket.
    """
    with pytest.raises(DaemonGoneError, match="agent-status daemon start"):
        DaemonClient.open(lab.inner)
    find_socket(lab.inner).write_text("")
    with pytest.raises(DaemonGoneError):
        DaemonClient.open(lab.inner)


def test_an_unsafe_folder_is_said(lab: Lab) -> None:
    """
    Where others may write, nothing is asked.
    """
    folder = find_runtime(lab.inner)
    folder.chmod(0o777)

    with pytest.raises(DaemonGoneError, match="chmod 700"):
        DaemonClient.open(lab.inner)
    folder.chmod(0o700)


@pytest.mark.parametrize("answer", [b"", b"torn", b"\xff\n", b"{torn\n"])
def test_a_torn_answer_is_a_daemon_that_went_away(lab: Lab, answer: bytes) -> None:
    """
    It ended in the middle of a line, or speaks another language.
    """
    echo = Echo(lab, answer)
    with pytest.raises(DaemonGoneError), DaemonClient.open(lab.inner) as client:
        client.ask(Ping())
    echo.close()


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b'{"ok":false,"error":"no pane"}\n', "no pane"),
        (b'{"ok":1}\n', "can't be read"),
        (b"[]\n", "can't be read"),
    ],
)
def test_a_refusal_has_the_daemon_s_words(lab: Lab, answer: bytes, words: str) -> None:
    """
    Also an answer that nobody understands.
    """
    echo = Echo(lab, answer)
    with pytest.raises(RefusedError, match=words), DaemonClient.open(lab.inner) as client:
        client.ask(Ping())
    echo.close()


def test_a_daemon_is_started_once_and_outlives_its_starter(lab: Lab) -> None:
    """
    It is no child of ours, in a session of its own, and has none of our files open.
    """
    assert "has started" in start(lab.inner)
    running = find_running(lab.inner)

    assert running
    assert running.is_current
    assert "runs already" in start(lab.inner)
    assert running.pid == lab.ask("ping")["pid"]
    assert os.getsid(running.pid) != os.getsid(0)
    assert not is_child(running.pid)


def is_child(pid: int) -> bool:
    """
    Whether we could wait for it.
    """
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return False
    return True


def test_a_stopped_daemon_leaves_nothing(lab: Lab) -> None:
    """
    Neither process, socket, lock nor folder; stopping again says that it does not run.
    """
    start(lab.inner)
    folder = find_runtime(lab.inner)

    assert "has ended" in stop(lab.inner)
    assert not is_held(folder)
    assert not folder.exists()
    assert "does not run" in stop(lab.inner)


def test_a_daemon_of_another_build_is_replaced(lab: Lab) -> None:
    """
    One that runs other files than ours makes room for a new one.
    """
    lie = "run.find_build = lambda: 'older'"
    code = f"import sys, agent_status.daemon.run as run; {lie}; sys.exit(run.run(sys.argv[1]))"
    old = subprocess.Popen([sys.executable, "-c", code, lab.inner], env=lab.inside)
    wait_for(lambda: find_running(lab.inner))

    assert "replaced" in start(lab.inner)
    assert 0 == old.wait(30)
    assert (found := find_running(lab.inner))
    assert found.is_current


def test_a_killed_daemon_is_started_again(lab: Lab) -> None:
    """
    What it left behind does not matter.
    """
    start(lab.inner)
    killed = find_running(lab.inner)
    assert killed
    os.kill(killed.pid, signal.SIGKILL)
    wait_for(lambda: not is_held(find_runtime(lab.inner)))

    assert "has started" in start(lab.inner)


def test_without_a_server_nothing_is_started(lab: Lab) -> None:
    """
    The error is tmux's own.
    """
    with pytest.raises(TmuxGoneError):
        start(str(lab.folder / "nobody"))


def test_builds_differ_by_what_they_run() -> None:
    """
    The same code has the same build; another answer is another daemon.
    """
    assert find_build() == find_build()
    assert not Running(DaemonFacts(build="other")).is_current
    assert 0 == Running(DaemonFacts()).pid


def test_the_commands_say_and_return_what_is(lab: Lab) -> None:
    """
    `daemon start`, `status` and `stop`, with their exit codes.
    """
    before = lab.run("daemon", "status")
    started = lab.run("daemon", "start")
    status = lab.run("daemon", "status")
    second = lab.run("daemon", "run")
    stopped = lab.run("daemon", "stop")

    assert (4, 0, 0, 1, 0) == tuple(
        done.returncode for done in (before, started, status, second, stopped)
    )
    assert "does not run" in before.stdout
    assert "has started" in started.stdout
    assert [f"socket    {lab.inner}", "panes     1", "agents    0"] == status.stdout.split("\n")[
        2:5
    ]
    assert "Another daemon" in second.stderr
    assert "has ended" in stopped.stdout
    assert "" == started.stderr + stopped.stderr


def test_next_starts_a_daemon_that_is_not_there(lab: Lab) -> None:
    """
    After a kill, a key press is enough.
    """
    done = lab.run("next")

    assert ("No agent needs you.\n", 0) == (done.stdout, done.returncode)
    assert find_running(lab.inner)


def test_the_commands_name_a_missing_server(lab: Lab) -> None:
    """
    Exit code 3.
    """
    done = lab.run("daemon", "start", TMUX=f"{lab.folder}/nobody,0,0")

    assert 3 == done.returncode
    assert "there is no tmux server" in done.stderr


def test_starts_at_once_leave_one_daemon_that_a_stop_ends(lab: Lab) -> None:
    """
    The others find it, and none waits to take over; nor does a start leave a stop in its way.
    """
    words = [sys.executable, "-m", "agent_status", "daemon"]
    starts = [subprocess.Popen([*words, "start"], env=lab.inside) for _ in range(5)]
    wait_for(lambda: find_running(lab.inner))

    stopped = lab.run("daemon", "stop")
    codes = [one.wait(DEADLINE_S) for one in starts]
    again = lab.run("daemon", "stop")

    assert [0] * 5 == codes
    assert (0, 0) == (stopped.returncode, again.returncode), stopped.stderr + again.stderr
    wait_for(lambda: not list_daemons(lab))
    assert not list(find_runtime(lab.inner).parent.rglob("lock"))


def list_daemons(lab: Lab) -> list[list[str]]:
    """
    The command lines of this server's daemons, whether they watch or wait.
    """
    lines = [process.info["cmdline"] or [] for process in psutil.process_iter(["cmdline"])]
    return [line for line in lines if lab.inner in line and "agent_status.daemon" in line]


def test_a_daemon_that_cannot_have_the_lock_ends_at_once(lab: Lab) -> None:
    """
    It does not wait for its chance: whoever starts daemons waits, one at a time.
    """
    before = os.umask(0o077)
    try:
        with DaemonLock(find_runtime(lab.inner)):
            assert 1 == run_daemon(lab.inner)
    finally:
        os.umask(before)


def test_a_daemon_that_just_leaves_is_waited_for(lab: Lab) -> None:
    """
    It answers no more but holds the lock; the next one starts as soon as it is gone.
    """
    lock = DaemonLock(find_runtime(lab.inner))
    lock.__enter__()
    threading.Timer(0.3, lock.__exit__, (None, None, None)).start()

    assert "has started" in start(lab.inner)


def test_a_daemon_that_was_starting_is_ended_too(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    One that a hook of tmux's has started takes the place of the one that a stop has ended.
    """
    first, later = lab.spawn_daemon(), []
    kill = os.kill

    def kill_and_start(pid: int, number: int) -> None:
        kill(pid, number)
        if pid == first.pid and number == signal.SIGTERM:
            first.wait(DEADLINE_S)
            later.append(lab.spawn_daemon())

    monkeypatch.setattr(os, "kill", kill_and_start)

    assert "The daemon has ended." == stop(lab.inner)
    assert 0 == later[0].wait(DEADLINE_S)
    assert not is_held(find_runtime(lab.inner))


def test_a_daemon_that_fails_is_told_at_once(lab: Lab) -> None:
    """
    Nobody waits for an answer that cannot come; the log is named.
    """
    find_socket(lab.inner).mkdir()

    with pytest.raises(LaunchError, match="ended at once; its log is"):
        start(lab.inner)
    find_socket(lab.inner).rmdir()


def test_a_daemon_that_does_not_come_up_is_ended(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A Python that hangs before it has left our session keeps nobody for longer than that.
    """
    hanging = lab.folder / "python"
    hanging.write_text("#!/bin/sh\nexec sleep 1000\n")
    hanging.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(hanging))
    monkeypatch.setattr(control, "START_S", 0.1)

    with pytest.raises(LaunchError, match=r"did not come up in .* s; its log is"):
        start(lab.inner)


def test_a_runtime_folder_that_is_open_to_others_is_said(lab: Lab) -> None:
    """
    No daemon can run there: `next` says so, with the code for that, and how to mend it.
    """
    folder = find_runtime(lab.inner).parent
    folder.chmod(0o755)

    for act in (start, stop):
        with pytest.raises(LaunchError, match="of yours alone: remove it, or chmod 700 it"):
            act(lab.inner)
    done = lab.run("next")
    folder.chmod(0o700)

    assert (4, "") == (done.returncode, done.stdout)
    assert "chmod 700 it\n" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_daemon_runs_our_code_whatever_the_user_s_environment_says(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    A PYTHONPATH that a pane or tmux itself was started with puts nothing in its place.
    """
    (lab.folder / "pyte.py").write_text("raise SystemExit('trapped')")
    monkeypatch.setenv("PYTHONPATH", str(lab.folder))

    assert "has started" in start(lab.inner)


def test_an_environment_that_was_built_anew_is_another_build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Its path is a link that stays the same; what it leads to is not.
    """
    link = tmp_path / "current"
    monkeypatch.setattr(sys, "prefix", str(link))
    builds = set()
    for name in ("old", "new"):
        link.unlink(missing_ok=True)
        link.symlink_to(name)
        builds.add(find_build())

    assert 2 == len(builds)
