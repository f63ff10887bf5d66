"""One broken or slow thing is dropped and said; everything else stays right."""

import itertools
import logging
import re
import shutil
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from agent_status.agents.registry import NO_AGENTS
from agent_status.agents.session_records import NO_FACTS, SessionFacts
from agent_status.daemon.pane import NO_MESSAGES, TrackedPane
from agent_status.features.notify.feature import NotifyFeature
from agent_status.features.risk.feature import RiskFeature
from agent_status.features.risk.loader import parse_tables
from agent_status.features.risk.table_files import read_risk_files
from agent_status.features.sessions.worker import SessionWorker
from agent_status.model import Agent, Ask, Grade, Pane, PaneId, Sighting, State, Status
from agent_status.options import Options
from agent_status.system.cpu_limit import cpu_limit
from agent_status.system.workers import WorkerPool
from agent_status.tmux.client import Tmux
from tests.support.panes import open_blank_pane
from tests.support.tmux_lab import Lab, open_lab, wait_for

MINE = """
name = "Mine"
{item}
[identify]
names = ["mine"]
{scripts}
[[rule]]
id = "asks"
says = "question"
region = "screen"
all = ["shall I go on"]
[[rule]]
id = "other"
says = "working"
region = "screen"
all = ['{pattern}']
"""
ENDLESS = "(a+)+$"
TRAP = "a" * 60 + "!"
"""What takes ENDLESS some billion years."""


@pytest.fixture
def lab(monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    """
    A private tmux server with one quiet pane.
    """
    with open_lab(monkeypatch.setenv) as lab:
        lab.start(width=100, height=20)
        yield lab


def teach(lab: Lab, item: str = "", scripts: str = "", pattern: str = "zzz") -> None:
    """
    Give the user an agent of their own.
    """
    folder = lab.folder / "config" / "agent-status" / "agents"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "mine.toml").write_text(MINE.format(item=item, scripts=scripts, pattern=pattern))


def play_two(lab: Lab, kind: str = "mine") -> None:
    """
    Let `%0` show what is a trap, and `%1` nothing but an ask.
    """
    lab.tmux("new-window", "-d", "-t", "work", "exec cat")
    for pane, agent in (("%0", "mine"), ("%1", kind)):
        lab.tmux("set-option", "-p", "-t", pane, "@agent-status-agent", agent)
    lab.tmux("send-keys", "-t", "%0", "-l", f"{TRAP}\nshall I go on?\n")
    lab.tmux("send-keys", "-t", "%1", "-l", "shall I go on?\n")


def read_agents(lab: Lab) -> dict[str, dict[str, str]]:
    """
    What `list` tells of each pane.
    """
    return {one["pane"]: one for one in (lab.ask("list") or {"agents": []})["agents"]}


def is_in(lab: Lab, pane: str, state: str) -> bool:
    """
    Whether `list` tells this state.
    """
    return read_agents(lab).get(pane, {}).get("state") == state


def test_a_rule_that_never_ends_is_left_out(lab: Lab) -> None:
    """
    The daemon says so once, and goes on with every other rule of that agent, in every pane.
    """
    teach(lab, pattern=ENDLESS)
    play_two(lab)
    lab.spawn_daemon()

    wait_for(lambda: is_in(lab, "%0", "question") and is_in(lab, "%1", "question"))
    assert ["rule other of mine.toml: takes more"] == [
        problem[:35] for problem in lab.ask("ping")["problems"]
    ]
    assert 1 == read_log(lab).count("rule other of mine.toml")
    lab.tmux("new-window", "-d", "-t", "work", "exec cat")
    lab.tmux("set-option", "-p", "-t", "%2", "@agent-status-agent", "mine")
    lab.tmux("send-keys", "-t", "%2", "-l", f"{TRAP}\nshall I go on?\n")
    wait_for(lambda: is_in(lab, "%2", "question"))


def read_log(lab: Lab) -> str:
    """
    What the daemon has written down.
    """
    return "".join(
        path.read_text() for path in (lab.folder / "state" / "agent-status").glob("daemon-*.log")
    )


def test_an_agent_that_is_never_told_apart_is_left_out(lab: Lab) -> None:
    """
    Its `identify` is dropped; other agents are found, and it is still believed to the user.
    """
    teach(lab, scripts=f"scripts = ['{ENDLESS}']")
    script = lab.folder / TRAP
    script.write_text("cat\n:\n")
    lab.tmux("new-window", "-d", "-t", "work", f"sh '{script}'")
    lab.tmux("set-option", "-p", "-t", "%0", "@agent-status-agent", "mine")
    lab.tmux("send-keys", "-t", "%0", "-l", "shall I go on?\n")
    lab.spawn_daemon()

    wait_for(lambda: any("identify of mine.toml" in one for one in lab.ask("ping")["problems"]))
    wait_for(lambda: is_in(lab, "%0", "question"))


