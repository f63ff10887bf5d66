"""Labels put into recordings by hand."""

import gzip
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from agent_status.cli import main
from agent_status.recordings.accuracy.labels import find_labels
from agent_status.terminal.asciicast import open_recording
from tests.support.labels import read_labels

HEADER = '{"version":2, "width": 40,"height": 10, "title":"grün"}\n'
EVENTS = (
    '[0.5, "p", [{"pid": 7, "ppid": 1, "comm": "claude", "args": "claude"}]]\n'
    "# a comment\n"
    '[1.0,"o","\\u001b]2;✳ x\\u0007❯ hello"]\n'
    '[2.5, "m", "said idle claude/prompt"]\n'
    '[8, "o", "."]\n'
)
NAMES = ["working", "done"]


def run_label(path: Path, *words: str) -> Result:
    """
    Run the command on a recording.
    """
    return CliRunner().invoke(main, ["label", str(path), *words])


@pytest.fixture(params=["x.cast", "x.cast.gz"])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """
    A recording, packed or not.
    """
    path = tmp_path / str(request.param)
    data = (HEADER + EVENTS).encode()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    path.chmod(0o640)
    return path


def read_text(path: Path) -> str:
    """
    Return a recording's text, unpacked.
    """
    data = path.read_bytes()
    return (gzip.decompress(data) if path.suffix == ".gz" else data).decode()


def test_labels_are_added_and_nothing_else_changes(path: Path) -> None:
    """
    Two labels and the end; the lines that were there are there, byte for byte.
    """
    done = run_label(path, "4.25", "done", "--grace", "1.5", "--accept", "error,menu")
    first = run_label(path, "0.75", "working")

    assert (0, 0) == (done.exit_code, first.exit_code), done.stderr
    labels = find_labels(open_recording(path).read_events())
    assert [("working", 0.75, 4.25), ("done", 4.25, 8.0)] == [
        (one.name, one.start, one.end) for one in labels
    ]
    assert (1.5, ("error", "menu")) == (labels[1].grace, labels[1].accept)
    added = [line for line in read_text(path).splitlines(keepends=True) if '"m", "said' not in line]
    marks = [line for line in added if '"m"' in line]
    assert HEADER + EVENTS == "".join(
        line for line in read_text(path).splitlines(keepends=True) if line not in marks
    )
    assert 0o640 == path.stat().st_mode & 0o777
    assert [path] == list(path.parent.iterdir())


def test_the_tests_read_what_was_labelled(path: Path) -> None:
    """
    Copied among the recordings, the file is a test.
    """
    run_label(path, "0.75", "working")
    run_label(path, "4.25", "done")

    assert NAMES == [one.name for one in read_labels(path)]


def test_a_label_is_replaced_and_removed(path: Path) -> None:
    """
    At one second there is one label; without any the recording is what it was, but for its end.
    """
    run_label(path, "4.25", "done")
    run_label(path, "4.25", "idle-ish")
    run_label(path, "4.25", "interrupted")
    assert ["interrupted"] == [one.name for one in find_labels(open_recording(path).read_events())]

    removed = run_label(path, "--remove", "4.25")
    run_label(path, "--remove", "8")

    assert 0 == removed.exit_code
    assert HEADER + EVENTS == read_text(path)


def test_what_we_say_stands_beside_what_is_true(path: Path) -> None:
    """
    A wrong badge is marked, and named at the end.
    """
    assert "no label yet" in run_label(path).stdout

    told = run_label(path, "2", "permission").stdout

    assert "<- wrong" in told
    assert "permission: missed" in told


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("4.25", "busy"), 1, "'busy' is no label; there are shell"),
        (("4.25", "done grace=3"), 1, "is no label"),
        (("4.25", "done", "--accept", "idle"), 1, "'idle' is no label"),
        (("4.25", "done", "--grace", "-2"), 1, "grace=-2.0: not a number"),
        (("99", "done"), 1, "goes from 0 to 8 s; 99 lies outside"),
        (("-1", "done"), 2, "No such option"),
        (("nan", "done"), 1, "lies outside"),
        (("--remove", "3"), 1, "has no label at 3 s; there are none at all"),
        (("4.25",), 2, "SECONDS and LABEL come together"),
    ],
)
def test_what_makes_no_sense_is_refused_and_nothing_is_written(
    path: Path, words: tuple[str, ...], code: int, told: str
) -> None:
    """
    The message says what there is.
    """
    before = path.read_bytes()

    done = run_label(path, *words)

    assert code == done.exit_code
    assert told in done.stderr
    assert before == path.read_bytes()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"version": 3, "term": {"cols": 9, "rows": 9}}\n[1, "o", "x"]\n', "version 2 only"),
        (HEADER + '[1, "o", "x"', "its last line was cut off"),
        ("no recording\n", "no asciicast header"),
    ],
)
def test_a_recording_that_cannot_be_labelled_says_why(tmp_path: Path, text: str, told: str) -> None:
    """
    Nothing of it is changed.
    """
    path = tmp_path / "x.cast"
    path.write_text(text, "utf-8")

    done = run_label(path, "0.5", "done")

    assert (1, text) == (done.exit_code, path.read_text("utf-8"))
    assert told in done.stderr


def test_labels_that_stand_in_another_file_are_changed_there(path: Path) -> None:
    """
    Two truths would be one too many.
    """
    sidecar = path.with_name("x.json")
    sidecar.write_text(json.dumps({"labels": []}), "utf-8")

    done = run_label(path, "0.5", "done")

    assert 1 == done.exit_code
    assert "its labels stand in x.json" in done.stderr


RULE = "─" * 40
WORKS = f"● hello\r\n✽ Musing… (3s · esc to interrupt)\r\n{RULE}\r\n❯ \r\n{RULE}"
RESTS = f"\x1b[2J\x1b[H● hello\r\n{RULE}\r\n❯ \r\n{RULE}"


def test_a_recording_that_ends_quietly_says_what_replay_says(tmp_path: Path) -> None:
    """
    After the last output time passes until the last marker, or the end of the last label.
    """
    path = tmp_path / "quiet.cast"
    header = {"version": 2, "width": 40, "height": 10, "command": "claude"}
    shown = [[0.5, "o", WORKS], [4.0, "o", RESTS]]
    marks = [[0.5, "m", "working grace=1"], [4.0, "m", "done grace=1"], [9.0, "m", "end"]]

    path.write_text("".join(f"{json.dumps(one)}\n" for one in (header, *shown, *marks)), "utf-8")
    marked = run_label(path).stdout
    path.write_text("".join(f"{json.dumps(one)}\n" for one in (header, *shown)), "utf-8")
    beside = [
        {"t": 0.5, "end": 4.0, "label": "working", "grace": 1},
        {"t": 4.0, "end": 9.0, "label": "done", "grace": 1},
    ]
    path.with_name("quiet.json").write_text(json.dumps({"labels": beside}), "utf-8")

    for told in (marked, run_label(path).stdout):
        assert "finished" in told
        assert told.endswith("as labelled\n")
