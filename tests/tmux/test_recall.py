"""A restart of the daemon forgets nothing: ages, unseen results, stuck work, and rules."""

import json
import os
import signal
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agent_status.agents.session_records import SessionFacts
from agent_status.daemon.recall import Recall
from agent_status.daemon.reload import REFUSED
from agent_status.detect.pane import ObservedPane
from agent_status.detect.stall import Limits
from agent_status.model import Kept, Pane, PaneId, Process, Standstill, State
from tests.support.knowledge import KNOWLEDGE
from tests.support.panes import open_blank_pane
from tests.support.tmux_lab import Lab, open_lab, wait_for

RULE = "─" * 60
WORKS = f"● hello\n✽ Musing… (3s · esc to interrupt)\n{RULE}\n❯ \n{RULE}\n"
RESTS = f"● hello\n{RULE}\n❯ \n{RULE}\n"
SUGGESTS = f"● hello\n{RULE}\n❯ now write the tests\n{RULE}\n"
ASKS = f"""● Bash(make test)
{RULE}
 Bash command

   make test
   Run the tests

 This command requires approval

 Do you want to proceed?
 ❯ 1. Yes
   2. No

 Esc to cancel · Tab to amend
"""
CLAUDE = (Process(7, 1, "claude", "claude"),)
KEPT = Kept(
    "claude",
    State.IDLE,
    50.0,
    "ask",
    40.0,
    unseen=True,
    left="0f",
    stand=Standstill(10.0, "0a", 20.0, (("Error: no", 2),)),
)
PANE = Pane(PaneId("%1"), pid=os.getpid())


@pytest.fixture
def lab(monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    """
    A private tmux server without a pane yet.
    """
    with open_lab(monkeypatch.setenv) as lab:
        yield lab


def open_agent(lab: Lab, name: str, *screens: str) -> str:
    """
    Return the pane of a program called claude that draws one screen after each Enter.
    """
    program = lab.folder / "claude"
    if not program.exists():
        program.symlink_to("/bin/sh")
    steps = ["stty -echo"]
    for number, screen in enumerate(screens):
        file = lab.folder / f"{name}{number}"
        file.write_text(f"\x1b[2J\x1b[H{screen}", "utf-8")
        steps.append(f"cat {file}; read line")
    command = f"exec {program} -c '{'; '.join(steps)}'"
    words = ("new-window", "-d", "-P", "-F", "#{pane_id}", "-n", name, command)
    return lab.tmux(*words).strip()


def read_row(lab: Lab, pane: str) -> dict[str, Any]:
    """
    What the report says of a pane, or nothing.
    """
    report = lab.ask("list")
    rows = report["agents"] if report else []
    return next((row for row in rows if row["pane"] == pane), {})


def wait_state(lab: Lab, pane: str, state: str) -> dict[str, Any]:
    """
    The row of a pane once it is in a state.
    """
    return wait_for(lambda: row if (row := read_row(lab, pane)).get("state") == state else {})


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGKILL])
def test_ages_and_unseen_results_outlive_the_daemon(lab: Lab, ending: signal.Signals) -> None:
    """
    However it ends: finished stays finished, what was seen stays seen, no age begins anew.
    """
    lab.start()
    panes = {
        "finished": open_agent(lab, "done", WORKS, RESTS),
        "idle": open_agent(lab, "seen", WORKS, RESTS),
        "approval": open_agent(lab, "asks", WORKS, ASKS),
        "working": open_agent(lab, "works", WORKS),
    }
    daemon = lab.spawn_daemon()
    for pane in panes.values():
        wait_state(lab, pane, "working")
    for state in ("finished", "idle", "approval"):
        lab.tmux("send-keys", "-t", panes[state], "Enter")
    wait_state(lab, panes["idle"], "finished")
    lab.ask("acknowledge", pane=panes["idle"])
    before = {state: wait_state(lab, pane, state)["since"] for state, pane in panes.items()}

    daemon.send_signal(ending)
    daemon.wait()
    stopped = time.time()
    lab.spawn_daemon()
    after = {state: wait_state(lab, pane, state)["since"] for state, pane in panes.items()}

    assert before == pytest.approx(after, abs=0.1)
    assert max(after.values()) < stopped


