"""What is known of the selected agent: who and where, what it asks, verbatim, and its screen."""

from rich.cells import cell_len
from rich.style import Style
from rich.text import Text

from agent_status.chooser.entry import Choice, Entry, Question
from agent_status.chooser.looks import BOLD, DIM, PLAIN, Looks
from agent_status.chooser.preview import crop_lines
from agent_status.chooser.rows import say_where
from agent_status.chooser.text import cut_cells, wrap_cells
from agent_status.chooser.view import View

BAR = "┃ "
RULE = "─"
PREVIEW_LEAST = 4
"""Rows that the screen keeps below an ask that is too long for the room."""

GONE = "This pane has no agent any more: it ended, or the pane was closed."
LOOKING = "Looking at the pane…"
NOTHING = "The pane is blank."


def draw_detail(view: View, width: int, height: int, looks: Looks) -> list[Text]:
    """Return at most `height` lines of at most `width` cells about the selected agent."""
    entry = view.entry
    if height < 1:
        return []
    if entry is None:
        words = f"{GONE} Choose another one." if view.gone else ""
        return [draw_rule("", width), *_draw_words(words, width)][:height]
    heading = draw_rule(say_where(entry, width - 4), width)
    ask = draw_ask(entry, width, looks)
    body = _stack(view, ask, width, height - 1)
    return [heading, *body][:height]


def draw_rule(title: str, width: int) -> Text:
    """Return a line across `width` cells with a title near its left end."""
    line = Text(RULE, DIM)
    if title:
        line.append(" " + cut_cells(title, max(0, width - 4)) + " ", PLAIN)
    line.append(RULE * max(0, width - cell_len(line.plain)), DIM)
    line.truncate(width, overflow="crop")
    return line


def draw_ask(entry: Entry, width: int, looks: Looks) -> list[Text]:
    """Return every line of what the agent asks, or its reason when it asks nothing."""
    style = looks.find_style(entry.state)
    room = width - len(BAR)
    ask = entry.ask
    lines = _draw_question(ask, room, style) if ask else _draw_words(entry.reason, room)
    return [Text.assemble((BAR, style), line) for line in lines] if room > 0 else []


def count_hidden(view: View, width: int, height: int, looks: Looks) -> int:
    """Return how many lines `scroll_back` may go back in a detail of this size."""
    entry = view.entry
    if entry is None:
        return 0
    whole = len(_join(view, draw_ask(entry, width, looks), width))
    return max(0, whole - (height - 1))


def _stack(view: View, ask: list[Text], width: int, height: int) -> list[Text]:
    whole = _join(view, ask, width)
    if view.back:
        end = max(min(height, len(whole)), len(whole) - view.back)
        return whole[max(0, end - height) : end]
    if len(whole) <= height:
        return whole
    shown = _shorten(ask, height - PREVIEW_LEAST - 1, width)
    between = [draw_rule("", width)] if shown else []
    rest = max(0, height - len(shown) - len(between))
    return [*shown, *between, *crop_lines(view.shot.lines, width, rest, 0)]


def _join(view: View, ask: list[Text], width: int) -> list[Text]:
    between = [draw_rule("", width)] if ask else []
    lines = crop_lines(view.shot.lines, width, len(view.shot.lines), 0)
    if not lines:
        words = view.shot.trouble or (NOTHING if view.shot.pane else LOOKING)
        lines = _draw_words(words, width, DIM)
    return [*ask, *between, *lines]


def _shorten(ask: list[Text], height: int, width: int) -> list[Text]:
    if len(ask) <= height:
        return ask
    if height < 1:
        return ask[:1]
    more = f"… {len(ask) - height + 1} more lines: PageUp"
    return [*ask[: height - 1], Text(cut_cells(more, width), DIM)]


def _draw_question(ask: Question, width: int, style: Style) -> list[Text]:
    lines = _draw_words(ask.question, width, BOLD)
    for line in ask.command:
        lines += _draw_words(line, width, style)
    if ask.file and ask.file not in ask.question:
        lines += _draw_words(ask.file, width, style)
    if not lines and not ask.choices:
        for line in ask.text:
            lines += _draw_words(line, width)
    for choice in ask.choices:
        lines += _draw_choice(choice, width)
    return lines


def _draw_choice(choice: Choice, width: int) -> list[Text]:
    key = cut_cells(choice.key, max(0, width // 2))
    indent = cell_len(key) + 2 if key else 0
    labels = wrap_cells(choice.label, width - indent) or [""]
    first = Text.assemble((key + "  " if key else "", BOLD), labels[0])
    return [first, *(Text(" " * indent + label) for label in labels[1:])]


def _draw_words(words: str, width: int, style: Style = PLAIN) -> list[Text]:
    return [Text(line, style) for line in wrap_cells(words, width)]
