"""The command line: what it prints and how it ends."""

import json
import pwd
import re
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from inline_snapshot import snapshot

from agent_status.cli import main
from tests.support.places import RECORDINGS

FOLDER = RECORDINGS
CAST = str(FOLDER / "claude" / "shell_permission-60x20.cast.gz")


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))


def test_replay_prints_one_object_a_line() -> None:
    """
    `replay --json` is JSON lines.
    """
    result = CliRunner().invoke(main, ["replay", CAST, "--json"])

    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert 0 == result.exit_code
    assert [(line["state"], line["reason"]) for line in lines] == snapshot(
        [
            ("none", ""),
            ("unknown", "nothing on its screen is known"),
            ("idle", "at its prompt"),
            ("working", "Pondering"),
            ("approval", "make slow-test"),
            ("working", "Doing"),
            ("finished", "its turn is over"),
            ("none", ""),
        ]
    )


def test_explain_names_winner_losers_and_the_regions_text() -> None:
    """
    A puzzled user sees all evidence.
    """
    result = CliRunner().invoke(main, ["explain", CAST, "--at", "13"])

    assert 0 == result.exit_code
    assert result.stdout == snapshot("""\
shell_permission-60x20.cast.gz at 13.00 s: Claude Code, known by process claude, pid 54
state     approval, for 1s
reason    make slow-test
rule      claude/tool-permission
asks      Do you want to proceed?
  command make slow-test
  > 1: Yes
    2: Yes, and don’t ask again for: make slow-test *
    3: No
  fingerprint 28e608a5008b817d

evidence, heaviest first:
  won   92 approval  screen in dialog: claude/tool-permission | Do you want to
  lost  50 approval  dialog in dialog: claude/dialog | Do you want to proceed?
  lost   2 unknown   process: claude/present | process claude

region dialog:
  | ────────────────────────────────────────────────────────────
  |  Bash command
  |
  |    make slow-test
  |    Run the slow tests
  |
  |  This command requires approval
  |
  |  Do you want to proceed?
  |  ❯ 1. Yes
  |    2. Yes, and don’t ask again for: make slow-test *
  |    3. No
  |
  |  Esc to cancel · Tab to amend · ctrl+e to explain

region title:
  | ✳ Demo task

region last-item:
  | ● Bash(make slow-test)
  |   ⎿ ⟨U+00A0⟩Waiting…
  |
  | ────────────────────────────────────────────────────────────
  |  Bash command
  |
  |    make slow-test
  |    Run the slow tests
  |
  |  This command requires approval
  |
  |  Do you want to proceed?
  |  ❯ 1. Yes
  |    2. Yes, and don’t ask again for: make slow-test *
  |    3. No
  |
  |  Esc to cancel · Tab to amend · ctrl+e to explain
""")


@pytest.mark.parametrize("command", ["replay", "explain", "play"])
def test_what_is_no_recording_ends_with_one(command: str, tmp_path: Path) -> None:
    """
    One line on stderr names the file.
    """
    path = tmp_path / "x.cast"
    path.write_text("hello\n", "utf-8")

    result = CliRunner().invoke(main, [command, str(path)])

    assert 1 == result.exit_code
    assert f"Error: {path}: its first line is no asciicast header\n" == result.stderr


@pytest.mark.parametrize("name", sorted(main.commands))
def test_every_command_explains_itself(name: str) -> None:
    """
    `-h` tells what it does and how it ends.
    """
    if main.commands[name].hidden:
        return
    result = CliRunner().invoke(main, [name, "-h"])

    assert 0 == result.exit_code
    assert "Exit code" in result.stdout or isinstance(main.commands[name], click.Group)


def list_commands(group: click.Group, *above: str) -> list[tuple[str, ...]]:
    """
    The words of every command that is not hidden, groups and what is below them.
    """
    found = [above]
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            found += list_commands(command, *above, name)
        elif not command.hidden:
            found.append((*above, name))
    return found


@pytest.mark.parametrize("width", [60, 80, 200])
@pytest.mark.parametrize("words", list_commands(main), ids=" ".join)
def test_help_fits_a_terminal_and_cuts_nothing(words: tuple[str, ...], width: int) -> None:
    """
    Neither a literal escape nor an ellipsis stands in it.
    """
    result = CliRunner().invoke(main, [*words, "-h"], terminal_width=width)

    assert 0 == result.exit_code
    assert "\\" not in result.stdout
    assert not re.search(r"(?<![\]A-Z])\.\.\.", result.stdout)
    if width >= 80:  # a table of codes and a line to copy are not wrapped
        assert [] == [line for line in result.stdout.splitlines() if len(line) > width]


def test_help_has_every_command_below_one_heading() -> None:
    """
    In the order in which one needs them.
    """
    shown = CliRunner().invoke(main, ["-h"]).stdout

    headings = re.findall(r"^(\w+):$", shown, re.MULTILINE)
    assert ["Options", "Look", "Act", "Review", "Tune", "Repair"] == headings
    names = re.findall(r"^  ([a-z]+)  +\S", shown, re.MULTILINE)
    assert sorted(names) == sorted(name for name, one in main.commands.items() if not one.hidden)
    assert ["list", "watch", "explain"] == names[:3]


@pytest.mark.parametrize("words", [["hooks", "status"], ["doctor"], ["agents", "list"]])
def test_without_a_home_folder_it_says_so(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    In a container the user may have no account, and HOME no value.
    """
    monkeypatch.setenv("HOME", "")
    monkeypatch.setenv("TMUX", f"{tmp_path}/no-server,1,0")
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.setattr(pwd, "getpwuid", {}.__getitem__)

    result = CliRunner().invoke(main, words)

    assert (1, "Error: no home folder is known: set HOME\n") == (result.exit_code, result.stderr)
