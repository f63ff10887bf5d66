"""What a dialog is by its form alone, in any words: choices at the bottom, one of them selected."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile

from agent_status.agents.patterns import Pattern
from agent_status.detect.asks import complete_ask
from agent_status.detect.choices import (
    OPTION,
    SEPARATOR,
    Menu,
    find_heading,
    find_options,
    find_question,
)
from agent_status.detect.footer import ENTERS, find_footer
from agent_status.detect.layout import Layout
from agent_status.detect.lines import Line, Lines
from agent_status.detect.widgets import find_widgets
from agent_status.model import Ask, Option, State

MARKED = re.compile(r"^\s*[>→▶➤]\s+(?=\S)")
"""The selected line of a list without numbers."""

POINTER = re.compile(r"^\s*[❯›→▶▸➤]\s")
"""What points at a choice, and at nothing in prose."""

RADIO = re.compile(r"^\s*(?:(?P<on>[●◉⦿])|[○◯◌])\s+(?=\S)")
"""A line of a list in which one is chosen."""

OTHER = re.compile(r"^\s*(?=\S)(?![-*•·●○◦]\s|\d{1,2}[.)]\s)")
"""Another line of such a list, which begins right below or above the selected one's words."""

HINT = re.compile(
    r"\b(?:[Ee]nter(?! (?:to )?send\b)|ENTER|Return|[Ee]sc(?:ape)?|ESC|[Tt]ab|[Ss]pace(?= to\b|:)"
    r"|[Aa]rrows?)\b|\breturn(?: to\b|:)|\b[Cc]trl[+-](?!\w+ new ?line\b)|[↑↓↵⏎⇆▲▼]|←/?→"
)
"""The name of a key: what stands beside choices to say how to choose, and not to write."""

FIELD = re.compile(r"\[[ xX✓✔*]?\]|\([ xX•●*]\)|[☐☑☒◻◼]|[◂◀◄‹<] .{1,40} [▸▶►›>]")
"""A box to tick, or a value to change: what stands in such a list is not chosen by its place."""

FILLED_BELOW = 8
"""At most so many lines that are not blank stand below the choices: hints, frames, status."""
TASK = re.compile(r"^\s*(?:[◼◻☐☑☒✔✓■□] |…? ?\+?\d+ (?:tasks?|todos?|more|completed|pending)\b)")
"""A line of the agent's list of tasks, which may be long and stand below all else."""
FILLED_ABOVE = 8
"""And how to choose is said at most so many lines above them."""
ASKING = re.compile(r"\w\W{0,2}\?(?:\s|$)")
"""The end of a question."""
RULE = re.compile(r"^\W*[─▔╌-]{8}")
MAX_CHOICES = 12
TOP = re.compile(r"^\s*[╭┌┏╔][─━═]{4,}")
BOTTOM = re.compile(r"^\s*[╰└┗╚][─━═]{4,}")
"""The edges of a frame."""
TALK = frozenset({"last-item", "above-box", "dialog", "bottom"})

