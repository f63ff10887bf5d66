"""Turns keep their trees, single files are reviewed alone, and several reviews can be undone."""

from dataclasses import asdict, replace
from pathlib import Path

import pytest

from agent_status.errors import RefusedError
from agent_status.features.review.baselines import BaselineStore, parse_baseline
from agent_status.features.review.checkout import find_checkout
from agent_status.features.review.compare import compare
from agent_status.features.review.hunks import Hunk, read_patches
from agent_status.features.review.parts import Part, find_sides, join_stores, snapshot_parts
from agent_status.features.review.restore import Restored, restore
from agent_status.features.review.seen import move_files
from agent_status.features.review.tree import Memory
from agent_status.features.review.turns import Turn, find_turn_sides, parse_turn
from agent_status.model import PaneId, State, Task
from agent_status.model.ref import make_ref
from agent_status.protocol.messages import (
    BadRequestError,
    MarkLooked,
    MoveBaseline,
    ReadReview,
    ReviewFacts,
    Unreview,
)
from tests.support.checkouts import git, hash_folder, isolate, make_repository
from tests.unit.features.test_review import WALL, Desk

PANE = make_ref("%1")


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """
    A repository with three files.
    """
    isolate(monkeypatch, tmp_path)
    return make_repository(tmp_path / "work", a_py="a\n", b_py="b\n", c_py="c\n")


@pytest.fixture
def desk(tmp_path: Path, repository: Path) -> Desk:
    """
    An idle agent in the repository.
    """
    desk = Desk(tmp_path / "state")
    desk.put("%1", repository, State.IDLE)
    desk.settle()
    return desk


def read(desk: Desk) -> ReviewFacts:
    """
    Return what a command learns.
    """
    answer = desk.reviews.list_ops()[ReadReview.op](ReadReview(PANE))
    assert isinstance(answer, ReviewFacts)
    return answer


def list_turns(desk: Desk) -> list[Turn]:
    """
    Return the turns of the checkout, the latest last.
    """
    return [parse_turn(one) for one in read(desk).turns]


def work(desk: Desk, repository: Path, prompt: str, **files: str) -> Turn:
    """
    Let the agent take a turn that writes these files, and return it once it is kept.
    """
    known = [one.id for one in list_turns(desk)]
    desk.put("%1", repository, State.WORKING)
    desk.until(lambda: desk.reviews._reviews[PaneId("%1")].turn.base)  # type: ignore[union-attr]  # noqa: SLF001
    for name, text in files.items():
        (repository / name.replace("_", ".")).write_text(text)
    desk.seen["%1"] = replace(desk.seen["%1"], task=Task(last_prompt=prompt))
    desk.now += 60
    desk.put("%1", repository, State.FINISHED)
    desk.seen["%1"] = replace(desk.seen["%1"], task=Task(last_prompt=prompt))
    desk.until(lambda: [one.id for one in list_turns(desk)] != known)
    return list_turns(desk)[-1]


def look(desk: Desk, repository: Path) -> tuple[Part, ...]:
    """
    Return the checkout as it is now.
    """
    checkout = find_checkout(str(repository))
    assert checkout
    return snapshot_parts(Path(read(desk).stores), checkout, Memory())


def accept(desk: Desk, repository: Path, *paths: str) -> None:
    """
    Count these files as reviewed, as they are now.
    """
    parts, was = look(desk, repository), read(desk).base
    assert was
    base = parse_baseline(was)
    moved = move_files(parts, base, find_sides(parts, base)[1], paths)
    desk.reviews.list_ops()[MoveBaseline.op](MoveBaseline(PANE, was=was, base=asdict(moved)))


