"""The command `event`."""

import click

PLACE = ("Tune", 4)


@click.command("event")
def command() -> None:
    """
    Make the daemon read this pane at once; hooks run this.

    Prints nothing and waits for nothing.

    Exit code: always 0.
    """
    from agent_status.fastpath.hook_event import send_event

    send_event()