def test_work_that_ended_while_no_daemon_looked_is_finished(lab: Lab) -> None:
    """
    It worked when it was seen last, and rests when it is seen again.
    """
    lab.start()
    pane = open_agent(lab, "works", WORKS, RESTS)
    daemon = lab.spawn_daemon()
    wait_state(lab, pane, "working")
    daemon.kill()
    daemon.wait()
    lab.tmux("send-keys", "-t", pane, "Enter")
    wait_for(lambda: "Musing" not in lab.tmux("capture-pane", "-p", "-t", pane))

    lab.spawn_daemon()

    assert wait_state(lab, pane, "finished")


def test_another_program_in_the_pane_has_no_past(lab: Lab) -> None:
    """
    Nor has an agent of the same kind that was started meanwhile.
    """
    lab.start()
    pane = open_agent(lab, "done", WORKS, RESTS)
    daemon = lab.spawn_daemon()
    wait_state(lab, pane, "working")
    lab.tmux("send-keys", "-t", pane, "Enter")
    wait_state(lab, pane, "finished")
    daemon.kill()
    daemon.wait()
    began = time.time()
    command = f"exec {lab.folder}/claude -c 'stty -echo; cat {lab.folder}/done1; read line'"
    lab.tmux("respawn-pane", "-k", "-t", pane, command)

    lab.spawn_daemon()

    assert wait_state(lab, pane, "idle")["since"] >= began
    lab.stop()
    wait_for(lambda: not list((lab.folder / "state" / "agent-status" / "panes").glob("*.json")))


def watch(screen: str) -> ObservedPane:
    """
    A watch of a pane in which Claude shows `screen`.
    """
    watch = open_blank_pane(KNOWLEDGE, 60, 20)
    watch.processes = CLAUDE
    watch.feed(draw(screen))
    return watch


def draw(screen: str) -> bytes:
    """
    What a program prints to show it.
    """
    return f"\x1b[2J\x1b[H{screen}".replace("\n", "\r\n").encode()


def test_what_an_agent_suggests_is_typed_by_nobody_after_a_restart() -> None:
    """
    The text that stood in the box when the work ended tells of no onlooker.
    """
    first = watch(WORKS)
    first.look(0.0)
    first.feed(draw(SUGGESTS))
    states = [first.look(at).status.state for at in (1.0, 2.0, 3.0)]
    second = watch(SUGGESTS)
    second.restore(first.tracker.keep(3.0), 100.0)

    assert State.FINISHED is states[-1]
    assert State.FINISHED is second.look(100.0).status.state
    assert first.look(3.0).status.since == second.look(101.0).status.since


def test_stuck_work_is_stuck_after_a_restart_until_it_moves() -> None:
    """
    What is read of its files and tools for the first time was there before.
    """
    first = watch(WORKS)
    first.tracker.use_limits(Limits(300.0))
    stuck = [first.look(at).status for at in (0.0, 301.0)][-1]
    second = watch(WORKS)
    second.tracker.use_limits(Limits(300.0))
    second.restore(first.tracker.keep(301.0), 320.0)
    states = [second.look(320.0).status]
    second.session = SessionFacts(mark=1)
    second.cpu_s = 9.0
    states.append(second.look(321.0).status)
    second.session = SessionFacts(mark=2)
    states.append(second.look(322.0).status)

    assert (State.STUCK, 300.0) == (stuck.state, stuck.since)
    assert [State.STUCK, State.STUCK, State.WORKING] == [one.state for one in states]
    assert 300.0 == states[0].since


def test_failures_are_counted_on() -> None:
    """
    Also while the screen moves.
    """
    first = watch("")
    kept = replace(first.tracker.keep(0.0), kind="claude", state=State.WORKING)
    stand = Standstill(failed_at=0.0, failures=(("Error: no such file", 3),))
    second = watch(WORKS)
    second.restore(replace(kept, stand=stand), 200.0)
    second.look(200.0)

    assert State.STUCK is second.look(201.0).status.state


