"""What takes the place of list and detail: the agents that ask the same, and the log."""

from collections.abc import Sequence
from dataclasses import replace

from rich.text import Text

from agent_status.chooser.draw.detail import draw_rule
from agent_status.chooser.draw.theme import BOLD
from agent_status.chooser.state.entry import Entry
from agent_status.chooser.state.panel import Chronicle, Crowd, Page
from agent_status.chooser.state.text import cut_cells, wrap_cells
from agent_status.chooser.state.view import View


def draw_leaf(view: View, width: int, height: int) -> list[Text] | None:
    """Return the lines of the panel that hides the list; None if none does."""
    match view.panel:
        case Crowd():
            return draw_crowd(view, view.panel, width)[:height]
        case Chronicle():
            return _draw_log(view.panel, width, height)
        case Page():
            return _draw_page(view.panel, width, height)
        case _:
            return None


def draw_crowd(view: View, crowd: Crowd, width: int) -> list[Text]:
    """Return every line of what each agent asks: once what is the same for all, then the rest."""
    same = [entry for entry in view.entries if (entry.pane, entry.fingerprint) in crowd.asks]
    words = f"{len(same)} agents ask" if len(same) != 1 else "1 agent asks"
    head = [draw_rule(f"{words} the same", width, BOLD)]
    asked = [_list_asked(entry) for entry in same]
    shared = [line for line in asked[0] if all(line in lines for lines in asked)] if asked else []
    drawn = [*head, *_draw_lines(shared, width, 0), draw_rule("", width)]
    for entry, lines in zip(same, asked, strict=True):
        title = f"  {entry.title}  {entry.folder}  {entry.branch}".rstrip()
        own = [line for line in lines if line not in shared]
        drawn += [Text(cut_cells(title, width)), *_draw_lines(own, width, 4)]
    return drawn


def _list_asked(entry: Entry) -> list[str]:
    """Return the lines of the dialog in which there is a word."""
    lines = entry.ask.text if entry.ask else ()
    return [line.strip() for line in lines if any(map(str.isalnum, line))]


def _draw_lines(lines: Sequence[str], width: int, indent: int) -> list[Text]:
    room = max(1, width - indent)
    return [Text(" " * indent + part) for line in lines for part in wrap_cells(line, room) or [""]]


def _draw_log(log: Chronicle, width: int, height: int) -> list[Text]:
    """Return the part of the log that is in sight: its end, until the user scrolls."""
    room = max(0, height - 1)
    before = log.lines if log.start is None else log.lines[: log.start + 1]
    drawn = [line for row in before[-max(1, room) :] for line in wrap_cells(row, width - 2) or [""]]
    shown = drawn[-room:] if room else []
    return [draw_rule(log.title, width, BOLD), *(Text(f" {line}") for line in shown)]


def turn_page(page: Page, width: int, height: int) -> Page:
    """Return the page with as much in sight as fits, whatever its user scrolled to."""
    last = max(0, len(_wrap_page(page, width)) - max(0, height - 1))
    return replace(page, top=min(max(0, page.top), last))


def _draw_page(page: Page, width: int, height: int) -> list[Text]:
    lines = _wrap_page(page, width)
    top = turn_page(page, width, height).top
    left = len(lines) - top - (height - 1)
    title = f"{page.title} ({left} more lines)" if left > 0 else page.title
    shown = lines[top : top + max(0, height - 1)]
    return [draw_rule(title, width, BOLD), *(Text(f" {line}") for line in shown)]


def _wrap_page(page: Page, width: int) -> list[str]:
    return [part for line in page.lines for part in wrap_cells(line, width - 2) or [""]]
