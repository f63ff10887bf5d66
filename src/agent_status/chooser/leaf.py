"""What takes the place of list and detail: the agents that ask the same, and the log."""

from rich.text import Text

from agent_status.chooser.detail import draw_ask, draw_rule
from agent_status.chooser.looks import BOLD, DIM, Looks
from agent_status.chooser.panel import Chronicle, Crowd
from agent_status.chooser.text import cut_cells, wrap_cells
from agent_status.chooser.view import View


def draw_leaf(view: View, width: int, height: int, looks: Looks) -> list[Text] | None:
    """Return the lines of the panel that hides the list; None if none does."""
    match view.panel:
        case Crowd():
            return _draw_crowd(view, view.panel, width, height, looks)
        case Chronicle():
            return _draw_log(view.panel, width, height)
        case _:
            return None


def _draw_crowd(view: View, crowd: Crowd, width: int, height: int, looks: Looks) -> list[Text]:
    """Return who asks, and what all of them ask, word for word."""
    asking = [entry for entry in view.entries if entry.pane in crowd.panes]
    same = [entry for entry in asking if entry.fingerprint == crowd.fingerprint]
    words = f"{len(same)} agents ask" if len(same) != 1 else "1 agent asks"
    head = [draw_rule(f"{words} the same", width, BOLD)]
    if not same:
        return head
    lines, tail = draw_ask(view, same[0], width, looks)
    who = [
        Text(cut_cells(f"  {entry.title}  {entry.folder}  {entry.branch}".rstrip(), width))
        for entry in same
    ]
    room = max(1, height - 2 - len(lines) - len(tail))
    if len(who) > room:
        rest = len(who) - room + 1
        who = [*who[: room - 1], Text(cut_cells(f"  … and {rest} more", width), DIM)]
    return [*head, *lines, *tail, draw_rule("", width), *who]


def _draw_log(log: Chronicle, width: int, height: int) -> list[Text]:
    """Return the part of the log that is in sight: its end, until the user scrolls."""
    room = max(0, height - 1)
    before = log.lines if log.start is None else log.lines[: log.start + 1]
    drawn = [line for row in before[-max(1, room) :] for line in wrap_cells(row, width - 2) or [""]]
    shown = drawn[-room:] if room else []
    return [draw_rule(log.title, width, BOLD), *(Text(f" {line}") for line in shown)]
