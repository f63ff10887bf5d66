"""Which pane is meant, wherever it is."""

import re
from dataclasses import dataclass

from agent_status.model.pane import PaneId

FORM = re.compile(r"(?:(?P<host>[^:%\s][^:\s]*):)?(?P<pane>%[0-9]{1,9}|ended:[0-9a-f]{8})")


NO_PANE = PaneId("")


@dataclass(frozen=True, slots=True)
class AgentRef:
    """A pane, or the work of an agent that has ended, on some tmux server of some host."""

    host: str = ""
    """Empty for this machine."""
    server: str = ""
    """The tmux server's socket; empty for the one server that the reader is about."""
    pane: PaneId = NO_PANE
    """Empty for no pane."""

    def __str__(self) -> str:
        """Return the form that the command line takes: `%3`, or `host:%3`."""
        return f"{self.host}:{self.pane}" if self.host else self.pane

    def __bool__(self) -> bool:
        """Return whether it names a pane."""
        return bool(self.pane)

    @property
    def is_here(self) -> bool:
        """Whether there is a pane: the work of an agent that has ended has none."""
        return self.pane.startswith("%")

    @property
    def is_local(self) -> bool:
        """Whether it is on this machine."""
        return not self.host


NO_REF = AgentRef()


def parse_ref(text: str) -> AgentRef | None:
    """Return what `str` of a reference gave; None for any other text, such as a place."""
    found = FORM.fullmatch(text)
    return AgentRef(found["host"] or "", "", PaneId(found["pane"])) if found else None


def make_ref(pane: str) -> AgentRef:
    """Return a reference to a pane of the one server that the reader is about."""
    return AgentRef(pane=PaneId(pane))
