"""A user's own agent: what its file may hold, what is wrong in it, and what its rules do."""

from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from agent_status.agents.files import load_agents
from agent_status.agents.lint import lint_rules
from agent_status.agents.loader import parse_agent
from agent_status.agents.schema import REGIONS
from agent_status.cli import main
from agent_status.detect import reference
from agent_status.detect.evidence import WEIGHTS
from agent_status.toml_tables import find_line, list_keys
from tests.support.places import RECORDINGS

FOLDER = RECORDINGS
GOOD = """name = "Mine"

[identify]
names = ["codex"]

[[rule]]
id = "asks"
says = "approval"
region = "dialog"
all = ['would you like to run']

[[rule]]
id = "works"
says = "working"
region = "title"
any = ['^[⠁-⣿] ']

[[rule]]
id = "waits"
says = "idle"
region = "bottom"
any = ['^› ']

[[rule]]
id = "sings"
says = "error"
region = "bottom"
any = ['la la la']
"""
BAD = """# mine
name = "Mine"
colour = "red"

[identify]
names = "x"

[[rule]]
id = "a"
says = "idle"
region = "box"

[[rule]]
id = "b"
says = "workin"
any = [
  'fine',
  '(',
]
keys = { pick = "line", nxt = "Up" }

[[request]]
head = 3
"""


def run_agents(tmp_path: Path, *words: str | Path) -> Result:
    """
    Run a command about agents with a configuration of the test's own.
    """
    env = {"XDG_CONFIG_HOME": str(tmp_path / "config")}
    return CliRunner().invoke(main, ["agents", *map(str, words)], env=env)


def write_own(tmp_path: Path, text: str) -> Path:
    """
    Write an agent's file as a user would.
    """
    folder = tmp_path / "config" / "agent-status" / "agents"
    folder.mkdir(parents=True)
    path = folder / "codex.toml"
    path.write_text(text, "utf-8")
    return path


def test_the_schema_tells_every_key_and_no_other() -> None:
    """
    What is printed and what is read cannot drift apart.
    """
    for _, made, _, keys in reference.SECTIONS:
        assert set(keys) == {*list_keys(made)} - {"kind"}
    assert set(REGIONS) == set(reference.REGION_WORDS)


def test_the_schema_tells_what_must_be_there_and_what_is_the_default(tmp_path: Path) -> None:
    """
    Both come from the values themselves.
    """
    text = run_agents(tmp_path, "schema").output

    assert " *name       text" in text
    assert "it is an old" in text
    assert "[8]" in text
    assert f"screen/plan {max(WEIGHTS.values())}" in text
    assert max(map(len, text.split("\n"))) <= 100


def test_everything_that_is_wrong_is_told_with_its_line(tmp_path: Path) -> None:
    """
    Line, key, reason, mend; one run is enough.
    """
    path = write_own(tmp_path, BAD)

    done = run_agents(tmp_path, "check", path)

    lines = done.stderr.replace(f"{path}:", "").split("\n")
    assert 1 == done.exit_code
    assert [
        "3: unknown key 'colour'; known",
        "6: identify: names: 'x' is not",
        "15: rule: b: says: 'workin' is",
        "16: rule: b: any: '(' is not a",
        "20: rule: b: keys: unknown key",
        "13: rule: b: lacks region (age",
        "23: request: head: 3 is not a ",
    ] == [line[:30] for line in lines[:7]]
    assert "(did you mean 'working'?)" in lines[2]
    assert "single quotes" in lines[3]
    assert "(did you mean 'next'?)" in lines[4]
    assert "7 of its values are wrong" in done.stderr


def test_a_file_that_is_no_toml_is_told_with_its_line(tmp_path: Path) -> None:
    """
    The parser's own words, and where.
    """
    path = write_own(tmp_path, 'name = "x"\nitem = [\n')

    done = run_agents(tmp_path, "check", path)

    assert (1, True) == (done.exit_code, f"{path}:" in done.stderr)
    assert "not TOML" in done.stderr


