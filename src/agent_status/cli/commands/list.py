"""The command `list`."""

import click

from agent_status.cli.asking import ask_daemon

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
    report = ask_daemon("list")
    if as_json:
        from agent_status.model.plain import render_json

        click.echo(render_json(report, 2))
    else:
        from agent_status.cli.table import render_table

        width = _find_width()
        click.echo(render_table(report, width), nl=False)


def _find_width() -> int:
    import shutil

    return shutil.get_terminal_size((100, 24)).columns
