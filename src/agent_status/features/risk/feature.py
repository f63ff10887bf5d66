"""Daemon plug-in that grades the risk of each request and of each call."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import TypeVar

from agent_status import paths
from agent_status.features.base import Feature
from agent_status.features.risk.calls import CallGrades
from agent_status.features.risk.loader import parse_tables
from agent_status.features.risk.policy import grade_ask, grade_call, make_working_dir
from agent_status.features.risk.table_files import Tables, read_risk_files, read_stamps
from agent_status.features.risk.tables import RiskTables
from agent_status.features.risk.words import WorkingDir
from agent_status.files import FileWatch
from agent_status.model import ASKS, Ask, CallKind, Grade, Problem, Risk, Sighting, ToolCall
from agent_status.system.cpu_limit import cpu_limit

T = TypeVar("T")
PARSER = "agent_status.features.risk.shell"
MAX_KEPT = 256
MAX_S = 0.1
"""Seconds of computing; grading takes a millisecond, only nonsense takes longer."""

UNREAD = Risk(Grade.DANGEROUS, ("takes too long to read",))
REFUSED = "your risk rules have errors; the last good ones are in force: agent-status doctor"
UNCONFIRMED = "risk rules changed: agent-status risk --confirm applies them"


class RiskRules:
    """
    The risk tables, read again when the user's own change.

    While the user's table has errors, the grades that its last valid version raised stay raised.
    """

    tables: RiskTables
    problems: tuple[Problem, ...]

    def __init__(self, config: Path, state: Path) -> None:
        self._config, self._state = config, state
        self._watch = FileWatch(lambda: read_stamps(config, state))
        self._good: Tables = ()
        self._read()

    def refresh(self, now: float) -> bool:
        """Return True if the tables have changed; `now` is in monotonic seconds."""
        if not self._watch.has_changed(now):
            return False
        self._read()
        return True

    def _read(self) -> None:
        files = read_risk_files(self._config, self._state)
        self.tables, refused = parse_tables(files.tables, confirmed=files.is_confirmed)
        self.problems = (*files.problems, *refused)
        if not self.problems:
            self._good = files.tables
        elif self._good:
            self.tables = replace(parse_tables(self._good, confirmed=False)[0], pending=())


class RiskFeature(Feature):
    """Adds the risk to every request and call; each is graded once, because grading is pure."""

    def __init__(self, tables: RiskTables, home: str, rules: RiskRules | None = None) -> None:
        """Grade by `tables`, and by those of `rules` once they change."""
        self._tables = tables
        self._home = home
        self._rules = rules
        self._known: dict[tuple[str, str, str], Risk] = {}
        self._calls = CallGrades(self._grade_call)

    def list_notices(self) -> Sequence[str]:
        """Return what the user has to confirm or fix."""
        wrong = (REFUSED,) if self.list_problems() else ()
        return (*wrong, UNCONFIRMED) if self._tables.pending else wrong

    def list_problems(self) -> Sequence[Problem]:
        """Return what is wrong with the user's own table."""
        return self._rules.problems if self._rules else ()

    def enrich(self, sightings: Sequence[Sighting], now: float) -> Sequence[Sighting]:
        """Return the sightings, with the risk of each request and of what was called."""
        if self._rules and self._rules.refresh(now):
            self._tables = self._rules.tables
            self._known.clear()
            self._calls.forget()
        self._calls.begin({one.pane.id for one in sightings})
        return [self._calls.add_grades(self._assess(one)) for one in sightings]

    def _assess(self, sighting: Sighting) -> Sighting:
        status = sighting.status
        if status.ask is None or status.state not in ASKS:
            return sighting
        risk = self._grade(status.ask, sighting.pane.folder, sighting.root)
        return replace(sighting, status=replace(status, risk=risk))

    def _grade(self, ask: Ask, folder: str, root: str) -> Risk:
        key = (ask.fingerprint, folder, root)
        if key not in self._known:
            if len(self._known) >= MAX_KEPT:
                self._known.clear()

            self._known[key] = grade_soon(
                ask, make_working_dir(folder, root, self._home), self._tables
            )
        return self._known[key]

    def _grade_call(self, call: ToolCall, folder: str, root: str) -> Risk | None:
        if call.kind is CallKind.READ:
            return None
        cwd = make_working_dir(folder, root, self._home)
        return _limit(lambda is_late: grade_call(call, cwd, self._tables, is_late))


def grade_soon(ask: Ask, cwd: WorkingDir, tables: RiskTables) -> Risk:
    """Return the risk of `ask`; a request that takes too long to read is dangerous."""
    return _limit(lambda is_late: grade_ask(ask, cwd, tables, is_late))


def _limit(grade: Callable[[Callable[[], bool]], T]) -> T | Risk:
    import_module(PARSER)  # its first import takes as long as the limit
    end = time.thread_time() + MAX_S
    try:
        with cpu_limit(MAX_S):
            return grade(lambda: time.thread_time() > end)
    except TimeoutError:
        return UNREAD


def find_home() -> str:
    """Return the user's home folder, or the root folder if unknown."""
    try:
        return str(paths.find_home())
    except paths.NoFolderError:
        return "/"
