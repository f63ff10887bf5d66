"""Outside text, times, paths, shapes and colours as the chooser shows them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from agent_status.chooser.state.text import (
    clean_cells,
    cut_folder,
    describe_duration,
    fit_cells,
    reveal_cells,
    wrap_cells,
)
from agent_status.chooser.state.theme import Theme, name_colour
from agent_status.model import State
from agent_status.options import parse_options
from tests.support.chooser_lab import HOSTILE

texts = st.one_of(st.text(), st.just(HOSTILE), st.characters().map(lambda c: c * 30))


@given(text=texts, width=st.integers(-1, 30))
def test_any_text_fits_any_width(text: str, width: int) -> None:
    """
    Cleaned text is cut, filled and wrapped to the cell, and wrapping loses only blanks.
    """
    for clean in (clean_cells(text), reveal_cells(text)):
        check_fits(clean, width)
    assert clean_cells(clean_cells(text)) == clean_cells(text)
    assert reveal_cells(reveal_cells(text)) == reveal_cells(text)
    assert clean_cells(reveal_cells(text)) == reveal_cells(text)


def check_fits(clean: str, width: int) -> None:
    """
    Cut, fill and wrap a text.
    """
    assert cell_len(fit_cells(clean, width)) == max(0, width)
    wrapped = wrap_cells(clean, width)
    assert all(cell_len(line) <= width for line in wrapped)
    if width > 1:
        assert "".join(clean.split()) == "".join("".join(wrapped).split())


def test_what_a_request_says_loses_nothing() -> None:
    """
    What hides, reorders or changes widths is told by its code.
    """
    assert (
        "⟨U+001B⟩[31mred⟨U+001B⟩[0m #[bg=red] #(touch x) [bold]no[/] ⟨U+202E⟩txt⟨U+2066⟩ "
        "a⟨U+0009⟩b⟨U+009B⟩5m⟨U+0000⟩ 漢字 👩⟨U+200D⟩👩⟨U+200D⟩👧 ⟨U+1F1E9⟩⟨U+1F1EA⟩ e\u0301"
        == reveal_cells(HOSTILE)
    )


def test_hostile_text_is_inert() -> None:
    """
    Escape sequences lose their head, and marks that reorder, hide or change widths are gone.
    """
    assert (
        "[31mred[0m #[bg=red] #(touch x) [bold]no[/] txt a b5m 漢字 👩👩👧 DE e\u0301"
        == clean_cells(HOSTILE)
    )


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-5.0, "0s"),
        (12.9, "12s"),
        (250.0, "4m"),
        (4320.0, "1h12m"),
        (90000.0, "1d"),
        (float("nan"), ""),
        (1e300, "99999d"),
    ],
)
def test_durations(seconds: float, words: str) -> None:
    """
    Times are told in at most six cells.
    """
    assert words == describe_duration(seconds)


@pytest.mark.parametrize(
    ("width", "words"),
    [
        (30, "~/src/infra/modules/network"),
        (20, "…/modules/network"),
        (9, "…/network"),
        (5, "netw…"),
    ],
)
def test_a_folder_keeps_its_end(width: int, words: str) -> None:
    """
    The last parts of a path say the most, so they stay.
    """
    assert words == cut_folder("~/src/infra/modules/network", width)


def test_every_state_differs_without_colour() -> None:
    """
    No two states share a shape, with any set of icons.
    """
    for icons in ("unicode", "ascii", "nerd"):
        theme = Theme(parse_options({"@agent-status-icons": icons})[0])
        shapes = [theme.find_icon(state) for state in State]

        assert len(State) == len(set(shapes))
        assert {1} == {cell_len(shape) for shape in shapes}


@pytest.mark.parametrize(
    ("name", "rich"),
    [
        ("red", "red"),
        ("brightred", "bright_red"),
        ("brown", "yellow"),
        ("brightbrown", "bright_yellow"),
        ("colour208", "color(208)"),
        ("color7", "color(7)"),
        ("#afd7ff", "#afd7ff"),
        ("afd7ff", "#afd7ff"),
        ("default", None),
        ("colour999", None),
        ("bfightmagenta", None),
    ],
)
def test_colour_names(name: str, rich: str | None) -> None:
    """
    Colours of tmux and of the emulator are known, and any other word is the terminal's own.
    """
    assert rich == name_colour(name)
