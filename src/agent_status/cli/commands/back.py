"""The command `back`."""

from typing import Any

import click

from agent_status.cli.navigation import run_move

PLACE = ("Look", 7)


@click.command("back")
def command() -> None:
    """
    Go back to where you were before the first of your last jumps.

    Exit codes: 0 done, 1 nowhere to go, 3 no tmux server.
    """
    run_move(_go_back)


def _go_back(tmux: Any, client: str) -> str:
    from agent_status.actions.jump import jump_back

    jump_back(tmux, client)
    return ""
