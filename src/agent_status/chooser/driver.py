"""Textual's driver for a popup: it leaves at once."""

import signal
import termios
from contextlib import suppress
from typing import cast

from textual._ansi_sequences import ANSI_SEQUENCES_KEYS
from textual.drivers.linux_driver import LinuxDriver
from textual.keys import Keys

cast("dict[str, tuple[Keys, ...]]", ANSI_SEQUENCES_KEYS)["\x1b\r"] = (Keys.ControlJ,)
"""Alt+Enter, which Textual takes for Enter, and which writes a new line here."""


class PopupDriver(LinuxDriver):
    """
    A driver that does not wait for its input thread to end.

    The thread looks up every 0.1 s only, twice: the popup would stand blank for that long after
    the last key. Whoever uses this ends the process soon after the app.
    """

    _pausing = False

    def suspend_application_mode(self) -> None:
        """Give the terminal to another program, which takes every key from now on."""
        self._pausing = True
        try:
            super().suspend_application_mode()
        finally:
            self._pausing = False

    def disable_input(self) -> None:
        """Stop taking keys. Idempotent."""
        if self._pausing:
            super().disable_input()
            return
        if self.exit_event.is_set():
            return
        signal.signal(signal.SIGWINCH, signal.SIG_DFL)
        self._disable_mouse_support()
        self.exit_event.set()
        with suppress(termios.error):
            termios.tcflush(self.fileno, termios.TCIFLUSH)
