"""An agent may not decide for the user: real callers of each kind, against a real daemon."""

import ast
import os
import shlex
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agent_status.agents.files import load_agents
from agent_status.chooser.state.actions import GUARD_S
from agent_status.errors import CallerError, DaemonGoneError, RefusedError
from agent_status.features.base import Feature
from agent_status.features.journal import LogEntry, find_journal, open_journal
from agent_status.features.journal.feature import JournalFeature
from agent_status.features.review.feature import ReviewFeature
from agent_status.features.triage.feature import TriageFeature
from agent_status.model import PaneId, Verb
from agent_status.paths import find_config, find_runtime, find_state
from agent_status.protocol.client import DaemonClient, find_socket
from agent_status.protocol.messages import (
    REQUESTS,
    ChangeTriage,
    Done,
    May,
    Ping,
    Query,
    Request,
    Stop,
    WriteNote,
    render_request,
)
from agent_status.tmux.client import Tmux
from tests.support.acting_lab import Fake, Stage, open_stage
from tests.support.places import ROOT
from tests.support.tmux_lab import Lab, open_lab, wait_for

AGENT = """
import subprocess, sys
while True:
    for line in open(sys.argv[1]):
        subprocess.run(["/bin/bash", "-c", line])
"""
"""Runs what it is told, as an agent's tool does."""
PTY = "import pty, sys; pty.spawn(sys.argv[1:])"
SCRIPTS = "@agent-status-scripts-may"


