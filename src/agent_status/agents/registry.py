"""Everything that is known about agents, as one value."""

from dataclasses import dataclass, replace
from functools import lru_cache

from agent_status.agents.schema import AgentRules, Identify

NO_RULES = AgentRules("generic", "generic")
MAX_DROPPED = 256


@dataclass(frozen=True, slots=True)
class Registry:
    """What is known about agents: the packaged rules, and the user's own in their place."""

    agents: tuple[AgentRules, ...]
    generic: AgentRules = NO_RULES
    """What serves an agent that has no rules of its own."""

    def find(self, kind: str) -> AgentRules | None:
        """Return the rules of `kind`."""
        return next((rules for rules in self.agents if rules.kind == kind), None)

    def put(self, rules: AgentRules) -> "Registry":
        """Return this with `rules` first, in the place of others of their kind."""
        others = (one for one in self.agents if one.kind != rules.kind)
        return replace(self, agents=(rules, *others))

    def extend(self, names: tuple[str, ...]) -> "Registry":
        """Return this with an agent for each of `names` that isn't one yet, read by `generic`."""
        extra = tuple(
            replace(self.generic, kind=name, name=name, identify=Identify(names=(name,)))
            for name in names
            if not self.find(name)
        )
        return replace(self, agents=(*self.agents, *extra))

    def withhold(self) -> "Registry":
        """Return this with every agent identified as before, but read by `generic`."""
        plain = (
            replace(self.generic, kind=one.kind, name=one.name, identify=one.identify)
            for one in self.agents
        )
        return replace(self, agents=tuple(plain))

    def drop(self, rule: str) -> "Registry":
        """Return this without a rule, `kind/rule`; a kind alone is not identified any more."""
        kind, _, name = rule.partition("/")
        kept = (_drop(rules, name) if rules.kind == kind else rules for rules in self.agents)
        return replace(self, agents=tuple(kept))


NO_AGENTS = Registry(())


@lru_cache(MAX_DROPPED)
def _drop(rules: AgentRules, name: str) -> AgentRules:
    """Return the same value to every watch: they tell rules by their identity."""
    if not name:
        return replace(rules, identify=Identify())
    return replace(rules, rules=tuple(rule for rule in rules.rules if rule.id != name))
