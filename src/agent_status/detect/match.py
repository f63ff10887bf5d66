"""Which rules of an agent hold on a screen: every one is tried, every finding kept."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from agent_status.agents.colours import find_role
from agent_status.agents.literals import can_match
from agent_status.agents.patterns import Pattern
from agent_status.agents.problems import SlowRuleError
from agent_status.agents.schema import REGIONS, FlagRule, ModeRule, Rule, StyleTest
from agent_status.detect.asks import read_ask
from agent_status.detect.choices import BUTTON, OPTION, find_buttons, find_choices, find_options
from agent_status.detect.evidence import weigh
from agent_status.detect.layout import Layout
from agent_status.detect.lines import Line, Lines
from agent_status.detect.unknown_dialog import (
    find_unknown_dialog,
    puts_question,
    read_unknown_dialog,
)
from agent_status.detect.work_row import find_activity
from agent_status.model import ASKS, UNASKED, Ask, Autonomy, Evidence, Flag, State, Style, clip_text
from agent_status.model.text import HIDDEN

EXCERPT = 120
"""Characters of an excerpt."""


@dataclass(frozen=True, slots=True)
class Findings:
    """What each rule found on one screen, by its id; None where it does not hold."""

    layout: Layout
    by_rule: Mapping[str, Evidence | None]

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """What the rules that hold say, in the order of the rules."""
        return tuple(one for one in self.by_rule.values() if one)


def find_evidence(layout: Layout) -> tuple[Evidence, ...]:
    """Return what every rule that holds says about the screen, in the order of the rules."""
    return advance_findings(layout, None).evidence


def advance_findings(layout: Layout, before: Findings | None) -> Findings:
    """
    Return what every rule finds on the screen.

    Where a region is as it was on the screen of `before`, what was found there still holds, and
    costs nothing.
    """
    known = before if before and _is_alike(before.layout, layout) else None
    kept = {
        region for region in REGIONS if known and known.layout.find(region) == layout.find(region)
    }
    by_rule = {
        rule.id: known.by_rule[rule.id]
        if known and rule.region in kept
        else _try_rule(layout, rule)
        for rule in layout.agent.rules
    }
    dialog = known.by_rule[DIALOG] if known and DIALOG in kept else _find_dialog(layout, by_rule)
    activity = None if _knows_talk(by_rule) else find_activity(layout)
    return Findings(layout, {**by_rule, DIALOG: dialog, ACTIVITY: activity})


def _knows_talk(known: Mapping[str, Evidence | None]) -> bool:
    """Return True if a rule knows what stands above the box: better than its form alone tells."""
    return any(
        one and one.region in TALK and one.state in {*ASKS, State.WORKING} for one in known.values()
    )


def _is_alike(before: Layout, layout: Layout) -> bool:
    return before.agent is layout.agent and before.above == layout.above


def _try_rule(layout: Layout, rule: Rule) -> Evidence | None:
    """Return what a rule finds; one that the caller has stopped is named."""
    if not _may_hold(rule, layout.read_present(rule.region)):
        return None
    lines = _find_lines(layout, rule)
    try:
        if not matches_rule(layout, rule, lines) or _is_ruled_out(layout, rule):
            return None
        return read_evidence(layout, rule)
    except TimeoutError as error:
        raise SlowRuleError(layout.agent.kind, rule.id) from error


def _is_masked(rule: Rule) -> bool:
    """Return True if a rule may not see what a request is about: that tells nothing of its kind."""
    return rule.region == DIALOG or rule.says in ASKS


def _is_ruled_out(layout: Layout, rule: Rule) -> bool:
    """Return True if a request is in sight, and `rule` finds another kind of dialog."""
    other = rule.says not in {State.APPROVAL, State.UNKNOWN}
    asks = rule.region == DIALOG or rule.says in ASKS
    return other and asks and layout.has_request(rule.region)


def _find_lines(layout: Layout, rule: Rule) -> Lines:
    return layout.find_tested(rule.region) if _is_masked(rule) else layout.find(rule.region)


DIALOG = "dialog"
"""The id of what a dialog says by its form alone."""
TALK = frozenset({"last-item", "above-box"})
"""The regions in which such a row stands."""
ACTIVITY = "activity"
"""The id of what a row that shows work by its form alone says."""


def _find_dialog(layout: Layout, known: Mapping[str, Evidence | None]) -> Evidence | None:
    """
    Return what a dialog with choices says by its form alone, where no rule may know it.

    A rule that knows what stands in that region knows it better than its form, but for one that
    reads it as a menu: choices to grant and to refuse aren't one. Below the head of a request it is
    an approval, even if the rules miss its words.
    """
    form = find_unknown_dialog(layout)
    if form is None:
        return None
    known_source = any(one and one.region == DIALOG and one.state for one in known.values())
    source = "firm dialog" if form.firm and not known_source else DIALOG
    if not known_source and layout.find_request(DIALOG):
        source = "screen"
    ask = read_unknown_dialog(layout, form)
    text = layout.read(DIALOG)
    return Evidence(
        state=form.state,
        source=DIALOG,
        rule=f"{layout.agent.kind}/{DIALOG}",
        weight=weigh(source, form.state),
        region=DIALOG,
        excerpt=clip_text(ask.question or text, EXCERPT),
        reason=clip_text(MARKS.sub("", ask.question), EXCERPT),
        ask=ask,
        asks=puts_question(layout.find(DIALOG), form.first),
    )


def matches_rule(layout: Layout, rule: Rule, lines: Lines) -> bool:
    """Return True if all tests of `rule` hold for its region; a region without text fails."""
    masked = _is_masked(rule)
    text = layout.read_tested(rule.region) if masked else layout.read_signs(rule.region)
    if not text or text.isspace():
        return False
    present = layout.read_present(rule.region)
    return (
        all(_has(pattern, text, present) for pattern in rule.all)
        and (not rule.any or any(_has(pattern, text, present) for pattern in rule.any))
        and (
            _names_form(layout, rule)
            or not any(_has(pattern, text, present) for pattern in rule.none)
        )
        and all(_matches_style(lines, test) for test in rule.style)
        and _has_options(layout, rule, lines)
    )


def _may_hold(rule: Rule, present: frozenset[str]) -> bool:
    """Return True if the words that stand in a rule's region allow it to hold."""
    either = not rule.any or any(can_match(pattern, present) for pattern in rule.any)
    return either and all(can_match(pattern, present) for pattern in rule.all)


