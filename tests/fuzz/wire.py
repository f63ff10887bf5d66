"""What others say to us: the socket, options, git, the report, tmux's keys and hooks."""

import contextlib
import json
import logging
import os
import re
import socket
import tempfile
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from agent_status.chooser.frame.frame import draw_frame
from agent_status.chooser.panels.log import render_log
from agent_status.chooser.state.moves import set_shot, update_agents
from agent_status.chooser.state.preview import trim_history
from agent_status.chooser.state.theme import Theme
from agent_status.chooser.state.view import View
from agent_status.daemon.handlers import answer
from agent_status.daemon.loop import Daemon
from agent_status.daemon.server import Server
from agent_status.detect.tracker import PaneTracker
from agent_status.errors import RefusedError
from agent_status.fastpath.hook_event import send_event
from agent_status.features.badges.formats import parse_saved
from agent_status.features.badges.placement import FRAGMENTS, insert_fragment, remove_fragment
from agent_status.features.checks.feature import ChecksFeature
from agent_status.features.checks.loader import CheckRules
from agent_status.features.journal.feature import JournalFeature
from agent_status.features.review.compare import parse_comparison
from agent_status.features.review.content import ContentReader
from agent_status.features.review.feature import ReviewFeature
from agent_status.features.triage.feature import TriageFeature
from agent_status.features.triage.policy import parse_settings
from agent_status.install.plugin import find_command
from agent_status.model import PaneId, Verb
from agent_status.options import TABLE, Options, parse_options
from agent_status.protocol.convert import ConvertError, decode
from agent_status.protocol.messages import (
    MAX_REQUEST,
    OLD_OPS,
    REQUESTS,
    BadRequestError,
    LogPart,
    parse_request,
)
from agent_status.system.git import GitError
from agent_status.system.processes import Peer
from agent_status.tmux.client import TIMEOUT_S, Tmux, parse_version
from agent_status.tmux.expiry import START_TIMER
from agent_status.tmux.query import OPTIONS
from tests.fuzz.draw import ANY_JSON, SCALARS, TEXTS, mangle, mangle_text, twist
from tests.fuzz.screens import assert_inert, read_registry
from tests.fuzz.target import Target
from tests.support.chooser_lab import REPORT, SCREEN, read_agents, read_any_agents, shoot_any

US = Peer(os.getpid())
MAY = "{n}".join(",".join(Verb) if "scripts" in name else "" for name in OPTIONS)
PANE = (
    "{n}:P%1 @1 $1 0 0 77 80 3 0 0 1 0 0 0 1 1 1 1000 0 1{n}1000 80 3 0{n}s{n}w{n}claude"
    "{n}title{n}/{n}{n}{n}{n}claude{n}\n{n}:C1\nDo you want to run it?\n❯ 1. Yes\n  2. No\n"
    f"{{n}}:O{{n}}{MAY}\n{{n}}:E{{n}}123\n"
)
NONCES = re.compile(r"'([0-9a-f]{16}):E")


class LiteralTmux(Tmux):
    """A tmux with one pane in it, which keeps every command that it was given."""

    def __init__(self, folder: Path) -> None:
        super().__init__(str(folder / "tmux"), "/nonexistent/tmux")
        self.lines: list[str] = []

    def feed(self, script: str, timeout_s: float = TIMEOUT_S) -> str:  # noqa: ARG002
        """Answer a tick; to anything else, nothing."""
        self.lines += script.splitlines()
        found = NONCES.search(script)
        return PANE.replace("{n}", found[1]) if found else ""


@cache
def open_daemon() -> tuple[Daemon, LiteralTmux]:
    """Return a daemon that has seen one agent, with every part that answers requests."""
    place = tempfile.TemporaryDirectory(prefix="fuzz-")
    folder = Path(place.name)
    _KEPT.append(place)
    log = logging.getLogger("fuzz")
    log.addHandler(logging.NullHandler())
    log.propagate = False
    tmux = LiteralTmux(folder)
    features = (
        TriageFeature(tmux),
        JournalFeature(folder / "journal.sqlite3", tmux, log),
        ReviewFeature(tmux.socket, folder),
        ChecksFeature(
            tmux, folder, CheckRules(folder), ContentReader(folder / "review"), lambda _: None
        ),
    )
    daemon = Daemon(
        tmux,
        PaneTracker,
        folder,
        log,
        registry=read_registry(),
        features=features,
    )
    assert daemon.inspect(PaneId("%1"))["agents"]
    return daemon, tmux


_KEPT: list[tempfile.TemporaryDirectory[str]] = []
BEAT = rf"set-environment -gh AGENT_STATUS_BEAT '[0-9a-f]+'|{re.escape(START_TIMER)}"
ALLOWED = re.compile(
    rf"(?:list-panes|display-message|capture-pane -p|set-option|show-options -gqv) [^\n]*|{BEAT}",
    re.ASCII,
)


def check_request(request: dict[str, Any]) -> None:
    """Any request is answered, or refused in a sentence; tmux is told nothing of its words."""
    daemon, tmux = open_daemon()
    tmux.lines.clear()
    with contextlib.suppress(RefusedError, BadRequestError):
        json.dumps(answer(daemon, parse_request(json.dumps(request).encode()), US))
    for line in tmux.lines:
        assert ALLOWED.fullmatch(line), line


ARGS = ("pane", "after", "since", "limit", "text", "pin", "mute", "snooze_s", "kind", "op", "v")
WIRE_REQUESTS = st.builds(
    lambda op, pane, more: {"v": 1, "op": op, "pane": pane} | more,
    st.sampled_from([*REQUESTS, *OLD_OPS, "nothing"]),
    st.just("%1") | SCALARS | ANY_JSON,
    st.dictionaries(st.sampled_from(ARGS), SCALARS | ANY_JSON, max_size=4),
)


