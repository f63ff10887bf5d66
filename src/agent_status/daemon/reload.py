"""What is known about agents, read again once the user's own files are other ones."""

from collections.abc import Sequence
from pathlib import Path

from agent_status.agents.files import load_agents, read_own_stamps
from agent_status.files import FileWatch

REFUSED = "an agent's rules have errors; the last good ones are in force: agent-status doctor"


class AgentRuleFiles:
    """The packaged rules, and the user's own in their place. Times are monotonic seconds."""

    def __init__(self, config: Path) -> None:
        self._config = config
        self._watch = FileWatch(lambda: read_own_stamps(config))
        self.knowledge, self.problems = load_agents(config)

    def refresh(self, now: float) -> bool:
        """
        Return whether the rules, or what is wrong with them, are others than before.

        The last good rules stay in the place of those in a file that can't be used.
        """
        if not self._watch.has_changed(now):
            return False
        before = self.knowledge
        self.knowledge, self.problems = load_agents(self._config)
        for problem in self.problems:
            known = before.find(Path(problem.where).stem)
            self.knowledge = self.knowledge.put(known) if known else self.knowledge
        return True

    def ends_by_denial(self, kind: str) -> bool:
        """Return whether a denied request ends the turn of that kind of agent."""
        known = self.knowledge.find(kind)
        return known is not None and known.denial_ends

    def list_notices(self) -> Sequence[str]:
        """Return what the user should know of the files."""
        return (REFUSED,) if self.problems else ()
