"""Checks that run in panes: seen to begin and to end, without a result."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from agent_status.features.base import PaneProcesses
from agent_status.features.checks.matching import Matcher
from agent_status.features.checks.values import Check, Result, Run, Source
from agent_status.model import Process
from agent_status.system.processes import Origin


@dataclass(frozen=True, slots=True)
class RunningCheck:
    """A check in a pane. Times are in Unix seconds."""

    check: Check
    began_at: float
    folder: str


class RunningChecks:
    """Follows the checks in all panes; `read_origin` returns when and where a process began."""

    def __init__(self, read_origin: Callable[[int], Origin | None]) -> None:
        self._read_origin = read_origin
        self._known: dict[int, tuple[str, RunningCheck | None]] = {}
        """By process id: its command line, and the check that it runs."""

    def forget(self) -> None:
        """Look at every process again, as by new tables."""
        self._known.clear()

    def list_running(self) -> Iterator[RunningCheck]:
        """Yield the checks that run now."""
        yield from (one for _, one in self._known.values() if one)

    def follow(
        self, panes: Sequence[PaneProcesses], matcher: Matcher, clock: float
    ) -> tuple[Run, ...]:
        """Return the checks that have ended since the last call; `clock` is in Unix seconds."""
        before, self._known = self._known, {}
        for pane in panes:
            self._follow_pane(pane.tree, before, matcher)
        gone = (one for pid, (_, one) in before.items() if pid not in self._known and one)
        return tuple(
            Run(
                one.check,
                Result.UNKNOWN,
                one.began_at,
                clock,
                one.folder,
                Source.PROCESS,
                is_alone=True,
            )
            for one in gone
        )

    def _follow_pane(
        self,
        tree: Sequence[Process],
        before: dict[int, tuple[str, RunningCheck | None]],
        matcher: Matcher,
    ) -> None:
        """Look at new processes; what a check itself starts is part of it."""
        inside: set[int] = set()
        for one in tree:
            if one.ppid in inside:
                inside.add(one.pid)
                continue
            known = before.get(one.pid)
            if known is None or known[0] != one.args:
                known = one.args, self._find_check(one, matcher)
            self._known[one.pid] = known
            if known[1]:
                inside.add(one.pid)

    def _find_check(self, process: Process, matcher: Matcher) -> RunningCheck | None:
        match = matcher.find(process.args.split())
        origin = self._read_origin(process.pid) if match else None
        if match is None or origin is None:
            return None
        return RunningCheck(match.check, origin.started_at, origin.folder)
