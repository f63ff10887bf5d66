"""How right the badges are: the measure itself, and what its page says about it."""

import gzip
import json
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from agent_status.cli.pages import read_topic
from agent_status.model import State
from agent_status.recordings.accuracy.claims import HOMES, MEASURED, Label, find_claims
from agent_status.recordings.accuracy.figures import measure
from agent_status.recordings.accuracy.labels import (
    LabelError,
    correct_labels,
    find_labels,
    parse_label,
    render_label,
)
from agent_status.recordings.accuracy.score import Change, score
from agent_status.recordings.accuracy.table import render_json, render_markdown
from agent_status.recordings.accuracy.trial import (
    INPUTS,
    hide_labels,
    hide_swallowed,
    read_registry,
    run_trial,
    run_trials,
)
from agent_status.terminal.asciicast import Event
from tests.support.labels import TRUTH
from tests.support.places import RECORDINGS, ROOT, list_folders

FOLDER = RECORDINGS

TURN = (
    Label("shell", 0.0, 10.0),
    Label("working", 10.0, 20.0, 0.5),
    Label("permission", 20.0, 30.0, 0.5),
    Label("done", 30.0, 40.0, 0.5),
)
WELL = (
    Change(0.0, State.NONE),
    Change(10.25, State.WORKING),
    Change(20.25, State.APPROVAL),
    Change(30.25, State.FINISHED),
)


def test_a_timeline_without_fault_is_perfect() -> None:
    """
    What is late within the grace is right, and its delay is told.
    """
    found = measure(score(WELL, find_claims(TURN)))

    assert {"working": 1.0, "needs-you": 1.0, "idle": 1.0, "failed": None, "none": 1.0} == (
        found.recall
    )
    assert (1.0, 1.0) == (found.macro_recall, found.need)
    assert (1, 0, 0, 0) == (found.episodes, found.missed, found.slow, found.late)
    assert (0.0, 0.0, 0.0) == (
        found.false_needs_s_per_hour,
        found.flicker_per_minute,
        found.unknown,
    )
    assert (0.25, 0.25) == (found.latency_p50_s, found.latency_p95_s)


@pytest.mark.parametrize(
    ("changes", "figure", "value"),
    [
        (WELL[:2], "missed", 1),
        ((*WELL[:2], Change(21.5, State.APPROVAL), WELL[3]), "slow", 1),
        ((*WELL[:2], Change(21.5, State.APPROVAL), WELL[3]), "late", 0),
        ((*WELL[:2], Change(23.0, State.APPROVAL), WELL[3]), "late", 1),
        ((*WELL[:2], Change(20.25, State.QUESTION), WELL[3]), "need", 0.0),
        ((*WELL[:2], Change(20.25, State.QUESTION), WELL[3]), "missed", 0),
        (
            (*WELL[:2], Change(15, State.IDLE), Change(15.5, State.WORKING), *WELL[2:]),
            "flicker_per_minute",
            3.0,
        ),
        (
            (*WELL[:2], Change(18.1, State.SETUP), Change(20, State.APPROVAL), WELL[3]),
            "false_needs_s_per_hour",
            3600 * 1.9 / 19,
        ),
        ((*WELL[:3], Change(30.25, State.UNKNOWN)), "unknown", 9.5 / 28.5),
        ((*WELL[:3], Change(30.25, State.UNKNOWN)), "never", 1),
        ((), "missed", 1),
    ],
)
def test_each_fault_shows_in_its_figure(
    changes: Sequence[Change], figure: str, value: float
) -> None:
    """
    The measure can fail, in every way that it tells.
    """
    found = measure(score(changes, find_claims(TURN)))

    assert value == pytest.approx(getattr(found, figure))


