"""What a diagnosis found."""

from dataclasses import dataclass

from agent_status.model.text import Problem


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: its subject, what was found, and the problem if there is one."""

    what: str
    found: str
    problem: Problem | None = None
