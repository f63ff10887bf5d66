"""The daemon shows what it sees, writes only what differs, and leaves nothing behind."""

import contextlib
import errno
import fcntl
import json
import logging
import os
import signal
import socket
import subprocess
import threading
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_status.agents.registry import NO_AGENTS
from agent_status.daemon.panes import TrackedPanes
from agent_status.daemon.server import MAX_CLIENTS, Server
from agent_status.errors import RefusedError
from agent_status.features.badges.feature import OptionKey, OptionWriter, clear_options
from agent_status.features.base import Feature, Op
from agent_status.features.triage.feature import TriageFeature
from agent_status.model import Capture, Pane, PaneId
from agent_status.paths import make_private
from agent_status.protocol.client import DaemonClient, find_socket
from agent_status.protocol.messages import (
    REQUESTS,
    BadRequestError,
    ReadHistory,
    ReadReview,
    Request,
    parse_request,
)
from agent_status.system.checkout import read_branch
from agent_status.system.locks import DaemonLock, HeldError, is_held
from agent_status.system.log import close_log, open_log
from agent_status.tmux.client import Tmux
from agent_status.tmux.query import Tick
from tests.support.tmux_lab import DEADLINE_S, Lab, RecordingTmux, run_daemon, wait_for
from tests.support.word_tracker import WordTracker

SHOW_ALL = "#{@agent-status-pane}|#{@agent-status-window}|#{@agent-status-session}"
ASKING = b'{"v":1,"op":"ping"}\n'


def hint(lab: Lab, pane: str = "%0", kind: str = "word") -> None:
    """
    Name the agent of a pane by hand.
    """
    lab.tmux("set-option", "-p", "-t", pane, "@agent-status-agent", kind)


def say(lab: Lab, line: str, pane: str = "%0") -> None:
    """
    Let a line stand last on the pane.
    """
    lab.tmux("send-keys", "-t", pane, "-l", line + "\n")


def knock(path: Path) -> socket.socket:
    """
    Connect to a daemon's socket without our client's manners.
    """
    end = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    end.settimeout(DEADLINE_S)
    end.connect(str(path))
    return end


def read_summary(lab: Lab) -> str:
    """
    What the status line would show.
    """
    return lab.tmux("show-options", "-gqv", "@agent-status-summary").rstrip("\n")


def read_badge(lab: Lab, name: str, pane: str = "%0") -> str:
    """
    What one of the options of a pane, its window or its session holds.
    """
    return lab.tmux("display-message", "-p", "-t", pane, f"#{{@agent-status-{name}}}").rstrip("\n")


def test_a_pane_that_asks_is_shown_everywhere(lab: Lab) -> None:
    """
    Pane, window, session and summary tell the same.
    """
    hint(lab)
    with run_daemon(lab, WordTracker):
        say(lab, "approval rm -rf build/")
        wait_for(lambda: "approval" in read_badge(lab, "pane"))

        assert "#[fg=colour203,bg=black]▲ word approval#[default]" == read_badge(lab, "pane")
        assert " #[fg=colour203,bg=black]▲#[default]" == read_badge(lab, "window")
        assert " #[fg=colour203,bg=black]▲#[default]" == read_badge(lab, "session")
        assert "main: rm -rf build/" in read_summary(lab)


def test_the_status_line_draws_the_badge(lab: Lab) -> None:
    """
    A client sees the shape behind the window's name.
    """
    hint(lab)
    lab.tmux("rename-window", "-t", "%0", "agents")
    lab.tmux("set-option", "-g", "window-status-current-format", "#W#{@agent-status-window}")
    lab.attach()
    with run_daemon(lab, WordTracker):
        say(lab, "question which database?")

        wait_for(lambda: "agents ?" in lab.drawn().rstrip("\n").split("\n")[-1])


def test_a_program_is_found_by_its_process(lab: Lab) -> None:
    """
    An agent is known by the tree below its pane, without any hint.
    """
    program = lab.folder / "agent"
    program.write_text("#!/bin/sh\necho working hard\nread line\n")
    program.chmod(0o700)
    with run_daemon(lab, WordTracker):
        lab.tmux("new-window", "-t", "work", str(program))

        wait_for(lambda: "▸ word working" in read_badge(lab, "pane", "work:1"))
        lab.tmux("send-keys", "-t", "work:1", "Enter")
        wait_for(lambda: read_summary(lab) == "")