def _names_form(layout: Layout, rule: Rule) -> bool:
    """Return True if a request is in sight, so that no words can rule it out."""
    return rule.says is State.APPROVAL and layout.has_request(rule.region)


def _has(pattern: Pattern, text: str, present: frozenset[str]) -> bool:
    return can_match(pattern, present) and pattern.search(text) is not None


def _has_options(layout: Layout, rule: Rule, lines: Lines) -> bool:
    if rule.buttons and not find_buttons(lines, rule.buttons, layout.agent.button or BUTTON):
        return False
    if rule.choices and not find_choices(lines, rule.choices):
        return False
    menu = find_options(lines, layout.agent.option or OPTION) if rule.options else None
    return len(menu.options if menu else ()) >= rule.options


def _matches_style(lines: Sequence[Line], test: StyleTest) -> bool:
    if test.last:
        lines = [line for line in lines if line.text][-test.last :]
    if test.edge:
        return any(_has_edge(line, test) and test.text.search(line.text) for line in lines)
    return any(
        _has_style(line.style_at(match.start(_find_place(match))), test)
        for line in lines
        for match in test.text.finditer(line.text)
    )


def _find_place(match: re.Match[str]) -> str | int:
    return "at" if "at" in match.re.groupindex else 0


def _has_edge(line: Line, test: StyleTest) -> bool:
    text = line.row.text
    edge = len(text) - len(text.lstrip())
    return edge < line.offset and _has_style(line.row.style_at(edge), test)


