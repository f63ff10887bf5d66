"""The command `risk`."""

import json
import os
import sys
from collections.abc import Iterator

import click

from agent_status.cli.asking import ask_daemon
from agent_status.errors import AgentStatusError
from agent_status.model import Ask, Risk, State, Verb
from agent_status.protocol.messages import May

PLACE = ("Tune", 1)


@click.command("risk")
@click.argument("command", required=False, metavar="COMMAND|-")
@click.option("--cwd", default=".", metavar="DIR", help="The folder in which it would run.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object for each command.")
@click.option(
    "--confirm",
    is_flag=True,
    help="Allow your risk.toml to lower the grades that it names, from now on.",
)
def command(*, command: str | None, cwd: str, as_json: bool, confirm: bool) -> None:
    """
    Print the grade of a shell command: harmless, writes or dangerous, and why.

    COMMAND is in quotes; `-` reads one command from each line of stdin. Your own table in
    ~/.config/agent-status/risk.toml counts; it lowers a grade only after you have confirmed it, and
    confirmed it again after each change.

    Exit codes: 0 done, with any grade, 1 nothing to confirm, 2 no command; for --confirm, which
    only you may use, 3 no tmux server, 4 no daemon, which checks who calls, 6 refused.
    """
    if confirm:
        click.echo(_confirm())
    if command is None:
        if confirm:
            return
        message = "Missing argument 'COMMAND|-'."
        raise click.UsageError(message)
    lines = _read_lines() if command == "-" else iter((command,))
    for line, found in _grade(lines, cwd):
        click.echo(_render_json(line, found) if as_json else _render(found))


def _grade(lines: Iterator[str], cwd: str) -> Iterator[tuple[str, Risk]]:
    from agent_status.features.risk.feature import find_home, grade_soon
    from agent_status.features.risk.loader import parse_tables
    from agent_status.features.risk.policy import make_working_dir
    from agent_status.features.risk.table_files import read_risk_files
    from agent_status.paths import find_config, find_state
    from agent_status.system.checkout import find_root

    files = read_risk_files(find_config(), find_state())
    tables, refused = parse_tables(files.tables, confirmed=files.is_confirmed)
    for problem in (*files.problems, *refused):
        click.echo(f"Warning: {problem}", err=True)
    folder = os.path.abspath(cwd)  # noqa: PTH100  links stay as they are, as for panes
    place = make_working_dir(folder, find_root(folder), find_home())
    for line in lines:
        yield line, grade_soon(Ask(State.APPROVAL, command=line), place, tables)


def _read_lines() -> Iterator[str]:
    """Yield every line of stdin without its end; it may hold any bytes."""
    for line in sys.stdin.buffer:
        yield line.removesuffix(b"\n").decode("utf-8", "replace")


def _render(found: Risk) -> str:
    from agent_status.model.plain import clean_text

    return clean_text(f"{found.grade.value}: {'; '.join(found.reasons)}").removesuffix(": ")


def _render_json(line: str, found: Risk) -> str:
    data = {"command": line, "grade": found.grade.value, "reasons": list(found.reasons)}
    return json.dumps(data)


def _confirm() -> str:
    """Remember the user's table as it is, and return what that means; raise CallerError."""
    ask_daemon(May(verb=Verb.CONFIRM))  # raises unless the user calls
    from agent_status.features.risk.loader import parse_tables
    from agent_status.features.risk.table_files import NAME, confirm, read_risk_files
    from agent_status.paths import find_config, find_state

    files = read_risk_files(find_config(), find_state())
    tables, refused = parse_tables(files.tables)
    for problem in (*files.problems, *refused):
        raise AgentStatusError(str(problem))
    if not files.digest:
        message = f"{find_config() / NAME} is not there: nothing to confirm"
        raise AgentStatusError(message)
    confirm(find_state(), files.digest)
    return f"confirmed: it lowers {', '.join(tables.pending) or 'nothing'}"