def test_a_server_in_anothers_place_begins_anew(lab: Lab) -> None:
    """
    Between two ticks, with panes of the same ids: nothing of the old one is believed or left out,
    and no wish of the user's for an old pane passes to a new one.
    """
    hint(lab)
    say(lab, "approval rm -rf build/")
    with run_daemon(lab, WordTracker, (TriageFeature(Tmux(lab.inner)),)) as tmux:
        wait_for(lambda: "approval" in read_badge(lab, "pane"))
        assert lab.ask("triage", pane="%0", mute=True)["muted"]
        with tmux.gate:
            lab.stop()
            lab.start()

        wait_for(lambda: lab.ask("list")["agents"] == [])
        hint(lab)
        say(lab, "approval rm -rf build/")
        wait_for(lambda: "approval" in read_badge(lab, "pane"))
        assert not lab.ask("list")["agents"][0]["care"]["muted"]


def test_nothing_is_written_while_nothing_changes(lab: Lab) -> None:
    """
    Many ticks over a calm agent set no option, not even to the same text.
    """
    hint(lab)
    say(lab, "idle")
    wait_for(lambda: lab.tmux("capture-pane", "-p", "-t", "%0").count("idle") == 2)
    with run_daemon(lab, WordTracker) as tmux:
        wait_for(lambda: "idle" in read_badge(lab, "pane"))
        wait_for(lambda: tmux.scripts and "set-option" not in tmux.scripts[-1])
        written, ticks = len(tmux.writes), len(tmux.scripts)
        wait_for(lambda: len(tmux.scripts) >= ticks + 8)

        assert written == len(tmux.writes)
        looks = [script.splitlines() for script in tmux.scripts[ticks:]]
        lines = [[line for line in look if "if-shell" not in line] for look in looks]
        assert min(map(len, lines)) <= 3
        beats = [look for look in looks if any("set-environment" in line for line in look)]
        assert len(beats) <= 1 + len(looks) // 4


def test_a_spinner_is_seen_and_not_written(lab: Lab) -> None:
    """
    Output that means the same leaves the options alone.
    """
    hint(lab)
    say(lab, "working")
    with run_daemon(lab, WordTracker) as tmux:
        wait_for(lambda: "working" in read_badge(lab, "pane"))
        written, ticks = len(tmux.writes), len(tmux.scripts)
        for _ in range(5):
            say(lab, "working")
        wait_for(lambda: len(tmux.scripts) >= ticks + 6)

        assert written == len(tmux.writes)


def test_a_closed_pane_is_forgotten(lab: Lab) -> None:
    """
    The others stay as they were.
    """
    lab.tmux("split-window", "-t", "work", "exec cat")
    for pane in ("%0", "%1"):
        hint(lab, pane)
        say(lab, "approval x", pane)
    with run_daemon(lab, WordTracker):
        wait_for(lambda: "▲+1" in read_badge(lab, "window"))
        lab.tmux("kill-pane", "-t", "%1")

        wait_for(lambda: read_badge(lab, "window") == " #[fg=colour203,bg=black]▲#[default]")


def test_a_pane_that_breaks_its_watch_is_unknown_and_alone(lab: Lab) -> None:
    """
    One failing pane spoils no other, and works again when its cause is gone.
    """
    lab.tmux("split-window", "-t", "work", "exec cat")
    for pane in ("%0", "%1"):
        hint(lab, pane)
        say(lab, "working", pane)
    with run_daemon(lab, WordTracker):
        for pane in ("%0", "%1"):
            wait_for(lambda pane=pane: "working" in read_badge(lab, "pane", pane))  # type: ignore[misc]
        say(lab, "boom", "%0")
        wait_for(lambda: "unknown" in read_badge(lab, "pane"))
        say(lab, "question still here?", "%1")
        wait_for(lambda: "question" in read_badge(lab, "pane", "%1"))
        say(lab, "idle", "%0")

        wait_for(lambda: "idle" in read_badge(lab, "pane"))


