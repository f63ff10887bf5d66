"""The command `compare`."""

import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import click

from agent_status.cli.target import find_agent
from agent_status.cli.trees import take_trees
from agent_status.errors import AgentStatusError
from agent_status.model.attention import render_duration
from agent_status.model.groups import find_groups
from agent_status.model.plain import clean_text, reveal_text, show_name
from agent_status.model.ref import AgentRef
from agent_status.protocol.messages import List, ReadReview, ReviewFacts
from agent_status.protocol.rows import AgentRow

PLACE = ("Review", 4)
MAX_PANES = 9
MAX_ALONE = 500
"""Files of one attempt that are listed as only there."""
MAX_TABLE_NAMES = 8
LABEL = 10
"""Columns of what a row is called."""
MIN_CELL = 12
NO_GROUPS = "No two agents have the same first prompt in worktrees of one repository."
PROMPT = 60
Attempt = Mapping[str, Any]
"""The facts about one attempt, as JSON has them."""


@click.command("compare")
@click.argument("panes", nargs=-1, metavar="[PANE]...")
@click.option("--diff", "as_diff", is_flag=True, help="Show git's diff of the two trees.")
@click.option("--no-pager", is_flag=True, help="Print the diff without a pager.")
@click.option("--wait", is_flag=True, help="Wait for a key if the pager does not, as in a popup.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def command(
    *, panes: tuple[str, ...], as_diff: bool, no_pager: bool, wait: bool, as_json: bool
) -> None:
    """
    Compare what several agents made of one task, a column for each PANE.

    Files and lines count from the last commit that all of them come from, up to the files of now.
    Nothing is judged, merged or deleted. The worktrees may belong to one repository or to clones of
    it. Without PANE, it lists agents with the same first prompt in worktrees of one repository.

    Exit codes: 0 done (also without any group), 1 no such agent, no checkout or git refuses, 3 no
    tmux server, 4 no daemon.
    """
    if not panes:
        _list_groups(as_json=as_json)
        return
    refs = tuple(dict.fromkeys(map(find_agent, panes)))
    if not 1 < len(refs) <= MAX_PANES or (as_diff and len(refs) > 2):  # noqa: PLR2004
        most = "two panes" if as_diff else f"2 to {MAX_PANES} panes"
        message = f"Name {most} to compare; these are {len(refs)}"
        raise click.UsageError(message)
    rows, facts = _ask_all(refs)
    attempts = [take_trees(one.folder, one.stores, one.apart) for one in facts]
    if as_diff:
        _show_diff(attempts, no_pager=no_pager, wait=wait)
        return
    data = _describe(rows, facts, attempts)
    if as_json:
        from agent_status.model.plain import render_json

        click.echo(render_json(data, 2))
        return
    click.echo(_render_table(data, _find_width()), nl=False)


def _ask_all(refs: Sequence[AgentRef]) -> tuple[list[AgentRow], list[ReviewFacts]]:
    """Return what the report and the review say about each agent."""
    from agent_status.protocol.client import DaemonClient
    from agent_status.tmux.client import find_socket

    with DaemonClient.open(find_socket()) as daemon:
        known = {row.ref: row for row in daemon.ask(List()).agents}
        for ref in refs:
            if ref not in known:
                message = f"No agent in {ref}: agent-status explain {ref} says why"
                raise AgentStatusError(message)
        return [known[ref] for ref in refs], [daemon.ask(ReadReview(ref)) for ref in refs]


def _show_diff(attempts: Sequence[Any], *, no_pager: bool, wait: bool) -> None:
    from agent_status.cli.diff_output import page_diff, print_diff
    from agent_status.features.review.attempts import join_attempts

    store = join_attempts(attempts)
    one, other = (parts[0].tree for parts in attempts)
    if one == other:
        click.echo("Both have the same files.")
    elif no_pager or not sys.stdout.isatty():
        print_diff(store, ("--patch-with-stat", one, other))
    else:
        page_diff(store, one, other, wait=wait)


def _describe(
    rows: Sequence[AgentRow], facts: Sequence[ReviewFacts], attempts: Sequence[Any]
) -> dict[str, Any]:
    """Return every fact about the attempts, and the same as the cells of a table."""
    from agent_status.features.review.attempts import (
        compare_attempts,
        find_common_commit,
        join_attempts,
    )

    store = join_attempts(attempts)
    base = find_common_commit(store, attempts)
    bases = [base or _find_base(one, parts) for one, parts in zip(facts, attempts, strict=True)]
    compared = compare_attempts(store, bases, attempts)
    pasts = _read_pasts(rows)
    found = [
        _describe_attempt(row, attempt, past)
        for row, attempt, past in zip(rows, compared, pasts, strict=True)
    ]
    table = [[label, *map(render, found)] for label, render in TABLE.items()]
    return {"base": base, "attempts": found, "table": table}


