"""The daemon writes down what changes, and never waits for it."""

import json
import logging
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agent_status.actions.answer import answer_ask
from agent_status.actions.context import open_context
from agent_status.agents.files import load_agents
from agent_status.detect.tracker import PaneTracker
from agent_status.errors import RefusedError
from agent_status.features.journal import Journal, LogEntry, find_journal, open_journal
from agent_status.features.journal.entry import find_verdict, make_ask_entry
from agent_status.features.journal.feature import JournalFeature
from agent_status.features.journal.who import find_user, name_caller
from agent_status.features.journal.writer import VanishedAsk
from agent_status.model import Changes, Flag, PaneId, Sighting, State
from agent_status.model.ref import make_ref
from agent_status.options import Options
from agent_status.paths import find_config, find_state
from agent_status.protocol.messages import ReadLog, WriteNote
from agent_status.recordings.replay import iterate_statuses
from agent_status.terminal.asciicast import open_recording
from agent_status.tmux.client import Tmux
from tests.support.acting_lab import Stage
from tests.support.journal_lab import asking, make_answer, make_ask, make_sighting
from tests.support.knowledge import KNOWLEDGE
from tests.support.places import RECORDINGS
from tests.support.tmux_lab import DEADLINE_S, Lab, run_daemon, wait_for

AUTO = frozenset({Flag.AUTO})
NOW = time.time()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """
    Where a journal may be made.
    """
    return tmp_path / "journal.sqlite3"


def make_journalist(path: Path, clock: float = NOW) -> JournalFeature:
    """
    Return a journalist of a server that is not there, at Unix `clock`.
    """
    log = logging.getLogger(f"journalist.{path}")
    log.propagate = False
    log.addHandler(logging.NullHandler())
    return JournalFeature(path, Tmux(str(path.parent / "socket")), log, lambda: clock)


def write(path: Path, *looks: Sequence[Sighting]) -> tuple[LogEntry, ...]:
    """
    Return what a journalist has written after these looks, and an end.
    """
    journalist = make_journalist(path)
    for now, sightings in enumerate(looks):
        journalist.enrich(sightings, float(now))
        journalist.observe(sightings, float(now))
    journalist.close()
    with Journal(path) as journal:
        return journal.read_log()


def name(entries: Sequence[LogEntry]) -> list[str]:
    """
    Return each entry as a word or two.
    """
    return [
        f"{entry.kind} {entry.facts.get('to') or entry.facts.get('why') or ''}".strip()
        for entry in entries
    ]


def test_each_change_is_written_once(path: Path) -> None:
    """
    A look that finds the same again adds nothing.
    """
    calm, asks, gone = [make_sighting()], [asking()], list[Sighting]()

    entries = write(path, calm, calm, asks, asks, asks, gone, gone)

    assert ["state working", "ask", "state approval", "state none"] == name(entries)
    assert ["", "working", "approval"] == [
        entry.facts["from"] for entry in entries if entry.kind == "state"
    ]


def test_an_ask_that_nobody_answered_is_told(path: Path) -> None:
    """
    In words that claim no more than was seen.
    """
    entries = write(path, [asking()], [make_sighting()])

    assert "unattended vanished" in name(entries)
    (entry,) = (one for one in entries if one.kind == "unattended")
    assert "make test" == entry.facts["command"]
    assert "nobody answered it or was at its pane" in entry.facts["words"]


def judge(
    monkeypatch: pytest.MonkeyPatch, path: Path, *after: Sighting, ends: bool
) -> tuple[str, str]:
    """
    Return what the line says that a user at the pane gets, after looks a second apart; and who.
    """
    written: list[Any] = []
    looks = 0
    log = logging.getLogger(f"journalist.{path}")
    journalist = JournalFeature(
        path, Tmux(str(path.parent / "s")), log, lambda: NOW + looks, denial_ends=lambda _: ends
    )
    monkeypatch.setattr(journalist, "_put", written.append)
    for looks, sighting in enumerate((asking(), *after)):
        journalist.enrich([sighting], float(looks))
        journalist.observe([sighting], float(looks))
    journalist.close()
    (doubt,) = (one for one in written if isinstance(one, VanishedAsk))
    return doubt.at_pane.facts["label"], doubt.at_pane.facts["who"]


