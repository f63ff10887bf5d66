"""An interruption comes once, together with others, and only to who does not look."""

import contextlib
import fcntl
import itertools
import logging
import os
import pty
import struct
import subprocess
import termios
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_status.doctor import examine
from agent_status.features.badges.placement import FORMATS
from agent_status.features.notify.channels import CHANNELS
from agent_status.features.notify.desktop import build_command, find_program, send_desktop
from agent_status.features.notify.feature import NotifyFeature
from agent_status.features.notify.message import (
    BELL,
    Notice,
    NotifyError,
    render_escape,
    render_notice,
)
from agent_status.features.notify.policy import (
    FORGET_S,
    FRONT_S,
    GATHER_S,
    RETRY_S,
    Memory,
    Topic,
    advance_memory,
    find_notable,
    is_due,
    is_in_front,
    is_quiet,
    list_waiting,
    make_key,
    mark_sent,
)
from agent_status.features.notify.terminal import write_terminal
from agent_status.model import (
    Channel,
    Grade,
    PaneId,
    Problem,
    Risk,
    Sighting,
    State,
    TmuxClient,
    Triage,
)
from agent_status.model.plain import clean_text
from agent_status.options import Options, parse_options
from agent_status.tmux.client import Tmux
from agent_status.tmux.clients import read_clients
from agent_status.tmux.server_state import Server
from tests.support.journal_lab import asking, make_ask, make_sighting
from tests.support.tmux_lab import DEADLINE_S, Lab, wait_for

WISHES = frozenset({"approval", "finished"})
EVIL = '\x1b]0;x\x07\x9b31m`id`$(id)\n";display dialog "x"-- <b>&'
NO_ASSESSMENT: tuple[TmuxClient, ...] = ()


def tell(memory: Memory, *sightings: Sighting, now: float) -> tuple[Memory, list[str]]:
    """
    Return the memory after a look at `now`, and the panes that are told of at once.
    """
    notable = find_notable(sightings, WISHES)
    memory = advance_memory(memory, notable, now)
    if not is_due(memory, now):
        return memory, []
    told = list_waiting(memory, notable)
    return mark_sent(memory, map(make_key, told), now), [one.sighting.pane.id for one in told]


def test_what_comes_together_is_told_together_and_once() -> None:
    """
    The second of two asks does not make a second notice, nor does looking again.
    """
    one, two = asking(pane="%1"), asking(pane="%2")

    memory, first = tell(Memory(), one, now=0.0)
    memory, second = tell(memory, one, two, now=1.0)
    memory, third = tell(memory, one, two, now=GATHER_S)
    memory, fourth = tell(memory, one, two, now=100.0)

    assert ([], [], ["%1", "%2"], []) == (first, second, third, fourth)


def test_what_went_away_at_once_is_never_told() -> None:
    """
    An agent that approves by itself interrupts nobody.
    """
    memory, _ = tell(Memory(), asking(), now=0.0)
    memory, _ = tell(memory, make_sighting(), now=1.0)

    assert (Memory(), []) == tell(memory, make_sighting(), now=9.0)


def test_an_ask_that_flickers_is_told_once() -> None:
    """
    It is news again only after it was away for long.
    """
    memory, _ = tell(Memory(), asking(), now=0.0)
    memory, first = tell(memory, asking(), now=2.0)
    memory, _ = tell(memory, make_sighting(), now=3.0)
    memory, again = tell(memory, asking(), now=10.0)
    memory, _ = tell(memory, make_sighting(), now=10.0 + FORGET_S)
    memory, _ = tell(memory, asking(), now=11.0 + FORGET_S)
    memory, anew = tell(memory, asking(), now=20.0 + FORGET_S)

    assert (["%3"], [], ["%3"]) == (first, again, anew)


def test_another_ask_of_the_same_pane_is_news() -> None:
    """
    What is told once is the ask, not the pane.
    """
    memory, _ = tell(Memory(), asking("ls"), now=0.0)
    memory, _ = tell(memory, asking("ls"), now=2.0)
    memory, _ = tell(memory, asking("rm"), now=3.0)

    assert ["%3"] == tell(memory, asking("rm"), now=5.0)[1]


