"""What an agent did, as its own session files say: tool calls, mode, to-do list. Hostile text."""

from dataclasses import dataclass, replace
from enum import StrEnum

from agent_status.model.autonomy import Autonomy
from agent_status.model.status import Risk


class CallKind(StrEnum):
    """What a tool call does."""

    RUN = "run"
    """Runs a command in a shell."""
    WRITE = "write"
    """Writes, moves or deletes files."""
    READ = "read"
    """Only looks: reads, searches, lists."""
    OTHER = "other"
    """Anything else, such as a tool of an MCP server."""


class CallEnd(StrEnum):
    """How a call ended that was not left to end."""

    DENIED = "denied"
    """It did not run: the user, a rule or the agent itself refused it."""
    INTERRUPTED = "interrupted"
    """The user stopped it while it ran."""
    STOPPED = "stopped"
    """One of both: its file does not say which."""
    UNSEEN = "no end seen"
    """Its agent rests or is gone, and no file says how it ended."""


@dataclass(frozen=True, slots=True)
class ToolCall:
    """
    One tool call, verbatim, with its result once it has ended.

    `id` is unique within the session. Times are in Unix seconds. A field that the file doesn't
    name is empty or None.
    """

    id: str
    tool: str
    """The tool, as the agent names it, such as `Bash`."""
    kind: CallKind = CallKind.OTHER
    command: str = ""
    """What a shell was given, verbatim."""
    paths: tuple[str, ...] = ()
    """Files that it writes, moves or deletes, as the call names them."""
    folder: str = ""
    """Where it runs, if the call says so."""
    at: float = 0.0
    """When it was made."""
    ended_at: float | None = None
    """When its result was written; None while it runs. That of an unseen end is `at`."""
    exit_status: int | None = None
    failed: bool | None = None
    """Whether it failed, was denied or interrupted; None if that isn't known."""
    end: CallEnd | None = None
    is_cut: bool = False
    """True if the text was too long to be kept whole."""
    by_helper: bool = False
    """True for a call of a subagent."""
    risk: Risk | None = None
    """Its grade by the risk tables; None for a call that only looks, or before it is graded."""
    asked: bool | None = None
    """Whether the user was asked before; None if that isn't known."""

    def give_up(self) -> "ToolCall":
        """Return a call that still runs as one whose end nobody saw."""
        return replace(self, ended_at=self.at, end=CallEnd.UNSEEN)


@dataclass(frozen=True, slots=True)
class Todo:
    """An agent's own to-do list."""

    done: int = 0
    total: int = 0
    current: str = ""
    """The item in progress, in the agent's words."""


NO_TODO = Todo()


@dataclass(frozen=True, slots=True)
class Activity:
    """What an agent did in its present session, as its files say."""

    session: str = ""
    """The session's id; empty if that is unknown."""
    calls: tuple[ToolCall, ...] = ()
    """The last calls, oldest first, bounded."""
    todo: Todo = NO_TODO
    autonomy: Autonomy = Autonomy.UNKNOWN


NO_ACTIVITY = Activity()
