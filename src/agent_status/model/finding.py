"""One finding of a diagnosis."""

from dataclasses import dataclass

from agent_status.model.text import Problem


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: its subject, the result, and the problem if there is one."""

    what: str
    found: str
    problem: Problem | None = None
