"""Which pane a command means that names none, and what it says of that."""

from collections.abc import Iterator

import pytest

from agent_status.cli.target import is_place, split_target
from agent_status.features.triage.feature import TriageFeature
from agent_status.tmux.client import Tmux
from tests.support.tmux_lab import Lab, open_lab, run_daemon, wait_for
from tests.support.word_tracker import WordTracker


@pytest.fixture
def lab(monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    """
    Four panes, of which %1 works, %2 asks, and %3 has a shell.
    """
    with open_lab(monkeypatch.setenv) as lab:
        lab.start()
        for _ in range(3):
            lab.tmux("new-window", "-d", "-t", "work", "exec cat")
        for pane, word in (("%1", "working"), ("%2", "approval")):
            lab.tmux("set-option", "-p", "-t", pane, "@agent-status-agent", "word")
            lab.tmux("send-keys", "-t", pane, "-l", f"{word} x\n")
        with run_daemon(lab, WordTracker, [TriageFeature(Tmux(lab.inner))]):
            wait_for(lambda: is_known(lab))
            yield lab


def is_known(lab: Lab) -> bool:
    """
    Whether the daemon has seen both agents in their states.
    """
    states = [one["state"] for one in (lab.ask("list") or {"agents": []})["agents"]]
    return states == ["approval", "working"]


MAX_URGENT = "%2, Word in work:2.0 (the most urgent)\n"
OWN = "%1, Word in work:1.0 (this pane)\n"


@pytest.mark.parametrize(
    ("own", "told"), [("%1", OWN), ("%3", MAX_URGENT), ("", MAX_URGENT), ("%77", MAX_URGENT)]
)
def test_without_a_pane_it_is_its_own_or_the_most_urgent(own: str, told: str, lab: Lab) -> None:
    """
    Its own only if an agent is there; stderr says which, so that programs can read stdout.
    """
    done = lab.run("explain", TMUX_PANE=own)

    assert (0, told) == (done.returncode, done.stderr)
    assert done.stdout.startswith(f"{told[:2]} work:")


def test_the_pane_that_is_named_is_not_told(lab: Lab) -> None:
    """
    There is nothing to say.
    """
    done = lab.run("pin", "%1")

    assert ("%1 is pinned.\n", "") == (done.stdout, done.stderr)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("mute", "%2 is muted."),
        ("snooze", "%2 is snoozed for 15 minutes."),
        ("snooze 60", "%2 is snoozed for 60 minutes."),
        ("explain", "state     approval"),
    ],
)
def test_other_words_stand_where_the_pane_would(words: str, said: str, lab: Lab) -> None:
    """
    Time or nothing at all: it is the same pane.
    """
    done = lab.run(*words.split())

    assert (0, MAX_URGENT) == (done.returncode, done.stderr)
    assert said in done.stdout


@pytest.mark.parametrize("word", ["%3", "work:1.0", "work", "+1", "my work:1", "2"])
def test_a_word_may_be_a_pane(word: str) -> None:
    """
    As tmux names them.
    """
    assert is_place(word)
    assert (word, None) == split_target(word, None, is_place)


@pytest.mark.parametrize("text", ["", "-", "go on", "see: it works", "--help me"])
def test_a_text_is_no_pane(text: str) -> None:
    """
    One that stands alone is what is said.
    """
    assert not is_place(text)
    assert (None, text) == split_target(text, None, is_place)
    assert ("%1", text) == split_target("%1", text, is_place)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("record", "Missing argument 'FILE'"),
        ("record %1", "Missing argument 'FILE'"),
        ("record work:1.0", "Missing argument 'FILE'"),
        ("snooze 7", "'7' is not one of"),
        ("snooze %1 7", "'7' is not one of"),
        ("answer --expect 0", "--expect needs --option"),
    ],
)
def test_what_is_missing_is_a_wrong_command_line(words: str, told: str, lab: Lab) -> None:
    """
    Nothing is done then.
    """
    done = lab.run(*words.split())

    assert 2 == done.returncode
    assert told in done.stderr
