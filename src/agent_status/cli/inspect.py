"""Commands that show what the agents do: list, watch, explain."""

from pathlib import Path
from stat import S_ISREG
from typing import Any

import click

from agent_status.cli.errors import FAILED, drop_output, end, end_without_daemon, ending
from agent_status.cli.target import find_pane


@click.command("list")
@click.option("--json", "as_json", is_flag=True, help="The report as report.schema.json has it.")
@click.option("--schema", is_flag=True, help="Print the JSON Schema of the report and end.")
def list_agents(*, as_json: bool, schema: bool) -> None:
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
    report = _ask("list")
    if as_json:
        from agent_status.model.plain import render_json

        click.echo(render_json(report, 2))
    else:
        from agent_status.cli.table import render_table

        width = _find_width()
        click.echo(render_table(report, width), nl=False)


@click.command()
@click.option("--json", "as_json", is_flag=True, required=True, help="One report a line.")
def watch(*, as_json: bool) -> None:  # noqa: ARG001  the only form there is
    """
    Print the report now and again whenever it changes, one JSON object a line.

    Ends with Ctrl-C, or when the reader closes the pipe.

    Exit codes: 0 ended, 3 no tmux server, 4 no daemon or it ended.
    """
    from agent_status.model.plain import render_json
    from agent_status.protocol.client import Client, DaemonGoneError
    from agent_status.tmux.client import find_socket

    try:
        with Client.open(find_socket()) as client:
            for report in client.watch():
                click.echo(render_json(report))
    except KeyboardInterrupt:
        return
    except BrokenPipeError:
        drop_output()
    except DaemonGoneError as error:
        end_without_daemon(error)


@click.command()
@click.argument("target", metavar="[PANE|FILE]", required=False)
@click.option(
    "--at", "at_s", type=float, help="Seconds from the start of FILE; its end if left out."
)
def explain(target: str | None, at_s: float | None) -> None:
    """
    Say why a pane shows the badge that it shows.

    Prints all evidence, the winner first, what is asked, and the text of the screen's regions
    that rules look at. Without an agent in PANE: which processes were looked at, why none of them
    is one, and how to declare it. FILE is a recording.

    Exit codes: 0 done, 1 no such pane or no recording, 3 no tmux server, 4 no daemon.
    """
    file = _find_file(target) if target else None
    if file:
        click.echo(_explain_file(file, at_s), nl=False)
        return
    with ending():
        pane = find_pane(target)
    click.echo(_ask("explain", pane=pane)["text"], nl=False)


def _find_file(target: str) -> Path | None:
    """Return the file that is meant; None for what may be a pane."""
    try:
        is_file = not target.startswith("%") and S_ISREG(Path(target).stat().st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        end(f"{target}: {error.strerror}", FAILED)
    return Path(target) if is_file else None


def _explain_file(file: Path, at_s: float | None) -> str:
    from agent_status.agents.files import load_agents
    from agent_status.paths import find_config
    from agent_status.protocol.explanation import render_found
    from agent_status.recordings.replay import find_at
    from agent_status.terminal.asciicast import RecordingError, open_recording

    try:
        found, at = find_at(open_recording(file), load_agents(find_config())[0], at_s)
    except RecordingError as error:
        end(str(error), FAILED)
    return render_found(found, f"{file.name} at {at:.2f} s", at)


def _ask(op: str, **args: Any) -> Any:
    from agent_status.protocol.client import Client
    from agent_status.tmux.client import find_socket

    with ending(), Client.open(find_socket()) as client:
        return client.ask(op, **args)


def _find_width() -> int:
    import shutil

    return shutil.get_terminal_size((100, 24)).columns


COMMANDS: tuple[click.Command, ...] = (list_agents, watch, explain)
