"""Whatever comes in from outside, nothing gets past its edge; `scripts/fuzz` runs them for long."""

import ast
import json
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from agent_status.agents.loader import parse_agents
from agent_status.daemon.handlers import answer
from agent_status.errors import RefusedError
from agent_status.features.badges.formats import Saved, parse_saved
from agent_status.features.journal import Journal
from agent_status.features.review.baselines import BaselineStore, Record
from agent_status.features.review.compare import parse_comparison
from agent_status.features.review.parts import Baseline
from agent_status.features.risk.loader import parse_tables
from agent_status.features.risk.shell import parse_script
from agent_status.features.risk.words import WorkingDir
from agent_status.model.plain import render_json
from agent_status.model.ref import make_ref
from agent_status.protocol.messages import Inspect
from agent_status.recordings.redaction import Masker
from agent_status.recordings.replay import apply_event
from agent_status.system.git import GitError
from agent_status.terminal.asciicast import Event, RecordingError, open_recording, parse_processes
from tests.fuzz import TARGETS
from tests.fuzz.draw import DEEP
from tests.fuzz.files import make_journal
from tests.fuzz.screens import make_watch
from tests.fuzz.target import Target, run_target
from tests.fuzz.wire import US, open_daemon
from tests.support.places import ROOT
from tests.support.share import scale


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_nothing_gets_past_its_edge(target: Target) -> None:
    """
    Any input is read, or refused in its own way, within bounds.
    """
    assert scale(target.examples) <= run_target(target, scale(target.examples))


