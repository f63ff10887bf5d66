"""The chooser as it is drawn: a popup of a real tmux, in a client that another tmux captures."""

import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from agent_status.protocol.client import find_socket
from tests.support.chooser_lab import FOLDER, LiteralDaemon, order_agents
from tests.support.places import ROOT
from tests.support.tmux_lab import Lab, open_lab, wait_for

OTHER = "echo the other side; exec cat"


@dataclass(frozen=True)
class Stage:
    """A lab with a daemon, a client, and a key that opens the chooser."""

    lab: Lab
    daemon: LiteralDaemon

    def open_popup(self, *words: str) -> str:
        """Press the key, and return what is drawn once it holds all of `words`."""
        self.lab.press("C-b", "A")
        return self.wait_drawn("─┐", *words)

    def wait_drawn(self, *words: str) -> str:
        """Return what is drawn once it holds all of `words`."""
        drawn = ""

        def find() -> bool:
            nonlocal drawn
            drawn = self.lab.drawn()
            return all(word in drawn for word in words)

        with report_drawn(lambda: drawn):
            wait_for(find)
        return drawn

    def wait_closed(self) -> str:
        """Return what is drawn once there is no popup."""

        def find() -> str:
            drawn = self.lab.drawn()
            return "" if "─┐" in drawn else drawn

        return wait_for(find)


@contextmanager
def report_drawn(read: Callable[[], str]) -> Iterator[None]:
    """Add what was drawn last to the reason why a test failed."""
    try:
        yield
    except AssertionError as error:
        error.add_note(read())
        raise


