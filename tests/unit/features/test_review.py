"""A review counts the turn's changes, waits until it was looked at, and outlives the daemon."""

import logging
import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from agent_status.errors import RefusedError
from agent_status.features.base import FeatureSet
from agent_status.features.review.baselines import BaselineStore, Record
from agent_status.features.review.compare import Touched
from agent_status.features.review.describe import find_lost
from agent_status.features.review.feature import ReviewFeature
from agent_status.features.review.parts import Baseline
from agent_status.features.review.policy import IN_TURN, TurnStep, decide_review, find_step
from agent_status.features.review.sensitive import find_sensitive
from agent_status.model import Agent, Changes, Flag, Grade, Pane, PaneId, Sighting, State, Status
from agent_status.model.path_rule import PathRule
from agent_status.model.ref import make_ref
from agent_status.options import Options
from agent_status.protocol.messages import ReadReview, Unreview
from tests.support.checkouts import git, isolate, make_repository
from tests.support.tmux_lab import wait_for

CLAUDE = Agent("claude", "Claude Code", 7)
RULES = (
    PathRule((".github/workflows",), "CI: {path}"),
    PathRule(("*.lock",), "lock file: {path}"),
    PathRule(
        ("tests", "*_test.go"),
        "deletes {path}",
        Grade.HARMLESS,
        delete=Grade.DANGEROUS,
        name="tests",
    ),
)
WALL = 1_700_000_000.0


class Desk:
    """The companion, fed with sightings of agents whose states the test decides."""

    def __init__(self, state: Path) -> None:
        self.state = state
        self.now = 100.0
        self.seen: dict[str, Sighting] = {}
        self.told: dict[str, Sighting] = {}
        self.reviews = self.open()

    def open(self) -> ReviewFeature:
        """Begin anew, as a daemon that was started again."""
        self.reviews = ReviewFeature(
            "/run/tmux", self.state, lambda: RULES, lambda: WALL + self.now
        )
        return self.reviews

    def put(
        self, pane: str, folder: Path, state: State, *flags: Flag, agent: Agent = CLAUDE
    ) -> None:
        """Let the pane's agent be in this state from now on."""
        before = self.seen.get(pane)
        same = before and before.status.state is state
        since = before.status.since if before and same else self.now
        status = Status(agent, state, since, flags=frozenset(flags))
        place = Pane(PaneId(pane), session="work", index=int(pane[1:]), pid=50, folder=str(folder))
        self.seen[pane] = Sighting(place, status)
        self.tick()

    def tick(self, seconds: float = 0.25) -> None:
        """Let some time pass, and tell."""
        self.now += seconds
        features = FeatureSet([self.reviews], logging.getLogger(__name__))
        told = features.enrich(tuple(self.seen.values()), self.now)
        self.told = {one.pane.id: one for one in told}

    def until(self, fact: Callable[[], object]) -> None:
        """Tick until the fact is true; no time passes by the desk's clock."""
        wait_for(lambda: self.tick(0.0) or fact())  # type: ignore[func-returns-value]

    def changes(self, pane: str = "%1") -> Changes:
        """What is told of a pane's changes."""
        return self.told[pane].changes

    def state_of(self, pane: str = "%1") -> tuple[State, str]:
        """What is told of a pane's state, and why."""
        status = self.told[pane].status
        return status.state, status.reason

    def settle(self, panes: Sequence[str] = ("%1",)) -> None:
        """Tick until every pane has a tree."""
        self.until(lambda: all(self.changes(pane).tree for pane in panes))


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """
    A repository with two files.
    """
    isolate(monkeypatch, tmp_path)
    return make_repository(tmp_path / "work", a_py="one\ntwo\n", b_py="b\n")


