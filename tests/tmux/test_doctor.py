"""What doctor finds: all well, or each problem with its mend."""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from agent_status.daemon.control import find_log
from agent_status.doctor import is_bad_since
from agent_status.install import plugin
from agent_status.paths import find_runtime
from agent_status.tmux.client import PartialError, Tmux
from tests.support.tmux_lab import Lab, open_lab, wait_for


@pytest.fixture
def lab(monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    """
    A server with the plugin loaded, a daemon, and a client; it came first, so that nothing else
    starts a daemon while a test stops it.
    """
    with open_lab(monkeypatch.setenv) as lab:
        lab.start()
        lab.attach()
        loaded = lab.run("load")
        assert 0 == loaded.returncode, loaded.stderr
        wait_for(lambda: lab.ask("ping"))
        yield lab
        lab.run("daemon", "stop")


def examine(lab: Lab, **extra: str) -> dict[str, dict[str, Any]]:
    """
    Return what doctor finds wrong, by where it is.
    """
    done = lab.run("doctor", "--json", **extra)
    report = json.loads(done.stdout)
    wrong = {row["where"]: row for row in report["findings"] if not row["ok"]}
    assert report["problems"] == sum(not row["ok"] for row in report["findings"])
    assert bool(wrong) == bool(done.returncode)
    assert all(row["problem"] and row["hint"] for row in wrong.values())
    return wrong


def test_a_sound_installation_has_no_problem(lab: Lab) -> None:
    """
    The exit code is 0, and versions, places and the daemon are named.
    """
    done = lab.run("doctor")

    assert 0 == done.returncode, done.stdout
    assert done.stdout.endswith("\nno problems\n")
    found = [" ".join(line.split()) for line in done.stdout.splitlines()]
    assert "ok key prefix A by @agent-status-key" in found
    assert "ok badges in window-status-format, window-status-current-format, status-right" in found
    assert any(line.startswith("ok daemon pid ") for line in found)


def test_a_bad_option_is_named_with_its_mend(lab: Lab) -> None:
    """
    The mend is a line of configuration.
    """
    lab.tmux("set-option", "-g", "@agent-status-icons", "emoji")

    wrong = examine(lab)

    assert ["@agent-status-icons"] == list(wrong)
    assert "set -g @agent-status-icons unicode" in wrong["@agent-status-icons"]["hint"]


def test_a_misspelt_option_is_named_with_the_nearest(lab: Lab) -> None:
    """
    Nothing says it otherwise: tmux takes any name.
    """
    lab.tmux("set-option", "-g", "@agent-status-popup-widht", "80%")

    wrong = examine(lab)

    assert ["@agent-status-popup-widht"] == list(wrong)
    assert "did you mean @agent-status-popup-width?" in wrong["@agent-status-popup-widht"]["hint"]


def test_a_bad_option_without_a_default_is_unset_to_mend_it(lab: Lab) -> None:
    """
    Which Python to install with is nobody's to guess.
    """
    lab.tmux("set-option", "-g", "@agent-status-python", "py\tthon")

    assert "set -gu @agent-status-python" in examine(lab)["@agent-status-python"]["hint"]


def test_a_key_that_somebody_else_has_is_named(lab: Lab) -> None:
    """
    Another plugin may have bound it later.
    """
    lab.tmux("bind-key", "A", "display-message", "mine")

    found = examine(lab)["@agent-status-key"]
    assert "prefix A is bound already, to display-message mine" == found["problem"]
    assert "set -g @agent-status-key to another key" in found["hint"]
    lab.tmux("set-option", "-g", "@agent-status-key", "A")
    found = examine(lab)["@agent-status-key"]
    assert "prefix A is not bound to agent-status, but to display-message mine" == found["problem"]


def test_a_key_by_another_name_is_no_problem(lab: Lab) -> None:
    """
    It is told as tmux calls it.
    """
    lab.tmux("set-option", "-g", "@agent-status-key", "pgup")
    plugin.load(Tmux(lab.inner), plugin.find_program())

    assert {} == examine(lab)
    assert "prefix PPage by @agent-status-key" in lab.run("doctor").stdout


def test_a_key_that_tmux_does_not_know_is_named(lab: Lab) -> None:
    """
    By tmux when it is loaded, and from then on.
    """
    lab.tmux("set-option", "-g", "@agent-status-next-key", "Hyper-x")
    with pytest.raises(PartialError, match="unknown key: Hyper-x"):
        plugin.load(Tmux(lab.inner), plugin.find_program())

    assert ["@agent-status-next-key"] == list(examine(lab))


def test_a_format_that_hides_the_badge_is_named(lab: Lab) -> None:
    """
    A theme that sets a window's own format does not show ours.
    """
    lab.tmux("set-option", "-w", "-t", "work", "window-status-format", "#W")

    (where,) = examine(lab)

    assert where.startswith("window-status-format of @")


def test_badges_that_are_placed_nowhere_are_named(lab: Lab) -> None:
    """
    With auto off nothing shows until the user places it.
    """
    lab.tmux("set-option", "-g", "@agent-status-auto", "off")
    plugin.load(Tmux(lab.inner), plugin.find_program())

    assert "#{@agent-status-window}" in examine(lab)["formats"]["hint"]
    lab.tmux("set-option", "-g", "status-right", "#{@agent-status-summary}")
    assert {} == examine(lab)


def test_a_missing_daemon_is_named(lab: Lab) -> None:
    """
    The mend is the command that starts it.
    """
    lab.run("daemon", "stop")

    assert "agent-status daemon start" in examine(lab)["daemon"]["hint"]


def test_a_folder_that_others_may_write_is_named(lab: Lab) -> None:
    """
    Nothing is read from it; the mend names the folder.
    """
    folder = find_runtime(lab.inner)
    folder.chmod(0o777)

    wrong = examine(lab)

    folder.chmod(0o700)
    assert str(folder) in wrong["runtime folder"]["problem"]


def test_a_broken_file_of_rules_is_named(lab: Lab) -> None:
    """
    The user learns which file, and that it is left out.
    """
    folder = lab.folder / "config" / "agent-status" / "agents"
    folder.mkdir(parents=True)
    (folder / "mine.toml").write_text("nonsense = [")

    (where,) = examine(lab)

    assert "mine.toml" in where


def test_errors_in_the_log_since_the_start_are_told(lab: Lab) -> None:
    """
    Those of a daemon before this one are history.
    """
    log = find_log(lab.inner)
    stamp = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(time.time() + 5))
    with log.open("a") as file:
        file.write("%1 2020-01-01 00:00:00,000 ERROR long ago\n")
        file.flush()
        assert {} == examine(lab)
        file.write(f"%1 {stamp},000 ERROR failed: boom\n")

    assert "failed: boom" in examine(lab)["log"]["problem"]


