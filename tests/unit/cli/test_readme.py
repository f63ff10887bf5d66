"""The README says what is true: generated tables, commands, options and files that exist."""

import re
import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

from agent_status.cli import main
from agent_status.options import TABLE
from agent_status.recordings.player import HINT
from tests.support.places import ROOT

README = (ROOT / "README.md").read_text("utf-8")
SHOWN = ("pane", "window", "session", "summary")
RUNTIME = {f"@agent-status-{name}{end}" for name in SHOWN for end in ("", "-format")}


def find_commands(text: str) -> list[str]:
    """
    Return what follows `agent-status` where a command is meant.
    """
    code = re.findall(r"`agent-status ([a-z][^`]*)`", text)
    code += re.findall(r"(?m)^agent-status ([a-z].*)$", text)
    return code


def test_generated_tables_are_current() -> None:
    """
    Options, states, shapes and colours are those of the code.
    """
    words = [sys.executable, str(ROOT / "scripts" / "render-readme"), "--check"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)

    assert (0, "") == (done.returncode, done.stderr)


@pytest.mark.parametrize("words", find_commands(README))
def test_every_command_and_flag_named_exists(words: str) -> None:
    """
    What the README tells to type is in the help of that command.
    """
    name, *rest = words.split()
    path = [name, *rest[: isinstance(main.commands[name], click.Group)]]
    shown = CliRunner().invoke(main, [*path, "--help"]).output

    assert all(word in shown for word in rest if word.startswith("--"))


def test_every_command_is_named() -> None:
    """
    None of them has to be found by chance.
    """
    named = {words.split()[0] for words in find_commands(README)}

    assert set(main.commands) == named & set(main.commands)


def test_every_option_named_exists() -> None:
    """
    The options are those of the table, what we write ourselves, and a pane's hint.
    """
    named = set(re.findall(r"@agent-status-[a-z-]+[a-z]", README))

    assert named == {name for name, _ in TABLE} | RUNTIME | {"@agent-status-auto", HINT}


def test_every_file_named_exists() -> None:
    """
    Scripts, the picture and the agents' folder are there.
    """
    named = set(re.findall(r"(?<![\w/~-])(?:scripts|src|tests)/[\w./-]*\w", README))

    assert "scripts/picture.svg" in named
    assert not [path for path in named if not (ROOT / path).exists()]


def test_the_picture_is_small_and_names_no_machine() -> None:
    """
    It loads quickly and was drawn from the demo's own folders.
    """
    picture = (ROOT / "scripts" / "picture.svg").read_text("utf-8")

    assert len(picture.encode()) < 300_000
    assert "http" not in picture.replace("http://www.w3.org/", "")
    assert "/tmp" not in picture  # noqa: S108  a path, not a place to write to
