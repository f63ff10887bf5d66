"""What others may try, and that it leads nowhere: the page of threats names these tests."""

import ast
import contextlib
import os
import re
import socket
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from agent_status.agents.files import load_agents
from agent_status.chooser.app.draft_files import find_drafts, keep_list
from agent_status.cli.pages import read_topic
from agent_status.daemon.server import Server
from agent_status.detect.tracker import PaneTracker
from agent_status.fastpath import hook_event
from agent_status.fastpath.hook_event import send_event
from agent_status.features.journal import Journal, Kind, LogEntry
from agent_status.features.journal.entry import Note, NoteKey
from agent_status.features.triage.feature import TriageFeature
from agent_status.paths import UnsafeFolderError, find_runtime, make_private
from agent_status.protocol.client import find_socket
from agent_status.protocol.messages import MAX_REQUEST
from agent_status.system.locks import DaemonLock
from agent_status.tmux.client import Tmux
from agent_status.tmux.expiry import START_TIMER
from tests.support.checkouts import git, isolate, make_repository
from tests.support.install_lab import Checkout, copy_checkout
from tests.support.places import ROOT
from tests.support.tmux_lab import DEADLINE_S, Lab, open_lab, run_daemon, wait_for

NASTY = (
    "x #(touch {gone}) #[bg=red,range=user|x] #{{E:@evil}} %H:%M %% ##[fg=blue] $(touch {gone}) "
    "`touch {gone}` '; touch {gone}; '\" | touch {gone} & \\; kill-server; x"
)
"""Everything that a shell, tmux's formats, its commands or strftime would obey."""
ESCAPES = "\x1b[31m\x1b]2;owned\x07\x1b]52;c;aGk=\x07\x1bPtmux;\x1b\\\u202e\x9b31m\x9d2;owned\x9c"
"""And what a terminal would."""
RULES = """
name = "Nasty"
[identify]
names = ["nasty"]
[[request]]
head = '^(?=Run: )'
start = '^Run: (?P<body>.*)'
end = '^Do you want'
about = '^Do you want'
[[rule]]
id = "ask"
says = "approval"
region = "dialog"
all = ['do you want']
options = 2
"""
PROGRAM = r"""
stty -echo
cd "$2"
printf '\033]2;%s\007' "$(cat "$1/title")"
cat "$1/screen"
exec cat
"""


def assert_inert(text: str) -> None:
    """
    A terminal shows this and obeys nothing in it.
    """
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text), text


