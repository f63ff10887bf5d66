"""What the selected row shows of an ask, its risk, task, changes, notes and history."""

from dataclasses import replace
from typing import Any

import pytest
from rich.cells import cell_len

from agent_status.chooser.draw.detail import PICK, draw_ask, draw_detail, find_start, keep_place
from agent_status.chooser.draw.rows import find_marks
from agent_status.chooser.frame.footer import draw_foot, draw_footer, find_press
from agent_status.chooser.frame.frame import arrange, draw_frame, find_agent, find_meta, find_pick
from agent_status.chooser.panels.compose import ComposePanel, Purpose
from agent_status.chooser.state.events import HistoryReceived
from agent_status.chooser.state.moves import (
    move_by,
    regroup,
    scroll_list,
    select,
    set_shot,
    update_agents,
)
from agent_status.chooser.state.text import reveal_lines
from agent_status.chooser.state.theme import Theme
from agent_status.chooser.state.view import Grouping, Message, View
from agent_status.model.ref import make_ref
from tests.support.chooser_lab import (
    FOLDER,
    HOSTILE,
    NOW,
    OPEN,
    join_lines,
    make_view,
    order_agents,
    read_agents,
    shoot,
)

THEME = Theme()
LONG = [f"+ line {number}" for number in range(40)]


def draw(view: View, width: int = 80, height: int = 24) -> str:
    """Return the drawn detail."""
    return join_lines(draw_detail(view, width, height, THEME))


def view_of(**changes: Any) -> View:
    """Return a view of one agent of the sample, with fields of the report changed."""
    report = order_agents("%4")
    report["agents"][0] |= changes
    return update_agents(View(now=NOW), read_agents(report))


def page_through(view: View, width: int = 60, height: int = 12) -> str:
    """Return all that is in sight while the detail is scrolled from its start to its end."""
    view = replace(view, start=0)
    seen = draw(view, width, height)
    while view.start is not None:
        start = find_start(view, 1, width, height, THEME)
        view = replace(view, start=start)
        seen += draw(view, width, height)
    return seen


def know(view: View, lines: tuple[str, ...]) -> View:
    """Return the view with what has scrolled off the selected pane."""
    fresh = HistoryReceived(view.selected, lines).apply(view).view
    return keep_place(fresh, view, 60, THEME)


def test_everything_that_is_known_can_be_read() -> None:
    """
    Ask, grade with reasons, note, prompts, message, files and conflicts are there, whole.
    """
    task = {
        "first_prompt": "make it fast\nand small",
        "last_prompt": "now the tests",
        "last_message": "I did\n\n" + "\n".join(f"thing {number}" for number in range(30)),
        "model": "gpt-5",
        "context": "31%",
    }
    view = view_of(task=task)

    seen = page_through(view)

    wanted = ["writes: edits wc.py", "¶ only wc.py", "make it fast", "and small", "now the tests"]
    wanted += ["thing 0", "thing 29", "3 files +40 -12", "tests/test_wc.py", "gpt-5 · 31%"]
    wanted += ["conflict Codex words:1.0: wc.py"]
    assert not [words for words in wanted if words not in seen]


def test_facts_are_one_line_each_until_they_are_scrolled_to() -> None:
    """
    In the usual sight a long message does not push the live screen away.
    """
    view = view_of(task={"last_message": "\n".join(LONG)})

    drawn = draw(view, 80, 40)

    assert "said     + line 0 …" in drawn
    assert "+ line 1" not in drawn


def test_what_waits_to_be_acknowledged_stands_before_other_facts() -> None:
    """
    Both in the row and where there is room for few facts.
    """
    view = view_of(
        facets={
            "autonomy": {"words": "bypass", "lines": ["bypass: it asks for nothing"]},
            "bounds": {"words": "outside a.sql", "lines": ["a.sql"], "news": "outside"},
        }
    )

    drawn = draw(view, 80, 40)

    assert view.entry
    assert "outside a.sql · bypass" == view.entry.facts
    assert drawn.index("bounds   a.sql") < drawn.index("autonomy bypass: it asks for nothing")


def test_options_stay_in_sight_below_a_long_command() -> None:
    """
    Of an ask that is longer than its room the beginning and the options are shown.
    """
    ask = order_agents("%4")["agents"][0]["ask"] | {"command": "\n".join(LONG)}

    drawn = draw(view_of(ask=ask), 80, 16)

    assert "+ line 0" in drawn
    assert "more lines: PageDown" in drawn
    assert "┃ 3  No" in drawn
    paged = page_through(view_of(ask=ask))
    assert all(line in paged for line in LONG)


