"""Who may decide for the user: the rule over literal facts, and how the facts are read."""

import contextlib
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import psutil
import pytest

from agent_status.agents.registry import Registry
from agent_status.agents.schema import AgentRules, Identify
from agent_status.model import FOR_AGENTS, Agent, Caller, PaneId, Process, Verb
from agent_status.options import parse_options
from agent_status.protocol.callers import KNOWN, WORDS, Scene, Standing, judge
from agent_status.system.callers import read_caller
from agent_status.system.peer import read_peer_pid
from agent_status.system.platforms import LOCAL_PEERPID, SOL_LOCAL
from agent_status.system.processes import Peer, ProcessGoneError, read_above, read_environment
from tests.support.tmux_lab import wait_for

RULES = Registry((AgentRules("claude", "Claude Code", identify=Identify(names=("claude",))),))
SERVER, SHELL, BUSY = 10, 20, 30
"""The tmux server, and the first processes of a pane without an agent and of one with it."""
PLAIN, HELD = PaneId("%2"), PaneId("%3")
SCENE = Scene(
    server_pid=SERVER,
    panes={SHELL: PLAIN, BUSY: HELD},
    agents={HELD: Agent("codex", "Codex", 31)},
    rules=RULES.agents,
)


def climb(*names: str, top: int = SERVER, pids: tuple[int, ...] = ()) -> tuple[Process, ...]:
    """
    Return a process called `agent-status` and those above it, whose last one's parent is `top`.
    """
    numbers = (*pids, *range(40 + len(pids), 41 + len(names)))
    parents = (*numbers[1:], top)
    return tuple(
        Process(pid, parent, name, name)
        for pid, parent, name in zip(numbers, parents, ("agent-status", *names), strict=False)
    )


TMUX = Process(SERVER, 1, "tmux: server", "tmux")
INIT = Process(1, 0, "systemd", "/sbin/init")


def call(*chain: Process, leader: int, terminal: bool = True, **more: Any) -> Caller:
    """
    Return a caller.
    """
    return Caller(chain, leader, has_terminal=terminal, **more)


SELF = Process(40, SHELL, "agent-status", "agent-status")
IN_PLAIN = call(SELF, Process(SHELL, SERVER, "bash", "-bash"), TMUX, leader=SHELL)
POPUP = call(Process(50, SERVER, "agent-status", "choose"), TMUX, leader=50)


def log_in(name: str, *above: Process) -> Caller:
    """
    Return who called from a shell that a program of that name began, outside of tmux.
    """
    shell = Process(41, 42, "zsh", "-zsh")
    parent = Process(42, above[0].pid if above else 1, name, name)
    return call(Process(40, 41, "agent-status", ""), shell, parent, *above, INIT, leader=41)


ENTERED = call(Process(40, 41, "agent-status", ""), Process(41, 0, "sh", "sh"), leader=41)


@pytest.mark.parametrize("caller", [IN_PLAIN, POPUP, ENTERED])
@pytest.mark.parametrize("verb", list(Verb))
def test_a_person_at_a_terminal_may(caller: Caller, verb: Verb) -> None:
    """
    In a pane without an agent, in a popup, and in a container that somebody has entered.
    """
    verdict = judge(caller, SCENE, verb)

    assert (True, Standing.PERSON, "") == (verdict.allowed, verdict.standing, verdict.words)


@pytest.mark.parametrize("name", sorted(KNOWN))
def test_a_login_s_own_terminal_is_a_person_s(name: str) -> None:
    """
    Each of the known programs, by the part of its name that every system tells.
    """
    assert judge(log_in(name), SCENE, Verb.ANSWER).allowed


@pytest.mark.parametrize("name", ["script", "expect", "python3", "tmux: server", "screen", "bash"])
def test_a_terminal_that_some_program_made_is_nobody_s(name: str) -> None:
    """
    A multiplexer's too: whoever has no terminal may open a window in it.
    """
    verdict = judge(log_in(name), SCENE, Verb.ANSWER)

    assert (False, Standing.STRANGER) == (verdict.allowed, verdict.standing)
    assert "can't tell who calls" in verdict.words
    assert verdict.words.endswith("; nothing was sent")