WORKS, RESTS, DONE = (make_sighting(one) for one in (State.WORKING, State.IDLE, State.FINISHED))
DENIED = replace(WORKS, status=replace(WORKS.status, denied=True))


@pytest.mark.parametrize(
    ("after", "ends", "wanted"),
    [
        ((WORKS, WORKS, WORKS, DONE), True, "yes"),
        ((DONE,), True, "yes"),
        ((asking("git push"),), True, "yes"),
        ((RESTS,), True, "no"),
        ((WORKS, RESTS), True, "no"),
        ((WORKS, WORKS, WORKS, RESTS), True, "yes"),
        ((WORKS, DENIED, WORKS), True, "no"),
        ((WORKS, DENIED), False, "no"),
        ((WORKS, WORKS, WORKS, DONE), False, ""),
        ((RESTS,), False, ""),
    ],
)
def test_what_follows_shows_how_a_request_was_answered_in_its_pane(
    monkeypatch: pytest.MonkeyPatch,
    path: Path,
    after: tuple[Sighting, ...],
    ends: bool,  # noqa: FBT001
    wanted: str,
) -> None:
    """
    An agent that goes on after a denial, too, has to say so; else it is not known.
    """
    answered, who = judge(monkeypatch, path, *after, ends=ends)

    assert wanted == answered
    assert f"{find_user()} in its pane" == who


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("claude-2.1.330/deny-80x24", "no"),
        ("codex/deny-80x24", "no"),
        ("copilot/deny-100x30", "no"),
        ("gemini/deny-80x24", "no"),
        ("cline/deny-100x30", "no"),
        ("claude/shell_permission-60x20", "yes"),
        ("opencode/shell_permission-60x20", "yes"),
    ],
)
def test_recorded_agents_show_how_they_were_answered(name: str, wanted: str) -> None:
    """
    By their states and their words.
    """
    recording = open_recording(RECORDINGS / f"{name}.cast.gz")
    registry = KNOWLEDGE
    statuses = [status for _, status in iterate_statuses(recording, registry)]
    at = next(n for n, one in enumerate(statuses) if one.state is State.APPROVAL)
    after = [one for one in statuses[at:] if one.state is not State.APPROVAL][:9]
    known = registry.find(statuses[at].agent.kind)  # type: ignore[union-attr]
    ask = statuses[at].ask
    assert known
    assert ask
    told = next((one for one in after if one.denied), after[-1])

    assert wanted == find_verdict(ask, told, denial_ends=known.denial_ends)


def test_who_answered_is_named_with_the_pane_of_the_command() -> None:
    """
    A popup is in none, and may have inherited one of the server's: it is on a client.
    """
    env = {"TMUX_PANE": "%5"}
    popup = env | {"AGENT_STATUS_CLIENT": "/dev/pts/3"}

    assert f"{find_user()} cli in %5" == name_caller("cli", popup)
    assert f"{find_user()} chooser in %5" == name_caller("chooser", env)
    assert f"{find_user()} popup at /dev/pts/3" == name_caller("chooser", popup)
    assert f"{find_user()} cli" == name_caller("cli", {"TMUX_PANE": "#(x)"})


def test_a_request_that_an_earlier_daemon_saw_is_as_old_as_it_is(path: Path) -> None:
    """
    The words on one that went away count from when it came.
    """
    journalist = make_journalist(path)
    for now, sightings in ((300.0, [asking()]), (301.0, [make_sighting()])):
        journalist.enrich(sightings, now)
        journalist.observe(sightings, now)
    journalist.close()

    with Journal(path) as journal:
        (entry,) = journal.read_log(kind="unattended")
    assert "its request went away after 300 s" in entry.facts["words"]


