"""Runs tmux: commands in, text out, and a few named errors. Nothing else runs it."""

import os
import re
import socket
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from agent_status.errors import AgentStatusError
from agent_status.model import PaneId
from agent_status.options import TABLE

TIMEOUT_S = 2.0
MIN_VERSION = (3, 2)
"""The oldest tmux that we work with."""


class TmuxError(AgentStatusError):
    """tmux refused a command; the text is its own message."""


class TmuxGoneError(TmuxError):
    """No tmux server listens at the socket, or tmux isn't installed."""

    exit_code = 3

    def describe(self) -> str:
        """Return what is missing, and tmux's own message."""
        return f"there is no tmux server: {self}"


class TmuxSlowError(TmuxError):
    """tmux did not answer in time; its client was ended. Leave the server alone."""


class TmuxUnavailableError(TmuxError):
    """tmux can't be run just now: it is being replaced, or no process can be started."""


class PartialError(TmuxError):
    """tmux refused some of many commands, and ran the others; the text is its message."""


class PaneGoneError(TmuxError):
    """The pane doesn't exist (any more)."""


class BadTargetError(TmuxError):
    """The target isn't the name of a pane; nothing was sent to tmux."""


GONE = re.compile(
    r"no server running|error connecting|server exited|lost server|failed to connect", re.IGNORECASE
)
MISSING = re.compile(r"can't find (?:pane|window|session)|no such pane", re.IGNORECASE)
NAME = re.compile(r"%[0-9]{1,9}|[^\x00-\x1f\x7f]{1,200}")
VERSION = re.compile(r"(?:tmux )?(?:[a-z]+-)?([0-9]{1,4})\.([0-9]{1,4})([a-z]?)")


@dataclass(frozen=True, slots=True)
class Version:
    """A tmux version; `next-3.7` counts as 3.7."""

    major: int
    minor: int
    letter: str = ""

    @property
    def is_supported(self) -> bool:
        """True if agent-status supports it."""
        return (self.major, self.minor) >= MIN_VERSION


def parse_version(text: str) -> Version | None:
    """
    Return the version in the answer to `tmux -V` or `#{version}`; None if there is none.

    OpenBSD's own tmux has the version of the system: `openbsd-7.4` is new enough, as 7 > 3.
    """
    found = VERSION.match(text.strip())
    return Version(int(found[1]), int(found[2]), found[3]) if found else None


def quote(text: str) -> str:
    """Return `text` as one word of tmux's command language, inert; it must hold no newline."""
    return "'" + text.replace("'", "'\"'\"'") + "'"


def find_socket(env: Mapping[str, str] = os.environ, name: str = "") -> str:
    """Return the socket of the server called `name`, or of the one that we run in."""
    inside = env.get("TMUX", "").split(",")[0]
    if inside and not name:
        return inside
    base = env.get("TMUX_TMPDIR") or "/tmp"  # noqa: S108  tmux has it so
    return str(Path(base) / f"tmux-{os.getuid()}" / (name or "default"))


