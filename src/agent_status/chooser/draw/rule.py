"""The line across a part of the popup, with its title."""

from rich.cells import cell_len
from rich.style import Style
from rich.text import Text

from agent_status.chooser.state.text import cut_cells
from agent_status.chooser.state.theme import DIM, PLAIN

RULE = "─"


def draw_rule(title: str, width: int, style: Style = PLAIN) -> Text:
    """Return a line across `width` cells with a title near its left end."""
    line = Text().append(RULE, DIM)
    if title:
        line.append(" " + cut_cells(title, max(0, width - 4)) + " ", style)
    line.append(RULE * max(0, width - cell_len(line.plain)), DIM)
    line.truncate(width, overflow="crop")
    return line
