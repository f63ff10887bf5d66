"""A CPU time limit for work in the main thread that may never end, such as a user's regex."""

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType

AROUND = {__file__, contextlib.__file__}
"""Where it is begun and ended: an exception in there would leave the alarm armed for ever."""


class _Timer:
    """The only timer of this process: who may be stopped by it, and who was warned."""

    def __init__(self) -> None:
        self.armed = False
        self.shared = False
        self.turn = 0
        self.warned = 0

    def ring(self, number: int, frame: FrameType | None) -> None:
        """Stop the running block; if many share the timer, not at its first ring."""
        del number
        if frame and frame.f_code.co_filename in AROUND:
            return
        if self.armed and self.shared and self.warned != self.turn:
            self.warned = self.turn
        elif self.armed:
            message = "took too long"
            raise TimeoutError(message)


TIMER = _Timer()


@contextlib.contextmanager
def cpu_limit(seconds: float) -> Iterator[None]:
    """
    Raise TimeoutError in the block after this process has used that many seconds of CPU time.

    Waiting costs nothing, so neither a busy machine nor a sleeping laptop stops anything. It is
    raised again and again, in case the first one is swallowed. Within another limit, and outside
    the main thread, it has no effect.
    """
    if TIMER.armed or not _is_main():
        yield
        return
    with _listen(seconds):
        TIMER.armed = True
        try:
            yield
        finally:
            TIMER.armed = False


@contextlib.contextmanager
def shared_cpu_limit(seconds: float) -> Iterator[None]:
    """
    Let all `cpu_limit` in the block share one timer: setting one costs more than a calm pane.

    Each is stopped after that many seconds of CPU time, or up to twice as many.
    """
    if TIMER.armed or not _is_main():
        yield
        return
    with _listen(seconds):
        TIMER.shared = True
        try:
            yield
        finally:
            TIMER.shared = False


def _is_main() -> bool:
    return threading.current_thread() is threading.main_thread()


@contextlib.contextmanager
def _listen(seconds: float) -> Iterator[None]:
    """Enable the timer for at least one turn."""
    TIMER.turn += 1
    if TIMER.shared:
        yield
        return
    before = signal.signal(signal.SIGVTALRM, TIMER.ring)
    try:
        signal.setitimer(signal.ITIMER_VIRTUAL, seconds, seconds)
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0.0)
        signal.signal(signal.SIGVTALRM, before)