def test_a_client_s_terminal_is_a_person_s() -> None:
    """
    The session in which a client of the server runs, whatever began that.
    """
    caller = log_in("weird-terminal")

    assert not judge(caller, SCENE, Verb.ANSWER).allowed
    assert judge(caller, replace(SCENE, sessions={41}), Verb.ANSWER).allowed


@pytest.mark.parametrize(
    ("caller", "who"),
    [
        (log_in("sshd", Process(60, 1, "claude", "claude")), "Claude Code"),
        (log_in("node", Process(60, 1, "node", "node /opt/bin/claude -p")), "Claude Code"),
        (log_in("xterm", Process(31, 1, "x", "x")), "Codex in %3"),
        (
            call(SELF, Process(SHELL, BUSY, "sh", ""), Process(BUSY, 10, "fish", ""), leader=BUSY),
            "Codex in %3",
        ),
        (replace(IN_PLAIN, claims={40: HELD}), "Codex in %3"),
        (replace(log_in("xterm"), claims={42: HELD}), "Codex in %3"),
        (replace(POPUP, claims={50: PLAIN, 51: HELD}), "Codex in %3"),
        (
            call(
                SELF,
                INIT,
                leader=70,
                leaders=(Process(70, 71, "sh", ""), Process(71, 1, "claude", "")),
            ),
            "Claude Code",
        ),
        (call(SELF, INIT, leader=BUSY, leaders=(Process(BUSY, 10, "sh", ""),)), "Codex in %3"),
    ],
)
def test_an_agent_may_not(caller: Caller, who: str) -> None:
    """
    By a process above, by the session of an orphan, by the pane, and by what TMUX_PANE says.
    """
    verdict = judge(caller, SCENE, Verb.ANSWER)

    assert (False, Standing.AGENT) == (verdict.allowed, verdict.standing)
    assert verdict.words == (
        f"an agent may not answer for you: this was called from {who}; nothing was sent"
    )
    assert f"{who}, pid {caller.chain[0].pid}" == verdict.who


def test_a_popup_s_own_pane_variable_counts_for_nothing() -> None:
    """
    A job of tmux has the TMUX_PANE that the server itself was started with.
    """
    assert judge(replace(POPUP, claims={50: HELD, 51: HELD}), SCENE, Verb.ANSWER).allowed


def test_a_caller_without_a_terminal_may_not() -> None:
    """
    Whatever it is a child of.
    """
    for caller in (replace(IN_PLAIN, has_terminal=False), replace(POPUP, has_terminal=False)):
        verdict = judge(caller, SCENE, Verb.PIN)

        assert (False, Standing.SCRIPT) == (verdict.allowed, verdict.standing)
        assert verdict.words == (
            "a program without a terminal may not pin an agent for you; nothing was changed"
        )


@pytest.mark.parametrize(
    "caller",
    [
        None,
        call(SELF, INIT, leader=SHELL, leaders=(Process(SHELL, SERVER, "bash", ""), TMUX)),
        call(SELF, INIT, leader=70),
        call(SELF, Process(SHELL, 77, "bash", ""), leader=SHELL),
        replace(log_in("xterm"), chain=log_in("xterm").chain[:-1]),
    ],
)
def test_who_is_not_known_may_not(caller: Caller | None) -> None:
    """
    One that has ended, an orphan on the terminal of a pane, and one of which not all is told.
    """
    verdict = judge(caller, SCENE, Verb.ANSWER)

    assert (False, Standing.STRANGER) == (verdict.allowed, verdict.standing)
    assert "can't tell who calls" in verdict.words


def test_the_options_leave_it_to_scripts_and_agents() -> None:
    """
    Each to its own; what a script may, a stranger may, as it could just leave its terminal.
    """
    agent = replace(IN_PLAIN, claims={40: HELD})
    script, stranger = replace(IN_PLAIN, has_terminal=False), log_in("script")
    scene = replace(SCENE, agents_may={"send"}, scripts_may={"answer"})

    allowed = {
        (name, verb): judge(caller, scene, verb).allowed
        for name, caller in (("agent", agent), ("script", script), ("stranger", stranger))
        for verb in (Verb.ANSWER, Verb.SEND)
    }

    assert not judge(None, scene, Verb.ANSWER).allowed
    assert [key for key, may in allowed.items() if may] == [
        ("agent", "send"),
        ("script", "answer"),
        ("stranger", "answer"),
    ]