def test_turn_keeps_what_it_changed(desk: Desk, repository: Path) -> None:
    """
    Each with its prompt, its times and its lines; what the user changes in between is no turn's.
    """
    first = work(desk, repository, "make a an A\nplease", a_py="A\n")
    (repository / "c.py").write_text("mine\n")
    second = work(desk, repository, "add d", d_py="d\nd\n")

    assert ("make a an A", 1, 1, 1) == (first.prompt, first.files, first.added, first.removed)
    assert ("add d", 1, 2, 0) == (second.prompt, second.files, second.added, second.removed)
    assert (2, 60.0) == (second.number, round(second.ended_at - second.began_at) // 1)
    assert WALL < first.ended_at < second.began_at
    parts = look(desk, repository)
    sides = find_turn_sides(parts, first)
    assert ["a.py"] == [one.path for one in compare(join_stores(parts), *sides).touched]


def test_turns_outlive_the_daemon_and_are_bounded(
    desk: Desk, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    The oldest is dropped; ids stay as they are, and a damaged file has no turns.
    """
    monkeypatch.setattr("agent_status.features.review.turns.MAX_TURNS", 2)
    turns = [work(desk, repository, f"turn {n}", a_py=f"{n}\n") for n in range(3)]

    desk.open()
    desk.settle()
    assert turns[1:] == list_turns(desk)
    (file,) = (desk.state / "review" / "turns").iterdir()
    file.write_text('[{"id": 7}]')
    desk.open()
    desk.settle()
    assert [] == list_turns(desk)


def test_reviewed_file_no_longer_counts(desk: Desk, repository: Path) -> None:
    """
    Its later changes do; the rest waits for review, also after a restart.
    """
    work(desk, repository, "three", a_py="A\n", b_py="B\n", d_py="d\n")
    (repository / "c.py").unlink()
    desk.put("%1", repository, State.FINISHED)
    accept(desk, repository, "a.py", "c.py", "d.py")
    desk.until(lambda: desk.changes().touched == ("b.py",))

    desk.open()
    desk.until(lambda: desk.changes().touched == ("b.py",))
    (repository / "a.py").write_text("AA\n")
    desk.reviews.close()
    desk.open()
    desk.until(lambda: desk.changes().touched == ("a.py", "b.py"))
    assert (State.REVIEW, "2 files +2 -2") == desk.state_of()


def test_reviewed_file_stays_so_after_a_commit_and_a_pull(repository: Path, tmp_path: Path) -> None:
    """
    The file as it was reviewed is merged with what came from elsewhere.
    """
    (repository / "a.py").write_text("1\n2\n3\n4\n5\n6\n7\n8\n")
    git(repository, "commit", "-qam", "lines")
    other = tmp_path / "other"
    git(tmp_path, "clone", "-q", str(repository), str(other))
    desk = Desk(tmp_path / "state")
    desk.put("%1", repository, State.IDLE)
    desk.settle()
    work(desk, repository, "two", a_py="one\n2\n3\n4\n5\n6\n7\n8\n", b_py="B\n")
    accept(desk, repository, "a.py")
    git(repository, "commit", "-qam", "own work")
    (other / "a.py").write_text("1\n2\n3\n4\n5\n6\n7\neight\n")
    git(other, "commit", "-qam", "theirs", "--date=2001-01-01T00:00:00")
    git(repository, "pull", "-q", "--no-rebase", str(other), "main")

    work(desk, repository, "nothing more")

    desk.until(lambda: desk.changes().touched == ("b.py",))


def test_reviewed_file_in_a_nested_checkout(desk: Desk, repository: Path) -> None:
    """
    It is moved on in that checkout's own tree.
    """
    make_repository(repository / "inner", x_py="x\n", y_py="y\n")
    desk.put("%1", repository, State.WORKING)
    desk.put("%1", repository, State.FINISHED)
    desk.until(lambda: "inner/x.py" in desk.changes().touched)

    accept(desk, repository, "inner/x.py")

    desk.until(lambda: desk.changes().touched == ("inner/y.py",))


def test_several_reviews_are_undone_one_by_one(desk: Desk, repository: Path) -> None:
    """
    The latest first, of files and of everything alike, also after a restart.
    """
    work(desk, repository, "three", a_py="A\n", b_py="B\n", c_py="C\n")
    for name in ("a.py", "b.py"):
        accept(desk, repository, name)
        desk.until(lambda name=name: name not in desk.changes().touched)  # type: ignore[misc]
    desk.reviews.acknowledge(PaneId("%1"), desk.now)
    desk.put("%1", repository, State.IDLE)
    assert 0 == desk.changes().files
    desk.open()
    desk.settle()

    undo = desk.reviews.list_ops()[Unreview.op]
    for touched in (("c.py",), ("b.py", "c.py"), ("a.py", "b.py", "c.py")):
        undo(Unreview(PANE))
        desk.until(lambda touched=touched: touched == desk.changes().touched)  # type: ignore[misc]
    with pytest.raises(RefusedError, match="no acknowledgement to undo"):
        undo(Unreview(PANE))


def test_record_of_an_older_version_keeps_its_undo(desk: Desk, repository: Path) -> None:
    """
    It held one baseline, or none.
    """
    work(desk, repository, "one", a_py="A\n")
    desk.reviews.acknowledge(PaneId("%1"), desk.now)
    (file,) = (desk.state / "review" / "checkouts").iterdir()
    text = file.read_text()
    before, _, rest = text.partition('"undo": [')
    base, _, end = rest.rpartition("]")

    for old, expected in ((f'{before}"undo": {base}{end}', 1), (f'{before}"undo": null{end}', 0)):
        file.write_text(old)
        record = BaselineStore(file.parent).find(file.stem)
        assert record
        assert expected == len(record.undo)


def test_baseline_moves_only_from_what_was_seen(desk: Desk, repository: Path) -> None:
    """
    What isn't a baseline, or is made from an older one, is refused; nothing changes.
    """
    work(desk, repository, "one", a_py="A\n")
    was = read(desk).base
    assert was
    move = desk.reviews.list_ops()[MoveBaseline.op]
    with pytest.raises(BadRequestError, match="no baseline"):
        move(MoveBaseline(PANE, was=was, base={"tree": "; rm -rf /"}))
    with pytest.raises(RefusedError, match="look again"):
        move(MoveBaseline(PANE, was=dict(was) | {"at": 1}, base=was))
    assert was == read(desk).base


def test_mark_of_what_was_seen_belongs_to_the_agent(desk: Desk, repository: Path) -> None:
    """
    A review moves it, too; it outlives the daemon, and is never in the future.
    """
    assert 0.0 == read(desk).looked
    mark = desk.reviews.list_ops()[MarkLooked.op]
    mark(MarkLooked(PANE, at=WALL + 10))
    assert WALL + 10 == read(desk).looked
    mark(MarkLooked(PANE, at=WALL * 2))
    assert WALL + desk.now == read(desk).looked
    work(desk, repository, "one", a_py="A\n")
    desk.reviews.acknowledge(PaneId("%1"), desk.now)
    seen = read(desk).looked
    desk.open()
    desk.settle()
    assert seen == read(desk).looked > WALL + 60
    with pytest.raises(RefusedError, match="no agent"):
        mark(MarkLooked(make_ref("%77"), at=1.0))


def restore_turn(desk: Desk, turn: Turn, branch: str = "back") -> Restored:
    """
    Put the files of a turn's end onto a branch.
    """
    return restore(Path(read(desk).stores), turn, branch)


def test_restored_turn_is_a_new_branch_and_nothing_else(desk: Desk, repository: Path) -> None:
    """
    Its commit has the files of then, upon the commit of then; the checkout is not touched.
    """
    head = git(repository, "rev-parse", "HEAD")
    turn = work(desk, repository, "make a an A\nplease", a_py="A\n", new_py="n\n")
    work(desk, repository, "spoil it", a_py="spoilt\n")
    (repository / "new.py").unlink()
    git(repository, "commit", "-qam", "later")
    git(repository, "config", "user.name", "Ada")
    git(repository, "config", "user.email", "ada@example.org")
    index = (repository / ".git" / "index").read_bytes()
    status, branch = git(repository, "status", "--porcelain=2"), git(repository, "branch")

    done = restore_turn(desk, turn)

    assert ("back", git(repository, "rev-parse", "back")) == (done.branch, done.commit)
    assert f"{head}" == git(repository, "rev-parse", "back^")
    assert "make a an A" == git(repository, "log", "-1", "--format=%s", "back")
    assert "A\nn" == git(repository, "show", "back:a.py") + "\n" + git(
        repository, "show", "back:new.py"
    )
    assert "" == git(repository, "fsck", "--strict")
    assert index == (repository / ".git" / "index").read_bytes()
    assert status == git(repository, "status", "--porcelain=2")
    assert f"  back\n{branch}" == git(repository, "branch")


def test_restored_branch_is_never_one_that_exists(desk: Desk, repository: Path) -> None:
    """
    Nor one with a name that git does not take; the repository stays as it was.
    """
    turn = work(desk, repository, "one", a_py="A\n")
    before = hash_folder(repository)

    for name, words in {
        "main": "exists",
        "-d": "can't be the name",
        "a..b": "can't be the name",
        "main\0": "can't be the name",
        "": "can't be the name",
    }.items():
        with pytest.raises(RefusedError, match=words):
            restore_turn(desk, turn, name)
    gone = replace(turn, after=replace(turn.after, tree="1" * 40))
    with pytest.raises(RefusedError, match="no longer kept"):
        restore_turn(desk, gone)

    assert before == hash_folder(repository)


def test_restored_file_that_was_too_big_is_as_it_was_committed(
    desk: Desk, repository: Path
) -> None:
    """
    What stands for it in our store never gets into a branch.
    """
    git(repository, "config", "user.name", "Ada")
    git(repository, "config", "user.email", "ada@example.org")
    big = "x" * 1_100_000
    turn = work(desk, repository, "big", a_py=big, new_py=big, b_py="B\n")

    done = restore_turn(desk, turn)

    assert ("a.py", "new.py") == done.missing
    assert "a\nB" == git(repository, "show", "back:a.py") + "\n" + git(
        repository, "show", "back:b.py"
    )
    assert "a.py\nb.py\nc.py" == git(repository, "ls-tree", "--name-only", "back")


def test_patch_is_read_whatever_a_file_is_called(desk: Desk, repository: Path) -> None:
    """
    Names with quotes, blanks, line ends and bytes that are no text have their lines.
    """
    names = ["a b/ b", 'q"uo\\te', "new\nline", "ü.py", "\udcff", " b/x b/x"]
    for name in names:
        (repository / name).parent.mkdir(exist_ok=True, parents=True)
        (repository / name).write_text("one\n")
    (repository / "a.py").write_text("A\nno end")
    (repository / "b.py").write_bytes(b"\0binary")
    parts, base = look(desk, repository), parse_baseline(read(desk).base or {})
    store, sides = join_stores(parts), find_sides(parts, base)
    touched = compare(store, *sides).touched

    patches = {one.touched.path: one for one in read_patches(store, *sides, touched)}

    assert {*names, "a.py", "b.py"} == patches.keys()
    assert all(("+one",) == patches[name].hunks[0].lines for name in names)
    assert [Hunk(1, 1, ("-a", "+A", "+no end"))] == patches["a.py"].hunks
    assert ("binary, or more than 1 MB", []) == (patches["b.py"].why, patches["b.py"].hunks)


def test_long_diff_is_left_out_with_a_word(
    desk: Desk, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Of one file, of all of them, and of a line.
    """
    monkeypatch.setattr("agent_status.features.review.hunks.MAX_LINES", 50)
    monkeypatch.setattr("agent_status.features.review.hunks.MAX_FILE_LINES", 40)
    for name, lines in {"a.py": 45, "b.py": 30, "c.py": 30}.items():
        (repository / name).write_text("x" * 999 + "\n" + "y\n" * (lines - 2))
    parts, base = look(desk, repository), parse_baseline(read(desk).base or {})
    store, sides = join_stores(parts), find_sides(parts, base)

    patches = read_patches(store, *sides, compare(store, *sides).touched)

    long = "too long to show here"
    assert [long, "", long] == [one.why for one in patches]
    assert [0, 30, 0] == [sum(len(hunk.lines) for hunk in one.hunks) for one in patches]
    assert 500 == max(len(line) for line in patches[1].hunks[0].lines)