@pytest.fixture
def lab(monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    """
    A private tmux server, in which no daemon outlives the test.
    """
    with open_lab(monkeypatch.setenv) as lab:
        isolate(monkeypatch, lab.folder)
        lab.env |= {name: os.environ[name] for name in ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_NOSYSTEM")}
        yield lab
        lab.run("daemon", "stop")


# -- text from panes, titles, names, folders, branches ---------------------------------------------


def open_nasty(lab: Lab) -> str:
    """
    Open an agent all of whose words are nasty, beside a quiet window; return its pane.
    """
    lab.start(width=170, height=40)
    gone = lab.folder / "gone"
    words = NASTY.format(gone=gone)
    place = lab.folder / f"d #(touch gone) $(touch gone) %H {ESCAPES.replace('/', '')}'\"`x`"
    make_repository(place, a_py="one\n")
    git(place, "checkout", "-qb", "b$(touch${IFS}gone)`touch`;'\"#(touch$IFS)#{@evil}%H|&")
    (place / "a.py").write_text(f"{words}{ESCAPES}\n")
    (place / f"n{ESCAPES}$(touch gone)").write_text("x\n")
    lab.env["PATH"] = f"{_fake_notifier(lab)}:{lab.env['PATH']}"
    for name, text in (("title", f"{words} {ESCAPES[:5]}"), ("screen", _draw(words))):
        (lab.folder / name).write_text(text)
    (lab.folder / "program").write_text(PROGRAM)
    agents = Path(lab.env["XDG_CONFIG_HOME"]) / "agent-status" / "agents"
    agents.mkdir(parents=True)
    (agents / "nasty.toml").write_text(RULES)
    literal = words.replace("#(", "##(").replace("#{", "##{")
    lab.tmux("set-option", "-g", "@evil", f"#(touch {gone})")
    lab.tmux("set-option", "-g", "status-interval", "1")
    lab.tmux("set-option", "-g", "set-titles", "on")
    start = ("sh", str(lab.folder / "program"), str(lab.folder), str(place))
    made = ("new-session", "-d", "-P", "-F", "#{pane_id}", "-s", "nasty", "-x", "170", "-y", "40")
    pane = lab.tmux(*made, *start).strip()
    lab.tmux("set-option", "-p", "-t", pane, "@agent-status-agent", "nasty")
    lab.tmux("rename-window", "-t", pane, literal)
    lab.tmux("rename-session", "-t", pane, literal)
    lab.tmux("set-option", "-g", "@agent-status-notify", "approval,dangerous")
    lab.tmux("set-option", "-g", "@agent-status-notify-by", "desktop,terminal,bell")
    lab.tmux("set-option", "-g", "status-right", "#{@agent-status-summary} %H:%M")
    lab.tmux("set-option", "-g", "status-right-length", "150")
    lab.tmux("set-option", "-g", "@agent-status-summary-width", "140")
    lab.tmux("set-option", "-g", "pane-border-status", "top")
    lab.tmux("set-option", "-g", "pane-border-format", "#{@agent-status-pane}")
    return pane


def _draw(words: str) -> str:
    return f"Run: {words}\r\n\r\nDo you want to? {words[:60]}\r\n❯ 1. Yes {words}\r\n  2. No\r\n"


def _fake_notifier(lab: Lab) -> Path:
    folder = lab.folder / "bin"
    folder.mkdir()
    program = folder / "notify-send"
    program.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" >>{lab.folder}/told\n')
    program.chmod(0o700)
    return folder


def list_agents(lab: Lab) -> list[Any]:
    """
    What the daemon reports; nothing while it does not answer.
    """
    return list((lab.ask("list") or {"agents": []})["agents"])


def test_no_word_of_an_agents_reaches_shell_tmux_or_terminal(lab: Lab) -> None:
    """
    Badge, summary, popup, notification and every command show them as text, and run nothing.
    """
    pane = open_nasty(lab)
    lab.attach(width=170, height=40)
    assert 0 == lab.run("load").returncode

    line = wait_for(lambda: next((one for one in lab.drawn().splitlines() if "▲1" in one), ""))
    assert "#(touch" in line
    assert "#[bg=red" in line
    agents = wait_for(lambda: [one for one in list_agents(lab) if one["branch"]])
    assert "approval" == agents[0]["state"]
    assert "touch" in agents[0]["branch"]
    wait_for((lab.folder / "told").exists)
    told = wait_for((lab.folder / "told").read_text)
    assert "#(touch" in told
    assert_inert(told)

    given = {"PANE": pane, "CAST": str(lab.folder / "report.cast")}
    for words in COMMANDS:
        done = lab.run(*(given.get(word, word) for word in words))
        assert "Traceback" not in done.stderr
        assert_inert(done.stdout)
        assert_inert(done.stderr)

    lab.press("C-b", "A")
    popup = wait_for(lambda: drawn if "─┐" in (drawn := lab.drawn("-e")) else "")
    popup = wait_for(lambda: drawn if "1. Yes" in (drawn := lab.drawn("-e")) else "")
    assert "#[bg=red" in popup
    assert "\x1b[41m" not in popup
    assert "owned" not in lab._call(lab.outer, "display-message", "-p", "#{pane_title}")  # noqa: SLF001
    lab.press("Escape")
    assert 0 == lab.run("jump", pane).returncode

    assert not (lab.folder / "gone").exists()
    assert not list(lab.folder.rglob("gone"))
    assert lab.tmux("list-sessions")
    assert_quiet_files(lab)


def test_the_trap_does_spring_where_tmux_is_asked_to_obey(lab: Lab) -> None:
    """
    What the test above looks for is there as soon as a format expands such an option again.
    """
    open_nasty(lab)

    lab.tmux("set-option", "-g", "status-left", "#{E:@evil}")
    lab.attach()

    wait_for((lab.folder / "gone").exists)


COMMANDS = (
    ("list",),
    ("list", "--json"),
    ("explain", "PANE"),
    ("answer", "PANE"),
    ("diff", "--no-pager", "PANE"),
    ("diff", "--files", "PANE"),
    ("diff", "--json", "PANE"),
    ("conflicts", "PANE"),
    ("note", "PANE", NASTY.format(gone="gone") + ESCAPES.replace("\x9c", "")),
    ("note", "PANE"),
    ("log",),
    ("log", "--json"),
    ("pin", "PANE"),
    ("snooze", "PANE", "5"),
    ("report", "PANE", "CAST"),
    ("answer", "PANE", "--option", "2", "--expect", "no-such"),
    ("doctor",),
)


def assert_quiet_files(lab: Lab) -> None:
    """
    No file of ours is called by a word of an agent's, and no log holds one.
    """
    for place in ("run", "state"):
        for path in (lab.folder / place).rglob("*"):
            assert re.fullmatch(r"[\w.+-]+", path.name, re.ASCII), path
    for path in (lab.folder / "state" / "agent-status").glob("*.log*"):
        text = path.read_text()
        assert "touch" not in text
        assert_inert(text)


def test_no_word_reaches_the_journals_language(tmp_path: Path) -> None:
    """
    Every value is a parameter of its statement.
    """
    words = "'); DROP TABLE entries; -- \" ] ; DELETE FROM notes; \x00\ud800"
    with Journal(tmp_path / "journal.sqlite3", words) as journal:
        entry = LogEntry(1.0, Kind.ASK, words, words, words, words, words, {words: words})
        assert journal.write([entry])
        assert journal.write_note(NoteKey(words, words, words), Note(words, 1.0))

        assert 1 == len(journal.read_log(pane=words, server=words, kind="ask"))
        assert () == journal.read_log(pane="' OR '1'='1")
        assert journal.find_note(NoteKey(words, words, words)).text


# -- other users of the machine --------------------------------------------------------------------


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077])
def test_every_file_is_the_users_alone_whatever_the_umask(lab: Lab, mask: int) -> None:
    """
    Socket, lock, log, journal, notes, replies and what is kept for the review.
    """
    lab.start()
    make_repository(lab.folder / "r", a_py="x\n")
    lab.tmux("new-window", "-t", "work", "-c", str(lab.folder / "r"))
    lab.tmux("set-option", "-p", "-t", "work", "@agent-status-agent", "claude")
    words = [sys.executable, "-m", "agent_status.daemon", lab.inner]
    process = subprocess.Popen(words, env=lab.inside, stderr=subprocess.PIPE, umask=mask)
    lab.daemons.append(process)
    wait_for(lambda: (lab.ask("list") or {"agents": []})["agents"])
    pane = lab.ask("list")["agents"][0]["pane"]
    wait_for(lambda: lab.ask("list")["agents"][0]["changes"]["tree"])
    assert lab.ask("note", pane=pane, text="why")
    state = lab.folder / "state" / "agent-status"
    wait_for((state / "journal.sqlite3").exists)
    before = os.umask(mask)
    try:
        keep_list(state / "replies.json", ("yes",))
        keep_list(find_drafts(state, "x"), (("%1", "no"),))
    finally:
        os.umask(before)

    daemon = psutil.Process(process.pid)
    daemon.suspend()
    wait_for(lambda: daemon.status() == psutil.STATUS_STOPPED)
    try:
        ours = [state, *state.rglob("*"), *(lab.folder / "run" / "agent-status").rglob("*")]
        names = {path.name for path in ours}
        wide = [path for path in ours if path.lstat().st_mode & 0o077 and not _is_shut(path)]
    finally:
        daemon.resume()

    assert {"daemon.sock", "lock", "journal.sqlite3", "replies.json", "review"} <= names
    assert any(name.endswith(".log") for name in names)
    assert [] == wide


