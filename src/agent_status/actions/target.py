"""One pane that the user types into: looked at, typed into under guard, and watched afterwards."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Protocol, TypeVar

from agent_status.actions.grid import Test, require_search
from agent_status.actions.guard import (
    Typed,
    build_guarded,
    match_focus_events,
    match_screen,
    parse_typed,
    render_focus_out,
)
from agent_status.actions.outcome import ActionStoppedError
from agent_status.detect.identify import SHELLS
from agent_status.errors import DaemonGoneError, RefusedError
from agent_status.model import AnswerRecord, clip_text
from agent_status.model.ref import AgentRef
from agent_status.protocol.messages import Inspect, Request
from agent_status.protocol.outcome import Kind
from agent_status.protocol.pane_state import PaneState
from agent_status.system.foreground import Keyboard
from agent_status.tmux.client import TmuxError, TmuxSlowError

T = TypeVar("T")
POLL_INTERVAL_S = 0.06
"""Between two looks while something is awaited."""
MIN_AGE_S = 0.3
"""A request that is younger was not read by anybody yet."""
STEADY_TIMEOUT_S = 1.5
"""For a screen to stay the same from a look to the key, and for a request to be old enough."""
MAX_SHOWN = 60
"""Characters of what was sent, in words for the user."""
CALM = 2
"""So many looks in a row must agree: a redraw blanks a dialog for a frame."""


class Terminal(Protocol):
    """The edge to tmux."""

    def feed(self, script: str) -> str:
        """Run commands."""

    def load(self, buffer: str, text: str) -> None:
        """Fill a paste buffer."""

    def ask(self, template: str, target: str = "") -> str:
        """Expand a format."""


class Connection(Protocol):
    """The edge to the daemon."""

    def ask(self, request: Request[T], /) -> T:
        """Answer a request."""


class Journal(Protocol):
    """Where answers are kept."""

    def write_answer(self, answer: AnswerRecord, /) -> bool:
        """Keep one; return whether it was kept."""


class Clock(Protocol):
    """Time, as far as acting needs it."""

    def read_monotonic(self) -> float:
        """Return seconds that never go back."""

    def read_unix(self) -> float:
        """Return Unix seconds."""

    def wait(self, seconds: float) -> None:
        """Let time pass."""


class ActionContext(Protocol):
    """Everything that acting touches; see `context.open_context`."""

    @property
    def tmux(self) -> Terminal: ...  # noqa: D102
    @property
    def daemon(self) -> Connection: ...  # noqa: D102
    @property
    def journal(self) -> Journal: ...  # noqa: D102
    @property
    def clock(self) -> Clock: ...  # noqa: D102
    @property
    def who(self) -> str: ...  # noqa: D102

    def find_keyboard(self, pid: int) -> Keyboard:
        """Return whether a process is in the foreground of its terminal."""

    def lock_pane(self, ref: AgentRef) -> AbstractContextManager[bool]:
        """Return a context whose value is whether nothing else acts on the pane."""


class TypingTarget:
    """Keeps what it saw last and what it sent. An obstacle raises ActionStoppedError."""

    def __init__(self, context: ActionContext, ref: AgentRef) -> None:
        self.context = context
        self.ref = ref
        self.pane = ref.pane
        self.pane_state = PaneState(ref)
        self.sent: list[str] = []
        self.shown: tuple[str, ...] = ()
        """The rows into which the last key was sent."""
        self._asked_at: float | None = None
        self._agrees = False
        self._can_test = False

    @contextmanager
    def lock_pane(self) -> Iterator[None]:
        """Keep other commands of ours from acting on the pane until all is done and seen."""
        with self.context.lock_pane(self.ref) as ours:
            if not ours:
                words = "another command acts on this pane, and does not end; nothing was sent"
                raise ActionStoppedError(Kind.REFUSED, words)
            try:
                yield
            finally:
                self._step_back()

    def _step_back(self) -> None:
        """Send focus-out if the agent reads keys as its user's presence and no client shows it."""
        if not (self.sent and self.pane_state.keys.focus):
            return
        with suppress(ActionStoppedError, TmuxError):
            if not self._is_looked_at():
                self._try([render_focus_out(self.pane)], "focus-out", match_focus_events())

    def _is_looked_at(self) -> bool:
        """Return whether tmux counts the pane as one that has the focus."""
        seen = self.context.tmux.feed(
            "list-clients -F '#{pane_id},#{client_flags},'\n"
        ).splitlines()
        return any(line.startswith(f"{self.pane},") and ",focused," in line for line in seen)

    def look(self) -> PaneState:
        """Return what is on the screen now."""
        before = self.pane_state
        try:
            self.pane_state = self.context.daemon.ask(Inspect(self.ref))
        except (DaemonGoneError, RefusedError) as error:
            raise ActionStoppedError(Kind.FAILED, f"{error}; {self.describe_sent()}") from error
        self._compare(before)
        return self.pane_state

    def _compare(self, before: PaneState) -> None:
        """Take note of since when the same is asked, and whether the last two looks agree."""
        now, pane_state = self.read_clock(), self.pane_state
        if self._asked_at is None:
            self._asked_at, self._agrees = now - pane_state.still_s, pane_state.still_s > 0
            return
        self._agrees = before.dialog == pane_state.dialog
        if before.fingerprint != pane_state.fingerprint:
            self._asked_at = now

    @property
    def is_steady(self) -> bool:
        """Whether the same has been asked long enough, in the same rows for the last two looks."""
        asked_at = self._asked_at
        return self._agrees and asked_at is not None and self.read_clock() - asked_at >= MIN_AGE_S

    def read_clock(self) -> float:
        """Return seconds that never go back."""
        return self.context.clock.read_monotonic()

    def check(self) -> PaneState:
        """Return what was seen last if keys would reach the agent, which may have ended since."""
        keyboard = self._find_keyboard()
        if keyboard is not Keyboard.HELD:
            self.look()
            keyboard = self._find_keyboard()
        pane_state = self.pane_state
        if not pane_state.kind or keyboard is Keyboard.ENDED:
            raise ActionStoppedError(
                Kind.GONE, f"no agent is there any more; {self.describe_sent()}"
            )
        if keyboard is Keyboard.TAKEN:
            words = (
                f"{pane_state.command or 'another program'} has the keyboard, not {pane_state.name}"
            )
            raise ActionStoppedError(Kind.REFUSED, f"{words}; {self.describe_sent()}")
        return pane_state

    def _find_keyboard(self) -> Keyboard:
        pid, command = self.pane_state.pid, self.pane_state.command
        if pid is not None:
            return self.context.find_keyboard(pid)
        return Keyboard.TAKEN if command in SHELLS else Keyboard.HELD

    def type(self, actions: Sequence[str], name: str) -> bool:
        """
        Send if the whole screen still is as it was seen last; return whether that was so.

        That tmux can test so much is tested ahead, once: a program may draw meanwhile.
        """
        if not self._can_test:
            self._can_test = self._try((), name, require_search(self.pane_state.rows)).sent
        return self._can_test and self.type_if(actions, name, match_screen(self.pane_state))

    def type_if(self, actions: Sequence[str], name: str, tests: Sequence[Test]) -> bool:
        """Send if it is the same program, and `tests` hold; return whether that was so."""
        typed = self._try(actions, name, tests)
        if typed.sent:
            self.sent.append(name)
            self.shown = typed.rows
        return typed.sent

    def _try(self, actions: Sequence[str], name: str, tests: Sequence[Test]) -> Typed:
        if self._find_keyboard() is not Keyboard.HELD:
            return Typed()
        script, nonce = build_guarded(self.pane_state, actions, tests)
        typed = self._feed(script, nonce, name)
        if typed.gone:
            raise ActionStoppedError(Kind.GONE, f"the pane is gone; {self.describe_sent()}")
        if typed.reason:
            raise ActionStoppedError(Kind.REFUSED, f"{typed.reason}; {self.describe_sent()}")
        return typed

    def wait(self, fact: Callable[[PaneState], bool], timeout_s: float) -> bool:
        """
        Return whether `fact` came true in that time, and stayed for CALM looks.

        A fact that has just come true is looked at once more, as a look may take long.
        """
        calm, end = 0, self.read_clock() + timeout_s
        while True:
            calm = calm + 1 if fact(self.look()) else 0
            if calm >= CALM:
                return True
            if not calm and self.read_clock() >= end:
                return False
            self.pause()

    def pause(self) -> None:
        """Let time pass until the next look."""
        self.context.clock.wait(POLL_INTERVAL_S)

    def describe_sent(self) -> str:
        """Return in words what was sent so far."""
        sent = clip_text(" ".join(self.sent), MAX_SHOWN)
        return f"only {sent} was sent" if sent else "nothing was sent"

    def _feed(self, script: str, nonce: str, name: str) -> Typed:
        try:
            return parse_typed(self.context.tmux.feed(script), nonce)
        except TmuxSlowError as error:
            words = f"{error}: it is not known whether {clip_text(name, MAX_SHOWN)} was sent"
            raise ActionStoppedError(Kind.FAILED, words) from error
        except TmuxError as error:
            raise ActionStoppedError(Kind.FAILED, f"{error}; {self.describe_sent()}") from error
