"""The chooser's list, ask and whole frame as text."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from agent_status.chooser.draw.rows import AGE, PLACE, REASON, STATE, Pen, choose_columns
from agent_status.chooser.frame.frame import draw_frame, find_agent, plan_layout
from agent_status.chooser.state.moves import lose_daemon, set_shot, update_agents
from agent_status.chooser.state.text import clean_cells
from agent_status.chooser.state.theme import Theme
from agent_status.chooser.state.view import Grouping, View
from agent_status.model import Option, State
from agent_status.model.ref import make_ref
from agent_status.options import Options
from agent_status.protocol.rows import AgentRow, ReportedAsk
from tests.support.chooser_lab import (
    FOLDER,
    HOSTILE,
    NOW,
    REPORT,
    SCREEN,
    join_lines,
    make_view,
    read_agents,
    read_any_agents,
    shoot_any,
)
from tests.support.places import ROOT
from tests.support.share import scale

SIZES = ("80x24", "200x50", "70x17", "40x15", "30x10")
THEME = Theme()

texts = st.one_of(st.text(max_size=40), st.just(HOSTILE), st.characters().map(lambda c: c * 30))
loose = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), texts),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(texts, inner, max_size=3)),
    max_leaves=6,
)
options = st.lists(
    st.fixed_dictionaries({"key": texts, "label": texts, "selected": st.booleans()}), max_size=4
)
asks = st.fixed_dictionaries(
    {"question": texts, "command": texts, "file": texts, "text": texts, "options": options}
)
agents = st.fixed_dictionaries(
    {
        "pane": st.one_of(st.sampled_from(["%1", "%2", "%3", "%4"]), texts),
        "state": st.one_of(st.sampled_from(list(State)), texts),
        "since": st.one_of(st.floats(), st.integers(), st.none()),
        "name": texts,
        "place": texts,
        "folder": texts,
        "branch": texts,
        "reason": texts,
        "needs_you": st.booleans(),
        "ask": st.one_of(st.none(), asks, loose),
        "session": texts,
        "risk": st.one_of(
            st.fixed_dictionaries(
                {"grade": st.sampled_from(["harmless", "dangerous", "x"]), "reasons": loose}
            ),
            loose,
        ),
        "task": st.one_of(st.fixed_dictionaries({"first_prompt": texts, "model": texts}), loose),
        "changes": st.one_of(
            st.fixed_dictionaries(
                {"files": loose, "added": loose, "conflicts": st.lists(texts), "root": texts}
            ),
            loose,
        ),
        "care": st.one_of(
            st.fixed_dictionaries({"note": texts, "until": loose, "pinned": loose}), loose
        ),
        "facets": st.one_of(
            st.dictionaries(texts, st.fixed_dictionaries({"words": texts, "lines": loose})), loose
        ),
    }
)
reports = st.one_of(
    st.fixed_dictionaries({"agents": st.lists(agents, max_size=5)}),
    st.fixed_dictionaries({"agents": st.lists(st.one_of(agents, loose), max_size=5)}),
    loose,
)
numbers = st.integers(-3, 60)
styles = st.dictionaries(st.sampled_from(["fg", "bg", "bold", "x"]), st.one_of(texts, loose))
spans = st.lists(st.one_of(st.tuples(numbers, numbers, styles).map(list), loose), max_size=4)
rows = st.lists(st.one_of(st.tuples(texts, spans).map(list), loose), max_size=8)
screens = st.one_of(st.fixed_dictionaries({"rows": rows}), loose)


@pytest.mark.parametrize("size", SIZES)
def test_frame_of_the_sample(size: str) -> None:
    """
    The sample is drawn at every size as its file shows it.
    """
    width, height = (int(part) for part in size.split("x"))

    drawn = join_lines(draw_frame(make_view(), width, height, THEME))

    assert (FOLDER / f"{size}.txt").read_text("utf-8") == drawn


@settings(max_examples=scale(150))
@given(
    report=reports,
    screen=screens,
    width=st.integers(0, 130),
    height=st.integers(0, 40),
    typed=st.one_of(st.none(), texts),
    keys=st.booleans(),
    start=st.one_of(st.none(), st.integers(0, 50)),
    grouping=st.sampled_from(Grouping),
)
def test_any_report_fits_any_size(
    report: Any,
    screen: Any,
    width: int,
    height: int,
    typed: str | None,
    start: int | None,
    grouping: Grouping,
    *,
    keys: bool,
) -> None:
    """
    Whatever the daemon says, every line is exactly as wide as the popup and inert.
    """
    view = update_agents(View(now=NOW), read_any_agents(report))
    view = set_shot(view, shoot_any(view.selected, screen))
    view = replace(view, filter=typed, start=start, help=keys, grouping=grouping)

    lines = draw_frame(view, width, height, THEME)

    assert min(height, len(lines)) == len(lines)
    assert all(cell_len(line.plain) == width for line in lines)
    assert all(clean_cells(line.plain) == line.plain for line in lines)


@pytest.mark.parametrize(
    ("width", "names"),
    [
        (30, ["age", "marks", "reason"]),
        (40, ["age", "marks", "reason", "place"]),
        (70, ["state", "age", "marks", "reason", "place"]),
        (80, ["state", "age", "marks", "reason", "name", "place"]),
        (99, ["state", "age", "marks", "reason", "name", "place", "changes"]),
        (140, ["state", "age", "marks", "reason", "name", "place", "changes", "folder"]),
    ],
)
def test_columns_by_importance(width: int, names: list[str]) -> None:
    """
    A narrow list drops the columns that say the least.
    """
    slots = choose_columns(make_view().entries, width, Pen(THEME, NOW))

    assert names == [slot.column.name for slot in slots]


def test_a_column_without_content_takes_no_room() -> None:
    """
    What no agent has is no column.
    """
    slots = choose_columns(
        [AgentRow(make_ref("%1"), since=NOW, place="a:0.0")], 120, Pen(THEME, NOW)
    )

    assert [STATE, AGE, REASON, PLACE] == [slot.column for slot in slots]


def test_an_ask_is_shown_word_for_word() -> None:
    """
    Question, command with its line breaks, and every option with its key are there.
    """
    ask = ReportedAsk(
        question="Do you want to proceed?",
        command='for f in *; do\n    rm -- "$f"\ndone',
        options=(Option("y", "Yes"), Option("esc", "No")),
    )
    row = AgentRow(make_ref("%1"), state=State.APPROVAL, ask=ask)
    view = update_agents(View(now=NOW), (row,))

    drawn = join_lines(draw_frame(view, 60, 20, THEME))

    assert (
        '┃ Do you want to proceed?\n┃ for f in *; do\n┃     rm -- "$f"\n┃ done\n'
        "┃ 1 y    Yes\n┃ 2 esc  No\n"
    ) in drawn


def test_an_ask_that_was_not_taken_apart_is_shown_as_it_stands() -> None:
    """
    Without question and options the dialog's own text is shown.
    """
    ask = ReportedAsk(text="Trust this folder?\n  [y/n]")
    row = AgentRow(make_ref("%1"), state=State.SETUP, ask=ask)
    view = update_agents(View(now=NOW), (row,))

    assert "┃ Trust this folder?\n┃   [y/n]\n" in join_lines(draw_frame(view, 60, 20, THEME))


@pytest.mark.parametrize(
    ("view", "words"),
    [
        (
            lose_daemon(View(), ""),
            "The agent-status daemon is not running.\n  Press s to start it.",
        ),
        (lose_daemon(View(), "It\x1b[5m failed."), "Press s to start it.\n  It[5m failed."),
        (View(), "No coding agents in this tmux server."),
        (replace(make_view(), filter="nothing such"), "No agent matches.\n  Esc shows all again."),
        (
            replace(make_view(), selected=make_ref("%99")),
            "is gone: it ended, or its pane was closed.",
        ),
    ],
)
def test_what_is_missing_is_said(view: View, words: str) -> None:
    """
    Nothing to show comes with the reason and with what to do.
    """
    drawn = join_lines(draw_frame(view, 80, 24, THEME))

    assert words in drawn


def test_a_click_finds_the_row() -> None:
    """
    Both lines of a wide row are its agent's, and nothing else is anybody's.
    """
    view, wide = make_view(), plan_layout(176, 38, 9)

    found = [find_agent(view, wide, 5, y) for y in range(1, 6)]
    assert ["", "%4", "%4", "%4", "%9"] == [ref.pane for ref in found]
    assert not find_agent(view, wide, 100, 3)
    assert not find_agent(replace(view, help=True), wide, 5, 3)


@pytest.mark.parametrize("since", [None, "soon", float("nan"), 10**400])
def test_the_same_report_is_the_same_list(since: object) -> None:
    """
    Also where times are missing or no numbers: what has not changed is not drawn again.
    """
    agents = [agent | {"since": since, "care": {"until": since}} for agent in REPORT["agents"]]
    once, again = (read_agents(REPORT | {"agents": agents}) for _ in range(2))

    assert once == again
    assert "" == AGE.say(once[0], NOW, Theme())


def test_the_sample_is_what_the_daemon_would_say() -> None:
    """
    The sample's report has the fields of a real one.
    """
    schema = ROOT / "src/agent_status/protocol/report.schema.json"

    assert {"version", "at", "socket", "agents"} == set(REPORT)
    assert {"width", "height", "title", "alternate", "cursor", "rows"} == set(SCREEN)
    assert schema.exists()


def test_a_terminal_without_utf8_can_draw_our_own_signs() -> None:
    """
    The mark of the selected row, and the keys, in their colours; it would show `_` for them.
    """
    rich, plain = (
        draw_frame(make_view(), 80, 24, Theme(Options(icons=icons)))
        for icons in ("unicode", "ascii")
    )

    marked = [at for at, line in enumerate(rich) if line.plain.startswith("▌")]
    assert marked == [at for at, line in enumerate(plain) if line.plain.startswith(">")] != []
    assert plain[-1].plain.startswith(" < jump ")
    assert plain[-1].spans == rich[-1].spans


@pytest.mark.parametrize(("width", "height"), [(120, 30), (100, 17)])
def test_what_the_daemon_has_to_say_is_in_the_head(width: int, height: int) -> None:
    """
    Below the first line, or in it where there is no room; cleaned, as all from outside.
    """
    said = "risk rules changed: agent-status risk --confirm"
    view = replace(make_view(), notices=(f"{said}\x1b[2J",))

    head = join_lines(draw_frame(view, width, height, THEME)[: 2 if height >= 20 else 1])

    assert said in head
    assert "\x1b" not in head