def test_each_edge_has_a_name_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    `scripts/fuzz NAME` runs one of them, and knows all.
    """
    monkeypatch.syspath_prepend(ROOT / "scripts")
    monkeypatch.setattr("sys.argv", ["fuzz"])
    names = [target.name for target in TARGETS]
    known = runpy.run_path(str(ROOT / "scripts" / "fuzz"), run_name="fuzz")["NAMES"]

    assert len(names) == len(set(names))
    assert names == list(known)


# -- what was found, as small as it can be ---------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["a = " + "[" * DEEP, "a = " + "9" * 5000, 'name = "x"\nedge = "a{99999999999}"']
)
def test_a_file_of_rules_that_is_too_deep_or_too_big_is_a_problem(text: str) -> None:
    """
    Neither Python's TOML reader nor its patterns name these as errors of their own.
    """
    assert 1 == len(parse_agents([("x", "x.toml", text)])[1])
    assert 1 == len(parse_tables([("risk.toml", text)])[1])
    code = '[[code]]\nmatches = "a{99999999999}"\ngrade = "writes"\nwhy = "x"'
    assert 1 == len(parse_tables([("risk.toml", code)])[1])


@pytest.mark.parametrize(
    "line",
    [
        "[" * DEEP,
        f'[{"9" * 400}, "o", "x"]',
        '[Infinity, "o", "x"]',
        '[1e9, "o", "x"]',
    ],
)
def test_a_recording_that_would_never_end_is_none(tmp_path: Path, line: str) -> None:
    """
    A time in a million years is replayed tick by tick; numbers and depth beyond Python's own raise.
    """
    path = tmp_path / "x.cast"
    path.write_text('{"version": 2, "width": 9, "height": 9}\n' + line + "\n")

    with pytest.raises(RecordingError, match="cut"):
        list(open_recording(path).read_events())


def test_a_header_that_is_too_deep_is_none(tmp_path: Path) -> None:
    """
    It is no recording, in our words.
    """
    path = tmp_path / "x.cast"
    path.write_text("[" * DEEP + "\n")

    with pytest.raises(RecordingError):
        open_recording(path)


def test_an_event_that_is_too_deep_or_too_big_moves_nothing() -> None:
    """
    A process tree of brackets is none, and a size of five thousand digits is no size.
    """
    assert () == parse_processes("[" * DEEP)
    watch = make_watch()
    before = watch.terminal.screen()
    apply_event(watch, Event(0.0, "r", f"{'9' * 5000}x5"))

    assert before is watch.terminal.screen()


@pytest.mark.parametrize("begin", ["", "https://user:pa", "?", "eyJ", "bearer "])
def test_a_page_of_one_word_is_masked_in_no_time(begin: str) -> None:
    """
    Each place is looked at, but no further than a token reaches: it took a minute and a half.
    """
    row = begin + '{"a":' * 20_000

    assert len(row) == len(Masker().mask(row))


def test_no_character_kills_the_shells_parser() -> None:
    """
    The grammar's scanner looks up any letter in a table of 256: higher ones ended the process.
    """
    texts = ["{\U0010e613v", "cat <<\U0010e613\nx", "echo ${\U0010e613}"]
    words = "from tests.fuzz.screens import check_risk; [check_risk((text, '')) for text in TEXTS]"
    script = words.replace("TEXTS", ascii(texts))
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=False)

    assert 0 == done.returncode


def test_letters_beyond_ascii_stay_what_they_were() -> None:
    """
    Only the parser does not see them: words, quotes and redirects are told as they stand.
    """
    script = parse_script("größe 'ü x' > ./日本 && rm -rf ./é", WorkingDir(("/w",), "/w", ""), bool)

    told = [[word.text for word in one.words] for one in script.commands]
    assert [["größe", "ü x"], ["rm", "-rf", "./é"]] == told
    assert parse_script("cat <<é\nx\né", WorkingDir(("/w",), "/w", ""), bool).cut


def test_the_journal_survives_an_error_that_is_no_text(tmp_path: Path) -> None:
    """
    SQLite names a broken part by bytes that Python cannot decode.
    """
    path = tmp_path / "journal.sqlite3"
    told: list[str] = []
    data = make_journal()
    at = data.index(b"CREATE TABLE entries")
    path.write_bytes(data[:at] + b"\xf6\xb6\x90" + data[at + 3 :])

    with Journal(path, "s", told.append) as journal:
        journal.read_log()

    assert "is broken" in told[0]


def test_what_was_acknowledged_may_hold_any_number(tmp_path: Path) -> None:
    """
    One that no float can be is a broken file, which is as good as none.
    """
    record = Record(Baseline("a" * 40), "a" * 40)
    BaselineStore(tmp_path).put("k", record)
    told = json.loads((tmp_path / "k.json").read_text())
    assert record == BaselineStore(tmp_path).find("k")
    (tmp_path / "k.json").write_text(json.dumps(told | {"waiting": 10**400}))

    assert BaselineStore(tmp_path).find("k") is None


def test_git_that_prints_something_else_is_a_named_error() -> None:
    """
    Whoever is called `git` on PATH.
    """
    with pytest.raises(GitError, match="can't be read"):
        list(parse_comparison(b"hello\0world\0"))


def test_what_tmux_kept_for_us_may_be_anything() -> None:
    """
    Whoever wrote it there, nothing is given back.
    """
    assert Saved() == parse_saved("[" * DEEP)


@pytest.mark.parametrize("pane", ["%1 ; kill-server", "%1\nkill-server", "work:0", "%" + "9" * 99])
def test_no_request_writes_a_word_of_a_tmux_command(pane: str) -> None:
    """
    A pane's name from the socket is an id or nothing; a line end in it began a command of its own.
    """
    daemon, tmux = open_daemon()
    tmux.lines.clear()

    with pytest.raises(RefusedError, match="no pane"):
        answer(daemon, Inspect(make_ref(pane)), US)
    assert [] == tmux.lines


def test_json_for_a_terminal_holds_nothing_that_it_obeys() -> None:
    """
    What JSON itself leaves as it is, such as the one-character CSI, is escaped, and reads the same.
    """
    data = {"folder": "/\x9b31m\u202e\x7f\U000e0041\ud800é漢"}
    text = render_json(data)

    assert text.isprintable()
    assert data == json.loads(text)
    assert "é漢" in text


def test_every_module_of_targets_is_run() -> None:
    """
    None is forgotten in the list.
    """
    folder = ROOT / "tests" / "fuzz"
    made = [path for path in folder.glob("*.py") if "TARGETS = (" in path.read_text("utf-8")]
    calls = [
        node
        for path in made
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Target"
    ]

    assert len(calls) == len(TARGETS)
