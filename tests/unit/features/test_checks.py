"""Results of checks belong to the content of files: real repositories, literal calls."""

import contextlib
import json
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from agent_status.errors import RefusedError
from agent_status.features.base import DiagnosisInput, Feature, FeatureSet, PaneProcesses
from agent_status.features.checks.diagnosis import diagnose
from agent_status.features.checks.feature import ChecksFeature
from agent_status.features.checks.loader import CheckRules
from agent_status.features.review.content import ContentReader
from agent_status.features.review.feature import ReviewFeature
from agent_status.model import (
    Activity,
    Agent,
    CallKind,
    Pane,
    PaneId,
    Process,
    Sighting,
    State,
    Status,
    ToolCall,
)
from agent_status.model.attention import rank
from agent_status.model.ref import make_ref
from agent_status.protocol.messages import RecordCheck, StartCheck
from agent_status.protocol.report import build_report
from agent_status.system.processes import Origin
from agent_status.tmux.client import Tmux
from tests.support.checkouts import git, isolate, make_repository
from tests.support.tmux_lab import wait_for

CLAUDE = Agent("claude", "Claude Code", 7)
PANE = PaneId("%1")
SCHEMA = json.loads((files("agent_status.protocol") / "report.schema.json").read_text("utf-8"))


class Desk:
    """Reviews and checks of one agent, whose state and calls the test decides."""

    def __init__(self, folder: Path, root: Path) -> None:
        self.folder, self.root = folder, root
        self.now, self.wall = 100.0, time.time()
        self.calls: tuple[ToolCall, ...] = ()
        self.state = State.WORKING
        self.origins: dict[int, Origin] = {}
        self.seen: Sequence[Sighting] = ()
        self.members: tuple[Feature, ...] = ()
        self.open()

    def open(self) -> None:
        """Begin, or begin again as a daemon that was started again."""
        for one in self.members:
            one.close()
        state = self.folder / "state"
        self.review = ReviewFeature("/run/tmux", state)
        self.checks = ChecksFeature(
            Tmux(str(self.folder / "none")),
            state,
            CheckRules(self.folder / "config"),
            ContentReader(state / "review"),
            self.origins.get,
            lambda: self.wall,
        )
        self.members = (self.review, self.checks)
        self.settle()

    def configure(self, text: str) -> None:
        """Write the user's own table."""
        file = self.folder / "config" / "checks.toml"
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)

    def tick(self, seconds: float = 0.0) -> None:
        """Let some time pass, and look."""
        self.now += seconds
        pane = Pane(PANE, session="work", pid=50, folder=str(self.root))
        status = Status(CLAUDE, self.state, 90.0)
        one = Sighting(pane, status, activity=Activity("s1", self.calls))
        self.seen = FeatureSet(self.members, logging.getLogger(__name__)).enrich([one], self.now)

    def until(self, fact: Callable[[], object]) -> None:
        """Look until the fact is true; no time passes by the desk's clock."""
        wait_for(lambda: self.tick() or fact(), 9.0)  # type: ignore[func-returns-value]

    def settle(self) -> None:
        """Look until the checkout is known."""
        self.until(lambda: self.sighting.changes.tree)

    def end_turn(self) -> None:
        """Work, and finish with what has changed."""
        self.state = State.WORKING
        self.tick(1.0)
        self.state = State.FINISHED
        self.tick(1.0)

    def run(self, command: str, exit_status: int = 0, **more: Any) -> None:
        """Let the agent run a command that ends just now."""
        values: dict[str, Any] = {"id": f"c{len(self.calls)}", "tool": "Bash", "kind": CallKind.RUN}
        values |= {"command": command, "at": time.time(), "ended_at": time.time()}
        self.calls = (*self.calls, ToolCall(**values | {"exit_status": exit_status} | more))

    @property
    def sighting(self) -> Sighting:
        """The agent as it was seen last."""
        return self.seen[0]

    @property
    def words(self) -> str:
        """What its row says."""
        return next((one.words for one in self.sighting.facets), "")

    @property
    def lines(self) -> tuple[str, ...]:
        """What its detail says."""
        return next((one.lines for one in self.sighting.facets), ())

    def reads(self, words: str) -> None:
        """Look until the row says just that."""
        with contextlib.suppress(AssertionError):
            self.until(lambda: self.words == words)
        assert words == self.words


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with code, a test and a text."""
    isolate(monkeypatch, tmp_path)
    root = tmp_path / "work"
    root.mkdir()
    (root / "test_a.py").write_text("t\n")
    return make_repository(root, a_py="one\n", README_md="r\n")


@pytest.fixture
def desk(tmp_path: Path, root: Path) -> Desk:
    """An agent at work."""
    return Desk(tmp_path, root)


def test_passed_test_belongs_to_the_files_of_then(desk: Desk, root: Path) -> None:
    """It is stale once one differs, and counts again once none does."""
    (root / "a.py").write_text("two\n")
    desk.run("pytest -q")
    desk.end_turn()
    desk.reads("pytest ok just now")
    assert desk.sighting.tested

    (root / "a.py").write_text("three\n")
    (root / "b.py").write_text("b\n")
    desk.end_turn()
    desk.reads("pytest stale: 2 files since")
    assert "pytest stale: 2 files since: a.py, b.py, by its session file" in desk.lines
    assert desk.sighting.tested is False

    (root / "a.py").write_text("two\n")
    (root / "b.py").unlink()
    desk.end_turn()
    desk.reads("pytest ok just now")


def test_commit_and_restart_keep_what_was_tested(desk: Desk, root: Path) -> None:
    """Only the content counts, and proofs are on disk, readable by the user alone."""
    (root / "a.py").write_text("two\n")
    desk.run("pytest")
    desk.end_turn()
    desk.reads("pytest ok just now")

    git(root, "add", "-A")
    git(root, "commit", "-qm", "second")
    desk.open()
    desk.end_turn()

    desk.reads("pytest ok just now")
    (file,) = (desk.folder / "state" / "checks").glob("*.json")
    assert (0o600, 0o700) == (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777)


def test_damaged_file_of_proofs_counts_as_missing(desk: Desk, root: Path) -> None:
    """The calls of the session are read again."""
    (root / "a.py").write_text("two\n")
    desk.run("pytest")
    desk.end_turn()
    desk.reads("pytest ok just now")
    (file,) = (desk.folder / "state" / "checks").glob("*.json")
    data = json.loads(file.read_text())
    damaged = [b"\xff{", b'{"root": 3}', json.dumps(data | {"proofs": [{"run": 7}]}).encode()]

    for text in damaged:
        file.write_bytes(text)
        desk.open()
        desk.end_turn()
        desk.reads("pytest ok just now")


def test_failed_test_comes_first_and_an_untested_result_says_so(desk: Desk, root: Path) -> None:
    """Both rank above a tested one; a result with no code has nothing to test."""
    (root / "README.md").write_text("new\n")
    desk.end_turn()
    desk.until(lambda: desk.sighting.status.state is State.REVIEW)
    assert ("", None) == (desk.words, desk.sighting.tested)

    (root / "a.py").write_text("two\n")
    desk.end_turn()
    desk.reads("not tested")
    untested = desk.sighting
    assert "untested" in rank([untested], desk.now)[0].status.attention.words

    desk.run("ruff check .")
    desk.run("pytest", 1)
    desk.end_turn()
    desk.reads("pytest failed just now · ruff ok just now")
    assert desk.sighting.tested is False

    desk.run("pytest")
    desk.end_turn()
    desk.reads("pytest ok just now · ruff ok just now")
    other = replace(untested, pane=replace(untested.pane, id=PaneId("%2")))
    assert ["%2", "%1"] == [one.pane.id for one in rank([desk.sighting, other], desk.now)]


def test_part_doesn_t_take_the_place_of_the_whole(desk: Desk, root: Path) -> None:
    """But a part that fails later does; what was not seen never does."""
    (root / "a.py").write_text("two\n")
    (root / "sub").mkdir()
    (root / "sub" / "b.py").write_text("b\n")
    desk.run("pytest -k login")
    desk.end_turn()
    desk.reads("pytest ok just now, only -k login")
    desk.run("cd sub && pytest")
    desk.end_turn()
    desk.reads("pytest ok just now, only sub/ · pytest ok just now, only -k login")
    desk.run("pytest")
    desk.run("pytest test_a.py")
    desk.run("pytest | tail -1")
    desk.run("cd sub; vitest run | tail -1")
    desk.end_turn()
    vitest = "vitest run ran just now, result not seen, only sub/"
    desk.until(lambda: {vitest, "pytest ok just now"} < set(desk.words.split(" · ")))
    desk.run("pytest test_a.py", 1)
    desk.end_turn()
    desk.until(lambda: desk.words.startswith("pytest failed just now, only test_a.py · "))


def test_file_that_changed_meanwhile_counts_as_changed_since(desk: Desk, root: Path) -> None:
    """While it ran, or between its end and our look; not before, and not by its own line."""
    before = time.time()
    (root / "a.py").write_text("two\n")
    after = (root / "a.py").stat().st_ctime + 0.1
    desk.run("pytest", at=before, ended_at=after)
    desk.end_turn()
    desk.reads("pytest stale: 1 file since")

    desk.run("ruff format; pytest", at=before, ended_at=after + 1.0)
    desk.run("tox", at=before, ended_at=before)
    desk.run("pytest", 1, at=before, ended_at=before)
    desk.end_turn()
    desk.reads("pytest ok just now · tox stale: 1 file since")


def test_deleted_file_after_the_run_counts_as_changed_since(desk: Desk, root: Path) -> None:
    """Also if the look at the files comes later."""
    desk.run("pytest", at=time.time() - 0.02, ended_at=time.time() - 0.02)
    (root / "test_a.py").unlink()
    desk.end_turn()

    desk.reads("pytest stale: 1 file since · deletes test_a.py")


def test_tests_that_are_touched_and_deleted_are_told(tmp_path: Path, root: Path) -> None:
    """A test that was moved was not deleted."""
    (root / "tests").mkdir()
    for name in ("tests/test_b.py", "tests/test_c.py", "test_d.py"):
        (root / name).write_text("t\n")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "tests")
    desk = Desk(tmp_path, root)
    (root / "tests" / "test_b.py").write_text("less\n")
    (root / "test_d.py").rename(root / "tests" / "test_d.py")
    (root / "tests" / "test_c.py").unlink()
    desk.run("pytest", 1)
    desk.end_turn()

    desk.reads("pytest failed just now · deletes tests/test_c.py · touches 2 tests")
    report = json.loads(json.dumps(build_report(desk.seen, desk.now, desk.wall, "/run/tmux")))
    jsonschema.validate(report, SCHEMA)
    facts = report["agents"][0]["facets"]
    assert ["pytest"] == [one["check"] for one in facts["checks"]["runs"]]
    assert ["tests/test_c.py"] == facts["checks"]["tests_deleted"]
    assert {"tests/test_b.py", "tests/test_d.py"} <= set(facts["checks"]["tests_touched"])


def test_check_in_a_pane_beside_is_seen_to_run_and_to_end(desk: Desk, root: Path) -> None:
    """Its result isn't seen; what it starts itself is part of it, and other folders don't count."""
    (root / "a.py").write_text("two\n")
    desk.end_turn()
    desk.reads("not tested")
    began = desk.wall = time.time()
    desk.origins |= {61: Origin(began, str(root), {}), 71: Origin(began, "/elsewhere", {})}
    shell = Process(60, 1, "bash", "-bash")
    tree = (
        shell,
        Process(61, 60, "python", "/usr/bin/python /venv/bin/pytest -q"),
        Process(62, 61, "python", "python -m pytest --worker"),
    )
    beside = Pane(PaneId("%2"), pid=60)
    far = PaneProcesses(Pane(PaneId("%3"), pid=70), (Process(71, 70, "make", "make test"),))

    desk.checks.follow_processes([PaneProcesses(beside, tree), far])
    desk.reads("not tested · pytest is running")
    desk.checks.follow_processes([PaneProcesses(beside, (shell,))])

    desk.reads("pytest ran just now, result not seen")
    desk.run("pytest", at=began, ended_at=time.time())
    desk.reads("pytest ok just now")


def test_users_table_adds_checks_and_is_read_again(desk: Desk, root: Path) -> None:
    """A damaged one is told, and its last good version counts."""
    desk.configure('[[check]]\ncommands = ["acme"]\nnarrow = ["--fast"]\n')
    desk.tick(5.0)
    (root / "a.py").write_text("two\n")
    desk.run("acme --fast")
    desk.end_turn()
    desk.reads("acme ok just now, only --fast")

    desk.configure('[[check]]\ncommands = ["acme"]\nfast = 3\n')
    desk.tick(5.0)
    (problem,) = desk.checks.list_problems()
    found = list(diagnose(DiagnosisInput(desk.folder / "config", desk.folder)))
    desk.run("acme")
    desk.end_turn()

    desk.reads("acme ok just now")
    assert "checks.toml:3: check: unknown key 'fast'" in str(problem)
    assert "commands are known" in found[0].found
    assert [problem.what] == [one.problem.what for one in found if one.problem][:1]


def test_projects_command_comes_from_the_user_alone(desk: Desk, root: Path) -> None:
    """A file of the repository names none; patterns are looked at after exact names."""
    (root / "checks.toml").write_text('project."*".command = "rm -rf /"\n')
    ask = desk.checks.list_ops()["check"]
    with pytest.raises(
        RefusedError, match=r"no check is configured for .*work.*config/checks\.toml"
    ):
        ask(StartCheck(make_ref("%1"), here=True))

    desk.configure(f'project."*/wo*".command = "other"\nproject."{root}".command = "./ci"\n')

    assert "./ci" == ask(StartCheck(make_ref("%1"), here=True)).command
    with pytest.raises(RefusedError, match="no agent"):
        ask(StartCheck(make_ref("%9"), here=True))


def test_result_of_the_projects_command_is_kept(desk: Desk, root: Path) -> None:
    """With its exit status; for another checkout it is refused."""
    desk.configure(f'project."{root}".command = "./ci"\n')
    desk.tick(5.0)
    (root / "a.py").write_text("two\n")
    desk.end_turn()
    keep = desk.checks.list_ops()["checked"]
    now = time.time()

    keep(RecordCheck(make_ref("%1"), str(root), now, now + 1.0, 3))
    desk.reads("./ci failed just now")
    keep(RecordCheck(make_ref("%1"), str(root), now, now + 2.0, 0))
    desk.reads("./ci ok just now")
    assert "./ci ok just now, by agent-status check" in desk.lines
    with pytest.raises(RefusedError):
        keep(RecordCheck(make_ref("%1"), "/elsewhere", now, now, 0))
    with pytest.raises(RefusedError, match="names no checkout"):
        keep(RecordCheck(make_ref("%1"), "", now, now, 0))


def test_nothing_is_done_while_nothing_changes(
    desk: Desk, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No question, no file."""
    (root / "a.py").write_text("two\n")
    desk.run("pytest")
    desk.run("ls")
    desk.end_turn()
    desk.reads("pytest ok just now")
    (file,) = (desk.folder / "state" / "checks").glob("*.json")
    stamp = file.stat().st_mtime_ns
    monkeypatch.setattr(ContentReader, "take", None)
    monkeypatch.setattr(ContentReader, "list_changed", None)

    before = desk.sighting.facets
    for _ in range(20):
        desk.wall += 2.0
        desk.tick(1.0)

    assert before == desk.sighting.facets
    desk.wall += 360.0
    desk.tick()
    assert "pytest ok 6m" == desk.words
    assert stamp == file.stat().st_mtime_ns
