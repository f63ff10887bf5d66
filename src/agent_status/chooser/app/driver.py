"""Textual's driver for a popup: it reads keys by `keyboard`, and leaves at once."""

import codecs
import os
import select
import signal
import termios
from contextlib import suppress

from textual.drivers.linux_driver import LinuxDriver

from agent_status.chooser.app.keyboard import TIMEOUT_S, KeyParser

LOOK_S = 0.1
"""Seconds after which the input thread checks whether it is to end."""
MAX_BYTES = 4096


class PopupDriver(LinuxDriver):
    """
    A driver that does not wait for its input thread to end.

    The thread checks only every LOOK_S: the popup would stand blank for that long after the last
    key. The process must end soon after the app.
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

    def run_input_thread(self) -> None:
        """Pass on what is typed until the app takes no keys, or the terminal is gone."""
        parser = KeyParser()
        decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        while not self.exit_event.is_set():
            wait = TIMEOUT_S if parser.waits else LOOK_S
            ready, _, _ = select.select([self.fileno], [], [], wait)
            if self.exit_event.is_set():
                return
            data = self._read() if ready else b""
            if ready and not data:
                return
            for message in parser.feed(decode(data)) if ready else parser.settle():
                self.process_message(message)

    def _read(self) -> bytes:
        try:
            return os.read(self.fileno, MAX_BYTES)
        except OSError:
            return b""
