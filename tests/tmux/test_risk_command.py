"""`agent-status risk`, the user's own table on disk, and who is told of it."""

import hashlib
import json
import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from agent_status.cli import main
from agent_status.features.risk.feature import REFUSED, UNCONFIRMED, RiskFeature, RiskRules
from agent_status.features.risk.table_files import CONFIRMED, NAME, read_risk_files
from agent_status.model import Agent, Ask, Pane, PaneId, Sighting, State, Status
from agent_status.paths import find_config, find_state
from tests.support.tmux_lab import Lab, open_lab, wait_for

LOWERS = """
lower = ["kill"]
[[program]]
names = ["kill"]
grade = "harmless"
options = ["*"]
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A home of its own, and a checkout in it.
    """
    for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME", "TMUX"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "repo" / ".git").mkdir(parents=True)
    (tmp_path / "repo" / "sub").mkdir()
    find_config().mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "repo" / "sub")


@pytest.fixture
def ruled(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """
    A home of its own with a daemon that leaves confirming to scripts, as this one is.
    """
    with open_lab(monkeypatch.setenv) as lab:
        lab.start("exec cat")
        lab.tmux("set-option", "-g", "@agent-status-scripts-may", "confirm")
        lab.spawn_daemon()
        monkeypatch.setenv("TMUX", f"{lab.inner},0,0")
        (lab.folder / "repo" / ".git").mkdir(parents=True)
        find_config().mkdir(parents=True, exist_ok=True)
        monkeypatch.chdir(lab.folder / "repo")
        yield


def run(*words: str, stdin: bytes = b"") -> tuple[int, str, str]:
    """
    The exit code, stdout and stderr of the command.
    """
    done = CliRunner().invoke(main, ["risk", *words], input=stdin)
    return done.exit_code, done.stdout, done.stderr


def grade(command: str) -> str:
    """
    The grade that the command prints.
    """
    return run(command)[1].partition(":")[0]


@pytest.mark.parametrize(
    ("command", "printed"),
    [
        ("ls -la", "harmless: only looks\n"),
        ("touch ../a", "writes: writes ../a\n"),
        ("rm -rf build", "dangerous: deletes build recursively\n"),
        ("--help-me", "writes: unknown program --help-me\n"),
    ],
)
@pytest.mark.usefixtures("home")
def test_risk_prints_the_grade_and_why(command: str, printed: str) -> None:
    """
    Whatever the grade, it is done; the checkout's root is the border.
    """
    assert (0, printed, "") == run("--", command)


@pytest.mark.usefixtures("home")
def test_risk_grades_for_another_folder() -> None:
    """
    What is inside there may be outside here.
    """
    assert (0, "harmless: only looks\n", "") == run("git -C .. status")
    code, printed, _ = run("--cwd", "..", "git -C .. status")
    assert (0, "dangerous: git obeys settings from outside th") == (code, printed[:45])


@pytest.mark.usefixtures("home")
def test_risk_grades_every_line_of_stdin() -> None:
    """
    One object a line, in order, for whatever stands there; the end of a line is no part of it.
    """
    lines = [
        b"ls",
        b"",
        b"  ",
        b"rm \xff",
        b"ls \x1b[8m",
        b"echo \xe2\x80\xae",
        b"'",
        b"a\rb",
        b"x" * 70_000,
    ]
    code, printed, _ = run("--json", "-", stdin=b"\n".join(lines))

    told = [json.loads(line) for line in printed.splitlines()]
    assert 0 == code
    assert [line.decode("utf-8", "replace") for line in lines] == [one["command"] for one in told]
    assert all({"command", "grade", "reasons"} == set(one) for one in told)
    wanted = [
        "harmless",
        "writes",
        "writes",
        "writes",
        *["dangerous"] * 2,
        "writes",
        *["dangerous"] * 2,
    ]
    assert wanted == [one["grade"] for one in told]
    assert printed.isascii()


@pytest.mark.usefixtures("home")
def test_risk_prints_one_line_for_a_command_of_several() -> None:
    """
    Neither the text nor the reasons break it, or reach the terminal as sequences.
    """
    code, printed, _ = run("ls\n./\x1b[2Jx\n\nrm -rf 'a\nb'")

    assert (0, 1) == (code, printed.count("\n"))
    assert "\x1b" not in printed


@pytest.mark.usefixtures("home")
def test_risk_without_a_command_is_wrong() -> None:
    """
    There is nothing to grade.
    """
    assert (2, "") == run()[:2]


@pytest.mark.usefixtures("ruled")
def test_a_table_lowers_only_what_was_confirmed() -> None:
    """
    A change of it takes that back until it is confirmed anew.
    """
    path = find_config() / NAME
    path.write_text(LOWERS)
    assert "dangerous" == grade("kill 1")

    assert (0, "confirmed: it lowers kill\n", "") == run("--confirm")
    assert "harmless" == grade("kill 1")

    path.write_text(LOWERS.replace('"kill"', '"kill", "pkill"'))
    assert ["dangerous", "dangerous"] == [grade("kill 1"), grade("pkill x")]


@pytest.mark.usefixtures("ruled")
def test_what_was_confirmed_is_kept_for_the_user_alone() -> None:
    """
    It is the SHA-256 of the table, in a file with mode 0600 in a folder with mode 0700.
    """
    (find_config() / NAME).write_text(LOWERS)
    run("--confirm")

    kept = find_state() / CONFIRMED
    assert hashlib.sha256(LOWERS.encode()).hexdigest() == kept.read_text().strip()
    modes = [stat.S_IMODE(one.stat().st_mode) for one in (kept, find_state())]
    assert [0o600, 0o700] == modes


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "is not there: nothing to confirm"),
        (b"[", "not TOML"),
        (b"\xff", "invalid start byte"),
        (b"#" * 300_000, "larger than"),
        (b'lower = ["x"]', "there is no [[program]]"),
    ],
)
@pytest.mark.usefixtures("ruled")
def test_a_table_that_does_not_count_is_not_confirmed(content: bytes | None, said: str) -> None:
    """
    The error says why; grading goes on by the packaged table, and warns.
    """
    if content is not None:
        (find_config() / NAME).write_bytes(content)

    code, printed, error = run("--confirm")
    assert (1, "") == (code, printed)
    assert said in error
    code, printed, error = run("kill 1")
    assert (0, "dangerous: ends processes: 1\n") == (code, printed)
    assert (content is not None) == ("Warning: " in error)


