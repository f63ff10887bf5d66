"""The command `uninstall`."""

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path

import click

from agent_status.errors import AgentStatusError

PLACE = ("Repair", 4)


@click.command("uninstall")
@click.option(
    "--purge", is_flag=True, help="Also delete its Python environments, logs and journal."
)
def command(*, purge: bool) -> None:
    """
    Take everything out of this tmux server again, and stop the daemon.

    Restores formats, lengths and key bindings, and removes installed hooks from your agents'
    settings and the link in ~/.local/bin. Options that you set yourself stay, and so does the line
    in tmux's configuration, which you remove by hand.

    Exit codes: 0 done, 1 something could not be restored or removed, 3 no tmux server.
    """
    from agent_status.daemon.control import stop
    from agent_status.install import link, plugin
    from agent_status.paths import find_runtime
    from agent_status.tmux.client import Tmux, find_socket

    socket = find_socket()
    troubles: list[AgentStatusError] = []
    with _collect(troubles):
        stop(socket)
        runtime = find_runtime(socket)
        _drop(runtime)
        with contextlib.suppress(OSError):
            runtime.parent.rmdir()
    with _collect(troubles):
        plugin.unload(Tmux(socket))
    troubles += map(AgentStatusError, _unhook())
    with _collect(troubles):
        link.remove_link()
    if purge:
        troubles += map(AgentStatusError, _purge())
    for trouble in troubles[1:]:
        click.echo(f"Error: {trouble.describe()}", err=True)
    if troubles:
        raise troubles[0]
    click.echo("agent-status is out of this tmux server.")
    click.echo("To keep it out, remove its line from tmux's configuration.")


@contextlib.contextmanager
def _collect(troubles: list[AgentStatusError]) -> Iterator[None]:
    """Add what goes wrong within to `troubles`: the rest is taken back all the same."""
    try:
        yield
    except AgentStatusError as error:
        troubles.append(error)
    except OSError as error:
        troubles.append(AgentStatusError(str(error)))


def _unhook() -> list[str]:
    """Take our hooks out of every agent's settings; return what could not be taken out."""
    from agent_status.features.hooks.install import make_context, remove_all
    from agent_status.install.plugin import find_program

    done = remove_all(make_context(find_program()))
    for outcome in done:
        if outcome.done:
            click.echo(outcome.words or f"The hooks are out of {outcome.path}.")
    return [f"{outcome.path}: {outcome.words}" for outcome in done if not outcome.done]


def _purge() -> list[str]:
    """
    Delete our folders of data and state; return what could not be deleted, such as a link.

    The environment that runs this goes with them.
    """
    from agent_status.paths import find_data, find_state

    folders = (find_data(), find_state())
    for folder in folders:
        _drop(folder)
    left = (folder for folder in folders if folder.is_symlink() or folder.exists())
    return [f"{folder} could not be deleted: delete it, and where it leads to" for folder in left]


def _drop(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
