"""The journal holds what agents ran: each call once, verbatim, and not too many a minute."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from inline_snapshot import snapshot

from agent_status.features.journal import Journal, Kind, LogEntry
from agent_status.features.journal.calls import MAX_A_MINUTE, NO_CALLS, advance_calls
from agent_status.features.journal.describe import describe
from agent_status.features.journal.feature import JournalFeature
from agent_status.model import (
    Activity,
    Autonomy,
    CallEnd,
    CallKind,
    Grade,
    Risk,
    Sighting,
    State,
    ToolCall,
)
from agent_status.tmux.client import Tmux
from tests.support.journal_lab import make_sighting

NOW = 1_700_000_010.0
DANGER = Risk(Grade.DANGEROUS, ("deletes build recursively",))
CALL = ToolCall(
    "c1", "Bash", CallKind.RUN, "rm -rf build", at=NOW - 2.0, ended_at=NOW, risk=DANGER, asked=False
)


def see(
    *calls: ToolCall, session: str = "s1", state: State = State.WORKING, **facts: Any
) -> Sighting:
    """
    An agent that made these calls.
    """
    sighting = replace(make_sighting(state), activity=Activity(session, calls))
    return replace(sighting, **facts)


def write(path: Path, *looks: Sighting) -> tuple[LogEntry, ...]:
    """
    Return what the journal holds after one more daemon has seen these looks.
    """
    log = logging.getLogger(f"journal.{path}")
    feature = JournalFeature(path, Tmux(str(path.parent / "s")), log, lambda: NOW + 1.0)
    for now, sighting in enumerate(looks):
        feature.enrich([sighting], float(now))
        feature.observe([sighting], float(now))
    feature.close()
    with Journal(path) as journal:
        return tuple(one for one in journal.read_log() if one.kind in {Kind.RAN, Kind.MODE})


def test_call_is_written_verbatim_at_its_end(tmp_path: Path) -> None:
    """
    With its grade, its result, and whether the user was asked.
    """
    (entry,) = write(tmp_path / "j", see(replace(CALL, exit_status=1)))

    assert (entry.at, entry.kind, entry.pane) == (NOW, "ran", "%3")
    assert entry.facts == snapshot(
        {
            "session": "s1",
            "call": "c1",
            "tool": "Bash",
            "does": "run",
            "command": "rm -rf build",
            "paths": [],
            "call_folder": "",
            "exit_status": 1,
            "failed": None,
            "end": "",
            "asked": False,
            "by_helper": False,
            "is_cut": False,
            "grade": "dangerous",
            "risks": ["deletes build recursively"],
        }
    )


@pytest.mark.parametrize(
    "call",
    [
        replace(CALL, risk=Risk(Grade.HARMLESS)),
        replace(CALL, risk=None),
        replace(CALL, ended_at=None),
        replace(CALL, ended_at=NOW - 31 * 86400.0),
    ],
    ids=["harmless", "not graded", "runs", "older than the journal"],
)
def test_other_calls_are_not_written(tmp_path: Path, call: ToolCall) -> None:
    """
    What only looks is no decision.
    """
    assert write(tmp_path / "j", see(call)) == ()


def test_call_is_written_once(tmp_path: Path) -> None:
    """
    After a restart, too, and in a resumed session, whose file copies old records.
    """
    path, second = tmp_path / "j", replace(CALL, id="c2", ended_at=NOW + 0.5)

    assert len(write(path, see(CALL), see(CALL, second), see(CALL, second))) == 2
    assert len(write(path, see(CALL, second))) == 2
    assert len(write(path, see(CALL, second, session="s2"))) == 2
    other = see(replace(CALL, id="c3"), session="s2")
    assert [one.facts["call"] for one in write(path, other)] == ["c1", "c3", "c2"]


@pytest.mark.parametrize(
    "after",
    [see(session=""), see(CALL, session="s2"), see(replace(CALL, ended_at=None), state=State.NONE)],
    ids=["no file", "another session", "no agent"],
)
def test_call_without_an_end_is_written_once_its_agent_is_gone(
    tmp_path: Path, after: Sighting
) -> None:
    """
    At the time at which it was made, and only once.
    """
    found = write(tmp_path / "j", see(replace(CALL, ended_at=None)), after, after)

    assert [(one.at, describe(one)) for one in found][:1] == [
        (CALL.at, "began (dangerous, nobody asked, no end seen): rm -rf build")
    ]
    assert [one.facts["end"] for one in found].count("no end seen") == 1


def test_call_that_was_given_up_is_written_again_with_its_end(tmp_path: Path) -> None:
    """
    Both are true, each at its time.
    """
    path, given_up = tmp_path / "j", see(replace(CALL, ended_at=None).give_up())

    found = write(path, given_up, given_up, see(CALL), see(CALL))

    assert [one.facts["end"] for one in found] == ["no end seen", ""]


def test_call_that_is_graded_late_is_written_then(tmp_path: Path) -> None:
    """
    There is little time for that in one tick.
    """
    assert len(write(tmp_path / "j", see(replace(CALL, risk=None)), see(CALL))) == 1


def test_too_many_calls_of_a_minute_are_counted() -> None:
    """
    The dangerous ones are still written.
    """
    most = MAX_A_MINUTE[Grade.WRITES]
    mild = [
        replace(CALL, id=str(number), command=f"touch {number}", risk=Risk(Grade.WRITES))
        for number in range(most + 5)
    ]
    log, entries = advance_calls(NO_CALLS, see(*mild, CALL), NOW, 0.0)
    again, nothing = advance_calls(log, see(*mild, CALL), NOW + 1.0, 0.0)
    _, more = advance_calls(again, see(*mild, CALL), NOW + 120.0, 0.0)

    assert len(entries) == most + 1
    assert nothing == ()
    assert [describe(one) for one in more] == ["and 5 more in this minute"]
    assert more[0].at == 1_700_000_040.0


def test_unchanged_activity_is_not_looked_at_again() -> None:
    """
    A calm agent costs nothing.
    """
    sighting = see(CALL)
    log, _ = advance_calls(NO_CALLS, sighting, NOW, 0.0)

    assert advance_calls(log, sighting, NOW + 1.0, 0.0)[0] is log


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, "ran (dangerous, nobody asked): rm -rf build"),
        (
            {"asked": True, "exit_status": 2},
            "ran (dangerous, you were asked, exit 2): rm -rf build",
        ),
        ({"asked": None, "failed": True}, "tried (dangerous, failed): rm -rf build"),
        ({"end": CallEnd.DENIED, "failed": True}, "denied (dangerous, nobody asked): rm -rf build"),
        (
            {"end": CallEnd.INTERRUPTED, "failed": True},
            "began (dangerous, nobody asked, interrupted): rm -rf build",
        ),
        ({"command": "rm \x1b[2J\u202e"}, "ran (dangerous, nobody asked): rm ⟨U+001B⟩[2J⟨U+202E⟩"),
        (
            {"kind": CallKind.WRITE, "command": "", "paths": (".env", "b")},
            "changed (dangerous, nobody asked): .env b",
        ),
        (
            {"kind": CallKind.OTHER, "tool": "mail", "command": "{}"},
            "used (dangerous, nobody asked): mail {}",
        ),
    ],
)
def test_call_is_described_in_its_own_words(
    tmp_path: Path, facts: dict[str, Any], expected: str
) -> None:
    """
    Nothing in them is obeyed.
    """
    (entry,) = write(tmp_path / "j", see(replace(CALL, **facts)))

    assert describe(entry) == expected


def list_modes(path: Path, modes: Sequence[Autonomy]) -> list[str]:
    """
    Return the changes that are written of an agent in these modes, one after the other.
    """
    return [describe(one) for one in write(path, *(see(autonomy=mode) for mode in modes))]


@pytest.mark.parametrize(
    ("modes", "expected"),
    [
        ((Autonomy.ASKS, Autonomy.ASKS), []),
        ((Autonomy.BYPASS, Autonomy.BYPASS), ["bypass"]),
        ((Autonomy.ASKS, Autonomy.UNKNOWN, Autonomy.AUTO), ["asks → auto"]),
        ((Autonomy.AUTO, Autonomy.UNKNOWN, Autonomy.AUTO), ["auto"]),
        ((Autonomy.EDITS, Autonomy.ASKS), ["edits", "edits → asks"]),
    ],
)
def test_change_of_mode_is_written(
    tmp_path: Path, modes: tuple[Autonomy, ...], expected: list[str]
) -> None:
    """
    An agent that asks from its beginning is no news, and not to know is no change.
    """
    assert list_modes(tmp_path / "j", modes) == expected


def test_log_of_calls_survives_the_end_of_an_agent(tmp_path: Path) -> None:
    """
    A pane without an agent has made no calls.
    """
    gone = make_sighting(State.NONE)

    assert len(write(tmp_path / "j", see(CALL), gone, see(CALL))) == 1
