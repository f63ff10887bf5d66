"""Slow work in a thread: the content that a run was about, and what differs since."""

import hashlib
import os
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from agent_status.features.checks.matching import Matcher
from agent_status.features.checks.policy import Slot, TestFiles, add_proofs, find_slot
from agent_status.features.checks.runs import list_runs
from agent_status.features.checks.values import Proof, Run, Standing
from agent_status.model import Changes, ToolCall
from agent_status.model.globs import Pattern
from agent_status.model.plain import show_name
from agent_status.system.git import GitError, run_git

MAX_FILES = 50_000
"""Files of a checkout; what changed among more isn't known."""
MAX_CHANGED = 20
"""Changed files that are kept by name."""
TROUBLES = (GitError, OSError, ValueError)


class Contents(Protocol):
    """What takes and compares the contents of checkouts; see `review.content.ContentReader`."""

    def take(self, root: str, names: Iterable[str], apart: Iterable[str]) -> dict[str, str]:
        """Return the tree ids of a checkout, by place, and protect them under these names."""

    def list_changed(
        self, root: str, before: Mapping[str, str], after: Mapping[str, str]
    ) -> Iterator[str]:
        """Yield the paths that differ between two contents."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Calls of one agent, of which some are new; where they run unless they say so."""

    calls: tuple[ToolCall, ...]
    new: tuple[int, ...]
    folder: str


@dataclass(frozen=True, slots=True)
class Question:
    """What is to be found out about one checkout."""

    root: str
    changes: Changes
    proofs: tuple[Proof, ...] = ()
    batches: tuple[Batch, ...] = ()
    runs: tuple[Run, ...] = ()
    """Runs that have ended, beside those among the calls."""
    own: str = ""
    """The user's command for the project."""
    apart: frozenset[str] = frozenset()
    """Checkouts in it that count on their own."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What was found."""

    changes: Changes
    """Those that the standings are about."""
    proofs: tuple[Proof, ...] = ()
    standings: tuple[Standing, ...] = ()
    files: TestFiles = field(default_factory=TestFiles)


@dataclass(frozen=True, slots=True)
class Study:
    """Answers questions about checkouts; `answer` may take seconds."""

    contents: Contents
    matcher: Matcher
    tests: Pattern

    def answer(self, question: Question, last: Answer | None = None) -> Answer:
        """Return what is known by now; `last` is the answer before, which may still hold."""
        root, proofs = question.root, question.proofs
        runs = self._list_runs(question)
        now = {"": question.changes.tree}
        if runs:
            taken, trouble = self._take(question, runs)
            new = [_prove(root, run, taken, trouble) for run in runs]
            proofs, now = add_proofs(proofs, new), taken or now
        elif last and is_same_content(last.changes, question.changes):
            return replace(last, changes=question.changes)
        elif any(len(one.content) > 1 for one in proofs):
            now = self._take(question, ())[0] or now
        standings = tuple(self._compare(root, one, now) for one in proofs)
        files = find_test_files(root, question.changes.touched, self.tests)
        return Answer(question.changes, proofs, standings, files)

    def _list_runs(self, question: Question) -> tuple[Run, ...]:
        """Return the newest run of each slot that is newer than what is known."""
        found = [
            run
            for one in question.batches
            for number in one.new
            for run in list_runs(one.calls, number, one.folder, self.matcher, question.own)
        ]
        ended_at = {find_slot(one.run): one.run.ended_at for one in question.proofs}
        newest: dict[Slot, Run] = {}
        for run in sorted((*question.runs, *found), key=lambda run: run.ended_at):
            here = _place_run(question.root, run)
            if here and here.ended_at > ended_at.get(find_slot(here), 0.0):
                newest[find_slot(here)] = here
        return tuple(newest.values())

    def _take(self, question: Question, runs: Sequence[Run]) -> tuple[dict[str, str], str]:
        """Return the content of now, or why it is unknown."""
        try:
            names = list(map(_name_slot, runs))
            return self.contents.take(question.root, names, question.apart), ""
        except TROUBLES as error:
            return {}, str(error) or type(error).__name__

    def _compare(self, root: str, proof: Proof, now: Mapping[str, str]) -> Standing:
        if proof.trouble:
            return Standing(proof)
        try:
            differing = self.contents.list_changed(root, proof.content, now)
            stale = sorted({*map(show_name, differing), *proof.changed})
        except TROUBLES:
            return Standing(replace(proof, trouble="the files of then are gone"))
        return Standing(proof, tuple(stale[:MAX_CHANGED]), len(stale))


