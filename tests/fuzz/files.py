"""What lies on the disk: rules, tables, recordings, agents' session files, and files of our own."""

import contextlib
import gzip
import json
import tempfile
from collections.abc import Iterator
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from agent_status.agents.files import read_packaged
from agent_status.agents.loader import parse_agents
from agent_status.agents.session_fields import parse_record, read_instant
from agent_status.agents.session_records import (
    NO_FILE_FACTS,
    advance_facts,
    fill_path,
    join_tasks,
    ties_to,
)
from agent_status.agents.session_schema import SessionFile, Tie
from agent_status.chooser.app.draft_files import read_replies
from agent_status.detect.layout import Layout
from agent_status.detect.match import find_evidence
from agent_status.features.hooks.json_text import drop_items, insert_item, parse_text, set_member
from agent_status.features.hooks.parts import SettingsError
from agent_status.features.journal import Journal, Kind, LogEntry
from agent_status.features.journal.describe import describe, render_log
from agent_status.features.journal.entry import Note, NoteKey, render_entry
from agent_status.features.review.baselines import BaselineStore
from agent_status.features.risk.loader import parse_tables
from agent_status.features.risk.table_files import read_risk_files
from agent_status.features.sessions.files import MAX_BYTES, Document, Tail
from agent_status.model import Row, Screen
from agent_status.recordings.replay import iterate_changes, iterate_statuses
from agent_status.system.checkout import find_root, read_branch
from agent_status.terminal.asciicast import RecordingError, open_recording
from tests.fuzz.draw import ANY_JSON, DEEP, mangle, mangle_text, twist
from tests.fuzz.screens import NO_ASSESSMENT, assert_inert, read_registry
from tests.fuzz.target import Target


@contextlib.contextmanager
def lay(data: bytes, name: str = "file") -> Iterator[Path]:
    """Yield a file that holds `data`, in a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
        path = Path(folder) / name
        path.write_bytes(data)
        yield path


DIALOG = Screen(40, 3, (Row("Do you want to run it?"), Row("❯ 1. Yes"), Row("  2. No")))


def check_rules(text: str) -> None:
    """A user's agent is taken or refused with a reason; one that is taken can be tried."""
    agents, problems = parse_agents([("mine", "mine.toml", text)])
    assert len(agents) + len(problems) == 1
    for problem in problems:
        assert str(problem)
    for agent in agents:
        find_evidence(Layout(DIALOG, agent))


def check_stakes(text: str) -> None:
    """A user's table of stakes is taken or refused with a reason."""
    _, problems = parse_tables([("risk.toml", text)])
    assert len(problems) <= 1


def check_recording(data: bytes) -> None:
    """A recording is read to its end, or to where it is none; nothing else comes of it."""
    with lay(data) as path, contextlib.suppress(RecordingError):
        recording = open_recording(path)
        for line in islice(iterate_changes(iterate_statuses(recording, read_registry())), 1000):
            json.dumps(line)


EVENTS = (
    '[0.5, "o", "\\u001b[2J\\u001b[1;31mDo you want to run it?\\r\\n❯ 1. Yes\\r\\n  2. No"]\n'
    '[1.0, "r", "100x30"]\n'
    '[1.5, "p", "[{\\"pid\\": 5, \\"ppid\\": 1, \\"comm\\": \\"claude\\"}]"]\n'
    '[2.0, "m", "label"]\n[2.5, "i", "1"]\n# comment\n[3, "o", "bye"]\n'
).encode()
CAST = b'{"version": 2, "width": 80, "height": 24, "command": "claude"}\n' + EVENTS
CAST3 = b'{"version": 3, "term": {"cols": 80, "rows": 24}}\n' + EVENTS
LATE = CAST + b'[1e18, "o", "x"]\n'
FAR = CAST + b'[Infinity, "o", "x"]\n[NaN, "o", "x"]\n'
GRAND = CAST + b'[4, "r", "' + b"9" * 5000 + b'x5"]\n[' + b"9" * 500 + b', "o", "x"]\n'
DEEP_CAST = CAST + b'[4, "p", "' + b"[" * DEEP + b'"]\n' + b"[" * DEEP + b"\n"
CASTS = (CAST, CAST3, gzip.compress(CAST), LATE, FAR, GRAND, DEEP_CAST, b"[" * DEEP + b"\n")


