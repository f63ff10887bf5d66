"""What an agent ran: whether the user was asked, and what waits to be acknowledged."""

import json
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_status.errors import RefusedError
from agent_status.features.notify.message import Notice, render_notice
from agent_status.features.notify.policy import find_notable, make_key
from agent_status.features.ran.feature import RanFeature
from agent_status.features.ran.policy import MAX_LINES, MAX_UNSEEN, describe_call, make_facet
from agent_status.features.ran.store import DAMAGED, RecordStore, parse_record
from agent_status.model import (
    Activity,
    Ask,
    CallEnd,
    CallKind,
    Flag,
    Grade,
    PaneId,
    Risk,
    Sighting,
    State,
    ToolCall,
)
from agent_status.model.ref import make_ref
from agent_status.protocol.messages import Unreview
from tests.support.journal_lab import asking, make_sighting

AT = 1000.0
DANGER = Risk(Grade.DANGEROUS, ("deletes build recursively",))
PANE = PaneId("%3")


class Lab:
    """
    An agent that a feature follows, second by second.
    """

    def __init__(self, state: Path) -> None:
        self.state = state
        self.at = AT
        self.session = "s1"
        self.calls: tuple[ToolCall, ...] = ()
        self._activity = Activity(self.session)
        self.start()

    def start(self) -> None:
        """
        Begin as a new daemon does.
        """
        self.feature = RanFeature(self.state, lambda: self.at)

    def tick(self, sighting: Sighting | None = None, seconds: float = 1.0) -> Sighting:
        """
        Return what is published of the agent a moment later.
        """
        self.at += seconds
        if (self._activity.session, self._activity.calls) != (self.session, self.calls):
            self._activity = Activity(self.session, self.calls)
        given = replace(sighting or make_sighting(), activity=self._activity)
        (found,) = self.feature.enrich([given], self.at)
        facet = self.feature.find_facet(found, self.at)
        return replace(found, facets=(facet,) if facet else ())

    def end(self, id: str, command: str = "rm -rf build", **facts: Any) -> ToolCall:  # noqa: A002
        """
        Have a call of two seconds end half a second ago.
        """
        call = ToolCall(id, "Bash", CallKind.RUN, command, at=self.at - 2.5, ended_at=self.at - 0.5)
        given: dict[str, Any] = {"risk": DANGER, "exit_status": 0, **facts}
        call = replace(call, **given)
        self.calls = (*self.calls, call)
        return call


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    """
    An agent that has been watched for ten seconds.
    """
    lab = Lab(tmp_path)
    lab.tick()
    lab.tick(seconds=10.0)
    return lab


def words(sighting: Sighting) -> str:
    """
    Return what the row says.
    """
    return " ".join(one.words for one in sighting.facets)


def test_dangerous_call_without_a_request_is_shown_in_the_row(lab: Lab) -> None:
    """
    With its own words, its grade, and that nobody decided about it.
    """
    lab.end("1")
    found = lab.tick()

    assert words(found) == "ran rm -rf build · dangerous · nobody asked"
    assert found.facets[0].lines == ("ran rm -rf build · dangerous · nobody asked",)
    assert found.activity.calls[0].asked is False


def test_call_that_still_runs_or_is_not_graded_yet_is_not_shown(lab: Lab) -> None:
    """
    It may wait for an approval.
    """
    call = lab.end("1")
    lab.calls = (replace(call, ended_at=None), replace(call, id="2", risk=None))

    assert lab.tick().facets == ()


@pytest.mark.parametrize("state", [State.IDLE, State.FINISHED, State.REVIEW, State.ERROR])
def test_call_without_a_result_is_shown_once_its_agent_rests(lab: Lab, state: State) -> None:
    """
    It was interrupted or crashed, and nobody knows how far it came.
    """
    call = lab.end("1")
    lab.calls = (replace(call, ended_at=None, exit_status=None),)
    seen = [words(lab.tick(make_sighting(state))) for _ in range(7)]

    assert seen[:5] == [""] * 5
    assert seen[-1] == "began rm -rf build · dangerous · nobody asked · no end seen"
    assert words(lab.tick()) == seen[-1]


@pytest.mark.parametrize(
    ("sighting", "facts"),
    [
        (make_sighting(State.WORKING), {}),
        (asking("make test"), {}),
        (make_sighting(State.IDLE, flags=frozenset({Flag.BACKGROUND})), {}),
        (make_sighting(State.IDLE), {"by_helper": True}),
        (make_sighting(State.IDLE), {"at": AT + 60.0}),
    ],
    ids=["works", "asks", "background", "subagent", "later"],
)
def test_call_that_may_still_run_is_not_given_up(
    lab: Lab, sighting: Sighting, facts: dict[str, Any]
) -> None:
    """
    Its result may yet come.
    """
    call = lab.end("1")
    lab.calls = (replace(call, ended_at=None, **facts),)

    assert [words(lab.tick(sighting)) for _ in range(9)] == [""] * 9