def test_a_turn_with_changes_becomes_a_review(tmp_path: Path, repository: Path) -> None:
    """
    Finished at first, then a review from the same instant, until it is acknowledged.
    """
    desk = Desk(tmp_path / "state")
    desk.put("%1", repository, State.IDLE)
    desk.settle()
    desk.put("%1", repository, State.WORKING)
    (repository / "a.py").write_text("one\nzwei\n")
    (repository / "new.py").write_text("n\n")
    desk.put("%1", repository, State.FINISHED)
    since = desk.seen["%1"].status.since

    desk.until(lambda: desk.state_of()[0] is State.REVIEW)

    assert (State.REVIEW, "2 files +2 -1") == desk.state_of()
    assert since == desk.told["%1"].status.since
    assert ("a.py", "new.py") == desk.changes().touched
    desk.reviews.acknowledge(PaneId("%1"), desk.now)
    desk.put("%1", repository, State.IDLE)
    assert (State.IDLE, 0) == (desk.state_of()[0], desk.changes().files)


@pytest.mark.parametrize(
    ("state", "files", "since", "expected"),
    [
        (State.FINISHED, 2, None, (State.REVIEW, 50.0)),
        (State.FINISHED, 2, 40.0, (State.REVIEW, 40.0)),
        (State.IDLE, 2, 40.0, (State.REVIEW, 40.0)),
        (State.IDLE, 2, None, (State.IDLE, 50.0)),
        (State.FINISHED, 0, 40.0, (State.FINISHED, 50.0)),
        (State.WORKING, 2, 40.0, (State.WORKING, 50.0)),
        (State.UNKNOWN, 2, 40.0, (State.UNKNOWN, 50.0)),
    ],
)
def test_review_is_decided_by_state_changes_and_what_waits(
    state: State, files: int, since: float | None, expected: tuple[State, float]
) -> None:
    """
    Only a result with changes is one, from the time at which it began to wait.
    """
    found = decide_review(Status(CLAUDE, state, 50.0), Changes(files=files), since)

    assert expected == (found.state, found.since)


def finish_with_a_change(desk: Desk, repository: Path, text: str = "changed\n") -> None:
    """
    Let a turn begin, change a file, and end.
    """
    desk.put("%1", repository, State.WORKING)
    (repository / "a.py").write_text(text)
    desk.put("%1", repository, State.FINISHED)
    desk.until(lambda: desk.state_of()[0] is State.REVIEW)


def test_an_ask_tells_what_was_changed_until_then(tmp_path: Path, repository: Path) -> None:
    """
    Whoever decides sees the files of this turn, not only those of the last one.
    """
    desk = Desk(tmp_path / "state")
    desk.put("%1", repository, State.IDLE)
    desk.settle()
    desk.put("%1", repository, State.WORKING)
    (repository / "a.py").write_text("one\nzwei\n")
    desk.put("%1", repository, State.APPROVAL)

    desk.until(lambda: desk.changes().touched == ("a.py",))

    assert State.APPROVAL is desk.state_of()[0]
    assert (1, 1, 1) == (desk.changes().files, desk.changes().added, desk.changes().removed)


def test_a_turn_without_changes_stays_finished(tmp_path: Path, repository: Path) -> None:
    """
    Also after git has answered.
    """
    desk = Desk(tmp_path / "state")
    desk.put("%1", repository, State.WORKING)
    desk.settle()
    asked = desk.now
    desk.put("%1", repository, State.FINISHED)

    desk.until(lambda: not desk.reviews._surveys.is_pending(str(repository)))  # noqa: SLF001

    assert asked < desk.now
    assert State.FINISHED is desk.state_of()[0]


def test_what_the_user_had_not_committed_is_not_the_turns(tmp_path: Path, repository: Path) -> None:
    """
    Counting begins with what lay there when the agent was first seen.
    """
    (repository / "b.py").write_text("my own\n")
    desk = Desk(tmp_path / "state")
    desk.put("%1", repository, State.IDLE)
    desk.settle()

    finish_with_a_change(desk, repository)

    assert ("a.py",) == desk.changes().touched


def test_a_review_ends_when_the_user_types_there(tmp_path: Path, repository: Path) -> None:
    """
    The pane is no longer finished, as a draft was seen; its changes wait on, with the next turn's.
    """
    desk = Desk(tmp_path / "state")
    desk.put("%1", repository, State.IDLE)
    desk.settle()
    finish_with_a_change(desk, repository)
    desk.put("%1", repository, State.IDLE, Flag.DRAFT)
    assert (State.IDLE, 1) == (desk.state_of()[0], desk.changes().files)

    desk.put("%1", repository, State.WORKING)
    (repository / "b.py").write_text("next\n")
    desk.put("%1", repository, State.FINISHED)
    desk.until(lambda: desk.state_of()[0] is State.REVIEW and desk.changes().files == 2)

    assert ("a.py", "b.py") == desk.changes().touched


