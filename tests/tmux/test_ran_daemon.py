"""What a real agent's session file says that ran, through the daemon to the row and the journal."""

import json
import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from agent_status.detect.tracker import PaneTracker
from agent_status.features.base import Feature
from agent_status.features.journal import Journal
from agent_status.features.journal.feature import JournalFeature
from agent_status.features.ran.feature import RanFeature
from agent_status.features.risk.feature import RiskFeature
from agent_status.features.risk.loader import parse_tables
from agent_status.features.risk.table_files import read_risk_files
from agent_status.tmux.client import Tmux
from tests.support.tmux_lab import Lab, wait_for
from tests.tmux.test_live_daemon import run_live
from tests.tmux.test_sessions_live import lab, read_agent, wait_state

__all__ = ["lab"]


def write_call(lab: Lab, id: str, command: str) -> None:  # noqa: A002
    """
    Add a command and its result to the agent's transcript.
    """
    (path,) = (lab.folder / "home/.claude/projects").glob("*/s1.jsonl")
    call = {"type": "tool_use", "name": "Bash", "id": id, "input": {"command": command}}
    result = {"type": "tool_result", "tool_use_id": id, "content": "Exit code 7\nno"}
    with path.open("a") as file:
        for kind, block in (("assistant", call), ("user", {**result, "is_error": True})):
            record = {"type": kind, "message": {"role": kind, "content": [block]}}
            file.write(json.dumps({**record, "timestamp": datetime.now(UTC).isoformat()}) + "\n")


def make_features(lab: Lab, tmp_path: Path) -> Sequence[Feature]:
    """
    Return the plug-ins between a session file and the row.
    """
    log = logging.getLogger(f"ran.{tmp_path}")
    tables = parse_tables(read_risk_files(tmp_path).tables)[0]
    journal = JournalFeature(tmp_path / "journal", Tmux(lab.inner), log)
    return (RiskFeature(tables, str(lab.folder)), RanFeature(tmp_path), journal)


def find_ran(lab: Lab) -> dict[str, Any]:
    """
    Return what the report says that ran; empty for nothing.
    """
    return dict(read_agent(lab).get("facets", {}).get("ran", {}))


def test_command_without_a_request_is_in_row_and_journal_until_acknowledged(
    lab: Lab, tmp_path: Path
) -> None:
    """
    The harmless one beside it is in neither.
    """
    with run_live(lab, PaneTracker, make_features(lab, tmp_path)):
        wait_state(lab, "working")
        write_call(lab, "t1", "ls -la")
        write_call(lab, "t2", "rm -rf build")
        found = wait_for(lambda: find_ran(lab))

        expected = "ran rm -rf build · dangerous · nobody asked · exit 7"
        assert (found["words"], found["lines"]) == (expected, [expected])
        lab.ask("acknowledge", pane="%0")
        wait_for(lambda: not find_ran(lab))
    with Journal(tmp_path / "journal") as journal:
        (entry,) = journal.read_log(kind="ran")
    assert (entry.facts["command"], entry.facts["asked"]) == ("rm -rf build", False)
