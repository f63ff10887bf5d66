"""The last minutes of a pane: kept small, and written down as a recording."""

import base64
import json
import sys
import zlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from agent_status.agents.files import load_agents
from agent_status.features.history.feature import BLOCK, MAX_PANE_BYTES, History, PaneHistory
from agent_status.model import NO_AGENT, Agent, Capture, Cursor, Process, State, Status
from agent_status.model.ref import make_ref
from agent_status.protocol.messages import Explain, Explanation, HistoryPart, ReadHistory, Request
from agent_status.recordings import RecordError, Report, read_report, write_report
from agent_status.recordings.incident import unpack
from agent_status.recordings.redaction import Masker, Person
from agent_status.recordings.replay import find_at, iterate_changes, iterate_statuses
from agent_status.sources.literal import LiteralSource
from agent_status.terminal import Terminal
from agent_status.terminal.asciicast import open_recording
from tests.support.places import RECORDINGS
from tests.support.tmux_lab import Lab, cut_recording, open_lab, wait_for

FOLDER = RECORDINGS
CLAUDE = Agent("claude", "Claude Code")
WORKS = Status(CLAUDE, State.WORKING, 0.0, rule="claude/spinner")
ASKS = Status(CLAUDE, State.APPROVAL, 0.0, rule="claude/tool-permission")
TREE = (Process(7, 1, "claude", "claude --key sk-ant-api03-AbCdEfGh1234567890"),)
LINES = (
    "\x1b[1;31mred\x1b[39m and bold",
    "goes on \x1b[48;5;16m▛█▜\x1b[0m plain",
    "\x0elqk\x0f lines",
    "mail ada@b.org",
    "0123456789",
)
FIRST = Capture(24, 5, LINES, Cursor(3, 2), "✳ a title", alternate=True)


def read_tape(tape: PaneHistory, now: float = 10.0) -> Report:
    """
    Return what a daemon would answer of the tape.
    """
    blocks, _ = tape.read(-1)
    entries = [entry for _, text in blocks for entry in unpack(text)]
    return Report(tuple(entries), now, 1000.0, "", "state approval", "claude")


def fill(tape: PaneHistory, count: int, *, ring: History | None = None) -> None:
    """
    Show `count` screens, four a second, all of them different.
    """
    keep = ring.keep if ring else None
    for number in range(count):
        lines = tuple(f"{number * 7919 + row * 104729:x}" * 4 for row in range(30))
        capture = Capture(80, 30, lines)
        if keep:
            keep(tape, capture, TREE, WORKS, number / 4)
        else:
            tape.keep(capture, TREE, WORKS, number / 4)


def test_what_does_not_change_costs_nothing() -> None:
    """
    Of a calm pane one entry is kept, however often it is looked at.
    """
    tape = PaneHistory()
    for now in range(1000):
        tape.keep(FIRST, TREE, WORKS, float(now))

    assert [0] == [entry["at"] for entry in read_tape(tape).entries]


def test_only_the_rows_that_differ_are_kept() -> None:
    """
    The next entry holds one row and what is said of it.
    """
    tape = PaneHistory()
    tape.keep(FIRST, TREE, WORKS, 1.0)
    tape.keep(replace(FIRST, lines=(*LINES[:4], "done")), TREE, ASKS, 2.0)

    entry = read_tape(tape).entries[1]

    assert [[4, "done"]] == entry["rows"]
    assert ["approval", "claude/tool-permission", ""] == entry["said"]
    assert {"tree", "title", "size", "alternate"}.isdisjoint(entry)


def test_a_pane_without_an_agent_is_not_kept() -> None:
    """
    What a shell shows is nobody's business.
    """
    tape = PaneHistory()
    tape.keep(FIRST, (), NO_AGENT, 1.0)

    assert ([], False) == tape.read(-1)


def test_a_busy_pane_stays_within_its_bound_and_begins_whole() -> None:
    """
    The oldest blocks go, and each that is left can be read by itself.
    """
    tape = PaneHistory()
    fill(tape, 3000)

    entries = read_tape(tape).entries
    assert MAX_PANE_BYTES - 2 * BLOCK < tape.size <= MAX_PANE_BYTES
    assert 0 < entries[0]["at"]
    assert 2999 / 4 == entries[-1]["at"]
    assert [80, 30] == entries[0]["size"]
    assert 30 == len(entries[0]["rows"])


def test_all_panes_share_one_bound() -> None:
    """
    The longest tape pays for what is too much.
    """
    ring = History(100_000)
    tapes = [PaneHistory() for _ in range(5)]
    for number, tape in enumerate(tapes):
        fill(tape, 40 if number else 800, ring=ring)

    sizes = [tape.size for tape in tapes]
    assert sum(sizes) <= 100_000
    assert all(sizes)


def test_a_long_tape_is_read_in_pieces() -> None:
    """
    No answer is larger than a client may leave unread.
    """
    tape = PaneHistory()
    fill(tape, 3000)
    asked: list[int] = []

    def ask(request: Request[object]) -> object:
        if isinstance(request, Explain):
            return Explanation("why\n")
        assert isinstance(request, ReadHistory)
        asked.append(request.after)
        blocks, more = tape.read(request.after)
        assert sum(len(text) for _, text in blocks) < 600_000
        return HistoryPart(tuple(blocks[:4]), more or len(blocks) > 4, 750.0, 1.0)

    report = read_report(ask, make_ref("%0"))

    assert 2 < len(asked)
    assert list(report.entries) == list(read_tape(tape).entries)
    assert ("claude", "why\n") == (report.agent, report.explain)


