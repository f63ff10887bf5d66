"""The command `report`."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from agent_status.cli.target import PANE, find_pane, split_target
from agent_status.errors import AgentStatusError

if TYPE_CHECKING:
    from agent_status.recordings.redaction import Person

PLACE = ("Tune", 8)


@click.command("report")
@PANE
@click.argument("file", required=False)
@click.option(
    "--minutes", type=click.FloatRange(0.1, 30), default=5.0, help="How far back; 5 by default."
)
def command(pane: str | None, file: str | None, minutes: float) -> None:
    """
    Write the last minutes of PANE to a recording, for when its badge was wrong.

    FILE, by default a new one in this folder, must not exist; without PANE its name ends in .cast.
    It is a recording that `replay`, `explain`, `play` and `label` read, with the current evidence
    in its header. It holds the exact bytes where the daemon reads those and nothing is masked.
    Keys, tokens, passwords, e-mail addresses, your home, your name and the machine's are masked as
    far as they are recognised: read it before you share it. Only you can open it.

    Exit codes: 0 done, 1 no such pane, nothing kept or no file, 3 no tmux server, 4 no daemon.
    """
    from agent_status.protocol.client import DaemonClient
    from agent_status.recordings import read_report, write_report
    from agent_status.recordings.redaction import Masker, describe_found
    from agent_status.tmux.client import find_socket

    masker = Masker(_find_person())
    pane, file = split_target(pane, file, lambda word: not word.endswith(".cast"))
    try:
        target = find_pane(pane)
        with DaemonClient.open(find_socket()) as client:
            kept = read_report(client.ask, target)
        place = Path(file) if file else _find_free_name(kept.agent or "pane")
        seconds = write_report(kept, place, masker, minutes * 60, _find_command(kept.hint))
    except FileExistsError as error:
        message = f"{error.filename} is there already; name another file"
        raise AgentStatusError(message) from error
    click.echo(f"{place}: {seconds:.0f} s; masked: {describe_found(masker.found)}")
    click.echo(
        f"Read it before you share it: agent-status play {place}\n"
        f"Add what was true in it:     agent-status label {place} SECONDS LABEL"
    )


def _find_person() -> "Person":
    import contextlib
    import getpass
    import platform

    from agent_status.paths import find_home
    from agent_status.recordings.redaction import Person

    user = ""
    with contextlib.suppress(KeyError, OSError):  # a user who is a number, as in a container
        user = getpass.getuser()
    return Person(user, str(find_home()), platform.node())


def _find_free_name(kind: str) -> Path:
    import time

    return Path(f"agent-status-{kind}-{time.strftime('%Y%m%d-%H%M%S')}.cast")


def _find_command(hint: str) -> str:
    """Return the name of a program of the agent that only the user's hint declares."""
    from agent_status.agents.files import load_agents
    from agent_status.paths import find_config

    rules = load_agents(find_config())[0].find(hint) if hint else None
    return rules.identify.names[0] if rules and rules.identify.names else ""