def test_hostile_text_is_shown_and_never_run(lab: Lab) -> None:
    """
    Formats, escapes and right-to-left controls of a pane arrive as plain text.
    """
    hint(lab)
    lab.tmux("set-option", "-g", "status-right-length", "90")
    lab.tmux("set-option", "-g", "status-right", "<#{@agent-status-summary}>")
    lab.attach(width=120)
    with run_daemon(lab, WordTracker):
        say(lab, f"approval #[bg=red]#(touch {lab.folder}/gone)'; kill-server \u202e👩‍👩‍👧 שלום")

        wait_for(lambda: "main: #[bg=red]#(touch" in lab.drawn())
        assert not (lab.folder / "gone").exists()


def test_options_act_without_a_restart(lab: Lab) -> None:
    """
    New icons are drawn soon, and a wrong value is a problem that `ping` tells.
    """
    hint(lab)
    say(lab, "approval x")
    with run_daemon(lab, WordTracker):
        wait_for(lambda: "▲" in read_badge(lab, "window"))
        lab.tmux("set-option", "-g", "@agent-status-icons", "ascii")
        wait_for(lambda: "^#[" in read_badge(lab, "window"))
        lab.tmux("set-option", "-g", "@agent-status-icons", "#(date)")

        wait_for(lambda: "▲#[" in read_badge(lab, "window"))
        assert "'#(date)' is not `unicode`" in lab.ask("ping")["problems"][0]


def test_a_daemon_that_was_killed_is_replaced_at_once(lab: Lab) -> None:
    """
    Neither its lock nor its socket stands in the way, and its badges are taken over.
    """
    hint(lab, kind="claude")
    first = lab.spawn_daemon()
    wait_for(lambda: read_summary(lab))
    first.kill()
    first.wait()

    assert read_summary(lab)
    second = lab.spawn_daemon()
    wait_for(lambda: lab.ask("ping"))
    lab.tmux("set-option", "-pu", "-t", "%0", "@agent-status-agent")
    wait_for(lambda: not read_summary(lab))
    assert second.pid == lab.ask("ping")["pid"]


def test_there_is_one_daemon_a_server(lab: Lab) -> None:
    """
    A second one ends with a code of its own, and does not disturb the first.
    """
    first = lab.spawn_daemon()
    second = lab.spawn_daemon()

    assert 1 == second.wait(30)
    assert first.pid == lab.ask("ping")["pid"]


def test_the_end_of_the_server_ends_the_daemon(lab: Lab) -> None:
    """
    It leaves no process, socket or lock.
    """
    daemon = lab.spawn_daemon()
    lab.tmux("kill-server")

    assert 0 == daemon.wait(30)
    assert not [path for path in (lab.folder / "run").rglob("*") if not path.is_dir()]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_daemon_and_its_badges(lab: Lab, number: signal.Signals) -> None:
    """
    Every option of ours is unset again, whatever its scope.
    """
    hint(lab, kind="claude")
    daemon = lab.spawn_daemon()
    wait_for(lambda: read_summary(lab))
    daemon.send_signal(number)

    assert 0 == daemon.wait(30)
    assert "||" == lab.tmux("display-message", "-p", "-t", "%0", SHOW_ALL).rstrip("\n")
    assert not read_summary(lab)
    assert b"" == (daemon.stderr.read() if daemon.stderr else b"")


def test_another_server_at_the_same_socket_is_watched_anew(lab: Lab) -> None:
    """
    A server that was restarted quicker than we looked has its badges too.
    """
    hint(lab)
    with run_daemon(lab, WordTracker) as tmux:
        wait_for(lambda: read_summary(lab))
        with tmux.gate:
            lab.stop()
            lab.start()
        hint(lab)
        say(lab, "plan ready")

        wait_for(lambda: "plan" in read_badge(lab, "pane"))


def test_a_stopped_tmux_is_waited_for(lab: Lab) -> None:
    """
    The daemon still answers, starts no further clients meanwhile, and goes on afterwards.
    """
    hint(lab)
    pid = int(lab.tmux("display-message", "-p", "#{pid}"))
    with run_daemon(lab, WordTracker) as tmux:
        wait_for(lambda: read_summary(lab))
        os.kill(pid, signal.SIGSTOP)
        try:
            wait_for(lambda: (lab.ask("ping") or {}).get("tick_s", 0) >= 2)
            assert len(tmux.scripts) < 60
        finally:
            os.kill(pid, signal.SIGCONT)
        say(lab, "plan ready")

        wait_for(lambda: "plan" in read_badge(lab, "pane"))


