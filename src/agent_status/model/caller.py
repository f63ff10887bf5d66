"""The callers of writing verbs, and the verbs that are the user's to decide."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from agent_status.model.pane import PaneId, Process


class Verb(StrEnum):
    """A decision of the user; options may allow some to agents or scripts."""

    ANSWER = "answer"
    SEND = "send"
    INTERRUPT = "interrupt"
    ACKNOWLEDGE = "acknowledge"
    NOTE = "note"
    PIN = "pin"
    MUTE = "mute"
    SNOOZE = "snooze"
    CONFIRM = "confirm"
    """What the user's own table of risks lowers."""
    CHECK = "check"
    """Runs the user's command for a project."""
    STOP = "stop"
    """The daemon."""


CLIENT_VARIABLE = "AGENT_STATUS_CLIENT"
"""Names the client whose key started a program; what runs in a popup cannot ask tmux for it."""

FOR_AGENTS = frozenset({Verb.SEND, Verb.INTERRUPT, Verb.NOTE})
"""All that an option may leave to agents."""


@dataclass(frozen=True, slots=True)
class Caller:
    """A process that called, and its origin at one instant, according to the system."""

    chain: tuple[Process, ...]
    """The process, its parent and so on, up to the tmux server or the first process of all."""
    leader: int = 0
    """The first process of its session; 0 if that is unknown."""
    leaders: tuple[Process, ...] = ()
    """The leader and those above it, where they are not in `chain`: the caller is an orphan."""
    has_terminal: bool = False
    claims: Mapping[int, PaneId] = field(default_factory=dict)
    """The panes that the environment of processes in `chain` names, by their pids."""
