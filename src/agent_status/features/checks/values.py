"""A run of a check, and what it proves about the files of a checkout."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Result(StrEnum):
    """What a run said."""

    OK = "ok"
    FAILED = "failed"
    UNKNOWN = "unknown"
    """It ran, and its own exit status was not seen."""


class Kind(StrEnum):
    """What a check is for."""

    TEST = "test"
    LINT = "lint"
    TYPES = "types"
    BUILD = "build"


class Source(StrEnum):
    """How a run is known."""

    SESSION = "session"
    """By the agent's session file."""
    PROCESS = "process"
    """By a process in a pane: it began and ended."""
    COMMAND = "check"
    """By `agent-status check`."""


@dataclass(frozen=True, slots=True)
class Check:
    """A check that a command runs: its name, and what it is limited to."""

    name: str
    kind: Kind = Kind.TEST
    only: tuple[str, ...] = ()
    """Paths, filters and packages; empty for all that it can check."""


@dataclass(frozen=True, slots=True)
class Run:
    """A run of a check that has ended. Times are in Unix seconds."""

    check: Check
    result: Result = Result.UNKNOWN
    began_at: float = 0.0
    ended_at: float = 0.0
    folder: str = ""
    """Where it ran."""
    source: Source = Source.SESSION
    is_alone: bool = False
    """True if nothing else ran in the same command that could have changed files."""


@dataclass(frozen=True, slots=True)
class Proof:
    """A run, and the content of the checkout that it was about."""

    run: Run
    content: Mapping[str, str] = field(default_factory=dict)
    """Tree ids by the path of each nested checkout, the own one below an empty path."""
    changed: tuple[str, ...] = ()
    """Files that changed while it ran, or between its end and the look at the content; bounded."""
    trouble: str = ""
    """Why the content is unknown."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A proof against the files of now."""

    proof: Proof
    stale: tuple[str, ...] = ()
    """Files that differ since the run, bounded."""
    files: int = 0
    """How many."""

    @property
    def is_fresh(self) -> bool:
        """True if the files of now are those that it was about."""
        return not self.files and not self.proof.trouble