def test_a_tmux_that_cannot_be_run_is_waited_for(lab: Lab) -> None:
    """
    As during its upgrade; without a server to wait for, the daemon ends.
    """
    hint(lab)
    with run_daemon(lab, WordTracker) as tmux:
        wait_for(lambda: read_summary(lab))
        tmux.program = "no-such-tmux"
        wait_for(lambda: (lab.ask("ping") or {}).get("tick_s", 0) >= 2)
        tmux.program = "tmux"
        say(lab, "plan ready")

        wait_for(lambda: "plan" in read_badge(lab, "pane"))
        tmux.program = "no-such-tmux"
        lab.stop()
        wait_for(lambda: not lab.ask("ping"))


@pytest.mark.parametrize("lack", [OSError(errno.EMFILE, "no files"), MemoryError()])
def test_a_lack_of_files_or_memory_is_waited_for(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, lack: Exception
) -> None:
    """
    The daemon still answers, and goes on once there is enough again.
    """

    def fail() -> list[int]:
        raise lack

    hint(lab)
    with run_daemon(lab, WordTracker):
        wait_for(lambda: read_summary(lab))
        with monkeypatch.context() as poor:
            poor.setattr(psutil, "pids", fail)
            wait_for(lambda: (lab.ask("ping") or {}).get("tick_s", 0) >= 2)
        say(lab, "plan ready")

        wait_for(lambda: "plan" in read_badge(lab, "pane"))


def test_the_report_is_ranked(lab: Lab) -> None:
    """
    `list` tells who needs you first, and where.
    """
    lab.tmux("new-window", "-t", "work", "exec cat")
    hint(lab, "%0")
    hint(lab, "%1", "other")
    say(lab, "working", "%0")
    say(lab, "approval rm -rf build/", "%1")
    with run_daemon(lab, WordTracker):
        wait_for(lambda: "▲" in read_badge(lab, "session"))
        wait_for(lambda: "working" in read_badge(lab, "pane"))
        agents = lab.ask("list")["agents"]

        assert [("work:1.0", "other"), ("work:0.0", "word")] == [
            (agent["place"], agent["agent"]) for agent in agents
        ]
        assert agents[0]["needs_you"]


def wait_for_work(lab: Lab) -> None:
    """
    Wait until the daemon knows all that there is to tell of a pane that works.
    """
    wait_for(lambda: "working" in read_badge(lab, "pane"))
    branch = read_branch(lab.tmux("display-message", "-p", "#{pane_current_path}").strip())
    wait_for(lambda: lab.ask("list")["agents"][0]["branch"] == branch)


def test_a_watcher_hears_of_changes_only(lab: Lab) -> None:
    """
    The report comes at once, and again when a state changes.
    """
    hint(lab)
    say(lab, "working")
    with run_daemon(lab, WordTracker) as tmux:
        wait_for_work(lab)
        with DaemonClient.open(lab.inner) as client:
            reports = client.watch()
            first = next(reports)
            ticks = len(tmux.scripts)
            wait_for(lambda: len(tmux.scripts) > ticks + 4)
            say(lab, "finished")
            second = next(reports)

        assert "working" == first.agents[0].state
        assert "finished" == second.agents[0].state


@pytest.mark.parametrize("query", ["list", "explain", "watch"])
def test_a_query_takes_no_news_from_who_watches(lab: Lab, query: str) -> None:
    """
    Whatever a look for one client finds, and whoever asks then, all that watch are told.
    """
    hint(lab)
    say(lab, "working")
    with run_daemon(lab, WordTracker), DaemonClient.open(lab.inner) as watcher:
        wait_for_work(lab)
        reports = watcher.watch()
        next(reports)
        for said in ("finished", "working"):
            say(lab, said)
            wait_for(lambda said=said: lab.ask("inspect", pane="%0")["agent"]["state"] == said)  # type: ignore[misc]
            lab.ask(query, pane="%0")

            assert said == next(reports).agents[0].state


