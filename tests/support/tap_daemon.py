"""
A process that taps every pane of a server and ticks until it is killed, as the daemon does.

Run as `python -m tests.support.tap_daemon SOCKET`; prints the panes' modes after each tick.
"""

import contextlib
import subprocess
import sys
from collections.abc import Iterator

from tests.support.places import ROOT
from tests.support.tap_lab import TapLab
from tests.support.tmux_lab import Lab, wait_for

READ_S = 0.1


@contextlib.contextmanager
def spawn_taps(lab: Lab) -> Iterator[subprocess.Popen[str]]:
    """Yield such a process once it has tapped every pane; it is killed at the end."""
    child = subprocess.Popen(
        [sys.executable, "-m", __name__, lab.inner],
        cwd=ROOT,
        env=lab.env,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        wait_for(lambda: child.stdout and set(child.stdout.readline().split()) == {"emulate"})
        yield child
    finally:
        child.kill()
        child.communicate()


def main(socket: str) -> None:
    """Tick until somebody kills us."""
    taps = TapLab(socket)
    while True:
        taps.tick()
        modes = (one.value for one in taps.taps.find_modes().values())
        sys.stdout.write(f"{' '.join(modes)}\n")
        sys.stdout.flush()
        taps.read(READ_S)


if __name__ == "__main__":
    main(sys.argv[1])
