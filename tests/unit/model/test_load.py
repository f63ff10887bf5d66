"""What waits for review in all is counted once, and said in one line."""

from dataclasses import replace

import pytest

from agent_status.chooser.frame.frame import draw_frame
from agent_status.chooser.state.theme import Theme
from agent_status.features.badges.summary import render_summary
from agent_status.features.progress.policy import make_facet
from agent_status.model import (
    Agent,
    Attention,
    Changes,
    Pane,
    PaneId,
    Sighting,
    State,
    Status,
    Todo,
)
from agent_status.model.load import NO_LOAD, Load, describe_load, measure_load
from agent_status.options import Options
from agent_status.protocol.convert import decode
from agent_status.protocol.report import build_report
from agent_status.protocol.rows import Report
from tests.support.chooser_lab import make_view
from tests.tmux.test_badges import strip_styles

HOUR_S = 3600.0


def place(number: int, state: State = State.REVIEW, root: str = "", hours: float = 0) -> Sighting:
    """An agent whose state began that many hours before hour 10."""
    status = Status(Agent("claude", "Claude Code"), state, (10 - hours) * HOUR_S)
    changes = Changes(root=root or f"/r{number}", files=number, added=100 * number, removed=1)
    return Sighting(Pane(PaneId(f"%{number}"), session="work"), status, changes=changes)


SHOP = (
    place(1, hours=3),
    replace(place(2, root="/shop"), tested=False),
    replace(place(3, root="/shop", hours=1), tested=True),
    place(4, State.WORKING),
    place(5, State.FINISHED),
    replace(place(6), status=replace(place(6).status, attention=Attention(-100.0))),
)


def test_load_counts_a_checkout_once_and_leaves_out_what_is_set_aside() -> None:
    """Two agents share one checkout; one is muted, others have nothing to review."""
    load = measure_load(SHOP)

    assert Load(2, 3, 300, 2, 1, 7 * HOUR_S) == load
    wanted = "unreviewed 2: 3 files +300, 1 tested, oldest 3h"
    assert wanted == describe_load(load, 10 * HOUR_S)
    assert (NO_LOAD, "") == (measure_load(()), describe_load(NO_LOAD, 0.0))


def test_report_holds_the_load_on_the_wall_clock() -> None:
    """And a reader gets it back as a value."""
    data = build_report(SHOP, 10 * HOUR_S, 1_796_300_000.0, "/s")

    assert {
        "unreviewed": 2,
        "files": 3,
        "added": 300,
        "removed": 2,
        "tested": 1,
        "oldest_at": 1_796_300_000.0 - 3 * HOUR_S,
        "words": "unreviewed 2: 3 files +300, 1 tested, oldest 3h",
    } == data["load"]
    assert Load(2, 3, 300, 2, 1, 1_796_300_000.0 - 3 * HOUR_S) == decode(Report, data).load


@pytest.mark.parametrize(("height", "line"), [(24, 1), (19, 0)])
def test_chooser_shows_the_load_in_its_head(height: int, line: int) -> None:
    """On its second line, or behind the counts where there is no second one."""
    view = replace(make_view(), load=Load(5, 43, 1200, 7, 1))

    drawn = draw_frame(view, 150, height, Theme())[line].plain
    assert "unreviewed 5: 43 files +1200, 1 tested" in drawn
    noticed = draw_frame(replace(view, notices=("look",)), 150, 24, Theme())[1].plain
    assert " look" == noticed.rstrip()


def test_summary_shows_the_load_if_the_user_asks() -> None:
    """It is the first to go where there is no room."""
    asked = Options(summary_load=True)

    drawn = [
        strip_styles(render_summary(SHOP, 10 * HOUR_S, options, width))
        for options, width in ((Options(), 60), (asked, 60), (asked, 24))
    ]
    assert [False, True, False] == ["3 files +300" in words for words in drawn]


@pytest.mark.parametrize(
    ("todo", "words"),
    [
        (Todo(3, 7, "tests for the splitter"), "3/7 tests for the splitter"),
        (Todo(7, 7), "7/7"),
        (Todo(9, 7, "x\n\x1b[31my"), "7/7 x [31my"),
        (Todo(1, 2, "x" * 100), "1/2 " + "x" * 79 + "…"),
    ],
)
def test_to_do_list_is_shown_as_progress(todo: Todo, words: str) -> None:
    """The item is the agent's own words, inert and bounded."""
    facet = make_facet(todo)

    assert facet
    assert words == facet.words
    assert todo.total == facet.total


def test_without_a_list_there_is_no_progress() -> None:
    """Nothing is shown."""
    assert make_facet(Todo()) is None
