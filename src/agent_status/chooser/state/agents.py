"""The agents of a report as the list has them, and what a row says about each."""

from dataclasses import replace

from agent_status.chooser.state.text import clean_cells, shorten_home, show_line
from agent_status.model import Changes
from agent_status.protocol.rows import AgentRow, Report


def list_agents(report: Report, home: str = "") -> tuple[AgentRow, ...]:
    """Return the report's agents in its order, each once, with folders below `home` shortened."""
    rows = {row.ref: _shorten(row, home) for row in report.agents if row.ref}
    return tuple(rows.values())


def _shorten(row: AgentRow, home: str) -> AgentRow:
    changes = replace(
        row.changes,
        root=shorten_home(row.changes.root, home),
        repository=shorten_home(row.changes.repository, home),
    )
    return replace(row, folder=shorten_home(row.folder, home), changes=changes)


def describe_changes(changes: Changes) -> str:
    """Return `3 files +40 -12`; empty if nothing changed."""
    if changes.files < 1:
        return ""
    plural = "" if changes.files == 1 else "s"
    return f"{changes.files} file{plural} +{changes.added} -{changes.removed}"


def find_words(row: AgentRow) -> str:
    """Return everything that names an agent for the user, in lower case, to filter by."""
    where = (row.place, row.window, row.folder, row.branch)
    parts = (row.state, row.name, *where, row.reason, row.care.note, row.facts)
    return show_line(" ".join(parts)).casefold()


def find_first_line(row: AgentRow) -> str:
    """Return the first line of an agent's request, as the picture of its pane shows it."""
    lines = row.ask.text.splitlines() if row.ask else []
    return clean_cells(next(filter(str.strip, lines), "")).strip()
