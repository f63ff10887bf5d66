"""The command `checkpoint`."""

import click

from agent_status.cli.errors import Program
from agent_status.errors import AgentStatusError
from agent_status.model.plain import clean_text, show_name

PLACE = ("Review", 6)
MIN_ID = 4


@click.group("checkpoint", cls=Program)
def command() -> None:
    """Get the files of an earlier turn back, onto a new branch."""


@command.command("restore")
@click.argument("checkpoint", metavar="ID")
@click.option("--branch", required=True, metavar="NAME", help="The new branch.")
def restore(checkpoint: str, branch: str) -> None:
    """
    Put the files as they were at the end of a turn onto the new branch NAME.

    ID is what `agent-status checkpoints` prints, or its beginning. The branch has one commit more
    than what was checked out then. Nothing else is touched: your files, the index and what is
    checked out stay as they are. No daemon is needed.

    Exit codes: 0 done, 1 no such checkpoint, its files are no longer kept, the branch exists or
    git refuses.
    """
    from agent_status.features.review.restore import restore as put
    from agent_status.features.review.turns import find_turns
    from agent_status.paths import find_state

    stores = find_state() / "review"
    found = list(find_turns(stores / "turns", checkpoint)) if len(checkpoint) >= MIN_ID else []
    if len(found) != 1:
        several = f"{len(found)} checkpoints begin with" if found else "There is no checkpoint"
        message = f"{several} {clean_text(checkpoint)}: agent-status checkpoints lists them"
        raise AgentStatusError(message)
    done = put(stores, found[0], branch)
    click.echo(f"Branch {clean_text(done.branch)} is at {done.commit}.")
    for path in done.missing:
        click.echo(f"{show_name(path)} is over 1 MB and isn't kept: as in the commit before.")
    click.echo(f"See it: git -C {show_name(found[0].root)} log -p -1 {clean_text(done.branch)}")
