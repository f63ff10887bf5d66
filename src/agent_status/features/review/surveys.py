"""The folders that agents work in: when each is looked at, and what was found there last."""

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
PACE = 200
"""A look that took long is not repeated before so many times its time have passed."""
TROUBLE_S = 30.0
MAX_TROUBLE_S = 3600.0
"""A checkout that gives trouble is asked again after the first, then after ever longer pauses."""
MAX_DOUBLINGS = 10


@dataclass(frozen=True, slots=True)
class SurveyRequest:
    """A folder to look at: whether an agent works there, and what to compare with."""

    folder: str
    works: bool
    baselines: tuple[ReviewBaseline, ...]
    apart: frozenset[str] = frozenset()
    """Top folders of checkouts that have rows of their own."""


@dataclass(slots=True)
class _Place:
    memory: Memory = field(default_factory=Memory)
    found: CheckoutSnapshot | None = None
    due: bool = True
    troubles: int = 0
    done_at: float = float("-inf")


@dataclass(slots=True)
class _Group:
    """The worktrees of one repository, as they were compared last."""

    worktrees: tuple[WorktreeState, ...] = ()
    overlaps: Overlaps = field(default_factory=dict)


class SurveyScheduler:
    """Surveys folders in threads of its own. Times are monotonic seconds; nothing blocks."""

    def __init__(self, base: Path) -> None:
        """Keep our stores below `base`."""
        self._base = base
        self._surveys: WorkerPool[CheckoutSnapshot] = WorkerPool()
        self._comparisons: WorkerPool[Overlaps] = WorkerPool()
        self._places: dict[str, _Place] = {}
        self._groups: dict[str, _Group] = {}

    def find(self, folder: str) -> CheckoutSnapshot | None:
        """Return what was found in a folder last."""
        place = self._places.get(folder)
        return place.found if place else None

    def is_pending(self, folder: str) -> bool:
        """Return whether a folder is about to be looked at, or is just now."""
        place = self._places.get(folder)
        return place is None or place.due or self._surveys.is_busy(folder)

    def invalidate(self, folder: str) -> None:
        """Look at a folder as soon as possible, as when a turn has ended there."""
        self._places.setdefault(folder, _Place()).due = True

    def find_overlaps(self, checkout: Checkout | None) -> tuple[Overlap, ...]:
        """Return in which files other worktrees conflict with this one."""
        group = self._groups.get(checkout.common) if checkout else None
        overlaps = group.overlaps.values() if group else ()
        return tuple(one for one in overlaps if one and checkout and checkout.root in one.roots)

    def collect(self, now: float) -> tuple[str, ...]:
        """Collect what the threads have found; return the folders with something new."""
        for key, outcome in self._comparisons.collect(now):
            if str(key) in self._groups and not isinstance(outcome, BaseException):
                self._groups[str(key)].overlaps = outcome
        return tuple(
            str(key)
            for key, outcome in self._surveys.collect(now)
            if self._take(str(key), outcome, now)
        )

    def begin(self, plans: Sequence[SurveyRequest], now: float) -> None:
        """Look where it is time to; forget the folders that are in no plan."""
        for gone in self._places.keys() - {plan.folder for plan in plans}:
            del self._places[gone]
        for plan in plans:
            place = self._places.setdefault(plan.folder, _Place())
            if _is_time(place, plan, now) and not self._surveys.is_busy(plan.folder):
                place.due = False
                self._surveys.submit(plan.folder, self._prepare(plan, place.memory))
        self._compare_worktrees()
        self._surveys.begin(now)
        self._comparisons.begin(now)

    def close(self) -> None:
        """Begin nothing more. Idempotent."""
        self._surveys.close()
        self._comparisons.close()
        end_all()

    def _prepare(self, plan: SurveyRequest, memory: Memory) -> Callable[[float], CheckoutSnapshot]:
        return lambda now: survey(self._base, plan.folder, plan.baselines, memory, now, plan.apart)

    def _take(self, folder: str, outcome: CheckoutSnapshot | BaseException, now: float) -> bool:
        place = self._places.get(folder)
        if place is None:
            return False
        if isinstance(outcome, BaseException):
            outcome = CheckoutSnapshot(
                now, trouble=f"looking at git failed: {type(outcome).__name__}"
            )
        place.troubles = place.troubles + 1 if outcome.trouble else 0
        place.due = place.due or bool(outcome.trouble)
        if outcome.trouble and place.found and place.found.tree:
            outcome = replace(place.found, trouble=outcome.trouble)
        place.found, place.done_at = outcome, now
        return True

    def _compare_worktrees(self) -> None:
        """Find which worktrees of one repository changed the same files, where one has moved."""
        groups = _group_worktrees(place.found for place in self._places.values() if place.found)
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


def _is_time(place: _Place, plan: SurveyRequest, now: float) -> bool:
    waited_s = now - place.done_at
    if place.troubles:
        doublings = min(place.troubles - 1, MAX_DOUBLINGS)
        if waited_s < min(MAX_TROUBLE_S, TROUBLE_S * 2.0**doublings):
            return False
    took_s = place.found.took_s if place.found else 0.0
    return place.due or (plan.works and waited_s >= max(WORKING_S, PACE * took_s))


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
