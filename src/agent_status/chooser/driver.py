"""Textual's driver for a popup: it leaves at once."""

import signal
import termios
from contextlib import suppress

from textual.drivers.linux_driver import LinuxDriver


class PopupDriver(LinuxDriver):
    """
    A driver that does not wait for its input thread to end.

    The thread looks up every 0.1 s only, twice: the popup would stand blank for that long after
    the last key. Whoever uses this ends the process soon after the app.
    """

    def disable_input(self) -> None:
        """Stop taking keys. Idempotent."""
        if self.exit_event.is_set():
            return
        signal.signal(signal.SIGWINCH, signal.SIG_DFL)
        self._disable_mouse_support()
        self.exit_event.set()
        with suppress(termios.error):
            termios.tcflush(self.fileno, termios.TCIFLUSH)