def test_agents_can_never_be_let_answer() -> None:
    """
    The option that would is refused, and what was left to scripts stays.
    """
    raw = {"@agent-status-agents-may": "send, answer", "@agent-status-scripts-may": "answer stop"}

    options, problems = parse_options(raw)

    assert not options.agents_may
    assert {"answer", "stop"} == options.scripts_may
    assert ["@agent-status-agents-may"] == [problem.where for problem in problems]
    assert "`send`, `interrupt`, `note`" in problems[0].what
    assert Verb.ANSWER not in FOR_AGENTS


def test_every_verb_has_words() -> None:
    """
    A new one is told in a sentence of its own.
    """
    assert set(Verb) == set(WORDS)


# -- the facts -------------------------------------------------------------------------------------


@contextlib.contextmanager
def run(*words: str, **env: str) -> Iterator[subprocess.Popen[bytes]]:
    """
    Run a program in a session of its own until the end of the block.
    """
    process = subprocess.Popen(words, env=env, start_new_session=True, stdin=subprocess.PIPE)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def test_a_caller_is_read_with_all_above_it() -> None:
    """
    Its session, that it has no terminal, and the pane of this server in its environment.
    """
    with run("/bin/cat", TMUX="/x/socket,1,0", TMUX_PANE="%7") as process:
        wait_for(lambda: read_environment(process.pid, ("TMUX",)))
        here = read_caller(process.pid, 0, "/x/socket")
        other = read_caller(process.pid, 0, "/y/socket")
    assert here

    assert [process.pid, os.getpid()] == [one.pid for one in here.chain[:2]]
    assert (process.pid, False) == (here.leader, here.has_terminal)
    assert ({process.pid: "%7"}, ()) == (here.claims, here.leaders)
    assert other
    assert process.pid not in other.claims


@pytest.mark.parametrize("pane", ["", "7", "%x", "%7\n%8", "\x1b[31m"])
def test_what_is_no_pane_is_no_claim(pane: str) -> None:
    """
    Its words come to no terminal and no journal.
    """
    with run("/bin/cat", TMUX_PANE=pane) as process:
        wait_for(lambda: "TMUX_PANE" in read_environment(process.pid, ("TMUX_PANE",)))
        found = read_caller(process.pid, 0, "/x/socket")

    assert found
    assert process.pid not in found.claims


def test_all_above_ends_at_the_tmux_server() -> None:
    """
    What started that is nobody's who calls.
    """
    with run("/bin/cat") as process:
        pids = [one.pid for one in read_above(process.pid, os.getpid())]

    assert [process.pid, os.getpid()] == pids


def test_a_terminal_of_its_own_is_told() -> None:
    """
    As `script` makes one.
    """
    with run(sys.executable, "-c", "import pty; pty.spawn('/bin/cat')") as process:
        child = wait_for(psutil.Process(process.pid).children)[0]
        wait_for(lambda: child.cmdline() == ["/bin/cat"])  # the terminal is its own by then
        found = read_caller(child.pid, 0, "")

    assert found
    assert (child.pid, True) == (found.leader, found.has_terminal)


def test_who_has_ended_is_nobody() -> None:
    """
    Neither is whoever gets its number.
    """
    with run("/bin/cat") as process:
        peer = Peer(process.pid)
        assert peer.is_there
    assert not peer.is_there
    assert read_caller(process.pid, 0, "") is None
    with pytest.raises(ProcessGoneError):
        Peer(process.pid)


def test_the_kernel_tells_who_connected() -> None:
    """
    The process that did, and not the one that holds its end by now.
    """
    near, far = socket.socketpair(socket.AF_UNIX)
    with near, far:
        assert os.getpid() == read_peer_pid(near)
        assert read_peer_pid(near, "plan9") is None


def test_a_mac_tells_who_connected() -> None:
    """
    By a question of its own.
    """

    class Mac:
        def getsockopt(self, *question: int) -> bytes:
            assert (SOL_LOCAL, LOCAL_PEERPID, 4) == question
            return (4711).to_bytes(4, sys.byteorder)

    connection: Any = Mac()

    assert 4711 == read_peer_pid(connection, "darwin")
