"""What is known of the selected agent: who and where, what it asks, verbatim, and its screen."""

from rich.cells import cell_len
from rich.style import Style
from rich.text import Text

from agent_status.chooser.entry import Choice, Entry, Question
from agent_status.chooser.looks import BOLD, DIM, PLAIN, Looks
from agent_status.chooser.preview import crop_lines
from agent_status.chooser.rows import say_where
from agent_status.chooser.text import cut_cells, fit_cells, wrap_cells
from agent_status.chooser.view import View

BAR = "┃ "
RULE = "─"
GONE = "The agent that was selected is gone: it ended, or its pane was closed. Choose another one."
HIDDEN = "The agent that was selected does not match the filter any more. Choose another one."
LOOKING = "Looking at the pane…"
NOTHING = "The pane is blank."


def draw_detail(view: View, width: int, height: int, looks: Looks) -> list[Text]:
    """Return at most `height` lines of at most `width` cells about the selected agent."""
    entry = view.entry
    if height < 1:
        return []
    if entry is None:
        words = GONE if view.gone else HIDDEN
        return [draw_rule("", width), *_draw_words(words, width)][:height]
    heading = draw_rule(say_where(entry, width - 4), width)
    ask = draw_ask(entry, width, looks)
    body = _stack(view, ask, width, height - 1)
    return [heading, *body][:height]


def draw_rule(title: str, width: int) -> Text:
    """Return a line across `width` cells with a title near its left end."""
    line = Text().append(RULE, DIM)
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


def find_start(view: View, lines: int, width: int, height: int, looks: Looks) -> int | None:
    """
    Return which line a detail of this size begins with after scrolling down by `lines`.

    None is the usual sight: the ask from its start, the screen up to its end.
    """
    if view.entry is None:
        return None
    ask = draw_ask(view.entry, width, looks)
    room = height - 1
    last = len(_join(view, ask, width)) - room
    start = view.start
    if start is None:
        start = last if lines < 0 or len(ask) <= room else 0
    return max(0, start + lines) if start + lines < last else None


def _stack(view: View, ask: list[Text], width: int, height: int) -> list[Text]:
    whole = _join(view, ask, width)
    if view.start is not None or len(whole) <= height:
        return whole[view.start or 0 :][:height]
    shown = _shorten(ask, height, width)
    rest = height - len(shown) - len(ask[:1])
    if rest < 1:
        return shown
    between = [draw_rule("", width)] if ask else []
    return [*shown, *between, *crop_lines(view.shot.lines, width, rest)]


def _join(view: View, ask: list[Text], width: int) -> list[Text]:
    between = [draw_rule("", width)] if ask else []
    lines = crop_lines(view.shot.lines, width, len(view.shot.lines))
    if not lines:
        words = view.shot.trouble or (NOTHING if view.shot.pane else LOOKING)
        lines = _draw_words(words, width, DIM)
    return [*ask, *between, *lines]


def _shorten(ask: list[Text], height: int, width: int) -> list[Text]:
    if len(ask) <= height:
        return ask
    more = f"… {len(ask) - height + 1} more lines: PageDown"
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
    keys = max((cell_len(choice.key) for choice in ask.choices), default=0)
    for choice in ask.choices:
        lines += _draw_choice(choice, min(keys, width // 2), width)
    return lines


def _draw_choice(choice: Choice, keys: int, width: int) -> list[Text]:
    indent = keys + 2 if keys else 0
    labels = wrap_cells(choice.label, width - indent) or [""]
    first = Text.assemble((fit_cells(choice.key, keys).ljust(indent), BOLD), labels[0])
    return [first, *(Text(" " * indent + label) for label in labels[1:])]


def _draw_words(words: str, width: int, style: Style = PLAIN) -> list[Text]:
    return [Text(line, style) for line in wrap_cells(words, width)]