def test_a_pane_that_cannot_be_read_in_time_is_left_alone(lab: Lab) -> None:
    """
    No rule is to blame: the pane is unknown and says why, and others go on.
    """
    teach(lab, item=f"item = '{ENDLESS}'")
    play_two(lab)
    lab.spawn_daemon()

    wait_for(lambda: is_in(lab, "%0", "unknown") and is_in(lab, "%1", "question"))
    longer = re.compile("alone for (?!1 s)[0-9]+ s")
    wait_for(lambda: longer.search(read_agents(lab).get("%0", {}).get("reason", "")))
    lab.tmux("respawn-pane", "-k", "-t", "%0", "echo 'shall I go on?'; exec cat")
    wait_for(lambda: is_in(lab, "%0", "question"))


def remove_runtime(lab: Lab) -> None:
    """
    Take the daemon's folder away in one step, as it makes a file that it misses again.
    """
    shutil.rmtree((lab.folder / "run" / "agent-status").rename(lab.folder / "removed"))


def test_a_removed_runtime_folder_is_made_again(lab: Lab) -> None:
    """
    The same daemon is reached again, and no second one can start beside it.
    """
    lab.tmux("set-option", "-p", "-t", "%0", "@agent-status-agent", "claude")
    first = lab.spawn_daemon()
    wait_for(lambda: is_in(lab, "%0", "unknown"))
    remove_runtime(lab)

    assert first.pid == wait_for(lambda: lab.ask("ping"))["pid"]
    assert 1 == lab.spawn_daemon().wait(30)
    assert 0 == lab.run("daemon", "stop").returncode
    assert 0 == first.wait(30)
    assert not list((lab.folder / "run").rglob("*.sock"))


def test_a_daemon_whose_place_was_taken_leaves_it(lab: Lab) -> None:
    """
    It ends, and touches neither lock, socket nor badges of the one that came after it.
    """
    lab.tmux("set-option", "-p", "-t", "%0", "@agent-status-agent", "claude")
    first = lab.spawn_daemon()
    first.send_signal(signal.SIGSTOP)
    wait_for(lambda: psutil.Process(first.pid).status() == psutil.STATUS_STOPPED)
    remove_runtime(lab)
    second = lab.spawn_daemon()
    wait_for(lambda: is_in(lab, "%0", "unknown"))
    first.send_signal(signal.SIGCONT)

    assert 0 == first.wait(30)
    assert second.pid == lab.ask("ping")["pid"]
    assert "claude unknown" in lab.tmux("display-message", "-pt", "%0", "#{@agent-status-pane}")
    assert 1 == lab.spawn_daemon().wait(30)


def swallow(rings: list[int]) -> None:
    """
    Work for ever, and take no notice of the first two alarms.
    """
    while True:
        try:
            while True:
                pass
        except TimeoutError:
            rings.append(len(rings))
            if len(rings) > 2:
                raise


def test_a_pattern_of_the_users_own_risks_that_never_ends_is_stopped() -> None:
    """
    What was not read in time is dangerous.
    """
    rule = f"{{ grade = 'dangerous', why = 'no', matches = '{ENDLESS}' }}"
    table = f"[[program]]\nnames = ['frob']\ngrade = 'harmless'\nrule = [{rule}]\n"
    tables, problems = parse_tables([("risk.toml", table)])
    ask = Ask(State.APPROVAL, "Do you want to proceed?", command=f"frob {TRAP}")
    status = Status(Agent("claude", "Claude Code"), State.APPROVAL, 0.0, ask=ask)

    (seen,) = RiskFeature(tables, "/").enrich([Sighting(Pane(PaneId("%1")), status)], 0.0)

    assert not problems
    assert seen.status.risk
    assert (Grade.DANGEROUS, ("takes too long to read",)) == (
        seen.status.risk.grade,
        seen.status.risk.reasons,
    )


