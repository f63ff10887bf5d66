"""What was found out about a pane at one instant."""

from dataclasses import dataclass
from functools import cached_property

from agent_status.agents.registry import NO_AGENTS, Registry
from agent_status.agents.schema import REGIONS
from agent_status.detect import identify
from agent_status.detect.asks import is_headless
from agent_status.detect.assessment import NO_ASSESSMENT, Assessment
from agent_status.detect.identify import UNIDENTIFIED, Identity
from agent_status.detect.lines import join_lines
from agent_status.detect.observation import Observation
from agent_status.detect.quick_scan import Work, read_work
from agent_status.model import NO_KEYS, Evidence, Keys, NoAgentFound, State, Status

WRITTEN = frozenset({"screen", "title"})
"""Sources that are text. A turning sign has to be looked at often, so it isn't among them."""


@dataclass(frozen=True)
class Found:
    """The status of a pane, and what is behind it; only what is read is worked out."""

    seen: Observation
    status: Status
    assessment: Assessment = NO_ASSESSMENT
    identity: Identity = UNIDENTIFIED
    registry: Registry = NO_AGENTS
    held_state: State = State.NONE
    """The state before it is shown as finished or stuck; it may be held for a moment."""

    @property
    def winner(self) -> Evidence | None:
        """The evidence that counts."""
        return self.assessment.winner

    @property
    def losers(self) -> tuple[Evidence, ...]:
        """All other evidence, the heaviest first."""
        return self.assessment.losers

    @property
    def work(self) -> Work | None:
        """The work that goes on if the screen itself says so, or None."""
        works = self.assessment.signal.value == self.held_state == State.WORKING
        if not works or self.winner is None or self.winner.source not in WRITTEN:
            return None
        return read_work(self.winner.excerpt, self.identity.rules)

    @property
    def begins_above(self) -> bool:
        """True if a request begins above the screen."""
        ask = self.winner.ask if self.winner else None
        return ask is not None and not self.seen.screen.alternate and is_headless(ask)

    @cached_property
    def keys(self) -> Keys:
        """The keys that answer what is on the screen."""
        rules = self.identity.rules
        return rules.find_keys(self.winner.rule) if rules and self.winner else NO_KEYS

    @cached_property
    def regions(self) -> dict[str, str]:
        """The text of each region; empty where there is no agent."""
        findings = self.assessment.findings
        if findings is None:
            return {}
        return {name: join_lines(findings.layout.find(name)) for name in REGIONS}

    @cached_property
    def no_agent(self) -> NoAgentFound | None:
        """Why there is no agent; None if there is one."""
        if self.status.agent:
            return None
        agents, hint = self.registry.agents, self.seen.hint
        return NoAgentFound(
            identify.check_processes(self.seen.processes or (), agents),
            "" if self.registry.find(hint) else hint,
            self.identity.wrapper is not None,
            tuple(rules.kind for rules in agents),
        )
