"""The command `permissions`."""

import json
import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import click

from agent_status.cli.target import find_pane
from agent_status.errors import AgentStatusError

if TYPE_CHECKING:
    from agent_status.features.journal.permissions import Permission

PLACE = ("Look", 5)
MAX_ENTRIES = 100_000
MAX_COMMANDS = 8
MAX_WIDTH = 160


@click.command("permissions")
@click.argument("pane", required=False, default="")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line, all of it verbatim.")
def command(*, pane: str, as_json: bool) -> None:
    """
    Print the answers that ended further requests, and what ran since without one.

    Such as `Yes, and don't ask again for make`: who gave it, when and where, in the option's own
    words, and the calls of the same program after it, as far as the journal reaches back. Answers
    that were typed in the agent's own pane are not known by their words.

    Exit codes: 0 done (also with nothing to show), 1 no such pane or the journal cannot be
    read, 3 no tmux server.
    """
    from agent_status.features.journal import Kind, find_journal, open_journal
    from agent_status.features.journal.permissions import find_permissions, render_permissions
    from agent_status.paths import find_state
    from agent_status.tmux.client import find_socket

    server = find_socket() if pane else ""
    troubles: list[str] = []
    with open_journal(find_journal(find_state()), server, troubles.append) as journal:
        target = pane if re.fullmatch(r"%\d{1,9}", pane) or not pane else find_pane(pane).pane
        entries = [
            *journal.read_log(target, 0.0, MAX_ENTRIES, Kind.ANSWER, server),
            *journal.read_log("", 0.0, MAX_ENTRIES, Kind.RAN, server),
        ]
    if troubles:
        raise AgentStatusError(troubles[0])
    found = find_permissions(entries)
    if as_json:
        for one in render_permissions(found):
            click.echo(json.dumps(one))
    elif found:
        click.echo("\n".join(_render(found)))
    else:
        click.echo("No answer in the journal has ended further requests.", err=True)


def _render(found: "Iterable[Permission]") -> Iterator[str]:
    import time

    from agent_status.model import clip_text
    from agent_status.model.plain import clean_text, reveal_text

    for one in found:
        answer = one.answer
        at = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(answer.at))
        place = (answer.pane, answer.agent, answer.folder, str(answer.facts.get("who") or ""))
        yield clean_text("  ".join(filter(None, (at, *place))))
        yield f"  {clip_text(reveal_text(one.label), MAX_WIDTH)}"
        yield f"  for: {clip_text(reveal_text(one.about), MAX_WIDTH)}"
        danger = f", {one.dangerous} of them dangerous" if one.dangerous else ""
        yield f"  since then without a request: {len(one.calls)} calls{danger}"
        commands = one.count_commands()
        for words, count in commands[:MAX_COMMANDS]:
            yield f"    {count} x {clip_text(reveal_text(words), MAX_WIDTH)}"
        if commands[MAX_COMMANDS:]:
            yield f"    and {len(commands) - MAX_COMMANDS} more"