def test_what_was_held_back_is_tried_again_later() -> None:
    """
    Not at every look, for each costs a question to tmux.
    """
    notable = find_notable([asking()], WISHES)
    memory = advance_memory(Memory(), notable, 0.0)
    memory = mark_sent(memory, [], GATHER_S)

    assert not is_due(advance_memory(memory, notable, 5.0), 5.0)
    assert is_due(memory, GATHER_S + RETRY_S)


@pytest.mark.parametrize(
    ("sighting", "wishes", "expected"),
    [
        (asking(), {"approval"}, True),
        (asking(), {"question", "dangerous"}, False),
        (make_sighting(State.FINISHED), {"finished"}, True),
        (replace(asking(), triage=Triage(muted=True)), {"approval"}, False),
        (replace(asking(), triage=Triage(snoozed_until=9.0)), {"approval"}, False),
        (replace(asking(), triage=Triage(pinned=True)), {"approval"}, True),
        (
            make_sighting(State.APPROVAL, make_ask(), risk=Risk(Grade.DANGEROUS)),
            {"dangerous"},
            True,
        ),
        (make_sighting(State.APPROVAL, make_ask(), risk=Risk(Grade.WRITES)), {"dangerous"}, False),
        (asking(), set(), False),
    ],
)
def test_only_what_is_wished_for_interrupts(
    sighting: Sighting,
    wishes: set[str],
    expected: bool,  # noqa: FBT001
) -> None:
    """
    By state, by risk, and never one that is muted or snoozed.
    """
    assert expected == bool(find_notable([sighting], frozenset(wishes)))


@pytest.mark.parametrize(
    ("hours", "minute", "expected"),
    [
        ("22:00-07:00", 23 * 60, True),
        ("22:00-07:00", 6 * 60 + 59, True),
        ("22:00-07:00", 7 * 60, False),
        ("22:00-07:00", 21 * 60 + 59, False),
        ("12:30-13:30", 13 * 60, True),
        ("12:30-13:30", 14 * 60, False),
        ("00:00-00:00", 0, False),
        ("off", 0, False),
    ],
)
def test_quiet_hours_may_span_midnight(
    hours: str,
    minute: int,
    expected: bool,  # noqa: FBT001
) -> None:
    """
    The first minute is quiet, the last is not.
    """
    options, problems = parse_options({"@agent-status-quiet-hours": hours})

    assert expected == is_quiet(options.quiet_hours, minute)
    assert not problems


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("notify", "approval, dangerous", {"approval", "dangerous"}),
        ("notify", "ERROR stuck", {"error", "stuck"}),
        ("notify", "off", set()),
        ("notify", "off,error", None),
        ("notify", "working", None),
        ("notify-by", "bell,terminal", {"bell", "terminal"}),
        ("notify-by", "mail", None),
        ("journal-days", "off", 0),
        ("journal-days", "0", 0),
        ("journal-days", "7", 7),
        ("journal-days", "-1", None),
        ("journal-days", "9999", None),
    ],
)
def test_the_options_take_what_they_say(name: str, text: str, expected: object) -> None:
    """
    Anything else is refused in words, and the default holds.
    """
    options, problems = parse_options({f"@agent-status-{name}": text})

    field = name.replace("-", "_")
    assert bool(problems) == (expected is None)
    assert getattr(options, field) == (getattr(Options(), field) if problems else expected)


@pytest.mark.parametrize("hours", ["24:00-07:00", "22-7", "22:00", "22:60-07:00", "x"])
def test_hours_that_make_no_sense_are_refused(hours: str) -> None:
    """
    With the option's name and what it may hold.
    """
    options, problems = parse_options({"@agent-status-quiet-hours": hours})

    assert options.quiet_hours is None
    assert "two times such as `22:00-07:00`" in problems[0].what


def look_at(window: str = "@1", pane: str = "%3", *, zoomed: bool = False) -> TmuxClient:
    """
    Return a terminal that was used at 1000.
    """
    return TmuxClient("/dev/pts/1", "xterm", window, PaneId(pane), 1000, zoomed)


