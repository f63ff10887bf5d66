"""What changes in nested checkouts is told once, at its place; what arrived is not the turn's."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from agent_status.features.review.parts import Baseline
from agent_status.features.review.snapshot import CheckoutSnapshot, ReviewBaseline, survey
from agent_status.features.review.tree import Memory
from tests.support.checkouts import git, hash_folder, isolate, make_repository


class Checkout:
    """One checkout, looked at again and again."""

    def __init__(self, stores: Path, folder: Path) -> None:
        self.stores, self.folder, self.memory = stores, folder, Memory()
        self.apart: frozenset[str] = frozenset()
        self.base = self.look().now

    def look(self, *wishes: ReviewBaseline) -> CheckoutSnapshot:
        """Look once."""
        found = survey(self.stores, str(self.folder), wishes, self.memory, 1.0, self.apart)
        assert not found.trouble
        return found

    def list_changes(self, base: Baseline | None = None) -> list[str]:
        """Return git's letter and the path of each change since the base."""
        wish = ReviewBaseline("k", base or self.base, self.base.tree)
        (found,) = self.look(wish).since_base.values()
        return [f"{one.status} {one.path}" for one in found.touched]


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """
    A repository with two files.
    """
    isolate(monkeypatch, tmp_path)
    return make_repository(tmp_path / "work", a_py="one\ntwo\n", b_py="b\n")


@pytest.fixture
def checkout(tmp_path: Path, repository: Path) -> Checkout:
    """
    It, looked at before the turn.
    """
    return Checkout(tmp_path / "stores", repository)


def commit(folder: Path, name: str, text: str = "x\n") -> None:
    """
    Commit a file.
    """
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text)
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", name)


def test_a_new_repository_is_told_by_its_files(checkout: Checkout, repository: Path) -> None:
    """
    Committed or not, each once; an empty one by its name.
    """
    make_repository(repository / "deep" / "nested", n_py="n\n")
    (repository / "deep" / "nested" / "loose").write_text("l\n")
    for name in ("unborn", "empty"):
        (repository / name).mkdir()
        git(repository / name, "init", "-q")
    (repository / "unborn" / "f").write_text("f\n")

    changes = checkout.list_changes()

    expected = ["A deep/nested/loose", "A deep/nested/n.py", "A empty", "A unborn/f"]
    assert expected == changes


@pytest.mark.parametrize("ignored", [False, True])
def test_work_in_a_linked_worktree_below_is_told(
    checkout: Checkout, repository: Path, *, ignored: bool
) -> None:
    """
    Also where its folder is ignored; what was there when it was made is not counted.
    """
    if ignored:
        (repository / ".git" / "info" / "exclude").write_text(".claude\n")
    slice_1 = repository / ".claude" / "worktrees" / "slice-1"
    git(repository, "worktree", "add", "-q", "-b", "slice-1", str(slice_1))
    commit(slice_1, "g")
    (slice_1 / "a.py").write_text("one\n")

    changes = checkout.list_changes()

    place = ".claude/worktrees/slice-1"
    assert [f"M {place}/a.py", f"A {place}/g"] == changes


def test_a_worktree_in_which_nothing_was_done_is_named(
    checkout: Checkout, repository: Path
) -> None:
    """
    Once, like a clone.
    """
    git(repository, "worktree", "add", "-q", "-b", "w", str(repository / "inner"))
    git(repository, "clone", "-q", ".", "cloned")

    assert ["A cloned", "A inner"] == checkout.list_changes()


def test_a_nested_repository_that_was_there_counts_from_then(
    tmp_path: Path, repository: Path
) -> None:
    """
    Uncommitted and committed changes, and a nested one in the nested one; not its old files.
    """
    nested = make_repository(repository / "nested", n_py="n\n")
    make_repository(nested / "inner", i_py="i\n")
    checkout = Checkout(tmp_path / "stores", repository)
    assert [] == checkout.list_changes()
    commit(nested, "n.py", "changed\n")
    (nested / "inner" / "i.py").write_text("changed\n")

    changes = checkout.list_changes()

    assert ["M nested/inner/i.py", "M nested/n.py"] == changes
    checkout.base = checkout.look().now
    assert [] == checkout.list_changes()


