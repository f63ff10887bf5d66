"""Work that has come to a stand, on a virtual clock."""

import math
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from agent_status.agents.files import load_agents
from agent_status.agents.session_records import SessionFacts
from agent_status.detect.stall import (
    Limits,
    Progress,
    ProgressInputs,
    advance_progress,
    mark_stuck,
    mask_line,
)
from agent_status.model import Agent, Process, State, Status
from tests.support.panes import open_blank_pane
from tests.support.screens import draw

LIMITS = Limits(after_s=300.0, repeats=3)
WORKING = Status(Agent("claude", "Claude Code"), State.WORKING, 0.0, "works")
CLAUDE = (Process(7, 1, "claude", "claude"),)
BOX = "\r\n──────────────────────\r\n❯ \r\n──────────────────────"


def watch_for(
    texts: list[tuple[float, str]], end: float, limits: Limits = LIMITS
) -> tuple[Status, Progress | None]:
    """Return what is said at `end` of work whose screen showed each text from its time on."""
    progress: Progress | None = None
    at, screen, left = 0.0, draw(texts[0][1]), texts[1:]
    while at <= end:
        if left and at >= left[0][0]:
            screen = draw(left.pop(0)[1])
        progress = advance_progress(progress, State.WORKING, ProgressInputs(screen), limits, at)
        at += 0.5
    return mark_stuck(WORKING, progress), progress


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("✻ Pondering… (12s · ↑ 1.2k tokens · esc to interrupt)", "✶ Musing… (1m 3s · esc)"),
        ("⠏ Reticulating splines (esc to cancel, 12s)", "⠋ Counting (esc to cancel, 1m 1s)"),
        ("Thinking.", "Thinking..."),
        ("◐ build 45% 3.4 MB/s", "◓ build 46% 12 MB/s"),
        ("Retrying in 5 seconds (attempt 3/10)", "Retrying in 41 seconds (attempt 4/10)"),
        ("tokens 999", "tokens 1.2k"),
        ("waited 59s", "waited 1m 2s"),
        ("● Bash(make)", "○ Bash(make)"),
    ],
)
def test_what_only_turns_or_counts_is_no_content(one: str, other: str) -> None:
    """
    Spinners, timers, counters and growing dots are masked.
    """
    assert mask_line(one) == mask_line(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("● Bash(make test)", "● Bash(make lint)"), ("ok a.py", "ok b.py"), ("x", "y")],
)
def test_words_are_content(one: str, other: str) -> None:
    """
    Another word is another line.
    """
    assert mask_line(one) != mask_line(other)


def test_work_in_which_nothing_moves_is_stuck() -> None:
    """
    A spinner and a timer go on, and nothing else: stuck after the time, and not before.
    """
    texts = [(float(t), f"● Bash(make)\n{'⠋⠙⠹⠸'[t % 4]} working {t}s") for t in range(460)]

    before, _ = watch_for(texts, 299.0)
    after, _ = watch_for(texts, 430.0)

    assert (State.WORKING, "works") == (before.state, before.reason)
    assert (State.STUCK, "nothing moved for 7m", 300.0) == (after.state, after.reason, after.since)


def test_a_new_line_ends_it_at_once() -> None:
    """
    The next look at a moved screen says working again, and the time begins anew.
    """
    texts = [(0.0, "● Bash(make)"), (400.0, "● Bash(make)\n  ⎿ compiled a.c")]

    stuck, _ = watch_for(texts, 399.5)
    moved, _ = watch_for(texts, 400.0)
    again, _ = watch_for(texts, 701.0)

    assert [State.STUCK, State.WORKING, State.STUCK] == [stuck.state, moved.state, again.state]


