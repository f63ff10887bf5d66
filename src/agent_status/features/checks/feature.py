"""Daemon plug-in that adds which checks ran, with what result, and on which files."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from agent_status.errors import RefusedError
from agent_status.fastpath.popup import list_words
from agent_status.features.base import Feature, Op, PaneProcesses
from agent_status.features.checks.checkout import CallReader, CheckedCheckout
from agent_status.features.checks.facet import find_code, make_facet
from agent_status.features.checks.loader import CheckRules
from agent_status.features.checks.matching import Matcher
from agent_status.features.checks.policy import choose_standings, find_tested, shows_row
from agent_status.features.checks.processes import RunningChecks
from agent_status.features.checks.projects import describe_missing, find_command
from agent_status.features.checks.runs import NOT_RUN, make_own_run
from agent_status.features.checks.store import ProofStore
from agent_status.features.checks.study import Answer, Contents, Question, Study
from agent_status.features.checks.values import Source
from agent_status.model import Facet, Problem, Sighting
from agent_status.model.globs import Pattern, compile_globs
from agent_status.protocol.messages import CheckStart, Done, RecordCheck, StartCheck
from agent_status.system.processes import Origin
from agent_status.system.workers import WorkerPool
from agent_status.tmux.client import Tmux, TmuxError

WINDOW = "check"


@dataclass(frozen=True, slots=True)
class _Patterns:
    """What the tables say, ready to be matched."""

    matcher: Matcher
    tests: Pattern
    documents: Pattern


class ChecksFeature(Feature):
    """Adds the checks of each checkout with changes. `clock` returns Unix seconds."""

    def __init__(
        self,
        tmux: Tmux,
        state: Path,
        rules: CheckRules,
        contents: Contents,
        read_origin: Callable[[int], Origin | None],
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Keep proofs below `state`; `read_origin` tells when and where a process began."""
        self._tmux = tmux
        self._rules = rules
        self._contents = contents
        self._clock = clock
        self._store = ProofStore(state / "checks")
        self._store.forget_old(clock())
        self._running = RunningChecks(read_origin)
        self._calls = CallReader()
        self._checkouts: dict[str, CheckedCheckout] = {}
        self._sightings: Sequence[Sighting] = ()
        self._pool: WorkerPool[Answer] = WorkerPool()
        self._patterns = self._make_patterns()

    def list_problems(self) -> Sequence[Problem]:
        """Return what is wrong with the user's own table."""
        return self._rules.loaded.problems

    def list_ops(self) -> Mapping[str, Op]:
        """Return `check` and `checked`."""
        return {StartCheck.op: self._start, RecordCheck.op: self._record}

    def follow_processes(self, panes: Sequence[PaneProcesses]) -> None:
        """Take checks that have ended in any pane, while an agent's checkout is known."""
        if not self._checkouts:
            self._running.forget()
            return
        for run in self._running.follow(panes, self._patterns.matcher, self._clock()):
            if root := self._find_root(run.folder):
                self._checkouts[root].add_run(run)

    def enrich(self, sightings: Sequence[Sighting], now: float) -> Sequence[Sighting]:
        """Return the sightings, those of results with whether their files were tested."""
        if self._rules.refresh(now):
            self._patterns = self._make_patterns()
            self._running.forget()
        for root, outcome in self._pool.collect(now):
            self._take_answer(str(root), outcome)
        self._sightings = sightings
        self._follow(sightings)
        self._ask(now)
        return [self._add_tested(one) for one in sightings]

    def find_facet(self, sighting: Sighting, now: float) -> Facet | None:  # noqa: ARG002
        """Return the checks of the checkout that an agent works in."""
        found = self._checkouts.get(sighting.changes.root)
        if found is None or found.answer is None:
            return None
        root, state = sighting.changes.root, sighting.status.state
        running = tuple(
            one.check.name
            for one in self._running.list_running()
            if self._find_root(one.folder) == root
        )
        answer = replace(found.answer, changes=sighting.changes)
        return make_facet(answer, running, self._patterns.documents, state, self._clock())

    def close(self) -> None:
        """Stop all work. Idempotent."""
        self._pool.close()

    def _make_patterns(self) -> _Patterns:
        tables = self._rules.loaded.tables
        tests, documents = map(compile_globs, (tables.tests, tables.documents))
        return _Patterns(Matcher(tables), tests, documents)

    def _follow(self, sightings: Sequence[Sighting]) -> None:
        """Follow every checkout with a tree, and the calls of the agents there."""
        here = [one for one in sightings if one.changes.tree and not one.changes.trouble]
        self._calls.keep([one.pane.id for one in here])
        roots = {one.changes.root for one in here}
        for gone in self._checkouts.keys() - roots:
            del self._checkouts[gone]
        for one in here:
            root = one.changes.root
            if root not in self._checkouts:
                self._checkouts[root] = CheckedCheckout(self._store.read(root))
            self._checkouts[root].changes = one.changes
            if batch := self._calls.find_new(one):
                self._checkouts[root].batches.append(batch)

    def _ask(self, now: float) -> None:
        """Have threads find out what is due."""
        apart = frozenset(self._checkouts)
        patterns = self._patterns
        study = Study(self._contents, patterns.matcher, patterns.tests)
        for root, one in self._checkouts.items():
            if one.is_due and not self._pool.is_busy(root):
                question = one.make_question(self._find_command(root), apart - {root})
                self._pool.submit(root, _answer_later(study, question, one.answer))
                one.clear()
        self._pool.begin(now)

    def _take_answer(self, root: str, outcome: Answer | BaseException) -> None:
        one = self._checkouts.get(root)
        if one is None:
            return
        if isinstance(outcome, BaseException):
            one.answer = Answer(one.changes, one.proofs)
            return
        if outcome.proofs != one.proofs:
            self._store.write(root, outcome.proofs)
        one.answer, one.proofs = outcome, outcome.proofs

    def _add_tested(self, sighting: Sighting) -> Sighting:
        found = self._checkouts.get(sighting.changes.root)
        if found is None or found.answer is None or not shows_row(sighting.status.state):
            return sighting
        has_code = find_code(
            replace(found.answer, changes=sighting.changes), self._patterns.documents
        )
        tested = find_tested(choose_standings(found.answer.standings), has_code=has_code)
        return sighting if tested is None else replace(sighting, tested=tested)

    def _find_root(self, folder: str) -> str:
        """Return the innermost known checkout that a folder is in; empty for none."""
        around = (root for root in self._checkouts if f"{folder}/".startswith(f"{root}/"))
        return max(around, key=len, default="")

    def _find_command(self, root: str) -> str:
        return find_command(self._rules.loaded.own.projects, root)

    def _start(self, request: StartCheck) -> CheckStart:
        """Open a window that runs the project's command, unless the sender runs it."""
        one = next((one for one in self._sightings if one.pane.id == request.ref.pane), None)
        root = (one.changes.root or one.root) if one else ""
        if one is None or not root:
            message = f"there is no agent in a git checkout in pane {request.ref.pane[:40]}"
            raise RefusedError(message)
        self._rules.reload()
        command = self._find_command(root)
        if not command:
            raise RefusedError(describe_missing(self._rules.path, root))
        if request.here:
            return CheckStart(root, command)
        words = list_words(("check", "--here", "--wait", one.pane.id))
        target = ("-t", f"={one.pane.session}:", "-P", "-F", "#{session_name}:#{window_index}")
        try:
            place = self._tmux.run(("new-window", "-d", "-n", WINDOW, *target, *words))
        except TmuxError as error:
            message = f"no window could be opened: {error}"
            raise RefusedError(message) from error
        return CheckStart(root, command, place.strip())

    def _record(self, request: RecordCheck) -> Done:
        """Take the result of the project's command."""
        if not request.root:
            message = "the result names no checkout: `agent-status check PANE` names it"
            raise RefusedError(message)
        command, one = self._find_command(request.root), self._checkouts.get(request.root)
        if not command:
            raise RefusedError(describe_missing(self._rules.path, request.root))
        if one is None:
            message = f"no agent has changes in {request.root[:200]}: the result is not kept"
            raise RefusedError(message)
        if request.exit_status not in NOT_RUN:
            times = request.began_at, request.ended_at
            one.add_run(
                make_own_run(command, request.root, request.exit_status, *times, Source.COMMAND)
            )
        return Done()


def _answer_later(
    study: Study, question: Question, last: Answer | None
) -> Callable[[float], Answer]:
    return lambda _: study.answer(question, last)
