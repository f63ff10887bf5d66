"""Commands that go somewhere: choose, next, back, jump."""

import contextlib
import os
import sys
from collections.abc import Callable
from typing import Any

import click

CLIENT = "AGENT_STATUS_CLIENT"
"""A key binding names its client here; a popup has no other way to learn which one shows it."""

ROUND_OVER = "That was the last agent that needs you. Press again to start over."


@click.command()
@click.option(
    "--client", default="", help="The client to take there, instead of the one of the key."
)
@click.option("--stand-by", metavar="SOCKET", default="", hidden=True)
def choose(client: str, stand_by: str) -> None:
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
        _move(lambda tmux, _: _choose(tmux, client, run_outside), "")
    except SystemExit as done:
        end_process(int(done.code or 0))


@click.command("next")
def go_next() -> None:
    """
    Jump to the agent that needs you first; again, to the next one.

    It goes round: to each agent that needs you once, in the order of the list. After the last one
    it says so, and then starts over. `back` returns to where you were before.

    Exit codes: 0 done (also when no agent needs you), 1 refused by tmux, 3 no tmux server,
    4 no daemon.
    """
    _move(_go_next)


@click.command()
def back() -> None:
    """
    Go back to where you were before the first of your last jumps.

    Exit codes: 0 done, 1 nowhere to go, 3 no tmux server.
    """
    _move(_go_back)


@click.command()
@click.argument("pane")
def jump(pane: str) -> None:
    """
    Jump to PANE, across sessions and windows.

    PANE is an id such as %3, or a place such as work:1.0. Zoomed windows stay zoomed. A result
    that waits in PANE counts as seen from then on.

    Exit codes: 0 done, 1 no such pane, 3 no tmux server.
    """
    _move(lambda tmux, client: _jump(tmux, tmux.find_pane(pane), client))


def _stand_by(socket: str) -> int:
    """Wait for a popup of the tmux server at `socket`, and choose in it; the daemon starts this."""
    import agent_status.actions.jump
    import agent_status.chooser.app.perform
    import agent_status.chooser.app.startup
    import agent_status.daemon.control  # noqa: F401  the first frame, a jump and an answer are quick
    from agent_status.chooser.standby.session import stand_by
    from agent_status.chooser.standby.warmup import rehearse
    from agent_status.paths import find_runtime

    def choose_there(guest: Any) -> int:
        try:
            _move(lambda tmux, _: _choose(tmux, "", guest.run), "")
        except SystemExit as done:
            return int(done.code or 0)
        return 0

    return stand_by(find_runtime(socket), rehearse, choose_there)


def _choose(tmux: Any, client: str, outside: Callable[[Any], int]) -> str:
    from agent_status.chooser import choose_pane
    from agent_status.model import PaneId

    pane = choose_pane(tmux, lambda: _start_daemon(tmux.socket), outside)
    if not pane:
        return ""
    return _jump(tmux, PaneId(pane), client or _find_viewer(tmux))


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


def _go_next(tmux: Any, client: str) -> str:
    from agent_status.actions.jump import find_client, jump_next
    from agent_status.actions.round import Stop

    guest = find_client(tmux, client)
    waiting = [agent for agent in _read_agents(tmux.socket) if agent["needs_you"]]
    if not waiting:
        return "No agent needs you."
    stops = [
        Stop(one["pane"], one["ask"]["fingerprint"] if one["ask"] else one["state"])
        for one in waiting
        if one["pane"].startswith("%")
    ]
    if all(guest is not None and stop.pane == guest.pane for stop in stops):
        return "No other agent needs you."
    done = jump_next(tmux, stops, client)
    return _see(tmux, done) if done else ROUND_OVER


def _go_back(tmux: Any, client: str) -> str:
    from agent_status.actions.jump import jump_back

    jump_back(tmux, client)
    return ""


def _jump(tmux: Any, pane: Any, client: str) -> str:
    from agent_status.actions.jump import jump_to

    return _see(tmux, jump_to(tmux, pane, client))


def _see(tmux: Any, done: Any) -> str:
    """Count the result where a jump led as seen; return what there is to say."""
    from agent_status.protocol.client import Client, DaemonGoneError, RefusedError

    with contextlib.suppress(DaemonGoneError, RefusedError), Client.open(tmux.socket) as daemon:
        daemon.ask("seen", pane=done.pane, jumped=True)
    return "" if done.client else f"No client is attached; {done.pane} is the current pane now."


def _read_agents(socket: str) -> Any:
    """Return the report's agents; a daemon that was killed is started again first."""
    from agent_status.daemon.control import start
    from agent_status.protocol.client import Client, DaemonGoneError

    try:
        with Client.open(socket) as client:
            return client.ask("list")["agents"]
    except DaemonGoneError:
        start(socket)
    with Client.open(socket) as client:
        return client.ask("list")["agents"]


def _move(go: Callable[[Any, str], str], client: str | None = None) -> None:
    """
    Do it, and say what is to be said where the user will see it.

    That is the status line of `client`: unsaid, of the one whose key it was; here if that is empty.
    """
    from agent_status.actions.jump import NowhereError, tell
    from agent_status.daemon.control import LaunchError
    from agent_status.protocol.client import DaemonGoneError, RefusedError
    from agent_status.tmux.client import Tmux, TmuxError, TmuxGoneError, find_socket

    tmux = Tmux(find_socket())
    client = os.environ.get(CLIENT, "") if client is None else client
    code = 0
    try:
        words = go(tmux, client)
    except (DaemonGoneError, LaunchError) as error:
        words, code = str(error), 4
    except TmuxGoneError as error:
        words, code = f"There is no tmux server: {error}", 3
    except (TmuxError, NowhereError, RefusedError) as error:
        words, code = str(error), 1
    if client and words:
        tell(tmux, client, f"agent-status: {words}")
    elif words:
        click.echo(words, err=bool(code))
    # tmux would show an exit code of its key binding's program in a view of its own
    raise SystemExit(0 if client else code)


COMMANDS: tuple[click.Command, ...] = (choose, go_next, back, jump)
