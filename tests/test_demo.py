"""The main job, from nothing to the drawn chooser, and that it leaves nothing behind."""

import subprocess
from pathlib import Path

from tests.install_lab import Checkout
from tests.tmux_lab import wait_for

DEADLINE_S = 240.0
"""Recordings play at their own pace: the first ask comes after twelve seconds."""


def list_processes() -> str:
    """
    Return the command lines of all processes.
    """
    words = ["ps", "-A", "-ww", "-o", "args="]
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout


def list_demos() -> set[Path]:
    """
    Return the folders of demos.
    """
    return set(Path("/tmp").glob("agent-status-demo.*"))  # noqa: S108  where demos live


def test_the_demo_draws_badges_and_chooser_and_leaves_nothing(clone: Checkout) -> None:
    """
    One command shows what the product is for, without a terminal too.
    """
    before = list_demos()

    done = subprocess.run(
        [str(clone.root / "scripts" / "demo"), "--print"],
        env=clone.env | {"TMUX": "/nowhere/default,1,0"},
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
        check=False,
    )

    assert 0 == done.returncode, done.stdout + done.stderr
    assert "0:build ▲" in done.stdout
    assert "rm -rf build && git push --force origin" in done.stdout
    assert "Claude Code · demo:0.0 · ~/shop · main" in done.stdout
    wait_for(lambda: list_demos() <= before, DEADLINE_S)
    wait_for(lambda: str(clone.folder) not in list_processes())


def test_the_tour_takes_every_step_and_leaves_nothing(clone: Checkout, tmp_path: Path) -> None:
    """
    A day with eight agents, from the first badge to uninstalling, with every frame kept.
    """
    before = list_demos()
    frames = tmp_path / "frames"

    done = subprocess.run(
        [str(clone.root / "scripts" / "demo"), "--tour", "--frames", str(frames)],
        env=clone.env,
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
        check=False,
    )

    assert 0 == done.returncode, done.stdout + done.stderr
    assert "The whole walk: 15 steps" in done.stdout
    assert {".txt", ".ansi", ".svg"} == {path.suffix for path in frames.iterdir()}
    assert "3 agents ask the same" in (frames / "05-alike.txt").read_text("utf-8")
    wait_for(lambda: list_demos() <= before, DEADLINE_S)
    wait_for(lambda: str(clone.folder) not in list_processes())


def test_without_a_terminal_the_demo_names_its_flag(clone: Checkout) -> None:
    """
    It neither hangs nor starts anything.
    """
    done = subprocess.run(
        [str(clone.root / "scripts" / "demo")],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
        check=False,
    )

    assert 2 == done.returncode
    assert "scripts/demo --print" in done.stderr
