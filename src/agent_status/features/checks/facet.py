"""What every output gets to know about the checks of a checkout. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from agent_status.features.checks.policy import (
    choose_standings,
    describe_lines,
    describe_row,
    list_code,
    shows_row,
)
from agent_status.features.checks.study import Answer
from agent_status.features.checks.values import Standing
from agent_status.model import Facet, State
from agent_status.model.globs import Pattern


@dataclass(frozen=True, slots=True)
class CheckFact:
    """The run that counts of one check."""

    check: str
    kind: str
    result: str
    only: tuple[str, ...]
    """What it was limited to; empty for all."""
    folder: str
    ended_at: float
    """In Unix seconds."""
    source: str
    stale: int
    """Files that differ since."""
    files: tuple[str, ...]
    """Some of them."""
    trouble: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckFacet(Facet):
    """The checks of the checkout that an agent works in."""

    name = "checks"
    runs: tuple[CheckFact, ...] = ()
    running: tuple[str, ...] = ()
    has_code: bool = False
    """True if files changed that a check may read."""
    tests_touched: tuple[str, ...] = ()
    tests_deleted: tuple[str, ...] = ()


def make_facet(
    answer: Answer, running: Sequence[str], documents: Pattern, state: State, clock: float
) -> CheckFacet | None:
    """Return what is known of a checkout, or None; only the row of a result has words."""
    root, files = answer.changes.root, answer.files
    chosen = choose_standings(answer.standings)
    has_code = find_code(answer, documents)
    lines = tuple(describe_lines(chosen, running, files, root, clock))
    words = ""
    if shows_row(state):
        words = describe_row(chosen, running, files, has_code=has_code, root=root, clock=clock)
    if not (words or lines):
        return None
    return CheckFacet(
        words=words,
        lines=lines,
        runs=tuple(map(_make_fact, chosen)),
        running=tuple(running),
        has_code=has_code,
        tests_touched=files.touched,
        tests_deleted=files.deleted,
    )


def find_code(answer: Answer, documents: Pattern) -> bool:
    """Return True if files changed that a check may read; of those that aren't named, too."""
    changes = answer.changes
    return changes.files > len(changes.touched) or bool(list_code(changes.touched, documents))


def _make_fact(one: Standing) -> CheckFact:
    run = one.proof.run
    return CheckFact(
        run.check.name,
        run.check.kind.value,
        run.result.value,
        run.check.only,
        run.folder,
        run.ended_at,
        run.source.value,
        one.files,
        one.stale,
        one.proof.trouble,
    )
