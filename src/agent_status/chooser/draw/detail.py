"""What is known of the selected agent: who and where, what it asks, verbatim, and its screen."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import chain, repeat

from rich.cells import cell_len
from rich.style import Style
from rich.text import Text

from agent_status.chooser.draw.rows import describe_where
from agent_status.chooser.draw.rule import draw_rule
from agent_status.chooser.state.agents import describe_changes
from agent_status.chooser.state.preview import NO_SHOT
from agent_status.chooser.state.text import (
    cut_cells,
    describe_date,
    fit_cells,
    reveal_cells,
    reveal_line,
    reveal_lines,
    show_line,
    show_lines,
    wrap_cells,
)
from agent_status.chooser.state.theme import ACCENT, BAD, BOLD, DIM, GRADES, ITALIC, PLAIN, Theme
from agent_status.chooser.state.view import View
from agent_status.model import Bounds, Option
from agent_status.model.choice import has_positions
from agent_status.model.plain import show_name
from agent_status.model.ref import NO_REF
from agent_status.protocol.rows import AgentRow, ReportedAsk, ReportedTriage

BAR = "┃ "
GONE = "The agent that was selected is gone: it ended, or its pane was closed. Choose another one."
HIDDEN = "The agent that was selected does not match the filter any more. Choose another one."
LOOKING = "Looking at the pane…"
READING = "Reading what changed…"
NOTHING = "The pane is blank."
ABOVE = "above the pane's edge"
PICK = "pick"
"""The name under which an option's line bears the number that a click picks."""
LABEL = 9
"""Cells of what a fact is called."""
MAX_ITEMS = 100
"""Files, conflicts and the like that are listed."""
FACTS_SHARE = 3
"""Facts take one line in so many of what the ask leaves; all of them once the user scrolls."""


def draw_detail(view: View, width: int, height: int, theme: Theme) -> list[Text]:
    """Return at most `height` lines of at most `width` cells about the selected agent."""
    entry = view.entry
    if height < 1:
        return []
    if entry is None:
        words = GONE if view.gone else HIDDEN
        return [draw_rule("", width), *_draw_words(words, width)][:height]
    heading = draw_rule(describe_where(entry, width - 4), width)
    return [heading, *_stack(view, entry, width, height - 1, theme)][:height]


def find_start(view: View, lines: int, width: int, height: int, theme: Theme) -> int | None:
    """
    Return which line a detail of this size begins with after scrolling down by `lines`.

    None is the usual sight: the ask from its start, the screen up to its end.
    """
    entry = view.entry
    if entry is None:
        return None
    head, tail = draw_ask(view, entry, width, theme)
    room = height - 1
    start = view.start
    scrolled = replace(view, start=start or 0)
    length = len(_join(scrolled, entry, width, theme))
    if view.shows_patch:
        return _find_patch_start(view, lines, length, room)
    last = length - room
    if start is None:
        start = last if lines < 0 or len(head) + len(tail) <= room else 0
    return max(0, start + lines) if start + lines < last else None


def _find_patch_start(view: View, lines: int, length: int, room: int) -> int | None:
    """Return the same where the preview is a diff, which is read from its first line."""
    last = max(0, length - room)
    start = max(0, min((view.start or 0) + lines, last))
    return start or None


def keep_place(view: View, before: View, width: int, theme: Theme) -> View:
    """Return the view with the same lines in sight as before what is above its pane was known."""
    entry, start, more = view.entry, view.start, len(view.past) - len(before.past)
    if start is None or entry is None or not more:
        return view
    bare = replace(view, shot=NO_SHOT, history=(NO_REF, ()), start=0)
    below = start >= len(_join(bare, entry, width, theme)) - 1
    return replace(view, start=max(0, start + more)) if below else view


def crop_lines(lines: tuple[Text, ...], width: int, height: int) -> list[Text]:
    """Return the last `height` lines, the live ones, each at most `width` cells wide."""
    shown = [line.copy() for line in lines[max(0, len(lines) - height) :]]
    for line in shown:
        line.truncate(width, overflow="crop")
    return shown


def draw_ask(
    view: View, entry: AgentRow, width: int, theme: Theme
) -> tuple[list[Text], list[Text]]:
    """
    Return every line of what the agent asks, and the lines of its options, risk and note.

    An agent that asks nothing has its reason instead.
    """
    style = theme.find_style(entry.state)
    room = width - len(BAR)
    if room < 1:
        return [], []
    ask = entry.ask
    head = _draw_request(ask, room, style) if ask else _draw_words(show_line(entry.reason), room)
    head = [*_draw_above(view, room), *head]
    tail = [*_draw_options(ask, room), *_draw_stakes(entry, room, theme)]
    return _bar(head, style), _bar(tail, style)