def test_rules_are_tried_on_recordings(tmp_path: Path) -> None:
    """
    States over time, how often each rule held and won, and which never did.
    """
    path = write_own(tmp_path, GOOD)
    shown = FOLDER / "codex" / "shell_permission-60x20.cast.gz"

    done = run_agents(tmp_path, "check", path, shown)

    assert (0, "") == (done.exit_code, done.stderr)
    assert "codex/asks" in done.output
    counts = {
        words[2]: (int(words[0]), int(words[1]))
        for words in map(str.split, done.output.split("\n"))
        if len(words) > 2 and words[0].isdecimal() and words[1].isdecimal()
    }
    assert {"asks", "works", "waits", "sings"} == set(counts)
    assert all(won and held >= won for held, won in list(counts.values())[:3])
    assert (0, 0) == counts["sings"]
    assert "sings  <- never" in done.output


def test_an_agent_that_is_not_in_the_recording_is_told(tmp_path: Path) -> None:
    """
    A rule that never held may not be to blame.
    """
    path = tmp_path / "other.toml"
    path.write_text(GOOD.replace("codex", "other"), "utf-8")

    done = run_agents(tmp_path, "check", path, FOLDER / "amp" / "login_screen-100x30.cast.gz")

    assert 0 == done.exit_code
    assert "Mine was never found in it" in done.output


def test_a_file_that_is_no_recording_ends_with_one(tmp_path: Path) -> None:
    """
    The message names it.
    """
    path = write_own(tmp_path, GOOD)

    done = run_agents(tmp_path, "check", path, path)

    assert 1 == done.exit_code
    assert "no asciicast header" in done.stderr


def test_the_list_tells_whose_rules_are_in_force(tmp_path: Path) -> None:
    """
    A user's file stands in the place of the packaged one, with its path.
    """
    path = write_own(tmp_path, GOOD)

    done = run_agents(tmp_path, "list")

    lines = {line.split()[0]: line for line in done.output.split("\n") if line}
    assert 0 == done.exit_code
    assert {agent.kind for agent in load_agents(tmp_path)[0].agents} == set(lines)
    assert str(path) in lines["codex"]
    assert "packaged" in lines["claude"]
    assert "process codex" in lines["codex"]


def test_a_refused_file_is_told_in_the_list(tmp_path: Path) -> None:
    """
    The packaged rules stay in force.
    """
    write_own(tmp_path, BAD)

    done = run_agents(tmp_path, "list")

    assert 1 == done.exit_code
    assert "refused:" in done.stderr
    assert "(and 6 more)" in done.stderr
    line = next(line for line in done.stdout.split("\n") if line.startswith("codex"))
    assert "packaged" in line


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('name = "x"', ["names no process", "no rule says 'working'", "no rule says 'idle'"]),
        (
            GOOD + '[[rule]]\nid = "asks"\nsays = "question"\nregion = "screen"\n',
            ["2 rules have the id 'asks'", "it has no test", "also found in quoted text"],
        ),
        (
            GOOD + '[[rule]]\nid = "z"\nsays = "idle"\nregion = "box"\nany = ["x"]\n',
            ["there is no [[box]]"],
        ),
        (GOOD, []),
    ],
)
def test_what_is_hardly_meant_is_doubted(text: str, told: list[str]) -> None:
    """
    It is allowed, but said.
    """
    doubts = lint_rules(parse_agent("x", text))

    assert len(told) == len(doubts)
    assert all(words in doubt for words, doubt in zip(told, doubts, strict=True))


def test_a_place_that_is_not_found_is_the_table_or_the_first_line() -> None:
    """
    A line is told in any case.
    """
    assert 13 == find_line(BAD, ("rule", 1, "style", 0, "text"))
    assert 1 == find_line(BAD, ("nothing",))


def test_every_command_about_agents_tells_its_exit_codes() -> None:
    """
    As all commands do.
    """
    group = main.commands["agents"]
    assert isinstance(group, click.Group)

    assert all("Exit code" in (one.help or "") for one in group.commands.values())
