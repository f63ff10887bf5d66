"""The main job, from nothing to the drawn chooser, and that it leaves nothing behind."""

import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.install_lab import Checkout
from tests.support.tmux_lab import Lab, wait_for

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
    assert "The whole walk: 23 steps" in done.stdout
    assert {".txt", ".ansi", ".svg"} == {path.suffix for path in frames.iterdir()}
    assert "3 agents ask the same" in (frames / "05-alike.txt").read_text("utf-8")
    assert "rm -rf build · dangerous" in (frames / "12-ran.txt").read_text("utf-8")
    assert ["agent-status"] == [path.name for path in (clone.folder / "data").iterdir()]
    wait_for(lambda: list_demos() <= before, DEADLINE_S)
    wait_for(lambda: str(clone.folder) not in list_processes())


class Screen:
    """
    A terminal with the demo in it; `code` stands there with its exit code once it has ended.
    """

    def __init__(self, lab: Lab, clone: Checkout) -> None:
        self.lab = lab
        self.data = clone.env["XDG_DATA_HOME"]
        self.demo = str(clone.root / "scripts" / "demo")

    def open(self, width: int, height: int, change: str = "-u TMUX") -> None:
        """
        Run the demo.
        """
        words = f"env {change} XDG_DATA_HOME={shlex.quote(self.data)} {shlex.quote(self.demo)}"
        self.lab.start(f"{words}; echo code $?; exec cat", width, height)

    def look(self) -> str:
        """
        Return what is drawn.
        """
        return self.lab.tmux("capture-pane", "-p", "-t", "work")

    def see(self, *words: str, never: str = "\0", looks: int = 1) -> str:
        """
        Return what is drawn once it holds all of the words, and not `never`, so many looks long.
        """
        seen = 0

        def find() -> str:
            nonlocal seen
            drawn = self.look()
            seen = seen + 1 if all(word in drawn for word in words) and never not in drawn else 0
            return drawn if seen >= looks else ""

        try:
            return wait_for(find)
        except AssertionError as error:
            message = f"{words} are not in:\n{self.look()}"
            raise AssertionError(message) from error

    def read(self, *words: str) -> None:
        """
        See the words for so long that a key counts: none does right after a change.
        """
        self.see(*words, looks=25)

    def press(self, *keys: str) -> None:
        """
        Press keys.
        """
        self.lab.tmux("send-keys", "-t", "work", *keys)


@pytest.fixture
def screen(clone: Checkout) -> Iterator[Screen]:
    """
    A terminal of 80x24 or of what a test opens it with.
    """
    lab = Lab()
    before = list_demos()
    yield Screen(lab, clone)
    lab.close()
    wait_for(lambda: list_demos() <= before)


CORNER = "─┐"
"""Of the chooser."""
HINTS = ("then A: every agent", "Ctrl-q: ends the demo")


@pytest.mark.parametrize("size", [(80, 24), (140, 40)])
def test_the_demo_can_be_played_and_ends_with_one_key(
    screen: Screen, size: tuple[int, int]
) -> None:
    """
    What it asks is answered from the chooser, the work goes on, and its result can be reviewed.
    """
    screen.open(*size)
    start = screen.see("0:build ▲", "4:deploy ✗", "rm -rf build", *HINTS)
    assert all("Ctrl-b, then" in line for line in start.rstrip("\n").split("\n")[-2:])

    screen.press("C-b", "A")
    screen.read("4 need you", "─ Claude Code · demo:0.0", "y allow")
    screen.press("y")
    screen.read("y again sends 1 (Yes)")
    screen.press("y")
    screen.see("Sent 1 (Yes); it works.", "3 need you")
    screen.see("± review", "1 file +1 -0")
    screen.press("q")
    screen.see("● Released.", *HINTS, never=CORNER)
    screen.press("C-b", "n")
    screen.see("$ make test", "Press enter to confirm")

    screen.press("C-q")
    screen.see("code 0")


def test_a_codex_in_the_demo_asks_for_the_next_command(screen: Screen) -> None:
    """
    Each of them obeys its own keys.
    """
    screen.open(80, 24)
    screen.see("1:login ▲", *HINTS)
    screen.press("C-b", "1")
    screen.see("$ make test")

    screen.press("y")

    screen.see("$ git diff --stat", "1:login ▲")
    screen.press("C-q")
    screen.see("code 0")


def test_within_a_tmux_the_demo_has_a_prefix_of_its_own(screen: Screen) -> None:
    """
    The user's own would take the key away.
    """
    screen.open(80, 24, "DEMO=1")

    screen.see("0:build ▲", "Ctrl-a, then A: every agent")
    screen.press("C-a", "A")
    screen.see("4 need you")
    screen.press("q")
    screen.see(*HINTS, never=CORNER)
    screen.press("C-q")
    screen.see("code 0")


@pytest.mark.parametrize("size", [(79, 24), (80, 23)])
def test_a_terminal_that_is_too_small_is_told_so(screen: Screen, size: tuple[int, int]) -> None:
    """
    Nothing is started in it.
    """
    screen.open(*size)

    width, height = size
    drawn = " ".join(screen.see("code 2").split())
    assert f"demo: this terminal has {width}x{height}, which is too small" in drawn
    assert "80x24" in drawn


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
