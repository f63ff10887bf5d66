"""The command `help`."""

import click

from agent_status.errors import AgentStatusError

PLACE = ("Look", 9)
MAX_WIDTH = 100
"""Columns of text; longer lines are hard to read."""


@click.command("help")
@click.argument("topic", required=False)
def command(topic: str | None) -> None:
    """
    Show the page about TOPIC, or list the topics.

    In a terminal the page goes through $PAGER, or less. The name of a command shows its help.

    Exit codes: 0 done, 1 no such topic.
    """
    from agent_status.cli.pages import list_topics, read_topic

    topics = list_topics()
    commands = click.get_current_context().find_root().command
    if topic is None:
        click.echo(_list(topics), nl=False)
    elif topic in topics:
        _page(read_topic(topic))
    elif isinstance(commands, click.Group) and topic in commands.commands:
        commands.main([topic, "--help"], prog_name="agent-status", standalone_mode=False)
    else:
        raise AgentStatusError(_describe_unknown(topic, topics))


def _list(topics: list[str]) -> str:
    from agent_status.cli.pages import find_summary, read_topic

    width = max(map(len, topics))
    rows = [f"{topic:{width}}  {find_summary(read_topic(topic))}\n" for topic in topics]
    return "".join(["agent-status help TOPIC shows a page about:\n\n", *rows])


def _page(text: str) -> None:
    import os
    import shutil

    from agent_status.cli.markdown import render_markdown

    os.environ.setdefault("LESS", "-FRX")  # as git does: one screen needs no pager
    width = min(shutil.get_terminal_size((MAX_WIDTH, 24)).columns, MAX_WIDTH)
    click.echo_via_pager(render_markdown(text, width))


def _describe_unknown(topic: str, topics: list[str]) -> str:
    from difflib import get_close_matches

    close = get_close_matches(topic, topics, 1)
    hint = f"did you mean {close[0]}?" if close else "agent-status help lists them"
    return f"no topic {topic}: {hint}"