def test_a_machine_that_stalls_makes_nothing_dangerous(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    What counts is how long grading computes, not how long it takes.
    """
    hours = itertools.count(step=3600.0)
    monkeypatch.setattr(time, "monotonic", lambda: next(hours))
    tables, _ = parse_tables(read_risk_files(Path("/nowhere")).tables)
    ask = Ask(State.APPROVAL, "Do you want to proceed?", command="git status")
    status = Status(Agent("claude", "Claude Code"), State.APPROVAL, 0.0, ask=ask)

    (seen,) = RiskFeature(tables, "/").enrich([Sighting(Pane(PaneId("%1")), status)], 0.0)

    assert seen.status.risk
    assert Grade.HARMLESS is seen.status.risk.grade


def test_an_ask_is_graded_without_asking_its_disk() -> None:
    """
    The checkout is the sighting's own, as its folder may be on a disk that never answers.
    """
    tables, _ = parse_tables(read_risk_files(Path("/nowhere")).tables)
    ask = Ask(State.APPROVAL, "Do you want to proceed?", command="touch ../notes")
    status = Status(Agent("claude", "Claude Code"), State.APPROVAL, 0.0, ask=ask)
    pane = Pane(PaneId("%1"), folder="/far/shop/web")
    assessor = RiskFeature(tables, "/")

    grades = [
        seen.status.risk.grade
        for root in ("", "/far/shop")
        for seen in assessor.enrich([Sighting(pane, status, root=root)], 0.0)
        if seen.status.risk
    ]

    assert [Grade.DANGEROUS, Grade.WRITES] == grades


def test_work_waits_until_there_is_a_thread_to_be_had(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Neither a checkout, a session file nor a notification is given up for it.
    """
    real, crew, log = threading.Thread.start, WorkerPool[str](), logging.getLogger("lack")
    sessions, tmux = SessionWorker(log), Tmux("/nowhere/socket")
    notifier = NotifyFeature(tmux, log)
    status = Status(Agent("claude", "Claude Code"), State.QUESTION, 0.0)
    waits = [Sighting(Pane(PaneId("%1")), status)]
    notifier.take_options(replace(Options(), notify=frozenset({"question"})))
    monkeypatch.setattr(threading.Thread, "start", refuse_thread)

    assert crew.submit("key", lambda _: "done")
    crew.begin(0.0)
    sessions.request((), 0.0)
    notifier.observe(waits, 1.0)
    notifier.observe(waits, 10.0)
    monkeypatch.setattr(threading.Thread, "start", real)

    assert [("key", "done")] == wait_for(lambda: crew.collect(1.0))
    assert (
        {} == wait_for(lambda: [found] if (found := sessions.collect(1.0)) is not None else [])[0]
    )
    assert sessions.is_due(1.0)
    sessions.close()
    before = set(threading.enumerate())
    notifier.observe(waits, 20.0)
    assert ["notify"] == [one.name for one in set(threading.enumerate()) - before]
    notifier.close()


def refuse_thread(_: threading.Thread) -> None:
    """
    Be a system without room for one more.
    """
    message = "can't start new thread"
    raise RuntimeError(message)


def test_a_pane_that_begins_anew_is_told_all_again() -> None:
    """
    What is known beside its screen is news to its next watch.
    """
    one = TrackedPane(Pane(PaneId("%1")), messages=("1", True, ""))
    one.observed = open_blank_pane(NO_AGENTS, 60, 20)
    one.observed.session = SessionFacts(state=State.WORKING)

    one.reset()

    assert one.observed is None
    assert (NO_FACTS, NO_MESSAGES) == (one.session_facts, one.messages)


def test_work_without_an_end_is_stopped_where_it_may_be() -> None:
    """
    The alarm rings again where it was swallowed, and never once the work is over.
    """
    rings: list[int] = []
    with pytest.raises(TimeoutError), cpu_limit(0.01):
        swallow(rings)

    assert 3 == len(rings)
    assert (0.0, 0.0) == signal.getitimer(signal.ITIMER_VIRTUAL)
    assert signal.SIG_DFL is signal.getsignal(signal.SIGVTALRM)


def test_waiting_is_no_work() -> None:
    """
    Time that passes elsewhere, as while a laptop sleeps, stops nothing; nor does a limit inside.
    """
    with cpu_limit(0.05), cpu_limit(0.0001):
        threading.Event().wait(0.1)
        assert sum(range(20000))


def test_other_threads_are_not_limited() -> None:
    """
    Signals come to the main thread only.
    """
    failed: list[BaseException] = []

    def work() -> None:
        try:
            with cpu_limit(0.0001):
                sum(range(200000))
        except BaseException as error:  # noqa: BLE001
            failed.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()

    assert not failed