@pytest.mark.parametrize(
    ("clients", "clock", "expected"),
    [
        (NO_ASSESSMENT, 1000.0, False),
        ((look_at(),), 1001.0, True),
        ((look_at(pane="%4"),), 1001.0, True),
        ((look_at(pane="%4", zoomed=True),), 1001.0, False),
        ((look_at(zoomed=True),), 1001.0, True),
        ((look_at("@2"),), 1001.0, False),
        ((look_at("@2"), look_at()), 1001.0, True),
        ((look_at(),), 1000.0 + FRONT_S, False),
    ],
)
def test_what_the_user_sees_does_not_interrupt(
    clients: tuple[TmuxClient, ...],
    clock: float,
    expected: bool,  # noqa: FBT001
) -> None:
    """
    In a window that is shown where a key was pressed lately, and not hidden by a zoomed pane.
    """
    assert expected == is_in_front(asking().pane, clients, clock)


def test_one_agent_is_told_by_name_what_and_where() -> None:
    """
    The dangerous one as such.
    """
    sighting = make_sighting(State.APPROVAL, make_ask("rm -rf x"), risk=Risk(Grade.DANGEROUS))

    assert Notice("Claude Code: approval", "dangerous: rm -rf x (work:0.0)") == render_notice(
        [Topic(sighting)]
    )


def test_several_are_one_digest() -> None:
    """
    The first ones by name, the rest by number.
    """
    notice = render_notice([Topic(asking(f"make {number}", f"%{number}")) for number in range(7)])

    assert "7 agents need you" == notice.title
    lines = notice.body.splitlines()
    assert "Claude Code: approval · make 0 (work:0.0)" == lines[0]
    assert "and 2 more" == lines[-1]
    assert 6 == len(lines)


@given(
    st.text(max_size=300), st.sampled_from(["xterm-256color", "foot", "rxvt", "linux", "tmux", ""])
)
def test_no_text_breaks_out_of_the_sequence(text: str, term: str) -> None:
    """
    Nothing of a pane's ends the sequence, begins another one, or is longer than a screen.
    """
    notice = render_notice([Topic(asking(text))])
    sequence = render_escape(notice, term)

    assert len(sequence) < 600
    if term == "tmux":
        wrapped = sequence.removeprefix("\x1bPtmux;").removesuffix(f"\x1b\\{BELL}")
        sequence = wrapped.replace("\x1b\x1b", "\x1b")
        assert 2 * sequence.count("\x1b") == wrapped.count("\x1b")
    if sequence != BELL:
        inner = sequence.removeprefix("\x1b]").removesuffix("\x1b\\")
        assert inner == clean_text(inner)
        assert inner.startswith(("9;agent-status: ", "777;notify;agent-status: "))
        assert inner.count(";") == (1 if inner.startswith("9;") else 3)
    assert "\n" not in notice.title


def test_applescript_never_sees_a_text_as_its_own() -> None:
    """
    Title and body are arguments; the script is the same for all.
    """
    words = build_command("osascript", EVIL, EVIL, "darwin")

    assert [EVIL, EVIL] == words[-2:]
    assert "--" == words[-3]
    assert words[:-2] == build_command("osascript", "a", "b", "darwin")[:-2]


def make_program(folder: Path, body: str) -> Path:
    """
    Put a `notify-send` into a folder that writes each word it is given on a line.
    """
    folder.mkdir(exist_ok=True)
    program = folder / "notify-send"
    program.write_text(f"#!/bin/sh\n{body}\n", "utf-8")
    program.chmod(0o755)
    return folder