def test_a_jump_reviews_nothing(tmp_path: Path, repository: Path) -> None:
    """
    The result is seen, also for a daemon that was started again; its changes wait on.
    """
    desk = Desk(tmp_path / "state")
    desk.put("%1", repository, State.IDLE)
    desk.settle()
    finish_with_a_change(desk, repository)
    desk.reviews.record_visit(PaneId("%1"), desk.now)
    desk.put("%1", repository, State.IDLE)
    assert (State.IDLE, ("a.py",)) == (desk.state_of()[0], desk.changes().touched)

    desk.seen.clear()
    desk.open()
    desk.put("%1", repository, State.IDLE)
    desk.settle()
    desk.until(lambda: desk.changes().files == 1)

    assert State.IDLE is desk.state_of()[0]


def test_what_was_acknowledged_can_be_taken_back(tmp_path: Path, repository: Path) -> None:
    """
    Once; then there is nothing more to undo.
    """
    desk = Desk(tmp_path / "state")
    desk.put("%1", repository, State.IDLE)
    desk.settle()
    finish_with_a_change(desk, repository)
    desk.reviews.acknowledge(PaneId("%1"), desk.now)
    desk.put("%1", repository, State.IDLE)
    assert (State.IDLE, 0) == (desk.state_of()[0], desk.changes().files)

    desk.reviews.list_ops()["unreview"](Unreview(make_ref("%1")))
    desk.until(lambda: desk.state_of()[0] is State.REVIEW)

    assert ("a.py",) == desk.changes().touched
    with pytest.raises(RefusedError):
        desk.reviews.list_ops()["unreview"](Unreview(make_ref("%1")))


def find_ended(desk: Desk) -> list[Sighting]:
    """
    The rows of agents that are gone.
    """
    desk.tick()
    return [one for one in desk.told.values() if one.pane.id.startswith("ended:")]


@pytest.mark.parametrize("end", ["finished", "seen", "working"])
def test_work_of_an_agent_that_is_gone_waits_on(tmp_path: Path, repository: Path, end: str) -> None:
    """
    Wherever it was in its turn, in a daemon that knew it and in the next, until acknowledged;
    also while another agent works in its pane.
    """
    desk = Desk(tmp_path / "state")
    desk.put("%1", repository, State.IDLE)
    desk.settle()
    if end == "working":
        desk.put("%1", repository, State.WORKING)
        (repository / "a.py").write_text("half\n")
    else:
        finish_with_a_change(desk, repository)
    if end == "seen":
        desk.reviews.record_visit(PaneId("%1"), desk.now)
    desk.seen.clear()
    desk.tick(10.0)
    desk.until(lambda: find_ended(desk))
    desk.open()
    desk.tick()
    desk.tick(10.0)
    desk.put("%1", repository, State.IDLE, agent=replace(CLAUDE, pid=8))

    desk.until(lambda: find_ended(desk))

    (row,) = find_ended(desk)
    assert (State.REVIEW, ("a.py",)) == (row.status.state, row.changes.touched)
    assert row.status.reason.startswith("ended: 1 file")
    assert ("claude", "work:0.1") == (row.status.agent and row.status.agent.kind, row.pane.place)
    assert ("a.py",) == desk.changes().touched
    desk.reviews.acknowledge(row.pane.id, desk.now)
    assert [] == find_ended(desk)
    desk.until(lambda: not desk.changes().files)


def test_work_of_an_agent_that_is_gone_is_found_by_its_pane(
    tmp_path: Path, repository: Path
) -> None:
    """
    As long as no other agent is in it.
    """
    desk = Desk(tmp_path / "state")
    desk.put("%1", repository, State.IDLE)
    desk.settle()
    finish_with_a_change(desk, repository)
    base = desk.changes().base
    desk.seen.clear()
    desk.tick(10.0)
    desk.until(lambda: find_ended(desk))

    told = desk.reviews.list_ops()["review"](ReadReview(make_ref("%1")))

    assert ("claude work:0.1 (ended)", base) == (told.name, told.base["tree"])
    desk.reviews.acknowledge(PaneId("%1"), desk.now)
    assert [] == find_ended(desk)


