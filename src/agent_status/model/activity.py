"""What an agent did, as its own session files say: tool calls, mode, to-do list. Hostile text."""

from collections.abc import Mapping
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
    """How a call ended that did not run to its end."""

    DENIED = "denied"
    """It did not run: the user, a rule or the agent itself refused it."""
    INTERRUPTED = "interrupted"
    """The user stopped it while it ran."""
    STOPPED = "stopped"
    """Denied or interrupted: its file does not say which."""
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
    """How it ended; None if it ran to its end, or still runs."""
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


BEGAN = frozenset({CallEnd.INTERRUPTED, CallEnd.UNSEEN})
"""Ends of calls that did something, nobody knows how much."""
VERBS: Mapping[str, str] = {CallKind.WRITE: "changed", CallKind.OTHER: "used"}


def describe_outcome(
    kind: str, end: str | None, failed: object, exit_status: int | None
) -> tuple[str, str]:
    """
    Return what a call did as a verb, such as `ran`, and how it ended in words, if there are any.

    One that failed without an exit status may not have run: it was `tried`.
    """
    if end == CallEnd.DENIED:
        return "denied", ""
    if end in BEGAN:
        return "began", str(end)
    verb = "tried" if failed and exit_status is None else VERBS.get(kind, "ran")
    if end:
        return verb, str(end)
    return verb, f"exit {exit_status}" if exit_status else "failed" if failed else ""


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
