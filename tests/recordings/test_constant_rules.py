"""Evidence that does not change with the state is no evidence."""

from collections import defaultdict

import pytest

from agent_status.detect.evidence import find_presence
from agent_status.model import Agent
from agent_status.recordings.accuracy.trial import read_knowledge
from agent_status.recordings.replay import iterate_ticks, open_pane
from agent_status.terminal.asciicast import open_recording
from tests.support.labels import ASKING, Label, read_labels
from tests.support.places import RECORDINGS

FOLDER = RECORDINGS
KINDS = sorted({path.parent.name.partition("-")[0] for path in FOLDER.glob("*/*.cast.gz")})

WORKING, ASKED, IDLE = "working", "asked", "idle"
HOMES = {
    "working": WORKING,
    **dict.fromkeys(ASKING, ASKED),
    **dict.fromkeys(("ready", "done", "typing", "interrupted"), IDLE),
}
"""Labels that say one thing only, each with it."""

MAX_LENGTH = 0.5
"""A rule that holds for more than this share of each of the three says nothing about them."""

Seconds = defaultdict[str, float]

OUTWEIGHED = {
    "deepagents/prompt": "deepagents/waits",
    "openhands/prompt": "openhands/elsewhere",
}
"""Input boxes that look the same whatever goes on, and the rule that stops them in a dialog."""


def find_label(labels: tuple[Label, ...], at: float) -> Label | None:
    """
    Return the label that is judged at that time.
    """
    return next((one for one in labels if one.start + one.grace <= at < one.end), None)


def count_rules(kind: str) -> tuple[Seconds, dict[str, Seconds]]:
    """
    Return seconds by home, and seconds by rule and home in which the rule held.
    """
    spent: Seconds = defaultdict(float)
    held: dict[str, Seconds] = defaultdict(lambda: defaultdict(float))
    for path in FOLDER.glob(f"{kind}*/*.cast.gz"):
        recording, labels, before = open_recording(path), read_labels(path), 0.0
        watch = open_pane(recording, read_knowledge())
        for at, status in iterate_ticks(watch, recording.read_events()):
            label, passed, before = find_label(labels, at), at - before, at
            if status.agent is None or label is None or label.name not in HOMES:
                continue
            found, home = watch.look(at), HOMES[label.name]
            spent[home] += passed
            for rule in {one.rule for one in (found.winner, *found.losers) if one}:
                held[rule][home] += passed
    return spent, held


@pytest.mark.parametrize("kind", KINDS)
def test_a_rule_that_holds_in_every_state_is_told(kind: str) -> None:
    """
    No rule holds in work, in a request and at rest alike; one that has to is outweighed.
    """
    spent, held = count_rules(kind)
    if not all(spent[home] for home in (WORKING, ASKED, IDLE)):
        pytest.skip(f"no recording of {kind} has work, a request and a rest")
    present = find_presence(Agent(kind, kind)).rule
    constant = {
        rule
        for rule, seconds in held.items()
        if all(seconds[home] > MAX_LENGTH * spent[home] for home in (WORKING, ASKED, IDLE))
    }

    assert {rule for rule in OUTWEIGHED if rule.startswith(f"{kind}/")} == constant - {present}
    for rule in constant & set(OUTWEIGHED):
        assert held[OUTWEIGHED[rule]][ASKED] == pytest.approx(spent[ASKED], rel=0.1)
