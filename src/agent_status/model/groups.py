"""Agents that make attempts at the same task, in several worktrees of one repository. Pure."""

from collections.abc import Iterable, Sequence
from typing import Protocol, TypeVar

from agent_status.model.sighting import Changes, Task


class Attempting(Protocol):
    """An agent, as groups see it."""

    @property
    def changes(self) -> Changes:
        """Where it works."""

    @property
    def task(self) -> Task:
        """What the user asked of it first."""


T = TypeVar("T", bound=Attempting)


def find_groups(agents: Iterable[T]) -> tuple[tuple[T, ...], ...]:
    """Return the agents with the same first prompt in different worktrees of one repository."""
    groups: dict[tuple[str, str], list[T]] = {}
    for one in agents:
        prompt = " ".join(one.task.first_prompt.split())
        if prompt and one.changes.repository:
            groups.setdefault((one.changes.repository, prompt), []).append(one)
    return tuple(tuple(group) for group in groups.values() if _has_worktrees(group))


def _has_worktrees(group: Sequence[Attempting]) -> bool:
    return len({one.changes.root for one in group}) > 1
