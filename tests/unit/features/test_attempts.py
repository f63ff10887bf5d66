"""Attempts at one task are held against the commit that all of them come from."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from agent_status.features.journal import Journal, Kind, LogEntry
from agent_status.features.journal.past import Past, read_past
from agent_status.features.review.attempts import (
    compare_attempts,
    find_common_commit,
    join_attempts,
)
from agent_status.features.review.checkout import find_checkout
from agent_status.features.review.parts import Part, snapshot_parts
from agent_status.features.review.tree import Memory
from agent_status.model import Changes, Task
from agent_status.model.groups import find_groups
from agent_status.system.git import GitError
from tests.support.checkouts import git, isolate, make_repository
from tests.support.journal_lab import make_sighting


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with two files."""
    isolate(monkeypatch, tmp_path)
    return make_repository(tmp_path / "work", a_py="a\n", b_py="b\n")


def take(tmp_path: Path, folder: Path) -> tuple[Part, ...]:
    """The files of a checkout as they are now."""
    checkout = find_checkout(str(folder))
    assert checkout
    return snapshot_parts(tmp_path / "stores", checkout, Memory())


def test_attempts_in_two_worktrees_are_compared(tmp_path: Path, repository: Path) -> None:
    """Committed, changed and new files count; names tell what only one of them has."""
    other = tmp_path / "other"
    git(repository, "worktree", "add", "-q", "-b", "other", str(other))
    (repository / "a.py").write_text("a\nmore\n")
    (repository / "new.py").write_text("n\n")
    (other / "a.py").write_text("changed\n")
    (other / "b.py").unlink()
    git(other, "commit", "-qam", "an attempt")
    attempts = [take(tmp_path, folder) for folder in (repository, other)]

    store = join_attempts(attempts)
    base = find_common_commit(store, attempts)
    found = compare_attempts(store, [base, base], attempts)

    assert git(repository, "rev-parse", "main") == base
    counts = [(one.comparison.files, one.comparison.added, one.comparison.removed) for one in found]
    assert [(2, 2, 0), (2, 1, 2)] == counts
    assert [("new.py",), ("b.py",)] == [one.alone for one in found]


def test_attempts_in_two_clones_are_compared(tmp_path: Path, repository: Path) -> None:
    """Each store finds the objects of the other: trees of both differ by one file."""
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", str(repository), str(clone))
    (repository / "a.py").write_text("mine\n")
    (clone / "b.py").write_text("theirs\n")
    for folder in (repository, clone):
        git(folder, "commit", "-qam", folder.name)
    attempts = [take(tmp_path, folder) for folder in (repository, clone)]

    store = join_attempts(attempts)
    base = find_common_commit(store, attempts)
    found = compare_attempts(store, [base, base], attempts)

    assert git(repository, "rev-parse", "HEAD~1") == base
    assert [("a.py",), ("b.py",)] == [one.alone for one in found]
    names = store.ask("diff", "--name-only", attempts[0][0].tree, attempts[1][0].tree)
    assert b"a.py\nb.py\n" == names


def test_attempts_without_a_common_commit_have_none(tmp_path: Path, repository: Path) -> None:
    """As two repositories that have nothing to do with each other, or one without a commit."""
    empty = tmp_path / "empty"
    empty.mkdir()
    git(empty, "init", "-q")
    apart = make_repository(tmp_path / "apart", c_py="c\n")
    own, others = take(tmp_path, repository), [take(tmp_path, one) for one in (apart, empty)]

    for other in others:
        attempts = [own, other]
        assert "" == find_common_commit(join_attempts(attempts), attempts)


def test_attempts_with_other_object_names_are_refused(tmp_path: Path, repository: Path) -> None:
    """Git itself can't compare them."""
    longer = tmp_path / "longer"
    longer.mkdir()
    git(longer, "init", "-q", "--object-format=sha256")

    with pytest.raises(GitError, match="SHA-256"):
        join_attempts([take(tmp_path, repository), take(tmp_path, longer)])


def test_groups_have_one_prompt_in_worktrees_of_one_repository() -> None:
    """Two agents in one worktree are no two attempts; without a prompt nothing is known."""

    def place(pane: str, root: str, prompt: str, repository: str = "/r/.git") -> object:
        changes = Changes(root=root, repository=repository)
        task = Task(first_prompt=prompt)
        return replace(make_sighting(pane=pane), changes=changes, task=task)

    agents = [
        place("%1", "/a", "fix it"),
        place("%2", "/b", "fix\n it "),
        place("%3", "/c", "other"),
        place("%4", "/d", "fix it", "/s/.git"),
        place("%5", "/e", ""),
        place("%6", "/f", ""),
        place("%7", "/c", "other"),
    ]

    groups = find_groups(agents)  # type: ignore[type-var]
    assert [["%1", "%2"]] == [[one.pane.id for one in group] for group in groups]  # type: ignore[attr-defined]


def write_down() -> Iterator[LogEntry]:
    """The journal of a pane with two agents, one after the other, and a restart between."""
    for at, before, after in (
        (1.0, "", "working"),
        (90.0, "working", "none"),
        (100.0, "none", "working"),
        (160.0, "working", "approval"),
        (190.0, "approval", "working"),
        (250.0, "", "working"),
        (260.0, "working", "stuck"),
        (270.0, "stuck", "idle"),
        (300.0, "idle", "working"),
    ):
        yield LogEntry(at, Kind.STATE, pane="%3", facts={"from": before, "to": after})
    yield LogEntry(161.0, Kind.ASK, pane="%3", facts={"ask": {}})
    for label, outcome in (("No", "sent"), ("no", "seen"), ("No", "refused"), ("Yes", "sent")):
        facts = {"outcome": outcome, "label": label, "choice": "2"}
        yield LogEntry(190.0, Kind.ANSWER, pane="%3", facts=facts)


def test_past_of_an_agent_is_read_from_the_journal(tmp_path: Path) -> None:
    """Since the agent before was gone; the time without a daemon doesn't count."""
    with Journal(tmp_path / "journal.sqlite3", "/s") as journal:
        journal.write(sorted(write_down(), key=lambda one: one.at))
        for at, grade, command in (
            (50.0, "dangerous", "rm -rf /old"),
            (120.0, "dangerous", "rm -rf build"),
            (121.0, "dangerous", "rm -rf build"),
            (122.0, "writes", "touch x"),
        ):
            facts = {"grade": grade, "command": command, "session": "s", "call": str(at)}
            journal.write([LogEntry(at, Kind.RAN, pane="%3", facts=facts)])

        past = read_past(journal, "%3", "/s", 330.0)
        assert Past(60 + 20 + 30, 1, 30.0, 2, ("rm -rf build",)) == past
        assert Past() == read_past(journal, "%4", "/s", 330.0)
        assert Past() == read_past(journal, "%3", "/other", 330.0)