GRANTS = (
    "yes", "sure", "allow", "approve", "accept", "grant", "permit", "proceed", "run", "continue",
    "go ahead", "ok",
)  # fmt: skip
REFUSES = (
    "no", "deny", "reject", "refuse", "cancel", "decline", "abort", "skip", "block", "stop",
    "don't", "don’t", "do not",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class UnknownDialog:
    """
    The choices of a dialog, which stand in the lines [first, end).

    It is `firm` where one of them is selected, and how to choose is said beside them, or nothing
    else follows: then it blocks the agent, even if something still turns above it. A form of
    fields has no choices, and stands in the lines up to `end`.
    """

    first: int
    end: int
    options: tuple[Option, ...]
    firm: bool
    state: State


def find_unknown_dialog(layout: Layout) -> UnknownDialog | None:
    """Return the dialog at the bottom of the screen by its choices; None if there is none."""
    lines = layout.find("dialog")
    menu = find_options(lines, layout.agent.option or OPTION)
    if menu is None or len(menu.options) < 2:  # noqa: PLR2004
        return (
            _find_list(layout, lines, 0)
            or _find_fields(layout, lines)
            or _find_framed(layout, lines)
            or _find_radio(layout, lines)
        )
    first, end = menu.first, menu.end
    further = _find_list(layout, lines, end)
    if further or len(_list_filled(lines[end:])) > FILLED_BELOW:
        return further
    marked = any(option.selected for option in menu.options)
    names_keys = _names_keys(layout, lines, first, end)
    if not marked and not names_keys:
        return None
    firm = marked and (names_keys or _is_last(lines, first, end))
    return UnknownDialog(first, end, menu.options, firm, _find_state(layout, menu.options))


def _is_last(lines: Lines, first: int, end: int) -> bool:
    """Return True if choices with a pointer are the last thing on the screen."""
    pointed = any(POINTER.match(line.text) for line in lines[first:end])
    return pointed and all(SEPARATOR.match(line.text) for line in lines[end:])


def _find_fields(layout: Layout, lines: Lines) -> UnknownDialog | None:
    """Return the form at the bottom that tells its keys, or ends with its buttons."""
    y = find_footer(lines, FILLED_BELOW)
    if y is None:
        y = find_widgets(lines)
    if y is None or _shows_work(layout, _list_filled(lines[y + 1 :])):
        return None
    return UnknownDialog(y, y, (), firm=True, state=State.QUESTION)


def _find_framed(layout: Layout, lines: Lines) -> UnknownDialog | None:
    """
    Return the list in a frame that is the last thing on the screen, if one line is selected there.

    The list has no choices: nothing shows which of its other lines are some.
    """
    cursor, filled = layout.screen.cursor, [line for line in lines if line.row.text.strip()]
    if not filled or not BOTTOM.match(filled[-1].row.text) or cursor.visible:
        return None
    tops = [line.y for line in filled if TOP.match(line.row.text)]
    inside = [line for line in filled[:-1] if tops and line.y > tops[-1] and line.left]
    if not is_pointing(inside):
        return None
    return UnknownDialog(len(lines), len(lines), (), firm=True, state=State.QUESTION)


def _find_radio(layout: Layout, lines: Lines) -> UnknownDialog | None:
    """Return the list at the bottom in which one sign is filled and the others are hollow."""
    end = len(lines)
    while end and SEPARATOR.match(lines[end - 1].text):
        end -= 1
    first = end
    while first and RADIO.match(lines[first - 1].text):
        first -= 1
    options = tuple(map(_read_radio, lines[first:end]))
    chosen = sum(option.selected for option in options)
    if layout.screen.cursor.visible or not 1 < len(options) <= MAX_CHOICES or chosen != 1:
        return None
    return UnknownDialog(first, end, options, firm=True, state=_find_state(layout, options))


def _read_radio(line: Line) -> Option:
    match = RADIO.match(line.text)
    label = line.text[match.end() :].strip() if match else ""
    return Option(label, label, bool(match and match["on"]))


def is_pointing(lines: Sequence[Line]) -> bool:
    """Return True if one of the lines is pointed at, and another begins in line with its words."""
    marked = [(i, match) for i, line in enumerate(lines) if (match := POINTER.match(line.text))]
    if len(marked) != 1:
        return False
    place, match = marked[0]
    return any(_begins_at(line, match.end()) for i, line in enumerate(lines) if i != place)


def _find_state(layout: Layout, options: Sequence[Option]) -> State:
    """Return approval if a choice grants and one refuses, or a request stands above them."""
    labels = [option.label.lower() for option in options]
    refuses = any(label.startswith(REFUSES) for label in labels[1:])
    grants = labels[0].startswith(GRANTS) and refuses
    return State.APPROVAL if grants or layout.find_request("dialog") else State.QUESTION


def read_unknown_dialog(layout: Layout, form: UnknownDialog) -> Ask:
    """Return what the dialog asks, as far as its form tells."""
    lines = layout.find_tested("dialog")
    find = find_question if form.options else find_heading
    question = find(lines, form.first)
    ask = Ask(kind=form.state, question=question, options=form.options)
    return complete_ask(ask, layout, "dialog", Menu(form.first, form.end, form.options))


def puts_question(lines: Lines, first: int) -> bool:
    """Return True if a question stands between line `first` and the rule above it."""
    above = takewhile(lambda line: not RULE.search(line.signs), reversed(lines[:first]))
    filled = [line for line in above if line.text][:FILLED_ABOVE]
    return any(ASKING.search(line.text) for line in filled)


def _find_list(layout: Layout, lines: Lines, start: int) -> UnknownDialog | None:
    """
    Return the lowest list without numbers in which one line is selected, if it is firm.

    It stands in the line `start` or below.
    """
    for y in _list_lowest(lines, start):
        match = MARKED.match(lines[y].signs)
        if match:
            first, end = _find_ends(lines, start, y, match.end())
            names_keys = 1 < end - first <= MAX_CHOICES and _names_keys(layout, lines, first, end)
            labels = [line.text[match.end() :].strip() for line in lines[first:end]]
            options = tuple(Option(one, one, first + i == y) for i, one in enumerate(labels))
            if not names_keys or any(map(FIELD.search, labels)):
                return None
            return UnknownDialog(first, end, options, firm=True, state=_find_state(layout, options))
    return None


def _list_lowest(lines: Lines, start: int) -> list[int]:
    """Return the lines in which a list may be, from below."""
    filled = [y for y in range(start, len(lines)) if lines[y].text]
    return filled[: -FILLED_BELOW - MAX_CHOICES : -1]


def _find_ends(lines: Lines, start: int, marked: int, column: int) -> tuple[int, int]:
    """Return the lines [first, end) around the selected one whose words begin in its column."""
    first = end = marked
    while first > start and _begins_at(lines[first - 1], column):
        first -= 1
    end += 1
    while end < len(lines) and _begins_at(lines[end], column):
        end += 1
    return first, end


def _begins_at(line: Line, column: int) -> bool:
    match = OTHER.match(line.text)
    return match is not None and match.end() == column and not SEPARATOR.match(line.text)


def _names_keys(layout: Layout, lines: Lines, first: int, end: int) -> bool:
    """Return True if how to choose is said beside the choices, and no work goes on below them."""
    below = _list_filled(lines[end:])
    if len(below) > FILLED_BELOW or _shows_work(layout, _drop_hints(lines[end:])):
        return False
    if any(HINT.search(line.text) for line in (*lines[first:end], *below)):
        return True
    above = _list_filled(lines[:first])[-FILLED_ABOVE:]
    closed = all(SEPARATOR.match(line.text) for line in below)
    return closed and any(HINT.search(line.text) for line in above)


def _drop_hints(lines: Sequence[Line]) -> list[Line]:
    """Return the lines with text but for the first paragraph that says how to take a choice."""
    names_keys = next((i for i, line in enumerate(lines) if ENTERS.search(line.text)), None)
    if names_keys is None:
        return _list_filled(lines)
    first = end = names_keys
    while first and lines[first - 1].text:
        first -= 1
    while end < len(lines) and lines[end].text:
        end += 1
    return _list_filled((*lines[:first], *lines[end:]))


def _list_filled(lines: Sequence[Line]) -> list[Line]:
    return [line for line in lines if line.text and not TASK.match(line.text)]


def _shows_work(layout: Layout, lines: Sequence[Line]) -> bool:
    text = "\n".join(line.signs for line in lines)
    return any(pattern.search(text) for pattern in _list_work(layout))


def _list_work(layout: Layout) -> list[Pattern]:
    """Return the patterns of what turns at the end of the talk while the agent works."""
    rules = (rule for rule in layout.agent.rules if rule.says is State.WORKING)
    return [one for rule in rules if rule.region in TALK for one in (*rule.any, *rule.all)]
