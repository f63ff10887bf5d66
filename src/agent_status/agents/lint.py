"""Warnings about an agent's TOML that is valid but probably not what was meant."""

from collections import Counter
from collections.abc import Iterator

from agent_status.agents.schema import AgentRules, Rule
from agent_status.model import ASKS, State

WHOLE = frozenset({"screen"})


def lint_rules(agent: AgentRules) -> tuple[str, ...]:
    """Return warnings about an agent's rules, as sentences."""
    return tuple(_iterate_warnings(agent))


def _iterate_warnings(agent: AgentRules) -> Iterator[str]:
    known = agent.identify
    if not (known.names or known.comm or known.scripts):
        yield "[identify] names no process: only titles, screens or @agent-status-agent identify it"
    for name, count in Counter(rule.id for rule in agent.rules).items():
        if count > 1:
            yield f"{count} rules have the id {name!r}: `explain` cannot tell them apart"
    states = {rule.says for rule in agent.rules}
    for state in (State.WORKING, State.IDLE):
        if state not in states:
            yield f"no rule says {state.value!r}: it will be shown as unknown then"
    boxed = {"box", "above-box", "below-box"}
    for rule in agent.rules:
        if not has_test(rule):
            yield f"{rule.id}: it has no test, so it holds whenever its region is not empty"
        if rule.says in ASKS and rule.region in WHOLE:
            yield f"{rule.id}: a request in the whole screen is also found in quoted text"
        if rule.region in boxed and not agent.boxes:
            yield f"{rule.id}: there is no [[box]], so the region {rule.region!r} is always empty"


def has_test(rule: Rule) -> bool:
    """Return True if a rule tests more than its region."""
    return bool(
        rule.all
        or rule.any
        or rule.none
        or rule.style
        or rule.options
        or rule.buttons
        or rule.choices
    )
