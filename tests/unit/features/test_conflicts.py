"""Worktrees of one repository that change the same files are told on both sides."""

import os
from pathlib import Path

import pytest

from agent_status.features.badges.summary import render_summary
from agent_status.features.review.overlap import (
    Overlap,
    Span,
    WorktreeState,
    find_meeting,
    find_overlaps,
    list_spans,
)
from agent_status.model import Agent, Changes, Pane, PaneId, Sighting, State, Status
from agent_status.options import Options
from tests.support.checkouts import Watcher, git, isolate, make_repository
from tests.unit.features.test_review import Desk


@pytest.fixture
def trees(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """
    A repository and a worktree of it on another branch.
    """
    isolate(monkeypatch, tmp_path)
    lines = "".join(f"{number}\n" for number in range(1, 31))
    main = make_repository(tmp_path / "main", a_py=lines, b_py="b\n")
    git(main, "worktree", "add", "-q", "-b", "other", str(tmp_path / "other"))
    return main, tmp_path / "other"


def change_line(folder: Path, number: int, text: str) -> None:
    """
    Change one line of the long file.
    """
    lines = (folder / "a.py").read_text().split("\n")
    lines[number - 1] = text
    (folder / "a.py").write_text("\n".join(lines))


def stand(watcher: Watcher, tree: str, own: frozenset[str] = frozenset({"a.py"})) -> WorktreeState:
    """
    How a worktree stands.
    """
    return WorktreeState(watcher.store, tree, own)


def find(
    tmp_path: Path, *folders: Path, own: frozenset[str] = frozenset({"a.py"})
) -> list[Overlap]:
    """
    What is told of these worktrees.
    """
    watchers = [Watcher(tmp_path / "stores", folder) for folder in folders]
    found = find_overlaps([stand(one, one.tree, own) for one in watchers], {})
    return [one for one in found.values() if one]


def test_the_same_file_changed_on_both_sides(tmp_path: Path, trees: tuple[Path, Path]) -> None:
    """
    Committed on the one, untracked or uncommitted on the other, all the same.
    """
    main, other = trees
    change_line(main, 3, "main")
    git(main, "commit", "-qam", "mine")
    change_line(other, 20, "other")
    (other / "b.py").write_text("only here\n")

    (found,) = find(tmp_path, main, other)

    assert (("a.py",), (str(main), str(other))) == (found.files, found.roots)


@pytest.mark.parametrize("name", [b"bad\xff", b'a"b\n', "日本語".encode()])
def test_lines_meet_in_files_of_any_name(
    tmp_path: Path, trees: tuple[Path, Path], name: bytes
) -> None:
    """
    Git is asked for the very bytes.
    """
    for folder in trees:
        (folder / os.fsdecode(name)).write_text(f"{folder.name}\n")
        git(folder, "add", "-A")
        git(folder, "commit", "-qm", "one")
    watchers = [Watcher(tmp_path / "stores", folder) for folder in trees]
    own = frozenset({os.fsdecode(name)})
    found = find_overlaps([stand(one, one.tree, own) for one in watchers], {})
    (overlap,) = [one for one in found.values() if one]

    (file,) = overlap.files
    spans = [list_spans(one.store, overlap.base, one.tree, file) for one in watchers]

    assert 1 == len(find_meeting(*spans))


def test_worktrees_that_stand_as_they_did_are_not_compared_again(
    tmp_path: Path, trees: tuple[Path, Path]
) -> None:
    """
    What was found of a pair counts until one of them moves.
    """
    watchers = [Watcher(tmp_path / "stores", folder) for folder in trees]
    for folder in trees:
        change_line(folder, 3, str(folder))
    before = [stand(one, one.tree) for one in watchers]
    after = [stand(one, one.look()) for one in watchers]
    pair = after[0], after[1]

    assert {pair: None} == find_overlaps(after, {pair: None})
    (found,) = find_overlaps(after, find_overlaps(before, {})).values()
    assert found
    assert ("a.py",) == found.files


def test_the_same_change_on_both_sides_is_none(tmp_path: Path, trees: tuple[Path, Path]) -> None:
    """
    As after one was merged into the other.
    """
    for folder in trees:
        change_line(folder, 3, "same")

    assert [] == find(tmp_path, *trees)


def test_what_only_others_changed_is_left_out(tmp_path: Path, trees: tuple[Path, Path]) -> None:
    """
    Branches that parted long ago differ in many files that no agent has touched.
    """
    for folder in trees:
        change_line(folder, 3, str(folder))
        git(folder, "commit", "-qam", "long ago")

    assert [] == find(tmp_path, *trees, own=frozenset({"b.py"}))


def test_branches_without_a_common_past_are_left_out(
    tmp_path: Path, trees: tuple[Path, Path]
) -> None:
    """
    There is nothing to compare them with.
    """
    main, other = trees
    git(other, "checkout", "-q", "--orphan", "new")
    (other / "a.py").write_text("new\n")
    git(other, "commit", "-qam", "new")
    change_line(main, 3, "main")

    assert [] == find(tmp_path, main, other)


def test_a_shallow_clone_has_a_common_past_too(tmp_path: Path, trees: tuple[Path, Path]) -> None:
    """
    Its oldest commit names a parent that is not there.
    """
    main, _ = trees
    change_line(main, 1, "second")
    git(main, "commit", "-qam", "second")
    shallow, other = tmp_path / "shallow", tmp_path / "beside"
    git(tmp_path, "clone", "-q", "--depth=1", main.as_uri(), str(shallow))
    git(shallow, "worktree", "add", "-q", "-b", "beside", str(other))
    for folder in (shallow, other):
        change_line(folder, 3, str(folder))
        git(folder, "commit", "-qam", "third")

    (found,) = find(tmp_path, shallow, other)

    assert ("a.py",) == found.files


def test_lines_that_meet_are_told(tmp_path: Path, trees: tuple[Path, Path]) -> None:
    """
    In the lines of the common version; those side by side meet, those apart do not.
    """
    main, other = trees
    for number in (3, 4, 10):
        change_line(main, number, "main")
    for number in (5, 20):
        change_line(other, number, "other")
    (found,) = find(tmp_path, main, other)
    one, two = (Watcher(tmp_path / "stores", folder) for folder in trees)

    mine = list_spans(one.store, found.base, one.tree, "a.py")
    theirs = list_spans(two.store, found.base, two.tree, "a.py")

    assert (Span(3, 4), Span(10, 10)) == mine
    assert ((Span(3, 4), Span(5, 5)),) == find_meeting(mine, theirs)


def test_both_agents_are_told_and_calm_comes_back(tmp_path: Path, trees: tuple[Path, Path]) -> None:
    """
    Each learns the other's name, place and files; once one takes it back, neither is told.
    """
    main, other = trees
    desk = Desk(tmp_path / "state")
    desk.put("%1", main, State.WORKING)
    desk.put("%2", other, State.WORKING)
    desk.settle(("%1", "%2"))
    change_line(main, 3, "main")
    change_line(other, 4, "other")
    desk.put("%1", main, State.FINISHED)
    desk.put("%2", other, State.FINISHED)

    desk.until(lambda: desk.changes("%1").conflicts and desk.changes("%2").conflicts)

    assert ("claude work:0.2: a.py",) == desk.changes("%1").conflicts
    assert ("claude work:0.1: a.py",) == desk.changes("%2").conflicts
    desk.put("%2", other, State.WORKING)
    git(other, "checkout", "-q", "a.py")
    desk.put("%2", other, State.FINISHED)
    desk.until(lambda: not desk.changes("%1").conflicts and not desk.changes("%2").conflicts)


@pytest.mark.parametrize(("icons", "mark"), [("unicode", "≠2"), ("ascii", "/2"), ("nerd", "≠2")])
def test_the_summary_counts_who_is_in_the_way(icons: str, mark: str) -> None:
    """
    With a mark of its own, which is not there in peace, nor where there is no room.
    """
    status = Status(Agent("claude", "Claude"), State.WORKING, 0.0)
    changes = Changes(conflicts=("codex work:2.0: a.py",))
    at_war = [Sighting(Pane(PaneId(f"%{number}")), status, changes=changes) for number in (1, 2)]
    in_peace = [Sighting(Pane(PaneId("%3")), status)]

    told = render_summary([*at_war, *in_peace], 0.0, Options(icons=icons))

    assert f"{mark}#[" in told
    assert mark not in render_summary(in_peace, 0.0, Options(icons=icons))
