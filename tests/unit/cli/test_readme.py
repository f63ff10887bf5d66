"""README and topic pages say what is true: tables, commands, options, links and files exist."""

import re
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from agent_status.cli import main
from agent_status.cli.pages import find_summary, list_topics, read_topic
from agent_status.model import State
from agent_status.options import TABLE
from agent_status.recordings.player import HINT
from agent_status.tmux.tap_script import MEMORY
from tests.support.places import ROOT

README = ROOT / "README.md"
PICTURES = ("popup", "states")
PAGES = {topic: ROOT / f"src/agent_status/help/{topic}.md" for topic in list_topics()}
TEXTS = {path: path.read_text("utf-8") for path in (README, *PAGES.values())}
ALL_TEXT = "\n".join(TEXTS.values())
SHOWN = ("pane", "window", "session", "summary")
RUNTIME = {f"@agent-status-{name}{end}" for name in SHOWN for end in ("", "-format")}


def find_commands(text: str) -> list[str]:
    """
    Return what follows `agent-status` where a command is meant.
    """
    code = re.findall(r"`agent-status ([a-z][^`]*)`", text)
    fenced = "".join(re.findall(r"(?ms)^```sh\n(.*?)^```$", text))
    return code + re.findall(r"(?m)^agent-status ([a-z][^#\n]*)", fenced)


def find_links(text: str) -> list[str]:
    """
    Return where the links of a page lead, within the repository.
    """
    return [to for to in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in to]


def find_anchors(text: str) -> set[str]:
    """
    Return the anchors of a page's headings, as GitHub names them.
    """
    prose = re.sub(r"(?ms)^```.*?^```$", "", text)
    headings = re.findall(r"(?m)^#+ (.*)$", prose)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_readme_is_for_a_newcomer() -> None:
    """
    It is short; the rest stands in the pages.
    """
    assert len(TEXTS[README].splitlines()) <= 200


def test_generated_parts_are_current() -> None:
    """
    Options, states, shapes, colours, agents and topics are those of the code.
    """
    words = [sys.executable, str(ROOT / "scripts" / "render-readme"), "--check"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)

    assert (0, "") == (done.returncode, done.stderr)


@pytest.mark.parametrize("topic", PAGES)
def test_a_page_begins_with_its_summary(topic: str) -> None:
    """
    A title, and one line, which the list of topics shows.
    """
    lines = read_topic(topic).split("\n")

    assert lines[0].startswith("# ")
    assert re.fullmatch(r"[A-Z][^`*]{,99}\.", find_summary(read_topic(topic)))
    assert ["", ""] == [lines[1], lines[3]]


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.name)
def test_every_link_leads_somewhere(path: Path) -> None:
    """
    To a file of the repository and, if it names one, to a heading there.
    """
    for link in find_links(TEXTS[path]):
        name, _, anchor = link.partition("#")
        target = (path.parent / name).resolve() if name else path
        assert target.exists(), link
        assert not anchor or anchor in find_anchors(target.read_text("utf-8")), link


def test_readme_links_to_every_page() -> None:
    """
    None of them has to be found by chance.
    """
    linked = {
        (README.parent / link.partition("#")[0]).resolve() for link in find_links(TEXTS[README])
    }

    assert set(PAGES.values()) <= linked


@pytest.mark.parametrize("words", find_commands(ALL_TEXT))
def test_every_command_and_flag_named_exists(words: str) -> None:
    """
    What the pages tell to type is in the help of that command.
    """
    name, *rest = words.split()
    path = [name, *rest[: isinstance(main.commands[name], click.Group)]]
    shown = CliRunner().invoke(main, [*path, "--help"]).output

    assert all(word in shown for word in rest if word.startswith("--"))


def test_one_page_has_a_row_for_every_command() -> None:
    """
    None of them has to be found by chance.
    """
    rows = re.findall(r"(?m)^\| `agent-status ([a-z]+)", read_topic("scripting"))

    assert sorted(main.commands) == sorted(rows)


def test_one_page_has_a_row_for_every_option() -> None:
    """
    And no page but that one, except for README's ten.
    """
    rows = {
        path: re.findall(r"(?m)^\| `(@agent-status-[\w-]+)`", text) for path, text in TEXTS.items()
    }

    assert [name for name, _ in TABLE] == rows[PAGES["options"]]
    assert 10 == len(rows[README])


def test_every_option_named_exists() -> None:
    """
    The options are those of the table, what we write ourselves, and a pane's hint.
    """
    named = set(re.findall(r"@agent-status-[a-z-]+[a-z]", ALL_TEXT))

    assert named == {name for name, _ in TABLE} | RUNTIME | {"@agent-status-auto", HINT, MEMORY}


def test_every_file_named_exists() -> None:
    """
    Scripts, the pictures and the agents' folder are there.
    """
    named = set(re.findall(r"(?<![\w/~.-])(?:scripts|src|tests)/[\w./-]*\w", ALL_TEXT))

    assert {f"scripts/pictures/{name}.svg" for name in PICTURES} <= named
    assert not [path for path in named if not (ROOT / path).exists()]


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_small_and_stands_alone(name: str) -> None:
    """
    It loads quickly, runs no script, loads nothing, and names no folder of this machine.
    """
    picture = (ROOT / "scripts" / "pictures" / f"{name}.svg").read_text("utf-8")

    assert len(picture.encode()) < 300_000
    assert not re.search(r"<script|http(?!://www\.w3\.org/)|/tmp|/root", picture)


def test_the_still_picture_shows_every_state() -> None:
    """
    And the moving one needs nothing but CSS to move.
    """
    still, moving = (
        (ROOT / "scripts" / "pictures" / f"{name}.svg").read_text("utf-8")
        for name in ("states", "popup")
    )

    assert {state for state in State if state is not State.NONE} == {
        state for state in State if f">{state}</text>" in still
    }
    assert "@keyframes" in moving
    assert "prefers-reduced-motion" in moving