def test_nothing_of_a_long_text_is_left_out_unsaid() -> None:
    """
    What is too much for any screen ends with words that say so.
    """
    ask = {"question": "?", "command": "x" * 60_000, "text": "y\n" * 5000}
    view = view_of(ask=ask)

    assert view.entry
    assert view.entry.ask
    assert reveal_lines(view.entry.ask.command)[0].endswith("the rest is in the pane")
    assert reveal_lines(view.entry.ask.text)[-1].endswith("the rest is in the pane")
    assert "the rest is in the pane" in " ".join(page_through(view, 2000).split())


def cut_view() -> View:
    """Return a view of an ask that begins above its pane's top row."""
    text = ["+ line 38", "+ line 39", "Do you want to make this edit?", "1. Yes", "2. No"]
    ask = {"question": text[2], "text": "\n".join(text), "fingerprint": "1"}
    view = view_of(ask=ask)
    return set_shot(view, shoot("%4", {"rows": [[line, []] for line in text]}))


def test_the_part_above_the_panes_edge_is_fetched_and_shown() -> None:
    """
    A dialog that is longer than its pane is shown from the line on that agents draw above it.
    """
    view = cut_view()
    assert view.is_cut
    assert () == view.above

    view = know(view, ("$ old", "─" * 40, " Edit file", *LONG[:38]))

    assert ("─" * 40, " Edit file", *LONG[:38]) == view.above
    seen = page_through(view)
    assert "above the pane's edge" in seen
    assert all(line in seen for line in LONG)


def test_an_ask_that_is_whole_on_its_screen_needs_no_history() -> None:
    """
    Only a dialog whose first line is the pane's first row may begin above it.
    """
    view = know(make_view(), ("$ old",))

    assert not view.is_cut
    assert () == view.above


def test_history_that_comes_while_scrolling_moves_nothing() -> None:
    """
    What is in sight stays there when lines appear above it.
    """
    view = replace(make_view(), start=20)
    before = draw(view, 60, 14)

    after = know(view, tuple(LONG))

    assert before == draw(after, 60, 14)
    above = replace(view, start=2)
    assert 2 == know(above, tuple(LONG)).start
    assert "+ line 39" in draw(replace(after, start=after.start and after.start - 12), 60, 14)


def test_a_danger_is_seen_without_colour() -> None:
    """
    The row bears a mark, and the detail the word with its reasons.
    """
    view = select(make_view(), make_ref("%9"))
    row = next(line for line in draw_frame(view, 80, 24, THEME) if "git push" in line.plain)

    assert "▌ ▲ approval     1m  !   git push" in row.plain
    assert "! dangerous: force push; rewrites the history of main" in draw(view)


def test_marks_tell_what_was_decided() -> None:
    """
    Pinned, snoozed, muted, in conflict and noted: each its own shape, with any icons.
    """
    marks = {str(entry.ref): find_marks(entry) for entry in make_view().entries}

    assert ("conflict", "note") == marks["%4"]
    assert (("danger",), ("pinned",)) == (marks["%9"], marks["%11"])
    assert (("snoozed",), ("muted",)) == (marks["%12"], marks["%6"])


def test_groups_keep_the_most_urgent_first() -> None:
    """
    Each group begins where its most urgent agent was, and the selection stays.
    """
    view = regroup(select(make_view(), make_ref("%2")))

    assert Grouping.SESSION is view.grouping
    assert ["words", "%4", "%5", "%6", "shop", "%9", "%2", "%8", "infra", "%11", "docs"] == [
        item if isinstance(item, str) else item.pane for item in view.items
    ][:11]
    assert (make_ref("%2"), 4) == (view.selected, view.index)
    by_checkout = regroup(view)
    assert ["~/src/words", "~/src/shop"] == [i for i in by_checkout.items if isinstance(i, str)][:2]
    assert make_view().items == regroup(by_checkout).items


def test_a_group_is_scrolled_to_with_its_name() -> None:
    """
    The first agent of a group brings its heading into sight, and a click on that is nobody's.
    """
    view = regroup(make_view())
    view = scroll_list(replace(view, top=6), 4)
    assert 0 == view.top
    view = scroll_list(move_by(view, 5), 4)

    assert view.entry
    layout = arrange(view, 80, 24, THEME)
    rows = [find_agent(view, layout, 3, layout.list.y + row).pane for row in range(3)]
    assert rows == [getattr(item, "pane", "") for item in view.items[view.top : view.top + 3]]


