"""No character of what a request says hides from the one who decides about it."""

import json
import re
import sys
import unicodedata
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_status.chooser.draw.detail import draw_detail
from agent_status.chooser.draw.rows import REASON
from agent_status.chooser.frame.frame import draw_frame
from agent_status.chooser.state.moves import set_shot, update_agents
from agent_status.chooser.state.preview import Shot
from agent_status.chooser.state.theme import Theme
from agent_status.chooser.state.view import View
from agent_status.cli.table import render_table
from agent_status.detect.found import Found
from agent_status.features.badges.summary import render_summary
from agent_status.features.journal.describe import describe
from agent_status.features.journal.entry import make_ask_entry
from agent_status.features.notify.message import render_notice
from agent_status.features.notify.policy import Topic
from agent_status.model import Capture, Pane, PaneId, Process, Sighting
from agent_status.model.plain import render_json, reveal_text
from agent_status.model.ref import make_ref
from agent_status.model.text import IGNORABLE
from agent_status.options import Options
from agent_status.protocol.convert import decode
from agent_status.protocol.explanation import render_found
from agent_status.protocol.report import build_report
from agent_status.protocol.rows import Report
from tests.support.acting_lab import open_stage
from tests.support.chooser_lab import read_agents, shoot
from tests.support.knowledge import KNOWLEDGE
from tests.support.panes import open_blank_pane
from tests.support.tmux_lab import open_lab

WIDTH, HEIGHT = 60, 20
THEME = Theme(Options())
SEEN = re.compile("[\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd]")
"""Formats by their category, but drawn, as signs before a number."""
UNDRAWN = (
    *"\u00ad\u034f\u061c\u115f\u1160\u17b4\u180b\u180e\u200b\u200c\u200d\u200e\u202e\u2060\u2066",
    *"\u2800\u3164\ufe0f\ufeff\uffa0\ufff9\U0001d173\U000e0041",
)
BLANK = tuple("\u00a0\u1680\u2003\u202f\u205f\u3000")


def ask(command: str) -> Found:
    """
    What is found of an agent that asks to run a command.
    """
    lines = ["● Well.", "", "─" * WIDTH, " Bash command", "", f"   {command}", ""]
    lines += [" Do you want to proceed?", f" ❯ 1. Yes, {command}", "   2. No", "", " Esc to cancel"]
    watch = open_blank_pane(KNOWLEDGE, WIDTH, HEIGHT)
    watch.processes = (Process(1, 0, "claude", "claude"),)
    watch.paint(Capture(WIDTH, HEIGHT, (*lines, *[""] * (HEIGHT - len(lines)))), 0.0)
    return watch.look(1.0)


@pytest.mark.parametrize(
    ("character", "form"),
    [
        *((one, form) for one in UNDRAWN for form in ("rm -rf a{}b", "{}rm -rf a", "rm a {}b")),
        *((one, "rm -rf a{}b") for one in BLANK),
    ],
)
def test_a_hidden_character_of_a_command_is_shown_everywhere(character: str, form: str) -> None:
    """
    In list and detail of the chooser, in badge, notification, table, journal and explanation.
    """
    found = ask(form.format(character))
    sighting = Sighting(Pane(PaneId("%1"), session="work"), found.status)
    assert found.status.ask
    report = build_report((sighting,), 1.0, 1.0, "")
    view = update_agents(View(now=1.0), read_agents(report))
    told = {
        "row": REASON.say(view.entries[0], 1.0, THEME),
        "detail": "\n".join(line.plain for line in draw_detail(view, 100, 30, THEME)),
        "frame": "\n".join(line.plain for line in draw_frame(view, 100, 30, THEME)),
        "summary": render_summary((sighting,), 1.0, Options()),
        "notice": render_notice((Topic(sighting),)).body,
        "several": render_notice((Topic(sighting), Topic(sighting))).body,
        "table": render_table(decode(Report, report), 120),
        "log": describe(make_ask_entry(sighting, found.status.ask, 1.0)),
        "explain": render_found(found, "%1", 1.0).partition("region")[0],
    }

    code = f"⟨U+{ord(character):04X}⟩"
    for name, text in told.items():
        assert character not in text, name
        assert form.format(code) in text, name
    assert f"1: Yes, {form.format(code)}" in told["explain"]
    assert character not in render_json(report)
    assert json.loads(render_json(report)) == json.loads(json.dumps(report))


