"""The table of states: one order and one filter for every count, and looks that all can tell."""

from itertools import product

import pytest
from rich.color import Color
from rich.style import Style

from agent_status.chooser.frame.frame import draw_header, plan_layout
from agent_status.chooser.state.theme import ACCENT, BAD, GOOD, GRADES, MARKS, Theme
from agent_status.chooser.state.view import View
from agent_status.features.badges.render import find_icon, measure_text
from agent_status.features.badges.summary import render_summary
from agent_status.model import (
    CONFLICT,
    NEEDS_YOU,
    PALETTES,
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
from agent_status.model.ref import make_ref
from agent_status.options import Options
from agent_status.protocol.rows import AgentRow
from tests.tmux.test_badges import strip_styles

GROUNDS = {
    "dark": ("#000000", "#002b36"),
    "light": ("#ffffff", "#fdf6e3"),
}
"""Black and Solarized's dark background; white and Solarized's light one."""
FLAGS = set("!#*-~+MZ")
"""What tmux puts behind a window's name."""


def read_light(colour: str) -> float:
    """
    The relative luminance of a colour, as WCAG 2 defines it.
    """
    name = f"color({colour.removeprefix('colour')})" if colour.startswith("colour") else colour
    triplet = Color.parse(name).get_truecolor()
    parts = [part / 255 for part in triplet]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def measure_contrast(one: str, other: str) -> float:
    """
    The contrast ratio of two colours, as WCAG 2 defines it, from 1 to 21.
    """
    dark, light = sorted((read_light(one), read_light(other)))
    return (light + 0.05) / (dark + 0.05)


def test_contrast_is_measured_as_wcag_does() -> None:
    """
    By its own examples.
    """
    assert 21 == pytest.approx(measure_contrast("#000000", "#ffffff"))
    assert 4.54 == pytest.approx(measure_contrast("#767676", "#ffffff"), abs=0.01)


@pytest.mark.parametrize("palette", PALETTES)
def test_every_state_can_be_read_on_the_grounds_of_its_palette(palette: str) -> None:
    """
    3:1 at least, in colours that no terminal has others for; and each has one of its own.
    """
    options = Options(palette=palette)
    colours = [*map(options.find_colour, STATES), options.conflict]

    low = {
        (colour, ground)
        for colour, ground in product(colours, GROUNDS[palette])
        if measure_contrast(colour, ground) < 3
    }

    assert set() == low
    assert len(STATES) + 1 == len(set(colours))
    assert all(int(colour.removeprefix("colour")) >= 16 for colour in colours)


@pytest.mark.parametrize("style", [ACCENT, GOOD, BAD, *GRADES.values()], ids=str)
def test_what_else_is_coloured_in_the_popup_can_be_read_in_any_terminal(style: Style) -> None:
    """
    The popup is not told whether its terminal is dark or light.
    """
    if style.color is None:
        assert style.dim
        return
    triplet = style.color.get_truecolor()

    grounds = (ground for grounds in GROUNDS.values() for ground in grounds)
    assert all(measure_contrast(triplet.hex, ground) >= 3 for ground in grounds)


def test_a_palette_brings_its_ground_and_gives_way_to_own_colours() -> None:
    """
    Nobody who has set a colour loses it.
    """
    light = Options(palette="light")

    assert ("black", "brightwhite") == (Options().ground, light.ground)
    own = Options(palette="light", colour_background="default", colours=((State.PLAN, "#abcdef"),))
    assert ("default", "#abcdef") == (own.ground, own.find_colour(State.PLAN))
    assert Theme(light).find_style(State.IDLE).color == Color.parse("color(242)")


@pytest.mark.parametrize("icons", SETS)
def test_every_state_has_an_icon_of_its_own(icons: str) -> None:
    """
    The icon alone tells states and conflicts apart, in one column each; also those in like hues.
    """
    options = Options(icons=icons)
    drawn = [find_icon(look, options) for look in (*STATES.values(), CONFLICT)]

    assert len(STATES) + 1 == len(set(drawn))
    assert [1] * (len(STATES) + 1) == [measure_text(icon) for icon in drawn]


def test_ascii_is_ascii_and_none_of_the_flags_beside_it() -> None:
    """
    Neither tmux's of a window, nor the mark of danger in the popup.
    """
    drawn = {look.ascii for look in (*STATES.values(), CONFLICT)}

    assert all(icon.isascii() for icon in drawn)
    assert not drawn & (FLAGS | {MARKS["ascii"]["danger"]})


def test_summary_and_popup_count_the_same_in_the_same_order() -> None:
    """
    In the order of the table, whichever comes first, without what was set aside.
    """
    told = [(state, 0.0) for state in (*reversed(tuple(STATES)), State.PLAN)]
    aside = [(state, -1.0) for state in STATES if state in NEEDS_YOU]
    statuses = [
        Status(Agent("claude", "Claude Code"), state, 0.0, attention=Attention(score))
        for state, score in (*told, *aside)
    ]
    wanted = dict.fromkeys(STATES, 1) | {State.PLAN: 2}

    sightings = [Sighting(Pane(PaneId(f"%{at}")), one) for at, one in enumerate(statuses)]
    summary = render_summary(sightings, 0.0, Options(summary_width=200))
    entries = tuple(
        AgentRow(make_ref(f"%{at}"), state=one.state, needs_you=one.needs_you)
        for at, one in enumerate(statuses)
    )
    head = draw_header(View(entries), plan_layout(200, 99, len(entries)), 200, Theme()).plain

    counts = [f"{STATES[state].unicode}{count}" for state, count in wanted.items()]
    assert strip_styles(summary).endswith("  " + " ".join(counts))
    assert (
        head.replace("   ", "|")
        .replace(" ", "")
        .endswith("|".join([f"{len(NEEDS_YOU) + 1}needyou", *counts]))
    )
