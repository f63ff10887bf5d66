"""Where in git a folder is, from git's own files and without git."""

from pathlib import Path
from threading import Event, Thread

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent_status.system.checkout import (
    KEEP_S,
    NO_BRANCH,
    BranchInfo,
    BranchReader,
    is_commit,
    read_branch,
)
from tests.support.tmux_lab import wait_for


def make_repository(folder: Path, head: str = "ref: refs/heads/main\n") -> Path:
    """
    As much of a repository as says where it is.
    """
    (folder / ".git").mkdir(parents=True)
    (folder / ".git" / "HEAD").write_text(head)
    return folder


def test_the_nearest_repository_counts(tmp_path: Path) -> None:
    """
    A folder below it has the same branch, one outside has none.
    """
    make_repository(tmp_path / "a")
    make_repository(tmp_path / "a" / "vendor", "ref: refs/heads/fix/one-more\n")
    (tmp_path / "a" / "src" / "deep").mkdir(parents=True)

    assert "main" == read_branch(str(tmp_path / "a" / "src" / "deep"))
    assert "fix/one-more" == read_branch(str(tmp_path / "a" / "vendor"))
    assert "" == read_branch(str(tmp_path))


def test_without_a_branch_it_is_the_commit(tmp_path: Path) -> None:
    """
    The first eight digits.
    """
    make_repository(tmp_path, "0123456789abcdef0123456789abcdef01234567\n")

    assert "01234567" == read_branch(str(tmp_path))
    assert is_commit("01234567")
    assert [] == [name for name in ("", "main", "features", "0123456") if is_commit(name)]


@pytest.mark.parametrize("absolute", [False, True])
def test_a_worktree_has_a_branch_of_its_own(tmp_path: Path, absolute: bool) -> None:  # noqa: FBT001
    """
    Its `.git` is a file that names the folder, from the root or from itself.
    """
    hidden = make_repository(tmp_path / "main") / ".git" / "worktrees" / "other"
    hidden.mkdir(parents=True)
    (hidden / "HEAD").write_text("ref: refs/heads/other\n")
    other = tmp_path / "other"
    other.mkdir()
    name = str(hidden) if absolute else "../main/.git/worktrees/other"
    (other / ".git").write_text(f"gitdir: {name}\n")

    assert "other" == read_branch(str(other))


@pytest.mark.parametrize(
    "folder", ["", "relative", "/no/such/folder", "/\0", "//", "/" + "x/" * 5000]
)
def test_a_strange_folder_has_no_branch(folder: str) -> None:
    """
    Whatever a pane says where it is.
    """
    assert "" == read_branch(folder)


@given(st.binary(max_size=200))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_head_is_read_without_raising(tmp_path: Path, data: bytes) -> None:
    """
    Torn and foreign files are bounded text.
    """
    (tmp_path / ".git").mkdir(exist_ok=True)
    (tmp_path / ".git" / "HEAD").write_bytes(data)

    assert len(read_branch(str(tmp_path))) <= 200


def test_a_branch_is_remembered_for_a_while(tmp_path: Path) -> None:
    """
    A folder is read every few seconds, not every tick.
    """
    make_repository(tmp_path)
    (tmp_path / "src").mkdir()
    reader = BranchReader()
    wait_for(lambda: reader.read(str(tmp_path / "src"), 0.0) != NO_BRANCH)
    (tmp_path / ".git" / "HEAD").write_text("ref: refs/heads/next\n")
    next_branch = BranchInfo("next", str(tmp_path))

    assert BranchInfo("main", str(tmp_path)) == reader.read(str(tmp_path / "src"), KEEP_S - 1)
    wait_for(lambda: reader.read(str(tmp_path / "src"), KEEP_S) == next_branch)


def test_a_folder_that_never_answers_holds_up_nobody() -> None:
    """
    The last that was known of it is told, others are read, and it is not asked twice.
    """
    gate, asked = Event(), []

    def read(folder: str) -> BranchInfo:
        asked.append(folder)
        if asked.count("/far") > 1:
            gate.wait(30)
        return BranchInfo(f"branch of {folder}", folder)

    reader = BranchReader(read)
    found = [reader.read(folder, at) for at in (0.0, KEEP_S) for folder in ("/far", "/near")]

    far, near = BranchInfo("branch of /far", "/far"), BranchInfo("branch of /near", "/near")
    assert [far, near] * 2 == found
    assert far == reader.read("/far", KEEP_S)
    assert ["/far", "/near", "/far", "/near"] == asked
    gate.set()


def test_a_folder_is_asked_again_after_a_lack_of_threads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Nobody is disturbed by it.
    """

    def fail(thread: Thread) -> None:
        raise RuntimeError(thread.name)

    make_repository(tmp_path)
    reader = BranchReader()
    with monkeypatch.context() as poor:
        poor.setattr(Thread, "start", fail)
        assert NO_BRANCH == reader.read(str(tmp_path), 0.0)

    wait_for(lambda: reader.read(str(tmp_path), 0.0) == BranchInfo("main", str(tmp_path)))


def test_the_stub_of_another_format_is_no_branch(tmp_path: Path) -> None:
    """
    As a repository that keeps its branches in tables has it.
    """
    make_repository(tmp_path, "ref: refs/heads/.invalid\n")

    assert "" == read_branch(str(tmp_path))
