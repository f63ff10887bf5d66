"""The cheap look before a search, against the searches that it spares."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent_status.agents.literals import can_match, find_present, required_literals
from agent_status.agents.schema import AgentRules
from agent_status.detect.layout import list_literals
from tests.support.knowledge import KNOWLEDGE
from tests.support.share import scale

AGENTS = KNOWLEDGE.agents
LOOSE = re.MULTILINE | re.IGNORECASE


def hold(pattern: re.Pattern[str], text: str) -> frozenset[str]:
    """
    Return what the lines of a text hold, as a layout finds it.
    """
    return frozenset().union(
        *(find_present(required_literals(pattern), line) for line in text.split("\n"))
    )


def list_patterns(agent: AgentRules) -> list[re.Pattern[str]]:
    """
    Return the patterns that are searched in regions.
    """
    rules = [pattern for rule in agent.rules for pattern in (*rule.all, *rule.any, *rule.none)]
    return rules + [pattern for flag in agent.flags for pattern in flag.any]


@pytest.mark.parametrize("agent", AGENTS, ids=lambda agent: agent.kind)
@given(data=st.data())
@settings(max_examples=scale(40))
def test_no_match_of_a_packaged_pattern_is_missed(agent: AgentRules, data: st.DataObject) -> None:
    """
    Whatever text a pattern matches holds one of its literals.
    """
    patterns = list_patterns(agent)
    if not patterns:
        return
    pattern = data.draw(st.sampled_from(patterns))
    text = data.draw(st.from_regex(re.compile(pattern.pattern, pattern.flags)))

    assert can_match(pattern, hold(pattern, text)), text
    assert set(required_literals(pattern)) <= set(list_literals(agent))


@pytest.mark.parametrize(
    ("source", "literals"),
    [
        (r"esc to interrupt", ("interrupt",)),
        (r"(?:yes|no), really", ("really",)),
        (r"(?:allow|deny)\s", ("allow", "deny")),
        (r"a|\d", ()),
        (r"(?:maybe)?", ()),
        (r"(?:maybe)+ x", ("maybe",)),
        (r"[·✢✳] \w+", ("·", "✢", "✳")),
        (r"[^a]bc", ("bc",)),
        (r"(?=ahead).", ("ahead",)),
        (r"(?!ahead).", ()),
        (r"STRASSE", ("strasse",)),
        (r"", ()),
    ],
)
def test_required_literals_are_the_most_selective_ones(
    source: str, literals: tuple[str, ...]
) -> None:
    """
    They never hold white space; a part that may be missing has none.
    """
    pattern = re.compile(source.replace(" ", r"\s+"), LOOSE)

    assert literals == required_literals(pattern)


@pytest.mark.parametrize(
    ("source", "text"),
    [("kelvin", "\u212aelvin"), ("side", "\u017fide"), ("limit", "L\u0131M\u0131T"), ("é", "É")],
)
def test_letters_that_python_takes_for_the_same_are_the_same(source: str, text: str) -> None:
    """
    A pattern without regard to case matches more than the plain letter.
    """
    pattern = re.compile(source, LOOSE)

    assert pattern.search(text)
    assert can_match(pattern, hold(pattern, text))


def test_a_pattern_whose_literals_are_absent_is_not_tried() -> None:
    """
    The look can refuse, or it would spare nothing.
    """
    pattern = re.compile(r"usage\s+limit\s+reached", LOOSE)

    assert not can_match(pattern, hold(pattern, "the usage is fine,\nno limit was seen"))
    assert can_match(pattern, hold(pattern, "limit reached"))
