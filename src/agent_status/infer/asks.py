"""What a dialog asks, verbatim: its question, its options with their keys, the command at stake."""

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import takewhile

from agent_status.infer.colour import Colour, find_role
from agent_status.infer.layout import Layout, Line, join_lines
from agent_status.infer.schema import Lines as LinesCapture
from agent_status.infer.schema import Pattern, Rule
from agent_status.model import Ask, Option, State
from agent_status.model.text import flatten_text

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


def find_options(
    lines: Sequence[Line], pattern: Pattern = OPTION
) -> tuple[int, tuple[Option, ...]]:
    """
    Return the last list of numbered options as (index of its first line, options).

    A list counts up by one; lines between its options belong to the option above them if the
    screen's edge wrapped it. Returns (len(lines), ()) if there is none.
    """
    first, last = len(lines), 0
    found: list[Option] = []
    lit: list[bool] = []
    for i, line in enumerate(lines):
        match = pattern.match(line.signs)
        if match:
            key = int(match["key"])
            if not found or key != int(found[-1].key) + 1:
                first, found, lit = i, [], []
            label, _, told = _split_label(_cut(line, match, "label"))
            found.append(Option(str(key), label, bool(match["mark"])))
            lit.append(_is_lit(line, match.start("label")))
            last = i if not told else -1
        elif found and last == i - 1 and _is_wrapped(lines[i - 1], line):
            label = f"{found[-1].label} {line.text.strip()}"
            found[-1] = Option(found[-1].key, label, found[-1].selected)
            last = i
    return first, _mark_lit(found, lit)


def _mark_lit(found: Sequence[Option], lit: Sequence[bool]) -> tuple[Option, ...]:
    """Return the options, with the only one that stands out as selected where no sign tells."""
    if sum(lit) != 1 or any(option.selected for option in found):
        return tuple(found)
    return tuple(replace(option, selected=on) for option, on in zip(found, lit, strict=True))


def _split_label(text: str) -> tuple[str, str, str]:
    """Return a choice's label, the gap, and the description beside it if there is one."""
    match = GAP.search(text)
    return (text[: match.start()], match[0], text[match.end() :]) if match else (text, "", "")


def _is_wrapped(line: Line, following: Line) -> bool:
    """Return whether `following` continues `line`: its first word would not have fitted there."""
    words = following.text.split()
    return bool(words) and _indent(following) >= _indent(line) and len(words[0]) + 1 > line.room


def _indent(line: Line) -> int:
    return len(line.text) - len(line.text.lstrip())


def unwrap_lines(lines: Sequence[Line], *, hyphens: bool = False) -> str:
    """
    Return the lines' text with the line ends taken out that only the screen's edge made.

    With `hyphens` the program breaks words behind a hyphen and before a slash, too.
    """
    text, before = "", None
    for line in lines:
        if before is not None:
            wrapped = _is_wrapped(before, line)
            text += _join(text, line.text.strip(), hyphens=hyphens) if wrapped else "\n"
        text += line.text.strip()
        before = line
    return text


def _join(text: str, following: str, *, hyphens: bool) -> str:
    path = text.endswith(".") and following.startswith("/")
    return "" if hyphens and (text.endswith("-") or path) else " "


def find_question(lines: Sequence[Line], first: int) -> str:
    """Return the paragraph right above line `first`, on one line."""
    above = [line.text for line in lines[:first]]
    while above and SEPARATOR.match(above[-1]):
        above.pop()
    taken = list(takewhile(lambda text: not SEPARATOR.match(text), reversed(above)))
    return " ".join(text.strip() for text in reversed(taken[:QUESTION_LINES]))


