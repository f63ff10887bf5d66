"""What the text of a screen says about an agent at work, before its colours are read."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from agent_status.agents.glyphs import normalize_glyphs
from agent_status.agents.literals import Literals, find_present, required_literals
from agent_status.agents.schema import AgentRules, Rule
from agent_status.model import ASKS, State

MAX_AGENTS = 64
URGENT = ASKS - {State.SETUP}
"""What may follow work while its line still stands."""


@dataclass(frozen=True, slots=True)
class Work:
    """The line that says that work goes on, and of each rule of an ask what a text must hold."""

    line: str
    rules: tuple[tuple[Literals, ...], ...]

    def may_contain_ask(self, lines: Iterable[str], fresh: Iterable[str]) -> bool:
        """Return True if an ask may stand in `lines`, by the words of those that are `fresh`."""
        words = {word for rule in self.rules for literals in rule for word in literals}
        present = find_present(words, normalize_glyphs("\n".join(lines)))
        new = find_present(present, normalize_glyphs("\n".join(fresh)))
        return any(
            not any(present.isdisjoint(literals) for literals in rule)
            and not all(new.isdisjoint(literals) for literals in rule)
            for rule in self.rules
        )


def read_work(line: str, agent: AgentRules | None) -> Work:
    """Return the work of an agent that says so in `line`."""
    return Work(line, _read_urgent(agent) if agent else ())


@lru_cache(MAX_AGENTS)
def _read_urgent(agent: AgentRules) -> tuple[tuple[Literals, ...], ...]:
    return tuple(tuple(_list_literals(rule)) for rule in agent.rules if rule.says in URGENT)


def _list_literals(rule: Rule) -> Iterator[Literals]:
    """Yield literals, of each of which one occurs in every text in which the rule holds."""
    yield from filter(None, map(required_literals, rule.all))
    either = [required_literals(pattern) for pattern in rule.any]
    if either and all(either):
        yield tuple(literal for literals in either for literal in literals)
