"""The daemon follows agents by the bytes they print, and stands back where a pipe is the user's."""

import contextlib
import json
import logging
import os
import re
import signal
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import psutil
import pytest

from agent_status.daemon.differences import DifferenceStore
from agent_status.daemon.live import LiveInput
from agent_status.detect.pane import TrackerFactory
from agent_status.detect.tracker import PaneTracker
from agent_status.features.base import Feature
from agent_status.model import PaneId
from agent_status.paths import find_runtime
from agent_status.recordings.replay import iterate_changes, iterate_statuses
from agent_status.terminal import Terminal
from agent_status.terminal.asciicast import open_recording
from agent_status.tmux.taps import TapNews, Taps
from tests.support.knowledge import KNOWLEDGE
from tests.support.live_lab import (
    ASK,
    BOX,
    CAPTURED,
    EMULATED,
    RINGS,
    WORK,
    Actor,
    cast_actor,
    draw,
    find_state,
    start_actor,
)
from tests.support.tap_lab import find_peer
from tests.support.tmux_lab import Lab, RecordingTmux, has_ended, open_lab, run_daemon, wait_for
from tests.support.word_tracker import WordTracker
from tests.tmux.test_plugin import read_all
from tests.tmux.test_record_play import read_output, spawn_record
from tests.tmux.test_taps_bounded import FLOOD, MAX_MB, find_server, flood