@pytest.mark.parametrize(
    ("changes", "missed"),
    [
        ((Change(0, State.APPROVAL), Change(10.4, State.IDLE)), 1),
        ((Change(0, State.APPROVAL), Change(10.4, State.IDLE), Change(15, State.QUESTION)), 0),
        ((Change(0, State.APPROVAL),), 0),
    ],
)
def test_a_badge_that_only_carries_over_is_no_sight_of_the_next_request(
    changes: Sequence[Change], missed: int
) -> None:
    """
    The badge of the request before may stand for the grace of the next one, and not for more.
    """
    labels = (Label("permission", 0, 10), Label("question", 10, 20), Label("working", 20, 30))
    told = (*changes, Change(20, State.WORKING))

    assert missed == measure(score(told, find_claims(labels))).missed


@pytest.mark.parametrize(
    ("label", "state", "right"),
    [
        (Label("background", 0, 9), State.IDLE, True),
        (Label("retrying", 0, 9), State.ERROR, True),
        (Label("menu", 0, 9), State.REVIEW, True),
        (Label("rate_limited", 0, 9), State.LIMITED, True),
        (Label("done", 0, 9, accept=("error",)), State.ERROR, True),
        (Label("done", 0, 9), State.ERROR, False),
        (Label("starting", 0, 9), State.UNKNOWN, True),
        (Label("starting", 0, 9), State.SETUP, False),
        (Label("working", 0, 9), State.UNKNOWN, False),
    ],
)
def test_a_label_says_which_states_are_right(
    label: Label,
    state: State,
    right: bool,  # noqa: FBT001  a value of the table
) -> None:
    """
    Its own, those that are as true, and no other.
    """
    found = score([Change(0.0, state)], find_claims([label]))

    assert [right] == [one.is_right for one in found.stretches]


def test_a_first_run_dialog_may_come_before_its_label() -> None:
    """
    It is drawn while the program starts.
    """
    labels = (Label("starting", 0, 5), Label("onboarding", 5, 9))

    found = score([Change(1.0, State.SETUP)], find_claims(labels))

    assert all(one.is_right for one in found.stretches if one.start >= 1)


def test_an_ask_beside_a_limit_is_neither_hit_nor_alarm() -> None:
    """
    Some agents show the limit as a dialog.
    """
    found = measure(score([Change(0.0, State.QUESTION)], find_claims([Label("usage_limit", 0, 9)])))

    assert (0.0, None, None) == (
        found.recall["failed"],
        found.precision["needs-you"],
        found.false_needs_s_per_hour,
    )


def test_a_lag_of_the_agents_is_no_delay_of_ours() -> None:
    """
    Latency counts from where something could be seen.
    """
    labels = (TURN[0], Label("working", 10.0, 20.0, 2.0, lag=1.5))

    assert 0.25 == measure(score([Change(11.75, State.WORKING)], find_claims(labels))).latency_p95_s


def test_every_label_of_the_tests_has_a_class() -> None:
    """
    The measure and the tests speak of the same labels.
    """
    assert set(TRUTH) == set(HOMES)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "'' is no label"),
        ("busy", "'busy' is no label; there are shell,"),
        ("done grace=soon", "grace=soon: not a number"),
        ("done grace=-1", "grace=-1: not a number"),
        ("done grace=nan", "grace=nan: not a number"),
        ("done mood=good", "a label has no mood"),
        ("done accept=idle", "'idle' is no label"),
    ],
)
def test_a_wrong_label_is_refused(text: str, told: str) -> None:
    """
    The message says what is wrong, and what there is.
    """
    with pytest.raises(LabelError) as caught:
        parse_label(text, 0.0, 1.0)

    assert told in str(caught.value)


def test_a_label_is_written_as_it_is_read() -> None:
    """
    Grace, lag and what else is true survive.
    """
    label = Label("working", 1.0, 2.0, 0.5, 1.25, ("error", "retrying"))

    assert label == parse_label(render_label(label), 1.0, 2.0)