def test_markup_on_the_desktop_is_shown_and_not_obeyed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Words that look like flags come after the end of flags.
    """
    out = tmp_path / "out"
    folder = make_program(tmp_path / "bin", f'for word; do echo "$word" >> {out}; done')
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")

    send_desktop("--version", "<b>$(id) & co</b>", "linux")

    assert ["--app-name=agent-status", "--", "--version", "&lt;b&gt;$(id) &amp; co&lt;/b&gt;"] == (
        out.read_text("utf-8").splitlines()
    )


@pytest.mark.parametrize(
    ("body", "words"),
    [("echo no bus >&2; exit 1", "failed: no bus"), (None, "notify-send is not installed")],
)
def test_a_desktop_that_does_not_answer_is_told(
    body: str | None, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    With the mend where there is one.
    """
    folder = make_program(tmp_path / "bin", body) if body else tmp_path
    monkeypatch.setenv("PATH", str(folder))

    with pytest.raises(NotifyError, match=words):
        send_desktop("a", "b", "linux")
    assert bool(body) == bool(find_program("linux"))


@contextlib.contextmanager
def open_terminal() -> Iterator[tuple[int, str]]:
    """
    Yield the far end of a terminal of ours, and its name.
    """
    far, near = pty.openpty()
    try:
        yield far, os.ttyname(near)
    finally:
        os.close(far)
        os.close(near)


def test_every_channel_has_a_row() -> None:
    """
    What the option takes can be sent.
    """
    assert set(Channel) == set(CHANNELS)


def test_a_terminal_gets_all_of_it() -> None:
    """
    As it is, once.
    """
    with open_terminal() as (far, tty):
        write_terminal(tty, "\x1b]9;agent-status: a\x1b\\")

        assert b"\x1b]9;agent-status: a\x1b\\" == os.read(far, 1000)


def test_a_terminal_that_somebody_else_writes_to_gets_all_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """
    One that is ready and then busy for a moment, as tmux draws, is written to after that.
    """
    write, turns = os.write, itertools.count()

    def find_busy(handle: int, data: bytes) -> int:
        if not next(turns):
            raise BlockingIOError
        return write(handle, data)

    with open_terminal() as (far, tty):
        with monkeypatch.context() as patch:
            patch.setattr(os, "write", find_busy)
            write_terminal(tty, "one and two")

        assert b"one and two" == os.read(far, 1000)


def test_a_terminal_that_does_not_read_is_not_waited_for() -> None:
    """
    The user's terminal may be stopped for hours.
    """
    with open_terminal() as (_, tty):
        near = os.open(tty, os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK)
        termios.tcflow(near, termios.TCOOFF)
        os.close(near)

        with pytest.raises(NotifyError, match="it does not read"):
            write_terminal(tty, "x" * 2000)


@pytest.mark.parametrize("kind", ["file", "link", "null", "gone", "empty", "nul"])
def test_only_a_terminal_of_the_users_is_written_to(kind: str, tmp_path: Path) -> None:
    """
    Whatever tmux may say the client's terminal is.
    """
    file = tmp_path / "x"
    file.write_text("", "utf-8")
    (tmp_path / "link").symlink_to(file)
    name = {
        "file": str(file),
        "link": str(tmp_path / "link"),
        "null": "/dev/null",
        "gone": "/dev/no-such-tty",
        "empty": "",
        "nul": "/dev/\0",
    }[kind]

    with pytest.raises(NotifyError, match="cannot be written to"):
        write_terminal(name, "x")
    assert "" == file.read_text("utf-8")


class Terminal:
    """A client of one of the lab's servers in a terminal whose every byte is kept."""

    def __init__(self, lab: Lab, socket: str = "", session: str = "work") -> None:
        self.seen = bytearray()
        self._far, near = pty.openpty()
        fcntl.ioctl(near, termios.TIOCSWINSZ, struct.pack("4H", 24, 80, 0, 0))
        self.name = os.ttyname(near)
        words = ["tmux", "-u", "-S", socket or lab.inner, "attach", "-t", session]
        env = lab.env | {"TERM": "xterm-256color"}
        self._client = subprocess.Popen(
            words, stdin=near, stdout=near, stderr=near, env=env, start_new_session=True
        )
        os.close(near)
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def press(self, key: str) -> None:
        """Press a key."""
        os.write(self._far, key.encode())

    def close(self) -> None:
        """Hang up."""
        self._client.terminate()
        self._client.wait(DEADLINE_S)
        self._reader.join(DEADLINE_S)
        os.close(self._far)

    def _read(self) -> None:
        with contextlib.suppress(OSError):
            while data := os.read(self._far, 65536):
                self.seen += data