def _is_shut(path: Path) -> bool:
    """
    Whether a folder above keeps everybody else out; git gives its objects modes of its own.
    """
    return any(
        stat.S_IMODE(folder.stat().st_mode) == 0o700
        for folder in path.parents
        if folder.name not in {"state", "run"} and "agent-status" in str(folder)
    ) and path.suffix not in {".sock", ".log", ".json", ".sqlite3"}


def test_another_user_is_not_answered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Even one who got hold of the socket is shown the door before a word is read.
    """
    server = Server(tmp_path / "s", lambda *_: pytest.fail("it was answered"))
    guest = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    guest.connect(str(tmp_path / "s"))
    guest.sendall(b'{"v":1,"op":"ping"}\n')
    monkeypatch.setattr(os, "getuid", lambda: 4711)

    server.serve(0)
    server.serve(0)

    assert b"" == receive(guest)
    server.close()


def receive(guest: socket.socket) -> bytes:
    """
    Return what came; nothing where the other end has closed.
    """
    guest.settimeout(DEADLINE_S)
    try:
        return guest.recv(1000)
    except ConnectionResetError:
        return b""
    finally:
        guest.close()


def make_link(folder: Path, target: Path) -> None:
    """
    Put a link to a private folder of the user's there.
    """
    target.mkdir(mode=0o700)
    folder.symlink_to(target)


def make_wide(folder: Path, _: Path) -> None:
    """
    Put a folder there that everybody may write to.
    """
    folder.mkdir()
    folder.chmod(0o777)


def make_file(folder: Path, _: Path) -> None:
    """
    Put a file there.
    """
    folder.write_text("")
    folder.chmod(0o600)


@pytest.fixture
def short_path() -> Iterator[Path]:
    """
    A folder in which a socket's path is not too long.
    """
    with tempfile.TemporaryDirectory(prefix="as-") as name:
        yield Path(name)


@pytest.mark.parametrize("make", [make_link, make_wide, make_file])
@pytest.mark.parametrize("deep", [False, True])
def test_a_folder_that_was_there_before_us_is_not_trusted(
    short_path: Path, make: Any, monkeypatch: pytest.MonkeyPatch, *, deep: bool
) -> None:
    """
    In a /tmp that all share, somebody may know our folder's name; nothing is put into theirs.
    """
    shared = short_path / "shared"
    shared.mkdir()
    shared.chmod(0o1777)
    monkeypatch.setattr(hook_event, "TEMPORARY", (str(shared),))
    env: dict[str, str] = {}
    ours = find_runtime("/x/socket", env)
    ours.rmdir()
    if not deep:
        ours.parent.rmdir()
    make(ours if deep else ours.parent, short_path / "target")

    with pytest.raises((UnsafeFolderError, FileExistsError, NotADirectoryError)):
        find_runtime("/x/socket", env)
    target = short_path / "target"
    assert not target.exists() or not list(target.iterdir())


def test_a_folder_of_somebody_else_is_not_trusted(
    short_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Whatever its mode, and neither does a hook speak to a socket in it.
    """
    monkeypatch.setattr(hook_event, "TEMPORARY", (str(short_path),))
    env = {"TMUX": "/x/socket,1,0", "TMUX_PANE": "%1"}
    monkeypatch.setattr(os, "getuid", lambda: 4711)
    folder = short_path / "agent-status-4711"
    folder.mkdir(mode=0o700)
    door = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)

    with pytest.raises(UnsafeFolderError, match="of yours alone"):
        make_private(folder)
    with pytest.raises(UnsafeFolderError):
        find_runtime("/x/socket", env)
    with pytest.raises(UnsafeFolderError):
        DaemonLock(folder / "x").__enter__()
    send_event(env)
    door.close()


