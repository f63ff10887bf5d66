"""Which rules hold, and what is remembered from one screen to the next."""

import pytest

from agent_status.detect.layout import Layout
from agent_status.detect.match import Findings, advance_findings, find_evidence
from agent_status.recordings.replay import iterate_ticks, open_pane
from agent_status.terminal.asciicast import open_recording
from tests.support.knowledge import KNOWLEDGE
from tests.support.places import RECORDINGS

FOLDER = RECORDINGS


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("claude/two_permissions-100x30", "claude"),
        ("codex/long_stream-60x20", "codex"),
        ("gemini/plan-60x20", "gemini"),
        ("opencode/interrupt-60x20", "opencode"),
    ],
)
def test_what_is_remembered_is_what_would_be_found_again(name: str, kind: str) -> None:
    """
    Rules are tried again only where their region changed, and nobody can tell.
    """
    recording = open_recording(FOLDER / f"{name}.cast.gz")
    watch = open_pane(recording, KNOWLEDGE)
    rules = KNOWLEDGE.find(kind)
    assert rules
    before: Findings | None = None
    kept = 0
    for _ in iterate_ticks(watch, recording.read_events()):
        layout = Layout(watch.screen, rules)
        now = advance_findings(layout, before)
        kept += sum(1 for key, one in now.by_rule.items() if before and before.by_rule[key] is one)
        assert find_evidence(layout) == now.evidence
        before = now
    assert kept
