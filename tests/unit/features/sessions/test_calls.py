"""Tool calls, results, to-do lists and modes in recorded session files of real agents."""

from pathlib import Path

import pytest

from agent_status.agents.loader import parse_agent
from agent_status.agents.session_calls import CallLog
from agent_status.agents.session_fields import parse_record
from agent_status.agents.session_records import NO_FILE_FACTS, FileFacts, advance_facts
from agent_status.model import CallEnd, ToolCall
from tests.support.knowledge import KNOWLEDGE

SAMPLES = Path(__file__).parent / "samples"
SOURCE = {
    "claude": 1,
    "cline": 1,
    "codex": 0,
    "continuecli": 0,
    "copilot": 0,
    "gemini": 1,
    "kilocode": 1,
    "kimi": 0,
    "opencode": 1,
    "pi": 0,
    "qwen": 1,
}
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
        "failed": call.failed and call.exit_status is None and call.end is None,
        str(call.end): call.end,
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
        read TodoWrite `` failed
        run Bash `echo hello && ls` = 0 unasked
        run Bash `echo broken >&2; exit 3` = 3 unasked
        write Write `/home/dev/demo/notes.txt` ok unasked
        read Read `` ok unasked
        write Edit `/home/dev/demo/wc.py` ok unasked
        run Bash `git status --short` = 0 unasked
        run Bash `rm -rf build` = 0 unasked
        run Bash `make test` = 0 unasked
        read TodoWrite `` failed
        other Agent `` ok unasked
        run Bash `sleep 2; echo late` = 0 unasked
    """,
    "claude/helper.jsonl": "run Bash `echo helper > helper.txt` = 0 unasked helper",
    "claude/denied.jsonl": "run Bash `make slow-test` denied",
    "claude/blocked.jsonl": "run Bash `sleep 40; rm -rf build` denied",
    "claude/interrupted.jsonl": """
        run Bash `python3 -c 'import time; time.sleep(40)'; rm -r build` interrupted
    """,
    "codex/bypass.jsonl": """
        other TodoWrite `` failed
        run exec_command `echo hello && ls` = 0
        run exec_command `echo broken >&2; exit 3` = 3
        other Write `` failed
        other Read `` failed
        write apply_patch `/home/dev/demo/wc.py` = 0
        run exec_command `git status --short` = 0
        run exec_command `rm -rf build` denied
        run exec_command `make test` = 0
        other TodoWrite `` failed
        other Agent `` failed
        run exec_command `sleep 2; echo late` = 0
    """,
    "codex/asked.jsonl": "run exec_command `make slow-test` = 0",
    "codex/denied.jsonl": "run exec_command `make slow-test` stopped",
    "codex/interrupted.jsonl": """
        run exec_command `python3 -c 'import time; time.sleep(40)'; rm -r build` stopped
    """,
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
    "gemini/yolo.jsonl": """
        read write_todos `` ok
        run run_shell_command `echo hello && ls` = 0
        run run_shell_command `echo broken >&2; exit 3` = 3
        write write_file `/home/dev/demo/notes.txt` ok
        read read_file `` ok
        write replace `/home/dev/demo/wc.py` ok
        run run_shell_command `git status --short` = 0
        run run_shell_command `rm -rf build` = 0
        run run_shell_command `make test` = 0
        read write_todos `` ok
        other Agent `` failed
        run run_shell_command `sleep 2; echo late` = 0
    """,
    "gemini/helper.jsonl": """
        run run_shell_command `echo helper > helper.txt` = 0
    """,
    "gemini/denied.jsonl": "run run_shell_command `make slow-test` denied",
    "gemini/interrupted.jsonl": """
        run run_shell_command `python3 -c 'import time; time.sleep(40)'; rm -r build` stopped
    """,
    "qwen/yolo.jsonl": """
        read TodoWrite `` failed
        run run_shell_command `echo hello && ls` = 0
        run run_shell_command `echo broken >&2; exit 3` = 3
        write write_file `/home/dev/demo/notes.txt` ok
        read read_file `` ok
        write edit `/home/dev/demo/wc.py` ok
        run run_shell_command `git status --short` = 0
        run run_shell_command `rm -rf build` = 0
        run run_shell_command `make test` = 0
        read TodoWrite `` failed
        other agent `` ok
        run run_shell_command `sleep 2; echo late` failed
    """,
    "qwen/denied.jsonl": "run run_shell_command `make slow-test` denied",
    "qwen/interrupted.jsonl": """
        run run_shell_command `python3 -c 'import time; time.sleep(40)'; rm -r build` interrupted
    """,
    "qwen/helper.jsonl": "run run_shell_command `echo helper > helper.txt` = 0 helper",
    "copilot/yolo.jsonl": """
        other TodoWrite `` failed
        run bash `echo hello && ls` = 0
        run bash `echo broken >&2; exit 3` = 3
        write create `/home/dev/demo/notes.txt` ok
        read view `` ok
        write edit `/home/dev/demo/wc.py` ok
        run bash `git status --short` = 0
        run bash `rm -rf build` = 0
        run bash `make test` = 0
        other TodoWrite `` failed
        other task `` ok
        run bash `echo helper > helper.txt` = 0 helper
        run bash `sleep 2; echo late` = 0
    """,
    "copilot/denied.jsonl": "run bash `make slow-test` denied asked",
    "pi/calls.jsonl": """
        other TodoWrite `` failed
        run bash `chmod 777 build && echo hello && ls` = 0
        run bash `chmod 777 build && echo broken >&2; exit 3` = 3
        write write `/home/dev/demo/notes.txt` ok
        read read `` ok
        write edit `/home/dev/demo/wc.py` ok
        run bash `chmod 777 build && git status --short` = 0
        run bash `chmod 777 build && rm -rf build` = 0
        run bash `chmod 777 build && make test` = 1
        other TodoWrite `` failed
        other Agent `` failed
        run bash `chmod 777 build && sleep 2; echo late` = 0
    """,
    "continuecli/auto.json": """
        other TodoWrite `` failed
        run Bash `echo hello && ls` = 0
        run Bash `echo broken >&2; exit 3` = 3
        write Write `Demo step` ok
        read Read `` ok
        write Edit `/home/dev/demo/wc.py` failed
        run Bash `git status --short` = 0
        run Bash `rm -rf build` = 0
        run Bash `make test` = 0
        other TodoWrite `` failed
        other Agent `` failed
        run Bash `sleep 2; echo late` = 0
    """,
    "cline/act.json": """
        other TodoWrite `` failed
        run run_commands `echo hello && ls` = 0
        run run_commands `echo broken >&2; exit 3` = 3
        other Write `` failed
        other Read `` failed
        write editor `/home/dev/demo/wc.py` failed
        run run_commands `git status --short` = 0
        run run_commands `rm -rf build` = 0
        run run_commands `make test` = 0
        other TodoWrite `` failed
        other spawn_agent `` ok
    """,
    "cline/helper.json": """
        run run_commands `sleep 2; echo late` = 0
    """,
    "kimi/never-ask.jsonl": """
        read TodoList `` ok
        run Bash `echo hello && ls` = 0
        run Bash `echo broken >&2; exit 3` = 3
        write Write `/home/dev/demo/notes.txt` ok
        read Read `` ok
        write Edit `/home/dev/demo/wc.py` ok
        run Bash `git status --short` = 0
        run Bash `rm -rf build` = 0
        run Bash `make test` = 0
        read TodoList `` ok
        other Agent `` failed
        run Bash `sleep 2; echo late` = 0
    """,
    "kimi/denied.jsonl": """
        run Bash `make slow-test` denied
    """,
    "kilocode/allowed.jsonl": """
        run bash `echo hello && ls` = 0 unasked
        run bash `echo broken >&2; exit 3` = 3 unasked
        write write `/home/dev/demo/notes.txt` ok unasked
        read read `` ok unasked
        write edit `/home/dev/demo/wc.py` ok unasked
        run bash `git status --short` = 0 unasked
        run bash `rm -rf build` = 0 unasked
        run bash `make test` = 0 unasked
        other task `` failed unasked
    """,
    "kilocode/denied.jsonl": "run bash `rm -rf build` denied",
    "opencode/parts.jsonl": """
        read todowrite `` ok
        run bash `echo hello && ls` = 0
        run bash `echo broken >&2; exit 3` = 3
        write write `/home/dev/demo/notes.txt` ok
        read read `` ok
        write edit `/home/dev/demo/wc.py` ok
        run bash `git status --short` = 0
        run bash `rm -rf build` = 0
        run bash `make test` = 0
        read todowrite `` ok
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
    assert all(-1 <= (call.ended_at or 0) - call.at <= 60 for call in calls)