@pytest.fixture
def inner(repository: Path) -> Path:
    """
    A linked worktree below the repository.
    """
    folder = repository / ".claude" / "worktrees" / "inner"
    git(repository, "worktree", "add", "-q", "-b", "inner", str(folder))
    return folder


def test_a_nested_checkout_with_an_agent_of_its_own_is_told_there(
    tmp_path: Path, repository: Path, inner: Path
) -> None:
    """
    And not again in the one around it, also after it was acknowledged and the agent has ended.
    """
    desk = Desk(tmp_path / "state")
    desk.put("%1", repository, State.IDLE)
    desk.put("%2", inner, State.IDLE)
    desk.settle(("%1", "%2"))
    desk.put("%2", inner, State.WORKING)
    (inner / "a.py").write_text("changed\n")
    desk.put("%2", inner, State.FINISHED)
    desk.until(lambda: desk.state_of("%2")[0] is State.REVIEW)
    look_again(desk, repository)
    assert 0 == desk.changes("%1").files

    desk.reviews.acknowledge(PaneId("%2"), desk.now)
    del desk.seen["%2"]
    look_again(desk, repository)

    assert ([], 0) == (find_ended(desk), desk.changes("%1").files)


def look_again(desk: Desk, folder: Path) -> None:
    """
    Let the agent in the folder have a turn of its own, until git has answered.
    """
    desk.put("%1", folder, State.WORKING)
    desk.put("%1", folder, State.IDLE)
    desk.until(lambda: not desk.reviews._surveys.is_pending(str(folder)))  # noqa: SLF001


@pytest.mark.parametrize("late", [False, True])
def test_an_agent_that_comes_into_a_nested_checkout_hides_nothing(
    tmp_path: Path, repository: Path, *, late: bool
) -> None:
    """
    What waited in the checkout around it waits on, whether the worktree was there before or not.
    """
    folder = repository / "inner"
    desk = Desk(tmp_path / "state")
    if not late:
        git(repository, "worktree", "add", "-q", "-b", "inner", str(folder))
    desk.put("%1", repository, State.IDLE)
    desk.settle()
    desk.put("%1", repository, State.WORKING)
    if late:
        git(repository, "worktree", "add", "-q", "-b", "inner", str(folder))
    (folder / "a.py").write_text("changed\n")
    git(folder, "commit", "-qam", "slice")
    desk.put("%1", repository, State.FINISHED)
    desk.until(lambda: desk.state_of()[0] is State.REVIEW)
    assert ("inner/a.py",) == desk.changes().touched

    desk.put("%2", folder, State.IDLE)

    desk.until(lambda: desk.changes("%2").touched == ("a.py",))


def test_an_agent_without_changes_leaves_no_row(tmp_path: Path, repository: Path) -> None:
    """
    Neither does one whose changes were acknowledged, whatever the user changes afterwards.
    """
    desk = Desk(tmp_path / "state")
    desk.put("%1", repository, State.IDLE)
    desk.settle()
    finish_with_a_change(desk, repository)
    desk.reviews.acknowledge(PaneId("%1"), desk.now)
    desk.put("%1", repository, State.IDLE)
    (repository / "b.py").write_text("my own\n")
    desk.seen.clear()
    desk.tick(10.0)
    desk.put("%2", repository, State.IDLE)
    desk.settle(("%2",))

    assert ([], 0) == (find_ended(desk), desk.changes("%2").files)


def test_work_that_goes_on_by_itself_is_no_look(tmp_path: Path, repository: Path) -> None:
    """
    The next review shows the changes of both turns.
    """
    desk = Desk(tmp_path / "state")
    desk.put("%1", repository, State.IDLE)
    desk.settle()
    finish_with_a_change(desk, repository)
    desk.put("%1", repository, State.WORKING)
    (repository / "b.py").write_text("next\n")
    desk.reviews.acknowledge(PaneId("%1"), desk.now)
    desk.put("%1", repository, State.FINISHED)

    desk.until(lambda: desk.state_of()[0] is State.REVIEW and desk.changes().files == 2)

    assert ("a.py", "b.py") == desk.changes().touched


