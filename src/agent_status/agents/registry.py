"""All known agents, as one value."""

from dataclasses import dataclass, replace
from functools import lru_cache

from agent_status.agents.schema import AgentRules, Identify

NO_RULES = AgentRules("generic", "generic")
MAX_DROPPED = 256


@dataclass(frozen=True, slots=True)
class Registry:
    """All known agents: the packaged rules, replaced by the user's own."""

    agents: tuple[AgentRules, ...]
    generic: AgentRules = NO_RULES
    """What serves an agent that has no rules of its own."""

    def find(self, kind: str) -> AgentRules | None:
        """Return the rules of `kind`, or None if unknown."""
        return next((rules for rules in self.agents if rules.kind == kind), None)

    def put(self, rules: AgentRules) -> "Registry":
        """Return the registry with `rules` first, replacing others of their kind."""
        others = (one for one in self.agents if one.kind != rules.kind)
        return replace(self, agents=(rules, *others))

    def extend(self, names: tuple[str, ...]) -> "Registry":
        """Return the registry with an agent for each new name in `names`, read by `generic`."""
        extra = tuple(
            replace(self.generic, kind=name, name=name, identify=Identify(names=(name,)))
            for name in names
            if not self.find(name)
        )
        return replace(self, agents=(*self.agents, *extra))

    def withhold(self) -> "Registry":
        """Return the registry with all agents identified as before, but read by `generic`."""
        plain = (
            replace(self.generic, kind=one.kind, name=one.name, identify=one.identify)
            for one in self.agents
        )
        return replace(self, agents=tuple(plain))

    def drop(self, rule: str) -> "Registry":
        """Return the registry without a rule `kind/rule`; a kind alone drops its identification."""
        kind, _, name = rule.partition("/")
        kept = (_drop(rules, name) if rules.kind == kind else rules for rules in self.agents)
        return replace(self, agents=tuple(kept))


NO_AGENTS = Registry(())


@lru_cache(MAX_DROPPED)
def _drop(rules: AgentRules, name: str) -> AgentRules:
    """Return the same object for every tracker: they compare rules by identity."""
    if not name:
        return replace(rules, identify=Identify())
    return replace(rules, rules=tuple(rule for rule in rules.rules if rule.id != name))
