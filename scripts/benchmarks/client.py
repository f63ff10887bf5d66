"""A client of tmux on a terminal of our own: what is drawn is known once its bytes are there."""

import fcntl
import os
import pty
import select
import struct
import subprocess
import termios
import time
from collections.abc import Callable
from typing import Self

from tests.support.tmux_lab import Lab, wait_for

from agent_status.terminal import Terminal

CHUNK = 1 << 16
PROMPT_S = 30.0


class DrawnClient:
    """
    Attached to the lab's inner server; a context manager that ends it.

    Nobody is asked what is drawn, so waiting for it takes nothing from who is measured.
    """

    def __init__(self, lab: Lab, width: int, height: int) -> None:
        self._terminal = Terminal(width, height)
        self._end, other = pty.openpty()
        fcntl.ioctl(other, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))
        words = ["tmux", "-u", "-S", lab.inner, "attach", "-t", "work"]
        env = {name: value for name, value in lab.env.items() if name != "TMUX"}
        self._client = subprocess.Popen(
            words, stdin=other, stdout=other, stderr=other, env=env, start_new_session=True
        )
        os.close(other)
        wait_for(lambda: lab.tmux("list-clients"))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._end)
        self._client.terminate()
        self._client.wait()

    def press(self, keys: bytes) -> None:
        """Type these bytes."""
        os.write(self._end, keys)

    def wait_until(self, fact: Callable[[str], bool], longest_s: float = PROMPT_S) -> float:
        """Return the monotonic instant at which the bytes came whose screen makes `fact` true."""
        last = time.monotonic() + longest_s
        at = time.monotonic()
        while not fact(self._terminal.screen().text):
            left = last - time.monotonic()
            if left <= 0 or not select.select([self._end], [], [], left)[0]:
                message = f"not drawn in {longest_s:g} s"
                raise TimeoutError(message)
            data = os.read(self._end, CHUNK)
            at = time.monotonic()
            self._terminal.feed(data)
        return at

    def rest(self, seconds: float) -> None:
        """Wait, and take what is drawn meanwhile."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            if select.select([self._end], [], [], left)[0]:
                self._terminal.feed(os.read(self._end, CHUNK))
