"""A report of an emulated pane holds its exact bytes, except where they show a secret."""

import random
from collections.abc import Iterable
from pathlib import Path

import pytest

from agent_status.features.history.feature import MAX_HEARD_BYTES, MAX_PANE_BYTES, PaneHistory
from agent_status.model import Agent, Capture, Process, Screen, State, Status
from agent_status.recordings import Report, write_report
from agent_status.recordings.incident import unpack
from agent_status.recordings.redaction import Masker, Person
from agent_status.recordings.replay import iterate_changes, iterate_statuses
from agent_status.terminal import Terminal
from agent_status.terminal.asciicast import Event, Recording, open_recording, parse_processes
from agent_status.terminal.render import render_capture
from tests.support.knowledge import KNOWLEDGE
from tests.support.places import RECORDINGS

WORKS = Status(Agent("claude", "Claude Code"), State.WORKING, 0.0, rule="claude/spinner")
SECRET = "sk-ant-api03-AbCdEfGh1234567890"  # noqa: S105
FILES = ("claude/two_permissions-100x30", "codex/plan-60x20", "gemini/edit_permission-60x20")


class Taped:
    """An emulated pane whose history is kept at each piece of bytes."""

    def __init__(self, width: int = 40, height: int = 6) -> None:
        self.tape = PaneHistory()
        self.terminal = Terminal(width, height)
        self.tree: tuple[Process, ...] = ()
        self.now = 0.0
        self.keep()

    def keep(self) -> None:
        """Keep what is known now."""
        self.tape.keep_live(
            lambda: render_capture(self.terminal.screen()), self.tree, WORKS, self.now
        )

    def feed(self, *pieces: bytes) -> None:
        """Take pieces, 0.1 s apart."""
        for piece in pieces:
            self.take(piece, self.now + 0.1)

    def take(self, piece: bytes, now: float) -> None:
        """Take a piece at a time."""
        self.terminal.feed(piece)
        self.tape.hear(piece)
        self.now = now
        self.keep()

    def write(
        self,
        path: Path,
        seconds: float = 1e6,
        masker: Masker | None = None,
        command: str = "",
    ) -> list[Event]:
        """Write a report and return what it prints."""
        entries = [entry for _, text in self.tape.read(-1)[0] for entry in unpack(text)]
        report = Report(tuple(entries), self.now, 1000.0, "", "", "claude")
        write_report(report, path, masker or Masker(), seconds, command)
        return [one for one in open_recording(path).read_events() if one.code == "o"]


def show(events: Iterable[Event], width: int = 40, height: int = 6) -> Screen:
    """Return what a terminal shows after the events."""
    terminal = Terminal(width, height)
    for event in events:
        terminal.feed(event.data.encode())
    return terminal.screen()


def join(events: Iterable[Event]) -> str:
    """Return what the events print."""
    return "".join(event.data for event in events)


@pytest.mark.parametrize("name", FILES)
def test_report_replays_to_the_same_states(name: str, tmp_path: Path) -> None:
    """
    With the same rules and requests, in the same order.
    """
    source = open_recording(RECORDINGS / f"{name}.cast.gz")
    pane = Taped(source.width, source.height)
    for event in source.read_events():
        if event.code == "p":
            pane.tree = parse_processes(event.data)
        pane.take(event.data.encode() if event.code == "o" else b"", event.at)
    path = tmp_path / "x.cast"
    pane.write(path, command=source.command)

    assert list_changes(source) == list_changes(open_recording(path))


def list_changes(recording: Recording) -> list[tuple[str, str, str]]:
    """Return each state of a replay with its rule and its request."""
    lines = iterate_changes(iterate_statuses(recording, KNOWLEDGE))
    return [(one["state"], one["rule"], str(one["ask"])) for one in lines]


@pytest.mark.parametrize("name", FILES)
def test_report_holds_the_bytes(name: str, tmp_path: Path) -> None:
    """
    Cut anywhere, over several blocks, and also amid a character.
    """
    source = open_recording(RECORDINGS / f"{name}.cast.gz")
    data = join(one for one in source.read_events() if one.code == "o").encode()
    pane = Taped(source.width, source.height)
    rng, at = random.Random(1), 0  # noqa: S311
    while at < len(data):
        size = rng.randint(1, 4000)
        pane.feed(data[at : at + size])
        at += size
    events = pane.write(tmp_path / "x.cast")

    assert data.decode() == join(events[1:])
    assert pane.terminal.screen() == show(events, source.width, source.height)