def test_end_that_is_seen_late_replaces_the_one_that_was_missing(lab: Lab) -> None:
    """
    As of a command that outlived its turn.
    """
    call = lab.end("1", exit_status=1)
    lab.calls = (replace(call, ended_at=None, exit_status=None),)
    for _ in range(7):
        lab.tick(make_sighting(State.IDLE))
    lab.calls = (call,)
    found = lab.tick()

    assert words(found) == "ran rm -rf build · dangerous · nobody asked · exit 1"
    assert len(found.facets[0].lines) == 1


@pytest.mark.parametrize(
    ("asked_s", "expected"),
    [
        (0.0, "denied"),
        (9.0, "interrupted"),
        (None, "interrupted"),
    ],
    ids=["the request was there to the end", "long before", "no request"],
)
def test_screen_tells_a_denial_from_an_interruption(
    lab: Lab, asked_s: float | None, expected: str
) -> None:
    """
    Where the agent's file says the same of both.
    """
    if asked_s is not None:
        lab.tick(asking("rm -rf build"))
        lab.tick(seconds=asked_s)
    lab.end("1", end=CallEnd.STOPPED, failed=True, exit_status=None)
    first = lab.tick()
    lab.end("2", "ls")
    second = lab.tick()

    assert [one.activity.calls[0].end for one in (first, second)] == [expected] * 2


def test_stopped_call_that_nobody_watched_is_told_as_such(tmp_path: Path) -> None:
    """
    It may have run, or not.
    """
    lab = Lab(tmp_path)
    lab.end("1", end=CallEnd.STOPPED, failed=True, exit_status=None)

    assert lab.tick().facets[0].lines == ("tried rm -rf build · dangerous · stopped",)


def test_call_that_was_denied_is_no_news(lab: Lab) -> None:
    """
    It did not run, whoever refused it; the detail holds it.
    """
    lab.end("1", end=CallEnd.DENIED, failed=True, exit_status=None)
    found = lab.tick()

    assert words(found) == ""
    assert found.facets[0].lines == ("denied rm -rf build · dangerous · nobody asked",)


def test_call_that_was_requested_is_no_news(lab: Lab) -> None:
    """
    The user knows of it; the detail holds it.
    """
    lab.tick(asking("rm -rf build"))
    lab.tick()
    lab.end("1")
    found = lab.tick()

    assert (words(found), found.activity.calls[0].asked) == ("", True)
    assert found.facets[0].lines == ("ran rm -rf build · dangerous · you were asked",)


def test_request_counts_for_one_call_only(lab: Lab) -> None:
    """
    After `don't ask again` the same command runs without one.
    """
    lab.tick(asking("rm -rf build"))
    lab.end("1")
    lab.tick(seconds=5.0)
    lab.end("2")

    assert [call.asked for call in lab.tick().activity.calls] == [True, False]


@pytest.mark.parametrize(
    ("ask", "command", "asked"),
    [
        (Ask(State.APPROVAL, command="npm test"), "bash -lc 'npm test'", True),
        (Ask(State.APPROVAL, command="git  push\n  -f"), "git push -f", True),
        (
            Ask(State.APPROVAL, command="make test"),
            "make test && rm -rf ~/everything/of/mine",
            True,
        ),
        (Ask(State.QUESTION, question="Which colour?"), "rm -rf build", False),
        (Ask(State.PLAN, question="Ready?"), "rm -rf build", False),
        (Ask(State.APPROVAL, question="Run it?"), "rm -rf build", True),
    ],
)
def test_call_is_matched_with_what_the_request_names(
    lab: Lab,
    ask: Ask,
    command: str,
    asked: bool,  # noqa: FBT001
) -> None:
    """
    A screen shows a command without its wrapper; what names nothing counts by its time.
    """
    lab.tick(make_sighting(ask.kind, ask))
    lab.end("1", command)

    assert lab.tick().activity.calls[0].asked is asked


def test_request_of_another_call_does_not_count(lab: Lab) -> None:
    """
    Of two that run side by side, only one was asked for.
    """
    lab.tick(asking("git push -f"))
    lab.end("1", "git push -f")
    lab.end("2", "rm -rf build")

    assert [call.asked for call in lab.tick().activity.calls] == [True, False]


def test_file_of_a_request_matches_its_path(lab: Lab) -> None:
    """
    The screen shows it from the checkout's folder.
    """
    lab.tick(make_sighting(State.APPROVAL, Ask(State.APPROVAL, file="src/a.py")))
    lab.tick(seconds=9.0)
    call = lab.end("1", "")
    lab.calls = (replace(call, kind=CallKind.WRITE, paths=("/home/me/src/a.py",)),)

    assert lab.tick().activity.calls[0].asked is True


