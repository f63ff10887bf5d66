"""One pane under the user's hand: looked at, typed into under guard, and watched afterwards."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Protocol

from agent_status.act.guard import Typed, build_guarded, parse_typed
from agent_status.act.outcome import Kind, StoppedError
from agent_status.act.sight import Sight, parse_sight
from agent_status.client import DaemonGoneError, RefusedError
from agent_status.model import Answer, PaneId, clip_text
from agent_status.sense.foreground import Keyboard
from agent_status.sense.tmux import TmuxError, TmuxSlowError

STEP_S = 0.06
"""Between two looks while something is awaited."""
MOST_TOLD = 60
"""Characters of what was sent, in words for the user."""
CALM = 2
"""So many looks in a row must agree: a redraw blanks a dialog for a frame."""
SHELLS = frozenset(
    {"bash", "sh", "zsh", "fish", "dash", "ksh", "tcsh", "csh", "nu", "pwsh", "xonsh"}
)


class Terminal(Protocol):
    """The edge to tmux."""

    def feed(self, script: str) -> str:
        """Run commands."""

    def load(self, buffer: str, text: str) -> None:
        """Fill a paste buffer."""

    def ask(self, template: str, target: str = "") -> str:
        """Expand a format."""


class Senses(Protocol):
    """The edge to the daemon."""

    def ask(self, op: str, **args: Any) -> Any:
        """Answer a request."""


class Journal(Protocol):
    """Where answers are kept."""

    def write_answer(self, answer: Answer, /) -> bool:
        """Keep one; return whether it was kept."""


class Clock(Protocol):
    """Time, as far as acting needs it."""

    def read_monotonic(self) -> float:
        """Return seconds that never go back."""

    def read_unix(self) -> float:
        """Return Unix seconds."""

    def wait(self, seconds: float) -> None:
        """Let time pass."""


class Desk(Protocol):
    """Everything that acting touches; see `desk.open_desk`."""

    @property
    def tmux(self) -> Terminal: ...  # noqa: D102
    @property
    def daemon(self) -> Senses: ...  # noqa: D102
    @property
    def journal(self) -> Journal: ...  # noqa: D102
    @property
    def clock(self) -> Clock: ...  # noqa: D102
    @property
    def who(self) -> str: ...  # noqa: D102

    def find_keyboard(self, pid: int) -> Keyboard:
        """Return whether a process is in the foreground of its terminal."""

    def take_turn(self, pane: PaneId) -> AbstractContextManager[bool]:
        """Return a context that tells whether nobody else acts on the pane."""


class Hand:
    """Keeps what it saw last and what it sent. Whatever is in the way raises StoppedError."""

    def __init__(self, desk: Desk, pane: PaneId) -> None:
        self.desk = desk
        self.pane = pane
        self.sight = Sight(pane)
        self.sent: list[str] = []

    @contextmanager
    def take_turn(self) -> Iterator[None]:
        """Let nobody else of ours act on the pane until all is done and seen."""
        with self.desk.take_turn(self.pane) as ours:
            if not ours:
                words = "another command acts on this pane, and does not end: nothing was sent"
                raise StoppedError(Kind.REFUSED, words)
            yield

    def look(self) -> Sight:
        """Return what is on the screen now."""
        try:
            self.sight = parse_sight(self.desk.daemon.ask("sense", pane=self.pane))
        except (DaemonGoneError, RefusedError, LookupError, TypeError, ValueError) as error:
            raise StoppedError(Kind.FAILED, f"{error}: {self.tell_sent()}") from error
        return self.sight

    def check(self) -> Sight:
        """Return the last sight if keys would reach the agent, which may have ended since."""
        keyboard = self._find_keyboard()
        if keyboard is not Keyboard.HELD:
            self.look()
            keyboard = self._find_keyboard()
        sight = self.sight
        if not sight.kind or keyboard is Keyboard.ENDED:
            raise StoppedError(Kind.GONE, f"no agent is there any more: {self.tell_sent()}")
        if keyboard is Keyboard.TAKEN:
            words = f"{sight.command or 'another program'} has the keyboard, not {sight.name}"
            raise StoppedError(Kind.REFUSED, f"{words}: {self.tell_sent()}")
        return sight

    def _find_keyboard(self) -> Keyboard:
        pid, command = self.sight.pid, self.sight.command
        if pid is not None:
            return self.desk.find_keyboard(pid)
        return Keyboard.TAKEN if command in SHELLS else Keyboard.HELD

    def type(
        self, actions: Sequence[str], name: str, lines: Iterable[str], *, cursor: bool = False
    ) -> bool:
        """Send if the pane still is as it was seen; return whether that was so."""
        script, nonce = build_guarded(self.check(), actions, lines, cursor=cursor)
        typed = self._feed(script, nonce, name)
        if typed.sent:
            self.sent.append(name)
            return True
        if typed.gone:
            raise StoppedError(Kind.GONE, f"the pane is gone: {self.tell_sent()}")
        if typed.reason:
            raise StoppedError(Kind.REFUSED, f"{typed.reason}: {self.tell_sent()}")
        return False

    def wait(self, fact: Callable[[Sight], bool], patience_s: float) -> bool:
        """
        Return whether `fact` came true in that time, and stayed for CALM looks.

        A fact that has just come true is looked at once more, as a look may take long.
        """
        clock, calm = self.desk.clock, 0
        end = clock.read_monotonic() + patience_s
        while True:
            calm = calm + 1 if fact(self.look()) else 0
            if calm >= CALM:
                return True
            if not calm and clock.read_monotonic() >= end:
                return False
            clock.wait(STEP_S)

    def tell_sent(self) -> str:
        """Return in words what was sent so far."""
        told = clip_text(" ".join(self.sent), MOST_TOLD)
        return f"sent {told}, but that is all" if told else "nothing was sent"

    def _feed(self, script: str, nonce: str, name: str) -> Typed:
        try:
            return parse_typed(self.desk.tmux.feed(script), nonce)
        except TmuxSlowError as error:
            words = f"{error}: it is not known whether {clip_text(name, MOST_TOLD)} was sent"
            raise StoppedError(Kind.FAILED, words) from error
        except TmuxError as error:
            raise StoppedError(Kind.FAILED, f"{error}: {self.tell_sent()}") from error
