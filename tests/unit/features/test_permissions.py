"""Standing permissions: which answers end further requests, and what they let through."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from agent_status.cli import main
from agent_status.features.journal import Journal, LogEntry
from agent_status.features.journal.entry import make_answer_entry, make_ran_entry
from agent_status.features.journal.permissions import find_permissions, find_programs
from agent_status.model import Activity, CallKind, Grade, Risk, ToolCall
from tests.support.journal_lab import make_answer, make_sighting

ALWAYS = "Yes, and don't ask again for make"


def answer(at: float = 10.0, label: str = ALWAYS, **facts: Any) -> LogEntry:
    """
    The user answered a request for `make test` in /src.
    """
    return make_answer_entry(replace(make_answer(at), label=label, folder="/src", **facts))


def ran(
    command: str, at: float = 20.0, *, asked: bool | None = False, folder: str = "/src"
) -> LogEntry:
    """
    The agent ran something.
    """
    kind = CallKind.RUN if command else CallKind.WRITE
    paths = () if command else ("a.py",)
    risk = Risk(Grade.DANGEROUS if "rm" in command else Grade.WRITES)
    call = ToolCall("1", "Bash", kind, command, paths, ended_at=at, risk=risk, asked=asked)
    sighting = replace(make_sighting(folder=folder), activity=Activity("s", (call,)))
    return make_ran_entry(sighting, call)


@pytest.mark.parametrize(
    ("label", "lasts"),
    [
        (ALWAYS, True),
        ("Yes, allow all edits during this session (shift+tab)", True),
        ("Always allow", True),
        ("Allow for remainder of this session", True),
        ("Yes, and switch to auto mode", True),
        ("Yes", False),
        ("Allow once", False),
        ("No, and don't ask again", False),
        ("", False),
    ],
)
def test_answer_lasts_by_the_option_s_own_words(label: str, lasts: bool) -> None:  # noqa: FBT001
    """
    A denial allows nothing.
    """
    assert [one.label for one in find_permissions([answer(label=label)])] == [label] * lasts


@pytest.mark.parametrize(
    "other",
    [answer(sent=""), answer(kind="question"), answer(kind="send")],
    ids=["nothing was sent", "a question", "free text"],
)
def test_other_answers_are_no_permission(other: LogEntry) -> None:
    """
    Whatever their words are.
    """
    assert find_permissions([other]) == ()


@pytest.mark.parametrize(
    ("call", "counts"),
    [
        (ran("make all"), True),
        (ran("cd web && CI=1 /usr/bin/make"), True),
        (ran("make all", 5.0), False),
        (ran("make all", asked=True), False),
        (ran("make all", asked=None), False),
        (ran("make all", folder="/other"), False),
        (ran("cmake ."), False),
        (ran(""), False),
    ],
)
def test_permission_counts_what_its_program_ran_since(call: LogEntry, *, counts: bool) -> None:
    """
    In the same folder, and only what nobody was asked for.
    """
    (found,) = find_permissions([call, answer()])

    assert found.calls == (call,) * counts


@pytest.mark.parametrize(
    ("facts", "calls"),
    [
        ({"command": "", "file": "b.py"}, ["a.py"]),
        ({"command": "", "kind": "plan"}, ["make", "a.py"]),
    ],
)
def test_permission_without_a_program(facts: dict[str, Any], calls: list[str]) -> None:
    """
    One for edits lets changes through, one for a mode everything.
    """
    (found,) = find_permissions([ran("make"), ran(""), answer(**facts)])

    assert [words for words, _ in found.count_commands()] == calls


@pytest.mark.parametrize(
    ("line", "programs"),
    [
        ("git add . && git commit", {"git"}),
        ("A=1 B=2 ./run.sh | tee x; sudo rm -rf y", {"run.sh", "tee", "rm"}),
        ("", set()),
        ("cd", set()),
    ],
)
def test_programs_of_a_line(line: str, programs: set[str]) -> None:
    """
    By their names, without folders and what is set before.
    """
    assert find_programs(line) == programs


def test_command_lists_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    With the option's own words; nothing in them is obeyed.
    """
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    with Journal(tmp_path / "agent-status" / "journal.sqlite3") as journal:
        journal.write([answer(label=f"{ALWAYS}\x1b[2J"), ran("make all"), ran("make; rm x", 21.0)])
    shown = CliRunner().invoke(main, ["permissions"]).output
    data = CliRunner().invoke(main, ["permissions", "--json"]).output

    assert [line.strip() for line in shown.splitlines()[1:]] == [
        "Yes, and don't ask again for make⟨U+001B⟩[2J",
        "for: make test",
        "since then without a request: 2 calls, 1 of them dangerous",
        "1 x make all",
        "1 x make; rm x",
    ]
    assert '"who": "ada cli"' in data
    assert '"calls": 2, "dangerous": 1' in data
