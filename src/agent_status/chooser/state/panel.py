"""What has the keys instead of the list, as values: boxes to write into, lists to read."""

from dataclasses import dataclass
from enum import Enum

from agent_status.chooser.state.field import NO_FIELD, Field


class Purpose(Enum):
    """What is written in a box: its title, and the word for what Enter does."""

    REPLY = ("Reply to", "send")
    NOTE = ("Note beside", "keep")

    @property
    def title(self) -> str:
        """What stands before the agent's name."""
        return self.value[0]

    @property
    def verb(self) -> str:
        """What Enter does with the text."""
        return self.value[1]


@dataclass(frozen=True, slots=True)
class Compose:
    """A box to write into."""

    pane: str
    purpose: Purpose
    field: Field = NO_FIELD
    back: int = 0
    """How many replies ago the shown one was sent; 0 is the one being written."""
    kept: str = ""
    """What was being written before the user went back."""
    writes: bool = True


@dataclass(frozen=True, slots=True)
class Crowd:
    """Agents that ask the same harmless thing, to be approved together."""

    asks: tuple[tuple[str, str], ...]
    """The pane and the fingerprint of each request."""
    at: float = 0.0
    """When it was opened, or changed: a key that comes too soon after is not meant for it."""
    whole: bool = False
    """Whether every line of every request is in sight."""
    writes: bool = False


@dataclass(frozen=True, slots=True)
class Chronicle:
    """What was decided, as lines, the latest last. `start` None is the end."""

    pane: str
    title: str
    lines: tuple[str, ...] = ("Reading the journal…",)
    start: int | None = None
    writes: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """What one of our commands printed, to be read from its first line."""

    title: str
    words: tuple[str, ...]
    """The command's."""
    lines: tuple[str, ...] = ("Asking…",)
    top: int = 0
    """How many lines, as they are drawn, are above those in sight."""
    writes: bool = False


@dataclass(frozen=True, slots=True)
class Nap:
    """For how long an agent is not to need the user."""

    pane: str
    writes: bool = False


Panel = Compose | Crowd | Chronicle | Page | Nap
