"""Chooses what is shown of the checks of a checkout, and says it in words. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from agent_status.features.checks.values import Kind, Proof, Result, Run, Source, Standing
from agent_status.model import State, clip_text
from agent_status.model.attention import render_duration
from agent_status.model.globs import Pattern

MAX_SHOWN = 3
"""Checks that a row names."""
MAX_NAMED = 3
"""Files that a line names."""
MAX_KEPT = 64
"""Proofs that are kept of one checkout."""
SAME_S = 5.0
"""A process is seen to end at most so long after it has ended."""
UNTESTED = "not tested"
NOW = "just now"
MINUTE_S = 60.0
SEEN = {
    Source.SESSION: "by its session file",
    Source.PROCESS: "seen as a process",
    Source.COMMAND: "by agent-status check",
}

Slot = tuple[str, str, str]
"""What a newer run takes the place of: a check, the folder, and whether it was whole."""


@dataclass(frozen=True, slots=True)
class TestFiles:
    """What an agent did to files with tests."""

    touched: tuple[str, ...] = ()
    deleted: tuple[str, ...] = ()


def find_slot(run: Run) -> Slot:
    """Return what a run takes the place of."""
    scope = "unseen" if run.result is Result.UNKNOWN else "part" if run.check.only else "whole"
    return run.check.name, run.folder, scope


def add_proofs(known: Sequence[Proof], new: Sequence[Proof]) -> tuple[Proof, ...]:
    """
    Return the newest proof of each slot, the newest last, bounded.

    A run that was seen as a process is dropped where its result is known from elsewhere.
    """
    slots: dict[Slot, Proof] = {}
    for one in sorted((*known, *new), key=lambda one: one.run.ended_at):
        slots[find_slot(one.run)] = one
    seen = [one.run for one in slots.values() if one.run.source is not Source.PROCESS]
    kept = [one for one in slots.values() if not any(_is_same(one.run, other) for other in seen)]
    return tuple(sorted(kept, key=lambda one: one.run.ended_at)[-MAX_KEPT:])


def _is_same(run: Run, other: Run) -> bool:
    """Return True if a run that was seen as a process is `other`."""
    meets = run.began_at <= other.ended_at + SAME_S and other.began_at <= run.ended_at
    return run.source is Source.PROCESS and run.check.kind is other.check.kind and meets


def choose_standings(found: Sequence[Standing]) -> tuple[Standing, ...]:
    """Return one standing for each check and folder: failures first, then tests, then others."""
    groups: dict[tuple[str, str], list[Standing]] = {}
    for one in found:
        groups.setdefault(find_slot(one.proof.run)[:2], []).append(one)
    chosen = [_choose(group) for group in groups.values()]
    return tuple(sorted(chosen, key=_order))


def _choose(group: Sequence[Standing]) -> Standing:
    """
    Return what counts of one check.

    On the files of now, a whole run counts more than a part, unless the part failed later; a
    result that was seen counts more than one that was not.
    """
    newest = sorted(group, key=lambda one: -one.proof.run.ended_at)
    fresh = [one for one in newest if one.is_fresh]
    seen = [one for one in fresh if one.proof.run.result is not Result.UNKNOWN]
    if seen and seen[0].proof.run.result is Result.FAILED:
        return seen[0]
    whole = (one for one in seen if not one.proof.run.check.only)
    return next(whole, None) or next(iter([*seen, *fresh, *newest]))


def _order(one: Standing) -> tuple[bool, bool, bool, float]:
    run = one.proof.run
    failed = run.result is Result.FAILED and one.is_fresh
    return (not failed, run.check.kind is not Kind.TEST, not one.is_fresh, -run.ended_at)


def find_tested(chosen: Sequence[Standing], *, has_code: bool) -> bool | None:
    """Return whether a test passed with the files of now; None if no code has changed."""
    tests = (one for one in chosen if one.is_fresh and one.proof.run.check.kind is Kind.TEST)
    results = {one.proof.run.result for one in tests}
    passed = Result.OK in results and Result.FAILED not in results
    return passed if has_code or passed else None


def describe_standing(one: Standing, root: str, clock: float) -> str:
    """Return a check in a few words, such as `pytest ok 6m` or `pytest stale: 3 files since`."""
    run = one.proof.run
    name, age = run.check.name, _describe_age(clock - run.ended_at)
    limits = [_place(run.folder, root), *run.check.only]
    only = ", ".join(filter(None, limits))
    part = f", only {clip_text(only, 60)}" if only else ""
    if one.proof.trouble:
        return f"{name} {run.result.value} {age}, files not compared{part}"
    if one.files:
        since = "1 file since" if one.files == 1 else f"{one.files} files since"
        state = "failed, stale" if run.result is Result.FAILED else "stale"
        return f"{name} {state}: {since}{part}"
    if run.result is Result.UNKNOWN:
        ago = "" if age == NOW else " ago"
        return f"{name} ran {age}{ago}, result not seen{part}"
    return f"{name} {run.result.value} {age}{part}"


def _describe_age(age_s: float) -> str:
    """Return an age in whole minutes, as a report goes out with every new word."""
    return render_duration(age_s) if age_s >= MINUTE_S else NOW


def _place(folder: str, root: str) -> str:
    """Return where below the checkout's top folder a check ran; empty for the top."""
    return f"{folder.removeprefix(root).strip('/')}/" if folder != root else ""


def describe_lines(
    chosen: Sequence[Standing],
    running: Sequence[str],
    files: TestFiles,
    root: str,
    clock: float,
) -> Iterator[str]:
    """Yield all that is known, with source and files, for the detail."""
    for one in chosen:
        source = SEEN[one.proof.run.source]
        since = f": {name_files(one.stale, one.files)}" if one.files else ""
        why = f" ({one.proof.trouble})" if one.proof.trouble else ""
        yield f"{describe_standing(one, root, clock)}{since}, {source}{why}"
    for name in running:
        yield f"{name} is running"
    if files.touched:
        yield f"touches tests: {name_files(files.touched, len(files.touched))}"
    if files.deleted:
        yield f"deletes tests: {name_files(files.deleted, len(files.deleted))}"


def describe_row(
    chosen: Sequence[Standing],
    running: Sequence[str],
    files: TestFiles,
    *,
    has_code: bool,
    root: str,
    clock: float,
) -> str:
    """Return what the row of a result says: checks, what is missing, and tests that changed."""
    is_tested = any(one.proof.run.check.kind is Kind.TEST for one in chosen)
    words = [describe_standing(one, root, clock) for one in chosen[:MAX_SHOWN]]
    words += [f"{name} is running" for name in running[:1]]
    if has_code and not is_tested:
        words.insert(0, UNTESTED)
    return " · ".join([*words, *describe_tests(files)])


def describe_tests(files: TestFiles) -> Iterator[str]:
    """Yield what was done to tests, in a few words."""
    if files.deleted:
        yield f"deletes {name_files(files.deleted[:1], len(files.deleted))}"
    if files.touched:
        yield "touches 1 test" if len(files.touched) == 1 else f"touches {len(files.touched)} tests"


def name_files(files: Sequence[str], count: int) -> str:
    """Return the first names, and the number of others."""
    named = ", ".join(files[:MAX_NAMED])
    left = count - min(len(files), MAX_NAMED)
    return f"{named} and {left} more" if left > 0 else named


def list_code(paths: Sequence[str], documents: Pattern) -> list[str]:
    """Return the paths that a check may read."""
    return [path for path in paths if not documents.match(path)]


def shows_row(state: State) -> bool:
    """Return True if a row of that state names checks."""
    return state is State.REVIEW
