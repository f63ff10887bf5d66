"""Schedules surveys of the folders that agents work in, and keeps the last results."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from agent_status.features.review.checkout import Checkout
from agent_status.features.review.overlap import Overlap, Overlaps, WorktreeState, find_overlaps
from agent_status.features.review.snapshot import CheckoutSnapshot, ReviewBaseline, survey
from agent_status.features.review.tree import Memory
from agent_status.system.git import end_all
from agent_status.system.workers import WorkerPool

WORKING_S = 30.0
"""Between two looks at a checkout in which an agent works."""
PAUSE_FACTOR = 200
"""A look that took long is not repeated before so many times its time have passed."""
TROUBLE_S = 30.0
MAX_TROUBLE_S = 3600.0
"""A checkout that gives trouble is asked again after the first, then after ever longer pauses."""
MAX_DOUBLINGS = 10


@dataclass(frozen=True, slots=True)
class SurveyRequest:
    """A folder to survey: whether an agent works there, and the baselines to compare with."""

    folder: str
    works: bool
    baselines: tuple[ReviewBaseline, ...]
    apart: frozenset[str] = frozenset()
    """Top folders of checkouts that have rows of their own."""


@dataclass(slots=True)
class _FolderState:
    memory: Memory = field(default_factory=Memory)
    found: CheckoutSnapshot | None = None
    due: bool = True
    troubles: int = 0
    done_at: float = float("-inf")


@dataclass(slots=True)
class _Group:
    """The worktrees of one repository, as last compared."""

    worktrees: tuple[WorktreeState, ...] = ()
    overlaps: Overlaps = field(default_factory=dict)


class SurveyScheduler:
    """Surveys folders in its own threads. Times are monotonic seconds; no method blocks."""

    def __init__(self, base: Path) -> None:
        """Keep our stores below `base`."""
        self._base = base
        self._surveys: WorkerPool[CheckoutSnapshot] = WorkerPool()
        self._comparisons: WorkerPool[Overlaps] = WorkerPool()
        self._folders: dict[str, _FolderState] = {}
        self._groups: dict[str, _Group] = {}

    def find(self, folder: str) -> CheckoutSnapshot | None:
        """Return the last result for a folder, or None."""
        state = self._folders.get(folder)
        return state.found if state else None

    def is_pending(self, folder: str) -> bool:
        """Return True if a survey of the folder is due or under way."""
        state = self._folders.get(folder)
        return state is None or state.due or self._surveys.is_busy(folder)

    def invalidate(self, folder: str) -> None:
        """Survey a folder as soon as possible, as when a turn has ended there."""
        self._folders.setdefault(folder, _FolderState()).due = True

    def find_overlaps(self, checkout: Checkout | None) -> tuple[Overlap, ...]:
        """Return the files in which other worktrees conflict with this one."""
        group = self._groups.get(checkout.common) if checkout else None
        overlaps = group.overlaps.values() if group else ()
        return tuple(one for one in overlaps if one and checkout and checkout.root in one.roots)

    def collect(self, now: float) -> tuple[str, ...]:
        """Collect the results of the threads; return the folders with something new."""
        for key, outcome in self._comparisons.collect(now):
            if str(key) in self._groups and not isinstance(outcome, BaseException):
                self._groups[str(key)].overlaps = outcome
        return tuple(
            str(key)
            for key, outcome in self._surveys.collect(now)
            if self._take(str(key), outcome, now)
        )

    def begin(self, requests: Sequence[SurveyRequest], now: float) -> None:
        """Start the surveys that are due; forget folders without a request."""
        for gone in self._folders.keys() - {request.folder for request in requests}:
            del self._folders[gone]
        for request in requests:
            state = self._folders.setdefault(request.folder, _FolderState())
            if _is_time(state, request, now) and not self._surveys.is_busy(request.folder):
                state.due = False
                self._surveys.submit(request.folder, self._prepare(request, state.memory))
        self._compare_worktrees()
        self._surveys.begin(now)
        self._comparisons.begin(now)

    def close(self) -> None:
        """Stop all work. Idempotent."""
        self._surveys.close()
        self._comparisons.close()
        end_all()

    def _prepare(
        self, request: SurveyRequest, memory: Memory
    ) -> Callable[[float], CheckoutSnapshot]:
        return lambda now: survey(
            self._base, request.folder, request.baselines, memory, now, request.apart
        )

    def _take(self, folder: str, outcome: CheckoutSnapshot | BaseException, now: float) -> bool:
        state = self._folders.get(folder)
        if state is None:
            return False
        if isinstance(outcome, BaseException):
            outcome = CheckoutSnapshot(
                now, trouble=f"looking at git failed: {type(outcome).__name__}"
            )
        state.troubles = state.troubles + 1 if outcome.trouble else 0
        state.due = state.due or bool(outcome.trouble)
        if outcome.trouble and state.found and state.found.tree:
            outcome = replace(state.found, trouble=outcome.trouble)
        state.found, state.done_at = outcome, now
        return True

    def _compare_worktrees(self) -> None:
        """Compare the worktrees of each repository again if one of them changed."""
        groups = _group_worktrees(state.found for state in self._folders.values() if state.found)
        for gone in self._groups.keys() - groups.keys():
            del self._groups[gone]
        for common, worktrees in groups.items():
            group = self._groups.setdefault(common, _Group())
            if group.worktrees != worktrees and not self._comparisons.is_busy(common):
                group.worktrees = worktrees
                self._comparisons.submit(common, _compare_later(worktrees, group.overlaps))


def _compare_later(
    worktrees: Sequence[WorktreeState], known: Overlaps
) -> Callable[[float], Overlaps]:
    return lambda _: find_overlaps(worktrees, known)


def _is_time(state: _FolderState, request: SurveyRequest, now: float) -> bool:
    waited_s = now - state.done_at
    if state.troubles:
        doublings = min(state.troubles - 1, MAX_DOUBLINGS)
        if waited_s < min(MAX_TROUBLE_S, TROUBLE_S * 2.0**doublings):
            return False
    took_s = state.found.took_s if state.found else 0.0
    return state.due or (request.works and waited_s >= max(WORKING_S, PAUSE_FACTOR * took_s))


def _group_worktrees(surveys: Iterable[CheckoutSnapshot]) -> dict[str, tuple[WorktreeState, ...]]:
    """Return the worktrees of each repository that has several with agents."""
    groups: dict[str, dict[str, WorktreeState]] = {}
    for found in surveys:
        if found.checkout and found.store and found.tree:
            own = frozenset[str]().union(*found.since_origin.values())
            group = groups.setdefault(found.checkout.common, {})
            known = group.get(found.checkout.root)
            own |= known.own if known else frozenset()
            group[found.checkout.root] = WorktreeState(found.store, found.tree, own)
    return {
        common: tuple(group[root] for root in sorted(group))
        for common, group in groups.items()
        if len(group) > 1
    }
