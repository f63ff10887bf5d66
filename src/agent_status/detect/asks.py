"""Reads a request verbatim: its question, its options with their keys, its subject."""

import json
import re
from collections.abc import Sequence
from dataclasses import replace

from agent_status.agents.patterns import Pattern
from agent_status.agents.schema import Holds, Rule
from agent_status.detect.choices import (
    BUTTON,
    OPTION,
    SEPARATOR,
    Menu,
    find_buttons,
    find_choices,
    find_options,
    find_question,
)
from agent_status.detect.layout import Layout
from agent_status.detect.lines import Line, join_lines
from agent_status.detect.request import NOT_SHOWN, Request, find_cuts
from agent_status.detect.unwrap import unwrap_lines
from agent_status.model import Ask, State, digest
from agent_status.model.text import flatten_text

MAX_FAULTS = 3
"""Reasons why a dialog was not read whole; more say no more."""
STACKED = "two requests stand one above the other"
HEADLESS = f"{NOT_SHOWN}: its beginning is out of sight"
FLAT = f"{NOT_SHOWN} clearly: a blank in it may be the end of a line"
UNKNOWN_FORM = "what it wants to do can't be read"
UNSURE = "too many of its lines end at the edge"
SEALED_BLANK = "\N{SYMBOL FOR SPACE}"

SPINNER = re.compile(r"^(\s*)[⠁-⣿·∙✢✳✶✻✽∗*•◦●○◐◓◑◒✦⏺◌◍◉|/\\-](?=\s)")
"""A sign that turns or blinks in front of a line."""
TIMER = re.compile(r"\(\s*(?:\d+(?:\.\d+)? ?[hms]\s*)+(?:[•·,][^()]*)?\)")
"""How long something goes on, or will wait."""
MARK = re.compile(r"^\s*[❯›>●→▶*▸»❱]")
"""What marks the selected choice."""


def read_ask(layout: Layout, rule: Rule, kind: State) -> Ask:
    """Return the request on the screen, as `rule` reads it."""
    lines = layout.find_tested(rule.region)
    menu = _find_menu(layout, rule, lines)
    texts = (join_lines(lines), layout.read(rule.region))
    question = _find_group(rule.question, texts, "question")
    first = menu.first if menu else len(lines)
    ask = Ask(
        kind=kind,
        question=question or find_question(lines, first),
        options=menu.options if menu else (),
        file=_find_group(rule.file, texts, "file"),
    )
    return complete_ask(ask, layout, rule.region, menu)


def complete_ask(ask: Ask, layout: Layout, region: str, menu: Menu | None) -> Ask:
    """Return `ask` with the whole dialog, its subject, and what could not be read."""
    lines = layout.find(region)
    request = layout.find_request(region) if ask.kind is State.APPROVAL else None
    end = menu.end if menu else len(lines)
    whole = replace(
        ask,
        text=join_lines(lines).strip("\n"),
        seal=_seal(lines[:end], request, menu, () if request else layout.find_lost_top(region)),
        gist=_find_gist(ask, request.body if request else lines[:end]),
    )
    if request:
        return _describe_whole(_add_request(whole, request, lines), layout)
    cuts = [f"{NOT_SHOWN}: {cut}" for cut in find_cuts(lines)]
    if ask.kind is State.APPROVAL and not cuts:
        cuts = [HEADLESS if layout.is_cut(region) else UNKNOWN_FORM]
    return _describe_whole(replace(whole, hidden=_join_faults(cuts)), layout)


def _describe_whole(ask: Ask, layout: Layout) -> Ask:
    """Return `ask` with the way to show the rest, if the agent hides some."""
    if not (ask.hidden.startswith(NOT_SHOWN) and layout.agent.whole):
        return ask
    return replace(ask, hidden=f"{ask.hidden} ({layout.agent.whole})")


def _join_faults(faults: Sequence[str]) -> str:
    return "; ".join(list(dict.fromkeys(faults))[:MAX_FAULTS])


def _add_request(ask: Ask, request: Request, lines: Sequence[Line]) -> Ask:
    faults = list(request.faults)
    if request.heads > 1:
        faults.insert(0, STACKED)
        ask = replace(ask, blocked=STACKED)
    if request.form.holds is not Holds.TEXT:
        read = unwrap_lines(request.body, hyphens=request.form.hyphens)
        if not read.sure:
            faults.append(UNSURE)
        texts = (read.text.strip(" \n"), *read.readings)
        if request.form.holds is Holds.FLAT and " " in texts[0]:
            faults.append(FLAT)
        if request.form.holds is Holds.JSON:
            texts = tuple(dict.fromkeys(filter(None, map(_decode, texts))))
            if not texts:
                texts = ("",)
                faults.append(UNKNOWN_FORM)
        ask = replace(ask, command=texts[0], readings=texts[1:])
    elif not ask.file:
        about = (line.text.strip() for line in lines[request.top : request.end])
        ask = replace(ask, subject="\n".join(text for text in about if not SEPARATOR.match(text)))
    return replace(ask, hidden=_join_faults(faults))


def _decode(text: str) -> str:
    """Return the command in the JSON object at the start of `text`; empty if there is no object."""
    try:
        record = json.JSONDecoder().raw_decode(text)[0]
    except (ValueError, RecursionError):
        return ""
    command = record.get("command") if isinstance(record, dict) else None
    return command if isinstance(command, str) else ""


def _find_menu(layout: Layout, rule: Rule, lines: Sequence[Line]) -> Menu | None:
    if rule.buttons:
        return find_buttons(lines, rule.buttons, layout.agent.button or BUTTON)
    if rule.choices:
        return find_choices(lines, rule.choices)
    return find_options(lines, layout.agent.option or OPTION)


def is_headless(ask: Ask) -> bool:
    """Return True if the request may begin above the top of the screen."""
    return ask.hidden.startswith(HEADLESS)


def _seal(
    lines: Sequence[Line], request: Request | None, menu: Menu | None, above: Sequence[str]
) -> str:
    """Return a digest of the dialog's lines; only lines outside the body may move."""
    top = request.top if request else 0
    body = range(request.start - 1, request.end) if request else range(0)
    choices = range(menu.first, menu.end) if menu else range(0)
    shown = (
        line.text + SEALED_BLANK * line.row.goes_on
        if i in body
        else _still(line, chosen=i in choices)
        for i, line in enumerate(lines)
        if i >= top
    )
    return digest((*above, *shown))


def _find_gist(ask: Ask, lines: Sequence[Line]) -> str:
    """Return a digest of the words without blanks, the same at any pane size."""
    labels = (option.label for option in ask.options)
    body = (_still(line, chosen=False) for line in lines)
    return digest("".join("".join(words).split()) for words in ((ask.question,), labels, body))


def _still(line: Line, *, chosen: bool) -> str:
    """Return a line's text without moving parts; a rule counts as a blank line."""
    if SEPARATOR.match(line.text):
        return ""
    if chosen:
        return MARK.sub("", line.text).strip()
    return TIMER.sub("()", SPINNER.sub(r"\1•", line.text)).strip()


def _find_group(pattern: Pattern | None, texts: Sequence[str], group: str) -> str:
    """Return what `pattern` finds in the first of the texts that holds it, on one line."""
    found = (pattern.search(text) for text in texts) if pattern else iter(())
    match = next(filter(None, found), None)
    if not match:
        return ""
    return flatten_text(match[group if group in match.re.groupindex else 0])
