"""Badges are short, told apart by shape and colour, and inert whatever a pane holds."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from agent_status.model import (
    NEEDS_YOU,
    Agent,
    Attention,
    Pane,
    PaneId,
    Sighting,
    State,
    Status,
)
from agent_status.options import Options
from agent_status.sense.tmux import Tmux, quote
from agent_status.show.badges import (
    ICONS,
    escape_text,
    measure_text,
    render_age,
    render_pane_badge,
    render_session_badge,
    render_summary,
    render_window_badge,
)
from agent_status.show.placement import insert_fragment
from tests.tmux_lab import Lab, open_lab, wait_for

OPTIONS = Options()
STATES = [state for state in State if state is not State.NONE]
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


@pytest.fixture
def lab(monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    """
    A private tmux server whose status line is ours.
    """
    with open_lab(monkeypatch.setenv) as lab:
        lab.start()
        yield lab


@pytest.mark.parametrize("icons", ICONS)
def test_every_state_has_a_shape_of_its_own(icons: str) -> None:
    """
    Shape alone tells the states apart, in one column each.
    """
    shapes = [ICONS[icons][state] for state in STATES]

    assert len(STATES) == len(set(shapes))
    assert [1] * len(STATES) == [measure_text(shape) for shape in shapes]


def test_every_state_has_a_colour_of_its_own() -> None:
    """
    Colour alone does too.
    """
    assert len(STATES) == len({OPTIONS.find_colour(state) for state in STATES})


def test_a_window_badge_stands_behind_a_name() -> None:
    """
    A space, the shape, and the style that ends again.
    """
    assert " #[fg=brightred,bg=black]▲#[default]" == render_window_badge([make_status()], OPTIONS)


def test_one_dark_strip_lies_behind_the_summary() -> None:
    """
    It begins and ends with the text, whatever colour the status line has.
    """
    summary = render_summary(
        make_sightings([make_status(reason="x"), make_status(State.IDLE)]), 0.0, OPTIONS
    )

    red = "#[fg=brightred,bg=black]"
    assert f"{red}▲1#[fg=colour244,bg=black] ○1{red} claude: x#[default]" == summary


def test_the_background_can_be_left_as_it_is() -> None:
    """
    For a theme whose status line is dark already.
    """
    options = replace(OPTIONS, colour_background="default")

    assert " #[fg=brightred]▲#[default]" == render_window_badge([make_status()], options)
    assert "#[fg=brightblue]▸1#[default]" == render_summary(
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

    wait_for(lambda: "< ✓|✓1 claude: finished>" in lab.drawn())

    cells = draw_line(lab)
    assert "✓✓1 claude: finished" == "".join(text for text, ground in cells if ground == "40")
    assert "< |>" == "".join(text for text, ground in cells if ground == "42").lstrip()


def test_a_summary_that_is_cut_off_colours_nothing_else(lab: Lab) -> None:
    """
    In a narrow client the end of its style is cut off with its words.
    """
    status = make_status(reason="a reason that is longer than a third of the line")
    summary = render_summary(make_sightings([status]), 0.0, OPTIONS)
    lab.tmux("set-option", "-g", "status-style", GREEN)
    lab.tmux("set-option", "-g", "status-right", insert_fragment("status-right", "|END"))
    Tmux(lab.inner).feed(f"set-option -g @agent-status-summary {quote(summary)}\n")
    lab.attach()

    wait_for(lambda: "… |END" in lab.drawn())

    assert "42" * 4 == "".join(ground for _, ground in draw_line(lab)[-4:])


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


def test_several_agents_are_the_most_urgent_and_a_count() -> None:
    """
    The order in which they come does not matter.
    """
    statuses = [make_status(State.WORKING, score=10.0), make_status(State.APPROVAL, score=80.0)]

    assert " #[fg=brightred,bg=black]▲2#[default]" == render_window_badge(statuses, OPTIONS)
    assert " #[fg=brightred,bg=black]▲2#[default]" == render_session_badge(statuses[::-1], OPTIONS)


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
    assert "#[fg=brightred,bg=black]▲ claude approval#[default]" == render_pane_badge(
        make_status(), OPTIONS
    )


def test_the_summary_counts_and_says_who_is_first() -> None:
    """
    Counts in the order of the states; then kind, reason, and how long.
    """
    sightings = make_sightings(
        [make_status(reason="rm -rf build/"), make_status(State.WORKING), make_status(State.IDLE)]
    )

    summary = render_summary(sightings, 240.0, OPTIONS)

    assert "▲1 ▸1 ○1 claude: rm -rf build/ · 4m" == strip_styles(summary)


def test_nobody_is_named_when_nobody_needs_you() -> None:
    """
    What a working agent does may change every second, and is no news.
    """
    summary = render_summary(make_sightings([make_status(State.WORKING, "12s")]), 9.0, OPTIONS)

    assert "#[fg=brightblue,bg=black]▸1#[default]" == summary


@pytest.mark.parametrize(
    ("width", "drawn"),
    [
        (10, "▲1 claude"),
        (16, "▲1 claude · 4m"),
        (20, "▲1 claude: rm… · 4m"),
        (60, "▲1 claude: rm -rf build/ · 4m"),
    ],
)
def test_the_reason_gives_way_first(width: int, drawn: str) -> None:
    """
    A narrow summary still counts, and names whom it can.
    """
    options = replace(OPTIONS, summary_width=width)

    summary = render_summary(make_sightings([make_status(reason="rm -rf build/")]), 240.0, options)

    assert drawn == strip_styles(summary)


def test_a_summary_changes_once_a_minute_at_most() -> None:
    """
    Time alone rarely makes tmux redraw.
    """
    sightings = make_sightings([make_status(reason="x")])

    texts = {render_summary(sightings, float(second), OPTIONS) for second in range(3600)}

    assert 20 == len(texts)


@pytest.mark.parametrize(
    ("seconds", "age"),
    [
        (-5, ""),
        (59, ""),
        (60, "1m"),
        (599, "9m"),
        (899, "10m"),
        (3599, "55m"),
        (7300, "2h"),
        (90000, "1d"),
    ],
)
def test_ages_are_coarser_the_longer_they_are(seconds: float, age: str) -> None:
    """
    Minutes, then five minutes, hours, days.
    """
    assert age == render_age(seconds)


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


@given(
    st.lists(st.tuples(st.sampled_from(STATES), st.text()), min_size=1, max_size=9),
    st.integers(10, 120),
    st.floats(0, 1e7),
)
def test_any_summary_is_inside_its_width(
    agents: list[tuple[State, str]], width: int, now: float
) -> None:
    """
    Whatever the agents say, and however long they have said it.
    """
    statuses = [make_status(state, reason) for state, reason in agents]
    options = replace(OPTIONS, summary_width=width)

    drawn = strip_styles(render_summary(make_sightings(statuses), now, options))

    assert measure_text(drawn) <= width


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


@pytest.mark.parametrize("icons", ICONS)
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

    shapes = "".join(f" {ICONS[icons][state]}" for state in STATES)
    assert f"<{shapes}>" == line.strip()
    assert len(STATES) == len(set(re.findall(r"\x1b\[([0-9;]+)m\x1b\[40m.", lab.drawn("-e"))))


def test_what_needs_you_is_named_and_nothing_else() -> None:
    """
    Every state is counted; only those that wait for you come with words.
    """
    for state in STATES:
        drawn = strip_styles(render_summary(make_sightings([make_status(state)]), 0.0, OPTIONS))

        assert drawn.startswith(f"{ICONS['unicode'][state]}1")
        assert (state in NEEDS_YOU) == ("claude" in drawn)