def check_socket(pieces: list[bytes]) -> None:
    """Any bytes of some guests: the server keeps little of them, and answers the next one."""
    with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
        path = Path(folder) / "s"
        server = Server(path, lambda request, _: request.op)
        guests = []
        for piece in pieces:
            guest = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            guest.settimeout(0)
            guest.connect(str(path))
            guests.append(guest)
            for start in range(0, len(piece), 50_000):
                with contextlib.suppress(OSError):
                    guest.sendall(piece[start : start + 50_000])
                server.serve(0)
                server.publish({"n": start})
        assert _ping(server, path)
        for guest in guests:
            guest.close()
        server.serve(0)
        server.close()


def _ping(server: Server, path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as guest:
        guest.connect(str(path))
        guest.settimeout(2)
        guest.sendall(b'{"v":1,"op":"ping"}\n')
        for _ in range(5):
            server.serve(0)
        return guest.recv(1000) == b'{"ok":true,"data":"ping"}\n'


LINES = (
    b'{"v":1,"op":"watch"}\n{"v":1,"op":"screen","pane":"%1"}\n',
    b'{"v":1,"op":"' + b"x" * (MAX_REQUEST + 10) + b'"}\n',
    b"[" * 60_000 + b"\n",
    b'{"v":1,"op":' * 5000 + b"\n",
    b"\n" * 3000,
)


def check_options(raw: dict[str, str]) -> None:
    """Any option is taken, or its default with a sentence that names it."""
    options, problems = parse_options(raw)
    assert isinstance(options, Options)
    assert {problem.where for problem in problems} <= set(raw)


NAMES = st.sampled_from([name for name, _ in TABLE])
VALUES = mangle_text(
    ["on", "A", "60", "22:00-07:00", "brightred", "#ff0000", "approval,dangerous", "90%", "5"]
)


def check_tmux_words(text: str) -> None:
    """Whatever tmux says of versions, bindings, formats and what we kept in it."""
    parse_version(text)
    parse_saved(text)
    parse_settings(text)
    find_command(text)
    for name in FRAGMENTS:
        once = insert_fragment(name, text)
        assert once == insert_fragment(name, once)
        remove_fragment(once)


def check_comparison(told: bytes) -> None:
    """What git prints of two trees is read, or refused by name."""
    with contextlib.suppress(GitError):
        for one in parse_comparison(told):
            assert len(one.status) <= 1


RAW = (
    b":100644 100644 " + b"a" * 40 + b" " + b"b" * 40 + b" M\0x.py\0"
    b":000000 100644 " + b"0" * 40 + b" " + b"b" * 40 + b" A\0y\ty\0"
    b"3\t1\tx.py\0-\t-\ty\ty\0"
)


def check_report(drawn: tuple[Any, Any, tuple[int, int]]) -> None:
    """Any JSON in the place of report, screen and log fills a popup of any size, inert."""
    report, screen, (width, height) = drawn
    view = update_agents(View(now=1.0), read_any_agents(report))
    view = set_shot(view, shoot_any(view.selected, screen))
    for line in draw_frame(view, width, height, Theme()):
        assert_inert(line.plain)
        assert line.cell_len == width
    with contextlib.suppress(ConvertError):
        for text in render_log(decode(LogPart, {"entries": report}).entries):
            assert_inert(text)


def check_history(lines: list[str]) -> None:
    """Any lines above a pane's top are shown inert, scrolled to or as the top of a dialog."""
    view = update_agents(View(now=1.0), read_agents(REPORT))
    past = (view.selected, trim_history(lines))
    for start in (None, 0):
        for line in draw_frame(replace(view, history=past, start=start), 80, 24, Theme()):
            assert_inert(line.plain)


def check_event(env: dict[str, str]) -> None:
    """A hook in any environment is silent."""
    send_event(env)


ENV = st.dictionaries(
    st.sampled_from(["TMUX", "TMUX_PANE", "XDG_RUNTIME_DIR", "TMPDIR", "TEMP", "HOME"]),
    TEXTS | st.sampled_from(["/nonexistent,1,0", "%1", "%1\n", "/", "a" * 500, "%" + "9" * 5000]),
)
WORDS = (
    'bind-key -T root MouseDown1Status select-window -t = \\; display "a \\" b"',
    '{"keys": {"A": "bind-key -T prefix A x"}, "length": ["40", "101"], "click": ""}',
    " #I #W#{?@agent-status-window,#{@agent-status-window},} ##W #{=5:window_name} %H:%M",
    "pinned muted until=1e9 mark=approval:x",
    "tmux next-3.7",
)
SIZES = st.tuples(st.integers(1, 130), st.integers(1, 40))

TARGETS = (
    Target("requests", WIRE_REQUESTS, check_request, 250),
    Target("socket", st.lists(mangle(LINES), max_size=3), check_socket, 40),
    Target("options", st.dictionaries(NAMES, VALUES, max_size=6), check_options, 150),
    Target("tmux-words", mangle_text(WORDS), check_tmux_words, 150),
    Target("git", mangle([RAW]), check_comparison, 200),
    Target("report", st.tuples(twist(REPORT), twist(SCREEN), SIZES), check_report, 60),
    Target("history", st.lists(mangle_text(["\x1b[31mx", "\u202ea"])), check_history, 50),
    Target("event", ENV, check_event, 60),
)