@pytest.fixture
def terminal(lab: Lab) -> Iterator[Terminal]:
    """
    An attached terminal.
    """
    terminal = Terminal(lab)
    try:
        wait_for(lambda: lab.tmux("list-clients"))
        yield terminal
    finally:
        terminal.close()


def make_notifier(lab: Lab, notify_by: str, clock: float, hours: str = "off") -> NotifyFeature:
    """
    Return a notifier for approvals, at a time of the clock that is `clock`.
    """
    log = logging.getLogger(f"notify.{lab.folder.name}")
    log.propagate = False
    log.addHandler(logging.NullHandler())
    notifier = NotifyFeature(Tmux(lab.inner), log, lambda: clock)
    raw = {"@agent-status-notify": "approval", "@agent-status-notify-by": notify_by}
    notifier.take_options(parse_options(raw | {"@agent-status-quiet-hours": hours})[0])
    return notifier


def look_on(notifier: NotifyFeature, sightings: Sequence[Sighting]) -> Callable[[], None]:
    """
    Return a function that lets it look at what the list holds then, each time a second later.
    """
    later = itertools.count()
    return lambda: notifier.observe(tuple(sightings), float(next(later)))


def find_place(lab: Lab, pane: str = "%0", command: str = "make test") -> Sighting:
    """
    Return an agent that asks in a pane of the lab's.
    """
    window = lab.tmux("display-message", "-p", "-t", pane, "#{window_id}").strip()
    sighting = asking(command, pane)
    return replace(sighting, pane=replace(sighting.pane, window_id=window))


def read_activity(lab: Lab) -> float:
    """
    Return when the terminal was used last.
    """
    return read_clients(Tmux(lab.inner))[0].active_at


def test_the_terminal_says_it_when_the_user_is_away(lab: Lab, terminal: Terminal) -> None:
    """
    The sequence reaches the terminal through tmux's own device, once.
    """
    notifier = make_notifier(lab, "terminal", read_activity(lab) + FRONT_S)
    sighting = find_place(lab)

    said = b"\x1b]9;agent-status: Claude Code: approval: make test (work:0.0)\x1b\\"
    look = look_on(notifier, [sighting])
    wait_for(lambda: look() or said in terminal.seen)
    for _ in range(50):
        look()
    notifier.close()

    assert 1 == terminal.seen.count(said)
    assert "%0" == lab.tmux("display-message", "-p", "#{pane_id}").strip()


def test_it_is_silent_in_front_of_the_user_and_comes_once_they_left(
    lab: Lab, terminal: Terminal
) -> None:
    """
    The bell rings for a pane in another window, and for this one only later.
    """
    lab.tmux("new-window", "-d", "-t", "work:5", "exec cat")
    here, there = find_place(lab, "%0"), find_place(lab, "%1")
    notifier = make_notifier(lab, "bell", read_activity(lab) + 1)
    rung = terminal.seen.count(b"\a")

    look = look_on(notifier, [here, there])
    wait_for(lambda: look() or terminal.seen.count(b"\a") == rung + 1)
    lab.tmux("select-window", "-t", "work:5")

    wait_for(lambda: look() or terminal.seen.count(b"\a") == rung + 2)
    notifier.close()
    assert rung + 2 == terminal.seen.count(b"\a")