def test_call_from_before_the_daemon_began_is_unknown(tmp_path: Path) -> None:
    """
    Nobody has seen whether there was a request, and it is not news.
    """
    lab = Lab(tmp_path)
    lab.end("1", at=AT - 60.0, ended_at=AT - 50.0)
    found = lab.tick()

    assert (found.facets, found.activity.calls[0].asked) == ((), None)


@pytest.mark.parametrize("state", [State.UNKNOWN, State.WORKING])
def test_call_is_doubted_while_nobody_could_see(lab: Lab, state: State) -> None:
    """
    A screen that was not understood, or a machine that slept, may have held a request.
    """
    lab.at += 0.0 if state is State.UNKNOWN else 600.0
    call = lab.end("1")
    lab.calls = ()
    lab.tick(make_sighting(state))
    lab.tick(make_sighting(state))
    lab.calls = (replace(call, ended_at=call.at + 4.5),)

    assert words(lab.tick()) == "ran rm -rf build · dangerous"


def test_acknowledged_calls_are_shown_no_more(lab: Lab) -> None:
    """
    Those that come later are.
    """
    lab.end("1")
    lab.tick()

    assert lab.feature.acknowledge(PANE, lab.at) == ""
    assert lab.tick().facets == ()
    lab.end("2", "git push -f", exit_status=1)
    assert words(lab.tick()) == "ran git push -f · dangerous · nobody asked · exit 1"


def undo(lab: Lab) -> None:
    """
    Take the last acknowledgement back.
    """
    lab.feature.list_ops()[Unreview.op](Unreview(make_ref(PANE)))


def test_undone_acknowledgement_brings_back_what_it_took(lab: Lab) -> None:
    """
    After a restart, too, beside what ran since, and only once.
    """
    lab.end("1")
    lab.tick()
    lab.feature.acknowledge(PANE, lab.at)
    lab.end("2", "git push -f")
    lab.tick()
    lab.start()
    lab.tick(seconds=60.0)
    undo(lab)

    assert [line.split(" · ")[0] for line in lab.tick().facets[0].lines] == [
        "ran rm -rf build",
        "ran git push -f",
    ]
    with pytest.raises(RefusedError, match="no acknowledgement to undo"):
        undo(lab)


def test_acknowledgement_that_took_nothing_brings_nothing_back(lab: Lab) -> None:
    """
    Although one before it did.
    """
    lab.end("1")
    lab.tick()
    lab.feature.acknowledge(PANE, lab.at)
    lab.feature.acknowledge(PANE, lab.at)

    with pytest.raises(RefusedError, match="no acknowledgement to undo"):
        undo(lab)
    assert lab.tick().facets == ()


def test_restart_keeps_what_waits_and_what_was_acknowledged(lab: Lab) -> None:
    """
    With whether the user was asked, which no file of the agent's says.
    """
    lab.end("1")
    lab.tick()
    lab.feature.acknowledge(PANE, lab.at)
    lab.end("2", "git push -f", end=CallEnd.INTERRUPTED, exit_status=None)
    before = lab.tick()
    lab.start()

    assert words(lab.tick(seconds=60.0)) == words(before)
    assert words(before) == "began git push -f · dangerous · nobody asked · interrupted"


def test_call_from_while_the_daemon_was_down_is_shown(lab: Lab) -> None:
    """
    In a session of which something is kept.
    """
    lab.end("1")
    lab.tick()
    lab.at += 60.0
    lab.start()
    lab.end("2", "git push -f")

    assert words(lab.tick(seconds=60.0)) == "ran rm -rf build · dangerous · nobody asked"
    assert [line.split(" · ")[0] for line in lab.tick().facets[0].lines] == [
        "ran rm -rf build",
        "ran git push -f",
    ]


def test_resumed_session_repeats_no_old_call(lab: Lab) -> None:
    """
    Its file begins with copies of the old records.
    """
    lab.end("1")
    lab.tick()
    lab.feature.acknowledge(PANE, lab.at)
    lab.session = "s2"

    assert lab.tick().facets == ()


def test_damaged_file_counts_as_none(lab: Lab) -> None:
    """
    Nothing else suffers.
    """
    lab.end("1")
    lab.tick()
    (file,) = (lab.state / "ran").glob("*.json")
    file.write_text('{"since": "x", "seen": 3}', "utf-8")
    lab.start()

    assert lab.tick(seconds=60.0).facets == ()


@given(
    st.recursive(
        st.none() | st.integers() | st.text(),
        lambda one: (
            st.lists(one) | st.dictionaries(st.sampled_from(["since", "seen", "unseen", "id"]), one)
        ),
        max_leaves=8,
    )
)
def test_any_json_is_a_record_or_refused(data: Any) -> None:
    """
    No content of the file stops the daemon.
    """
    with suppress(*DAMAGED):
        assert parse_record(data).since is not None