def test_who_comes_to_watch_hears_of_the_way_back(lab: Lab) -> None:
    """
    What nobody watched is no longer taken for what was told last.
    """
    hint(lab)
    say(lab, "working")
    with run_daemon(lab, WordTracker):
        wait_for_work(lab)
        with DaemonClient.open(lab.inner) as early:
            next(early.watch())
        say(lab, "finished")
        wait_for(lambda: lab.ask("list")["agents"][0]["state"] == "finished")
        with DaemonClient.open(lab.inner) as late:
            reports = late.watch()
            states = [next(reports).agents[0].state]
            say(lab, "working")
            states.append(next(reports).agents[0].state)

    assert ["finished", "working"] == states


def test_what_was_seen_is_acknowledged(lab: Lab) -> None:
    """
    `seen` is the user's word for it, and acts at once.
    """
    hint(lab)
    say(lab, "finished")
    with run_daemon(lab, WordTracker):
        wait_for(lambda: "finished" in read_badge(lab, "pane"))
        lab.ask("acknowledge", pane="%0")

        wait_for(lambda: "idle" in read_badge(lab, "pane"))


def test_the_screen_of_an_agent_is_told(lab: Lab) -> None:
    """
    Rows as text and styles; of a pane without an agent there is none.
    """
    lab.tmux("new-window", "-t", "work", "exec cat")
    hint(lab)
    say(lab, "approval x")
    with run_daemon(lab, WordTracker):
        wait_for(lambda: "approval" in read_badge(lab, "pane"))
        screen = lab.ask("screen", pane="%0")

        assert ["approval x", []] in screen["rows"]
        assert (80, 12, 12) == (screen["width"], screen["height"], len(screen["rows"]))
        for pane in ("%1", "%99", None, 7):
            with pytest.raises(RefusedError):
                lab.ask("screen", pane=pane)
        assert "%0 work:0.0: Word" in lab.ask("explain", pane="%0")["text"]


@pytest.mark.parametrize(
    "line",
    [
        b"not json",
        b"[]",
        b'{"op":"ping"}',
        b'{"v":1,"op":"dance"}',
        b'{"v":1}',
        b"\xff\xfe",
        b"[" * 60000,
        b'{"v":1,"op":"ping","x":"' + b"x" * 70000 + b'"}',
    ],
)
def test_a_bad_request_is_told_and_ends_the_connection(lab: Lab, line: bytes) -> None:
    """
    Others are served as before.
    """
    with run_daemon(lab, WordTracker):
        wait_for(lambda: lab.ask("ping"))
        with knock(find_socket(lab.inner)) as end, end.makefile("rb") as answers:
            end.sendall(line + b"\n")
            answer = json.loads(answers.readline())
            assert b"" == answers.readline()

        assert answer["ok"] is False
        assert answer["error"]
        assert lab.ask("ping")


def test_a_request_without_an_end_is_refused(lab: Lab) -> None:
    """
    Nobody fills our memory.
    """
    with run_daemon(lab, WordTracker):
        wait_for(lambda: lab.ask("ping"))
        with knock(find_socket(lab.inner)) as end, end.makefile("rb") as answers:
            end.sendall(b"x" * 70000)

            assert b"at most" in answers.readline()


def test_a_slow_reader_is_dropped_and_holds_up_nobody(tmp_path: Path) -> None:
    """
    A client that never reads loses its connection when too much waits for it.
    """
    server = Server(tmp_path / "s", lambda *_: {})
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as slow:
        slow.connect(str(tmp_path / "s"))
        slow.sendall(b'{"v":1,"op":"watch"}\n')
        wait_for(lambda: server.serve(0.0) and server.is_watched)
        for _ in range(12):
            server.publish("x" * 1_000_000)

        assert not server.is_watched
    server.close()
    server.close()
    assert not (tmp_path / "s").exists()


def test_many_that_never_end_their_line_lock_nobody_out(tmp_path: Path) -> None:
    """
    In a full house the one goes that came first and never asked; who has asked stays.
    """
    server = Server(tmp_path / "s", lambda *_: {})
    with contextlib.ExitStack() as stack:
        first, *others = (stack.enter_context(knock(tmp_path / "s")) for _ in range(MAX_CLIENTS))
        first.sendall(ASKING)
        others[0].sendall(ASKING[:5])
        server.serve(0.0)
        for _ in others:
            server.serve(0.0)
        late = stack.enter_context(knock(tmp_path / "s"))
        late.sendall(ASKING)

        read_answers(server, late, 1)
        read_answers(server, first, 1)
        assert b"" == others[0].recv(1)
    server.close()