@cache
def list_session_files() -> tuple[SessionFile, ...]:
    """Return every session file that the packaged rules know of."""
    return tuple(file for agent in read_registry().agents for file in agent.sessions)


RECORDS = (
    (
        b'{"type":"user","isSidechain":false,"message":{"role":"user","content":"tidy up"}}\n'
        b'{"type":"assistant","timestamp":"2026-01-01T00:00:00Z","message":{"role":"assistant",'
        b'"model":"m","content":[{"type":"text","text":"done"}],"usage":{"input_tokens":12}}}\n'
    ),
    b'{"pid":1,"sessionId":"s1","tmux":"w:@0.%1","cwd":"/x","status":"waiting"}\n',
    (
        b'{"timestamp":"2026-01-01T00:00:00Z","type":"event_msg","payload":{"type":"token_count",'
        b'"info":{"last_token_usage":{"total_tokens":9},"model_context_window":99}}}\n'
    ),
    b'{"messages":[{"type":"user","content":"hi"},{"type":"gemini","content":"yes","tokens":{}}]}',
    b"x" * (MAX_BYTES + 10),
)


def check_session(data: bytes) -> None:
    """An agent's own file says something bounded, or nothing."""
    with lay(data) as path:
        for reader in (Tail(str(path)), Document(str(path))):
            lines = [line for _ in range(8) for line in reader.read()]
            records = [found for found in map(parse_record, lines) if found is not None]
            for file in list_session_files():
                _tell(file, records)


def _tell(file: SessionFile, records: list[Any]) -> None:
    facts = {Tie.PID: frozenset({"1"}), Tie.PANE: frozenset({"%1"})}
    for record in records[:3]:
        ties_to(record, file.tie, facts)
        read_instant(record, file.began)
    account = advance_facts(NO_FILE_FACTS, records, file)
    task = join_tasks([account])
    for text in (task.first_prompt, task.last_prompt, task.last_message, task.model, task.context):
        assert len(text) <= 400
        assert_inert(text)
    path = fill_path(file.path, account.given)
    assert path is None or "\0" not in path


@cache
def make_journal() -> bytes:
    """Return a sound journal's file."""
    with lay(b"", "unused") as place:
        path = place.with_name("journal.sqlite3")
        with Journal(path, "s") as journal:
            facts = {"to": "idle", "ask": {"kind": "approval", "command": "x"}}
            journal.write([LogEntry(float(i), Kind.ASK, pane="%1", facts=facts) for i in range(30)])
            journal.write_note(NoteKey("/r", "main", "/r"), Note("why", 1.0))
        return path.read_bytes()


def check_journal(data: bytes) -> None:
    """A damaged journal is read, set aside, or gone without; that is told, and nothing raises."""
    told: list[str] = []
    with lay(data, "journal.sqlite3") as path:
        journal = Journal(path, "s", told.append, busy_s=0.05)
        with journal:
            for entry in journal.read_log(limit=100):
                json.dumps(render_entry(entry))
                describe(entry)
                render_log([entry])
            journal.read_notes()
            journal.has_answer("%1", 0.0)
            journal.write([LogEntry(1.0, Kind.STATE)])
            journal.prune(30, 1e9)
            journal.read_version()
    for words in told:
        assert "journal.sqlite3" in words


VALUES = st.one_of(
    st.none(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False),
    st.text(st.characters(blacklist_categories=["Cs"]), max_size=20),
    st.binary(max_size=20),
    st.sampled_from([1e300, "[" * DEEP, '{"ask": 5}', '{"files": "x", "added": []}']),
)