def draw_facts(entry: AgentRow, width: int, theme: Theme) -> list[list[Text]]:
    """Return what is known beside the ask, each fact as its lines, whole."""
    room = width - LABEL
    if room < 1:
        return []
    drawn = (_draw_fact(*fact, room) for fact in _list_facts(entry, theme))
    return [lines for lines in drawn if lines]


def _list_facts(entry: AgentRow, theme: Theme) -> tuple[tuple[str, Sequence[str], Style], ...]:
    task, changes = entry.task, entry.changes
    last = task.last_prompt if task.last_prompt != task.first_prompt else ""
    touched = ", ".join(map(show_name, changes.touched[:MAX_ITEMS]))
    alone = changes.conflicts or not changes.shared
    others = ", ".join(changes.shared[:MAX_ITEMS])
    shared = "" if alone else f"the checkout is shared with {others}"
    model = " · ".join(filter(None, (task.model, task.context)))
    return (
        ("conflict", changes.conflicts[:MAX_ITEMS], theme.find_mark_style("conflict")),
        ("said", show_lines(task.last_message), PLAIN),
        ("asked", show_lines(last), PLAIN),
        ("task", show_lines(task.first_prompt), PLAIN),
        ("changed", [": ".join(filter(None, (describe_changes(changes), touched)))], PLAIN),
        ("delicate", changes.risks[:MAX_ITEMS], BAD),
        ("shared", [shared], DIM),
        ("git", [changes.trouble], DIM),
        *(
            (show_line(name), one.lines[:MAX_ITEMS] or (one.words,), PLAIN)
            for name, one in entry.ordered_facets[:MAX_ITEMS]
        ),
        ("model", [model], DIM),
    )


def _draw_fact(label: str, lines: Sequence[str], style: Style, width: int) -> list[Text]:
    wrapped = [part for line in lines for part in (wrap_cells(line, width) or [""])]
    while wrapped and not wrapped[-1]:
        wrapped.pop()
    heads = chain([label], repeat(""))
    return [
        Text.assemble((fit_cells(head, LABEL), DIM), (line, style))
        for head, line in zip(heads, wrapped, strict=False)
    ]


