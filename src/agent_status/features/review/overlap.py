"""Worktrees of one repository that change the same files."""

import contextlib
import functools
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from agent_status.features.review.compare import list_differing
from agent_status.features.review.store import Store
from agent_status.system.git import GitError

MAX_WORKTREES = 12
"""More than these are not compared with each other."""
MAX_FILES = 500
MAX_TABLES = 3
"""What worktrees changed since their merge base, kept while pairs are compared: one, another, and
the one that has moved, which is in all of them."""
HUNK = re.compile(rb"^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class WorktreeState:
    """The state of one worktree: `own` are the paths that changed while its agents ran."""

    store: Store
    tree: str
    own: frozenset[str]


@dataclass(frozen=True, slots=True)
class Overlap:
    """Files that two worktrees changed differently since their merge base."""

    roots: tuple[str, str]
    base: str
    """The merge base, a commit."""
    files: tuple[str, ...]

    def find_other(self, root: str) -> str:
        """Return the worktree that isn't at `root`."""
        return self.roots[self.roots[0] == root]


@dataclass(frozen=True, slots=True)
class Span:
    """Lines of the merge base that a worktree changed, from 1; an insertion follows `end`."""

    start: int
    end: int

    def touches(self, other: "Span") -> bool:
        """Return True if git could not merge both: they overlap or are adjacent."""
        return self.start <= other.end + 1 and other.start <= self.end + 1


Overlaps = Mapping[tuple[WorktreeState, WorktreeState], Overlap | None]
"""Of each pair of worktrees where they overlap, if they do."""
Read = Callable[[Store, str, str], Mapping[str, str]]


def find_overlaps(worktrees: Sequence[WorktreeState], known: Overlaps) -> Overlaps:
    """
    Return the overlapping files of each pair, without pairs that git can't compare.

    Pairs in `known` aren't compared again. Only files that one of the agents changed count, not
    what others changed on both branches.
    """
    wanted = frozenset[str]().union(*(one.own for one in worktrees))
    found: dict[tuple[WorktreeState, WorktreeState], Overlap | None] = {}

    @functools.lru_cache(maxsize=MAX_TABLES)
    def read(store: Store, base: str, tree: str) -> Mapping[str, str]:
        differing = list_differing(store, base, tree)
        return {one.path: one.blob for one in differing if one.path in wanted}

    for pair in combinations(worktrees[:MAX_WORKTREES], 2):
        with contextlib.suppress(GitError):
            found[pair] = known[pair] if pair in known else _find_overlap(*pair, read)
    return found


def _find_overlap(one: WorktreeState, other: WorktreeState, read: Read) -> Overlap | None:
    """Return the files that both changed; raise GitError if git can't compare them."""
    base = _find_base(one.store, one.store.checkout.head, other.store.checkout.head)
    if not base:
        return None
    mine, theirs = (read(each.store, base, each.tree) for each in (one, other))
    both = mine.keys() & theirs.keys() & (one.own | other.own)
    files = sorted(path for path in both if mine[path] != theirs[path])[:MAX_FILES]
    roots = one.store.checkout.root, other.store.checkout.root
    return Overlap(roots, base, tuple(files)) if files else None


def _find_base(store: Store, head: str, other: str) -> str:
    """Return the merge base; empty if there is no common commit."""
    if not head or not other or head == other:
        return head if head == other else ""
    shallow = Path(store.checkout.common) / "shallow"
    words = ("--shallow-file", str(shallow), "merge-base", head, other)
    found = store.ask(*words, codes=(0, 1))
    return found.decode("ascii", "replace").strip()


def list_spans(store: Store, before: str, after: str, file: str) -> tuple[Span, ...]:
    """Return the lines of `file` in `before` that differ in `after`; raise GitError."""
    output = store.ask(
        "diff-tree", "-p", "-U0", "--no-renames", "--no-ext-diff", "--no-textconv", "--no-color",
        before, after, "--", f":(top,literal){file}",
    )  # fmt: skip
    return tuple(_parse_spans(output))


def _parse_spans(output: bytes) -> Iterator[Span]:
    for start, count, *_ in HUNK.findall(output):
        first, lines = int(start), int(count) if count else 1
        yield Span(first, first + lines - 1) if lines else Span(first + 1, first)


def find_meeting(mine: Sequence[Span], theirs: Sequence[Span]) -> tuple[tuple[Span, Span], ...]:
    """Return the pairs of spans that touch."""
    return tuple((one, other) for one in mine for other in theirs if one.touches(other))
