"""Tool calls, results, to-do lists and modes in recorded session files of real agents."""

from pathlib import Path

import pytest

from agent_status.agents.session_calls import CallLog
from agent_status.agents.session_fields import parse_record
from agent_status.agents.session_records import NO_FILE_FACTS, advance_facts
from agent_status.model import ToolCall
from tests.support.knowledge import KNOWLEDGE

SAMPLES = Path(__file__).parent / "samples"
SOURCE = {"claude": 1, "codex": 0}
"""Which of an agent's `[[session]]` tables its sample is for."""


def read_sample(name: str) -> CallLog:
    """Return what the packaged rules find in a sample, named by its agent's kind and its file."""
    kind = Path(name).parts[0]
    rules = KNOWLEDGE.find(kind)
    assert rules
    text = (SAMPLES / name).read_bytes()
    lines = text.split(b"\n") if name.endswith(".jsonl") else [text]
    records = [record for record in map(parse_record, lines) if record is not None]
    return advance_facts(NO_FILE_FACTS, records, rules.sessions[SOURCE[kind]]).log


def render(call: ToolCall) -> str:
    """Return a call in a line: kind, tool, its words, status, and what else is known."""
    words = call.command or ",".join(call.paths)
    notes = {
        f"= {call.exit_status}": call.exit_status is not None,
        "ok": call.failed is False and call.exit_status is None,
        "failed": call.failed and call.exit_status is None,
        "runs": call.ended_at is None,
        "asked": call.asked,
        "unasked": call.asked is False,
        "helper": call.by_helper,
    }
    return " ".join(
        [call.kind, call.tool, f"`{words}`", *(one for one, is_so in notes.items() if is_so)]
    )


CALLS = {
    "claude/bypass.jsonl": """
        other TodoWrite `` failed
        run Bash `echo hello && ls` = 0 unasked
        run Bash `echo broken >&2; exit 3` = 3 unasked
        write Write `/home/dev/demo/notes.txt` ok unasked
        read Read `` ok unasked
        write Edit `/home/dev/demo/wc.py` ok unasked
        run Bash `git status --short` = 0 unasked
        run Bash `rm -rf build` = 0 unasked
        run Bash `make test` = 0 unasked
        other TodoWrite `` failed
        other Agent `` ok unasked
        run Bash `sleep 2; echo late` = 0 unasked
    """,
    "claude/helper.jsonl": "run Bash `echo helper > helper.txt` = 0 unasked helper",
    "claude/denied.jsonl": "run Bash `make slow-test` failed",
    "codex/bypass.jsonl": """
        other TodoWrite `` failed
        run exec_command `echo hello && ls` = 0
        run exec_command `echo broken >&2; exit 3` = 3
        other Write `` failed
        other Read `` failed
        write apply_patch `/home/dev/demo/wc.py` = 0
        run exec_command `git status --short` = 0
        run exec_command `rm -rf build` failed
        run exec_command `make test` = 0
        other TodoWrite `` failed
        other Agent `` failed
        run exec_command `sleep 2; echo late` = 0
    """,
    "codex/asked.jsonl": "run exec_command `make slow-test` = 0",
    "codex/denied.jsonl": "run exec_command `make slow-test` failed",
    "codex/javascript.jsonl": """
        other TodoWrite `` failed
        other exec ``
        run CommandExecution `echo hello && ls` = 0
        other exec ``
        run CommandExecution `echo broken >&2; exit 3` = 3
        other Write `` failed
        other Read `` failed
        other exec ``
        write FileChange `/home/dev/demo/wc.py` ok
        other exec ``
        run CommandExecution `git status --short` = 0
        other exec ``
        other exec ``
        run CommandExecution `make test` = 0
        other TodoWrite `` failed
        other spawn_agent `` ok
        other exec ``
        run CommandExecution `sleep 2; echo late` = 0
    """,
}


@pytest.mark.parametrize("name", CALLS)
def test_calls_of_a_real_session_are_read(name: str) -> None:
    """
    Words and exit status of each, in the order in which they were made.
    """
    found = [render(call) for call in read_sample(name).calls]

    assert [line.strip() for line in CALLS[name].strip().split("\n")] == found


@pytest.mark.parametrize("name", CALLS)
def test_calls_of_a_real_session_have_times_and_ids_of_their_own(name: str) -> None:
    """
    Each ended after it was made, within the minutes of the recording.
    """
    calls = read_sample(name).calls

    assert len(calls) == len({call.id for call in calls})
    assert all(call.at <= (call.ended_at or 0) <= call.at + 60 for call in calls)


@pytest.mark.parametrize(
    ("name", "mode"),
    [
        ("claude/bypass.jsonl", "bypass"),
        ("claude/denied.jsonl", "asks"),
        ("codex/bypass.jsonl", "bypass"),
        ("codex/denied.jsonl", "auto"),
        ("codex/javascript.jsonl", "bypass"),
    ],
)
def test_mode_of_a_real_session_is_read(name: str, mode: str) -> None:
    """
    As it was given when the session was recorded.
    """
    assert mode == read_sample(name).autonomy


@pytest.mark.parametrize("name", ["claude/bypass.jsonl"])
def test_todo_list_of_a_real_session_is_read(name: str) -> None:
    """
    How many items are done, and the one in progress.
    """
    todo = read_sample(name).todo

    assert (2, 3, "Run the tests") == (todo.done, todo.total, todo.current)