def _stack(view: View, entry: AgentRow, width: int, height: int, theme: Theme) -> list[Text]:
    whole = _join(view, entry, width, theme)
    if view.start is not None or len(whole) <= height:
        return whole[view.start or 0 :][:height]
    head, tail = draw_ask(view, entry, width, theme)
    shown = _shorten(head, tail, height, width)
    rest = height - len(shown) - 1
    facts = _brief(draw_facts(entry, width, theme), max(0, rest // FACTS_SHARE), width)
    rest -= len(facts)
    if rest < 1:
        return [*shown, *facts]
    between = [draw_rule("", width)] if shown or facts else []
    room = rest + 1 - len(between)
    if view.shows_patch:
        return [*shown, *facts, *between, *_draw_patch(view, width)[:room]]
    return [*shown, *facts, *between, *crop_lines(view.shot.lines, width, room)]


def _draw_patch(view: View, width: int) -> list[Text]:
    """Return the diff of the selected agent from its first line on, or that it is being read."""
    if view.patch.stamp.ref != view.selected:
        return [Text(READING, DIM)]
    lines = [row.text.copy() for row in view.patch.rows]
    for line in lines:
        line.truncate(width, overflow="crop")
    return lines


def _brief(facts: list[list[Text]], most: int, width: int) -> list[Text]:
    """Return the first line of each of the first facts, with an ellipsis where there is more."""
    lines = []
    for fact in facts[:most]:
        line = fact[0].copy()
        if len(fact) > 1:
            line.truncate(width - 2, overflow="crop")
            line.append(" …", DIM)
        lines.append(line)
    return lines


def _join(view: View, entry: AgentRow, width: int, theme: Theme) -> list[Text]:
    head, tail = draw_ask(view, entry, width, theme)
    facts = [line for fact in draw_facts(entry, width, theme) for line in fact]
    about = [*head, *tail, *facts]
    between = [draw_rule("", width)] if about else []
    lines = crop_lines(view.shot.lines, width, len(view.shot.lines))
    if view.shows_patch:
        return [*about, *between, *_draw_patch(view, width)]
    if view.start is not None:
        lines = [*(Text(cut_cells(row, width), DIM) for row in view.past), *lines]
    if not lines:
        words = view.shot.trouble or (NOTHING if view.shot.ref else LOOKING)
        lines = _draw_words(words, width, DIM)
    return [*about, *between, *lines]


def _shorten(head: list[Text], tail: list[Text], height: int, width: int) -> list[Text]:
    """Return the ask in `height` lines: of one that is too long, its options stay in sight."""
    if len(head) + len(tail) <= height:
        return [*head, *tail]
    ends = tail[: max(0, height - 2)]
    room = max(1, height - len(ends))
    more = f"… {len(head) - room + 1 + len(tail) - len(ends)} more lines: PageDown"
    return [*head[: room - 1], Text(cut_cells(more, width), DIM), *ends]


def _bar(lines: list[Text], style: Style) -> list[Text]:
    return [Text.assemble((BAR, style), line) for line in lines]


def _draw_above(view: View, width: int) -> list[Text]:
    """Return what has scrolled off the pane's top, if the dialog begins there."""
    if not view.above:
        return []
    said = map(reveal_cells, view.above)
    lines = [line for row in said for line in _draw_words(row, width) or [Text()]]
    return [draw_rule(ABOVE, width, DIM), *lines, draw_rule("", width)]


def _draw_request(ask: ReportedAsk, width: int, style: Style) -> list[Text]:
    lines = _draw_words(reveal_line(ask.question), width, BOLD)
    text, about = reveal_lines(ask.text), (*reveal_lines(ask.command), *reveal_lines(ask.subject))
    for line in text if ask.hidden else about:
        lines += _draw_words(line, width, style)
    if ask.file and ask.file not in ask.question:
        lines += _draw_words(reveal_line(ask.file), width, style)
    if not lines and not ask.options:
        for line in text:
            lines += _draw_words(line, width)
    return lines


def _draw_options(ask: ReportedAsk | None, width: int) -> list[Text]:
    options = [
        Option(reveal_line(one.key), reveal_line(one.label), one.selected)
        for one in (ask.options if ask else ())
    ]
    keys = min(max((cell_len(option.key) for option in options), default=0), width // 2)
    numbered = ask is not None and has_positions(ask)
    lines = []
    for number, option in enumerate(options, 1):
        lead = f"{number} " if numbered else ""
        drawn = _draw_option(option, lead, keys, width)
        for line in drawn:
            line.stylize(Style(meta={PICK: str(number) if numbered else option.key}))
        lines += drawn
    return lines


def _draw_option(option: Option, lead: str, keys: int, width: int) -> list[Text]:
    indent = len(lead) + (keys + 2 if keys else 0)
    labels = wrap_cells(option.label, width - indent) or [""]
    key = fit_cells(option.key, keys).ljust(indent - len(lead))
    first = Text.assemble((lead, DIM), (key, BOLD + ACCENT), labels[0])
    return [first, *(Text(" " * indent + label) for label in labels[1:])]


def _draw_stakes(entry: AgentRow, width: int, theme: Theme) -> list[Text]:
    """Return the grade with its reasons, and the note."""
    lines: list[Text] = []
    risk = entry.risk
    if risk and entry.ask:
        mark = f"{theme.find_mark('danger')} " if entry.is_dangerous else ""
        words = f"{mark}{risk.grade}" + (f": {'; '.join(risk.reasons)}" if risk.reasons else "")
        lines += _draw_words(words, width, GRADES[risk.grade])
    for line in show_lines(describe_note(entry.care, theme.find_mark("note"))):
        lines += _draw_words(line, width, ITALIC + DIM if entry.care.note_is_old else ITALIC)
    return lines


def describe_note(care: ReportedTriage, mark: str) -> str:
    """Return the note with its date and its boundary; empty without a note."""
    if not care.note:
        return ""
    date = describe_date(care.noted_at)
    of = " of an earlier task" * care.note_is_old + (f" of {date}" if date else "")
    limits = Bounds(care.only, care.never).describe()
    ended = " (ended with its task)" * care.note_is_old
    lines = (f"{mark} {f'note{of}: ' if of else ''}{care.note}", limits and f"  {limits}{ended}")
    return "\n".join(filter(None, lines))


def _draw_words(words: str, width: int, style: Style = PLAIN) -> list[Text]:
    return [Text(line, style) for line in wrap_cells(words, width)]
