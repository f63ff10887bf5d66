"""What features report to doctor: what is right, and each problem with its fix."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from agent_status.daemon.features import FEATURES
from agent_status.features.base import DiagnosisInput
from agent_status.features.hooks.agents import KINDS
from agent_status.features.hooks.install import find_target, install, make_context
from agent_status.model.finding import Finding
from agent_status.options import Options, parse_options

OFF = parse_options(
    {
        f"@agent-status-{name}": "off"
        for name in ("journal-days", "review", "read-transcripts", "stand-by")
    }
)[0]


def diagnose(
    name: str,
    folder: Path,
    options: Options = OFF,
    daemon: Mapping[str, Any] | None = None,
    program: tuple[str, ...] = ("agent-status",),
) -> list[Finding]:
    """Return what a feature finds without tmux."""
    seen = DiagnosisInput(folder, folder, None, options, daemon or {}, program)
    return list(FEATURES[name].diagnose(seen))


@pytest.mark.parametrize("name", ["journal", "review", "sessions", "standby"])
def test_feature_that_is_off_is_no_problem(name: str, tmp_path: Path) -> None:
    """The user has turned it off."""
    (found,) = diagnose(name, tmp_path)

    assert found.problem is None
    assert found != diagnose(name, tmp_path, Options())[0]


def test_journal_that_is_no_file_is_a_problem(tmp_path: Path) -> None:
    """Nothing is written then."""
    (fine,) = diagnose("journal", tmp_path, Options())
    (tmp_path / "journal.sqlite3").mkdir()
    (found,) = diagnose("journal", tmp_path, Options())

    assert fine.problem is None
    assert found.problem
    assert "move" in str(found.problem.hint)


def test_review_without_git_is_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No changes are found then, and no review."""
    monkeypatch.setenv("PATH", str(tmp_path))

    (found,) = diagnose("review", tmp_path, Options())

    assert found.problem
    assert "install git" in str(found.problem.hint)


def test_hooks_of_a_program_that_has_moved_are_a_problem(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Installing them again is the fix; those that work are named."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.delenv("CLAUDE_CONFIG_DIR", raising=False)
    context = make_context(("/opt/agent-status",))
    (tmp_path / ".claude").mkdir()
    install(find_target(KINDS["claude"], context), context)

    working = diagnose("hooks", tmp_path, program=("/opt/agent-status",))
    moved = diagnose("hooks", tmp_path, program=("/usr/bin/agent-status",))

    assert [Finding("hooks", "claude")] == working
    assert [None, "agent-status hooks install claude"] == [
        one.problem.hint if one.problem else None for one in moved
    ]


def test_badges_report_the_repairs_of_the_daemon(tmp_path: Path) -> None:
    """Without any there is nothing to report, as tmux is not there."""
    (found,) = diagnose("badges", tmp_path, daemon={"repaired": 3})

    assert "repaired 3 options" in found.found
    assert [] == diagnose("badges", tmp_path, daemon={"repaired": 0})
