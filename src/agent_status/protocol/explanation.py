"""All evidence about a pane in words: the winner, the losers, and what each region held."""

import re
import textwrap
from collections.abc import Iterator

from agent_status.detect.found import Found
from agent_status.model import Agent, Ask, Evidence, NoAgentFound, State, clip_text
from agent_status.model.attention import render_duration
from agent_status.model.plain import clean_text, reveal_text

SHOWN_REGIONS = ("title", "box", "last-item", "dialog", "below-box")
"""Regions whose text is printed besides the winner's own."""


DOUBTERS = ("file", "report", "progress", "notice")
"""Sources beside the screen whose disagreement is shown; the others are guesses."""


NAME = re.compile(r"\w[\w.+-]{0,63}", re.ASCII)
"""What `@agent-status-extra-agents` takes."""
MAX_ARGS = 100
"""Characters of a command line that are printed."""


def render_found(found: Found, name: str, now: float, pane: str = "", followed: str = "") -> str:
    """
    Return what is known about the pane or recording `name` at `now`, for a terminal.

    Without an agent it says how to declare one in `pane`, if that is a pane's id. `followed` says
    how the pane's screen is known.
    """
    lines = _render_no_agent(found.no_agent, pane) if found.no_agent else _render(found, now)
    head = [f"{clean_text(name)}: {_name_agent(found.status.agent)}"]
    if followed and not found.no_agent:
        head.append(f"followed  {reveal_text(followed)}")
    return "\n".join((*head, *lines)) + "\n"


def _render_no_agent(none: NoAgentFound, pane: str) -> Iterator[str]:
    yield "processes that were checked, the pane's own first:"
    for checked in none.checked:
        process = checked.process
        yield f"  {process.pid:7} {reveal_text(process.comm):15} {reveal_text(checked.why)}"
        yield f"          {reveal_text(clip_text(process.args, MAX_ARGS))}".rstrip()
    if not none.checked:
        yield "  none"
    if none.remote:
        yield "title and screen were checked, too: neither is that of an agent"
    else:
        yield "title and screen were not checked: they count only behind ssh, docker and the like"
    if none.hint:
        yield f"@agent-status-agent of the pane says {reveal_text(none.hint)}, which is not known"
    if pane:
        yield ""
        yield from _render_ways(none, pane)


def _render_ways(none: NoAgentFound, pane: str) -> Iterator[str]:
    yield "If an agent runs there, say which, and it counts at once:"
    yield f"  tmux set-option -p -t {pane} @agent-status-agent claude"
    yield from textwrap.wrap(
        f"or another of {', '.join(sorted(none.kinds))}.",
        78,
        initial_indent="  ",
        subsequent_indent="  ",
    )
    names = [one.name for one in none.checked if NAME.fullmatch(one.name)]
    yield "If it is another one, name its program in ~/.tmux.conf, several separated by commas:"
    yield f"  set -g @agent-status-extra-agents '{names[0] if names else 'PROGRAM'}'"
    yield "or write rules for it: agent-status agents schema"


def _render(found: Found, now: float) -> Iterator[str]:
    status = found.status
    since = render_duration(max(0.0, now - status.since))
    yield f"state     {status.state.value}, for {since}"
    yield f"reason    {reveal_text(status.reason) or '(none)'}"
    yield f"rule      {status.rule or '(none)'}"
    if status.flags:
        yield f"flags     {', '.join(sorted(flag.value for flag in status.flags))}"
    if status.ask:
        yield from _render_ask(status.ask)
    yield ""
    yield "evidence, heaviest first:"
    for mark, evidence in _list_evidence(found):
        yield _render_evidence(mark, evidence, now)
    yield from _render_doubts(found, now)
    winner = found.winner.region if found.winner else ""
    for region in dict.fromkeys((winner, *SHOWN_REGIONS)):
        yield from _render_region(region, found.regions.get(region, ""))


def _list_evidence(found: Found) -> list[tuple[str, Evidence]]:
    winner = [("won ", found.winner)] if found.winner else []
    return [*winner, *(("lost", evidence) for evidence in found.losers)]


def _name_agent(agent: Agent | None) -> str:
    if agent is None:
        return "no agent"
    pid = f", pid {agent.pid}" if agent.pid else ""
    return f"{agent.name}, known by {clean_text(agent.how)}{pid}"


def _render_ask(ask: Ask) -> Iterator[str]:
    yield f"asks      {reveal_text(ask.question)}"
    if ask.command:
        yield from (f"  command {reveal_text(line)}" for line in ask.command.split("\n"))
    if ask.file:
        yield f"  file    {reveal_text(ask.file)}"
    for option in ask.options:
        mark = ">" if option.selected else " "
        yield f"  {mark} {reveal_text(option.key)}: {reveal_text(option.label)}"
    yield f"  fingerprint {ask.fingerprint}"


def _render_evidence(mark: str, evidence: Evidence, now: float) -> str:
    excerpt = f" | {reveal_text(evidence.excerpt)}" if evidence.excerpt else ""
    where = f" in {evidence.region}" if evidence.region else ""
    source = f"{evidence.source}{where}{_render_age(evidence, now)}: {evidence.rule}"
    return f"  {mark} {evidence.weight:3} {_name_state(evidence):9} {source}{excerpt}"


def _name_state(evidence: Evidence) -> str:
    return evidence.state.value if evidence.state else "hold"


def _render_age(evidence: Evidence, now: float) -> str:
    return "" if evidence.at is None else f", {render_duration(max(0.0, now - evidence.at))} ago"


def _render_doubts(found: Found, now: float) -> Iterator[str]:
    """Yield each source beside the screen that says something else than the winner."""
    winner = found.winner
    for one in found.losers:
        if winner and one.source in DOUBTERS and one.state not in {winner.state, State.UNKNOWN}:
            yield (
                f"disagrees: the {one.source} says {_name_state(one)}{_render_age(one, now)}, "
                f"the {winner.source} says {_name_state(winner)}"
            )


def _render_region(name: str, text: str) -> Iterator[str]:
    if not text.strip():
        return
    yield ""
    yield f"region {name}:"
    for line in text.strip("\n").split("\n"):
        yield f"  | {reveal_text(line)}".rstrip()
