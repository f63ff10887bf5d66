"""
A stand-in for the shell from which an agent was started: it logs every key that reaches it.

argv: its log, a file with the agent's next request, and the words that start the agent, to which
the request is added. After the agent has left, it waits at its prompt, then starts it again.
"""

import json
import os
import select
import signal
import sys
import time
import tty
from pathlib import Path

PROMPT_S = 1.2


def start(words: list[str]) -> int:
    """Start the agent in the foreground; return its pid."""
    pid = os.fork()
    if pid == 0:
        os.setpgid(0, 0)
        os.tcsetpgrp(0, os.getpid())
        signal.signal(signal.SIGTTOU, signal.SIG_DFL)
        os.execv(words[0], words)  # noqa: S606  there is no shell in it
    return pid


def wait_at_prompt(log: int) -> None:
    """Take the keyboard back, and log what is typed."""
    os.tcsetpgrp(0, os.getpgrp())
    os.write(1, b"user@host:~$ ")
    tty.setcbreak(0)
    end = time.monotonic() + PROMPT_S
    while (left := end - time.monotonic()) > 0:
        if select.select([0], [], [], left)[0]:
            line = {
                "event": "shell",
                "at": time.monotonic(),
                "id": "",
                "data": repr(os.read(0, 99)),
            }
            os.write(log, (json.dumps(line) + "\n").encode())


def main() -> None:
    """Start the agent, again and again."""
    log = os.open(sys.argv[1], os.O_WRONLY | os.O_APPEND)
    signal.signal(signal.SIGTTOU, signal.SIG_IGN)
    while True:
        os.write(1, b"\x1b[H\x1b[2J")
        os.waitpid(start([*sys.argv[3:], Path(sys.argv[2]).read_text()]), 0)
        wait_at_prompt(log)


if __name__ == "__main__":
    main()
