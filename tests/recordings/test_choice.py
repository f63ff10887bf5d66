"""Which option the user means, in every dialog that was recorded."""

from pathlib import Path

import pytest

from agent_status.agents.registry import Registry
from agent_status.model import Ask, Option, State
from agent_status.model.choice import UnclearError, find_option, is_denial
from agent_status.protocol.pane_state import parse_ask
from agent_status.recordings.replay import iterate_changes, iterate_statuses
from agent_status.terminal.asciicast import open_recording
from tests.support.places import RECORDINGS, list_folders

FOLDER = RECORDINGS
NOBODY = Path("/nonexistent")
WIDTH = 40
"""
Of a label in the table below.
"""
MEANT = {
    "aider": {
        "(Y)es | (N)o",
    },
    "amp": {
        "? | ?",
    },
    "auggie": {
        "? | ?",
        "[A]llow | [D]eny",
    },
    "claude": {
        "? | ?",
        "? | Cancel",
        "? | cancel",
        "Yes | No",
        "Yes | No (recommended)",
        "Yes | No (recommended) ✔",
        "Yes | No, and tell Claude what to do different",
        "Yes | cancel",
        "Yes, I trust this folder | No, exit",
        "Yes, and manually approve edits | ?",
        "Yes, and manually approve edits | No, keep planning",
        "Yes, manually approve edits | ?",
    },
    "cline": {
        "? | ?",
        "Approve | Deny",
    },
    "codex": {
        "Allow | Cancel",
        "? | ?",
        "Trust and continue | ?",
        "Yes | No, provide feedback",
        "Yes, implement this plan | No, stay in Plan mode",
        "Yes, proceed (y) | No, and tell Codex what to do differentl",
        "Yes, proceed (y) | cancel",
        "Yes, proceed | No, and tell Codex what to do differentl",
    },
    "continuecli": {
        "? | ?",
        "Continue (tab) | No, and tell Continue what to do differe",
    },
    "copilot": {
        "? | cancel",
        "Yes | No (Esc)",
        "Yes | No, and tell Copilot what to do differen",
    },
    "deepagents": {
        "Approve (y) | Reject (n)",
    },
    "droid": {
        "? | ?",
        "Yes, allow | No, cancel",
        "Yes, allow | cancel",
    },
    "gemini": {
        "? | ?",
        "? | Don't trust",
        "? | cancel",
        "Allow once | No, suggest changes (esc)",
        "Yes, allow once | No, suggest changes (esc)",
        "Yes, manually accept edits | cancel",
    },
    "goose": {
        "Allow | ?",
    },
    "grok": {
        "Yes | No",
    },
    "hermes": {
        "? | ?",
        "Allow once | Deny",
    },
    "kilocode": {
        "? | cancel",
        "Allow once | Reject",
    },
    "kimi": {
        "? | ?",
        "? | Cancel",
        "? | cancel",
        "Approve once | Reject",
        "Approve | Reject",
    },
    "kimi_legacy": {
        "? | ?",
        "Approve once | Reject",
    },
    "opencode": {
        "? | cancel",
        "Allow once | Reject",
        "accept | deny",
    },
    "openhands": {
        "Yes | No",
    },
    "pi": {
        "? | ?",
        "? | cancel",
        "Yes | No",
    },
    "qwen": {
        "? | ?",
        "? | No, keep planning (esc)",
        "Yes, allow once | No, suggest changes (esc)",
    },
    "vibe": {
        "? | ?",
        "? | cancel",
        "Allow once | Deny",
    },
}
"""
What `y` and `n` mean in the dialogs of each agent; `?` where it cannot be told.
"""


def tell(ask: Ask, choice: str) -> str:
    """
    The label of what `choice` means.
    """
    try:
        return find_option(ask, choice).label[:WIDTH]
    except UnclearError:
        return "?"


@pytest.mark.parametrize("kind", sorted({path.name.partition("-")[0] for path in list_folders()}))
def test_y_and_n_in_every_dialog_that_was_recorded(kind: str, knowledge: Registry) -> None:
    """
    `y` is never an option that allows more than what is asked, nor `n` one that allows anything.
    """
    meant = set()
    for path in sorted((*FOLDER.glob(f"{kind}/*.gz"), *FOLDER.glob(f"{kind}-*/*.gz"))):
        for line in iterate_changes(iterate_statuses(open_recording(path), knowledge)):
            if ask := parse_ask(line["ask"]):
                meant.add(f"{tell(ask, 'y')} | {tell(ask, 'n')}")
                assert not ask.blocked, ask.text

    assert MEANT.get(kind) == meant


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