def _find_base(facts: ReviewFacts, parts: Sequence[Any]) -> str:
    """Return what was acknowledged last, as there is no common commit."""
    return str((facts.base or {}).get("tree") or parts[0].tree)


def _read_pasts(rows: Sequence[AgentRow]) -> list[Any]:
    from agent_status.features.journal import find_journal, open_journal
    from agent_status.features.journal.past import read_past
    from agent_status.paths import find_state
    from agent_status.tmux.client import find_socket

    server, now = find_socket(), time.time()
    with open_journal(find_journal(find_state()), server) as journal:
        return [read_past(journal, row.pane, server, now) for row in rows]


def _describe_attempt(row: AgentRow, attempt: Any, past: Any) -> dict[str, Any]:
    """Return the facts about one attempt."""
    comparison = attempt.comparison
    checks = row.facets.get("checks")
    return {
        "pane": str(row.ref),
        "place": row.place,
        "agent": row.name or row.agent,
        "folder": row.folder,
        "branch": row.branch,
        "state": row.state.value,
        "worked_s": round(past.worked_s, 1),
        "files": comparison.files,
        "added": comparison.added,
        "removed": comparison.removed,
        "only_here": list(attempt.alone[:MAX_ALONE]),
        "checks": checks.words if checks else "",
        "waits": past.waits,
        "waited_s": round(past.waited_s, 1),
        "denied": past.denied,
        "dangerous": list(past.dangerous),
        "delicate": list(row.changes.risks),
    }


def _join(values: Sequence[str]) -> str:
    """Return the first of some texts, inert, and the number of others."""
    more = f" and {len(values) - MAX_TABLE_NAMES} more" if len(values) > MAX_TABLE_NAMES else ""
    return ", ".join(map(show_name, values[:MAX_TABLE_NAMES])) + more


def _render_waits(one: Attempt) -> str:
    return f"{one['waits']}, {render_duration(one['waited_s'])} in all" if one["waits"] else "0"


TABLE: Mapping[str, Callable[[Attempt], str]] = {
    "agent": lambda one: reveal_text(one["agent"]),
    "folder": lambda one: show_name(one["folder"]),
    "branch": lambda one: show_name(one["branch"]),
    "state": lambda one: one["state"],
    "worked": lambda one: render_duration(one["worked_s"]),
    "files": lambda one: f"{one['files']} +{one['added']} -{one['removed']}",
    "only here": lambda one: _join(one["only_here"]),
    "checks": lambda one: reveal_text(one["checks"]),
    "waits": _render_waits,
    "denied": lambda one: str(one["denied"]),
    "dangerous": lambda one: "; ".join(map(reveal_text, one["dangerous"])) or "0",
    "delicate": lambda one: _join(one["delicate"]),
}
"""What is shown of each attempt, in this order."""


def _render_table(data: Mapping[str, Any], width: int) -> str:
    """Return a line for each fact, and more where a cell is wrapped."""
    heads = [f"{one['pane']} {one['place']}" for one in data["attempts"]]
    base = data["base"][:12] or "each one's last review"
    room = max(MIN_CELL, (width - LABEL) // len(heads) - 2)
    rows = [["", *map(clean_text, heads)], *data["table"]]
    lines = [line for row in rows for line in _wrap_row(row, room)]
    return "\n".join([*lines, f"Counted since {base}.", ""])


def _wrap_row(row: Sequence[str], room: int) -> Iterator[str]:
    import textwrap

    label, *cells = row
    columns = [textwrap.wrap(cell, room, break_long_words=True) or ["-"] for cell in cells]
    for at in range(max(map(len, columns))):
        parts = [column[at] if at < len(column) else "" for column in columns]
        head = label if at == 0 else ""
        yield f"{head:<{LABEL}}" + "  ".join(f"{part:<{room}}" for part in parts).rstrip()


def _list_groups(*, as_json: bool) -> None:
    from agent_status.protocol.client import DaemonClient
    from agent_status.tmux.client import find_socket

    with DaemonClient.open(find_socket()) as daemon:
        agents = [row for row in daemon.ask(List()).agents if row.ref.is_here]
    groups = [
        {
            "prompt": group[0].task.first_prompt,
            "repository": group[0].changes.repository,
            "panes": [str(row.ref) for row in group],
        }
        for group in find_groups(agents)
    ]
    if as_json:
        from agent_status.model.plain import render_json

        click.echo(render_json({"groups": groups}, 2))
    for group in () if as_json else groups:
        prompt = clean_text(str(group["prompt"]))[:PROMPT]
        click.echo(f"agent-status compare {' '.join(group['panes'])}  # {prompt}")
    if not groups and not as_json:
        click.echo(NO_GROUPS)


def _find_width() -> int:
    import shutil

    return shutil.get_terminal_size((100, 24)).columns
