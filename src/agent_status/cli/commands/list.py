"""The command `list`."""

import click

from agent_status.protocol.messages import List

PLACE = ("Look", 1)


@click.command("list")
@click.option("--json", "as_json", is_flag=True, help="The report as report.schema.json has it.")
@click.option("--schema", is_flag=True, help="Print the JSON Schema of the report and end.")
def command(*, as_json: bool, schema: bool) -> None:
    """
    List every agent, the one that needs you first on top.

    Exit codes: 0 done (also with no agent), 3 no tmux server, 4 no daemon.
    """
    if schema:
        from importlib.resources import files

        click.echo(
            (files("agent_status.protocol") / "report.schema.json").read_text("utf-8"), nl=False
        )
        return
    from agent_status.protocol.client import DaemonClient
    from agent_status.tmux.client import find_socket

    with DaemonClient.open(find_socket()) as client:
        if as_json:
            from agent_status.model.plain import render_json

            click.echo(render_json(client.ask_raw(List()), 2))
        else:
            from agent_status.cli.table import render_table

            click.echo(render_table(client.ask(List()), _find_width()), nl=False)


def _find_width() -> int:
    import shutil

    return shutil.get_terminal_size((100, 24)).columns
