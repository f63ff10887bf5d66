"""A limit for work in the main thread that may never end by itself, such as a regex of a user's."""

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType


class _Bell:
    """The one alarm of this process: whether it is heard now, and whether it stops anything."""

    def __init__(self) -> None:
        self.armed = False
        self.heard = False

    def ring(self, number: int, frame: FrameType | None) -> None:
        """Stop what runs, if it still does."""
        del number, frame
        if self.armed:
            message = "took too long"
            raise TimeoutError(message)


BELL = _Bell()


@contextlib.contextmanager
def limit(seconds: float) -> Iterator[None]:
    """
    Raise TimeoutError out of the block once this process has computed for so many seconds in it.

    Waiting costs nothing, so neither a busy machine nor a laptop that slept stops anything. It
    rings again and again, for what swallows the first one. Within another limit, and in any other
    thread than the main one, it limits nothing.
    """
    if BELL.armed or threading.current_thread() is not threading.main_thread():
        yield
        return
    with listen():
        try:
            BELL.armed = True
            signal.setitimer(signal.ITIMER_VIRTUAL, seconds, seconds)
            yield
        finally:
            BELL.armed = False
            signal.setitimer(signal.ITIMER_VIRTUAL, 0.0)


@contextlib.contextmanager
def listen() -> Iterator[None]:
    """Hear the alarm all through the block, so that each limit in it costs little; may nest."""
    if BELL.heard or threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGVTALRM, BELL.ring)
    try:
        BELL.heard = True
        yield
    finally:
        BELL.heard = False
        signal.signal(signal.SIGVTALRM, before)
