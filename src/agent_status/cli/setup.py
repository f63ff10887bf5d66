"""Commands that put it into tmux, take it out, and look after it: load, uninstall, doctor."""

import contextlib
import json
import shutil
import sys
from pathlib import Path
from typing import Any

import click

from agent_status.cli.errors import FAILED, NO_TMUX, end


@click.command()
def load() -> None:
    """
    Put keys, badges and summary into this tmux server, and start the daemon.

    A link in ~/.local/bin, if nothing else has that name, makes this program agent-status there.

    This is what agent-status.tmux runs; running it again changes nothing twice.

    Exit codes: 0 done, 1 it could not be done or tmux refused a part of it, 3 no tmux server.
    """
    from agent_status.daemon.control import LaunchError, start
    from agent_status.install import link, plugin
    from agent_status.tmux.client import PartlyError, Tmux, TmuxError, TmuxGoneError, find_socket

    socket = find_socket()
    refused: str = ""
    problems: tuple[Any, ...] = ()
    wanted: bool | None = None
    try:
        program = plugin.find_program()
        try:
            options, problems = plugin.load(Tmux(socket), program)
            wanted = options.link
        except PartlyError as error:
            refused = f"tmux refused a part of it: {error}"
        start(socket)
        with contextlib.suppress(OSError):  # all but the name works without it
            if wanted:
                link.place_link(program[0])
            elif wanted is not None:
                link.remove_link()
    except TmuxGoneError as error:
        end(f"there is no tmux server: {error}", NO_TMUX)
    except (TmuxError, LaunchError, OSError) as error:
        end(str(error), FAILED)
    for problem in problems:
        click.echo(f"agent-status: {problem}", err=True)
    if len(problems) > 1:  # tmux's status line shows the last line
        words = f"{len(problems)} problems, the first: {problems[0]}; all: agent-status doctor"
        click.echo(f"agent-status: {words}", err=True)
    if refused:
        end(refused, FAILED)


@click.command()
@click.option("--purge", is_flag=True, help="Delete its Python environments, logs and journal too.")
def uninstall(*, purge: bool) -> None:
    """
    Take everything back out of this tmux server, and stop the daemon.

    Formats, lengths and key bindings are again what they were, hooks that were installed are out
    of your agents' settings, and the link in ~/.local/bin is gone. Options that you set yourself
    stay, and so does the line in tmux's configuration, which you remove by hand.

    Exit codes: 0 done, 1 something could not be taken back, 3 no tmux server.
    """
    from agent_status.daemon.control import LaunchError, stop
    from agent_status.install import link, plugin
    from agent_status.paths import find_runtime
    from agent_status.tmux.client import Tmux, TmuxError, TmuxGoneError, find_socket

    socket = find_socket()
    troubles: list[tuple[str, int]] = []
    try:
        stop(socket)
        runtime = find_runtime(socket)
        _drop(runtime)
        with contextlib.suppress(OSError):
            runtime.parent.rmdir()
    except (LaunchError, TmuxError, OSError) as error:
        troubles.append((str(error), FAILED))
    try:
        plugin.unload(Tmux(socket))
    except TmuxGoneError as error:
        troubles.append((f"there is no tmux server: {error}", NO_TMUX))
    except TmuxError as error:
        troubles.append((str(error), FAILED))
    troubles += [(words, FAILED) for words in _unhook()]
    try:
        link.remove_link()
    except OSError as error:
        troubles.append((str(error), FAILED))
    if purge:
        troubles += [(words, FAILED) for words in _purge()]
    if troubles:
        end("\n".join(words for words, _ in troubles), troubles[0][1])
    click.echo("agent-status is out of this tmux server.")
    click.echo("To keep it out, remove its line from tmux's configuration.")


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def doctor(*, as_json: bool) -> None:
    """
    Say what is right and wrong with the installation, and how to mend it.

    Exit codes: 0 no problem, 1 at least one.
    """
    from agent_status import doctor as surgery
    from agent_status.daemon.control import find_log
    from agent_status.features.badges.formats import SAVED
    from agent_status.features.badges.placement import FORMATS
    from agent_status.install import plugin
    from agent_status.options import parse_options
    from agent_status.tmux.client import Tmux, TmuxError, find_socket
    from agent_status.tmux.server_state import read_server

    socket = find_socket()
    try:
        server = read_server(Tmux(socket), FORMATS, SAVED)
    except TmuxError:
        server = None
    try:
        log = find_log(socket)
    except OSError:
        log = None
    findings = surgery.examine(server, socket, log)
    if server:
        options = parse_options(server.options)[0]
        taken = {problem.where: problem for problem in plugin.find_taken(server, options)}
        keys = ((option, server.name_key(key)) for option, key in plugin.list_keys(options))
        findings += surgery.examine_keys(keys, plugin.list_held(server), taken)
    if as_json:
        click.echo(json.dumps(surgery.render_json(findings), indent=2))
    else:
        click.echo(surgery.render_text(findings))
    sys.exit(FAILED if any(finding.problem for finding in findings) else 0)


def _unhook() -> list[str]:
    """Take our hooks out of every agent's settings; return what could not be taken out."""
    from agent_status.features.hooks.install import find_place, remove_all
    from agent_status.install.plugin import find_program

    done = remove_all(find_place(find_program()))
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


COMMANDS: tuple[click.Command, ...] = (load, uninstall, doctor)