def test_a_look_before_git_answered_counts_for_what_it_finds(
    tmp_path: Path, repository: Path
) -> None:
    """
    Who was quicker than git has seen the turn all the same.
    """
    desk = Desk(tmp_path / "state")
    desk.put("%1", repository, State.IDLE)
    desk.settle()
    base = desk.changes().base
    desk.put("%1", repository, State.WORKING)
    (repository / "a.py").write_text("changed\n")
    desk.put("%1", repository, State.FINISHED)
    desk.reviews.acknowledge(PaneId("%1"), desk.now)
    desk.put("%1", repository, State.IDLE)

    desk.until(lambda: desk.changes().base != base)

    assert (State.IDLE, 0) == (desk.state_of()[0], desk.changes().files)


def test_a_turn_that_the_user_interrupts_is_seen(tmp_path: Path, repository: Path) -> None:
    """
    Straight from work to idle: they were there, and have reviewed nothing by that.
    """
    desk = Desk(tmp_path / "state")
    desk.put("%1", repository, State.IDLE)
    desk.settle()
    desk.put("%1", repository, State.WORKING)
    (repository / "a.py").write_text("half\n")
    desk.put("%1", repository, State.IDLE)

    desk.until(lambda: desk.changes().files == 1)

    assert State.IDLE is desk.state_of()[0]


def test_changes_taken_back_leave_nothing_to_review(tmp_path: Path, repository: Path) -> None:
    """
    The next look finds the tree that was acknowledged.
    """
    desk = Desk(tmp_path / "state")
    desk.put("%1", repository, State.IDLE)
    desk.settle()
    finish_with_a_change(desk, repository)
    git(repository, "checkout", "-q", "a.py")
    desk.put("%1", repository, State.WORKING)
    desk.put("%1", repository, State.FINISHED)

    desk.until(lambda: not desk.changes().files)

    assert State.FINISHED is desk.state_of()[0]


def test_a_review_outlives_the_daemon(tmp_path: Path, repository: Path) -> None:
    """
    A new one sees the agent idle, and knows that its changes were not looked at; once they are,
    the one after that knows it too.
    """
    desk = Desk(tmp_path / "state")
    desk.put("%1", repository, State.IDLE)
    desk.settle()
    finish_with_a_change(desk, repository)
    since = desk.told["%1"].status.since
    desk.seen.clear()
    desk.open()
    desk.put("%1", repository, State.IDLE)
    desk.until(lambda: desk.state_of()[0] is State.REVIEW)
    assert since == pytest.approx(desk.told["%1"].status.since, abs=1.0)
    assert ("a.py",) == desk.changes().touched

    desk.reviews.acknowledge(PaneId("%1"), desk.now)
    desk.seen.clear()
    desk.open()
    desk.put("%1", repository, State.IDLE)
    desk.settle()

    assert (State.IDLE, 0) == (desk.state_of()[0], desk.changes().files)


def test_a_broken_ledger_begins_anew(tmp_path: Path, repository: Path) -> None:
    """
    Whatever its file holds.
    """
    desk = Desk(tmp_path / "state")
    desk.put("%1", repository, State.IDLE)
    desk.settle()
    (ledger,) = (tmp_path / "state" / "review" / "checkouts").glob("*.json")
    torn = ledger.read_text().replace('"tree": "', '"tree": "--output=x')
    for text in ("", "[]", '{"base": 1}', '{"base": {"inner": 1}}', "[" * 100_000, torn):
        ledger.write_text(text)
        desk.seen.clear()
        desk.open()
        desk.put("%1", repository, State.IDLE)
        desk.settle()

    assert (State.IDLE, "") == (desk.state_of()[0], desk.changes().trouble)


def test_a_disk_that_is_full_costs_a_restart_at_most(tmp_path: Path) -> None:
    """
    What the file held before does not come back.
    """
    ledger = BaselineStore(tmp_path / "ledger")
    ledger.put("k", Record(Baseline("1" * 40), "1" * 40))
    (tmp_path / "ledger").rename(tmp_path / "kept")
    (tmp_path / "ledger").write_text("in the way")
    ledger.put("k", Record(Baseline("2" * 40), "1" * 40))
    (tmp_path / "ledger").unlink()
    (tmp_path / "kept").rename(tmp_path / "ledger")

    record = ledger.load("k")

    assert "2" * 40 == (record and record.base.tree)


