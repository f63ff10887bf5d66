"""A text that is being edited, as lines with its cursor."""

from rich.text import Text

from agent_status.chooser.state.field import Field, lay_out
from agent_status.chooser.state.theme import CURSOR


def draw_field(field: Field, width: int, height: int) -> list[Text]:
    """Return at most `height` lines of the field, with the cursor in sight."""
    spans = lay_out(field.text, max(1, width - 1))
    row = max(number for number, (start, _) in enumerate(spans) if start <= field.at)
    top = min(max(0, row - height + 1), max(0, len(spans) - height))
    lines = []
    for number, (start, end) in list(enumerate(spans))[top : top + height]:
        line = Text(f" {field.text[start:end]} ")
        if number == row:
            at = 1 + field.at - start
            line.stylize(CURSOR, at, at + 1)
        lines.append(line)
    return lines
