"""Commands that cannot do what they were asked for: one clear line, and the promised code."""

import getpass
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from agent_status.cli import main
from agent_status.features.journal import find_journal
from agent_status.features.journal.entry import make_state_entry
from agent_status.features.journal.store import Journal
from agent_status.paths import find_state
from tests.support.journal_lab import make_sighting
from tests.support.places import RECORDINGS
from tests.support.tmux_lab import DEADLINE_S, Lab, open_lab

CAST = RECORDINGS / "claude" / "shell_permission-60x20.cast.gz"


@pytest.fixture
def lab(monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    """
    A private world without a tmux server, in which this process is too.
    """
    with open_lab(monkeypatch.setenv) as lab:
        monkeypatch.setenv("TMUX", f"{lab.inner},0,0")
        yield lab


def spawn(lab: Lab, shell: str, *words: str, **extra: str) -> subprocess.CompletedProcess[str]:
    """
    Run our command line as the end of a line of the shell.
    """
    line = f'exec "$0" -m agent_status "$@" {shell}'
    return subprocess.run(
        ["sh", "-c", line, sys.executable, *words],
        env=lab.inside | extra,
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
        check=False,
    )


@pytest.mark.usefixtures("lab")
def test_a_user_without_a_name_is_none_to_mask(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    As in a container that runs as a number.
    """

    def find_nobody() -> str:
        raise KeyError

    monkeypatch.setattr(getpass, "getuser", find_nobody)

    done = CliRunner().invoke(main, ["report", "%1"])

    assert 3 == done.exit_code
    assert "no server" in done.stderr or "error connecting" in done.stderr


@pytest.mark.parametrize("trouble", [OSError(36, "File name too long"), PermissionError(13, "No")])
def test_a_file_that_cannot_be_looked_at_is_told_of(
    trouble: OSError, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    `explain` takes panes and files, and asks which it is.
    """

    def refuse(*_: object, **__: object) -> os.stat_result:
        raise trouble

    monkeypatch.setattr(Path, "stat", refuse)

    done = CliRunner().invoke(main, ["explain", "some.cast"])

    assert (1, f"Error: some.cast: {trouble.strerror}\n") == (done.exit_code, done.stderr)


def test_a_name_that_is_too_long_is_told_of() -> None:
    """
    The same from the system itself.
    """
    done = CliRunner().invoke(main, ["explain", "x" * 300])

    assert (1, "Error: ") == (done.exit_code, done.stderr[:7])


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("send", "%1"), 1, "Error: stdin is closed, so there is no message\n"),
        (("choose",), 1, "Error: choose needs a terminal: run it in a pane, or press its key\n"),
    ],
)
def test_a_closed_stdin_is_told_of(lab: Lab, words: tuple[str, ...], code: int, said: str) -> None:
    """
    Nothing was there to read from.
    """
    done = spawn(lab, "<&-", *words)

    assert (code, "", said) == (done.returncode, done.stdout, done.stderr)


@pytest.mark.parametrize(
    "words", [("list",), ("list", "--json"), ("watch", "--json"), ("note", "%1"), ("explain", "%1")]
)
def test_without_a_tmux_server_that_is_what_is_missing(lab: Lab, words: tuple[str, ...]) -> None:
    """
    No daemon could be started then; with one, it is the daemon.
    """
    alone = lab.run(*words)
    lab.start()
    without_daemon = lab.run(*words[:-1], words[-1].replace("%1", "%0"))

    assert (3, 1) == (alone.returncode, alone.stderr.count("\n")), alone
    assert "daemon" not in alone.stderr
    assert 4 == without_daemon.returncode
    assert "agent-status daemon start" in without_daemon.stderr


def test_a_reader_that_has_enough_ends_the_watch_well(lab: Lab) -> None:
    """
    As `watch --json | head -1` does.
    """
    lab.start()
    lab.spawn_daemon()
    words = [sys.executable, "-m", "agent_status", "watch", "--json"]
    env = lab.inside | {"PYTHONUNBUFFERED": ""}
    watch = subprocess.Popen(words, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    lab.daemons.append(watch)
    assert watch.stdout
    assert watch.stderr
    watch.stdout.readline()
    watch.stdout.close()
    lab.tmux("new-window", "-d", f"{sys.executable} -m agent_status play --hold {CAST}")

    assert 0 == watch.wait(DEADLINE_S)
    assert b"" == watch.stderr.read()


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("words", [("doctor",), ("explain", str(CAST)), ("log", "--json")])
def test_a_stdout_that_takes_nothing_is_told_of(
    lab: Lab, words: tuple[str, ...], unbuffered: str
) -> None:
    """
    Once, and not by a traceback; here it is only open for reading, which every system has.
    """
    with Journal(find_journal(find_state())) as journal:
        journal.write([make_state_entry(make_sighting(), "", 1e9)])

    done = spawn(lab, "1</dev/null", *words, PYTHONUNBUFFERED=unbuffered)

    assert (1, "Error: [Errno 9] Bad file descriptor\n") == (done.returncode, done.stderr)
