"""The page of what happened since the user looked: facts with their time, and nothing else."""

import json
from pathlib import Path

import pytest

from agent_status.agents.files import load_agents
from agent_status.agents.session_schema import Shape
from agent_status.cli.commands.since import render_page
from agent_status.features.review.compare import Touched
from agent_status.features.review.since import (
    MAX_LINES,
    SinceInput,
    build_sections,
    find_first,
    find_plan,
)
from agent_status.features.review.turns import Turn
from agent_status.features.sessions.message import CUT, MAX_CHARACTERS, read_last_message
from agent_status.model import Changes, Option, State
from agent_status.model.ref import make_ref
from agent_status.protocol.messages import LogRow
from agent_status.protocol.rows import AgentRow, ReportedAsk, ReportedFacet

ASK = ReportedAsk(question="Run it?", command="rm -rf build", options=(Option("1", "Yes"),))
ROW = AgentRow(
    ref=make_ref("%1"),
    state=State.APPROVAL,
    since=900.0,
    ask=ASK,
    changes=Changes(files=2, risks=("CI: .github/ci.yml",)),
    facets={"checks": ReportedFacet("pytest ok", ("pytest ok 6m",)), "x": ReportedFacet("no")},
)
TURNS = (
    Turn("a", 1, "/w", "%1", prompt="old", ended_at=50.0),
    Turn("b", 2, "/w", "%1", "", "split it", 100.0, 160.0, 2, 5, 1),
    Turn("c", 3, "/w", "%2", prompt="of another agent", ended_at=170.0),
)


def log(at: float, kind: str, words: str = "", **facts: object) -> LogRow:
    """Return an entry of the journal."""
    return LogRow(at=at, kind=kind, words=words, facts=facts)


ENTRIES = (
    log(70.0, "answer", "before"),
    log(210.0, "answer", "1 Yes [sent] by ada: ls"),
    log(200.0, "unattended", "went away"),
    log(220.0, "ran", "ran (dangerous): git push -f", grade="dangerous"),
    log(221.0, "ran", "ran (harmless): ls", grade="harmless"),
    log(222.0, "ran", "ran (harmless): cat a", grade="harmless"),
    log(223.0, "ran", "and 3 more in this minute", more=3),
    log(230.0, "state", "working → limited", to="limited"),
    log(231.0, "state", "limited → working", to="working"),
    log(240.0, "ask", "plan: ...", ask={"kind": "plan", "text": "1. a\n2. b"}),
    log(250.0, "answer", "1 Yes [sent] by ada", ask_kind="plan"),
)


def build() -> dict[str, list[tuple[str, float]]]:
    """Return what each section of the page says, and when."""
    touched = (Touched("a.py", "M", "", 4, 1), Touched(".github/ci.yml", "A", "", 1, 0))
    given = SinceInput(ROW, 90.0, TURNS, ENTRIES, touched, "Done.\n\nAll of it.", {"git": "slow"})
    return {
        one.name: [(fact.words, fact.at) for fact in one.facts] for one in build_sections(given)
    }


def test_page_has_every_fact_once_with_its_time() -> None:
    """
    Nothing from before, of another agent, or that is not known.
    """
    assert {
        "asks now": [("Run it?", 900.0), ("rm -rf build", 0.0), ("1  Yes", 0.0)],
        "turns": [("split it · 2 files +5 -1, 1m", 160.0)],
        "decided": [
            ("went away", 200.0),
            ("1 Yes [sent] by ada: ls", 210.0),
            ("1 Yes [sent] by ada", 250.0),
        ],
        "ran, dangerous": [("ran (dangerous): git push -f", 220.0)],
        "ran, harmless": [("2 harmless calls", 0.0)],
        "ran": [("and 3 more in this minute", 223.0)],
        "trouble": [("working → limited", 230.0)],
        "plan": [
            ("shown; P, or --plan, prints it", 240.0),
            ("answered: 1 Yes [sent] by ada", 250.0),
        ],
        "files": [
            ("delicate: CI: .github/ci.yml", 0.0),
            ("A .github/ci.yml +1 -0", 0.0),
            ("M a.py +4 -1", 0.0),
        ],
        "checks": [("pytest ok 6m", 0.0)],
        "last message": [("Done.", 0.0), ("", 0.0), ("All of it.", 0.0)],
        "git": [],
    } == build()


def test_page_is_bounded_and_inert() -> None:
    """
    The last facts of a section stay; escape sequences lose their head, hidden signs show.
    """
    many = [log(100.0 + n, "answer", f"no {n}") for n in range(MAX_LINES + 5)]
    many.append(log(999.0, "answer", "\x1b[31mrm\u200b -rf"))
    row = AgentRow(ref=make_ref("%1"))

    page = render_page(build_sections(SinceInput(row, entries=many)), 0.0, 1000.0)

    assert page.startswith("Since the daemon began to watch\n\ndecided  (journal)\n  6 earlier")
    assert MAX_LINES == page.count("  no ") + 1
    assert "⟨U+001B⟩[31mrm⟨U+200B⟩ -rf\n" in page
    assert "Nothing happened." in render_page((), 0.0, 1000.0)


def test_plan_and_first_sight_come_from_the_journal() -> None:
    """
    The last plan, verbatim; a later agent in the same pane begins anew.
    """
    begins = (log(5.0, "state", **{"from": ""}), log(9.0, "state", **{"from": "none"}))

    assert ("1. a\n2. b", 240.0) == find_plan(ENTRIES)
    assert ("", 0.0) == find_plan([log(1.0, "ask", ask="damaged")])
    assert (9.0, 0.0) == (find_first(begins), find_first(ENTRIES))


def write_claude(file: Path, *texts: str) -> None:
    """Write a session file of Claude Code with these messages."""
    lines = (
        {
            "type": "assistant",
            "isSidechain": False,
            "message": {"content": [{"type": "text", "text": one}]},
        }
        for one in texts
    )
    file.write_text("".join(f"{json.dumps(line)}\n" for line in lines))


def test_last_message_is_whole(tmp_path: Path) -> None:
    """
    With its line ends, also behind megabytes; one that is huge is cut with a word.
    """
    rules = load_agents(tmp_path)[0].find("claude")
    assert rules
    file = tmp_path / "session.jsonl"
    text = "First.\n\n" + "long " * 200 + "\nLast."
    write_claude(file, "before", *["x" * 60_000] * 40, text)
    assert text == read_last_message(str(file), rules.sessions)

    write_claude(file, "y" * (MAX_CHARACTERS + 1))
    assert "y" * MAX_CHARACTERS + f"\n{CUT}" == read_last_message(str(file), rules.sessions)


@pytest.mark.parametrize("content", [None, b"", b"\0\xff\n[[[[\n", b'{"type": "assistant"}\n'])
def test_file_without_a_message_has_none(tmp_path: Path, content: bytes | None) -> None:
    """
    Also one that is gone, damaged or a folder, read as a file of any agent.
    """
    registry = load_agents(tmp_path)[0]
    file = tmp_path / "session"
    if content is None:
        file.mkdir()
    else:
        file.write_bytes(content)
    files = [one for kind in registry.agents for one in kind.sessions]

    assert {*Shape} == {one.shape for one in files}
    assert "" == read_last_message(str(file), files)
    assert "" == read_last_message(str(tmp_path / "gone"), files)
