"""The popup that lists every agent, the one that needs you first on top."""

import os
import sys
from collections.abc import Callable, Sequence
from threading import Thread
from typing import NoReturn

from agent_status.model.ref import AgentRef
from agent_status.tmux.client import Tmux

SIZES = ("COLUMNS", "LINES")
"""A tmux server hands down those of the shell that started it; Textual would trust them."""


def choose_pane(
    tmux: Tmux, start: Callable[[], str], outside: Callable[[Sequence[str]], int]
) -> AgentRef | None:
    """
    Show the chooser in this terminal and return the agent that was chosen, or None.

    `start` starts the daemon and returns what went wrong, if anything; `outside` runs a command
    of ours in this terminal and returns its exit code. The first report is fetched while Textual
    is imported. End the process with `end_process` afterwards. Raises TmuxGoneError.
    """
    from agent_status.chooser.app.startup import Startup  # noqa: PLC0415  slow to import

    startup = Startup(tmux, start)
    reader = Thread(target=startup.read, name="startup", daemon=True)
    reader.start()
    from agent_status.chooser.app.app import Chooser  # noqa: PLC0415  while the reader waits

    reader.join()
    if startup.gone:
        raise startup.gone
    for name in SIZES:
        os.environ.pop(name, None)
    app = Chooser(startup.source, startup.view, startup.theme, outside=outside)
    chosen = app.run()
    if app.return_code:
        end_process(app.return_code)
    return chosen


def end_process(code: int) -> NoReturn:
    """End at once, without waiting for threads that only read keys: the popup closes with it."""
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(code)