def _has_style(style: Style, test: StyleTest) -> bool:
    return (
        (test.colour is None or find_role(style.fg) == test.colour)
        and (test.dim is None or style.dim == test.dim)
        and (test.bold is None or style.bold == test.bold)
        and (test.reverse is None or style.reverse == test.reverse)
    )


def read_evidence(layout: Layout, rule: Rule) -> Evidence:
    """Return the finding of a rule that holds, with its ask and its reason."""
    source = "title" if rule.region == "title" else "screen"
    ask = read_ask(layout, rule, rule.says) if rule.says in ASKS and source == "screen" else None
    return Evidence(
        state=rule.says,
        source=source,
        rule=f"{layout.agent.kind}/{rule.id}",
        weight=weigh(source, rule.says) if rule.weight is None else rule.weight,
        region=rule.region,
        excerpt=_find_excerpt(layout, rule, ask),
        reason=_find_reason(layout, rule, ask),
        ask=ask,
        sure=rule.sure,
        seen=rule.seen,
        turns=rule.turns,
    )


def _find_excerpt(layout: Layout, rule: Rule, ask: Ask | None) -> str:
    text = layout.read(rule.region)
    found = (text[match.start() : match.end()] for match in _iterate_matches(layout, rule))
    gist = ask.question if ask else text
    return clip_text(next(filter(str.strip, found), gist), EXCERPT)


def _iterate_matches(layout: Layout, rule: Rule) -> Iterator[re.Match[str]]:
    """Yield where the patterns of `any` and `all` match in the region, at the text's indexes."""
    signs = layout.read_signs(rule.region)
    found = (pattern.search(signs) for pattern in (*rule.any, *rule.all))
    return (match for match in found if match)


def _find_reason(layout: Layout, rule: Rule, ask: Ask | None) -> str:
    stake = _find_stake(rule, ask) if ask else ""
    if rule.says is State.SETUP:
        stake = _find_line(layout, rule)
    words = _search(rule.reason, layout.read(rule.region)) or stake or rule.words
    return clip_text(MARKS.sub("", words), EXCERPT)


def _find_stake(rule: Rule, ask: Ask) -> str:
    if ask.file and not ask.command:
        return f"{rule.words} {ask.file}".strip()
    return ask.command or ask.question


MARKS = re.compile(rf"^(?:[^\w\[({{<'\"`$~/.+{HIDDEN}-]\ufe0f?)+")
"""Bullets and other signs before the words of a line; what can't be seen isn't one."""


def _find_line(layout: Layout, rule: Rule) -> str:
    """Return the whole line in which a pattern of `any` or `all` begins."""
    text = layout.read(rule.region)
    start = next((match.start() for match in _iterate_matches(layout, rule)), 0)
    return text[text.rfind("\n", 0, start) + 1 :].partition("\n")[0]


def _search(pattern: Pattern | None, text: str) -> str:
    match = pattern.search(text) if pattern else None
    if not match:
        return ""
    return match["reason"] if "reason" in match.re.groupindex else match[0]


def find_flags(layout: Layout) -> frozenset[Flag]:
    """Return what is true beside the state, the user's half-typed text included."""
    return frozenset(_iterate_flags(layout))


def find_mode(layout: Layout) -> Autonomy:
    """Return how much the agent does without asking, as its screen says."""
    found = (rule.says for rule in layout.agent.modes if _shows(layout, rule))
    return next(found, Autonomy.UNKNOWN)


def _shows(layout: Layout, rule: FlagRule | ModeRule) -> bool:
    text, present = layout.read_signs(rule.region), layout.read_present(rule.region)
    return any(_has(pattern, text, present) for pattern in rule.any)


def _iterate_flags(layout: Layout) -> Iterator[Flag]:
    known_source = False
    for rule in layout.agent.flags:
        if _shows(layout, rule):
            known_source = known_source or rule.region == "box"
            yield rule.flag
    if find_mode(layout) in UNASKED:
        yield Flag.AUTO
    if layout.draft and not known_source:  # what the box itself says, nobody typed
        yield Flag.DRAFT
