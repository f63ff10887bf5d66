"""
A stand-in for a coding agent: it asks, changes its mind on order, and logs every key it gets.

argv: its log, a pipe with orders, and the first request as JSON. An order is a line of JSON: a list
of steps, each with a delay in milliseconds, an action and its argument. Every line of the log holds
the request in memory at that moment, which may not be on the screen yet.
"""

import fcntl
import json
import os
import select
import signal
import struct
import sys
import termios
import time
import tty
from typing import Any

QUESTION = (
    " This command requires approval",
    "",
    " Do you want to proceed?",
    " ❯ 1. Yes",
    "   2. Yes, and don’t ask again for: make *",
    "   3. No",
    "",
    " Esc to cancel · Tab to amend",
)
ANSWERS = b"123\x1b"
TAKES_S = 0.01
"""From a key to what it brings."""
SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧"
TURN_S = 0.1

Request = dict[str, Any]
"""Its `id`, and the `command` that it wants to run; None for an agent that asks nothing."""


class Agent:
    """What it asks, what else it shows, and what it is to do."""

    def __init__(self, log: str, pipe: str, first: Request) -> None:
        self.log = os.open(log, os.O_WRONLY | os.O_APPEND)
        self.pipe = os.open(pipe, os.O_RDWR)
        self.request = first
        self.left_over: list[str] = []
        self.spins = False
        self.steps: list[tuple[float, str, Any]] = []
        self.saved = termios.tcgetattr(0)

    def run(self) -> None:
        """Ask, obey and take keys, until told to leave."""
        signal.signal(signal.SIGWINCH, lambda *_: self.draw())
        tty.setraw(0)
        os.write(1, b"\x1b[?2004h")
        self.draw()
        while True:
            self.obey_due()
            ready, _, _ = select.select([0, self.pipe], [], [], self.find_pause())
            if self.pipe in ready:
                self.take_orders()
            if 0 in ready:
                self.take_key(os.read(0, 4096))

    def find_pause(self) -> float | None:
        """Return the seconds until there is something to do; None for no end."""
        due = [max(0.0, self.steps[0][0] - time.monotonic())] if self.steps else []
        return min(due + [TURN_S] * self.spins, default=None)

    def take_orders(self) -> None:
        """Plan what the pipe says."""
        for line in os.read(self.pipe, 65536).decode().splitlines():
            now = time.monotonic()
            self.steps = [
                (now + delay / 1000, name, wish) for delay, name, wish in json.loads(line)
            ]

    def obey_due(self) -> None:
        """Do what is due, and turn the spinner."""
        while self.steps and self.steps[0][0] <= time.monotonic():
            _, name, wish = self.steps.pop(0)
            if name == "leave":
                self.leave()
            elif name == "spin":
                self.spins = wish
            else:
                self.ask(wish)
        if self.spins:
            turn = int(time.monotonic() / TURN_S)
            head = f"\x1b7\x1b[1;1H{SPINNER[turn % len(SPINNER)]} {turn // 10 % 1000} s\x1b8"
            os.write(1, head.encode())

    def ask(self, wish: Request) -> None:
        """Change the request in memory, then on the screen."""
        self.left_over = self.draw_dialog() if wish.get("keep") else []
        self.request = wish
        self.say("asks")
        time.sleep(wish.get("lag", 0) / 1000)
        self.draw()

    def take_key(self, data: bytes) -> None:
        """Log a key, and take it as an answer if it is one."""
        if not data:
            self.leave()
        self.say("key", data=data.decode("latin1"))
        if self.request["command"] is not None and data[:1] in ANSWERS:
            self.request, self.left_over = {"id": "answered", "command": None}, []
            time.sleep(TAKES_S)
            self.draw()

    def draw(self) -> None:
        """Paint the whole screen in one piece."""
        width, height = find_size()
        head = ["", " Claude Code v2.1.330", "", "❯ do it", "", "● I'll do it.", ""]
        low = self.draw_dialog()
        if self.request["command"] is None:
            low = ["● Done.", "", "─" * width, "❯ ", "─" * width, "  ? for shortcuts"]
        lines = [line[:width] for line in (*head, *self.left_over, *low)][-height:]
        text = "\r\n".join(lines)
        os.write(1, f"\x1b[?2026h\x1b[H\x1b[2J{text}\x1b[?2026l".encode())

    def draw_dialog(self) -> list[str]:
        """Return the lines of the request."""
        width, _ = find_size()
        command = f" {self.request['command']}"
        rule = "╌" * width
        return ["─" * width, " Bash command", " Run it", rule, command, rule, *QUESTION]

    def leave(self) -> None:
        """End as such programs do, with the last screen still in sight."""
        os.write(1, b"\x1b[?2004l\x1b[99H\r\n")
        termios.tcsetattr(0, termios.TCSANOW, self.saved)
        sys.exit()

    def say(self, event: str, **facts: str) -> None:
        """Log an event with the request in memory."""
        line = {"event": event, "at": time.monotonic(), "id": self.request["id"]} | facts
        os.write(self.log, (json.dumps(line) + "\n").encode())


def find_size() -> tuple[int, int]:
    """Return the columns and rows of the terminal."""
    rows, columns = struct.unpack("hhhh", fcntl.ioctl(0, termios.TIOCGWINSZ, b"\0" * 8))[:2]
    return columns, rows


if __name__ == "__main__":
    Agent(sys.argv[1], sys.argv[2], json.loads(sys.argv[3])).run()