def test_a_file_holds_what_was_kept_on_any_clock(tmp_path: Path) -> None:
    """
    Another daemon has another monotonic clock; what is equal is not written again.
    """
    file = tmp_path / "state" / "x.json"
    first = Recall(file, read_ahead_s=lambda: 940.0)
    first.begin(5)
    first.note(PANE, None, "s", KEPT)
    first.keep({PANE.id: PANE})
    written = file.stat().st_ino
    first.keep({PANE.id: PANE})
    second = Recall(file, read_ahead_s=lambda: 1010.0)
    second.begin(5)

    assert written == file.stat().st_ino
    assert 0o600 == file.stat().st_mode & 0o777
    found = second.find(PANE, ())
    assert found
    assert "s" == found.session
    shifted = replace(KEPT.stand, moved_at=-60.0, failed_at=-50.0)
    assert replace(KEPT, since=-20.0, asked_at=-30.0, stand=shifted) == found.kept


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{",
        "[" * 100_000,
        '{"version": 1, "server": 5}',
        '{"version": 2, "server": 5, "panes": {}}',
        '{"version": 1, "server": 5, "panes": {"%1": 3}}',
        '{"version": 1, "server": 5, "panes": {"%1": {"pid": 1, "kept": {}}}}',
        '{"version": 1, "server": 5, "panes": []}',
    ],
)
def test_a_file_that_makes_no_sense_is_none(tmp_path: Path, text: str) -> None:
    """
    And it is replaced as soon as there is something to keep.
    """
    file = tmp_path / "x.json"
    file.write_text(text)
    recall = Recall(file)
    recall.begin(5)

    assert recall.find(PANE, ()) is None
    recall.note(PANE, None, "", KEPT)
    recall.keep({PANE.id: PANE})
    assert 5 == json.loads(file.read_text())["server"]


def test_panes_of_another_server_and_those_that_are_gone_are_forgotten(tmp_path: Path) -> None:
    """
    Pane ids begin anew with each server.
    """
    file = tmp_path / "x.json"
    recall = Recall(file)
    recall.begin(5)
    recall.note(PANE, None, "", KEPT)
    recall.keep({PANE.id: PANE})
    other = Recall(file)
    other.begin(6)
    recall.keep({})

    assert other.find(PANE, ()) is None
    assert {} == json.loads(file.read_text())["panes"]


def test_a_disk_that_takes_nothing_is_told_once(tmp_path: Path) -> None:
    """
    The daemon goes on.
    """
    (tmp_path / "blocked").write_text("")
    told: list[str] = []
    recall = Recall(tmp_path / "blocked" / "x.json", told.append)
    recall.begin(5)
    for unseen in (True, False):
        recall.note(PANE, None, "", replace(KEPT, unseen=unseen))
        recall.keep({PANE.id: PANE})

    assert 1 == len(told)
    assert told[0].startswith("states are forgotten at a restart: ")


def test_another_session_of_the_same_process_begins_anew() -> None:
    """
    Its last result is over, as the user was there.
    """
    first = watch(WORKS)
    first.look(0.0)
    first.feed(draw(RESTS))
    finished = [first.look(at).status for at in (1.0, 2.0, 3.0)][-1]

    first.tracker.begin_session(9.0)

    assert State.FINISHED is finished.state
    assert (State.IDLE, 9.0) == (first.look(9.0).status.state, first.look(9.0).status.since)


RULES = """
name = "Mine"

[identify]
names = ["claude"]

[[rule]]
id = "rest"
says = "{says}"
region = "screen"
all = ["hello"]
"""


def test_rules_are_read_again_by_themselves(lab: Lab) -> None:
    """
    A file that is new, changed, broken and removed; what was seen of an agent stays.
    """
    lab.start()
    file = lab.folder / "config" / "agent-status" / "agents" / "claude.toml"
    file.parent.mkdir(parents=True)
    pane = open_agent(lab, "done", WORKS)
    lab.spawn_daemon()
    wait_state(lab, pane, "working")

    file.write_text(RULES.format(says="error"))
    assert "Mine" == wait_state(lab, pane, "error")["name"]
    file.write_text(RULES.format(says="limited"))
    limited = wait_state(lab, pane, "limited")
    file.write_text(RULES.format(says="nonsense"))
    notice = wait_for(lambda: lab.ask("list")["notices"])
    assert limited["since"] == pytest.approx(read_row(lab, pane)["since"], abs=0.1)
    told = lab.ask("ping")["problems"]
    file.unlink()
    assert "Claude Code" == wait_state(lab, pane, "working")["name"]

    assert [REFUSED] == notice
    assert 1 == len(told)
    assert "claude.toml" in told[0]
    assert [] == lab.ask("list")["notices"]