@pytest.fixture
def stage(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    """Set the stage, in the size that the test asks for."""
    width, height = getattr(request, "param", (80, 24))
    with open_lab(monkeypatch.setenv) as lab:
        lab.start(width=width, height=height)
        lab.attach(width=width, height=height)
        lab.tmux("new-session", "-d", "-s", "far", "-x", str(width), "-y", str(height), OTHER)
        lab.tmux("set-option", "-g", "escape-time", "0")
        stale = ["env", "COLUMNS=150", "LINES=60"]
        command = shlex.join([*stale, sys.executable, "-m", "agent_status", "choose"])
        named = f"env AGENT_STATUS_CLIENT=#{{client_name}} {command}"
        lab.tmux("bind-key", "A", "run-shell", "-C", f"display-popup -EE -w 90% -h 80% {named}")
        daemon = LiteralDaemon(find_socket(lab.inner))
        try:
            yield Stage(lab, daemon)
        finally:
            daemon.die()


def find_pane(lab: Lab, session: str) -> str:
    """Return the pane of a session."""
    return lab.tmux("list-panes", "-t", session, "-F", "#{pane_id}").strip()


def show_client(lab: Lab) -> str:
    """Return the session and pane that the client shows."""
    return lab.tmux("list-clients", "-F", "#{session_name} #{pane_id}").strip()


@pytest.mark.parametrize("stage", [(80, 24), (200, 50), (44, 18)], indirect=True)
def test_the_popup_is_drawn_whole(stage: Stage) -> None:
    """
    The key opens a popup with list, ask, preview and keys, inside its frame.

    The server's environment holds the size of another terminal, as it may.
    """
    drawn = stage.open_popup("6 need you", "▌ ▲", "edit wc.py", "┃ 1  Yes", "↵ jump")

    inside = [line for line in drawn.splitlines() if "│" in line]
    assert 1 == len({(line.index("│"), line.rindex("│")) for line in inside})


def test_enter_takes_the_client_there(stage: Stage) -> None:
    """
    Enter closes the popup, and the client that opened it is in the chosen pane.
    """
    pane = find_pane(stage.lab, "far")
    report = order_agents("%9", "%4")
    report["agents"][1]["pane"] = pane
    stage.daemon.say(report)
    stage.open_popup("git push", "edit wc.py")

    stage.lab.press("j")
    stage.wait_drawn("▌ ▲ approval", "┃ Do you want to make this edit to wc.py?")
    stage.lab.press("Enter")

    assert "the other side" in stage.wait_closed()
    wait_for(lambda: show_client(stage.lab) == f"far {pane}")
    wait_for(lambda: stage.daemon.seen == [pane])


def test_enter_in_a_pane_takes_the_client_there_that_shows_it(stage: Stage) -> None:
    """
    What it inherits names another client, which stays where it is.
    """
    lab, form = stage.lab, "#{client_name} #{session_name}"
    first = lab.tmux("list-clients", "-F", "#{client_name}").strip()
    lab.attach(session="far", width=80, height=24)
    wait_for(lambda: 2 == len(lab.tmux("list-clients").splitlines()))
    lab.tmux("new-session", "-d", "-s", "third", OTHER)
    report = order_agents("%4")
    report["agents"][0]["pane"] = find_pane(lab, "third")
    stage.daemon.say(report)

    command = shlex.join([sys.executable, "-m", "agent_status", "choose"])
    named = f"env AGENT_STATUS_CLIENT={first} {command}"
    lab.tmux("respawn-pane", "-k", "-t", "far:", f"{named}; exec cat")
    wait_for(lambda: "↵ jump" in lab.tmux("capture-pane", "-p", "-t", "far:"))
    lab.tmux("send-keys", "-t", "far:", "Enter")

    wait_for(lambda: " third" in lab.tmux("list-clients", "-F", form))
    assert f"{first} work" in lab.tmux("list-clients", "-F", form).splitlines()


def test_of_two_popups_each_takes_its_own_client(stage: Stage) -> None:
    """
    The one that was opened last, and in a terminal used last, moves no other.
    """
    lab, form = stage.lab, "#{session_name}"
    report = order_agents("%4")
    report["agents"][0]["pane"] = find_pane(lab, "far")
    stage.daemon.say(report)
    lab.tmux("new-session", "-d", "-s", "second", OTHER)
    stage.open_popup("1 needs you")
    lab.attach(session="second", width=80, height=24)
    wait_for(lambda: 2 == len(lab.tmux("list-clients").splitlines()))
    stage.open_popup("1 needs you")

    lab.press("-t", "0:", "Enter")

    wait_for(lambda: "far\nsecond" == lab.tmux("list-clients", "-F", form).strip())
    assert "1 needs you" in lab.drawn()


@pytest.mark.parametrize("key", ["q", "Escape"])
def test_closing_goes_nowhere(stage: Stage, key: str) -> None:
    """
    Closed without a choice the popup is gone, and the client is where it was.
    """
    before = show_client(stage.lab)
    stage.open_popup("edit wc.py")

    stage.lab.press(key)

    stage.wait_closed()
    assert before == show_client(stage.lab)


@pytest.mark.parametrize("escape_time", ["0", "500"])
def test_escape_is_never_taken_for_alt(stage: Stage, escape_time: str) -> None:
    """
    With a key right behind it it leaves the box and keeps the draft, and then closes the popup.
    """
    stage.lab.tmux("set-option", "-s", "escape-time", escape_time)
    before = show_client(stage.lab)
    stage.open_popup("edit wc.py")
    stage.lab.press("G")
    stage.wait_drawn("▌ ○ idle")
    stage.lab.press("-l", "rhalf")
    stage.wait_drawn("half", "Alt+↵ new line")

    stage.lab.press("Escape", "k")
    stage.wait_drawn("▌ ▸ working")
    stage.lab.press("-l", "Gr")
    assert "halfk" not in stage.wait_drawn("half", "Alt+↵ new line")
    stage.lab.press("Escape")
    stage.wait_drawn("The draft is kept.")
    stage.lab.press("Escape", "Enter")

    stage.wait_closed()
    assert before == show_client(stage.lab)


def test_the_drawn_list_is_live(stage: Stage) -> None:
    """
    What the daemon says while the popup is open is drawn, and its end is said.
    """
    stage.open_popup("6 need you")

    stage.daemon.say(order_agents("%11", "%5"))
    stage.wait_drawn("1 needs you", "move the subnets")
    stage.daemon.die()
    stage.wait_drawn("The agent-status daemon is not running.", "Press s to start it.")


def test_a_pane_that_went_away_is_said(stage: Stage) -> None:
    """
    Enter on a pane that tmux has closed meanwhile keeps the popup open with the reason.
    """
    report = order_agents("%9")
    report["agents"][0]["pane"] = "%77"
    stage.daemon.say(report)
    stage.open_popup("git push")

    stage.lab.press("Enter")

    stage.wait_drawn("there is no pane %77 any more")


def test_the_mouse_reaches_the_popup(stage: Stage) -> None:
    """
    A click on a row of the drawn popup selects it, and the wheel moves on.
    """
    stage.lab.tmux("set-option", "-g", "mouse", "on")
    lines = stage.open_popup("Which database").splitlines()
    row = next(number for number, line in enumerate(lines) if "Which database" in line)
    at = f"{lines[row].index('Which') + 1};{row + 1}"

    stage.lab.press("-l", f"\x1b[<0;{at}M")
    stage.lab.press("-l", f"\x1b[<0;{at}m")
    stage.wait_drawn("▌ ? question", "┃ 1  SQLite in memory")
    stage.lab.press("-l", f"\x1b[<65;{at}M")
    stage.wait_drawn("▌ ◆ plan")


def test_hostile_words_stay_in_their_cells(stage: Stage) -> None:
    """
    Whatever pane text holds, the popup's frame stands and nothing of it is obeyed.
    """
    report = order_agents("%9", "%4")
    words = "\x1b[2J\x1b]0;owned\x07 #[bg=red] #(touch owned) \u202etfel [red]x[/] "
    words += "漢字 👩\u200d👧 🇩🇪\r\n\t"
    for agent in report["agents"]:
        agent.update(reason=words * 3, branch=words, folder=words, place=words, name=words)
        agent["ask"].update(question=words, command=words)
    stage.daemon.screen = {"rows": [[words, [[0, 3, {"fg": words}]]]] * 30}
    stage.daemon.say(report)

    drawn = stage.open_popup("2 need you", "[red]x[/]", "↵ jump")

    inside = [line for line in drawn.splitlines() if line.strip().startswith("│")]
    assert 17 == len(inside)
    assert all(line.rstrip().endswith("│") for line in inside)
    assert "owned" not in stage.lab.tmux("display-message", "-p", "#{pane_title}")


def test_choose_without_a_terminal_says_so(stage: Stage) -> None:
    """
    In a pipe the command says what it needs, instead of drawing into it.
    """
    done = stage.lab.run("choose")

    assert (1, "") == (done.returncode, done.stdout)
    assert "choose needs a terminal" in done.stderr


def test_choose_without_a_server_says_so(stage: Stage) -> None:
    """
    The popup's program says that there is no tmux server, with its exit code.
    """
    lab = stage.lab
    command = shlex.join([sys.executable, "-m", "agent_status", "choose"])
    nowhere = lab.folder / "nowhere"

    lab.tmux(
        "respawn-pane",
        "-k",
        "-t",
        "work",
        f"env TMUX={nowhere},1,0 {command}; echo code $?; exec cat",
    )

    stage.wait_drawn("there is no tmux server", "code 3")


def test_the_picture_is_whole_and_stands_alone(tmp_path: Path) -> None:
    """
    The script for the documentation writes an SVG that loads nothing from elsewhere.
    """
    script = ROOT / "scripts" / "chooser-picture"

    subprocess.run([sys.executable, script, tmp_path / "a.svg", "--size", "70x20"], check=True)

    picture = (tmp_path / "a.svg").read_text("utf-8")
    assert ET.fromstring(picture).tag.endswith("svg")  # noqa: S314  it is our own
    assert 1 == picture.count("http")
    assert "edit&#160;wc.py" in picture


def test_the_kept_pictures_show_what_is_drawn_now(tmp_path: Path) -> None:
    """
    The pictures beside the frames are what scripts/chooser-picture --all draws.
    """
    script = ROOT / "scripts" / "chooser-picture"

    subprocess.run([sys.executable, script, "--all", tmp_path], check=True)

    drawn = {path.name: path.read_text("utf-8") for path in tmp_path.glob("*.svg")}
    kept = {path.name: path.read_text("utf-8") for path in FOLDER.glob("*.svg")}
    assert sorted(drawn) == sorted(kept)
    assert [] == [name for name, page in drawn.items() if page != kept[name]]
