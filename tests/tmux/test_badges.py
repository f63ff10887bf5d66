"""Badges are short, told apart by shape and colour, and inert whatever a pane holds."""

import re
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from agent_status.features.badges.render import (
    escape_text,
    find_icon,
    measure_text,
    render_pane_badge,
    render_session_badge,
    render_window_badge,
)
from agent_status.features.badges.summary import render_summary
from agent_status.model import (
    SETS,
    STATES,
    Agent,
    Attention,
    Pane,
    PaneId,
    Sighting,
    State,
    Status,
)
from agent_status.options import Options
from agent_status.tmux.client import Tmux, quote
from tests.support.tmux_lab import Lab, wait_for

OPTIONS = Options()
RED, GREY = "#[fg=colour203,bg=black]", "#[fg=colour246,bg=black]"
BLUE = "#[fg=colour75,bg=black]"
STYLE = re.compile(r"##|#\[fg=[a-z0-9#]+(?:,bg=[a-z0-9#]+)?\]|#\[default\]")
HOSTILE = (
    "#[bg=red]red",
    "#(touch gone)",
    "##[fg=blue]#{pid}###{E:status-left}#",
    "\x1b]2;title\x07\x1b[31m\x9b31m\x00\x7f",
    "%H:%M %%",
    "line\nline\r\ttab\u2028\u2029",
    "\u202eright\u2066to\u061cleft\u200f שלום مرحبا",
    "zero\u200b\u200d\u2060width\ufeff\ufe0f e\u0301\u0301\u0301\u0301\u0301",
    "漢字 👩‍👩‍👧 🇩🇪 ✈️ ☝️ ﷽ 𒐫 ㍿ \u3164\u115f.",
    "'quote\" `touch gone` $(touch gone) ; kill-server",
    "\ue000\U000f0000\ud800\U0001fae0\U000e0041",
)


def make_status(state: State = State.APPROVAL, reason: str = "", score: float = 0.0) -> Status:
    """
    A status of Claude's.
    """
    agent = Agent("claude", "Claude Code")
    return Status(agent, state, since=0.0, reason=reason, attention=Attention(score))


def make_sightings(statuses: Sequence[Status]) -> tuple[Sighting, ...]:
    """
    One pane each.
    """
    return tuple(
        Sighting(Pane(PaneId(f"%{number}")), status) for number, status in enumerate(statuses)
    )


def strip_styles(text: str) -> str:
    """
    What tmux draws of a text: no styles, and each doubled hash once.
    """
    return STYLE.sub(lambda found: "#" if found[0] == "##" else "", text)


def test_a_window_badge_stands_behind_a_name() -> None:
    """
    A space, the shape, and the style that ends again.
    """
    assert f" {RED}▲#[default]" == render_window_badge([make_status()], OPTIONS)


def test_one_dark_strip_lies_behind_the_summary() -> None:
    """
    It begins and ends with the text, whatever colour the status line has.
    """
    summary = render_summary(
        make_sightings([make_status(reason="x"), make_status(State.IDLE)]), 0.0, OPTIONS
    )

    assert f"{RED}▲ claude: x  ▲1{GREY} ○1#[default]" == summary


def test_the_background_can_be_left_as_it_is() -> None:
    """
    For a theme whose status line is dark already.
    """
    options = replace(OPTIONS, colour_background="default")

    assert " #[fg=colour203]▲#[default]" == render_window_badge([make_status()], options)
    assert "#[fg=colour75]▸1#[default]" == render_summary(
        make_sightings([make_status(State.WORKING)]), 0.0, options
    )


def test_every_badge_can_be_read_on_tmux_s_own_green(lab: Lab) -> None:
    """
    The cells of a badge and of the summary are black behind, those around them green.
    """
    badge = render_window_badge([make_status(State.FINISHED)], OPTIONS)
    summary = render_summary(make_sightings([make_status(State.FINISHED)]), 0.0, OPTIONS)
    lab.tmux("set-option", "-g", "status-style", GREEN)
    for place in ("status-left", "window-status-current-format"):
        lab.tmux("set-option", "-g", place, "")
    lab.tmux(
        "set-option", "-g", "status-right", "<#{@agent-status-window}|#{@agent-status-summary}>"
    )
    script = f"set-option -g @agent-status-window {quote(badge)}\n"
    script += f"set-option -g @agent-status-summary {quote(summary)}\n"
    Tmux(lab.inner).feed(script)
    lab.attach()

    wait_for(lambda: "< ✓|✓ claude: finished  ✓1>" in lab.drawn())

    cells = draw_line(lab)
    assert "✓✓ claude: finished  ✓1" == "".join(text for text, ground in cells if ground == "40")
    assert "< |>" == "".join(text for text, ground in cells if ground == "42").lstrip()


GREEN = "fg=black,bg=green"
"""As tmux had it by default until 3.7."""


def draw_line(lab: Lab) -> list[tuple[str, str]]:
    """
    Each character that the client's status line draws, and the code of what is behind it.
    """
    ground, cells = "", []
    for codes, text in re.findall(r"\x1b\[([0-9;]*)m|(.)", lab.drawn("-e").split("\n")[-2]):
        ground = next((code for code in codes.split(";") if re.fullmatch("4[0-79]", code)), ground)
        if text:
            cells.append((text, ground))
    return cells