def is_same_content(one: Changes, other: Changes) -> bool:
    """Return True if two surveys found the same files."""
    return _find_signature(one) == _find_signature(other)


def _find_signature(changes: Changes) -> tuple[object, ...]:
    return changes.tree, changes.files, changes.added, changes.removed, changes.touched


def _name_slot(run: Run) -> str:
    """Return the name under which what a run was about is kept, until a newer one takes it."""
    return hashlib.sha256("\0".join(find_slot(run)).encode("utf-8", "replace")).hexdigest()[:16]


def _place_run(root: str, run: Run) -> Run | None:
    """Return the run with its folder without links, if that is there, and in the checkout."""
    try:
        folder = os.path.realpath(run.folder)
        is_here = os.path.commonpath((root, folder)) == root and Path(folder).is_dir()
    except (OSError, ValueError):
        return None
    return replace(run, folder=folder) if is_here else None


def _prove(root: str, run: Run, content: Mapping[str, str], trouble: str) -> Proof:
    """Return a run with the content of now, and the files that changed since it began or ended."""
    if trouble:
        return Proof(run, {}, (), trouble)
    try:
        changed = sorted(list_changed_files(root, run))
    except TROUBLES as error:
        return Proof(run, {}, (), str(error) or type(error).__name__)
    return Proof(run, content, tuple(map(show_name, changed[:MAX_CHANGED])))


def list_changed_files(root: str, run: Run) -> Iterator[str]:
    """
    Yield files of a checkout that changed after a run began, without ignored ones.

    If other commands ran along with it, only those count that changed after its end; a deleted one
    counts if its folder changed after the end. Raises GitError.
    """
    since_at = run.began_at if run.is_alone else run.ended_at
    words = ("ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate")
    paths = run_git(["-C", root, *words]).split(b"\0")[:-1]
    if len(paths) > MAX_FILES:
        message = f"{len(paths)} files are too many to look for changes"
        raise GitError(message)
    for path in paths:
        place = os.path.join(os.fsencode(root), path.rstrip(b"/"))  # noqa: PTH118  bytes
        changed_at = _changed_at(place)
        if (_removed_at(place) > run.ended_at) if changed_at is None else changed_at > since_at:
            yield os.fsdecode(path)


def _changed_at(place: bytes) -> float | None:
    """Return when a file changed, in Unix seconds; None for a deleted one, 0 for a folder."""
    try:
        found = os.lstat(place)
    except (FileNotFoundError, NotADirectoryError):
        return None
    return 0.0 if stat.S_ISDIR(found.st_mode) else max(found.st_mtime, found.st_ctime)


def _removed_at(place: bytes) -> float:
    """Return when the nearest folder above that is still there has changed."""
    folder = os.path.dirname(place)  # noqa: PTH120  bytes
    while folder and not os.path.isdir(folder):  # noqa: PTH112
        folder = os.path.dirname(folder)  # noqa: PTH120
    return os.stat(folder).st_mtime if folder else 0.0  # noqa: PTH116


def find_test_files(root: str, touched: Sequence[str], tests: Pattern) -> TestFiles:
    """Return the test files that were changed and deleted; one that was moved wasn't deleted."""
    paths = [path for path in touched if tests.match(path)]
    there = [path for path in paths if os.path.lexists(os.path.join(root, path))]  # noqa: PTH118
    names = {os.path.basename(path) for path in there}  # noqa: PTH119
    gone = (path for path in paths if path not in there)
    deleted = (path for path in gone if os.path.basename(path) not in names)  # noqa: PTH119
    return TestFiles(tuple(there), tuple(deleted))
