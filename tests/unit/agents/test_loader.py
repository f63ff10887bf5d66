"""The strict parser of an agent's TOML."""

from pathlib import Path

import pytest

from agent_status.agents.files import load_agents, read_packaged
from agent_status.agents.loader import parse_agent, parse_agents
from agent_status.agents.patterns import LatePattern, compile_field, compile_words
from agent_status.toml_tables import TableError


def test_every_packaged_agent_is_read_without_a_problem() -> None:
    """
    What we ship holds to our own schema.
    """
    agents, problems = parse_agents(read_packaged())

    assert () == problems
    assert {"claude", "codex", "gemini", "opencode"} <= {agent.kind for agent in agents}


def test_rule_ids_are_unique_in_each_packaged_agent() -> None:
    """
    A rule's id names one rule.
    """
    agents, _ = parse_agents(read_packaged())

    for agent in agents:
        ids = [rule.id for rule in agent.rules]
        assert sorted(set(ids)) == sorted(ids)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("name = [", "not TOML"),
        ("", "lacks name"),
        ("name = 7", "name: 7 is not a text"),
        ('name = "x"\ncolour = "red"', "unknown key 'colour'"),
        ('name = "x"\nitem = "("', "is not a pattern"),
        ('name = "x"\n[identify]\nnames = "x"', "identify: names: 'x' is not a list"),
        (
            'name = "x"\n[[rule]]\nid = "a"\nsays = "busy"\nregion = "box"',
            "a: says: 'busy' is none of",
        ),
        ('name = "x"\n[[rule]]\nid = "a"\nsays = "idle"', "a: lacks region"),
        (
            'name = "x"\n[[rule]]\nid = "a"\nsays = "idle"\nregion = "box"\nweight = -1',
            "weight: -1",
        ),
        ('name = "x"\n[[rule]]\nid = "a"\nsays = "idle"\nregion = "box"\nsure = 1', "sure: 1"),
        ('name = "x"\nrule = 3', "rule: 3 is not a list"),
        ('name = "x"\nrule = [3]', "rule: 3 is not a table"),
    ],
)
def test_a_wrong_file_is_refused_with_the_key_and_the_reason(text: str, told: str) -> None:
    """
    The message says where and why.
    """
    with pytest.raises(TableError) as caught:
        parse_agent("x", text)

    assert told in str(caught.value)


def test_a_broken_file_leaves_the_packaged_one_in_force() -> None:
    """
    One broken file takes nothing else down.
    """
    files = [
        ("x", "x.toml", 'name = "X"'),
        ("x", "own/x.toml", "name = "),
        ("y", "own/y.toml", 'name = "Y"'),
    ]

    agents, problems = parse_agents(files)

    assert ["X", "Y"] == [agent.name for agent in agents]
    assert ["own/x.toml"] == [problem.where for problem in problems]


def test_a_users_file_replaces_the_packaged_one() -> None:
    """
    The later file of a kind wins.
    """
    agents, problems = parse_agents([("x", "a", 'name = "A"'), ("x", "b", 'name = "B"')])

    assert ((), ["B"]) == (problems, [agent.name for agent in agents])


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("do you want to", "Do you\n want   to"),
        ("a +b", "a \n b"),
        ("a *b", "ab"),
        (r"x\ y", "x y"),
        ("[ab c]d", " d"),
    ],
)
def test_a_blank_in_a_pattern_is_any_white_space(pattern: str, text: str) -> None:
    """
    Narrow panes wrap text anywhere; a phrase is found all the same.
    """
    assert compile_words(pattern).search(text)


def test_hold_says_no_state() -> None:
    """
    A menu that the user opened holds the last state.
    """
    agent = parse_agent("x", 'name = "x"\n[[rule]]\nid = "m"\nsays = "hold"\nregion = "box"')

    assert [None] == [rule.says for rule in agent.rules]


@pytest.mark.parametrize(
    "pattern",
    ["(x+)+", "(x|x)*", "(?:x{1,9}){1,9}", "(?=.*b)", r"(x)\1*", ".*a.*b.*c", "a?a?a?a?a?a?a?a?a?"],
)
def test_a_pattern_for_files_that_may_take_for_ever_is_refused(pattern: str) -> None:
    """
    The file of rules says so, and how to mend it.
    """
    text = f"name = 'x'\n[[session]]\npath = 'x'\nroot = '~'\nwhere = {{ a = '{pattern}' }}\n"

    agents, problems = parse_agents((("x", "x.toml", text),))

    assert () == agents
    assert ["x.toml"] == [problem.where for problem in problems]
    assert "may take for ever" in problems[0].what
    with pytest.raises(TableError) as caught:
        parse_agent("x", text)
    assert "repeat single characters only" in caught.value.problems[0].hint


@pytest.mark.parametrize("pattern", ["busy|idle", "|a.b", "(?s)[^<].*", "a{3}b*", "(?:a|b)c+"])
def test_a_plain_pattern_for_files_is_taken(pattern: str) -> None:
    """
    Words, alternatives, and a few repeats of a character.
    """
    assert pattern == compile_field(pattern).pattern


def test_packaged_patterns_are_compiled_at_their_first_use_to_the_same(tmp_path: Path) -> None:
    """
    Those of a user's own file at once: an error is told when it is read.
    """
    (tmp_path / "agents").mkdir()
    (tmp_path / "agents" / "mine.toml").write_text('name = "Mine"\nitem = "("\n')
    eager, _ = parse_agents(read_packaged())
    screens = {one.kind: one.identify.screen for one in eager}

    found, (problem,) = load_agents(tmp_path)

    late = [(one.kind, pattern) for one in found.agents for pattern in one.identify.screen]
    made = [(kind, pattern) for kind, patterns in screens.items() for pattern in patterns]
    assert all(isinstance(pattern, LatePattern) for _, pattern in late)
    assert [(kind, one.pattern, one.flags) for kind, one in made] == [
        (kind, one.pattern, one.flags) for kind, one in late
    ]
    assert "is not a pattern" in problem.what
