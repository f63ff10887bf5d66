"""The grades of what agents ran: the same tables as for requests, each call once."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agent_status.features.risk.calls import CallGrades
from agent_status.features.risk.feature import RiskFeature
from agent_status.features.risk.loader import parse_tables
from agent_status.features.risk.policy import grade_call, make_working_dir
from agent_status.features.risk.table_files import read_risk_files
from agent_status.model import (
    NO_AGENT,
    Activity,
    CallKind,
    Grade,
    Pane,
    PaneId,
    Risk,
    Sighting,
    ToolCall,
)

ROOT = "/home/me/repo"
TABLES = parse_tables(read_risk_files(Path("/nonexistent")).tables)[0]
PLACE = make_working_dir(ROOT, ROOT, "/home/me")


def see(*calls: ToolCall, pane: str = "%1") -> Sighting:
    """
    An agent that made these calls.
    """
    return Sighting(
        Pane(PaneId(pane), folder=ROOT), NO_AGENT, root=ROOT, activity=Activity("s", calls)
    )


def run(command: str, **facts: Any) -> ToolCall:
    """
    A call that ran a command.
    """
    return replace(ToolCall(command, "Bash", CallKind.RUN, command), **facts)


@pytest.mark.parametrize(
    ("call", "grade", "reason"),
    [
        (run("git status"), Grade.HARMLESS, "only looks"),
        (run("rm -rf ~/x"), Grade.DANGEROUS, "deletes /home/me/x recursively"),
        (run("make > log", folder="/etc"), Grade.DANGEROUS, "works outside the checkout: /etc"),
        (run("touch a", folder="src"), Grade.WRITES, "writes a"),
        (run("ls", is_cut=True), Grade.DANGEROUS, "is too long to be read whole"),
        (run("ls \u202e"), Grade.DANGEROUS, "holds hidden characters"),
        (run(""), Grade.WRITES, "does not say what it wants to do"),
        (
            ToolCall("1", "Write", CallKind.WRITE, paths=("src/a.py",)),
            Grade.WRITES,
            "edits src/a.py",
        ),
        (
            ToolCall("1", "Write", CallKind.WRITE, paths=("/etc/passwd",)),
            Grade.DANGEROUS,
            "writes outside the checkout: /etc/passwd",
        ),
        (
            ToolCall("1", "mcp__mail__send", command='{"to": "ops"}'),
            Grade.WRITES,
            "uses a tool: mcp__mail__send",
        ),
        (
            ToolCall("1", "mcp__box__exec", command='{"command": "ls -l"}'),
            Grade.DANGEROUS,
            "runs a command through a tool",
        ),
    ],
)
def test_call_is_graded_like_a_request_for_it(call: ToolCall, grade: Grade, reason: str) -> None:
    """
    Its folder counts, and what was cut or hides something is doubted.
    """
    risk = grade_call(call, PLACE, TABLES)

    assert risk is not None
    assert risk.grade is grade
    assert reason in risk.reasons


def test_call_that_only_looks_has_no_grade() -> None:
    """
    Reading asks for no decision.
    """
    assert (
        grade_call(ToolCall("1", "Read", CallKind.READ, paths=("~/.ssh/id",)), PLACE, TABLES)
        is None
    )


def test_every_call_is_graded_once() -> None:
    """
    Its result changes nothing about its grade.
    """
    graded: list[str] = []

    def grade(call: ToolCall, folder: str, root: str) -> Risk:
        graded.append(f"{call.command} in {folder} of {root}")
        return Risk()

    grades, first, second = CallGrades(grade), run("make"), run("ls")
    seen = [see(first), see(replace(first, ended_at=2.0), second)]
    for sighting in (seen[0], seen[0], seen[1], seen[1]):
        grades.begin({PaneId("%1")})
        found = grades.add_grades(sighting)

    assert graded == [f"make in {ROOT} of {ROOT}", f"ls in {ROOT} of {ROOT}"]
    assert found.activity.calls == (
        replace(first, ended_at=2.0, risk=Risk()),
        replace(second, risk=Risk()),
    )


def test_unchanged_activity_stays_the_same_object() -> None:
    """
    So that nobody takes it for news.
    """
    grades, sighting = CallGrades(lambda *_: Risk()), see(run("make"))
    grades.begin({PaneId("%1")})

    assert grades.add_grades(sighting).activity is grades.add_grades(sighting).activity


def test_calls_beyond_the_budget_of_a_tick_are_graded_later_the_newest_first() -> None:
    """
    The daemon has other things to do.
    """
    grades, sighting = CallGrades(lambda *_: Risk()), see(run("old"), run("new"))
    grades.begin({PaneId("%1")})
    grades._end = 0.0  # noqa: SLF001  no time is left
    late = grades.add_grades(sighting)
    grades.begin({PaneId("%1")})

    assert [call.risk for call in late.activity.calls] == [None, None]
    assert [call.risk for call in grades.add_grades(sighting).activity.calls] == [Risk(), Risk()]


def test_feature_grades_the_calls_of_every_agent() -> None:
    """
    By the tables of the user.
    """
    feature = RiskFeature(TABLES, "/home/me")
    found = feature.enrich([see(run("git push -f")), see(run("ls"), pane="%2")], 0.0)

    assert [one.activity.calls[0].risk.grade for one in found if one.activity.calls[0].risk] == [
        Grade.DANGEROUS,
        Grade.HARMLESS,
    ]
