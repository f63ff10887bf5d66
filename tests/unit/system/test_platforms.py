"""Systems that are not Linux: their ways stand in tables, and are tried with fakes at the edge."""

import os
import re
import socket
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from agent_status.features.notify.desktop import find_program, send_desktop
from agent_status.features.notify.message import NotifyError
from agent_status.system import platforms
from agent_status.system.foreground import Keyboard, find_keyboard
from agent_status.system.peer import read_peer_uid
from agent_status.system.platforms import LOCAL_PEERCRED, SOL_LOCAL, SYSTEMS
from agent_status.system.processes import ProcessReader, list_open_files, read_cpu_s, read_origin
from tests.support.places import ROOT
from tests.support.tmux_lab import DEADLINE_S

SOURCES = ROOT / "src" / "agent_status"
XUCRED = struct.pack("IIh2x16I", 0, 501, 2, 20, 12, *[0] * 14)
"""What macOS answers of the user 501."""


class Mac:
    """
    A connection as the system of a Mac tells of it.
    """

    def __init__(self, answer: bytes) -> None:
        self.answer = answer

    def getsockopt(self, level: int, option: int, size: int) -> bytes:
        """
        Answer the one question that it knows.
        """
        assert (SOL_LOCAL, LOCAL_PEERCRED) == (level, option)
        return self.answer[:size]


def test_a_mac_tells_who_is_at_the_other_end() -> None:
    """
    The user is the second number of its answer.
    """
    connection: Any = Mac(XUCRED)

    assert 501 == read_peer_uid(connection, "darwin")


@pytest.mark.parametrize("answer", [b"", XUCRED[:8], XUCRED[:-1]])
def test_an_answer_of_another_form_is_no_user(answer: bytes) -> None:
    """
    Whoever asked closes the connection then, as with any other trouble.
    """
    connection: Any = Mac(answer)

    with pytest.raises(OSError, match="did not say"):
        read_peer_uid(connection, "darwin")


def test_the_system_that_we_run_on_tells_that_it_is_us() -> None:
    """
    An unknown system tells nothing; the socket's folder is the user's alone there, too.
    """
    near, far = socket.socketpair(socket.AF_UNIX)
    with near, far:
        assert os.getuid() == read_peer_uid(near)
        assert read_peer_uid(near, "plan9") is None


def put_program(
    folder: Path, name: str, body: str, monkeypatch: pytest.MonkeyPatch, path: str = ""
) -> None:
    """
    Put a program before all others of that name.
    """
    program = folder / name
    program.write_text(f"#!/bin/sh\n{body}\n", "utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{path or os.environ['PATH']}")


def test_a_mac_shows_notifications_by_applescript(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Title and body are the last two arguments, whatever they hold.
    """
    out = tmp_path / "out"
    put_program(tmp_path, "osascript", f"printf '%s\\n' \"$@\" > '{out}'", monkeypatch)

    send_desktop('-e "quit"', "$(id) & co", "darwin")

    words = out.read_text("utf-8").splitlines()
    assert ["--", '-e "quit"', "$(id) & co"] == words[-3:]
    assert 3 == words.count("-e")
    assert str(tmp_path / "osascript") == find_program("darwin")


def test_a_mac_without_applescript_is_told_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    It is not told of notify-send.
    """
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(NotifyError, match="osascript is not installed"):
        send_desktop("a", "b", "darwin")


@pytest.mark.parametrize(
    ("body", "keyboard"),
    [
        ('[ "$1 $2 $3" = "-o tpgid= -p" ] && echo "  {group}"', Keyboard.HELD),
        ("echo {other}", Keyboard.TAKEN),
        ("echo 0", Keyboard.HELD),
        ("echo tpgid", Keyboard.HELD),
        ("echo no such process >&2; exit 1", Keyboard.HELD),
        ("printf '\\377\\000'", Keyboard.HELD),
    ],
)
def test_ps_tells_who_has_the_keyboard(
    body: str, keyboard: Keyboard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    In a format that BSD's ps knows; what it does not tell is no reason to refuse.
    """
    groups = {"group": os.getpgrp(), "other": os.getpgrp() + 1}
    put_program(tmp_path, "ps", body.format(**groups), monkeypatch)
    monkeypatch.setattr(platforms, "TIMEOUT_S", DEADLINE_S)

    assert keyboard is find_keyboard(os.getpid(), "darwin")


def test_without_ps_nobody_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    The keyboard is taken to be there.
    """
    monkeypatch.setenv("PATH", str(tmp_path))

    assert Keyboard.HELD is find_keyboard(os.getpid(), "darwin")


def refuse(*_: object) -> Any:
    """
    Be a question that only the owner or the system's administrator may ask.
    """
    raise psutil.AccessDenied


@pytest.mark.parametrize(
    ("names", "ask", "expected"),
    [
        (("cmdline",), lambda pid: ProcessReader().read_trees([pid], 0.0)[pid][0].args, ""),
        (("name",), lambda pid: ProcessReader().read_trees([pid], 0.0)[pid], ()),
        (("status",), lambda pid: ProcessReader().read_trees([pid], 0.0)[pid], ()),
        (("environ",), lambda pid: dict(read_origin(pid, ["HOME"]).environment), {"HOME": ""}),  # type: ignore[union-attr]
        (("cwd",), lambda pid: read_origin(pid, ["HOME"]), None),
        (("open_files",), lambda pid: list_open_files([pid]), frozenset()),
        (("cpu_times",), lambda pid: read_cpu_s([pid]), 0.0),
    ],
)
def test_what_a_mac_does_not_tell_of_a_process_is_left_out(
    names: tuple[str, ...],
    ask: Callable[[int], object],
    expected: object,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """
    Most questions are refused there for processes of others, and some for one's own.
    """
    for name in names:
        monkeypatch.setattr(psutil.Process, name, refuse)

    assert expected == ask(os.getpid())


def test_times_without_those_of_children_are_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A Mac's have user and system only.
    """
    times = type("Times", (), {"user": 1.5, "system": 0.25})
    monkeypatch.setattr(psutil.Process, "cpu_times", lambda _: times)

    assert 1.75 == read_cpu_s([os.getpid()])


LINUX = re.compile(r"/proc\b|PEERCRED|sys\.platform|signalfd|epoll|inotify|uname\(")
TABLE = "system/platforms.py"


def test_what_systems_do_differently_stands_in_one_table() -> None:
    """
    Nobody else asks which system this is, or takes it for Linux.
    """
    asking = {
        path.relative_to(SOURCES).as_posix()
        for path in SOURCES.rglob("*.py")
        if LINUX.search(path.read_text("utf-8"))
    }

    assert {TABLE} == asking
    assert {"linux", "darwin"} == set(SYSTEMS)
