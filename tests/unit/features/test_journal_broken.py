"""A journal that is broken or cannot be written is set aside or gone without, and that is told."""

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from agent_status.features.journal import Journal, Kind, LogEntry
from agent_status.features.journal.schema import APPLICATION, VERSION

ENTRY = LogEntry(1.0, Kind.STATE, pane="%1", facts={"to": "idle"})
FULL = """
import resource, signal, sys
from pathlib import Path
from agent_status.features.journal import Journal, Kind, LogEntry
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
path = Path(sys.argv[1])
troubles = []
with Journal(path, "", troubles.append) as journal:
    assert journal.write([LogEntry(1.0, Kind.STATE)])
    resource.setrlimit(resource.RLIMIT_FSIZE, (150_000, 150_000))
    kept = [journal.write([LogEntry(2.0, Kind.STATE, facts={"x": "y" * 9000})]) for _ in range(60)]
    assert not kept[-1]
    assert troubles
    print(troubles[-1])
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """
    Where a journal may be made.
    """
    return tmp_path / "journal.sqlite3"


def fill(path: Path, count: int = 1) -> None:
    """
    Make a sound journal with some entries.
    """
    with Journal(path) as journal:
        assert journal.write([ENTRY] * count)


def use(path: Path) -> tuple[bool, int, list[str]]:
    """
    Return whether a journal keeps an entry, how many it has then, and what it told.
    """
    told: list[str] = []
    with Journal(path, "", told.append, busy_s=0.05) as journal:
        kept = journal.write([ENTRY])
        count = len(journal.read_log(limit=100_000))
    return kept, count, told


def list_aside(path: Path) -> list[Path]:
    """
    Return the files that were set aside.
    """
    return sorted(path.parent.glob(f"{path.name}.broken-*"))


def make_garbage(path: Path) -> None:
    """
    Write what is no database.
    """
    path.write_bytes(b"hello\n" * 2000)


def make_foreign(path: Path) -> None:
    """
    Make another program's database.
    """
    with sqlite3.connect(path) as file:
        file.execute("CREATE TABLE entries (x)")
    file.close()


def make_wrong(path: Path) -> None:
    """
    Make one that says it is ours, but has other tables.
    """
    with sqlite3.connect(path) as file:
        file.execute("CREATE TABLE entries (x)")
        file.execute(f"PRAGMA application_id={APPLICATION}")
        file.execute(f"PRAGMA user_version={VERSION}")
    file.close()


def make_torn(path: Path) -> None:
    """
    Cut a sound one off.
    """
    fill(path, 500)
    with path.open("r+b") as file:
        file.truncate(5000)


def make_corrupt(path: Path) -> None:
    """
    Overwrite all pages but the first.
    """
    fill(path, 500)
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (size - 4096))


@pytest.mark.parametrize(
    "damage", [make_garbage, make_foreign, make_wrong, make_torn, make_corrupt]
)
def test_a_broken_file_is_set_aside(path: Path, damage: object) -> None:
    """
    It keeps its content under another name, a new one is begun, and the log says so.
    """
    assert callable(damage)
    damage(path)
    before = path.read_bytes()

    kept, count, told = use(path)

    assert kept
    assert 1 == count
    (aside,) = [one for one in list_aside(path) if not one.name.endswith(("-wal", "-shm"))]
    assert before[100:4096] == aside.read_bytes()[100:4096]
    assert f"{path} is broken" in told[0]
    assert f"set aside as {aside.name}" in told[0]


def test_pages_that_break_while_it_is_open_are_noticed(path: Path) -> None:
    """
    The journal goes on with a new file.
    """
    make_corrupt(path)
    told: list[str] = []
    with Journal(path, "", told.append) as journal:
        journal.prune(1, 10.0**9)
        assert journal.write([ENTRY])
        assert 1 == len(journal.read_log())

    assert list_aside(path)
    assert 1 == len(told)


def test_one_of_a_newer_version_is_left_alone(path: Path) -> None:
    """
    An older daemon goes without, and does not take the newer one's journal away.
    """
    fill(path)
    with sqlite3.connect(path) as file:
        file.execute(f"PRAGMA user_version={VERSION + 1}")
    file.close()

    kept, count, told = use(path)

    assert (False, 0) == (kept, count)
    assert not list_aside(path)
    assert "written by a newer agent-status (run: agent-status load)" in told[0]


def test_one_that_becomes_newer_while_it_is_open_is_left_alone(path: Path) -> None:
    """
    A daemon that still runs does not take it for a broken one when its own statements fail.
    """
    told: list[str] = []
    with Journal(path, "", told.append) as journal:
        assert journal.write([ENTRY])
        with sqlite3.connect(path) as file:
            file.execute("ALTER TABLE entries RENAME COLUMN place TO site")
            file.execute(f"PRAGMA user_version={VERSION + 1}")
        file.close()

        assert not journal.write([ENTRY])
        assert () == journal.read_log()

    assert not list_aside(path)
    assert {f"{path} was written by a newer agent-status (run: agent-status load)"} == set(told)


@pytest.mark.parametrize("kind", ["folder", "link", "fifo"])
def test_what_is_no_plain_file_is_not_opened(path: Path, kind: str) -> None:
    """
    It is named, with the mend; nothing waits for a pipe.
    """
    if kind == "folder":
        path.mkdir()
    elif kind == "link":
        path.symlink_to(path.with_name("elsewhere"))
    else:
        os.mkfifo(path)

    kept, _, told = use(path)

    assert not kept
    assert f"{path} is no plain file (remove it, or move it away)" == told[0]
    assert not path.with_name("elsewhere").exists()


def test_a_folder_that_cannot_be_made_is_gone_without(tmp_path: Path) -> None:
    """
    A plain file stands in the folder's place.
    """
    (tmp_path / "state").write_text("", "utf-8")
    path = tmp_path / "state" / "journal.sqlite3"

    kept, _, told = use(path)

    assert not kept
    assert f"{path} cannot be used" in told[0]
    assert "make the file and its folder yours, and writable" in told[0]


@pytest.mark.skipif(os.getuid() == 0, reason="root may write everywhere")
def test_a_folder_that_is_read_only_is_gone_without(path: Path) -> None:
    """
    The same words as for one that cannot be made.
    """
    path.parent.chmod(0o500)
    try:
        kept, _, told = use(path)
    finally:
        path.parent.chmod(0o700)

    assert not kept
    assert "make the file and its folder yours, and writable" in told[0]


def test_a_full_disk_is_gone_without(path: Path) -> None:
    """
    What was written stays readable, and nothing is set aside.
    """
    words = [sys.executable, "-c", FULL, str(path)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)

    assert (0, "") == (done.returncode, done.stderr)
    assert f"{path} cannot be used" in done.stdout
    assert not list_aside(path)
    assert use(path)[0]


def test_a_file_that_is_held_is_waited_for_and_then_gone_without(path: Path) -> None:
    """
    The entry is lost, not the daemon; the file is not taken for a broken one.
    """
    fill(path)
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")

    kept, count, told = use(path)
    holder.close()

    assert (False, 1) == (kept, count)
    assert "end the program that holds it open" in told[0]
    assert not list_aside(path)


def test_a_file_that_is_taken_away_is_made_again(path: Path) -> None:
    """
    What is written afterwards is in the file that everybody sees.
    """
    with Journal(path) as journal:
        journal.write([ENTRY])
        path.unlink()
        assert journal.write([ENTRY])

    assert 2 == use(path)[1]