def test_a_screen_that_blinks_between_two_pictures_does_not_move() -> None:
    """
    What was there before is nothing new, in whatever order it comes back.
    """
    texts = [(float(t), "tip: press a" if t // 15 % 2 else "tip: press b") for t in range(600)]

    status, _ = watch_for(texts, 400.0)

    assert State.STUCK is status.state


@pytest.mark.parametrize("moves", ["file", "cpu", "tools"])
def test_what_moves_beside_the_screen_is_work(moves: str) -> None:
    """
    A session file that grows, a child that burns processor time, or a new child: not stuck.
    """
    screen, progress = draw("● Bash(make)"), None
    for at in range(0, 900, 2):
        inputs = ProgressInputs(
            screen,
            file=at if moves == "file" else None,
            tools=(9, at // 100) if moves == "tools" else (9,),
            cpu_s=at * 0.9 if moves == "cpu" else 0.0,
        )
        progress = advance_progress(progress, State.WORKING, inputs, LIMITS, float(at))

        assert State.WORKING is mark_stuck(WORKING, progress).state


def test_a_silent_child_that_sleeps_is_stuck() -> None:
    """
    A child that is there and does nothing is no work.
    """
    inputs, progress = ProgressInputs(draw("● Bash(make)"), tools=(9,), cpu_s=0.01), None
    for at in range(0, 310, 2):
        progress = advance_progress(progress, State.WORKING, inputs, LIMITS, float(at))

    assert State.STUCK is mark_stuck(WORKING, progress).state


def test_the_same_failure_thrice_is_stuck_sooner() -> None:
    """
    Three times word for word, numbers aside, with nothing else in between.
    """
    line = "APIError: upstream said 502 after {} s"
    texts = [
        (0.0, "● asks"),
        (10.0, "● asks\n" + line.format(1)),
        (20.0, "● asks\n" + line.format(1) + "\n" + line.format(2)),
        (30.0, "● asks\n" + line.format(1) + "\n" + line.format(2) + "\n" + line.format(3)),
    ]

    early, _ = watch_for(texts, 159.0)
    late, _ = watch_for(texts, 161.0)

    assert State.WORKING is early.state
    assert State.STUCK is late.state
    assert "the same failure 3 times: APIError: upstream said 0 after 0" == late.reason


def try_again(
    outcomes: list[str], inputs: Iterator[ProgressInputs] | None = None
) -> tuple[Status, float]:
    """Return what is said after runs of a test, 30 s apart, in the last rows of a long talk."""
    progress, talk, at = None, ["● start"], 0.0
    for step, outcome in enumerate(outcomes):
        for line in (
            f"● Edit(part{'abcdefgh'[step % 8]}.py)",
            f"  + value = {step}",
            "● Bash(make)",
            outcome,
        ):
            talk += line.split("\n")
            shown = draw("\n".join((*talk[-9:], "✻ Pondering… (3s · esc to interrupt)")))
            known = next(inputs) if inputs else ProgressInputs(shown)
            progress = advance_progress(
                progress, State.WORKING, replace(known, screen=shown), LIMITS, at
            )
            at += 7.5
    status = mark_stuck(WORKING, progress)
    return status, at


FAILS = "  ⎿ FAILED test_a.py::test_b - assert {} == 7"
RUNS = [FAILS.format(number) for number in range(8)]


@pytest.mark.parametrize(
    "run",
    [
        FAILS,
        "  ⎿  Error: Exit code 1\nE    AssertionError: assert {} == 7\n1 failed, 3 passed in 0.{}s",
        "error[E0308]: mismatched types, line {}",
        "--- FAIL: TestTotal (0.{}s)",
        "src/a.ts:{}:5: error TS2322: no number",
        "make: *** [Makefile:{}: test] Error 1",
        "Tests:       1 failed, {} passed, 4 total",
    ],
)
def test_an_agent_that_edits_and_fails_the_same_way_is_stuck(run: str) -> None:
    """
    Whatever it edits in between, whatever else moves, and however often its test was run.
    """
    busy = (ProgressInputs(draw(""), file=at, tools=(at,), cpu_s=9.0 * at) for at in range(99))

    status, _ = try_again([run.replace("{}", str(number)) for number in range(8)], busy)

    assert State.STUCK is status.state
    assert re.match("the same failure [78] times: ", status.reason)


@pytest.mark.parametrize(
    "other",
    [
        "4 passed in 0.2s",
        "test result: ok. 4 passed; 0 failed",
        "ok   example.org/total 0.012s",
        "NameError: name 'total' is not defined",
        "All checks passed!",
    ],
)
def test_another_outcome_begins_the_count_anew(other: str) -> None:
    """
    A run that went well, or fails in a way that was not there before, is a step ahead.
    """
    assert State.WORKING is try_again([*RUNS[:6], other, *RUNS[:2]])[0].state
    assert State.STUCK is try_again([*RUNS[:6], other, *RUNS])[0].state


def test_what_passes_beside_the_failure_is_no_other_outcome() -> None:
    """
    A run tells many things; one failure in it is how it ended.
    """
    run = "12 passed so far\nFAILED test_a.py::test_b - no\n12 passed, 1 failed in 2.1s"

    assert State.STUCK is try_again([run] * 8)[0].state


def test_off_is_never() -> None:
    """
    With the option off nothing is stuck.
    """
    status, _ = watch_for([(0.0, "● x")], 900.0, Limits(math.inf, math.inf))

    assert State.WORKING is status.state


def test_only_work_can_be_stuck() -> None:
    """
    Another state forgets what was seen; the next work begins anew.
    """
    inputs = ProgressInputs(draw("● x"))
    progress = advance_progress(None, State.WORKING, inputs, LIMITS, 0.0)

    progress = advance_progress(progress, State.APPROVAL, inputs, LIMITS, 400.0)

    assert progress is None


def test_a_silent_screen_costs_nothing() -> None:
    """
    The same signs again give the same motion, not an equal one.
    """
    inputs = ProgressInputs(draw("● x"))
    progress = advance_progress(None, State.WORKING, inputs, LIMITS, 0.0)

    assert progress is advance_progress(progress, State.WORKING, inputs, LIMITS, 10.0)


def test_the_pane_says_so(tmp_path: Path) -> None:
    """
    The whole path: a claimed turn stands still, says why, and goes on when its file grows.
    """
    watch = open_blank_pane(load_agents(tmp_path)[0], 60, 12)
    watch.processes = CLAUDE
    watch.feed(f"\x1b[2J\x1b[H✻ Pondering… (3s · esc to interrupt)\r\n{BOX}".encode())

    states = {}
    for at in (0.0, 299.0, 301.0):
        states[at] = watch.look(at).status
    watch.session = SessionFacts(mark=1)
    states[302.0] = watch.look(302.0).status

    assert [State.WORKING, State.WORKING, State.STUCK, State.WORKING] == [
        status.state for status in states.values()
    ]
    assert "nothing moved for 5m" == states[301.0].reason