@pytest.mark.usefixtures("home")
def test_a_table_that_is_no_plain_file_is_refused() -> None:
    """
    A pipe would never end.
    """
    os.mkfifo(find_config() / NAME)

    found = read_risk_files(find_config(), find_state())

    assert ["it is not a plain file"] == [problem.what for problem in found.problems]


def see(assessor: RiskFeature, now: float, command: str = "kill 1") -> Any:
    """
    The grade that the daemon gives a request now.
    """
    ask = Ask(State.APPROVAL, command=command)
    status = Status(Agent("claude", "Claude", 1), State.APPROVAL, 0.0, ask=ask)
    (seen,) = assessor.enrich([Sighting(Pane(PaneId("%1")), status)], now)
    assert seen.status.risk
    return seen.status.risk.grade.value


@pytest.mark.usefixtures("ruled")
def test_the_daemon_grades_by_a_table_that_has_changed() -> None:
    """
    Within seconds, without a restart; a broken one is told, and leaves what the last one raised.
    """
    rules = RiskRules(find_config(), find_state())
    assessor = RiskFeature(rules.tables, "/", rules)
    path = find_config() / NAME
    assert ("writes", ()) == (see(assessor, 0.0, "frobnicate"), assessor.list_notices())

    path.write_text('[[program]]\nnames = ["frobnicate"]\ngrade = "dangerous"\n')
    assert "writes" == see(assessor, 1.0, "frobnicate")
    assert ("dangerous", ()) == (see(assessor, 4.0, "frobnicate"), assessor.list_notices())

    path.write_text('[[program]]\nnames = ["frobnicate"]\ngrade = "nonsense"\n')
    assert ("dangerous", (REFUSED,)) == (see(assessor, 7.5, "frobnicate"), assessor.list_notices())

    path.write_text(LOWERS)
    assert ("dangerous", (UNCONFIRMED,)) == (see(assessor, 10.9), assessor.list_notices())
    run("--confirm")
    assert ("harmless", ()) == (see(assessor, 14.0), assessor.list_notices())

    path.write_text("[")
    assert ("dangerous", 1) == (see(assessor, 17.5), len(rules.problems))
    path.unlink()
    assert ("dangerous", 0) == (see(assessor, 21.0), len(rules.problems))


@pytest.fixture
def lab(monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    """
    A server and its daemon.
    """
    with open_lab(monkeypatch.setenv) as lab:
        lab.start()
        lab.spawn_daemon()
        yield lab


def test_what_waits_for_the_user_is_in_the_report_and_told_by_doctor(lab: Lab) -> None:
    """
    Until it is confirmed; both say how that is done.
    """
    config = lab.folder / "config" / "agent-status"
    config.mkdir(parents=True)
    (config / NAME).write_text(LOWERS)

    assert [UNCONFIRMED] == wait_for(lambda: lab.ask("list")["notices"])
    told = lab.run("doctor").stdout
    assert re.search(r"risk rules changed \w+ ago, and would lower kill", told)
    assert "agent-status risk --confirm applies them" in told

    lab.run("risk", "--confirm")
    wait_for(lambda: not lab.ask("list")["notices"])
    assert "risk rules changed" not in lab.run("doctor").stdout
