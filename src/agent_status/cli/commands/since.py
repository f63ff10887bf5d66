"""The command `since`."""

import time
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import click

from agent_status.cli.target import PANE, find_agent
from agent_status.cli.trees import list_turns, take_trees
from agent_status.errors import AgentStatusError, RefusedError
from agent_status.model.plain import clean_text, reveal_text
from agent_status.model.ref import AgentRef
from agent_status.protocol.messages import (
    List,
    LogRow,
    MarkLooked,
    ReadLog,
    ReadReview,
    ReadSession,
    ReviewFacts,
)
from agent_status.protocol.rows import AgentRow

PLACE = ("Review", 4)
MAX_ENTRIES = 1000
DAY_S = 86400.0
UNKNOWN = "the daemon began to watch"


@click.command("since")
@PANE
@click.option("--plan", is_flag=True, help="Only the last plan that it showed, verbatim.")
@click.option("--mark", is_flag=True, help="Count all of it as seen: begin here the next time.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def command(pane: str | None, *, plan: bool, mark: bool, as_json: bool) -> None:
    """
    Show what happened to the agent in PANE since you looked.

    One page, from the journal, its session file, its screen and git: its turns, requests and who
    decided them, what it ran, its files, checks, errors and plans, and its last message, whole. It
    begins where `--mark`, or the last acknowledgement, says that you have seen it.

    Exit codes: 0 done, 1 no such agent, 3 no tmux server, 4 no daemon, 6 refused to mark.
    """
    from agent_status.features.review.since import build_sections, find_plan
    from agent_status.protocol.client import DaemonClient
    from agent_status.tmux.client import find_socket

    ref, at = find_agent(pane), time.time()
    with DaemonClient.open(find_socket()) as daemon:
        if plan:
            _print_plan(*find_plan(_read_log(daemon, ref)[0]), as_json=as_json)
            return
        given = _read_all(daemon, ref)
        if mark:
            daemon.ask(MarkLooked(ref, at=at))
    sections = build_sections(given)
    if as_json:
        from agent_status.model.plain import render_json

        data = {"pane": str(ref), "since": given.since, "at": at}
        click.echo(render_json(data | {"sections": [asdict(one) for one in sections]}, 2))
        return
    click.echo(render_page(sections, given.since, at), nl=False)


def _read_all(daemon: Any, ref: AgentRef) -> Any:
    """Return all that is known of an agent; what can't be read has its reason instead."""
    from agent_status.features.review.since import SinceInput, find_first

    row = next((one for one in daemon.ask(List()).agents if one.ref == ref), None)
    if row is None:
        message = f"No agent in {ref}: agent-status explain {ref} says why"
        raise AgentStatusError(message)
    troubles: dict[str, str] = {}
    facts: ReviewFacts = daemon.ask(ReadReview(ref))
    entries, trouble = _read_log(daemon, ref)
    troubles |= {"journal": trouble} if trouble else {}
    touched: Sequence[Any] = ()
    try:
        touched = _list_touched(facts) if row.changes.files else ()
    except AgentStatusError as error:
        troubles["git"] = str(error)
    return SinceInput(
        row=row,
        since=facts.looked or find_first(entries),
        turns=list_turns(facts),
        entries=entries,
        touched=touched,
        message=_read_message(daemon, row),
        troubles=troubles,
    )


def _read_log(daemon: Any, ref: AgentRef) -> tuple[tuple[LogRow, ...], str]:
    """Return the journal's entries about a pane, and why there are none if it is off."""
    try:
        return daemon.ask(ReadLog(ref, limit=MAX_ENTRIES)).entries, ""
    except RefusedError as error:
        return (), str(error)


def _list_touched(facts: ReviewFacts) -> Sequence[Any]:
    """Return the files that wait for review; raise GitError."""
    from agent_status.features.review.baselines import parse_baseline
    from agent_status.features.review.compare import compare
    from agent_status.features.review.parts import find_sides, join_stores

    parts = take_trees(facts.folder, facts.stores, facts.apart)
    if not facts.base:
        return ()
    return compare(join_stores(parts), *find_sides(parts, parse_baseline(facts.base))).touched


def _read_message(daemon: Any, row: AgentRow) -> str:
    """Return its last message, whole; as far as the report has it if its file can't be read."""
    from agent_status.agents.files import load_agents
    from agent_status.features.sessions.message import read_last_message
    from agent_status.paths import find_config

    try:
        path = daemon.ask(ReadSession(row.ref)).path if row.ref.is_here else ""
    except RefusedError:
        path = ""
    rules = load_agents(find_config())[0].find(row.agent) if path else None
    whole = read_last_message(path, rules.sessions) if rules else ""
    return whole or row.task.last_message


def _print_plan(text: str, at: float, *, as_json: bool) -> None:
    if as_json:
        from agent_status.model.plain import render_json

        click.echo(render_json({"at": at, "plan": text}, 2))
    elif text:
        click.echo(f"Plan of {_render_time(at, time.time())}\n")
        click.echo("\n".join(map(reveal_text, text.splitlines())))
    else:
        click.echo("It has shown no plan that the journal knows of.", err=True)


def render_page(sections: Sequence[Any], since: float, at: float) -> str:
    """Return the page as lines, without terminal sequences; a quoted request hides nothing."""
    begin = _render_time(since, at) if since else UNKNOWN
    lines = [f"Since {begin}"]
    for one in sections:
        lines += ["", f"{one.name}  ({one.source})"]
        lines += [f"  {one.more} earlier ones: agent-status log has them"] if one.more else []
        for fact in one.facts:
            when = f"{_render_time(fact.at, at)}  " if fact.at else ""
            show = clean_text if one.name == "last message" else reveal_text
            lines.append(f"  {when}{show(fact.words)}".rstrip())
    if not sections:
        lines += ["", "Nothing happened."]
    return "".join(f"{line}\n" for line in lines)


def _render_time(at: float, now: float) -> str:
    form = "%H:%M" if abs(now - at) < DAY_S else "%d %b %H:%M"
    return time.strftime(form, time.localtime(at))
