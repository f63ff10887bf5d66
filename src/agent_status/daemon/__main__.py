"""`python -m agent_status.daemon [--detach] SOCKET`: without the command line's memory."""

import os
import sys


def main(words: list[str]) -> int:
    """Return the exit code; `--detach` leaves the work to a child and returns at once."""
    if words[0] == "--detach" and os.fork():
        return 0
    from agent_status.daemon.run import run  # noqa: PLC0415  after the fork, as it takes time

    return run(words[-1])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