def test_without_a_server_the_rest_is_examined() -> None:
    """
    It does not need tmux to say what is wrong.
    """
    lab = Lab()
    try:
        assert [lab.inner] == list(examine(lab))
    finally:
        lab.close()


def test_a_tmux_that_is_not_there_is_named() -> None:
    """
    It is to be installed, whatever server there may be.
    """
    lab = Lab()
    try:
        problem = examine(lab, PATH=str(lab.folder))["tmux"]
    finally:
        lab.close()
    assert "no tmux is in PATH" == problem["problem"]
    assert "install tmux" in problem["hint"]


@pytest.mark.parametrize(
    ("line", "is_bad"),
    [
        ("%1 2026-01-02 03:04:05,678 ERROR x", True),
        ("- 2026-01-02 03:04:05,678 CRITICAL x", True),
        ("%1 2026-01-02 03:04:05,678 INFO x", False),
        ("%1 2020-01-02 03:04:05,678 ERROR x", False),
        ("%1 ERROR", False),
        (" ERROR  ERROR ", False),
        ("\x00 9999-99-99 ERROR x", False),
    ],
)
def test_a_line_of_the_log_is_read_or_passed_over(line: str, is_bad: bool) -> None:  # noqa: FBT001
    """
    What is no line of the log is no error.
    """
    since = time.mktime(time.strptime("2025-06-01", "%Y-%m-%d"))

    assert is_bad == is_bad_since(line, since)