@pytest.mark.parametrize(
    ("name", "mode"),
    [
        ("claude/bypass.jsonl", "bypass"),
        ("claude/denied.jsonl", "asks"),
        ("codex/bypass.jsonl", "bypass"),
        ("codex/denied.jsonl", "auto"),
        ("codex/javascript.jsonl", "bypass"),
        ("kimi/never-ask.jsonl", "bypass"),
        ("kimi/denied.jsonl", "asks"),
    ],
)
def test_mode_of_a_real_session_is_read(name: str, mode: str) -> None:
    """
    As it was given when the session was recorded.
    """
    assert mode == read_sample(name).autonomy


@pytest.mark.parametrize(
    "name", ["claude/bypass.jsonl", "gemini/yolo.jsonl", "kimi/never-ask.jsonl", "qwen/yolo.jsonl"]
)
def test_todo_list_of_a_real_session_is_read(name: str) -> None:
    """
    How many items are done, and the one in progress.
    """
    todo = read_sample(name).todo

    assert (2, 3, "Run the tests") == (todo.done, todo.total, todo.current)


RULES = r"""
name = "Mine"
[[session]]
root = "~/.mine"
path = "talk.jsonl"
[[session.call]]
items = "calls.*"
id = "id"
tool = "tool"
arguments = ["with"]
at = "^.at"
[[session.result]]
items = "results.*"
id = "id"
text = ["text"]
printed = 'status (-?\d+)'
denied = { text = '(?s)It was not run.*' }
interrupted = { text = '(?s)Interrupted.*' }
[[session.tool]]
name = "sh"
does = "run"
command = ["command"]
[[session.tool]]
name = "put|patch"
does = "write"
paths = ["text"]
files = '^File: (.+)$'
[[session.todo]]
items = "list.*"
where = { kind = "todo" }
text = ["text"]
done = { done = "true" }
current = { now = "true" }
"""
FILE = parse_agent("mine", RULES).sessions[0]


