"""The command `check`."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import asdict
from types import FrameType

import click

from agent_status.cli.asking import ask_daemon
from agent_status.cli.paging import hold_keys
from agent_status.cli.target import PANE, find_agent
from agent_status.errors import AgentStatusError
from agent_status.model.plain import clean_text, render_json
from agent_status.protocol.messages import CheckStart, RecordCheck, StartCheck

PLACE = ("Review", 4)
SIGNALLED = 128


@click.command("check")
@PANE
@click.option("--here", is_flag=True, help="Run it in this terminal, and end with its exit code.")
@click.option("--wait", is_flag=True, help="With --here: wait for a key at the end.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object: what runs, and where.")
def command(pane: str | None, *, here: bool, wait: bool, as_json: bool) -> None:
    """
    Run your command for the project of the agent in PANE, and keep its result.

    It runs in a new window of the agent's session, in the top folder of the checkout. The command
    comes from your own checks.toml, never from a file of the project: see agent-status help review.

    Exit codes: 0 started, 1 no such agent, no checkout, no command or no window, 3 no tmux server,
    4 no daemon, 6 refused.
    """
    ref = find_agent(pane)
    found = ask_daemon(StartCheck(ref, here=here))
    if not here:
        words = f"{found.command} runs in {found.root}, window {found.place}."
        click.echo(render_json(asdict(found), 2) if as_json else clean_text(words))
        return
    began_at = time.time()
    status = _run(found)
    ended_at = time.time()
    trouble = ""
    try:
        ask_daemon(RecordCheck(ref, found.root, began_at, ended_at, status))
    except AgentStatusError as error:
        trouble = str(error)
    _finish(found, status, ended_at - began_at, trouble, as_json=as_json)
    if wait:
        click.echo("Any key closes this.", nl=False)
        with hold_keys():
            os.read(sys.stdin.fileno(), 1)
    sys.exit(status)


def _run(found: CheckStart) -> int:
    """Run the command and return its exit status; a key that interrupts it doesn't end us."""
    signal.signal(signal.SIGINT, _continue)
    click.echo(clean_text(f"$ {found.command}"), err=True)
    try:
        code = subprocess.run(["/bin/sh", "-c", found.command], cwd=found.root, check=False)
    except OSError as error:
        message = f"it can't be run in {found.root}: {error}"
        raise AgentStatusError(message) from error
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    return code.returncode if code.returncode >= 0 else SIGNALLED - code.returncode


def _continue(_: int, __: FrameType | None) -> None:
    """Leave an interrupt to the command."""


def _finish(found: CheckStart, status: int, took_s: float, trouble: str, *, as_json: bool) -> None:
    if as_json:
        data = asdict(found) | {"exit_status": status, "took_s": round(took_s, 3)}
        click.echo(render_json(data | {"trouble": trouble}, 2))
        return
    kept = f"not kept: {trouble}" if trouble else "kept"
    click.echo(clean_text(f"Exit status {status} after {took_s:.1f} s; the result is {kept}."))
