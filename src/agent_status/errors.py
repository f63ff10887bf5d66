"""
What can go wrong, as one tree; each class carries its exit code, and what to do about it.

    AgentStatusError        1   what was named is not there, or could not be done
    ├── TmuxError           1   tmux refused
    │   └── TmuxGoneError   3   no tmux server can be reached
    ├── DaemonGoneError     4   no daemon runs
    ├── ChangedError        5   what is asked is not what was expected
    └── RefusedError        1   the daemon refused
        └── CallerError     6   it is the user's to decide

The other classes stand where they are raised. Commands raise; `cli.errors` alone prints and ends.
"""

from typing import ClassVar


class AgentStatusError(Exception):
    """An error that the user sees as one line."""

    exit_code: ClassVar[int] = 1
    hint: ClassVar[str] = ""
    """What to do about it, such as a command."""

    def describe(self) -> str:
        """Return what happened, and what to do about it."""
        return f"{self}: {self.hint}" if self.hint else str(self)


class DaemonGoneError(AgentStatusError):
    """No daemon answers for that tmux server, or it went away."""

    exit_code = 4


class ChangedError(AgentStatusError):
    """What is asked is not what was expected: nothing was sent."""

    exit_code = 5


class RefusedError(AgentStatusError):
    """A request that cannot be answered; the text is a sentence for the user."""


class CallerError(RefusedError):
    """What this caller may not do, as it is the user's to decide."""

    exit_code = 6

    def describe(self) -> str:
        """Return why, with the code for programs."""
        return f"refused (code {self.exit_code}): {self}"
