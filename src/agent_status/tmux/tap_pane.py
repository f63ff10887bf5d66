"""What is known of one pane's tap, and the steps from one phase to the next. Pure."""

from dataclasses import dataclass, field
from enum import Enum, auto

from agent_status.model import Pane, PaneId
from agent_status.terminal import DEFAULT_MODES, Modes
from agent_status.tmux.tap_policy import (
    Left,
    Rate,
    RateLimits,
    TapMode,
    advance_rate,
    should_emulate,
    should_ring,
)
from agent_status.tmux.tap_ring import ByteRing

OPEN_S = 5.0
"""A helper that has not come by then will not come."""
RETRY_S = 1.0
"""Until the next try; ten times as long after each failure, up to ten minutes."""
MAX_RETRY_S = 600.0
PIPED_TIMES = 2
"""A pane that has a pipe at so many tries, a second apart, is left alone for good."""


class Phase(Enum):
    """Where a tap is in its life; see `PaneTap`."""

    WAITING = auto()
    """To be opened by a tick that captures the pane, too."""
    OPENING = auto()
    """tmux was told to open it, and has not answered yet."""
    STARTING = auto()
    """tmux has opened it; the helper is on its way to the reader."""
    OPEN = auto()
    CLOSING = auto()
    """The reader was told to close it; then it is opened again."""
    ENDED = auto()
    """tmux has closed it: it has to say who did that."""
    LEFT = auto()
    """The pane is left alone for good."""


IN_FLIGHT = frozenset({Phase.OPENING, Phase.STARTING})
HELD = frozenset({Phase.OPENING, Phase.STARTING, Phase.OPEN})
"""The phases in which the reader holds a pipe or expects one."""


@dataclass(slots=True)
class PaneTap:
    """
    One pane that is wanted tapped. The serial tells one opening of its pipe from the next.

    WAITING -> OPENING -> STARTING -> OPEN, and by CLOSING back to WAITING whenever the bytes no
    longer join up with a screen. If tmux closes the pipe, ENDED, then LEFT.
    """

    pane: PaneId
    pid: int
    size: tuple[int, int]
    is_dead: bool = False
    phase: Phase = Phase.WAITING
    mode: TapMode = TapMode.CAPTURE
    serial: int = 0
    left: Left | None = None
    is_saved: bool = False
    """Whether the pane's option says that it is left alone."""
    rate: Rate = field(default_factory=Rate)
    dropped: int = 0
    """Bytes that were lost since the pane is known."""
    resyncs: int = 0
    failures: int = 0
    is_lent: bool = False
    """Whether its pipe was left to a program of ours when it was last free."""
    piped: int = 0
    retry_at: float = 0.0
    opened_at: float = 0.0
    modes: Modes = DEFAULT_MODES
    """Those of the pane when its pipe was opened."""
    ring: ByteRing = field(default_factory=ByteRing)

    def update(self, pane: Pane) -> bool:
        """Take what a tick says about the pane; return whether its bytes no longer join up."""
        seen = (pane.pid, (pane.width, pane.height))
        is_other = seen != (self.pid, self.size)
        if pane.pid != self.pid and self.phase is Phase.ENDED:  # the pane of another server
            self.phase = Phase.WAITING
        self.pid, self.size = seen
        self.is_dead = pane.dead
        return is_other and self.phase in HELD

    def is_due(self, now: float) -> bool:
        """Return whether it may be opened now."""
        return self.phase is Phase.WAITING and now >= self.retry_at and not self.is_dead

    def begin(self, serial: int, now: float) -> None:
        """Begin to open it."""
        self.phase, self.serial, self.opened_at = Phase.OPENING, serial, now
        self.is_lent = False

    def accept(self, modes: Modes, now: float) -> None:
        """Take tmux's word that the pipe is open: what comes joins up with this tick's capture."""
        if self.phase is not Phase.OPENING:
            return
        self.modes = modes
        self.phase = Phase.STARTING
        self.rate = Rate(0.0, now, now)
        self.piped = 0

    def start(self) -> None:
        """Take the reader's word that it has the pipe."""
        self.phase, self.mode, self.failures = Phase.OPEN, TapMode.EMULATE, 0

    def refuse(self, left: Left, now: float) -> None:
        """Take tmux's word that the pane has a pipe or is left alone."""
        self.piped += 1
        self.phase, self.retry_at = Phase.WAITING, now + RETRY_S
        if left is not Left.PIPED or self.piped >= PIPED_TIMES:
            self.leave(left)

    def fail(self, now: float) -> None:
        """Note that it could not be opened, and try later."""
        self.failures += 1
        self.phase, self.mode = Phase.WAITING, TapMode.CAPTURE
        self.retry_at = now + min(MAX_RETRY_S, RETRY_S * 10.0 ** (self.failures - 1))

    def resync(self) -> None:
        """Close it, to open it again with a capture."""
        self.phase, self.mode = Phase.CLOSING, TapMode.CAPTURE
        self.resyncs += 1

    def lend(self, until: float) -> None:
        """Leave the pane's pipe to a program of ours until then."""
        if self.phase is not Phase.LEFT:
            self.phase = Phase.CLOSING if self.phase in HELD else Phase.WAITING
            self.mode, self.retry_at, self.piped = TapMode.CAPTURE, until, 0
            self.is_lent = True

    def leave(self, left: Left) -> None:
        """Leave the pane alone for good."""
        self.phase, self.mode, self.left = Phase.LEFT, TapMode.CAPTURE, left

    def end(self) -> None:
        """Take the reader's word that tmux has closed the pipe."""
        if self.phase is Phase.CLOSING:
            self.phase = Phase.WAITING
        elif self.phase in HELD:
            self.phase, self.mode = Phase.ENDED, TapMode.CAPTURE

    def lose_reader(self) -> None:
        """Note that every pipe is closed; it is opened again with the next reader."""
        if self.phase in HELD or self.phase is Phase.CLOSING:
            self.phase, self.mode = Phase.WAITING, TapMode.CAPTURE

    def count(self, size: int, now: float, limits: RateLimits) -> None:
        """Count bytes that came, lost ones included."""
        self.rate = advance_rate(self.rate, size, now, limits)
        if self.mode is TapMode.EMULATE and should_ring(self.rate, limits):
            self.mode = TapMode.RING

    def lose(self, size: int, now: float) -> None:
        """Note that bytes were lost: what follows joins up with nothing."""
        self.dropped += size
        self.ring.append(now, b"")
        if self.phase is Phase.OPEN:
            self.mode = TapMode.RING

    def is_calm(self, now: float, limits: RateLimits) -> bool:
        """Return whether it only rings and may be emulated again; a silent pane's rate falls."""
        if self.phase is Phase.OPEN:
            self.rate = advance_rate(self.rate, 0, now, limits)
        return self.mode is TapMode.RING and should_emulate(self.rate, now, limits)