class Watcher(Feature):
    """Keeps which results were seen, and which of them were reviewed."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.reviewed: list[str] = []

    def acknowledge(self, pane: PaneId, now: float) -> str:  # noqa: ARG002
        """Keep it."""
        self.seen.append(pane)
        self.reviewed.append(pane)
        return ""

    def record_visit(self, pane: PaneId, now: float) -> None:  # noqa: ARG002
        """Keep it."""
        self.seen.append(pane)


class Court:
    """A stage with a request, an agent that would answer it, and nothing left to scripts."""

    def __init__(self, stage: Stage, watcher: Watcher) -> None:
        self.stage = stage
        self.lab = stage.lab
        self.watcher = watcher
        self.calls = 0
        self.orders = self.lab.folder / "orders"
        os.mkfifo(self.orders)
        program = self.lab.folder / "claude"
        program.write_text(AGENT)
        self.agent = stage._open_pane(f"{sys.executable} -SE {program} {self.orders}")  # noqa: SLF001
        wait_for(lambda: stage.look(self.agent)["agent"])
        self.plain = stage._open_pane("PS1='shell> ' exec sh -i")  # noqa: SLF001

    def write(self, *words: str) -> tuple[str, Path]:
        """Return a script that runs a command of ours, and the file to which it says how it was."""
        self.calls += 1
        script, out = (self.lab.folder / f"{name}-{self.calls}" for name in ("call", "out"))
        env = [f"{name}={value}" for name, value in self.lab.inside.items() if name in KEPT]
        command = shlex.join(["env", *env, sys.executable, "-m", "agent_status", *words])
        script.write_text(f"#!/bin/sh\n{command} >{out}.new 2>&1\n")
        with script.open("a") as file:
            file.write(f"echo code $? >>{out}.new\nmv {out}.new {out}\n")
        script.chmod(0o700)
        return str(script), out

    def answer(self, fake: Fake) -> tuple[str, Path]:
        """Return the same for an answer to what a fake asks."""
        return self.write("answer", fake.pane, "--option", "y", "--expect", self.stage.expect(fake))

    def order(self, line: str) -> None:
        """Let the agent run a line of bash."""
        with self.orders.open("w") as pipe:
            pipe.write(line + "\n")

    def read_log(self) -> tuple[LogEntry, ...]:
        """Return what the journal has of answers."""
        with open_journal(find_journal(find_state()), self.lab.inner) as journal:
            return journal.read_log(kind="answer")


KEPT = {"HOME", "TMUX", "PATH", "XDG_RUNTIME_DIR", "XDG_STATE_HOME", "XDG_CONFIG_HOME"}


def read_out(out: Path) -> str:
    """
    Return what a call said, once it has ended.
    """
    wait_for(out.exists)
    return out.read_text()


@pytest.fixture(scope="module")
def court() -> Iterator[Court]:
    """
    One server for all; each test has a request of its own.
    """
    patch = pytest.MonkeyPatch()
    watcher = Watcher()
    with open_lab(patch.setenv) as lab:
        registry = load_agents(find_config())[0]
        tmux = Tmux(lab.inner)
        features = (
            TriageFeature(tmux),
            make_journalist(lab),
            ReviewFeature(lab.inner, find_state()),
        )
        with open_stage(lab, (*features, watcher), registry) as stage:
            lab.tmux("set-option", "-gu", SCRIPTS)
            wait_for(lambda: is_refused(lab, "may", verb="answer"))
            lab.attach(width=100, height=30)
            yield Court(stage, watcher)
    patch.undo()


def make_journalist(lab: Lab) -> JournalFeature:
    """
    Return what keeps the journal of a lab.
    """
    import logging  # noqa: PLC0415

    return JournalFeature(find_journal(find_state()), Tmux(lab.inner), logging.getLogger("court"))


def is_refused(lab: Lab, op: str, **args: Any) -> bool:
    """
    Whether a request of this process, which has no terminal, is refused for that.
    """
    try:
        lab.ask(op, **args)
    except CallerError:
        return True
    except RefusedError:
        return False
    return False


def make_path(folder: Path, name: str) -> Path:
    """
    Return a Python that is called by another name.
    """
    path = folder / name
    if not path.exists():
        path.symlink_to(Path(sys.executable).resolve())
    return path


# -- agents ----------------------------------------------------------------------------------------

WAYS = {
    "child": "{call}",
    "shells": "bash -c 'sh -c \"bash -c {call}; true\"; true'",
    "nohup": "nohup {call} >/dev/null 2>&1 &",
    "setsid": "setsid {call}",
    "orphan": "( ({call} &) & )",
    "orphan with a session": "( (setsid {call} &) & )",
    "orphan without the variable": "( (setsid env -u TMUX_PANE {call} &) & )",
    "empty environment": "( (setsid env -i {call} &) & )",
    "tmux' own job": "tmux -S {socket} run-shell -b {call}",
    "script": "script -qfc {call} /dev/null",
    "script, orphan": "( (setsid env -u TMUX_PANE script -qfc {call} /dev/null &) & )",
    "pty, orphan": "( (setsid env -i {python} -c '" + PTY + "' {call} &) & )",
    "job with a pty": "tmux -S {socket} run-shell -b 'script -qfc {call} /dev/null'",
}


@pytest.mark.parametrize("way", WAYS)
def test_no_way_hides_whose_child_it_is(court: Court, way: str) -> None:
    """
    Nothing is sent, one sentence says why, and the journal has it with the pane.
    """
    fake = court.stage.add("ask")
    call, out = court.answer(fake)
    place = {"call": call, "socket": court.lab.inner, "python": sys.executable}
    court.order(WAYS[way].format(**place))

    said = read_out(out)

    assert b"" == fake.got
    assert said.endswith("; nothing was sent\ncode 6\n"), said
    assert 1 == said.count("Error: ")
    entry = wait_for(lambda: [one for one in court.read_log() if one.pane == fake.pane])[-1]
    assert "refused" == entry.facts["outcome"]
    assert f"Error: refused (code 6): {entry.facts['words']}\n" in said
    assert ", pid " in entry.facts["who"]
    told = court.lab.run("log", fake.pane).stdout
    assert str(entry.facts["words"]) in told


def test_the_agent_and_its_pane_are_named(court: Court) -> None:
    """
    So that the user knows whom to look at.
    """
    fake = court.stage.add("ask")
    call, out = court.answer(fake)
    court.order(call)

    assert read_out(out) == (
        "Error: refused (code 6): "
        "an agent may not answer for you: this was called from Claude Code in "
        f"{court.agent}; nothing was sent\ncode 6\n"
    )


@pytest.mark.parametrize(
    "words",
    [
        ("send", "PANE", "hi"),
        ("interrupt", "PANE"),
        ("acknowledge", "PANE"),
        ("note", "PANE", "x"),
        ("pin", "PANE"),
        ("mute", "PANE"),
        ("snooze", "PANE"),
        ("daemon", "stop"),
        ("risk", "--confirm"),
    ],
)
def test_nothing_else_is_decided_by_an_agent(court: Court, words: tuple[str, ...]) -> None:
    """
    Each command ends with 6, the daemon and the agent in the pane go on.
    """
    fake = court.stage.add("busy")
    call, out = court.write(*(fake.pane if word == "PANE" else word for word in words))
    court.order(f"setsid {call}")

    said = read_out(out)

    assert said.startswith("Error: refused (code 6): an agent may not "), said
    assert said.endswith("code 6\n")
    assert b"" == fake.got
    care = court.stage.look(fake.pane)["agent"]["care"]
    assert [] == [name for name, value in care.items() if value], care
    assert fake.pane not in court.watcher.seen


def test_an_agent_may_read(court: Court) -> None:
    """
    What is asked with its fingerprint, the list, the journal, a note.
    """
    fake = court.stage.add("ask")
    reads = (
        ("answer", fake.pane),
        ("list",),
        ("explain", fake.pane),
        ("log",),
        ("note", fake.pane),
    )
    told = []
    for words in reads:
        call, out = court.write(*words)
        court.order(call)
        told.append(read_out(out))

    assert f"--expect {court.stage.expect(fake)}\n" in told[0]
    assert ["code 0"] * 5 == [one.splitlines()[-1] for one in told]


def test_an_agent_may_what_the_user_leaves_to_it(court: Court) -> None:
    """
    As soon as the option says so, and no longer than that.
    """
    fake = court.stage.add("idle")
    court.lab.tmux("set-option", "-g", "@agent-status-agents-may", "send")
    try:
        call, out = court.write("send", fake.pane, "hi")
        court.order(call)
        assert read_out(out).endswith("code 0\n")
    finally:
        court.lab.tmux("set-option", "-gu", "@agent-status-agents-may")
    wait_for(lambda: fake.got.endswith(b"\r"))


# -- the user --------------------------------------------------------------------------------------


def test_the_user_answers_from_a_pane_without_an_agent(court: Court) -> None:
    """
    Typed into its shell.
    """
    fake = court.stage.add("ask")
    call, out = court.answer(fake)
    court.lab.tmux("send-keys", "-t", court.plain, call, "Enter")

    assert read_out(out).endswith("code 0\n")
    assert b"1" == fake.got


def test_a_variable_that_names_an_agent_s_pane_is_believed(court: Court) -> None:
    """
    A program that an agent has left in another pane is an agent's.
    """
    fake = court.stage.add("ask")
    call, out = court.answer(fake)
    line = f"TMUX_PANE={court.agent} {call}"
    court.lab.tmux("send-keys", "-t", court.plain, line, "Enter")

    assert f"Claude Code in {court.agent}" in read_out(out)
    assert b"" == fake.got


def test_the_user_answers_from_a_popup(court: Court) -> None:
    """
    One of their own, over whatever pane.
    """
    fake = court.stage.add("ask")
    call, out = court.answer(fake)
    court.lab.tmux("select-window", "-t", court.agent)
    client = court.lab.tmux("list-clients", "-F", "#{client_name}").split()[0]
    court.lab.tmux("display-popup", "-c", client, "-E", call)

    assert read_out(out).endswith("code 0\n")
    assert b"1" == fake.got


def test_the_user_answers_in_a_client_s_terminal(court: Court) -> None:
    """
    Where the shell has come back, as the client was suspended or sent to the background.
    """
    fake = court.stage.add("ask")
    call, out = court.answer(fake)
    attach = f"env -u TMUX TERM=screen-256color tmux -u -S {court.lab.inner} attach -t work"
    now = court.lab.folder / "now"
    wait = f"until [ -e {now} ]; do sleep 0.05; done"
    shell = f"({wait}; env -u TMUX_PANE {call}) & {attach}"
    before = len(court.lab.tmux("list-clients").splitlines())
    court.lab._call(court.lab.outer, "new-window", "-d", shell)  # noqa: SLF001
    wait_for(lambda: len(court.lab.tmux("list-clients").splitlines()) > before)
    now.touch()

    assert read_out(out).endswith("code 0\n")
    assert b"1" == fake.got


@pytest.mark.parametrize(("name", "code"), [("sshd", 0), ("some-pty", 6)])
def test_the_user_answers_outside_of_tmux(court: Court, name: str, code: int) -> None:
    """
    In a terminal that a login or a terminal program has made, and in no other one.
    """
    fake = court.stage.add("ask")
    call, out = court.answer(fake)
    program = make_path(court.lab.folder, name)
    home = f"PYTHONHOME={sys.base_prefix}"
    subprocess.run(
        [
            "sh",
            "-c",
            f'env -u TMUX_PANE {home} "$@" >/dev/null &',
            "sh",
            program,
            "-SEc",
            PTY,
            call,
        ],
        env=court.lab.env,
        start_new_session=True,
        stdin=subprocess.DEVNULL,
        check=True,
    )

    assert read_out(out).endswith(f"code {code}\n")
    assert (b"" if code else b"1") == fake.got


def test_a_key_of_tmux_that_jumps_counts_as_a_look(court: Court) -> None:
    """
    It runs without a terminal, and the user who pressed it is shown the pane.
    """
    fake = court.stage.add("idle")
    call, out = court.write("jump", fake.pane)
    court.lab.tmux("bind-key", "J", "run-shell", "-b", call)
    court.lab.press("C-b", "J")

    assert read_out(out).endswith("code 0\n")
    wait_for(lambda: fake.pane in court.watcher.seen)
    assert [] == court.watcher.reviewed


def test_a_jump_to_a_pane_that_nobody_is_shown_is_no_look(court: Court) -> None:
    """
    The word of a program without a terminal counts for nothing by itself.
    """
    fake = court.stage.add("idle")

    assert is_refused(court.lab, "seen", pane=fake.pane, jumped=True)
    assert fake.pane not in court.watcher.seen


# -- scripts ---------------------------------------------------------------------------------------


def test_a_script_may_what_the_user_leaves_to_it(court: Court) -> None:
    """
    Neither the test nor the command that it runs has a terminal of the user's.
    """
    fake = court.stage.add("ask")
    words = ("answer", fake.pane, "--option", "y", "--expect", court.stage.expect(fake))
    refused = court.lab.run(*words)
    court.lab.tmux("set-option", "-g", SCRIPTS, "answer")
    try:
        done = court.lab.run(*words)
        other = court.lab.run("send", fake.pane, "x")
    finally:
        court.lab.tmux("set-option", "-gu", SCRIPTS)

    assert (6, 0, 6) == (refused.returncode, done.returncode, other.returncode)
    assert (
        "Error: refused (code 6): a program without a terminal may not answer for you"
        in refused.stderr
    )
    assert b"1" == fake.got


# -- the daemon's socket ---------------------------------------------------------------------------


def test_every_op_is_open_or_guarded(court: Court) -> None:
    """
    Also one that is new and in no table: it is judged until somebody says that it only reads.
    """
    fake = court.stage.add("busy")
    deciding: dict[str, dict[str, Any]] = {
        "may": {"verb": "send"},
        "acknowledge": {},
        "unreview": {},
        "stop": {},
        "note": {"text": "x"},
        "triage": {"pin": True, "mute": True, "snooze_s": 5},
        "baseline": {},
        "looked": {"at": 1.0},
        "check": {},
        "checked": {"root": "/", "exit_status": 0},
    }
    reads = {name for name, kind in REQUESTS.items() if issubclass(kind, Query)}

    assert REQUESTS.keys() == reads | deciding.keys()
    for op in REQUESTS.keys() - {"watch"}:
        args = deciding.get(op, {})
        assert is_refused(court.lab, op, pane=fake.pane, **args) is (op in deciding), op
    assert court.lab.ask("ping")
    assert ("new",) == New().verbs
    assert (Verb.MUTE,) == ChangeTriage(fake.ref, mute=False).verbs
    assert () == WriteNote(fake.ref).verbs


class New(Request[Done]):
    """A request that says nothing about what it decides."""

    op = "new"


CONNECT = """
import socket, sys
guest, far = socket.socket(socket.AF_UNIX), socket.socket(fileno=int(sys.argv[2]))
guest.connect(sys.argv[1])
guest.sendall(b'{"v":1,"op":"ping"}\\n')
guest.recv(4096)
socket.send_fds(far, [b"x"], [guest.fileno()])
"""


def test_a_connection_of_one_that_has_ended_is_nobody_s(court: Court) -> None:
    """
    Its socket may have been handed on to anybody.
    """
    near, far = socket.socketpair(socket.AF_UNIX)
    place = str(find_socket(court.lab.inner))
    words = [sys.executable, "-c", CONNECT, place, str(far.fileno())]
    subprocess.run(words, pass_fds=[far.fileno()], check=True)
    _, files, _, _ = socket.recv_fds(near, 1, 1)
    with (
        near,
        far,
        socket.socket(fileno=files[0]) as connection,
        DaemonClient(connection) as client,
    ):
        with pytest.raises(CallerError, match="who calls: it has ended; nothing was changed"):
            client.ask(Stop())
        assert client.ask(Ping())


@pytest.mark.parametrize("guest", [1, -1, "ours", 10**9])
def test_nobody_but_a_chooser_of_the_daemon_s_speaks_for_another(
    court: Court, guest: int | str
) -> None:
    """
    The daemon runs in this process, so that a child of ours would be believed; we are not.
    """
    stale = pytest.raises(CallerError, match="close it and open it again; nothing was done")
    with DaemonClient.open(court.lab.inner) as client, stale:
        pid = guest if isinstance(guest, int) else os.getpid()
        client.exchange(render_request(May(verb=Verb.ANSWER, guest=pid)))


# -- the chooser that stands by --------------------------------------------------------------------


@pytest.fixture
def spare(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Stage, Lab]]:
    """
    A daemon of its own process with its chooser, and nothing left to scripts.
    """
    with open_lab(monkeypatch.setenv) as lab:
        lab.scripts_may = ""
        lab.start(height=30)
        lab.keep_chooser()
        lab.attach(width=110, height=34)
        lab.tmux("set-option", "-g", "escape-time", "0")
        lab.spawn_daemon()
        desk: Any = None
        tmux: Any = None
        yield Stage(lab, desk, tmux), lab


def await_spare(lab: Lab) -> Path:
    """
    Return the door of the chooser that stands by.
    """
    door = find_runtime(lab.inner) / "chooser.sock"
    wait_for(door.exists)
    return door


def await_calm() -> None:
    """
    Wait until what is drawn by now has been there for as long as an answer to it needs.
    """
    since = time.time()
    wait_for(lambda: time.time() > since + 2 * GUARD_S)


def test_a_chooser_that_stood_by_decides_for_its_popup(spare: tuple[Stage, Lab]) -> None:
    """
    It has no terminal of its own, and its parent is the daemon.
    """
    stage, lab = spare
    fake = stage.add("ask")
    door = await_spare(lab)
    command = shlex.join([sys.executable, "-I", "-m", "agent_status", "choose"])
    lab.tmux("bind-key", "A", "display-popup", "-EE", "-w", "100%", "-h", "100%", command)
    lab.press("C-b", "A")
    wait_for(lambda: "y allow" in lab.drawn())
    assert not door.exists()

    await_calm()
    lab.press("y")
    wait_for(lambda: "Sent 1 (Yes)" in lab.drawn())

    assert b"1" == fake.got
    lab.press("q")


def test_a_chooser_that_stood_by_decides_nothing_for_a_program(spare: tuple[Stage, Lab]) -> None:
    """
    One that hands over a terminal of its own making gets to see the chooser, and no more.
    """
    stage, lab = spare
    fake = stage.add("ask")
    door = await_spare(lab)
    words = [sys.executable, "-c", PTY, sys.executable, "-I", "-m", "agent_status", "choose"]
    pipe = subprocess.PIPE
    program = subprocess.Popen(words, env=lab.inside, stdin=pipe, stdout=pipe)
    assert program.stdin
    assert program.stdout
    os.set_blocking(program.stdout.fileno(), False)
    shown = bytearray()

    def read() -> bytes:
        shown.extend(program.stdout.read() or b"" if program.stdout else b"")
        return bytes(shown)

    try:
        wait_for(lambda: b"allow" in read())
        assert not door.exists()
        await_calm()
        os.write(program.stdin.fileno(), b"y")
        wait_for(lambda: b"tell who calls" in read())
        assert b"" == fake.got
    finally:
        program.kill()
        program.communicate()


# -- setting it up ---------------------------------------------------------------------------------


def test_setting_up_and_taking_out_needs_no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    The plugin runs without one: an older daemon is replaced, and uninstall ends it.
    """
    with open_lab(monkeypatch.setenv) as lab:
        lab.scripts_may = ""
        lab.start()
        old = lab.spawn_daemon()
        copy = lab.folder / "copy"
        shutil.copytree(ROOT / "src", copy, ignore=shutil.ignore_patterns("__pycache__"))
        loaded = lab.run("load", PYTHONPATH=str(copy))
        new = lab.ask("ping")["pid"]
        refused = lab.run("daemon", "stop")
        gone = lab.run("uninstall", PYTHONPATH=str(copy))

        assert (0, 6, 0) == (loaded.returncode, refused.returncode, gone.returncode)
        assert old.pid != new
        wait_for(lambda: lab.ask("ping") is None)
        with pytest.raises(DaemonGoneError):
            DaemonClient.open(lab.inner)


