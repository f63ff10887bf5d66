"""The command `send`."""

import sys
from typing import TextIO

import click

from agent_status.cli.target import PANE, is_place, split_target
from agent_status.cli.typing import run_typing
from agent_status.errors import AgentStatusError

PLACE = ("Act", 2)


@click.command("send")
@PANE
@click.argument("text", required=False)
def command(pane: str | None, text: str | None) -> None:
    """
    Send TEXT to the agent in PANE as one message; `-`, or nothing, reads it from stdin.

    TEXT without PANE needs quotes, and more than one word. It is sent only to an agent that is at
    its prompt, with nothing half-typed in its input box. Control characters are removed; several
    lines stay one message.

    Exit codes: 0 sent and accepted, 1 no such pane, no agent in it, or tmux or the daemon failed,
    3 no tmux server, 4 no daemon, 5 the agent is gone, 6 refused, 7 it stands in the
    input box but was not sent.
    """
    pane, text = split_target(pane, text, is_place)
    words = _read_words() if text in {None, "-"} else str(text)
    run_typing(pane, lambda actions: actions.send(words))


def _read_words() -> str:
    stdin: TextIO | None = sys.stdin
    if stdin is None:
        message = "stdin is closed, so there is no message"
        raise AgentStatusError(message)
    return stdin.buffer.read().decode("utf-8", "replace")