def check_rows(row: list[Any]) -> None:
    """Rows of another type than they should be are read as what they may be."""
    import sqlite3  # noqa: PLC0415  the only target that writes such rows

    with lay(make_journal(), "journal.sqlite3") as path:
        with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as file:
            marks = "?, ?, ?, ?, ?, ?, ?, ?"
            names = "at, server, pane, place, agent, folder, kind, facts"
            with contextlib.suppress(sqlite3.Error):
                file.execute(f"INSERT INTO entries ({names}) VALUES ({marks})", row)  # noqa: S608
            with contextlib.suppress(sqlite3.Error):
                file.execute("INSERT INTO notes VALUES (?, ?, ?, ?, ?, ?)", row[:6])
        with Journal(path, "s", lambda _: None, busy_s=0.05) as journal:
            for entry in journal.read_log(limit=100):
                json.dumps(render_entry(entry))
            render_log(journal.read_log(limit=100))
            journal.has_answer("%1", 0.0)
            for key, note in journal.read_notes().items():
                assert isinstance(key.root, str)
                assert isinstance(note.text, str)
                assert isinstance(note.at, float)
                note.bounds.is_outside("a/b")


LEDGER = {
    "version": 1,
    "records": {"k": {"base": "a" * 40, "origin": "b" * 40, "waiting": 1.0, "seen": 86400.0}},
}


def check_ledger(data: bytes) -> None:
    """What was acknowledged is read, or forgotten."""
    with lay(data) as path:
        ledger = BaselineStore(path)
        ledger.find("k")
        ledger.forget_old(86400.0)
        read_replies(path)


def check_checkout(data: bytes) -> None:
    """A folder's branch is some text, whatever lies in its `.git`."""
    with lay(data, ".git") as path:
        read_branch(str(path.parent))
        find_root(str(path.parent))
        path.unlink()
        path.mkdir()
        (path / "HEAD").write_bytes(data)
        assert len(read_branch(str(path.parent))) <= 5000


def check_settings(text: str) -> None:
    """An agent's settings are edited in their place, or refused."""
    hook = {"hooks": [{"type": "command", "command": "x"}]}
    with contextlib.suppress(SettingsError):
        added = insert_item(text, ("hooks", "Stop"), hook)
        set_member(text, "version", 1)
        parse_text(added)
        drop_items(added, "hooks", lambda item: item.get("command") == "x")


SETTINGS = (
    '{\n  "a": [1, 2],\n  "hooks": {"Stop": [{"hooks": [{"command": "y"}]}]}\n}\n',
    '{"hooks": {}}',
)
PACKAGED = [text for _, _, text in read_packaged()]
OWN = """
name = "x"
option = '(\\d+)'
[[rule]]
id = "a"
says = "approval"
region = "dialog"
all = ['run']
buttons = 'x'
choices = 'Yes'
question = 'y'
file = '(z)'
"""

TARGETS = (
    Target("rules", mangle_text([*PACKAGED, OWN, OWN]), check_rules, 60),
    Target(
        "stakes",
        mangle_text([text for _, text in read_risk_files(NO_ASSESSMENT).tables]),
        check_stakes,
        25,
    ),
    Target("recordings", mangle(CASTS), check_recording, 60),
    Target("sessions", mangle(RECORDS), check_session, 60),
    Target("records", twist(json.loads(RECORDS[1])).map(json.dumps).map(str.encode), check_session),
    Target("journal", mangle([make_journal()]), check_journal, 40),
    Target("rows", st.lists(VALUES, min_size=8, max_size=8), check_rows, 40),
    Target(
        "ledger",
        mangle([json.dumps(LEDGER).encode()]) | twist(LEDGER).map(json.dumps).map(str.encode),
        check_ledger,
        80,
    ),
    Target("checkout", mangle([b"gitdir: ../x\n", b"ref: refs/heads/main\n"]), check_checkout, 60),
    Target("settings", mangle_text(SETTINGS) | ANY_JSON.map(json.dumps), check_settings, 80),
)