@pytest.mark.parametrize(
    ("pane", "hints"),
    [
        ("%4", ["jump", "allow", "deny", "option", "diff", "interrupt", "snooze", "conflicts"]),
        ("%7", ["jump", "reply", "snooze", "filter", "group"]),
        ("%6", ["jump", "interrupt", "filter", "group", "pin"]),
        ("%8", ["jump", "reply", "filter", "group", "pin"]),
    ],
)
def test_the_last_line_names_the_keys_that_apply(pane: str, hints: list[str]) -> None:
    """
    What cannot be done to the selected agent is not offered.
    """
    line = draw_footer(select(make_view(), make_ref(pane)), 150).plain

    offered = [part.split(" ", 1)[1] for part in line.strip().split("   ")]
    assert hints == offered[: len(hints)]
    assert ["keys", "close"] == offered[-2:]


def test_yes_and_no_are_offered_where_they_mean_something() -> None:
    """
    Among databases neither is one of them; a dialog that Esc cancels can be denied.
    """
    names = [{"key": "1", "label": "Postgres"}, {"key": "2", "label": "SQLite"}]
    ask = {"question": "Which database?", "options": names, "text": "", "fingerprint": "1"}

    assert "jump   1-2 option" in draw_footer(view_of(ask=ask), 150).plain
    ask["text"] = "Which database?\n1. Postgres\n2. SQLite\nEsc to cancel"
    assert "jump   n deny   1-2 option" in draw_footer(view_of(ask=ask), 150).plain


@pytest.mark.parametrize(
    ("keys", "offered", "picks"),
    [
        (("1", "2", "3"), "1-3 option", ["1", "2", "3"]),
        (("2", "3"), "2-3 option", ["2", "3"]),
        (("1", "3"), "1,3 option", ["1", "3"]),
        (("2", "esc"), "2 option", ["2", "esc"]),
        (("Red", "Green"), "1-2 option", ["1", "2"]),
    ],
)
def test_options_are_offered_by_the_numbers_that_they_have(
    keys: tuple[str, ...], offered: str, picks: list[str]
) -> None:
    """
    Of a list whose beginning has scrolled off, those in sight; a position where there are none.
    """
    options = [{"key": key, "label": "It"} for key in keys]
    view = view_of(ask={"question": "Which?", "options": options, "text": "", "fingerprint": "1"})

    drawn = draw_ask(view, view.entries[0], 80, THEME)[1]

    assert f"jump   {offered}   " in draw_footer(view, 150).plain
    assert picks == [find_meta(line, PICK) for line in drawn if find_meta(line, PICK)]


def test_a_click_on_the_last_line_is_its_key() -> None:
    """
    Every cell of a hint is that hint, and the blanks between are none.
    """
    line = draw_footer(make_view(), 80)

    assert "y" == find_press(line, line.plain.index("allow"))
    assert "n" == find_press(line, line.plain.index("n deny"))
    assert "" == find_press(line, line.plain.index("n deny") - 1)
    assert "" == find_press(line, 200)


def test_a_click_on_an_option_is_that_option() -> None:
    """
    All lines of an option bear it, and nothing else does.
    """
    view = make_view()
    lines = draw_frame(view, 80, 24, THEME)
    layout = arrange(view, 80, 24, THEME)
    picks = [find_pick(lines, layout, 5, y) for y in range(24)]

    assert ["1", "2", "2", "3"] == [pick for pick in picks if pick]
    keyed = draw_ask(select(view, make_ref("%9")), view.entries[1], 80, THEME)[1]
    assert ["1", "2", "3"] == [find_meta(line, PICK) for line in keyed if find_meta(line, PICK)]


@pytest.mark.parametrize(("name", "changes"), list(OPEN.items()))
def test_frames_of_what_can_be_open(name: str, changes: dict[str, Any]) -> None:
    """
    Each panel is drawn as its file shows it.
    """
    view = replace(make_view(), **changes)

    drawn = join_lines(draw_frame(view, 80, 24, THEME))

    assert (FOLDER / f"{name}.txt").read_text("utf-8") == drawn


@pytest.mark.parametrize(("name", "changes"), list(OPEN.items()))
def test_any_panel_fits_any_size(name: str, changes: dict[str, Any]) -> None:
    """
    Every line is as wide as the popup, however small that is, whatever is written there.
    """
    view = replace(make_view(), **changes)
    hostile = replace(view, message=Message(HOSTILE * 20) if name == "told" else view.message)

    for width, height in ((1, 1), (3, 2), (20, 5), (44, 18), (130, 40)):
        lines = draw_frame(hostile, width, height, THEME)
        assert len(lines) <= height
        assert {width} == {cell_len(line.plain) for line in lines}


def test_a_box_leaves_the_list_where_it_is() -> None:
    """
    Opening the box takes its lines from the detail: no row moves under the mouse.
    """
    view = select(make_view(), make_ref("%8"))
    box = replace(view, panel=ComposePanel(make_ref("%8"), Purpose.REPLY))

    assert draw_foot(box, 80, 24, THEME)
    assert arrange(view, 80, 24, THEME).list == arrange(box, 80, 24, THEME).list