def test_a_submodule_is_told_by_its_files_or_its_commit(tmp_path: Path, repository: Path) -> None:
    """
    Never by both.
    """
    library = make_repository(tmp_path / "library", l_py="l\n")
    words = ("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(library), "lib")
    git(repository, *words)
    git(repository, "commit", "-qm", "with library")
    checkout = Checkout(tmp_path / "stores", repository)
    (repository / "lib" / "l.py").write_text("changed\n")
    assert ["M lib/l.py"] == checkout.list_changes()

    git(repository / "lib", "commit", "-qam", "second")

    assert ["M lib/l.py"] == checkout.list_changes()


def test_a_link_to_a_folder_inside_is_one_entry(checkout: Checkout, repository: Path) -> None:
    """
    What changes behind it is told where it lies.
    """
    nested = make_repository(repository / "nested", n_py="n\n")
    (repository / "src").mkdir()
    for name in ("nested", "src"):
        (repository / f"to-{name}").symlink_to(name)
    (repository / "src" / "s").write_text("s\n")

    assert nested.exists()
    assert ["A nested/n.py", "A src/s", "A to-nested", "A to-src"] == checkout.list_changes()


def test_a_nested_checkout_that_is_told_elsewhere_is_left_out(
    checkout: Checkout, repository: Path
) -> None:
    """
    As where another agent works in it.
    """
    git(repository, "worktree", "add", "-q", "-b", "w", str(repository / "inner"))
    commit(repository / "inner", "g")
    checkout.apart = frozenset({str(repository / "inner")})

    assert [] == checkout.list_changes()


def test_names_of_nested_checkouts_may_be_any(checkout: Checkout, repository: Path) -> None:
    """
    Spaces, quotes, and bytes that are no text.
    """
    for name in (b"a b", b'q"', b"bad\xff"):
        make_repository(repository / os.fsdecode(name), f="f\n")

    assert {"A a b/f", 'A q"/f', "A bad\udcff/f"} == set(checkout.list_changes())


def test_looking_into_nested_checkouts_leaves_no_trace(
    checkout: Checkout, repository: Path
) -> None:
    """
    Not a byte of them differs.
    """
    make_repository(repository / "nested", n_py="n\n")
    git(repository, "worktree", "add", "-q", "-b", "w", str(repository / "inner"))
    before = hash_folder(repository)

    checkout.list_changes()

    assert before == hash_folder(repository)


@pytest.fixture
def clone(tmp_path: Path, repository: Path) -> Path:
    """
    A clone with a commit of its own, beside an upstream that has moved on in many files.
    """
    git(tmp_path, "clone", "-q", str(repository), "clone")
    folder = tmp_path / "clone"
    for name, value in (("user.name", "Bo"), ("user.email", "bo@example.org")):
        git(folder, "config", name, value)
    commit(folder, "mine.py", "mine\n")
    for number in range(30):
        (repository / f"up{number}").write_text("u\n")
    commit(repository, "a.py", "zero\none\ntwo\n")
    return folder


TURNS = {
    "rebase": ("pull -q --rebase",),
    "merge": ("pull -q --no-rebase --no-edit",),
    "fetched": ("fetch -q", "rebase -q origin/main"),
    "url": ("pull -q --rebase ../work main",),
}


@pytest.mark.parametrize("turn", TURNS)
def test_what_was_pulled_is_not_the_turns(tmp_path: Path, clone: Path, turn: str) -> None:
    """
    What was committed and edited in it is; of a file that both changed, only the own lines.
    """
    checkout = Checkout(tmp_path / "stores", clone)
    commit(clone, "own.py")
    for words in TURNS[turn]:
        git(clone, *words.split(" "))
    (clone / "a.py").write_text("zero\none\ntwo\nthree\n")

    wish = ReviewBaseline("k", checkout.base, checkout.base.tree)
    (found,) = checkout.look(wish).since_base.values()

    told = [(one.path, one.added, one.removed) for one in found.touched]
    assert [("a.py", 1, 0), ("own.py", 1, 0)] == told


def test_own_commits_that_were_pushed_still_count(tmp_path: Path, repository: Path) -> None:
    """
    Also with the work of others on top of them.
    """
    git(tmp_path, "clone", "-q", "--bare", str(repository), "hub")
    for name in ("one", "two"):
        git(tmp_path, "clone", "-q", "hub", name)
    one, two = tmp_path / "one", tmp_path / "two"
    checkout = Checkout(tmp_path / "stores", one)
    commit(one, "own.py")
    git(one, "push", "-q")
    git(two, "pull", "-q")
    commit(two, "theirs.py")
    git(two, "push", "-q")
    git(one, "pull", "-q")

    assert ["A own.py"] == checkout.list_changes()


def test_a_hard_reset_to_upstream_tells_what_was_lost(tmp_path: Path, clone: Path) -> None:
    """
    The commit and the edit that were there, and none of upstream's files.
    """
    (clone / "b.py").write_text("mine too\n")
    checkout = Checkout(tmp_path / "stores", clone)
    git(clone, "fetch", "-q")
    git(clone, "reset", "-q", "--hard", "origin/main")

    assert ["M b.py", "D mine.py"] == checkout.list_changes()


def test_a_hard_reset_to_before_tells_what_was_lost(checkout: Checkout, repository: Path) -> None:
    """
    Nothing arrived; what was committed is gone.
    """
    commit(repository, "c.py")
    checkout.base = checkout.look().now

    git(repository, "reset", "-q", "--hard", "HEAD~1")

    assert ["D c.py"] == checkout.list_changes()


def test_a_rebase_onto_a_local_branch_brings_nothing(tmp_path: Path, repository: Path) -> None:
    """
    Whether its commits were made here before, or in another worktree meanwhile.
    """
    git(repository, "switch", "-qc", "feature")
    commit(repository, "feature.py")
    git(repository, "switch", "-q", "main")
    commit(repository, "early.py")
    git(repository, "switch", "-q", "feature")
    git(repository, "worktree", "add", "-q", str(tmp_path / "main"), "main")
    checkout = Checkout(tmp_path / "stores", repository)
    commit(tmp_path / "main", "late.py")
    git(repository, "rebase", "-q", "main")
    commit(repository, "own.py")

    assert ["A own.py"] == checkout.list_changes()


def test_another_branch_is_no_change(checkout: Checkout, repository: Path) -> None:
    """
    What is committed on it is.
    """
    git(repository, "switch", "-qc", "feature")
    commit(repository, "feature.py")
    checkout.base = checkout.look().now
    git(repository, "switch", "-q", "main")
    assert [] == checkout.list_changes()
    git(repository, "switch", "-qc", "second")

    commit(repository, "second.py")

    assert ["A second.py"] == checkout.list_changes()


def test_a_merge_of_a_subagents_branch_counts(checkout: Checkout, repository: Path) -> None:
    """
    Its worktree and branch are gone by then.
    """
    git(repository, "worktree", "add", "-q", "-b", "s", str(repository / "inner"))
    commit(repository / "inner", "g")
    git(repository, "merge", "-q", "s")
    git(repository, "worktree", "remove", "inner")
    git(repository, "branch", "-qd", "s")

    assert ["A g"] == checkout.list_changes()


def test_nothing_in_a_nested_repository_makes_git_wait(
    checkout: Checkout, repository: Path
) -> None:
    """
    Where files of git's are pipes that nobody writes into.
    """
    nested = make_repository(repository / "nested", n_py="n\n")
    (nested / ".git" / "logs" / "HEAD").unlink()
    (nested / ".git" / "worktrees" / "x").mkdir(parents=True)
    for name in ("logs/HEAD", "FETCH_HEAD", "worktrees/x/gitdir"):
        os.mkfifo(nested / ".git" / name)

    assert ["A nested/n.py"] == checkout.list_changes()


def test_without_a_log_too_much_is_counted_rather_than_too_little(
    tmp_path: Path, clone: Path
) -> None:
    """
    Nothing is lost where git writes down less.
    """
    git(clone, "config", "core.logAllRefUpdates", "false")
    (clone / ".git" / "logs" / "HEAD").unlink()
    checkout = Checkout(tmp_path / "stores", clone)
    commit(clone, "own.py")
    git(clone, "pull", "-q", "--rebase")

    changes = checkout.list_changes(replace(checkout.base, at=checkout.base.at - 10))

    assert "A own.py" in changes