# -- the seam --------------------------------------------------------------------------------------

TYPING = {
    "answer_ask": {Verb.ANSWER},
    "send_text": {Verb.SEND},
    "interrupt": {Verb.INTERRUPT},
}
"""What types, and what it decides."""


def test_nothing_types_without_a_desk_and_no_desk_is_open_to_all() -> None:
    """
    Every function of `actions` that takes a context is here; one place makes it, for a verb.
    """
    package = ROOT / "src" / "agent_status"
    trees = {
        path.relative_to(package).as_posix(): ast.parse(path.read_text("utf-8"))
        for path in package.rglob("*.py")
    }
    public = {
        node.name
        for name, tree in trees.items()
        if name in {"actions/answer.py", "actions/send.py", "actions/interrupt.py"}
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
        if any(arg.arg == "context" for arg in node.args.args)
    }
    calls = [
        (name, node.func.id, node)
        for name, tree in trees.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    ]

    assert TYPING.keys() == public
    assert {"actions/local.py"} == {name for name, called, _ in calls if called in TYPING}
    assert ["actions/context.py"] == [name for name, called, _ in calls if called == "OpenContext"]
    opened = [(name, node) for name, called, node in calls if called == "open_context"]
    assert {"actions/local.py"} == {name for name, _ in opened}
    assert all("verb" in {one.arg for one in node.keywords} for _, node in opened)
    context = (package / "actions" / "context.py").read_text("utf-8")
    assert "daemon.ask(May(ref, verb=verb))" in context


def test_each_action_asks_for_the_verb_that_it_types() -> None:
    """
    No context that was opened for a message gives an answer.
    """
    tree = ast.parse((ROOT / "src/agent_status/actions/local.py").read_text("utf-8"))
    methods = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    done: dict[str, set[Verb]] = {}
    for method in methods:
        nodes = list(ast.walk(method))
        named = [node for node in nodes if isinstance(node, ast.Attribute)]
        verbs = {getattr(Verb, one.attr) for one in named if getattr(one.value, "id", "") == "Verb"}
        called = {node.id for node in nodes if isinstance(node, ast.Name)}
        done |= dict.fromkeys(called & TYPING.keys(), verbs)

    assert done == TYPING