def test_a_ledger_that_cannot_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    """
    However often it is tried, as on a disk that is full.
    """
    file = tmp_path / "k.json"
    (file / "in-the-way").mkdir(parents=True)
    ledger = BaselineStore(tmp_path)

    ledger.put("k", Record(Baseline("1" * 40), "1" * 40))

    assert [file] == list(tmp_path.iterdir())


def test_a_clock_that_is_wrong_forgets_nothing(tmp_path: Path) -> None:
    """
    Ahead of all that is known it is not believed; what is old beside the newest is forgotten.
    """
    ledger = BaselineStore(tmp_path / "ledger")
    for name, day in (("old", 60), ("young", 90), ("newest", 100)):
        ledger.put(name, Record(Baseline("a" * 40), "a" * 40, seen=day * 86400.0))

    ledger.forget_old(140 * 86400.0)

    known = [name for name in ("old", "young", "newest") if ledger.find(name)]
    assert ["young", "newest"] == known


def test_a_calm_agent_costs_nothing(tmp_path: Path, repository: Path) -> None:
    """
    Git is not asked while nobody works, however long; at work it is, now and then.
    """
    desk = Desk(tmp_path / "state")
    desk.put("%1", repository, State.IDLE)
    desk.settle()
    found = desk.reviews._surveys.find(str(repository))  # noqa: SLF001
    for _ in range(50):
        desk.tick(100.0)
    assert found is desk.reviews._surveys.find(str(repository))  # noqa: SLF001

    (repository / "a.py").write_text("changed\n")
    desk.put("%1", repository, State.WORKING)
    desk.tick(1000.0)

    desk.until(lambda: desk.changes().files == 1)
    assert State.WORKING is desk.state_of()[0]


def test_trouble_is_told_and_asked_after_ever_more_rarely(tmp_path: Path, repository: Path) -> None:
    """
    The turn stays finished; when the trouble is over, it becomes a review.

    An index that is written back is younger than it tells git, which then sees a change within the
    same second by its size alone.
    """
    desk = Desk(tmp_path / "state")
    desk.put("%1", repository, State.IDLE)
    desk.settle()
    index = (repository / ".git" / "index").read_bytes()
    desk.put("%1", repository, State.WORKING)
    (repository / ".git" / "index").write_bytes(b"torn")
    (repository / "a.py").write_text("changed, and of another size\n")
    desk.put("%1", repository, State.FINISHED)
    desk.until(lambda: desk.changes().trouble)
    assert State.FINISHED is desk.state_of()[0]

    (repository / ".git" / "index").write_bytes(index)
    desk.put("%1", repository, State.WORKING)
    desk.put("%1", repository, State.FINISHED)
    assert desk.changes().trouble
    desk.tick(40.0)

    desk.until(lambda: desk.state_of()[0] is State.REVIEW)
    assert "" == desk.changes().trouble


def test_trouble_at_a_turns_end_is_asked_again(tmp_path: Path, repository: Path) -> None:
    """
    Nobody works any more, and nothing else happens; the review comes all the same.
    """
    desk = Desk(tmp_path / "state")
    desk.put("%1", repository, State.IDLE)
    desk.settle()
    index = repository / ".git" / "index"
    desk.put("%1", repository, State.WORKING)
    (repository / "a.py").write_text("changed, and of another size\n")
    index.rename(repository / "kept")
    index.write_bytes(b"torn")
    desk.put("%1", repository, State.FINISHED)
    desk.until(lambda: desk.changes().trouble)
    (repository / "kept").rename(index)

    desk.tick(40.0)

    desk.until(lambda: desk.state_of()[0] is State.REVIEW)
    assert ("a.py",) == desk.changes().touched