@pytest.mark.parametrize("name", ["daemon.sock", "lock"])
def test_a_link_in_the_place_of_a_file_of_ours_is_not_followed(lab: Lab, name: str) -> None:
    """
    The socket takes its place, the lock refuses it; what it leads to stays as it was.
    """
    victim = lab.folder / "victim"
    victim.write_text("dear")
    victim.chmod(0o644)
    folder = find_runtime(lab.inner)
    (folder / name).symlink_to(victim)

    if name == "lock":
        with pytest.raises(OSError, match="symbolic"):
            DaemonLock(folder).__enter__()
    else:
        server = Server(folder / name, lambda *_: {})
        assert stat.S_ISSOCK((folder / name).lstat().st_mode)
        server.close()

    assert ("dear", 0o644) == (victim.read_text(), stat.S_IMODE(victim.stat().st_mode))


@pytest.mark.parametrize(
    "request_", [b"[" * 60_000, b"x" * (MAX_REQUEST + 10), b'{"v":1,"op":"run"}', b'{"v":9}']
)
def test_what_is_no_request_ends_the_connection(lab: Lab, request_: bytes) -> None:
    """
    Too deep, too long, unknown, of another version: one sentence, and the end; others are served.
    """
    lab.start()
    with run_daemon(lab, PaneTracker, registry=load_agents(lab.folder)[0]):
        guest = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        guest.connect(str(find_socket(lab.inner)))
        guest.sendall(request_ + b"\n")
        answer = guest.makefile("rb").read()

        assert answer.startswith(b'{"ok":false,"error":"')
        assert 1 == answer.count(b"\n")
        assert lab.ask("ping")["pid"]
        guest.close()