def test_an_ask_of_an_agent_that_left_was_not_decided(path: Path) -> None:
    """
    Nor one that is still being drawn when it becomes another.
    """
    left = write(path, [asking()], [])
    drawn = write(path, [asking("ma")], [asking("make te")], [asking("make test")])

    assert "unattended" not in " ".join(name((*left, *drawn)))


def test_an_answer_of_ours_is_no_surprise(path: Path) -> None:
    """
    The client writes it by itself, and the daemon finds it.
    """
    journalist = make_journalist(path)
    journalist.enrich([asking()], 0.0)
    journalist.observe([asking()], 0.0)
    with Journal(path, str(path.parent / "socket")) as journal:
        journal.write_answer(make_answer(NOW + 0.5))
    journalist.observe([make_sighting()], 1.0)
    journalist.close()

    with Journal(path) as journal:
        assert ["answer"] == [one.kind for one in journal.read_log() if one.kind != "state"][-1:]
        assert not journal.read_log(kind="unattended")


def test_work_without_asking_is_told_once_a_turn(path: Path) -> None:
    """
    The flag may flicker while it works; the next turn is another.
    """
    auto, calm = [make_sighting(flags=AUTO)], [make_sighting()]
    idle = [make_sighting(State.IDLE, flags=AUTO)]

    entries = write(path, idle, auto, calm, auto, idle, auto)

    assert 2 == name(entries).count("unattended auto")


@pytest.mark.parametrize("after", [State.FINISHED, State.IDLE])
def test_a_result_that_was_acknowledged_is_a_review(path: Path, after: State) -> None:
    """
    With the size of what was looked at, also where a jump had seen it before; a working agent has
    no result.
    """
    changes = Changes(root="/s", files=2, added=4, removed=1)
    journalist = make_journalist(path)
    for state in (State.WORKING, after):
        sightings = [replace(make_sighting(state), changes=changes)]
        journalist.enrich(sightings, 0.0)
        journalist.observe(sightings, 0.0)
        journalist.acknowledge(PaneId("%3"), 0.0)
    journalist.close()

    with Journal(path) as journal:
        (entry,) = journal.read_log(kind="review")
    assert (2, 4, 1) == tuple(entry.facts[key] for key in ("files", "added", "removed"))


def test_without_days_there_is_no_journal(path: Path) -> None:
    """
    No file, no thread; what asks for it learns how to have one.
    """
    journalist = make_journalist(path)
    journalist.take_options(replace(Options(), journal_days=0))
    journalist.enrich([asking()], 0.0)
    journalist.observe([asking()], 0.0)

    ops = journalist.list_ops()
    for request in (ReadLog(make_ref("%3")), WriteNote(make_ref("%3"), "x")):
        with pytest.raises(RefusedError, match="set -g @agent-status-journal-days 30"):
            ops[request.op](request)
    journalist.close()
    assert not path.exists()


def test_a_broken_file_is_told_in_the_log(path: Path) -> None:
    """
    With its name; the journal goes on.
    """
    path.write_bytes(b"hello\n" * 2000)
    told: list[str] = []
    journalist = make_journalist(path)
    handler = logging.Handler()
    handler.emit = lambda record: told.append(record.getMessage())  # type: ignore[method-assign]
    logging.getLogger(f"journalist.{path}").addHandler(handler)
    journalist.enrich([asking()], 0.0)
    journalist.observe([asking()], 0.0)
    journalist.close()

    assert 1 == len(told)
    assert "was set aside as journal.sqlite3.broken-" in told[0]
    with Journal(path) as journal:
        assert 2 == len(journal.read_log())


def test_the_log_tells_what_a_pane_did(lab: Lab) -> None:
    """
    From the real daemon, by the command line and by the socket, also after the daemon's end.
    """
    with Journal(find_journal(find_state()), lab.inner) as journal:
        journal.write_answer(make_answer(NOW, "%0"))
    daemon = lab.spawn_daemon()
    shown = lab.ask("log", pane="%0", limit=5)["entries"]
    daemon.terminate()
    wait_for(lambda: daemon.poll() is not None)
    printed = lab.run("log", "%0", "--json")
    text = lab.run("log", "work:main.0", "--kind", "answers")
    other = lab.run("log", "--kind", "asks")

    assert [round(NOW, 3)] == [entry["at"] for entry in shown]
    assert "1 Yes [sent] by ada cli: make test" == shown[0]["words"]
    assert "1 Enter" == json.loads(printed.stdout)["facts"]["sent"]
    assert "%0  work:0.0  claude  answer  1 Yes [sent] by ada cli: make test" in text.stdout
    assert (0, "") == (other.returncode, other.stdout)


