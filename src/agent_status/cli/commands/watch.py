"""The command `watch`."""

import click

from agent_status.cli.errors import drop_output

PLACE = ("Look", 2)


@click.command("watch")
@click.option("--json", "as_json", is_flag=True, required=True, help="One report a line.")
def command(*, as_json: bool) -> None:  # noqa: ARG001  the only form there is
    """
    Print the report now, and again after each change, one JSON object a line.

    Ends with Ctrl-C, or when the reader closes the pipe.

    Exit codes: 0 ended, 3 no tmux server, 4 no daemon or it ended.
    """
    from agent_status.model.plain import render_json
    from agent_status.protocol.client import DaemonClient
    from agent_status.tmux.client import find_socket

    try:
        with DaemonClient.open(find_socket()) as client:
            for report in client.watch_raw():
                click.echo(render_json(report))
    except KeyboardInterrupt:
        return
    except BrokenPipeError:
        drop_output()