def test_labels_end_where_the_next_begins_or_at_the_end() -> None:
    """
    Other markers are nobody's label.
    """
    events = [
        Event(1.0, "m", "working grace=0.5"),
        Event(2.0, "m", "said idle x/prompt"),
        Event(3.0, "m", "done"),
        Event(4.0, "m", "end"),
        Event(9.0, "o", "x"),
    ]

    assert (Label("working", 1.0, 3.0, 0.5), Label("done", 3.0, 4.0)) == find_labels(events)
    assert (Label("working", 1.0, 1.5),) == find_labels(
        [Event(1.0, "m", "working"), Event(1.5, "o", "x")]
    )


def test_labels_of_a_busy_machine_are_mended() -> None:
    """
    A prompt before anything was drawn is the start; work lags until it was taken up.
    """
    labels = (
        Label("starting", 0.0, 2.0),
        Label("ready", 2.0, 6.0),
        Label("working", 6.0, 12.0),
    )

    mended = correct_labels(labels, [Event(4.0, "o", "x" * 200)], [9.0])

    assert (
        Label("starting", 0.0, 4.0),
        Label("ready", 4.0, 6.0, 1.5),
        Label("working", 6.0, 12.0, 3.7, 3.0),
    ) == mended


def test_what_is_replayed_holds_no_label_and_nothing_that_tmux_swallows() -> None:
    """
    Only output, sizes and processes; titles stay, notices and passed-through text go.
    """
    events = [
        Event(0.0, "m", "working"),
        Event(0.5, "i", "y"),
        Event(1.0, "o", "a\x1b]2;title\x07b\x1b]9;note\x07c\x1b]777;x\x1b\\d\a"),
        Event(2.0, "o", "e\x1bPtmux;\x1b\x1b]9;deep\x07\x1b\\f\x1b]9;4;1"),
        Event(3.0, "p", "[]"),
        Event(4.0, "o", ";50\x1b\\g\x1bkname\x1b\\\x1b_app\x1b\\h"),
    ]

    found = list(hide_swallowed(hide_labels(events)))

    assert ["o", "o", "p", "o"] == [one.code for one in found if one.code != "m"]
    assert {""} == {one.data for one in found if one.code == "m"}
    assert "a\x1b]2;title\x07bcdefg\x1b_app\x1b\\h" == "".join(
        one.data for one in found if one.code == "o"
    )


def make_pair(folder: Path) -> Path:
    """
    Write a recording whose labels stand beside it.
    """
    path = folder / "claude" / "x-80x24.cast.gz"
    path.parent.mkdir()
    header = {"version": 2, "width": 80, "height": 24, "title": "working", "command": "claude"}
    events = [[0.5, "o", "$ "], [3.0, "m", "done grace=0.7"], [5.0, "o", " "]]
    text = "\n".join(map(json.dumps, [header, *events])) + "\n"
    path.write_bytes(gzip.compress(text.encode()))
    sidecar = {
        "agent": "claude",
        "version": "2.1.0 (Claude Code)",
        "labels": [{"t": 0.0, "end": 5.0, "label": "shell", "grace": 0.7, "accept": []}],
        "processes": [{"t": 0.0, "tree": [{"pid": 1, "ppid": 0, "comm": "sh", "args": "sh"}]}],
    }
    path.with_name("x-80x24.json").write_text(json.dumps(sidecar), "utf-8")
    return path


def test_labels_beside_a_recording_are_the_ones_that_count(tmp_path: Path) -> None:
    """
    And neither its header nor its markers are shown to the rules.
    """
    trial = run_trial(make_pair(tmp_path))

    assert ("claude", "2.1.0", "claude/x-80x24") == (trial.agent, trial.version, trial.name)
    assert ["shell"] == [one.label.name for one in trial.claims]
    assert {State.NONE} == {one.state for one in trial.changes}
    assert () == trial.mistakes


