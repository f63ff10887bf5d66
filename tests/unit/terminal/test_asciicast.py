"""asciicast files, whole, cut off and wrong."""

import gzip
import json
from pathlib import Path

import pytest

from agent_status.model import Process
from agent_status.terminal.asciicast import (
    Event,
    RecordingError,
    open_recording,
    parse_processes,
    render_processes,
)

V2 = '{"version": 2, "width": 60, "height": 20}\n[0.5, "o", "a"]\n[1.5, "r", "80x24"]\n'
V3 = (
    '{"version": 3, "term": {"cols": 60, "rows": 20}}\n'
    '# a comment\n[0.5, "o", "a"]\n[1.0, "r", "80x24"]\n'
)
EVENTS = [Event(0.5, "o", "a"), Event(1.5, "r", "80x24")]


def write(folder: Path, text: str) -> Path:
    """Return a file that holds `text`."""
    path = folder / "x.cast"
    path.write_text(text, "utf-8")
    return path


@pytest.mark.parametrize("text", [V2, V3])
def test_both_versions_tell_the_same(tmp_path: Path, text: str) -> None:
    """
    Version 3 counts from the event before, version 2 from the start.
    """
    recording = open_recording(write(tmp_path, text))

    assert (60, 20) == (recording.width, recording.height)
    assert EVENTS == list(recording.read_events())


def test_a_packed_recording_is_read(tmp_path: Path) -> None:
    """
    Gzip is told by its first bytes, not by the name.
    """
    path = tmp_path / "x.cast"
    path.write_bytes(gzip.compress(V2.encode()))

    assert EVENTS == list(open_recording(path).read_events())


def test_a_recording_cut_anywhere_ends_early(tmp_path: Path) -> None:
    """
    What was read before the cut stays; nothing raises.
    """
    packed = gzip.compress((V2 * 1 + '[2.0, "o", "b"]\n' * 50).encode())
    plain = V2.encode()
    head = plain.index(b"\n") + 1
    path = tmp_path / "x.cast"
    for data in [plain[:i] for i in range(head, len(plain))]:
        path.write_bytes(data)
        events = list(open_recording(path).read_events())
        assert EVENTS[: len(events)] == events
    path.write_bytes(packed[:-12])
    assert EVENTS == list(open_recording(path).read_events())[:2]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "no asciicast header"),
        ("hello\n", "no asciicast header"),
        ("[]\n", "no asciicast header"),
        ('{"version": 1}\n', "version 1 is not read"),
        ('{"version": 2}\n', "names no size"),
        ('{"version": 2, "width": -1, "height": 3}\n', "names no size"),
    ],
)
def test_what_is_no_recording_is_named(tmp_path: Path, text: str, told: str) -> None:
    """
    The message names the file and what is wrong.
    """
    with pytest.raises(RecordingError) as caught:
        open_recording(write(tmp_path, text))

    assert told in str(caught.value)
    assert "x.cast" in str(caught.value)


def test_a_wrong_line_is_named(tmp_path: Path) -> None:
    """
    The message names the line.
    """
    path = write(tmp_path, V2 + "{]\n" + '[3.0, "o", "x"]\n')

    with pytest.raises(RecordingError, match=r"x\.cast:4"):
        list(open_recording(path).read_events())


def test_time_never_goes_back(tmp_path: Path) -> None:
    """
    An event that claims an earlier time happens with the one before it.
    """
    path = write(tmp_path, V2 + '[0.1, "o", "b"]\n')

    assert 1.5 == list(open_recording(path).read_events())[-1].at


def test_a_process_tree_goes_there_and_back() -> None:
    """
    A `p` event holds what was written into it.
    """
    tree = (Process(1, 0, "bash", "-bash"), Process(7, 1, "claude", "claude --resume"))

    assert tree == parse_processes(json.dumps(render_processes(tree)))


@pytest.mark.parametrize("data", ["", "{", "3", '"x"', "[3, null]", '[{"pid": "x"}]', "null"])
def test_a_wrong_process_tree_is_an_empty_one(data: str) -> None:
    """
    Entries that are no process are left out.
    """
    assert () == parse_processes(data)