@pytest.mark.parametrize(
    ("states", "badge"),
    [
        ([State.WORKING, State.APPROVAL], "▲"),
        ([State.FINISHED, State.APPROVAL, State.WORKING], "▲+1"),
        ([State.REVIEW, State.ERROR, State.QUESTION], "?+2"),
        ([State.IDLE, State.WORKING, State.IDLE], "▸"),
        ([State.UNKNOWN, State.IDLE], "◌"),
    ],
)
def test_several_agents_are_the_most_urgent_and_how_many_others_need_you(
    states: list[State], badge: str
) -> None:
    """
    In the order of the table of states; the order in which they come does not matter.
    """
    statuses = [make_status(state) for state in states]

    assert f" {badge}" == strip_styles(render_window_badge(statuses, OPTIONS))
    assert f" {badge}" == strip_styles(render_session_badge(statuses[::-1], OPTIONS))


def test_a_badge_counts_nothing_that_was_set_aside() -> None:
    """
    It is shown where no other is, in the colour of an idle one.
    """
    aside, working = make_status(score=-100.0), make_status(State.WORKING)

    assert f" {BLUE}▸#[default]" == render_window_badge([aside, aside, working], OPTIONS)
    assert f" {GREY}▲#[default]" == render_window_badge([aside, aside], OPTIONS)


def test_without_an_agent_there_is_no_text() -> None:
    """
    Panes without an agent show nothing at all.
    """
    nobody = Status(None, State.NONE, 0.0)

    assert "" == render_pane_badge(nobody, OPTIONS)
    assert "" == render_window_badge([nobody], OPTIONS)
    assert "" == render_session_badge([], OPTIONS)
    assert "" == render_summary(make_sightings([nobody]), 0.0, OPTIONS)


def test_a_pane_badge_names_agent_and_state() -> None:
    """
    A pane's border has room for words.
    """
    assert f"{RED}▲ claude approval#[default]" == render_pane_badge(make_status(), OPTIONS)


@given(st.text() | st.sampled_from(HOSTILE), st.integers(0, 80))
@example("####", 3)
@example("漢漢", 3)
def test_escaped_text_is_bounded_and_inert(text: str, width: int) -> None:
    """
    Never wider than asked for, one line, no control character, and no single hash.
    """
    escaped = escape_text(text, width)

    assert measure_text(escaped.replace("##", "#")) <= width
    assert escaped.isprintable()
    assert "#" not in escaped.replace("##", "")


def test_plain_text_is_left_as_it_is() -> None:
    """
    Accents, wide characters and right-to-left letters are text.
    """
    for text in ("cargo test", "Größe", "漢字", "שלום", "ไทย", "नमस्ते"):
        assert text == escape_text(text, 40)


@pytest.mark.parametrize("text", HOSTILE)
def test_tmux_draws_hostile_text_literally(lab: Lab, text: str) -> None:
    """
    In the status line, as it is, and nothing is run.
    """
    lab.tmux("set-option", "-g", "status-right-length", "70")
    lab.tmux("set-option", "-g", "status-left", "")
    lab.tmux("set-option", "-g", "status-right", "<#{@agent-status-summary}>")
    lab.tmux("set-option", "-g", "window-status-current-format", "")
    options = replace(OPTIONS, summary_width=50)
    summary = render_summary(make_sightings([make_status(reason=text)]), 0.0, options)
    Tmux(lab.inner).feed(f"set-option -g @agent-status-summary {quote(summary)}\n")
    lab.attach()

    line = wait_for(lambda: [line for line in lab.drawn().split("\n") if line.endswith(">")])[-1]

    drawn = line[line.index("<") + 1 : -1]
    assert strip_styles(summary).rstrip() == drawn.rstrip()
    assert measure_text(drawn) <= 50
    assert not list(lab.folder.rglob("gone"))
    assert "41m" not in lab.drawn("-e").split("\n")[-2]


@pytest.mark.parametrize("icons", SETS)
def test_tmux_draws_every_shape_in_its_colour(lab: Lab, icons: str) -> None:
    """
    All states of a set in one window's badge after another.
    """
    options = replace(OPTIONS, icons=icons)
    badges = [render_window_badge([make_status(state)], options) for state in STATES]
    lab.tmux("set-option", "-g", "status-style", "default")
    for place in ("status-left", "status-right", "window-status-current-format"):
        lab.tmux("set-option", "-g", place, "")
    lab.tmux("set-option", "-g", "status-right", "<#{@agent-status-window}>")
    lab.tmux("set-option", "-g", "status-right-length", "80")
    Tmux(lab.inner).feed(f"set-option -g @agent-status-window {quote(''.join(badges))}\n")
    lab.attach()

    line = wait_for(lambda: [line for line in lab.drawn().split("\n") if line.endswith(">")])[-1]

    shapes = "".join(f" {find_icon(look, options)}" for look in STATES.values())
    assert f"<{shapes}>" == line.strip()
    assert len(STATES) == len(set(re.findall(r"\x1b\[([0-9;]+)m\x1b\[40m.", lab.drawn("-e"))))