def test_trouble_takes_no_review_away(tmp_path: Path, repository: Path) -> None:
    """
    What was counted before is still told, beside the trouble.
    """
    desk = Desk(tmp_path / "state")
    desk.put("%1", repository, State.IDLE)
    desk.put("%2", repository, State.IDLE)
    desk.settle(("%1", "%2"))
    finish_with_a_change(desk, repository)
    (repository / ".git" / "index").write_bytes(b"torn")
    desk.put("%2", repository, State.WORKING)
    desk.put("%2", repository, State.FINISHED)

    desk.until(lambda: desk.changes().trouble)

    assert (State.REVIEW, "1 file +1 -2") == desk.state_of()


def test_every_pair_of_states_is_a_step() -> None:
    """
    A result waits only where one is shown, and is seen only where the user was.
    """
    pairs = [(before, after) for before in (None, *State) for after in State]
    steps = {
        (before, after): find_step(before, Status(CLAUDE, after, 0.0)) for before, after in pairs
    }

    ended = {after for (_, after), step in steps.items() if step is TurnStep.ENDED}
    seen = {before for (before, _), step in steps.items() if step is TurnStep.SEEN}
    assert {State.FINISHED} == ended
    assert IN_TURN | {State.FINISHED} == seen
    assert TurnStep.NOTHING is steps[State.FINISHED, State.WORKING]
    assert TurnStep.NOTHING is steps[None, State.IDLE]


def test_a_folder_outside_of_git_has_no_changes(tmp_path: Path, repository: Path) -> None:
    """
    And its finished turn is just that.
    """
    assert repository
    desk = Desk(tmp_path / "state")
    desk.put("%1", tmp_path, State.WORKING)
    desk.put("%1", tmp_path, State.FINISHED)

    desk.until(lambda: not desk.reviews._surveys.is_pending(str(tmp_path)))  # noqa: SLF001

    assert (State.FINISHED, Changes()) == (desk.state_of()[0], desk.changes())