def test_a_client_that_asks_without_end_gets_its_share(tmp_path: Path) -> None:
    """
    Who asks after it is answered before all of its requests are; in the end each of them is.
    """
    heard: list[str] = []
    server = Server(tmp_path / "s", lambda request, _: heard.append(request.op))
    with knock(tmp_path / "s") as greedy, knock(tmp_path / "s") as modest:
        greedy.sendall(b'{"v":1,"op":"list"}\n' * 1000)
        modest.sendall(b'{"v":1,"op":"ping"}\n')
        for _ in range(4):
            server.serve(0.0)

        assert heard.count("list") < 100
        assert 1 == heard.count("ping")
        read_answers(server, greedy, 1000)
    assert (1000, 1) == (heard.count("list"), heard.count("ping"))
    server.close()


def read_answers(server: Server, line: socket.socket, count: int) -> None:
    """
    Read until so many answers came, while the server goes on.
    """
    line.settimeout(0)
    while count > 0:
        server.serve(0.0)
        with contextlib.suppress(BlockingIOError):
            count -= line.recv(1 << 20).count(b"\n")


def test_who_does_not_read_is_answered_no_further(tmp_path: Path) -> None:
    """
    What it asked waits until it reads; then it is answered in the order in which it asked.
    """
    heard: list[Request[Any]] = []
    server = Server(tmp_path / "s", lambda request, _: heard.append(request) or "x" * 9_000)  # type: ignore[func-returns-value]
    with knock(tmp_path / "s") as idle:
        idle.sendall(b"".join(b'{"v":1,"op":"history","after":%d}\n' % n for n in range(500)))
        for _ in range(500):
            server.serve(0.0)
        before = len(heard)
        read_answers(server, idle, 500)

    assert before < 100
    assert [ReadHistory(after=number) for number in range(500)] == heard
    server.close()


def test_the_socket_is_private(tmp_path: Path) -> None:
    """
    Nobody else may connect.
    """
    server = Server(tmp_path / "s", lambda *_: {})

    assert 0o600 == (tmp_path / "s").stat().st_mode & 0o777
    server.close()


@given(st.binary())
def test_any_line_is_a_request_or_refused(line: bytes) -> None:
    """
    Nothing else happens.
    """
    with contextlib.suppress(BadRequestError, RefusedError):
        assert parse_request(line).op in REQUESTS


def test_the_lock_is_one_and_leaves_nothing(tmp_path: Path) -> None:
    """
    It is taken once, given back at the end, and its folder goes with it.
    """
    folder = tmp_path / "run"
    with DaemonLock(folder):
        assert is_held(folder)
        with pytest.raises(HeldError), DaemonLock(folder):
            pass

    assert not folder.exists()
    assert not is_held(folder)
    with DaemonLock(folder):
        assert is_held(folder)


def test_who_only_looks_for_the_lock_keeps_nobody_from_it(tmp_path: Path) -> None:
    """
    Looking shares it for a moment, and whoever wants to hold it waits for that moment.
    """
    folder = tmp_path / "run"
    make_private(folder)
    look = os.open(folder / "lock", os.O_RDWR | os.O_CREAT)
    fcntl.flock(look, fcntl.LOCK_SH)
    threading.Timer(0.3, os.close, (look,)).start()

    with DaemonLock(folder):
        assert is_held(folder)


