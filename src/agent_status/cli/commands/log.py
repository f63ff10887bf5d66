"""The command `log`."""

import json
import re
import time

import click

from agent_status.cli.target import find_pane
from agent_status.errors import AgentStatusError

PLACE = ("Look", 4)
KINDS = ("answers", "asks", "states", "reviews", "notes", "unattended", "ran", "modes")


@click.command("log")
@click.argument("pane", required=False, default="")
@click.option("--since", default="", metavar="TIME", help="Such as 2h, 3d, 2026-11-23.")
@click.option("--kind", type=click.Choice(KINDS), help="Only what is of this kind.")
@click.option("--ran", "kind", flag_value="ran", help="The same as --kind ran.")
@click.option("--limit", type=click.IntRange(1, 100_000), default=200, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line, all of it verbatim.")
def command(*, pane: str, since: str, kind: str | None, limit: int, as_json: bool) -> None:
    """
    Print what happened, was requested and was decided, the newest last.

    PANE is an id such as %3, even of a pane that is gone; without it, all panes of all tmux
    servers are shown. `--kind unattended` shows what was decided without you, `--ran` the commands
    and changes of files that were not only looks, with their grade.

    Exit codes: 0 done (also with nothing to show), 1 no such pane or the journal cannot be
    read, 2 no such time, 3 no tmux server.
    """
    from agent_status.features.journal import find_journal, open_journal, render_entry
    from agent_status.features.journal.describe import NAMES, parse_since, render_log
    from agent_status.paths import find_state
    from agent_status.tmux.client import find_socket

    try:
        start = parse_since(since, time.time()) if since else 0.0
    except (ValueError, OverflowError, OSError) as error:
        message = f"{since!r} is no time: use 2h, 3d, 2026-11-23 or 2026-11-23T14:00"
        raise click.BadParameter(message, param_hint="--since") from error
    server = find_socket() if pane else ""
    chosen = NAMES[kind].value if kind else ""
    troubles: list[str] = []
    with open_journal(find_journal(find_state()), server, troubles.append) as journal:
        entries = journal.read_log(_find_pane(pane), start, limit, chosen, server)
    if troubles:
        raise AgentStatusError(troubles[0])
    if as_json:
        for entry in entries:
            click.echo(json.dumps(render_entry(entry)))
    elif entries:
        click.echo(render_log(entries), nl=False)
    else:
        click.echo("Nothing of that kind is in the journal.", err=True)


def _find_pane(target: str) -> str:
    """Return the id of a pane; one that is written as an id may be gone."""
    if not target or re.fullmatch(r"%\d{1,9}", target):
        return target
    return find_pane(target).pane