def find_lines(lines: Sequence[Line], capture: LinesCapture) -> str:
    """
    Return the text that `capture` describes, wrapped lines joined; empty if it is not there.

    It begins with the group `command` of the line that matches `after`, or else below it.
    """
    start = next((i for i, line in enumerate(lines) if capture.after.search(line.text)), None)
    if start is None:
        return ""
    match = capture.after.search(lines[start].text)
    rest = list(lines[start + 1 :])
    if match and "command" in match.re.groupindex:
        offset = lines[start].offset + match.start("command")
        rest.insert(0, replace(lines[start], text=match["command"], offset=offset))
    while rest and _stands_before(rest[0].text, capture.skip):
        rest.pop(0)
    stop = capture.before or SEPARATOR
    taken = list(takewhile(lambda line: not stop.search(line.text), rest))
    if capture.strip:
        taken = [replace(line, text=capture.strip.sub("", line.text)) for line in taken]
    if capture.plain:
        taken = list(takewhile(lambda line: not line.is_faint(_indent(line)), taken))
    return unwrap_lines(taken, hyphens=capture.hyphens).strip()


def _stands_before(text: str, skip: Pattern | None) -> bool:
    return bool(SEPARATOR.match(text) or (skip and skip.search(text)))


def find_choices(lines: Sequence[Line], pattern: Pattern) -> tuple[int, tuple[Option, ...]]:
    """
    Return the last list of choices without numbers as (index of its first line, choices).

    Its lines match `pattern` one below the other, and one of them is marked as selected; a
    choice is its own key unless the pattern has a group `key`. (len(lines), ()) if there is none.
    """
    found: list[Option] = []
    last = (len(lines), tuple(found))
    for i, line in enumerate(lines):
        match = pattern.search(line.signs)
        if found and _is_wrapped(lines[i - 1], line):
            found[-1] = replace(found[-1], label=f"{found[-1].label} {line.text.strip()}")
        elif match:
            found.append(_read_choice(line, match))
        else:
            found = []
        if any(option.selected for option in found):
            last = (i + 1 - len(found), tuple(found))
    return last


def _read_choice(line: Line, match: re.Match[str], start: int = 0) -> Option:
    """Return the choice that `match` found from index `start` of the line on."""
    named = match.groupdict()
    label, _, _ = _split_label(_cut(line, match, "label" if "label" in named else 0, start).strip())
    return Option(named.get("key") or label, label, bool(named.get("mark")))


def _cut(line: Line, match: re.Match[str], group: str | int, start: int = 0) -> str:
    """Return as it stands there what matched where signs are folded."""
    return line.text[start + match.start(group) : start + match.end(group)]


def find_buttons(
    lines: Sequence[Line], pattern: Pattern, button: Pattern = BUTTON
) -> tuple[Option, ...]:
    """Return the choices that stand side by side in the last line that `pattern` matches."""
    for line in reversed(lines):
        match = pattern.search(line.signs)
        if match:
            start = match.start("buttons")
            found = list(button.finditer(match["buttons"]))
            lit = [_is_lit(line, start + at.start()) for at in found]
            return _mark_lit([_read_choice(line, at, start) for at in found], lit)
    return ()


def _is_lit(line: Line, index: int) -> bool:
    style = line.style_at(index)
    return style.reverse or style.bold or find_role(style.bg) not in UNLIT


def read_ask(layout: Layout, rule: Rule, kind: State) -> Ask:
    """Return what the dialog on the screen asks, as `rule` knows to read it."""
    lines = layout.find(rule.region)
    first, options = find_options(lines, layout.agent.option or OPTION)
    if rule.choices:
        first, options = find_choices(lines, rule.choices)
    if rule.buttons:
        options = find_buttons(lines, rule.buttons, layout.agent.button or BUTTON)
    text = join_lines(lines)
    question = _find_group(rule.question, text, "question") if rule.question else ""
    return Ask(
        kind=kind,
        question=question or find_question(lines, first),
        options=options,
        command=find_lines(lines, rule.command) if rule.command else "",
        file=_find_group(rule.file, text, "file") if rule.file else "",
        text=text.strip("\n"),
    )


def _find_group(pattern: Pattern, text: str, group: str) -> str:
    match = pattern.search(text)
    if not match:
        return ""
    return flatten_text(match[group if group in match.re.groupindex else 0])
