"""The text of a screen says at once that an agent at work may ask, on real agents' screens."""

import pytest

from agent_status.detect.pane import ObservedPane
from agent_status.detect.quick_scan import read_work
from agent_status.model import ASKS, NO_AGENT
from agent_status.recordings.replay import iterate_ticks, open_pane
from agent_status.terminal.asciicast import open_recording
from tests.support.knowledge import KNOWLEDGE
from tests.support.places import RECORDINGS
from tests.support.share import sample

FOLDER = RECORDINGS
SHOWN = {"screen", "title"}
RECORDED = sorted(FOLDER.glob("*/*_permission*.cast.gz"))


def read_lines(watch: ObservedPane) -> tuple[str, ...]:
    """
    The title, and the text of the rows.
    """
    return (watch.screen.title, *(row.text for row in watch.screen.rows))


@pytest.mark.parametrize("folder", sample(sorted({path.parent.name for path in RECORDED})))
def test_an_ask_is_not_left_for_the_next_look(folder: str) -> None:
    """
    The words that came with it are words of a rule that may hold.
    """
    path = next(path for path in RECORDED if path.parent.name == folder)
    recording = open_recording(path)
    watch = open_pane(recording, KNOWLEDGE)
    before, was, asks = read_lines(watch), NO_AGENT.state, 0
    for _, status in iterate_ticks(watch, recording.read_events()):
        lines = read_lines(watch)
        if status.state in ASKS and was not in ASKS and status.source in SHOWN:
            assert status.agent
            work = read_work("", KNOWLEDGE.find(status.agent.kind))
            assert work.may_contain_ask(lines, set(lines) - set(before)), status.rule
            assert not work.may_contain_ask(lines, ())
            asks += 1
        before, was = lines, status.state

    assert asks


@pytest.mark.parametrize("kind", ["claude", "codex", "gemini", "opencode"])
def test_a_line_that_scrolls_by_may_wait(kind: str) -> None:
    """
    One word of a rule that wants several is not enough.
    """
    work = read_work("", KNOWLEDGE.find(kind))
    said = ("I know of no other test, so yes: this one is to be run now", "+ 12 = add(5, 7)")

    assert not work.may_contain_ask(said, said)
