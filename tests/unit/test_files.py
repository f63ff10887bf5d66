"""Files are read within bounds, and written whole or not at all."""

import os
from pathlib import Path

import pytest

from agent_status.files import (
    WATCH_INTERVAL_S,
    FileWatch,
    UnfitFileError,
    read_bounded,
    read_end,
    read_stamp,
    replace_file,
    write_private,
)


def test_read_bounded_returns_a_file_of_just_that_size(tmp_path: Path) -> None:
    """
    One byte more is refused, with the bound.
    """
    path = tmp_path / "file"
    path.write_bytes(b"12345")

    assert b"12345" == read_bounded(path, 5)
    with pytest.raises(UnfitFileError, match="larger than 4 bytes"):
        read_bounded(path, 4)


def test_read_bounded_refuses_a_pipe_at_once(tmp_path: Path) -> None:
    """
    Nobody writes into it, so a plain open would wait for ever.
    """
    path = tmp_path / "pipe"
    os.mkfifo(path)

    with pytest.raises(UnfitFileError, match="not a plain file"):
        read_bounded(path, 5)
    assert b"" == read_end(path, 5)


def test_read_end_returns_the_last_bytes(tmp_path: Path) -> None:
    """
    Of a file that is not there, nothing.
    """
    path = tmp_path / "file"
    path.write_bytes(b"12345")

    assert (b"345", b"12345") == (read_end(path, 3), read_end(path, 9))
    assert b"" == read_end(tmp_path / "nothing", 9)


def test_replace_file_leaves_the_old_content_if_the_block_raises(tmp_path: Path) -> None:
    """
    No draft is left behind, either.
    """
    path = tmp_path / "file"
    path.write_bytes(b"old")

    with pytest.raises(TypeError), replace_file(path) as file:
        file.write("new")  # type: ignore[call-overload]

    assert b"old" == path.read_bytes()
    assert [path] == list(tmp_path.iterdir())


def test_replace_file_sets_content_and_mode(tmp_path: Path) -> None:
    """
    Both belong to the new file before it is found.
    """
    path = tmp_path / "file"
    before = read_stamp(path)

    with replace_file(path, 0o640, durable=True) as file:
        file.write(b"new")

    assert (b"new", 0o640) == (path.read_bytes(), path.stat().st_mode & 0o777)
    assert () == before != read_stamp(path)


def test_write_private_makes_its_folder_for_the_user_alone(tmp_path: Path) -> None:
    """
    So is the file.
    """
    path = tmp_path / "state" / "file"

    write_private(path, "é")

    assert "é" == path.read_text("utf-8")
    assert (0o700, 0o600) == (
        path.parent.stat().st_mode & 0o777,
        path.stat().st_mode & 0o777,
    )


def test_file_watch_tells_a_change_once_and_looks_only_now_and_then() -> None:
    """
    Nothing is read between two looks.
    """
    stamps = iter("aabbc")
    watch = FileWatch(lambda: next(stamps))
    times = [0.0, 0.5, *(WATCH_INTERVAL_S * count for count in (1, 2, 3))]

    assert [False, False, True, False, True] == [watch.has_changed(now) for now in times]