def test_secret_on_a_screen_is_masked_and_the_rest_is_exact(tmp_path: Path) -> None:
    """
    From the next kept screen on; what is painted in between shows the same but for the secret.
    """
    pane = Taped()
    pane.feed(b"before\r\n", b"\x1b[2;4r\x1b[?6h")
    pane.tape.break_off()
    pane.feed(f"{SECRET[:6]}".encode(), f"\x1b[1m{SECRET[6:]}\x1b[m".encode())
    pane.feed(b"\x1b[r\x1b[?6l\x1b[H\x1b[2Jcalm")
    pane.tape.break_off()
    pane.feed(b"x", b"\x1b[5;1Hafter\x1b[31mwards")
    masker = Masker()
    events = pane.write(tmp_path / "x.cast", masker=masker)

    text = join(events)
    assert SECRET[6:] not in text
    assert masker.found
    assert "before\r\n" in text
    assert events[-1].data == "\x1b[5;1Hafter\x1b[31mwards"
    assert pane.terminal.screen() == show(events)


@pytest.mark.parametrize(
    "data",
    [
        b"\x1b]52;c;c2VjcmV0\a",
        b"\x1bPsecret\x1b\\",
        b"\x1b]8;;file:///home/ada/plans\x1b\\link\x1b]8;;\x1b\\",
        f"\x1b]9;{SECRET}\a".encode(),
        f"{SECRET}\x1b[2K\r".encode(),
    ],
)
def test_secret_that_no_screen_shows_is_not_in_the_report(data: bytes, tmp_path: Path) -> None:
    """
    The clipboard, links, notices, and what was erased at once.
    """
    pane = Taped()
    pane.feed(b"one ", data, b"two")
    events = pane.write(tmp_path / "x.cast", masker=Masker(Person("ada", "/home/ada")))

    assert not [one for one in ("c2Vj", "secret", "ada", SECRET[6:]) if one in join(events)]
    assert pane.terminal.screen() == show(events)


def test_report_of_the_last_seconds_begins_where_its_bytes_join_up(tmp_path: Path) -> None:
    """
    With the colours and margins that were set before.
    """
    pane = Taped()
    pane.feed(b"\x1b[31", b"mred\x1b[2;3r", b"\x1b[3;1Ha\r\n", b"b\r\nc")
    events = pane.write(tmp_path / "x.cast", 0.15)

    assert [0.0] * 3 == [one.at for one in events[:3]]
    assert events[3].at > 0
    assert pane.terminal.screen() == show(events)


def test_pane_that_is_captured_in_between_is_shown_as_it_was(tmp_path: Path) -> None:
    """
    As while it prints too much: then the bytes go on from a capture.
    """
    pane = Taped()
    pane.feed(b"\x1b[4hone\x1b[31m")
    shown = Capture(40, 6, ("captured", *[""] * 5))
    pane.tape.keep(shown, (), WORKS, pane.now + 0.05)
    pane.terminal = Terminal(40, 6)
    pane.terminal.paint(shown)
    pane.feed(b"two", b"\rthree")
    events = pane.write(tmp_path / "x.cast")

    assert "\x1b[4hone\x1b[31m" in join(events)
    assert events[-1].data == "\rthree"
    assert pane.terminal.screen() == show(events)


def test_live_pane_that_is_calm_costs_nothing() -> None:
    """
    However often it is looked at.
    """
    pane = Taped()
    before = pane.tape.read(-1)
    for _ in range(100):
        pane.keep()

    assert before == pane.tape.read(-1)


def test_live_pane_stays_within_its_bound(tmp_path: Path) -> None:
    """
    Also if it prints much in one piece, which is kept as the screen that it leads to.
    """
    pane = Taped()
    rng = random.Random(2)  # noqa: S311
    for _ in range(200):
        pane.feed(rng.randbytes(2000).hex().encode())
    pane.feed(b"x" * (MAX_HEARD_BYTES + 1))
    events = pane.write(tmp_path / "x.cast")

    assert MAX_PANE_BYTES / 2 < pane.tape.size <= MAX_PANE_BYTES
    assert len(events[-1].data) < 1000
    assert pane.terminal.screen() == show(events)
