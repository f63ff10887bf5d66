"""The command `event`."""

import click

PLACE = ("Tune", 4)


@click.command("event")
def command() -> None:
    """
    Make the daemon look at this pane at once: what a hook runs.

    Prints nothing and waits for nothing.

    Exit codes: 0 whatever happens.
    """
    from agent_status.fastpath.hook_event import send_event

    send_event()
