"""What is wrong in an agent's TOML, all of it at once, and where it stands in the text."""

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from agent_status.errors import AgentStatusError
from agent_status.model import Problem

Path = tuple[str | int, ...]
"""Keys, and the numbers of items of lists, from the outside in."""

HEADER = re.compile(r"\s*(\[\[?)\s*([\w.-]+)\s*\]\]?\s*(?:#.*)?$")
KEY = re.compile(r"\s*([\w-]+(?:\.[\w-]+)*)\s*=")
LINE = re.compile(r"at line (\d+)")
UNKNOWN_KEY = re.compile(r"unknown key '([^']*)'; known are (.*)$")
UNKNOWN_WORD = re.compile(r"'([^']*)' is none of (.*)$")


@dataclass(frozen=True, slots=True)
class RuleProblem:
    """One thing that is wrong, in words that name the keys around it."""

    path: Path
    text: str


class RuleError(AgentStatusError):
    """Values in an agent's TOML are not what they may be; `faults` lists them all."""

    def __init__(self, *faults: RuleProblem | str) -> None:
        self.faults = tuple(RuleProblem((), one) if isinstance(one, str) else one for one in faults)
        more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        super().__init__(self.faults[0].text + more)

    def place(self, step: str | int, prefix: str = "") -> tuple[RuleProblem, ...]:
        """Return the faults as the value that has them sees them."""
        return tuple(RuleProblem((step, *one.path), prefix + one.text) for one in self.faults)


class SlowRuleError(Exception):
    """A search was stopped: `rule` is the id of the rule, or the kind alone for its `identify`."""

    def __init__(self, kind: str, rule: str = "") -> None:
        self.rule = f"{kind}/{rule}" if rule else kind
        super().__init__(self.rule)


def list_problems(name: str, text: str, faults: Iterable[RuleProblem]) -> tuple[Problem, ...]:
    """Return each fault with the line of the file `name` in which it stands, and how to fix it."""
    return tuple(
        Problem(f"{name}:{_find_fault_line(text, one)}", one.text, find_hint(one.text))
        for one in faults
    )


def _find_fault_line(text: str, fault: RuleProblem) -> int:
    told = LINE.search(fault.text)
    return int(told[1]) if told and not fault.path else find_line(text, fault.path)


def find_line(text: str, path: Path) -> int:
    """Return the line of `text`, from 1, in which the value at `path` or its table begins."""
    names = tuple(step for step in path if isinstance(step, str))
    wanted = next((step for step in path if isinstance(step, int)), None)
    best, here, seen, depth = 1, (), -1, 0
    for number, line in enumerate(text.split("\n"), 1):
        header, key = HEADER.match(line), KEY.match(line)
        if header:
            here = tuple(header[2].split("."))
            seen += header[1] == "[[" and here == names[:1]
            found: tuple[str, ...] = here
        elif key:
            found = (*here, *key[1].split("."))
        else:
            continue
        counts = wanted is None or len(here) == 0 or here[0] != names[0] or seen == wanted
        if names[: len(found)] == found and counts and len(found) > depth:
            best, depth = number, len(found)
    return best


def find_hint(text: str) -> str:
    """Return what to do about a fault, as far as its words tell."""
    found = UNKNOWN_KEY.search(text) or UNKNOWN_WORD.search(text)
    if found:
        near = difflib.get_close_matches(found[1], found[2].split(", "), 1)
        if near:
            return f"did you mean {near[0]!r}?"
    if "is not a pattern" in text:
        return "write it in single quotes: TOML leaves backslashes alone there"
    if "may take for ever" in text:
        return "repeat single characters only, twice at most, as in 'waiting.*'"
    return "agent-status agents schema lists what is allowed there"
