"""The command `doctor`."""

import json
import sys

import click

from agent_status.errors import AgentStatusError

PLACE = ("Repair", 1)


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def command(*, as_json: bool) -> None:
    """
    List what is right and wrong with the installation, with a fix for each problem.

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
    sys.exit(AgentStatusError.exit_code if any(one.problem for one in findings) else 0)