# -- the network -----------------------------------------------------------------------------------


def test_nothing_listens_on_or_speaks_to_the_network(lab: Lab) -> None:
    """
    Neither the daemon nor the chooser that stands by has a socket but of the file system's.
    """
    lab.start()
    lab.keep_chooser()
    lab.tmux("set-option", "-p", "-t", "work", "@agent-status-agent", "claude")
    daemon = psutil.Process(lab.spawn_daemon().pid)
    wait_for((find_runtime(lab.inner) / "chooser.sock").exists)
    spare = wait_for(lambda: find_spare(daemon))
    assert spare

    assert [] == daemon.net_connections(kind="inet")
    assert [] == spare.net_connections(kind="inet")
    assert spare.net_connections(kind="unix")
    assert daemon.net_connections(kind="unix")


def find_spare(daemon: psutil.Process) -> psutil.Process | None:
    """
    Return the chooser that stands by; other children of the daemon's come and go.
    """
    for one in daemon.children():
        with contextlib.suppress(psutil.NoSuchProcess):
            if "--stand-by" in one.cmdline():
                return one
    return None


def test_no_module_of_ours_knows_the_network() -> None:
    """
    Nothing is imported that speaks to it, and every socket is one of the file system's.
    """
    known = {"http", "urllib", "ftplib", "smtplib", "ssl", "asyncio", "requests", "xmlrpc"}
    for path in (ROOT / "src").rglob("*.py"):
        tree = ast.parse(path.read_text("utf-8"))
        for node in ast.walk(tree):
            names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not {name.partition(".")[0] for name in names} & known, path
            assert not getattr(node, "attr", "").startswith("AF_INET"), path


# -- agents that wait ------------------------------------------------------------------------------

LOOKING = re.compile(
    r"(?:list-panes|display-message -p|set-option -q\S*|show-options -gqv|capture-pane -p"
    r"|list-clients)\b[^\n]*"
)
TYPING = re.compile(r"send-keys|paste-buffer|load-buffer|run-shell|respawn|pipe-pane|kill-")
BEAT = re.compile(
    r"set-environment -gh AGENT_STATUS_BEAT '[0-9a-f]{8}'"
    r"|set-environment -gh AGENT_STATUS_END '(?P<end>.*)'"
    rf"|{re.escape(START_TIMER)}"
    r"|set-environment -gu AGENT_STATUS_\w+"
)
"""What lets tmux itself end our options when the daemon has died."""
ENDING = re.compile(r"set-option -q")


def test_the_daemon_only_looks(lab: Lab) -> None:
    """
    Of all that it tells tmux while an agent asks, nothing types, runs or ends anything.
    """
    lab.start()
    lab.tmux("set-option", "-p", "-t", "work", "@agent-status-agent", "claude")
    care = TriageFeature(Tmux(lab.inner))
    with run_daemon(lab, PaneTracker, [care], registry=load_agents(lab.folder)[0]) as tmux:
        pane = wait_for(lambda: lab.ask("list")["agents"])[0]["pane"]
        for op in ("inspect", "explain", "acknowledge", "event", "screen"):
            assert lab.ask(op, pane=pane) is not None
        lab.ask("triage", pane=pane, pin=True)
        lines = [line for script in tmux.scripts for line in script.splitlines()]

    beats = [found for found in map(BEAT.fullmatch, lines) if found]
    lines = [line for line in lines if not BEAT.fullmatch(line)]
    assert [] == [line for line in lines if TYPING.search(line)]
    assert [] == [line for line in lines if not LOOKING.match(line)]
    commands = [command for beat in beats if beat["end"] for command in beat["end"].split(" ; ")]
    assert commands
    assert [] == [command for command in commands if TYPING.search(command)]
    assert [] == [command for command in commands if not ENDING.match(command)]


