"""Focus events: an agent that nobody looks at is not to take our keys for its user's presence."""

import gzip
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent_status.actions.answer import answer_ask
from agent_status.actions.interrupt import interrupt
from agent_status.actions.send import send_text
from agent_status.agents.files import load_agents
from agent_status.paths import find_config
from tests.support.acting_lab import Fake, Stage, open_stage
from tests.support.places import RECORDINGS
from tests.support.tmux_lab import open_lab, wait_for

OUT = b"\x1b[O"
ASKS = re.compile(rb"\?(?:\d+;)*1004(?:;\d+)*h")
PASTES = b"?2004h"
"""What a recording of its start holds; others may have begun later."""


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    """One tmux server with a daemon, whose programs are told of the focus."""
    with open_lab(monkeypatch.setenv) as lab, open_stage(lab) as stage:
        lab.tmux("set-option", "-s", "focus-events", "on")
        yield stage


def send(stage: Stage, fake: Fake) -> bytes:
    """Send a text, and return what the agent got."""
    outcome = send_text(stage.desk, fake.ref, "go on")
    assert outcome.done
    wait_for(lambda: b"\r" in fake.got)
    return fake.got


def end(fake: Fake) -> bytes:
    """Return what the agent got, once the focus went: tmux has sent it before it arrives."""
    wait_for(lambda: fake.got.endswith(OUT))
    return fake.got


def test_the_focus_is_gone_after_our_keys(stage: Stage) -> None:
    """
    Behind a text, an answer and an interruption, once, when the keys had their effect.
    """
    idle, asks, busy = (stage.add(scene) for scene in ("idle", "ask", "busy"))

    send(stage, idle)
    assert end(idle).endswith(b"\x1b[201~\r" + OUT)
    assert answer_ask(stage.desk, asks.ref, "1", stage.expect(asks)).done
    assert b"1" + OUT == end(asks)
    assert interrupt(stage.desk, busy.ref, "").done
    assert b"\x1b" + OUT == end(busy)


def test_who_is_looked_at_keeps_the_focus(stage: Stage) -> None:
    """
    The pane that a client shows is the one that has it, for tmux too.
    """
    fake = stage.add("idle")
    stage.lab.attach(width=80, height=30)
    stage.lab.tmux("select-window", "-t", fake.pane)
    wait_for(lambda: fake.pane in stage.lab.tmux("list-clients", "-F", "#{pane_id}"))

    assert OUT not in send(stage, fake)


def test_without_focus_events_only_the_keys_arrive(stage: Stage) -> None:
    """
    That is tmux's default, and whoever turned it on for themselves is not meant.
    """
    stage.lab.tmux("set-option", "-s", "focus-events", "off")

    assert OUT not in send(stage, stage.add("idle"))


def test_a_program_that_asked_for_none_gets_none(stage: Stage) -> None:
    """
    For one that knows nothing of the focus, it would be three characters more.
    """
    fake = stage.add("list", "mover")

    assert answer_ask(stage.desk, fake.ref, "1", stage.expect(fake)).done
    assert OUT not in fake.got


def test_who_ended_by_the_key_gets_none(stage: Stage) -> None:
    """
    Its shell has the keyboard then.
    """
    fake = stage.add_in_shell("leave")

    assert answer_ask(stage.desk, fake.ref, "3", stage.expect(fake)).done
    assert "[O" not in fake.shown


def test_a_refused_key_tells_nothing(stage: Stage) -> None:
    """
    Nobody was there.
    """
    fake = stage.add("idle")

    assert not interrupt(stage.desk, fake.ref, "").done
    assert b"" == fake.got


def test_the_rules_say_what_the_recordings_show() -> None:
    """
    Which agents ask for focus events, as far as their start was recorded.
    """
    registry, _ = load_agents(find_config())
    seen = {rules.kind: _has_asked(RECORDINGS / rules.kind) for rules in registry.agents}

    known = {kind: asks for kind, asks in seen.items() if asks is not None}
    assert known == {one.kind: one.keys.focus for one in registry.agents if one.kind in known}


def _has_asked(folder: Path) -> bool | None:
    """Return whether every recording of a start asks for focus events; None if they differ."""
    starts = [gzip.decompress(path.read_bytes()) for path in folder.glob("*.gz")]
    asked = {bool(ASKS.search(data)) for data in starts if PASTES in data}
    return asked.pop() if len(asked) == 1 else None