def test_unchanged_calls_cost_no_write(lab: Lab) -> None:
    """
    And the sighting keeps its activity.
    """
    lab.end("1")
    first = lab.tick()
    (file,) = (lab.state / "ran").glob("*.json")
    before = file.stat().st_mtime_ns, file.stat().st_ino
    second = lab.tick()

    assert second.activity is first.activity
    assert (file.stat().st_mtime_ns, file.stat().st_ino) == before


def test_file_that_cannot_be_written_is_reported(tmp_path: Path) -> None:
    """
    By the acknowledgement, which is lost with the daemon.
    """
    (tmp_path / "ran").write_text("", "utf-8")
    lab = Lab(tmp_path)
    lab.tick(seconds=9.0)
    lab.end("1")
    lab.tick()

    assert "cannot be written" in lab.feature.acknowledge(PANE, lab.at)


def test_old_records_are_deleted(tmp_path: Path) -> None:
    """
    After thirty days without a word.
    """
    store = RecordStore(tmp_path)
    (tmp_path / "a.json").write_text(json.dumps({}), "utf-8")
    store.forget_old((tmp_path / "a.json").stat().st_mtime + 31 * 86400.0)

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (
            {"command": "rm\u202e -rf \x1b[2J#[fg=red]"},
            "ran rm⟨U+202E⟩ -rf ⟨U+001B⟩[2J#[fg=red] · dangerous",
        ),
        ({"failed": True}, "tried rm x · dangerous · failed"),
        ({"failed": True, "end": CallEnd.INTERRUPTED}, "began rm x · dangerous · interrupted"),
        ({"failed": True, "exit_status": 2}, "ran rm x · dangerous · exit 2"),
        ({"kind": CallKind.WRITE, "command": "", "paths": ("a", "b")}, "changed a b · dangerous"),
        ({"kind": CallKind.OTHER, "command": "{}"}, "used Bash {} · dangerous"),
        ({"command": "x" * 90}, f"ran {'x' * 59}… · dangerous"),
    ],
)
def test_call_is_described_by_its_own_words(facts: dict[str, Any], expected: str) -> None:
    """
    Nothing in them is obeyed, and what may not have run is not called so.
    """
    call = replace(ToolCall("1", "Bash", CallKind.RUN, "rm x", risk=DANGER), **facts)

    assert describe_call(call, 60, {None: ""}) == expected


def test_worst_call_is_in_the_row_and_dangerous_ones_first_in_the_detail() -> None:
    """
    What ran before what was only tried, what nobody was asked for before what isn't known.
    """
    calls = [
        ToolCall(str(number), "Bash", CallKind.RUN, f"make {number}", risk=Risk(Grade.WRITES))
        for number in range(20)
    ]
    worst = ToolCall("w", "Bash", CallKind.RUN, "rm w", asked=False, risk=DANGER)
    unknown = ToolCall("u", "Bash", CallKind.RUN, "rm u", ended_at=9.0, risk=DANGER)
    tried = ToolCall("t", "Bash", CallKind.RUN, "rm t", failed=True, asked=False, risk=DANGER)
    facet = make_facet([worst, unknown, tried, *calls])

    assert facet is not None
    assert (facet.words, facet.news) == ("ran rm w · dangerous · nobody asked", "w")
    assert (facet.dangerous, facet.writes) == (3, 20)
    assert [line.split(" · ")[0] for line in facet.lines[:4]] == [
        "ran rm w",
        "ran rm u",
        "tried rm t",
        "ran make 11",
    ]
    assert facet.lines[-1] == "and 11 more: agent-status log --ran lists all"
    assert len(facet.lines) == MAX_LINES + 1


def test_many_calls_never_push_out_a_dangerous_one(lab: Lab) -> None:
    """
    Also when the session's file has long gone on.
    """
    lab.end("1")
    lab.tick()
    for number in range(MAX_UNSEEN * 2):
        lab.end(str(number + 2), f"touch {number}")
        lab.calls = (replace(lab.calls[-1], risk=Risk(Grade.WRITES)),)
        found = lab.tick()

    assert words(found) == "ran rm -rf build · dangerous · nobody asked"


def test_notification_names_the_command_once(lab: Lab) -> None:
    """
    Only if the user wants to hear of it.
    """
    lab.end("1")
    found = lab.tick()
    (topic,) = find_notable([found], frozenset({"ran-dangerous"}))

    assert find_notable([found], frozenset({"dangerous", "working"}))[0].facet is None
    assert make_key(topic) == (PANE, "ran-dangerous 1")
    assert render_notice([topic]) == Notice(
        "Claude Code: ran-dangerous", "ran rm -rf build · dangerous · nobody asked (work:0.0)"
    )
