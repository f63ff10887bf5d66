"""What is known of the checks of one checkout, and what is still to be found out."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from agent_status.features.checks.study import Answer, Batch, Question, is_same_content
from agent_status.features.checks.values import Proof, Run
from agent_status.model import NO_ACTIVITY, NO_CHANGES, Activity, Changes, PaneId, Sighting

MAX_PENDING = 64


@dataclass(slots=True)
class CheckedCheckout:
    """One checkout in which agents work."""

    proofs: tuple[Proof, ...]
    changes: Changes = NO_CHANGES
    answer: Answer | None = None
    runs: list[Run] = field(default_factory=list)
    """Runs that have ended since the last question."""
    batches: list[Batch] = field(default_factory=list)

    @property
    def is_due(self) -> bool:
        """True if there is something to find out."""
        same = self.answer and is_same_content(self.answer.changes, self.changes)
        return bool(self.runs or self.batches or not same)

    def make_question(self, own: str, apart: frozenset[str]) -> Question:
        """Return what is to be found out."""
        runs, batches = tuple(self.runs), tuple(self.batches)
        return Question(self.changes.root, self.changes, self.proofs, batches, runs, own, apart)

    def clear(self) -> None:
        """Forget what was passed on with a question."""
        self.runs, self.batches = [], []

    def add_run(self, run: Run) -> None:
        """Take a run that has ended."""
        self.runs = [*self.runs, run][-MAX_PENDING:]


class CallReader:
    """Finds the commands of agents that have ended since it looked last."""

    def __init__(self) -> None:
        self._seen: dict[PaneId, tuple[Activity, frozenset[str]]] = {}

    def find_new(self, sighting: Sighting) -> Batch | None:
        """Return the commands with an exit status that is new, if there are any."""
        pane, activity = sighting.pane.id, sighting.activity
        before, known = self._seen.get(pane, (NO_ACTIVITY, frozenset[str]()))
        if activity is before:
            return None
        if before.session != activity.session:
            known = frozenset()
        ended = {
            one.id: number
            for number, one in enumerate(activity.calls)
            if one.command and one.exit_status is not None
        }
        self._seen[pane] = activity, frozenset(ended)
        new = tuple(number for call, number in ended.items() if call not in known)
        return Batch(activity.calls, new, sighting.pane.folder) if new else None

    def keep(self, panes: Sequence[PaneId]) -> None:
        """Forget all other panes."""
        self._seen = {pane: one for pane, one in self._seen.items() if pane in panes}
