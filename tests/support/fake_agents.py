"""A program that looks like a coding agent, obeys a pipe, and keeps every byte that it is sent."""

import json
import os
import select
import signal
import sys
import termios
import time
import tty
from pathlib import Path
from typing import Any

RULE = "─" * 60
DOWN, UP = (b"\x1b[B", b"\x1bOB"), (b"\x1b[A", b"\x1bOA")


def main() -> None:
    """
    Play the scenes of the file argv[1], beginning with `first`; argv[2] is the log, argv[3] a pipe.

    A line of JSON on the pipe is an order: {"show": NAME} draws that scene, {"end": true} leaves,
    {"stop": true} suspends, as ctrl+z does.
    """
    saved = termios.tcgetattr(0)
    tty.setraw(0)
    os.write(1, b"\x1b[?2004h")
    try:
        Fake(json.loads(Path(sys.argv[1]).read_text())).play(sys.argv[2], sys.argv[3])
    finally:
        os.write(1, b"\x1b[?2004l\x1b[99H\r\n")
        termios.tcsetattr(0, termios.TCSANOW, saved)


class Fake:
    """What it shows, what was typed into its box, and which line of a list is marked."""

    def __init__(self, scenes: dict[str, Any]) -> None:
        self.scenes = scenes
        self.name = "first"
        self.typed = ""
        self.mark = scenes["first"].get("mark", 0)

    def play(self, log: str, pipe: str) -> None:
        """Draw, take keys and orders, until told to end; `then` ends a scene after a time."""
        orders = os.open(pipe, os.O_RDWR)
        kept = os.open(log, os.O_WRONLY | os.O_APPEND)
        while self.name != "end":
            for name, text in self.scenes[self.name].get("write", {}).items():
                Path(name).write_text(text)
            draw(self.scenes[self.name], self.typed, self.mark)
            patience_s, following = self.scenes[self.name].get("then", (None, ""))
            ready, _, _ = select.select([0, orders], [], [], patience_s)
            if not ready:
                self.name, self.typed = following, ""
            elif orders in ready:
                for line in os.read(orders, 65536).decode().splitlines():
                    self.obey(json.loads(line))
            else:
                data = os.read(0, 65536)
                os.write(kept, data)
                self.take(self.scenes[self.name], data)

    def obey(self, order: dict[str, Any]) -> None:
        """Do what the pipe says."""
        if "stop" in order:
            os.kill(os.getpid(), signal.SIGTSTP)
        self.name = "end" if "end" in order else order.get("show", self.name)

    def take(self, scene: dict[str, Any], data: bytes) -> None:
        """Do what keys do in this scene."""
        following = find_key(scene, data)
        if following:
            time.sleep(scene.get("slow", 0.0))
            self.name, self.typed = following, ""
        elif "box" in scene:
            self.typed += data.decode("utf-8", "replace")
        elif data in (*DOWN, *UP):
            step = 1 if data in DOWN else -1
            self.mark = min(max(self.mark + step, 0), len(scene.get("list", "-")) - 1)
        elif data == b"\r" and "list" in scene:
            self.name = scene["takes"][self.mark]


def find_key(scene: dict[str, Any], data: bytes) -> str:
    """Return the scene that these keys lead to."""
    keys = scene.get("keys", {})
    text = data.decode("utf-8", "replace")
    return str(keys.get(text) or (keys.get("\r", "") if text.endswith("\r") else ""))


def draw(scene: dict[str, Any], typed: str, mark: int) -> None:
    """Paint the whole screen, as such programs do."""
    lines = list(scene.get("lines", ()))
    for i, label in enumerate(scene.get("list", ())):
        lines.append(f"{'❯' if i == mark else ' '} {label}")
    at = 0
    if "box" in scene:
        text = "".join(char if char.isprintable() else " " for char in typed)[:50]
        rule = scene.get("rule", RULE)
        lines += [rule, f"{scene.get('prompt', '❯ ')}{text}", rule, *scene["box"]]
        at = len(lines) - 1 - len(scene["box"])
    shown = "\r\n".join(lines)
    move = f"\x1b[{at};{3 + len(typed[:50])}H" if at else ""
    os.write(1, f"\x1b[H\x1b[2J{shown}{move}".encode())


if __name__ == "__main__":
    main()