def test_the_script_tells_figures_and_mistakes_as_one_object() -> None:
    """
    `--json` has each agent, all of them together, and where it was wrong.
    """
    words = [sys.executable, str(ROOT / "scripts" / "accuracy"), "--json", "-j", "1"]
    folder = str(FOLDER / "pi")
    done = subprocess.run([*words, folder], capture_output=True, text=True, check=False)
    data = json.loads(done.stdout)

    assert 0 == done.returncode
    assert {"agents", "all", "classes", "mistakes"} == set(data)
    assert ["pi"] == [one["agent"] for one in data["agents"]]
    assert set(MEASURED) < set(data["all"]["recall"])
    assert 0.95 < data["all"]["macro_recall"] <= 1
    assert {"missed", "late", "slow", "false_needs_s_per_hour", "unknown"} < set(data["all"])


def test_the_script_can_withhold_what_is_known_of_each_agent(tmp_path: Path) -> None:
    """
    `--generic` measures what an agent gets that nobody has written rules for.
    """
    source = FOLDER / "pi" / "question-60x20.cast.gz"
    (tmp_path / source.name).write_bytes(source.read_bytes())
    words = [sys.executable, str(ROOT / "scripts" / "accuracy"), "--json", "--generic"]
    done = subprocess.run([*words, str(tmp_path)], capture_output=True, text=True, check=False)
    data = json.loads(done.stdout)

    own = run_trial(source, play=INPUTS["tap"])
    withheld = run_trial(source, read_registry().withhold(), play=INPUTS["tap"])
    assert own.changes != withheld.changes
    assert [render_json([withheld])["all"]] == [data["all"]]


def test_a_folder_without_labels_ends_with_one(tmp_path: Path) -> None:
    """
    Nothing measured is nothing to be proud of.
    """
    words = [sys.executable, str(ROOT / "scripts" / "accuracy"), str(tmp_path)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)

    assert (1, "accuracy: no labelled recording there\n") == (done.returncode, done.stderr)


def test_a_mistake_names_recording_time_and_rule(tmp_path: Path) -> None:
    """
    Whoever mends a rule knows where to look.
    """
    path = make_pair(tmp_path)
    sidecar = path.with_name("x-80x24.json")
    sidecar.write_text(sidecar.read_text("utf-8").replace('"shell"', '"permission"'), "utf-8")

    data = render_json([run_trial(path)])

    assert [(0.7, 5.0, "none", ""), (0.0, 5.0, "missed", "")] == [
        (one["start"], one["end"], one["said"], one["rule"]) for one in data["mistakes"]
    ]


def read_table() -> list[list[str]]:
    """
    Return the cells of the page's table.
    """
    part = re.search(r"(?s)<!-- accuracy -->\n(.*?)<!-- /accuracy -->", read_topic("accuracy"))
    assert part
    rows = [line for line in part[1].split("\n") if line.startswith("|")]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]


def test_the_page_names_every_agent_and_version_that_was_measured() -> None:
    """
    As many recordings as there are, of each.
    """
    rows = read_table()[2:]
    count = len(list(FOLDER.glob("*/*.cast.gz")))

    assert {path.name.partition("-")[0] for path in list_folders()} == (
        {row[0] for row in rows} - {"all"}
    )
    assert count == sum(int(row[2]) for row in rows if row[0] != "all")
    assert ["all", "", str(count)] == rows[-1][:3]
    assert all(row[1] for row in rows[:-1])


@pytest.mark.parametrize("agent", ["pi", "opencode-1.0.162"])
def test_the_readmes_figures_are_measured(agent: str) -> None:
    """
    Two of its rows, measured again: else run scripts/render-readme --measure.
    """
    paths = sorted((FOLDER / agent).glob("*.cast.gz"))
    trials = {name: run_trials(paths, 1, play=play) for name, play in INPUTS.items()}
    row = render_markdown(trials).split("\n")[2]

    assert [cell.strip() for cell in row.strip("|").split("|")] in read_table()
