"""An agent's to-do list as a few words. Pure."""

from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

from agent_status.model import Facet, Todo, clip_text
from agent_status.model.plain import clean_text

MAX_ITEM = 80
"""Characters of the item in progress."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgressFacet(Facet):
    """How far an agent is on its own to-do list."""

    name: ClassVar[str] = "progress"
    done: int = 0
    total: int = 0
    current: str = ""
    """The item in progress, in the agent's words."""


@lru_cache(maxsize=64)
def make_facet(todo: Todo) -> ProgressFacet | None:
    """Return `3/7 tests for the splitter`; None without a list."""
    if todo.total < 1:
        return None
    done = min(max(0, todo.done), todo.total)
    current = clip_text(clean_text(todo.current).strip(), MAX_ITEM)
    words = f"{done}/{todo.total} {current}".rstrip()
    return ProgressFacet(words=words, done=done, total=todo.total, current=current)
