"""Which option of a request the user means."""

import pytest

from agent_status.model import Ask, Option, State
from agent_status.model.choice import UnclearError, find_option, is_denial


def list_options(*keys: str) -> Ask:
    """
    An ask whose options have these keys.
    """
    return Ask(State.APPROVAL, options=tuple(Option(key, f"Option {key}") for key in keys))


@pytest.mark.parametrize(
    ("keys", "choice", "meant"),
    [
        (("1", "2", "3"), "2", "2"),
        (("2", "3"), "2", "2"),
        (("2", "3"), "1", ""),
        (("2", "esc"), "1", ""),
        (("Red", "Green"), "2", "Green"),
        (("y", "a", "n"), "3", "n"),
        (("y", "a", "n"), "4", ""),
    ],
)
def test_a_number_is_a_position_only_where_no_option_has_one(
    keys: tuple[str, ...], choice: str, meant: str
) -> None:
    """
    The first of the options in sight may be the second: the one before it has scrolled off.
    """
    ask = list_options(*keys)

    if meant:
        assert meant == find_option(ask, choice).key
        return
    with pytest.raises(UnclearError, match=f"there are {', '.join(keys)}"):
        find_option(ask, choice)


@pytest.mark.parametrize(
    ("label", "denies"),
    [
        ("No", True),
        ("No, and tell Claude what to do differently (esc)", True),
        ("(N)o", True),
        ("Reject", True),
        ("Don't run it", True),
        ("Skip", True),
        ("cancel", True),
        ("Yes", False),
        ("Allow", False),
        ("Don't ask again", False),
        ("Stop asking me", False),
        ("Skip permission checks", False),
        ("Do not prompt for this", False),
        ("No, never ask again", False),
        ("Notify me", False),
        ("Stop the server, then wipe the disk", False),
        ("Skip the tests and push", False),
        ("No, but run it in a sandbox", False),
        ("Cancel and continue without it", False),
        ("No, suggest changes (esc)", True),
        ("No, keep planning", True),
        ("Reject and tell it what to do", True),
    ],
)
def test_only_what_denies_and_no_more_is_a_denial(label: str, *, denies: bool) -> None:
    """
    A denial is sent without a further word, so what also grants something is none.
    """
    assert denies == is_denial(Option("1", label))


@pytest.mark.parametrize(
    "label", ["Skip permission checks", "Don't ask again", "Stop it and run the other"]
)
def test_n_never_means_what_is_no_denial(label: str) -> None:
    """
    It never takes a further word to send, so it must never grant anything.
    """
    ask = Ask(State.APPROVAL, options=(Option("1", "Yes"), Option("2", label)))

    with pytest.raises(UnclearError, match="can't tell which option n means"):
        find_option(ask, "n")
    assert label == find_option(ask, "2").label


def test_nothing_but_a_denial_answers_a_blocked_request() -> None:
    """
    Of two requests one above the other, it is not sure which one a key would grant.
    """
    ask = Ask(
        State.APPROVAL,
        options=(Option("1", "Yes"), Option("2", "No")),
        blocked="two requests stand one above the other",
    )

    for choice in ("y", "1"):
        with pytest.raises(UnclearError, match="one above the other: answer in the pane"):
            find_option(ask, choice)
    assert {"2"} == {find_option(ask, choice).key for choice in ("n", "2")}