def test_a_pane_of_which_nothing_was_kept_is_refused() -> None:
    """
    The message says why.
    """
    answers = {ReadHistory: HistoryPart(now=1.0, wall=1.0), Explain: Explanation()}

    with pytest.raises(RecordError, match="nothing was kept of %9"):
        read_report(LiteralSource(answers).ask, make_ref("%9"))


@pytest.mark.parametrize(
    "entry", [{"at": 1, "rows": 7}, {"at": 1, "cursor": [1]}, {"at": 1, "size": ["x"]}]
)
def test_an_answer_that_makes_no_sense_is_refused(entry: dict[str, object]) -> None:
    """
    A daemon of another version is no reason for a traceback.
    """
    block = base64.b64encode(zlib.compress(json.dumps(entry).encode())).decode()
    part = HistoryPart(((0, block),), now=1.0, wall=1.0)
    answers = {ReadHistory: part, Explain: Explanation()}

    with pytest.raises(RecordError, match="can't be read"):
        read_report(LiteralSource(answers).ask, make_ref("%0"))


def test_a_report_shows_each_screen_as_it_was(tmp_path: Path) -> None:
    """
    Styles that rows carry into the next, line drawing, cursor, title and page come back.
    """
    second = replace(FIRST, lines=(*LINES[:3], "changed", LINES[4]), cursor=Cursor(0, 4))
    tape = PaneHistory()
    tape.keep(FIRST, TREE, WORKS, 1.0)
    tape.keep(second, TREE, ASKS, 3.0)
    path = tmp_path / "x.cast"
    write_report(read_tape(tape), path, Masker(), 60)

    shown = Terminal(24, 5)
    for event in open_recording(path).read_events():
        if event.code == "o":
            shown.feed(event.data.encode())
    painted = Terminal(24, 5)
    painted.paint(second)
    assert painted.screen() == shown.screen()


def test_a_report_is_masked_private_and_never_overwrites(tmp_path: Path) -> None:
    """
    Screen, process tree, evidence: nothing of the secrets is left, and a file stays.
    """
    tape = PaneHistory()
    tape.keep(FIRST, TREE, WORKS, 1.0)
    report = replace(read_tape(tape), explain="Bearer abc123def456ghi of ada\n")
    path = tmp_path / "x.cast"
    masker = Masker(Person("ada", "/home/ada"))
    write_report(report, path, masker, 60)
    text = path.read_text("utf-8")

    assert not [one for one in ("sk-ant", "ada@", "b.org", "abc123") if one in text]
    assert 0o600 == path.stat().st_mode & 0o777
    with pytest.raises(FileExistsError):
        write_report(report, path, masker, 60)
    assert text == path.read_text("utf-8")


def test_a_report_of_the_last_seconds_begins_with_the_screen_of_then(tmp_path: Path) -> None:
    """
    What was shown before the window is there at its first instant.
    """
    tape = PaneHistory()
    for at in range(10):
        tape.keep(replace(FIRST, lines=(*LINES[:4], f"at {at}")), TREE, WORKS, float(at))
    path = tmp_path / "x.cast"

    assert 4.5 == write_report(read_tape(tape, 10.0), path, Masker(), 4.5)
    events = list(open_recording(path).read_events())
    assert "at 5" in next(one.data for one in events if one.code == "o")
    assert [0.0, 0.5, 1.5, 2.5, 3.5] == [one.at for one in events if one.code == "o"]
    assert "said working claude/spinner" == next(one.data for one in events if one.code == "m")


def test_a_torn_block_ends_quietly() -> None:
    """
    Bytes that are no block are no entries.
    """
    assert [] == list(unpack("AAAA"))
    assert [] == list(unpack("no base64 at all!"))


@pytest.fixture
def lab(monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    """
    A private world.
    """
    with open_lab(monkeypatch.setenv) as lab:
        yield lab


def test_a_pane_is_reported_and_explained_from_the_file(lab: Lab, tmp_path: Path) -> None:
    """
    What the daemon said of a real pane, a replay of the report says too.
    """
    shown = FOLDER / "claude" / "onboarding2-100x30.cast.gz"
    held = cut_recording(shown, lab.folder / "setup.cast", 8.0)
    command = f"{sys.executable} -m agent_status play --hold {held}"
    lab.start(command, width=100, height=30)
    lab.spawn_daemon()
    wait_for(lambda: [one["state"] for one in lab.ask("list")["agents"]] == ["setup"])
    path = tmp_path / "report.cast"

    done = lab.run("report", "%0", str(path))
    again = lab.run("report", "%0", str(path))
    missing = lab.run("report", "%77")

    assert (0, "") == (done.returncode, done.stderr)
    assert "masked:" in done.stdout
    assert (1, True) == (again.returncode, "is there already" in again.stderr)
    assert (1, True) == (missing.returncode, "%77" in missing.stderr)
    recording = open_recording(path)
    registry = load_agents(tmp_path)[0]
    lines = list(iterate_changes(iterate_statuses(recording, registry)))
    assert "setup" == lines[-1]["state"]
    assert lines[-1]["rule"] == find_at(recording, registry, None)[0].status.rule
    assert any(
        "setup" in line for line in json.loads(path.read_text("utf-8").split("\n")[0])["explain"]
    )
