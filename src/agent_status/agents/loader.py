"""Loads an agent's rules from TOML text."""

from collections.abc import Iterable

from agent_status.agents.schema import AgentRules
from agent_status.model import Problem
from agent_status.toml_tables import TableError, parse_table, parse_toml


def parse_agent(kind: str, text: str) -> AgentRules:
    """Return the rules in one TOML file's text; raise TableError that names the key and why."""
    return parse_table(AgentRules, parse_toml(text), kind=kind)


def parse_agents(
    files: Iterable[tuple[str, str, str]],
    known: Iterable[AgentRules] = (),
) -> tuple[tuple[AgentRules, ...], tuple[Problem, ...]]:
    """
    Return the agents that are `known` or in `files`, of (kind, file name, text), and the refused.

    A later file replaces an earlier one of its kind; a broken one leaves the earlier in force.
    """
    agents = {rules.kind: rules for rules in known}
    problems: list[Problem] = []
    for kind, name, text in files:
        try:
            agents[kind] = parse_agent(kind, text)
        except TableError as error:
            hint = "the packaged rules stay in force" if kind in agents else "fix or remove it"
            problems.append(Problem(name, str(error), hint))
    return tuple(agents.values()), tuple(problems)
