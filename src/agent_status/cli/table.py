"""The report as a table for a terminal."""

from collections.abc import Sequence

from agent_status.model.attention import describe_reset, render_duration
from agent_status.model.plain import clean_text, reveal_text
from agent_status.protocol.rows import AgentRow, Report

HEAD = ("PANE", "PLACE", "AGENT", "STATE", "FOR", "WHY", "WHERE", "FACTS")
MISSING = "One is missing? agent-status doctor says how to declare it.\n"
WHY = HEAD.index("WHY")
MIN_WHY = 12
"""Characters that the reason keeps however narrow the terminal is."""


def render_table(report: Report, width: int) -> str:
    """Return one line an agent, most urgent first, each at most `width` characters if it can."""
    if not report.agents:
        return "no agents in this tmux server\n" + MISSING
    found = [_list_cells(agent, report.at) for agent in report.agents]
    columns = len(HEAD) if any(row[-1] for row in found) else len(HEAD) - 1
    rows = [row[:columns] for row in (HEAD, *found)]
    room = width - sum(widths for i, widths in enumerate(_measure(rows)) if i != WHY)
    room -= 2 * (columns - 1)
    rows = [_cut_why(row, max(MIN_WHY, room)) for row in rows]
    widths = _measure(rows)
    return "".join(_render_row(row, widths) for row in rows)


def _list_cells(agent: AgentRow, at: float) -> tuple[str, ...]:
    reason = reveal_text(agent.reason) if agent.ask else agent.reason
    branch = f" ({agent.branch})" if agent.branch else ""
    cells = (
        str(agent.ref),
        agent.place,
        agent.agent,
        agent.state.value,
        render_duration(agent.for_s),
        " · ".join(filter(None, (describe_reset(agent.resets_at, at), reason))),
        f"{agent.folder}{branch}",
        agent.facts,
    )
    return tuple(map(clean_text, cells))


def _cut_why(row: tuple[str, ...], room: int) -> tuple[str, ...]:
    why = row[WHY]
    return (*row[:WHY], why if len(why) <= room else why[: room - 1] + "…", *row[WHY + 1 :])


def _measure(rows: Sequence[tuple[str, ...]]) -> list[int]:
    return [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]


def _render_row(row: Sequence[str], widths: Sequence[int]) -> str:
    cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
    return "  ".join(cells).rstrip() + "\n"