@pytest.fixture
def lab(monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    """A private world."""
    with open_lab(monkeypatch.setenv) as lab:
        yield lab


@pytest.fixture
def actor(lab: Lab) -> Iterator[Actor]:
    """A pane with a Claude that works, before any daemon runs."""
    actor = start_actor(lab)
    yield actor
    os.close(actor.descriptor)


@pytest.fixture
def tapped(actor: Actor) -> Actor:
    """The same, followed by the real daemon."""
    actor.lab.spawn_daemon()
    actor.wait_followed(EMULATED)
    return actor


def read_live(lab: Lab) -> str:
    """Return what doctor says about how panes are followed."""
    rows = json.loads(lab.run("doctor", "--json").stdout)["findings"]
    return "\n".join(f"{row['what']}: {row['found']}" for row in rows if "live" in row["what"])


def list_readers(lab: Lab) -> list[int]:
    """Return the processes that read the pipes for the last daemon."""
    with contextlib.suppress(psutil.NoSuchProcess):
        children = psutil.Process(lab.daemons[-1].pid).children()
        return [one.pid for one in children if "tap_reader" in " ".join(one.cmdline())]
    return []


@contextlib.contextmanager
def run_live(
    lab: Lab, make_tracker: TrackerFactory, features: Sequence[Feature] = ()
) -> Iterator[RecordingTmux]:
    """Run a daemon with live taps in a thread; yield its edge to tmux."""
    log = logging.getLogger(f"live.{lab.inner}")
    log.propagate = False
    live = LiveInput(
        Taps(find_runtime(lab.inner), log, peer=find_peer()),
        log,
        DifferenceStore(lab.folder / "differences", log),
    )
    with run_daemon(lab, make_tracker, features, registry=KNOWLEDGE, live=live) as tmux:
        yield tmux


def test_request_is_reported_without_polling(actor: Actor) -> None:
    """
    What is printed is on badge and report; one capture confirms a request, and none looks for it.
    """
    with run_live(actor.lab, PaneTracker) as tmux:
        actor.wait_followed(EMULATED)
        actor.wait_state("working")
        tmux.scripts.clear()
        actor.show(ASK)
        actor.wait_state("approval")

        captures = [one for one in tmux.scripts if "capture-pane" in one]
        assert len(captures) <= 2
        actor.show(WORK)
        actor.wait_state("working")
        assert captures == [one for one in tmux.scripts if "capture-pane" in one]


class LateTaps(Taps):
    """Taps whose bytes are on their way for as long as a test wants."""

    is_late = False

    def read(self, now: float) -> Mapping[PaneId, TapNews]:
        """Return nothing while it is late."""
        return {} if self.is_late else super().read(now)


def test_action_sees_what_tmux_shows_while_bytes_are_on_their_way(actor: Actor) -> None:
    """
    An answer to the request of before would go to the one that has taken its place.
    """
    lab, log = actor.lab, logging.getLogger("late")
    taps = LateTaps(find_runtime(lab.inner), log, peer=find_peer())
    live = LiveInput(taps, log, DifferenceStore(lab.folder / "differences", log))
    with run_daemon(lab, PaneTracker, registry=KNOWLEDGE, live=live):
        actor.wait_followed(EMULATED)
        actor.show(ASK)
        actor.wait_state("approval")
        taps.is_late = True
        actor.show(ASK.replace("rm -rf build", "rm -rf /srv/data"))
        wait_for(lambda: "/srv/data" in lab.tmux("capture-pane", "-p", "-t", actor.pane))
        seen = lab.ask("inspect", pane=actor.pane)
        taps.is_late = False

        assert "rm -rf /srv/data" == seen["live"]["ask"]["command"]
        assert "rm -rf /srv/data" == seen["agent"]["ask"]["command"]


def test_states_stay_right_while_a_pane_is_resized_and_moved(tapped: Actor) -> None:
    """
    Resized, out of its window, back beside another pane, to another window and session.
    """
    lab, pane = tapped.lab, tapped.pane
    lab.tmux("new-session", "-d", "-s", "other", "-x", "80", "-y", "24", "exec cat")
    lab.tmux("split-window", "-d", "-t", pane, "exec cat")
    for step, words in enumerate(
        (
            ("resize-window", "-t", pane, "-x", "100", "-y", "50"),
            ("break-pane", "-d", "-s", pane),
            ("join-pane", "-d", "-h", "-s", pane, "-t", "other:0"),
            ("move-window", "-d", "-s", "other:0", "-t", "work:7"),
        )
    ):
        lab.tmux(*words)
        tapped.show((ASK, WORK)[step % 2])
        tapped.wait_state(("approval", "working")[step % 2])
        tapped.wait_followed(EMULATED)
    assert tapped.ask("#{session_name}:#{window_index}") == "work:7"


def test_agent_that_is_respawned_is_followed_again(tapped: Actor) -> None:
    """
    Also after it has died in a pane that remains.
    """
    lab, pane = tapped.lab, tapped.pane
    tapped.show(ASK)
    tapped.wait_state("approval")
    lab.tmux("respawn-pane", "-k", "-t", pane, tapped.command)
    wait_for(lambda: find_state(lab, pane) != "approval")
    tapped.show(ASK)
    tapped.wait_state("approval")
    tapped.wait_followed(EMULATED)

    lab.tmux("set-option", "-g", "remain-on-exit", "on")
    os.kill(int(tapped.ask("#{pane_pid}")), signal.SIGKILL)
    wait_for(lambda: find_state(lab, pane) is None)
    lab.tmux("respawn-pane", "-t", pane, tapped.command)
    tapped.show(WORK)
    tapped.wait_state("working")
    tapped.wait_followed(EMULATED)


def test_users_key_keeps_auto_from_tapping(actor: Actor) -> None:
    """
    The pane is captured, the badge is right all the same, and doctor and explain say why.
    """
    lab = actor.lab
    lab.tmux("bind-key", "P", "pipe-pane", "-o", "cat >> log")
    lab.spawn_daemon()
    actor.show(ASK)
    actor.wait_state("approval")
    actor.wait_followed(CAPTURED)

    assert "you use pipe-pane: bind-key" in read_live(lab)
    assert "you use pipe-pane: bind-key" in actor.explain()
    assert actor.ask("#{pane_pipe}") == "0"


def test_users_toggle_takes_over_for_good(tapped: Actor) -> None:
    """
    The first run only closes our pipe, as tmux says; from the second on, the log is complete.
    """
    lab, pane, kept = tapped.lab, tapped.pane, tapped.lab.folder / "kept"
    toggle = ("pipe-pane", "-o", "-t", pane, f"cat >> {kept}")
    lab.tmux(*toggle)
    tapped.wait_followed("has to be run once more")
    assert "has to be run once more" in read_live(lab)
    lab.tmux(*toggle)
    tapped.show(ASK)
    tapped.wait_state("approval")
    wait_for(lambda: kept.read_bytes() == draw(ASK))

    lab.run("daemon", "stop")
    lab.spawn_daemon()
    tapped.show(WORK)
    tapped.wait_state("working")
    wait_for(lambda: kept.read_bytes() == draw(ASK) + draw(WORK))


def test_killed_daemon_leaves_no_pipe_and_the_next_one_taps(tapped: Actor) -> None:
    """
    Though it could clean up nothing.
    """
    lab, readers = tapped.lab, list_readers(tapped.lab)
    assert len(readers) == 1
    lab.daemons[-1].kill()
    wait_for(lambda: tapped.ask("#{pane_pipe}") == "0")
    wait_for(lambda: has_ended(readers[0]))

    lab.spawn_daemon()
    tapped.wait_followed(EMULATED)
    tapped.show(ASK)
    tapped.wait_state("approval")


def test_stop_and_uninstall_leave_nothing(actor: Actor) -> None:
    """
    No pipe, option, process or socket.
    """
    lab, before = actor.lab, read_all(actor.lab)
    assert lab.run("load").returncode == 0
    actor.wait_followed(EMULATED)
    lab.run("daemon", "stop")
    wait_for(lambda: actor.ask("#{pane_pipe}") == "0")
    lab.run("daemon", "start")
    actor.wait_followed(EMULATED)
    assert lab.run("uninstall").returncode == 0

    wait_for(lambda: actor.ask("#{pane_pipe}") == "0")
    assert read_all(lab) == before
    wait_for(lambda: not [one for one in lab.list_processes() if "agent_status" in one])
    assert not [one for one in (lab.folder / "run").rglob("*") if one.is_socket()]


def test_stopped_daemon_does_not_make_tmux_grow(lab: Lab) -> None:
    """
    While a tapped pane floods.
    """
    lab.start(FLOOD, height=24)
    lab.tmux("set-option", "-p", "-t", "%0", "@agent-status-agent", "claude")
    daemon = lab.spawn_daemon()
    wait_for(lambda: EMULATED in lab.ask("explain", pane="%0")["text"])
    daemon.send_signal(signal.SIGSTOP)

    assert flood(lab, find_server(lab)) < MAX_MB
    daemon.send_signal(signal.SIGCONT)
    wait_for(lambda: "MB dropped" in str(lab.ask("ping")["live"]))


def test_option_closes_all_taps_and_opens_them_again(tapped: Actor) -> None:
    """
    Captures go on meanwhile.
    """
    lab = tapped.lab
    lab.tmux("set-option", "-g", "@agent-status-live", "off")
    wait_for(lambda: tapped.ask("#{pane_pipe}") == "0")
    tapped.wait_followed("@agent-status-live is off")
    tapped.show(ASK)
    tapped.wait_state("approval")
    lab.tmux("set-option", "-g", "@agent-status-live", "auto")
    tapped.wait_followed(EMULATED)
    tapped.show(WORK)
    tapped.wait_state("working")


def test_fifty_agents_are_tapped(lab: Lab) -> None:
    """
    With one reader, and no process per pane.
    """
    lab.start(height=24)
    file = lab.folder / "many"
    file.write_text("new-window -d 'exec cat'\n" * 49)
    lab.tmux("source-file", str(file))
    panes = lab.tmux("list-panes", "-a", "-F", "#{pane_id}").split()
    for pane in panes:
        lab.tmux("set-option", "-p", "-t", pane, "@agent-status-agent", "claude")
    lab.spawn_daemon()

    wait_for(lambda: "50 emulated" in str(lab.ask("ping")["live"]))
    assert lab.tmux("list-panes", "-a", "-F", "#{pane_pipe}").split() == ["1"] * 50
    assert len(list_readers(lab)) == 1
    server = psutil.Process(find_server(lab))
    wait_for(lambda: len(server.children()) == len(panes))


def test_pane_that_prints_much_is_captured_and_heard(tapped: Actor) -> None:
    """
    Its screen comes by captures then, and what the program says of itself still counts.
    """
    tapped.say(draw(WORK) * (200_000 // len(draw(WORK))))
    tapped.wait_followed(RINGS)
    assert "1 captured at each tick, as they print much" in str(tapped.lab.ask("ping")["live"])
    tapped.say(b"\x1b]7501;state=blocked:kind=permission\x1b\\" + draw(ASK))
    tapped.wait_state("approval")
    wait_for(lambda: re.search(r"\d approval +report, ", tapped.explain()))


def test_what_a_program_says_of_itself_is_explained(tapped: Actor) -> None:
    """
    Each kind of message is evidence with its weight.
    """
    tapped.show(WORK)
    tapped.say(b"\x1b]9;4;1;50\x1b\\\x1b]9;Claude is waiting for your input\x1b\\\a")
    wait_for(lambda: "progress: " in tapped.explain())
    explained = tapped.explain()

    assert "notice" in explained
    assert "Claude is waiting for your input" in explained


def test_record_borrows_the_pipe_and_gives_it_back(tapped: Actor, tmp_path: Path) -> None:
    """
    The recording holds the exact bytes, the badge stays right, and the tap is opened again.
    """
    lab, path = tapped.lab, tmp_path / "x.cast"
    process = spawn_record(lab, path)
    wait_for(lambda: "Baking" in read_output(path))
    tapped.wait_followed("its pipe is lent")
    tapped.show(ASK)
    tapped.wait_state("approval")
    wait_for(lambda: draw(ASK).decode() in read_output(path))
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=30)

    assert process.returncode == 0
    tapped.wait_followed(EMULATED)
    assert tapped.ask("#{pane_pipe}:#{@agent-status-tap}") == "1:"


def test_agent_that_starts_while_its_pane_is_recorded_is_tapped_later(
    lab: Lab, tmp_path: Path
) -> None:
    """
    The pipe is our own, so the pane is not left alone for good.
    """
    lab.start("echo before; exec cat", height=24)
    daemon = lab.spawn_daemon()
    path = tmp_path / "x.cast"
    process = spawn_record(lab, path)
    wait_for(lambda: "before" in read_output(path))
    lab.tmux("set-option", "-p", "-t", "%0", "@agent-status-agent", "claude")
    wait_for(lambda: "its pipe is lent" in lab.ask("explain", pane="%0")["text"])
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=30)

    wait_for(lambda: EMULATED in lab.ask("explain", pane="%0")["text"])
    assert daemon.poll() is None


def test_two_agents_are_followed_apart(tapped: Actor) -> None:
    """
    Bytes of one pane never reach the other.
    """
    other = tapped.lab.tmux("split-window", "-d", "-P", "-F", "#{pane_id}", "exec cat").strip()
    second = cast_actor(tapped.lab, other)
    second.wait_followed(EMULATED)
    tapped.show(ASK)
    second.show(f"● Done\n\n{BOX}")
    tapped.wait_state("approval")

    assert find_state(tapped.lab, other) != "approval"
    os.close(second.descriptor)


def test_failure_in_a_tapped_pane_costs_no_screen(lab: Lab) -> None:
    """
    What the pane showed before is captured again, as its emulator is another one then.
    """
    lab.start(height=24)
    actor = cast_actor(lab, "%0")
    with run_live(lab, WordTracker):
        actor.say(b"\x1b[H\x1b[2Japproval one\r\n")
        wait_for(lambda: find_state(lab, "%0") == "approval")
        wait_for(lambda: actor.ask("#{pane_pipe}") == "1")
        actor.say(b"boom\r\n")
        wait_for(lambda: find_state(lab, "%0") == "unknown")
        actor.say(b"\x1b[A\x1b[2K")
        wait_for(lambda: find_state(lab, "%0") == "approval", deadline_s=10)
    os.close(actor.descriptor)


def test_report_of_a_tapped_pane_holds_its_bytes_and_replays(tapped: Actor, tmp_path: Path) -> None:
    """
    To the state that the daemon has found.
    """
    lab, path = tapped.lab, tmp_path / "report.cast"
    tapped.show(ASK)
    tapped.wait_state("approval")
    done = lab.run("report", "%0", str(path))
    assert done.returncode == 0, done.stderr

    assert draw(ASK).decode() in read_output(path)
    lines = list(iterate_changes(iterate_statuses(open_recording(path), KNOWLEDGE)))
    assert [one["state"] for one in lines if one["state"] != "none"][-2:] == ["working", "approval"]
    assert lines[-1]["ask"]["fingerprint"] == lab.ask("list")["agents"][0]["ask"]["fingerprint"]


def test_report_shows_what_was_repaired(tapped: Actor, tmp_path: Path) -> None:
    """
    No byte says that the user has cleared the pane: what a capture has found is in the report.
    """
    lab, path = tapped.lab, tmp_path / "report.cast"
    tapped.say(b"\x1b[20;1Hleftover")
    wait_for(lambda: "leftover" in str(lab.ask("screen", pane="%0")))
    lab.tmux("send-keys", "-R", "-t", "%0")
    tapped.say(draw(ASK).replace(b"\x1b[2J", b""))
    tapped.wait_state("approval")
    wait_for(lambda: "1 repairs" in str(lab.ask("ping")["live"]))
    assert lab.run("report", "%0", str(path)).returncode == 0

    terminal = Terminal(80, 24)
    terminal.feed(read_output(path).encode())
    shown = "\n".join(row.text for row in terminal.screen().rows)
    assert "rm -rf build" in shown
    assert "leftover" not in shown
