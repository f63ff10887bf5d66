"""A merge of two worktrees is tried in memory, and nothing of the user's is written."""

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from agent_status.features.review.merge import Conflict, Hunk, find_hunks, parse_merge, try_merge
from agent_status.system.git import GitError
from tests.support.checkouts import Watcher, git, hash_folder, isolate, make_repository


@pytest.fixture
def trees(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """A repository with three files, and a worktree of it on another branch."""
    isolate(monkeypatch, tmp_path)
    lines = "".join(f"{number}\n" for number in range(1, 31))
    main = make_repository(tmp_path / "main", a_py=lines, b_py="b\n", c_py="c\n")
    git(main, "worktree", "add", "-q", "-b", "other", str(tmp_path / "other"))
    return main, tmp_path / "other"


def change_line(folder: Path, number: int, text: str) -> None:
    """Change one line of the long file."""
    lines = (folder / "a.py").read_text().split("\n")
    lines[number - 1] = text
    (folder / "a.py").write_text("\n".join(lines))


def merge(tmp_path: Path, folders: Sequence[Path]) -> tuple[Conflict, ...]:
    """Try to merge the worktrees as they are now."""
    one, other = (Watcher(tmp_path / "stores", folder) for folder in folders)
    base = git(folders[0], "merge-base", "main", "other")
    return try_merge(one.store, base, one.tree, other.tree)


def test_merge_finds_the_lines_that_conflict(tmp_path: Path, trees: tuple[Path, Path]) -> None:
    """Uncommitted lines on one side, committed ones on the other; what merges is left out."""
    main, other = trees
    change_line(main, 3, "mine")
    (main / "b.py").write_text("b\nmore\n")
    change_line(other, 3, "theirs")
    change_line(other, 20, "merges")
    git(other, "commit", "-qam", "theirs")

    found = merge(tmp_path, trees)

    assert (Conflict("a.py", ("contents",), (Hunk(("mine",), ("theirs",)),)),) == found


def test_merge_names_other_kinds_of_conflict(tmp_path: Path, trees: tuple[Path, Path]) -> None:
    """A file that one side deleted and the other changed; an untracked one that both added."""
    main, other = trees
    (main / "b.py").unlink()
    (other / "b.py").write_text("changed\n")
    for folder in trees:
        (folder / "new.py").write_text(f"{folder.name}\n")

    found = {one.file: one.kinds for one in merge(tmp_path, trees)}

    assert {"b.py": ("modify/delete",), "new.py": ("contents",)} == found


def test_merge_that_works_finds_nothing(tmp_path: Path, trees: tuple[Path, Path]) -> None:
    """Both change one file, far from each other."""
    for number, folder in enumerate(trees):
        change_line(folder, 3 + 20 * number, folder.name)

    assert () == merge(tmp_path, trees)


def test_merge_leaves_worktrees_and_repository_alone(
    tmp_path: Path, trees: tuple[Path, Path]
) -> None:
    """Every file of both worktrees and of the repository is as before."""
    for folder in trees:
        change_line(folder, 3, folder.name)
    before = [hash_folder(folder) for folder in trees]

    assert merge(tmp_path, trees)
    assert before == [hash_folder(folder) for folder in trees]


def test_merge_runs_no_driver_of_the_repository(tmp_path: Path, trees: tuple[Path, Path]) -> None:
    """Attributes and settings name a program; git's own merge is used."""
    main, _ = trees
    git(main, "config", "merge.evil.driver", f"touch {tmp_path}/ran; false")
    for folder in trees:
        (folder / ".gitattributes").write_text("*.py merge=evil\n")
        change_line(folder, 3, folder.name)

    assert ["a.py"] == [one.file for one in merge(tmp_path, trees)]
    assert not (tmp_path / "ran").exists()


def test_merge_with_a_shallow_clone(tmp_path: Path, trees: tuple[Path, Path]) -> None:
    """The commit that both come from has a parent which the clone lacks."""
    main, _ = trees
    git(main, "commit", "--allow-empty", "-qm", "second")
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", "--depth=1", f"file://{main}", str(clone))
    git(clone, "worktree", "add", "-q", "-b", "other", str(tmp_path / "apart"))
    folders = clone, tmp_path / "apart"
    for folder in folders:
        change_line(folder, 3, folder.name)

    assert ["a.py"] == [one.file for one in merge(tmp_path, folders)]


def test_merge_says_that_git_is_too_old(
    tmp_path: Path, trees: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Git before 2.38 prints its usage."""
    programs = tmp_path / "bin"
    programs.mkdir()
    old = programs / "git"
    old.write_text(
        "#!/bin/sh\n"
        'case " $* " in *" merge-tree "*) echo "usage: git merge-tree" >&2; exit 129;; esac\n'
        f'PATH={os.environ["PATH"]} exec git "$@"\n'
    )
    old.chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    for folder in trees:
        change_line(folder, 3, folder.name)

    with pytest.raises(GitError, match="or newer can"):
        merge(tmp_path, trees)


@pytest.mark.parametrize("output", [b"", b"tree", b"tree\0\0x\0", b"tree\0\x009\0a\0"])
def test_merge_output_of_another_program_is_refused(output: bytes) -> None:
    """It is an error in words, whatever came."""
    with pytest.raises(GitError, match="can't be read"):
        parse_merge(output)


def test_hunks_are_found_by_the_commits_alone() -> None:
    """Marks that stand in the file itself are its lines."""
    here, there = "1" * 40, "2" * 40
    lines = [
        "<<<<<<< HEAD",
        f"<<<<<<<< {here}",
        "=======",
        "a" * 500,
        "========",
        *"x" * 50,
        f">>>>>>>> {there}",
    ]

    (found,) = find_hunks(lines, here, there)

    assert ("=======", "a" * 400 + "…") == found.here
    assert (*"x" * 40, "…") == found.there
