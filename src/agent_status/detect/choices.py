"""The choices of a dialog: numbered, one below the other, or side by side."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import dropwhile, takewhile

from agent_status.agents.colours import Colour, find_role
from agent_status.agents.patterns import Pattern
from agent_status.agents.schema import AgentRules
from agent_status.detect.lines import Line, is_wrapped
from agent_status.model import Option

OPTION = re.compile(
    r"^\s*(?P<mark>[❯›>●→▶*▸]\s*)?"
    r"(?P<key>\d{1,2})[.)]\s*(?P<label>[^\s\d].*|(?<=\s)\S.*)$"
)
"""A numbered choice, with the sign that marks the selected one."""

BUTTON = re.compile(r"\S+(?: \S+)*")
"""A choice beside others on one line."""

SEPARATOR = re.compile(r"^[\s─━╌┄═╭╮╰╯┌┐└┘├┤▔▁│┃╎▲▼↑↓\-]*$")
"""A line that only divides or scrolls; blank ones too."""

GAP = re.compile(r"\s{2,}")
"""What divides a choice from its description on the same line."""

UNLIT = frozenset({Colour.DEFAULT, Colour.BLACK, Colour.GREY})
"""Backgrounds that do not mark a choice as the selected one."""

QUESTION_LINES = 6
"""At most so many lines above the options are the question."""


@dataclass(frozen=True, slots=True)
class Menu:
    """The choices in the lines [first, end)."""

    first: int
    end: int
    options: tuple[Option, ...]


def find_menu(lines: Sequence[Line], agent: AgentRules) -> Menu | None:
    """Return the lowest choices that the agent's rules can read, or None."""
    found = [find_options(lines, agent.option or OPTION)]
    for rule in agent.rules:
        if rule.buttons:
            found.append(find_buttons(lines, rule.buttons, agent.button or BUTTON))
        if rule.choices:
            found.append(find_choices(lines, rule.choices))
    menus = [menu for menu in found if menu and len(menu.options) > 1]
    return max(menus, key=lambda menu: (menu.end, menu.first), default=None)


def find_options(lines: Sequence[Line], pattern: Pattern = OPTION) -> Menu | None:
    """
    Return the last list of numbered options; None if there is none.

    A list counts up by one; lines between its options belong to the option above them if the
    screen's edge wrapped it, even where such a line begins with a number.
    """
    first, last, end, inner = 0, -1, 0, 0
    found: list[Option] = []
    lit: list[bool] = []
    for i, line in enumerate(lines):
        match = pattern.match(line.signs)
        wrapped = bool(found) and last == i - 1 and is_wrapped(lines[i - 1], line)
        if match and found and end == i and _find_key(line, match) >= inner:
            wrapped, match, end = last == i - 1, None, i + 1
        follows = match is not None and bool(found) and _is_next(match["key"], found[-1].key)
        if match and (follows or not wrapped):
            if not follows:
                first, found, lit = i, [], []
                inner = line.offset + match.start("label")
            label, _, has_sign = _split_label(_cut(line, match, "label"))
            found.append(Option(match["key"].lstrip("0") or "0", label, bool(match["mark"])))
            lit.append(_is_lit(line, match.start("label")))
            last, end = (i if not has_sign else -1), i + 1
        elif wrapped:
            label = f"{found[-1].label} {line.text.strip()}"
            found[-1] = replace(found[-1], label=label)
            last, end = i, i + 1
    return Menu(first, end, _mark_lit(found, lit)) if found else None


def _is_next(key: str, before: str) -> bool:
    """Return True if a choice's number or letter counts on."""
    if key.isdigit() and before.isdigit():
        return int(key) == int(before) + 1
    return len(key) == len(before) == 1 and ord(key) == ord(before) + 1


def _find_key(line: Line, match: re.Match[str]) -> int:
    """Return where the number of a choice stands in its row; those of one list are in line."""
    return line.offset + match.start("key")


def _mark_lit(found: Sequence[Option], lit: Sequence[bool]) -> tuple[Option, ...]:
    """Return the options, with the only one that stands out as selected where no sign tells."""
    if sum(lit) != 1 or any(option.selected for option in found):
        return tuple(found)
    return tuple(replace(option, selected=on) for option, on in zip(found, lit, strict=True))


def _split_label(text: str) -> tuple[str, str, str]:
    """Return a choice's label, the gap, and the description beside it if there is one."""
    match = GAP.search(text)
    return (text[: match.start()], match[0], text[match.end() :]) if match else (text, "", "")


def find_question(lines: Sequence[Line], first: int) -> str:
    """Return the paragraph directly above line `first`, on one line."""
    above = [line.text for line in lines[:first]]
    while above and SEPARATOR.match(above[-1]):
        above.pop()
    taken = list(takewhile(lambda text: not SEPARATOR.match(text), reversed(above)))
    return " ".join(text.strip() for text in reversed(taken[:QUESTION_LINES]))


def find_heading(lines: Sequence[Line], end: int) -> str:
    """Return the first paragraph below the last rule above line `end`, on one line."""
    texts = [line.text for line in lines[:end]]
    rules = (i + 1 for i, text in enumerate(texts) if text and SEPARATOR.match(text))
    below = dropwhile(SEPARATOR.match, texts[max(rules, default=0) :])
    taken = list(takewhile(lambda text: not SEPARATOR.match(text), below))
    return " ".join(text.strip() for text in taken[:QUESTION_LINES])


def find_choices(lines: Sequence[Line], pattern: Pattern) -> Menu | None:
    """
    Return the last list of choices without numbers; None if there is none.

    Its lines match `pattern` one below the other, and one of them is marked as selected, by its
    sign or by its look alone; a choice is its own key unless the pattern has a group `key`.
    """
    first = 0
    found: list[Option] = []
    lit: list[bool] = []
    last: Menu | None = None
    for i, line in enumerate(lines):
        match = pattern.search(line.signs)
        if found and is_wrapped(lines[i - 1], line):
            found[-1] = replace(found[-1], label=f"{found[-1].label} {line.text.strip()}")
        elif match:
            first = first if found else i
            found.append(_read_choice(line, match))
            lit.append(_is_lit(line, match.start("label")))
        else:
            found, lit = [], []
        options = _mark_lit(found, lit)
        if any(option.selected for option in options):
            last = Menu(first, i + 1, options)
    return last


def _read_choice(line: Line, match: re.Match[str], start: int = 0) -> Option:
    """Return the choice that `match` found from index `start` of the line on."""
    named = match.groupdict()
    label, _, _ = _split_label(_cut(line, match, "label" if "label" in named else 0, start).strip())
    return Option(named.get("key") or label, label, bool(named.get("mark")))


def _cut(line: Line, match: re.Match[str], group: str | int, start: int = 0) -> str:
    """Return as it stands there what matched where signs are folded."""
    return line.text[start + match.start(group) : start + match.end(group)]


def find_buttons(lines: Sequence[Line], pattern: Pattern, button: Pattern = BUTTON) -> Menu | None:
    """Return the choices that stand side by side in the last line that `pattern` matches."""
    for i in reversed(range(len(lines))):
        line = lines[i]
        match = pattern.search(line.signs)
        if match:
            start = match.start("buttons")
            found = list(button.finditer(match["buttons"]))
            lit = [_is_lit(line, start + at.start()) for at in found]
            options = _mark_lit([_read_choice(line, at, start) for at in found], lit)
            return Menu(i, i + 1, options)
    return None


def _is_lit(line: Line, index: int) -> bool:
    style = line.style_at(index)
    return style.reverse or style.bold or find_role(style.bg) not in UNLIT
