"""What is kept of differences between an emulator and tmux."""

import json
import logging
import stat
from pathlib import Path

from agent_status.daemon.differences import (
    MAX_FILE,
    MAX_FILES,
    Difference,
    DifferenceStore,
    list_kept,
    render_difference,
)
from agent_status.model import Capture, Cursor, PaneId, Row, Screen
from agent_status.terminal.asciicast import Event, open_recording
from agent_status.tmux.tap_ring import Heard

LOG = logging.getLogger("differences")
SCREEN = Screen(10, 2, (Row("ours"), Row()), Cursor(4, 0), "title")
CAPTURE = Capture(10, 2, ("tmux's", ""), Cursor(6, 0), "title", blanks=True)
DIFFERENCE = Difference(PaneId("%3"), SCREEN, CAPTURE)


def test_a_difference_is_a_recording_with_both_screens(tmp_path: Path) -> None:
    """
    Its events are the last bytes of the pane; only the user can read it.
    """
    store = DifferenceStore(tmp_path / "differences", LOG)
    store.keep(DIFFERENCE, [Heard(7, 100.0, b"o"), Heard(8, 100.5, "urś".encode())])

    (path,) = list_kept(tmp_path / "differences")
    recording = open_recording(path)
    assert (0o600, 0o700) == tuple(stat.S_IMODE(one.stat().st_mode) for one in (path, path.parent))
    assert [Event(0.0, "o", "o"), Event(0.5, "o", "urś")] == list(recording.read_events())
    assert ["ours", ""] == recording.header["difference"]["ours"]["lines"]
    assert ["tmux's", ""] == recording.header["difference"]["tmux"]["lines"]
    assert "1 differences kept in" in store.describe()[0].found


def test_the_oldest_difference_makes_room(tmp_path: Path) -> None:
    """
    There are never more files than MAX_FILES.
    """
    folder = tmp_path / "differences"
    folder.mkdir(mode=0o700)
    for number in range(MAX_FILES):
        (folder / f"{number:013}-1.cast").touch()
    DifferenceStore(folder, LOG).keep(DIFFERENCE, [])

    names = [path.name for path in list_kept(folder)]
    assert len(names) == MAX_FILES
    assert names[0] == f"{1:013}-1.cast"
    assert names[-1].endswith("-3.cast")


def test_the_oldest_bytes_make_room() -> None:
    """
    No file is larger than MAX_FILE, and the newest bytes stay.
    """
    heard = [Heard(number, number / 10, b"\x1b" * 1000) for number in range(30)]
    text = render_difference(DIFFERENCE, [*heard, Heard(30, 3.0, b"newest")], 0.0)

    assert len(text.encode()) <= MAX_FILE
    assert "newest" == json.loads(text.splitlines()[-1])[2]
    assert len(text.splitlines()) > 5


def test_screens_that_are_too_large_are_not_kept(tmp_path: Path) -> None:
    """
    Nothing is written then.
    """
    lines = ("x" * MAX_FILE,)
    DifferenceStore(tmp_path, LOG).keep(DIFFERENCE._replace(capture=Capture(9, 1, lines)), [])

    assert [] == list_kept(tmp_path)
    assert () == DifferenceStore(tmp_path, LOG).describe()