class Tmux:
    """One tmux server, by the path of its socket. Every call has a timeout."""

    def __init__(self, socket: str, program: str = "tmux") -> None:
        self.socket = socket
        self.program = program

    def run(self, args: Sequence[str], timeout_s: float = TIMEOUT_S) -> str:
        """
        Return the output of one tmux command.

        Raises TmuxGoneError, TmuxSlowError, TmuxUnavailableError, PaneGoneError, or TmuxError for
        any other failure.
        """
        output, errors, code = self._call(args, "", timeout_s)
        if code:
            raise _name_error(errors)
        return output

    def feed(self, script: str, timeout_s: float = TIMEOUT_S) -> str:
        """
        Return the output of the commands of `script`, one per line, in one invocation.

        A failed command doesn't stop the others, and there is no limit on the length. Raises
        TmuxGoneError, TmuxSlowError or TmuxUnavailableError.
        """
        output, errors, code = self._call(("source-file", "-"), script, timeout_s)
        if code and not output and GONE.match(errors):
            raise TmuxGoneError(errors.strip())
        return output

    def apply(self, script: str, timeout_s: float = TIMEOUT_S) -> str:
        """Run the commands of `script` as `feed`; also raise PartialError if one of them fails."""
        output, errors, code = self._call(("source-file", "-"), script, timeout_s)
        if code and GONE.match(errors):
            raise TmuxGoneError(errors.strip())
        if errors.strip():
            raise PartialError("; ".join(errors.split("\n")).strip("; "))
        return output

    def load(self, buffer: str, text: str, timeout_s: float = TIMEOUT_S) -> None:
        """Set the content of a paste buffer to `text` of any length; see `run`."""
        _, errors, code = self._call(("load-buffer", "-b", buffer, "-"), text, timeout_s)
        if code:
            raise _name_error(errors)

    def ask(self, template: str, target: str = "") -> str:
        """Return an expanded format, for the pane or for the server without a client; see `run`."""
        at = ("-t", target) if target else ()
        return self.run(("display-message", "-p", *at, template)).removesuffix("\n")

    def read_version(self) -> Version | None:
        """Return the version of the running server, which may be older than the program."""
        return parse_version(self.ask("#{version}"))

    def read_options(self) -> dict[str, str]:
        """Return our options as set; those that aren't set are empty."""
        lines = "".join(f"display-message -p '#{{{name}}}'\n" for name, _ in TABLE)
        values = self.feed(lines).split("\n")
        return {name: value for (name, _), value in zip(TABLE, values, strict=False)}

    def find_pane(self, target: str) -> PaneId:
        """
        Return the id of the pane at `target`: `%3`, `session:window.pane` or part of that.

        For a missing window, `display-message` would use another one's pane, so a command that
        needs its target runs first and fails. Raises BadTargetError or PaneGoneError.
        """
        if not NAME.fullmatch(target) or target.startswith("-"):
            message = f"{target!r} is not a pane: use an id such as %3, or session:window.pane"
            raise BadTargetError(message)
        try:
            self.run(("capture-pane", "-p", "-S", "0", "-E", "0", "-t", target))
            return PaneId(self.ask("#{pane_id}", target))
        except PaneGoneError as error:
            message = f"there is no pane {target}"
            raise PaneGoneError(message) from error

    def _call(self, args: Sequence[str], stdin: str, timeout_s: float) -> tuple[str, str, int]:
        words = (_keep_whole(word) for word in args)
        command = [self.program, "-u", "-N", "-S", self.socket, *words]
        try:
            done = subprocess.run(  # noqa: PLW1510  the code is the caller's to judge
                command,
                input=stdin.encode("utf-8", "replace"),
                capture_output=True,
                timeout=timeout_s,
            )
        except subprocess.TimeoutExpired as error:
            message = f"tmux did not answer in {timeout_s:g} s"
            raise TmuxSlowError(message) from error
        except OSError as error:
            message = f"tmux cannot be run: {error}"
            lost = TmuxUnavailableError if is_listening(self.socket) else TmuxGoneError
            raise lost(message) from error
        return _decode(done.stdout), _decode(done.stderr), done.returncode


def is_listening(path: str) -> bool:
    """Return True if a server may listen at the socket: it exists, and accepts us."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as end:
            end.settimeout(0)
            end.connect(path)
    except (FileNotFoundError, NotADirectoryError, ConnectionRefusedError):
        return False
    except OSError:
        return True
    return True


def _keep_whole(word: str) -> str:
    """Return `word` so that tmux doesn't treat a semicolon at its end as a separator."""
    return word[:-1] + "\\;" if word.endswith(";") else word


def _decode(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _name_error(errors: str) -> TmuxError:
    text = errors.strip() or "tmux refused a command and did not say why"
    kinds: tuple[tuple[re.Pattern[str], Callable[[str], TmuxError]], ...] = (
        (GONE, TmuxGoneError),
        (MISSING, PaneGoneError),
    )
    return next((make(text) for pattern, make in kinds if pattern.search(text)), TmuxError(text))