def test_every_character_that_is_not_drawn_is_shown() -> None:
    """
    Of all of Unicode: controls, formats, separators, blanks that are none, and what is ignorable.
    """
    ignorable = re.compile(f"[{IGNORABLE}]")
    hidden = {
        character
        for character in map(chr, range(sys.maxunicode + 1))
        if unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp", "Zs"}
        or ignorable.match(character)
    }
    hidden = {character for character in hidden if not SEEN.match(character)} - {" ", "\n"}

    assert len(hidden) > 6000
    left = [ascii(one) for one in hidden if reveal_text(f"a{one}b") != f"a⟨U+{ord(one):04X}⟩b"]
    assert [] == left


@pytest.mark.parametrize(
    "text", ["cargo test", "Größe é e\u0301", "漢字　かな　한글", "ไทย नमस्ते שלום", "😀 ✓ → $HOME"]
)
def test_what_can_be_seen_stays_as_it_is(text: str) -> None:
    """
    Accents and wide letters are text, and so is the blank between wide letters.
    """
    assert text == reveal_text(text)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("rm\u3000-rf", "rm⟨U+3000⟩-rf"),
        ("漢\u3000\u3000-rf", "漢⟨U+3000⟩⟨U+3000⟩-rf"),
        ("rm\u3000\u3000漢", "rm⟨U+3000⟩⟨U+3000⟩漢"),
        ("\u3000", "⟨U+3000⟩"),
        ("e\u0301\u0301\u0301\u0301", "e\u0301\u0301⟨U+0301⟩⟨U+0301⟩"),
        ("✈\ufe0f 👩\u200d💻", "✈⟨U+FE0F⟩ 👩⟨U+200D⟩💻"),
        ("a\nb\tc\r", "a b⟨U+0009⟩c⟨U+000D⟩"),
    ],
)
def test_what_could_pass_for_something_else_is_shown(text: str, told: str) -> None:
    """
    The blank of wide letters beside others, piles of accents, and emoji that are joined.
    """
    assert told == reveal_text(text)


@given(st.text())
def test_nothing_is_lost(text: str) -> None:
    """
    Each character is there, as itself or as its code; once more changes nothing.
    """
    shown = reveal_text(text)

    back = re.sub(r"⟨U\+([0-9A-F]{4,6})⟩", lambda found: chr(int(found[1], 16)), shown)
    assert back == text.replace("\n", " ")
    assert shown == reveal_text(shown)


def test_what_scrolled_off_the_pane_is_shown_too() -> None:
    """
    A dialog that begins above the pane's edge is found by its first line, whatever hides in that.
    """
    found = ask("make x")
    status = found.status
    assert status.ask
    text = "Run\u200b it?\n" + status.ask.text
    status = replace(status, ask=replace(status.ask, text=text))
    report = build_report((Sighting(Pane(PaneId("%1")), status),), 1.0, 1.0, "")
    view = update_agents(View(now=1.0), read_agents(report))
    view = set_shot(view, shot("Run it?"))
    view = replace(view, history=(make_ref("%1"), ("old", "─" * WIDTH, "curl\u200b evil.sh")))

    drawn = "\n".join(line.plain for line in draw_detail(view, 100, 40, THEME))

    assert "curl⟨U+200B⟩ evil.sh" in drawn


def shot(line: str) -> Shot:
    """
    A picture of the pane with one line.
    """
    return shoot("%1", {"rows": [[line, []]]})


@pytest.fixture
def patch() -> Iterator[pytest.MonkeyPatch]:
    """
    An environment of our own.
    """
    with pytest.MonkeyPatch.context() as patch:
        yield patch


def test_the_commands_show_it_on_a_real_tmux(patch: pytest.MonkeyPatch) -> None:
    """
    `answer` without an option, `list` and `explain`, of a pane that tmux itself has drawn.
    """
    with open_lab(patch.setenv) as lab, open_stage(lab) as stage:
        fake = stage.add("unseen")
        whole = "make⟨U+200B⟩ a⟨U+00A0⟩b ⟨U+3164⟩= c"

        for words in (("answer", fake.pane), ("explain", fake.pane), ("list",)):
            told = lab.run(*words, COLUMNS="200").stdout
            assert whole in told, words
            assert not re.search("[\u200b\u3164]", told), words
        assert whole in lab.tmux("show-options", "-gqv", "@agent-status-summary")
