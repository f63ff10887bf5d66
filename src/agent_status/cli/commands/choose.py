"""The command `choose`."""

import contextlib
import os
import sys
from collections.abc import Callable
from typing import Any

import click

from agent_status.cli.navigation import CLIENT, jump_there, run_move

PLACE = ("Look", 5)


@click.command("choose")
@click.option(
    "--client",
    default="",
    help="The tmux client that jumps, instead of the one whose key was pressed.",
)
@click.option("--stand-by", metavar="SOCKET", default="", hidden=True)
def command(client: str, stand_by: str) -> None:
    """
    Choose an agent from a list with its live screen, and jump there.

    Made for a popup, as the key opens it; it works in any pane too.

    Exit codes: 0 done (also when nothing was chosen), 1 refused by tmux, 3 no tmux server.
    """
    from agent_status.chooser import end_process
    from agent_status.fastpath.popup import run_outside

    if stand_by:
        sys.exit(_stand_by(stand_by))
    if not all(stream and stream.isatty() for stream in (sys.stdin, sys.stderr)):
        message = "choose needs a terminal: run it in a pane, or press its key"
        raise click.ClickException(message)
    try:
        run_move(lambda tmux, _: _choose(tmux, client, run_outside), "")
    except SystemExit as done:
        end_process(int(done.code or 0))


def _stand_by(socket: str) -> int:
    """Wait for a popup of the tmux server at `socket`, and choose in it; the daemon starts this."""
    import agent_status.actions.jump
    import agent_status.actions.local
    import agent_status.chooser.app.startup
    import agent_status.daemon.control  # noqa: F401  the first frame, a jump and an answer are quick
    from agent_status.chooser.standby.session import stand_by
    from agent_status.chooser.standby.warmup import warm_up
    from agent_status.paths import find_runtime

    def choose_there(session: Any) -> int:
        try:
            run_move(lambda tmux, _: _choose(tmux, "", session.run), "")
        except SystemExit as done:
            return int(done.code or 0)
        return 0

    return stand_by(find_runtime(socket), warm_up, choose_there)


def _choose(tmux: Any, client: str, outside: Callable[[Any], int]) -> str:
    from agent_status.chooser import choose_pane

    chosen = choose_pane(tmux, lambda: _start_daemon(tmux.socket), outside)
    if not chosen:
        return ""
    return jump_there(tmux, chosen, client or _find_viewer(tmux))


def _find_viewer(tmux: Any) -> str:
    """Return the client that shows this terminal: a pane's, or a popup's, which its key named."""
    from agent_status.actions.jump import find_viewer

    viewer = None
    with contextlib.suppress(OSError):
        viewer = find_viewer(tmux, os.ttyname(sys.stdin.fileno()))
    return os.environ.get(CLIENT, "") if viewer is None else viewer


def _start_daemon(socket: str) -> str:
    """Return nothing, or why the daemon could not be started."""
    from agent_status.daemon.control import LaunchError, start
    from agent_status.tmux.client import TmuxError

    try:
        start(socket)
    except (LaunchError, TmuxError, OSError) as error:
        return str(error)
    return ""