def test_after_the_quiet_hours_one_digest_tells_what_still_waits(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    What was answered meanwhile is not in it.
    """
    out = tmp_path / "out"
    folder = make_program(tmp_path / "bin", f'echo "$3" >> {out}')
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    monkeypatch.setattr("sys.platform", "linux")
    notifier = make_notifier(lab, "desktop", 0.0)
    sightings = [asking(f"make {number}", f"%{number}") for number in range(3)]
    quiet = replace(Options(), notify=frozenset({"approval"}), quiet_hours=(0, 1440))

    notifier.take_options(quiet)
    look = look_on(notifier, sightings)
    for _ in range(60):
        look()
    del sightings[2:]
    notifier.take_options(replace(quiet, quiet_hours=None))
    wait_for(lambda: look() or out.exists())
    notifier.close()

    assert "2 agents need you\n" == out.read_text("utf-8")


@pytest.mark.parametrize("passes", [True, False])
def test_a_terminal_within_another_tmux_gets_it_wrapped(
    lab: Lab,
    passes: bool,  # noqa: FBT001
    caplog: pytest.LogCaptureFixture,
) -> None:
    """
    The outermost one shows it if tmux passes it on; else its bell rings, and the log says why.
    """
    lab.attach()
    outermost = Terminal(lab, lab.outer, "0")
    try:
        Tmux(lab.outer).run(("set-option", "-g", "allow-passthrough", "on" if passes else "off"))
        wait_for(lambda: "tmux" in lab.tmux("list-clients", "-F", "#{client_termtype}"))
        notifier = make_notifier(lab, "terminal", read_activity(lab) + 3600)
        logger = logging.getLogger(f"notify.{lab.folder.name}")
        logger.addHandler(caplog.handler)
        look = look_on(notifier, [find_place(lab)])

        wait_for(lambda: (look(), b"\a" in outermost.seen)[1])

        notifier.close()
        told = b"\x1b]9;agent-status: Claude Code: approval: make test (work:0.0)"
        assert (told in outermost.seen) == passes
        assert "agent-status: Claude" not in lab.drawn()
        assert "allow-passthrough" in caplog.text
    finally:
        outermost.close()


@pytest.mark.parametrize(
    ("term", "words"), [("tmux-256color", "allow-passthrough"), ("linux", "bell"), ("xterm", "")]
)
def test_the_doctor_says_what_a_terminal_cannot_show(term: str, words: str) -> None:
    """
    Only for who wants notices there.
    """
    wanted = {"@agent-status-notify": "approval", "@agent-status-notify-by": "terminal"}
    server = Server(
        options=wanted,
        formats=dict.fromkeys(FORMATS, ""),
        clients=(TmuxClient("/dev/pts/1", term, "@1", PaneId("%3"), 0, name="/dev/pts/1"),),
    )

    found = [one.found for one in examine(server, "/gone", None) if one.what == "notices"]

    assert bool(words) == any("/dev/pts/1" in one and words in one for one in found)


def test_without_a_terminal_it_waits_for_one(lab: Lab) -> None:
    """
    What nobody could see was not told.
    """
    notifier = make_notifier(lab, "terminal", time.time() + FRONT_S + DEADLINE_S)
    look = look_on(notifier, [find_place(lab)])
    for _ in range(30):
        look()
    terminal = Terminal(lab)
    try:
        wait_for(lambda: look() or b"9;agent-status: Claude Code" in terminal.seen)
    finally:
        notifier.close()
        terminal.close()


def test_with_the_default_options_nobody_is_asked(lab: Lab) -> None:
    """
    No thread, no question to tmux, no sound.
    """
    threads = set(threading.enumerate())
    notifier = make_notifier(lab, "bell", 0.0)
    notifier.take_options(Options())

    for now in range(20):
        notifier.observe([find_place(lab)], float(now))

    assert set(threading.enumerate()) <= threads
    notifier.close()


def test_the_doctor_names_a_program_that_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Only for who wants to be interrupted by it.
    """
    monkeypatch.setenv("PATH", str(tmp_path))
    wanted = {"@agent-status-notify": "approval"}
    formats = dict.fromkeys(FORMATS, "")

    problems = [
        [one.problem for one in examine(Server(options=raw, formats=formats), "/gone", None)]
        for raw in ({}, wanted, wanted | {"@agent-status-notify-by": "bell"})
    ]

    told = ["@agent-status-notify-by" in map(find_where, found) for found in problems]
    assert [False, True, False] == told


def find_where(problem: Problem | None) -> str:
    """
    Return where a problem is.
    """
    return problem.where if problem else ""
