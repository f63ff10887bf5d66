"""The command `help`, and Markdown as text for a terminal."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click import unstyle
from click.testing import CliRunner

from agent_status.cli import main
from agent_status.cli.markdown import MIN_CELL, render_markdown
from agent_status.cli.pages import list_topics, read_topic

PAGE = """\
# A title

Some `code here` with **bold words**, a [page](risk.md), a [part of it](risk.md#how),
a [file](../x.toml) and a [site](https://example.org/).

- first item, which is wrapped
- second

<!-- part -->
| key | action |
|---|---|
| `a` | does **this** |
| `bcd` | does that, at some length |
<!-- /part -->

```sh
ls *.md | `x`
```

1. one
2. two
"""
SHOWN = """\
A title

Some code here with bold words,
a page (help risk), a part of it
(help risk), a file and a site
(https://example.org/).

- first item, which is wrapped
- second

key  action
a    does this
bcd  does that, at some length

    ls *.md | `x`

1. one
2. two
"""


def run(*words: str) -> tuple[int, str]:
    """
    Return how the command ends, and all that it prints.
    """
    done = CliRunner().invoke(main, ["help", *words])
    return done.exit_code, done.output


def test_markdown_is_shown_without_its_marks() -> None:
    """
    Links as text, tables aligned, code as it is.
    """
    assert SHOWN == unstyle(render_markdown(PAGE, 32))


def test_headings_bold_and_code_are_styled() -> None:
    """
    Each word alone, so that no style goes on over the end of a line.
    """
    text = render_markdown(PAGE, 32)

    assert "\x1b[1mA title\x1b[0m\n" in text
    assert "\x1b[1mbold\x1b[0m \x1b[1mwords\x1b[0m," in text
    assert "\x1b[36mcode\x1b[0m \x1b[36mhere\x1b[0m" in text
    assert "\x1b[1mkey\x1b[0m  \x1b[1maction\x1b[0m" in text


def test_a_wide_table_wraps_its_cells() -> None:
    """
    Its widest column gives way first, and words longer than a column stay whole.
    """
    text = "| a | b |\n|---|---|\n| x | one two three four five |\n| y | uninterrupted |\n"
    shown = "a  b\nx  one two\n   three four\n   five\ny  uninterrupted\n"

    assert shown == unstyle(render_markdown(text, 3 + len("three four")))
    assert all(word in unstyle(render_markdown(text, 1)) for word in ("uninterrupted", "three"))
    assert 1 < MIN_CELL


@pytest.mark.parametrize("topic", list_topics())
@pytest.mark.parametrize("width", [20, 80])
def test_a_page_loses_no_word(topic: str, width: int) -> None:
    """
    Every word of a page is shown, and no mark of Markdown, outside of its code.
    """
    page = re.sub(r"(?m)^<!--.*-->$|^\|---.*$|^```\w*$", "", read_topic(topic))
    shown = unstyle(render_markdown(read_topic(topic), width))

    marks = r"\]\([^)]*\)|[^\w]"
    want = set(re.sub(marks, " ", page).split())
    assert want <= set(re.sub(r"\W", " ", shown).split())
    prose = re.sub(r"(?m)^    .*$", "", shown)
    assert not re.search(r"\*\*|```|\]\(|<!--|(?m:^#+ )|(?m:^\|)", prose)


def test_help_lists_every_topic() -> None:
    """
    With its sentence.
    """
    code, text = run()

    assert 0 == code
    assert all(re.search(rf"(?m)^{topic} +[A-Z].*\.$", text) for topic in list_topics())


def test_help_prints_a_page_where_stdout_is_no_terminal() -> None:
    """
    As plain text.
    """
    code, text = run("options")

    assert (0, "Options") == (code, text.split("\n")[0])
    assert "\x1b" not in text


def test_help_goes_through_the_pager_in_a_terminal(tmp_path: Path) -> None:
    """
    That is $PAGER; less shows styles, and ends where one screen is all.
    """
    pager = tmp_path / "less"
    pager.write_text(f"#!/bin/sh\necho $LESS\ncat >{tmp_path}/page\n")
    pager.chmod(0o755)
    ours, theirs = os.openpty()
    env = {name: value for name, value in os.environ.items() if name != "LESS"}

    subprocess.run(
        [sys.executable, "-m", "agent_status", "help", "uninstall"],
        env=env | {"PAGER": str(pager)},
        stdin=theirs,
        stdout=theirs,
        check=True,
    )

    assert b"-FRX" == os.read(ours, 1024).strip()
    assert (tmp_path / "page").read_text("utf-8").startswith("\x1b[1mUninstall\x1b[0m\n")


@pytest.mark.parametrize(
    ("topic", "hint"),
    [("optoins", "did you mean options?"), ("xyzzy", "agent-status help lists them")],
)
def test_help_names_the_nearest_topic(topic: str, hint: str) -> None:
    """
    If there is one.
    """
    assert (1, f"Error: no topic {topic}: {hint}\n") == run(topic)


def test_help_of_a_command_is_its_help() -> None:
    """
    As --help prints it, where no page has the name.
    """
    assert (
        CliRunner().invoke(main, ["mute", "--help"], prog_name="agent-status").output
        == run("mute")[1]
    )
