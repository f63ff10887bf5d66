"""`python -m agent_status.daemon [--detach] SOCKET`: without the command line's memory."""

import os
import sys


def main(words: list[str]) -> int:
    """Return the exit code; `--detach` prints a child's pid, leaves the work to it and returns."""
    if words[0] == "--detach" and _fork():
        return 0
    from agent_status.daemon.run import run  # noqa: PLC0415  after the fork, as it takes time

    return run(words[-1])


def _fork() -> int:
    """Return the child's pid, printed; in the child 0, with none of the caller's files open."""
    pid = os.fork()
    if pid:
        print(pid)  # noqa: T201  the process that started us waits for it
    else:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return pid


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