def test_only_acting_types_and_only_for_a_command_or_the_chooser() -> None:
    """
    One module knows how, and the import contracts let nobody else near it.
    """
    typing = [
        path.relative_to(ROOT / "src" / "agent_status").as_posix()
        for path in (ROOT / "src").rglob("*.py")
        if re.search(r"send-keys|paste-buffer", path.read_text("utf-8"))
    ]
    contracts = (ROOT / "pyproject.toml").read_text("utf-8")

    assert ["actions/guard.py"] == typing
    assert 'protected_modules = ["agent_status.actions"]' in contracts
    assert 'allowed_importers = ["agent_status.cli", "agent_status.chooser"]' in contracts


# -- what is downloaded ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_every_package_is_pinned_with_its_hashes(name: str) -> None:
    """
    One version each, and no file that nobody has named.
    """
    text = (ROOT / "scripts" / name).read_text("utf-8")
    entries = re.split(r"\n(?=\S)", re.sub(r"(?m)^#.*\n", "", text).strip())

    for entry in entries:
        assert re.match(r"[a-z0-9-]+(?:\[[a-z,]+\])?==[0-9][\w.]*[ ;]", entry), entry
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", entry), entry
    assert 8 < len(entries)
    assert "://" not in text


def test_the_installation_takes_only_wheels_with_those_hashes(
    tmp_path: Path, clone: Checkout
) -> None:
    """
    With uv and with pip alike; so no package's own script runs.
    """
    for tool in ("uv", "pip"):
        folder = tmp_path / tool
        folder.mkdir()
        checkout = copy_checkout(folder, clone)
        heard = folder / "heard"
        if tool == "uv":
            text = f'#!/bin/sh\necho "$@" >>{heard}\n[ "$1" = venv ]\n'
            checkout.fake("uv", text)
            extra = {}
        else:
            (checkout.fakes / "uv").unlink()
            python = checkout.fake("python-that-tells", TELLING.format(heard, sys.executable))
            extra = {"AGENT_STATUS_PYTHON": str(python), "PATH": f"{checkout.fakes}:/usr/bin:/bin"}
        done = checkout.bootstrap(**extra)

        assert 1 == done.returncode
        line = next(one for one in heard.read_text().splitlines() if " install " in one)
        assert "--require-hashes" in line
        assert "--only-binary :all:" in line
        assert line.endswith("scripts/requirements.txt")


TELLING = """#!/bin/sh
echo "$@" >>{}
case "$*" in
  *"-m venv"*) for folder; do :; done; mkdir -p "$folder/bin"; cp "$0" "$folder/bin/python" ;;
  *"-m pip"*) exit 1 ;;
  *) exec {} "$@" ;;
esac
"""


def test_what_is_installed_is_the_users_alone(tmp_path: Path, clone: Checkout) -> None:
    """
    Nobody else may change the program, also with a umask that lets everybody do everything.
    """
    checkout = copy_checkout(tmp_path, clone)
    before = os.umask(0)
    try:
        assert 0 == checkout.bootstrap().returncode
    finally:
        os.umask(before)

    for folder in (checkout.venvs, checkout.venvs.parent, tmp_path / "state" / "agent-status"):
        assert 0 == folder.stat().st_mode & 0o077, folder


# -- the page --------------------------------------------------------------------------------------


def read_threats() -> list[list[str]]:
    """
    Return the rows of the page's table of threats.
    """
    text = read_topic("security").partition("\n## Threats\n")[2]
    rows = [line for line in text.partition("\n## ")[0].splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in row.strip("|").split(" | ")] for row in rows[1:]]


def test_each_threat_names_tests_that_exist() -> None:
    """
    A line without a test is a promise, and not a fact.
    """
    rows = read_threats()
    assert 12 <= len(rows)
    for row in rows:
        names = re.findall(r"`(test_\w+)`", row[-1])
        files = re.findall(r"\[(test_\w+\.py)\]\([./]*(tests/[\w/]+\.py)\)", row[-1])
        assert names
        assert files, row
        texts = [(ROOT / path).read_text("utf-8") for _, path in files]
        for name in names:
            assert any(f"def {name}(" in text for text in texts), name