@pytest.mark.parametrize(
    ("words", "code", "error"),
    [
        (("log", "--since", "soon"), 2, "'soon' is no time: use 2h, 3d, 2026-11-23"),
        (("log", "nowhere:9.9"), 1, "there is no pane nowhere:9.9"),
        (("log", "--kind", "jokes"), 2, "jokes"),
    ],
)
def test_what_cannot_be_shown_is_told(
    lab: Lab, words: tuple[str, ...], code: int, error: str
) -> None:
    """
    With the exit code of the help.
    """
    done = lab.run(*words)

    assert code == done.returncode
    assert error in done.stderr


def test_a_journal_that_cannot_be_read_is_named(lab: Lab) -> None:
    """
    A folder in its place.
    """
    path = find_journal(find_state())
    path.mkdir(parents=True)

    done = lab.run("log")

    assert 1 == done.returncode
    assert f"Error: {path} is no plain file" in done.stderr


def test_an_answer_is_not_kept_when_there_is_to_be_no_journal(lab: Lab) -> None:
    """
    A client asks the server's options by itself.
    """
    lab.tmux("set-option", "-g", "@agent-status-journal-days", "off")
    path = find_journal(find_state())

    with open_journal(path, lab.inner) as journal:
        assert journal.write_answer(make_answer(1.0))
        assert not path.exists()
        lab.tmux("set-option", "-g", "@agent-status-journal-days", "7")
        assert journal.write_answer(make_answer(1.0))

    assert path.exists()


def test_what_we_answer_is_told_from_what_happens_by_itself(lab: Lab) -> None:
    """
    Of two asks that go away, the one that a client of ours answered was not decided without us. The
    end settles what is in doubt.
    """
    path, log = find_journal(find_state()), logging.getLogger("journalist")
    journalist = JournalFeature(path, Tmux(lab.inner), log, confirm_s=DEADLINE_S)
    with (
        run_daemon(lab, PaneTracker, (journalist,), registry=load_agents(find_config())[0]) as tmux,
        open_context(lab.inner, "test") as desk,
    ):
        stage = Stage(lab, desk, tmux)
        ours, theirs = stage.add("ask"), stage.add("safe")
        wait_for(lambda: {"make test", "git status"} <= set(list_commands("ask")))

        assert answer_ask(desk, ours.ref, "n", stage.expect(ours)).done
        theirs.order(show="busy")
        wait_for(lambda: "working" in list_states(theirs.pane))

    assert ["git status"] == list_commands("unattended")
    assert ["make test"] == list_commands("answer")


def list_states(pane: PaneId) -> list[str]:
    """
    Return the states that the journal says a pane came to.
    """
    with Journal(find_journal(find_state())) as journal:
        return [entry.facts["to"] for entry in journal.read_log(pane, kind="state")]


def list_commands(kind: str) -> list[str]:
    """
    Return the commands that the journal's entries of a kind are about.
    """
    with Journal(find_journal(find_state())) as journal:
        facts = [entry.facts for entry in journal.read_log(kind=kind)]
    return [one.get("ask", one)["command"] for one in facts]


def test_purge_deletes_the_journal(lab: Lab) -> None:
    """
    It lies in the folder of our state.
    """
    path = find_journal(find_state())
    with Journal(path) as journal:
        journal.write([make_ask_entry(asking(), make_ask(), 1.0)])
    assert path.exists()

    gone = lab.run("uninstall", "--purge")

    assert 0 == gone.returncode, gone.stderr
    assert not path.parent.exists()
