"""The options table, and what it refuses."""

import pytest

from agent_status.model import STATES, State
from agent_status.options import (
    PREFIX,
    TABLE,
    Options,
    find_misspelt,
    parse_options,
    render_table,
)


def test_without_options_all_is_as_documented() -> None:
    """
    The defaults need no parsing and cause no problem.
    """
    assert (Options(), ()) == parse_options({})


def test_every_state_that_shows_has_a_colour() -> None:
    """
    No badge is left to chance.
    """
    shown = [state for state in State if state is not State.NONE]

    assert all(f"{PREFIX}colour-{state.value}" in dict(TABLE) for state in shown)


def test_every_state_has_its_own_colour() -> None:
    """
    Also one that is called as another option.
    """
    raw = {f"{PREFIX}colour-{state}": f"colour{at}" for at, state in enumerate(STATES)}

    options, problems = parse_options(raw | {f"{PREFIX}review": "off"})

    assert not problems
    assert not options.review
    assert [f"colour{at}" for at in range(len(STATES))] == [*map(options.find_colour, STATES)]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("auto", "maybe"),
        ("icons", "emoji"),
        ("key", "A B"),
        ("summary-width", "9"),
        ("summary-width", "wide"),
        ("popup-width", "90%%"),
        ("popup-height", "0"),
        ("popup-width", "101%"),
        ("colour-error", "#(touch x)"),
        ("colour-error", "red,bg=blue"),
        ("colour-idle", "#[fg=red]"),
    ],
)
def test_a_wrong_value_is_named_and_the_default_used(name: str, value: str) -> None:
    """
    Each problem names the option, what is wrong and the mend; the others stay.
    """
    options, problems = parse_options({PREFIX + name: value, f"{PREFIX}icons ": "x"})

    assert Options() == options
    assert [PREFIX + name] == [problem.where for problem in problems]
    assert value in problems[0].what
    assert problems[0].hint


def test_good_values_are_taken() -> None:
    """
    As a user writes them.
    """
    raw = {f"{PREFIX}auto": "off", f"{PREFIX}icons": "ascii", f"{PREFIX}colour-plan": "#aabbcc"}

    options, problems = parse_options(raw)

    assert () == problems
    assert (False, "ascii") == (options.auto, options.icons)
    assert "#aabbcc" == options.find_colour(State.PLAN)


def test_the_table_has_a_row_for_each_option() -> None:
    """
    The page of options is drawn from it.
    """
    assert len(TABLE) + 2 == len(render_table().splitlines())


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("@agent-status-icon", "did you mean @agent-status-icons?"),
        ("@agent-status-color-error", "did you mean @agent-status-colour-error?"),
        ("@agent-status-xyzzy", "agent-status help options lists them"),
        ("@agent-status-summary", ""),
        ("@agent-status-window-format", ""),
        ("@agent-status-icons", ""),
        ("@agent-statusline", ""),
        ("@other-status-icon", ""),
    ],
)
def test_a_misspelt_option_is_told(name: str, hint: str) -> None:
    """
    With the one that is nearest; what others or we ourselves keep in tmux is none.
    """
    assert [hint] * bool(hint) == [problem.hint for problem in find_misspelt([name])]