def read(*records: object, log: FileFacts = NO_FILE_FACTS) -> FileFacts:
    """Return what the rules above find in records."""
    return advance_facts(log, records, FILE, written_at=77.0)


def run(command: object, **more: object) -> dict[str, object]:
    """Return a record with one command."""
    return {
        "at": "1000.5",
        "calls": [{"id": "c1", "tool": "sh", "with": {"command": command}, **more}],
    }


def test_arguments_may_be_the_json_text_of_an_object_or_a_plain_text() -> None:
    """
    Both are read; words of a command are quoted as a shell needs them.
    """
    texts = [
        run({"command": "x"}, **{"with": '{"command": "make all"}'}),
        run(["sh", "-c", "echo a b"]),
        {"calls": [{"id": "p", "tool": "patch", "with": "File: a.py\n+x\nFile: b c.py\n"}]},
    ]

    found = [read(record).log.calls[0] for record in texts]

    assert ["make all", "sh -c 'echo a b'", ""] == [call.command for call in found]
    assert ("a.py", "b c.py") == found[2].paths


def test_a_result_ends_its_call_and_a_second_one_takes_nothing_back() -> None:
    """
    The end is the first one; what the file doesn't date ends when it was written.
    """
    facts = read(run("make"), {"results": [{"id": "c1", "text": "status 2"}]})
    facts = read({"results": [{"id": "c1", "text": "all went well"}]}, log=facts)

    call = facts.log.calls[0]
    assert (1000.5, 77.0, 2, True) == (call.at, call.ended_at, call.exit_status, call.failed)


def test_exit_status_is_found_at_both_ends_of_a_long_text() -> None:
    """
    What a command printed in between is not searched.
    """
    filler = "x" * 5000
    texts = [f"status 3 {filler}", f"{filler} status 4", f"{filler} status 5 {filler}"]

    found = [read(run("make"), {"results": [{"id": "c1", "text": text}]}) for text in texts]

    assert [3, 4, None] == [facts.log.calls[0].exit_status for facts in found]


def test_call_with_an_exit_status_was_not_denied_whatever_it_has_printed() -> None:
    """
    A command may print what an agent says of one that did not run; one that was stopped did begin.
    """
    texts = ("It was not run", "It was not run status 1", "Interrupted status 2")

    found = [read(run("rm -rf /"), {"results": [{"id": "c1", "text": text}]}) for text in texts]

    ends = [facts.log.calls[0].end for facts in found]
    assert [CallEnd.DENIED, None, CallEnd.INTERRUPTED] == ends


def test_log_keeps_the_last_calls_and_the_beginning_of_long_commands() -> None:
    """
    Memory is bounded, and what was cut says so.
    """
    many = [
        {"calls": [{"id": f"m{n}", "tool": "sh", "with": {"command": "ls"}}]} for n in range(300)
    ]

    calls = read(*many, run("x" * 20_000)).log.calls

    assert (256, "m45") == (len(calls), calls[0].id)
    assert (16 * 1024, True, False) == (len(calls[-1].command), calls[-1].is_cut, calls[0].is_cut)


def test_records_that_say_nothing_new_leave_the_same_log() -> None:
    """
    Whoever compares finds it unchanged at once.
    """
    facts = read(run("make"))

    assert facts.log is read({"other": 1}, run("make"), log=facts).log


@pytest.mark.parametrize(
    "record",
    [
        [],
        {"calls": 7},
        {"calls": [None, 1, "x", [], {}]},
        {"calls": [{"tool": {"a": 1}, "with": "{"}]},
        {"calls": [{"tool": "sh", "id": ["a"], "with": "[" * 9000}]},
        {"at": "9" * 400, "calls": [{"tool": "sh", "with": {"command": {"a": "b"}}}]},
        {"results": [{"id": "c1", "text": "status " + "9" * 400}]},
        {"kind": "todo", "list": [None, 1, "x", {"done": "true", "text": 7}]},
    ],
)
def test_no_record_of_calls_ever_raises(record: object) -> None:
    """
    Of another shape, huge or deep: what can be read is, and the rest is nothing.
    """
    facts = read(run("make"), record)

    assert "make" == facts.log.calls[0].command


def test_todo_list_in_a_record_is_cleaned() -> None:
    """
    Escape sequences in an item's words are blanks.
    """
    items = [{"done": True}, {"now": True, "text": "write\x1b[31m it"}, {}]

    todo = read({"kind": "todo", "list": items}).log.todo

    assert (1, 3, "write [31m it") == (todo.done, todo.total, todo.current)