def test_a_lock_of_another_disk_is_another_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Files of two disks may have one number, as in a runtime folder that was mounted anew.
    """
    find = os.fstat

    def find_elsewhere(handle: int) -> os.stat_result:
        mode, number, device, *rest = find(handle)
        return os.stat_result((mode, number, device + 1, *rest))

    with DaemonLock(tmp_path / "run") as lock:
        lock.renew()
        with monkeypatch.context() as patch:
            patch.setattr(os, "fstat", find_elsewhere)
            with pytest.raises(HeldError):
                lock.renew()


def test_a_board_takes_over_what_is_there(lab: Lab) -> None:
    """
    What a daemon left that was killed is kept where it is true, and unset where it is not.
    """
    tmux = RecordingTmux(lab.inner)
    kept = {OptionKey("-g", "", "@agent-status-summary"): "▲1"}
    OptionWriter(tmux).write(kept | {OptionKey("-w", "@0", "@agent-status-window"): " ▲'#"})

    assert " ▲'#" == read_badge(lab, "window")
    assert 1 == OptionWriter(tmux).write(kept)
    assert "" == read_badge(lab, "window")
    clear_options(tmux)
    assert "" == read_summary(lab)


def test_a_board_never_minds_a_pane_that_is_gone(lab: Lab) -> None:
    """
    The other options of the same invocation are written.
    """
    board = OptionWriter(RecordingTmux(lab.inner))
    gone = {OptionKey("-p", "%77", "@agent-status-pane"): "x"}

    board.write(gone | {OptionKey("-p", "%0", "@agent-status-pane"): "y"})

    assert "y" == read_badge(lab, "pane")
    clear_options(RecordingTmux(str(lab.folder / "nobody")))


def test_a_time_of_day_that_is_set_lets_every_pane_be_captured_again() -> None:
    """
    The second of an old stamp may come again; as long as time only passes, stamps are believed.
    """
    watches = TrackedPanes(WordTracker, NO_AGENTS, logging.getLogger("lab"))
    pane = Pane(PaneId("%0"), width=4, height=1)
    capture = Capture(4, 1, ("busy",))
    tick = Tick((pane,), {pane.id: capture}, {pane.id: "5000"}, {pane.id: "claude"}, whole=True)
    watches.advance(tick, 10.0, 5010.0)
    calm = Tick((pane,), stamps=tick.stamps, hints=tick.hints, whole=True)

    stale = []
    for now, looked_at in ((20.0, 5020.3), (21.0, 4021.0), (22.0, 5022.0)):
        watches.advance(calm, now, looked_at)
        stale.append(any(watches.list_stale(now)))
        watches.advance(tick, now, looked_at)

    assert [False, True, True] == stale


def test_processes_are_looked_at_now_and_then() -> None:
    """
    Not at every tick, but at once when a pane runs another program.
    """
    log = logging.getLogger("lab")
    watches = TrackedPanes(WordTracker, NO_AGENTS, log)
    pane = Pane(PaneId("%0"), pid=os.getpid(), command="sh")
    watches.advance(Tick((pane,), whole=True), 0.0, 0.0)
    watched = watches.find("%0")
    assert watched
    words = ["sh", "-c", "read line; exit"]
    with subprocess.Popen(words, stdin=subprocess.PIPE) as process:
        pids = [
            process.pid in {one.pid for one in watched.tree}
            for now, command in ((1.9, "sh"), (1.9, "agent"), (2.0, "sh"), (4.1, "sh"))
            for _ in watches.advance(Tick((replace(pane, command=command),)), now, 0.0) or [0]
        ]
        process.communicate(b"\n")

    assert [False, True, True, True] == pids


def test_the_log_is_private_and_names_the_pane(tmp_path: Path) -> None:
    """
    Lines begin with the pane's id; a log that cannot be written is no error.
    """
    file = tmp_path / "state" / "daemon.log"
    log = open_log(file)
    log.info("claude claude/prompt", extra={"pane": "%3"})
    log.info("watching")
    close_log(log)

    first, second = file.read_text().splitlines()
    assert first.startswith("%3 ")
    assert second.startswith("- ")
    assert 0o600 == file.stat().st_mode & 0o777
    blocked = tmp_path / "file"
    blocked.write_text("")
    open_log(blocked / "daemon.log").info("nobody reads this")


class Clumsy(Feature):
    """A part of the daemon with an op that fails."""

    def list_ops(self) -> Mapping[str, Op]:
        """One op."""
        return {"review": lambda _: 1 // 0}


def test_a_request_that_goes_wrong_is_refused_and_ends_nobody(lab: Lab) -> None:
    """
    Whoever asked is told where to look, and the next request is answered.
    """
    with run_daemon(lab, WordTracker, features=[Clumsy()]):
        wait_for(lambda: lab.ask("ping"))
        with (
            DaemonClient.open(lab.inner) as client,
            pytest.raises(RefusedError, match="see its log"),
        ):
            client.ask(ReadReview())

        assert lab.ask("ping")