def test_one_slow_repository_delays_no_other(
    tmp_path: Path, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Two of them hang, the third is told of at once; when the daemon ends, nothing is left hanging.
    """
    real = shutil.which("git")
    slow = [make_repository(tmp_path / f"slow{number}") for number in range(2)]
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin" / "git"
    hang = 'case "$*" in */slow*) exec sleep 1000;; esac'
    program.write_text(f'#!/bin/sh\n{hang}\nexec {real} "$@"\n')
    program.chmod(0o700)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    desk = Desk(tmp_path / "state")
    for number, folder in enumerate(slow, 2):
        desk.put(f"%{number}", folder, State.IDLE)

    desk.put("%1", repository, State.IDLE)
    desk.settle()

    assert [None, None] == [desk.reviews._surveys.find(str(folder)) for folder in slow]  # noqa: SLF001
    desk.reviews.close()
    wait_for(lambda: not psutil.Process().children())


def test_agents_in_one_checkout_share_its_changes(tmp_path: Path, repository: Path) -> None:
    """
    Each is told the other's pane; in each other's way they are only while both of them work.
    """
    (repository / "src").mkdir()
    desk = Desk(tmp_path / "state")
    desk.put("%1", repository, State.IDLE)
    desk.put("%2", repository / "src", State.IDLE)
    desk.settle(("%1", "%2"))
    desk.tick()

    assert ((PaneId("%2"),), (PaneId("%1"),)) == (
        desk.changes("%1").shared,
        desk.changes("%2").shared,
    )
    assert ((), ()) == (desk.changes("%1").conflicts, desk.changes("%2").conflicts)
    desk.put("%2", repository / "src", State.WORKING)
    assert ((), ()) == (desk.changes("%1").conflicts, desk.changes("%2").conflicts)
    desk.put("%1", repository, State.WORKING)
    desk.tick()
    assert ("claude work:0.2: in the same checkout",) == desk.changes("%1").conflicts
    assert ("claude work:0.1: in the same checkout",) == desk.changes("%2").conflicts


@pytest.mark.parametrize(
    ("one", "other", "told"),
    [
        ((State.WORKING,), (State.APPROVAL,), True),
        ((State.WORKING,), (State.IDLE,), False),
        ((State.WORKING,), (State.SETUP,), False),
        ((State.SETUP,), (State.SETUP,), False),
        ((State.WORKING,), (State.WORKING, State.FINISHED), False),
        ((State.WORKING, State.FINISHED), (State.WORKING, State.FINISHED), False),
        ((State.WORKING, State.FINISHED), (State.WORKING, State.FINISHED, "a.py"), True),
        ((State.WORKING,), (State.WORKING, State.FINISHED, "a.py"), True),
        ((State.IDLE,), (State.WORKING, State.FINISHED, "a.py"), False),
        ((State.ERROR,), (State.WORKING,), False),
    ],
)
def test_agents_of_a_checkout_are_in_conflict_where_both_work_or_have_changes(
    tmp_path: Path,
    repository: Path,
    one: tuple[State, ...],
    other: tuple[State | str, ...],
    *,
    told: bool,
) -> None:
    """
    A result without changes is in nobody's way, and an idle agent never is.
    """
    desk = Desk(tmp_path / "state")
    desk.put("%1", repository, State.IDLE)
    desk.put("%2", repository, State.IDLE)
    desk.settle(("%1", "%2"))
    for pane, words in (("%1", one), ("%2", other)):
        for word in words:
            if isinstance(word, State):
                desk.put(pane, repository, word)
            else:
                (repository / word).write_text("changed\n")
    desk.tick(60.0)
    desk.settle(("%1", "%2"))
    desk.until(lambda: ("a.py" in other) == bool(desk.changes("%2").files))
    desk.tick()

    found = [bool(desk.changes(pane).conflicts) for pane in ("%1", "%2")]
    assert [told, told] == found
    assert (PaneId("%2"),) == desk.changes("%1").shared


def test_off_means_off(tmp_path: Path, repository: Path) -> None:
    """
    With the option, git is never asked.
    """
    desk = Desk(tmp_path / "state")
    desk.reviews.take_options(Options(review=False))

    desk.put("%1", repository, State.FINISHED)

    assert (State.FINISHED, Changes()) == (desk.state_of()[0], desk.changes())
    assert not (tmp_path / "state" / "review").exists()


@pytest.mark.parametrize(
    ("touched", "deleted", "words"),
    [
        ((".github/workflows/ci.yml", "a.py"), 0, ("CI: .github/workflows/ci.yml",)),
        (("a.lock", "b/c.lock"), 0, ("lock file: a.lock and 1 more",)),
        (("a.py",), 1, ()),
        (("a.py",), 12, ("12 files deleted",)),
    ],
)
def test_what_is_delicate_is_told(
    touched: tuple[str, ...], deleted: int, words: tuple[str, ...]
) -> None:
    """
    By the same table of paths as asks are graded by, and by how much is gone.
    """
    assert words == find_sensitive(touched, deleted, RULES)


@pytest.mark.parametrize(
    ("touched", "words"),
    [
        ([Touched("tests/test_a.py", "D", "", 0, 9)], ("tests deleted: tests/test_a.py",)),
        (
            [Touched("a_test.go", "D", "", 0, 9), Touched("b_test.go", "D", "", 0, 9)],
            ("tests deleted: a_test.go and 1 more",),
        ),
        ([Touched("tests/test_a.py", "M", "", 1, 4)], ("tests weakened: tests/test_a.py",)),
        ([Touched("tests/test_a.py", "M", "", 4, 4)], ()),
        ([Touched("tests/test_a.py", "A", "", 4, 0)], ()),
        ([Touched("src/a.py", "D", "", 0, 9), Touched("src/b.py", "M", "", 0, 9)], ()),
        (
            [
                Touched("tests/test_a.py", "D", "", 0, 9),
                Touched("tests/unit/test_a.py", "A", "", 9),
            ],
            (),
        ),
        (
            [
                Touched("tests/test_a.py", "D", "", 0, 9),
                Touched("tests/unit/test_a.py", "A", "", 2),
            ],
            ("tests weakened: tests/unit/test_a.py",),
        ),
    ],
)
def test_tests_that_are_gone_or_hold_less_are_told(
    touched: list[Touched], words: tuple[str, ...]
) -> None:
    """
    One that was moved is there; one that only grew, or changed a line for a line, is not told.
    """
    paths = [one.path for one in touched]

    assert words == find_sensitive(paths, 0, RULES, *find_lost(touched))
