"""What each move of the user's, and each report, makes of the view."""

from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from agent_status.chooser.draw.detail import crop_lines, find_start
from agent_status.chooser.state.moves import (
    MOVES,
    leave_inner,
    lose_daemon,
    move_by,
    scroll_list,
    set_shot,
    type_filter,
    type_key,
    update_agents,
)
from agent_status.chooser.state.preview import Shot
from agent_status.chooser.state.theme import Theme
from agent_status.chooser.state.view import Grouping, View
from agent_status.model import Changes
from agent_status.model.ref import NO_REF, make_ref
from agent_status.protocol.rows import AgentRow
from tests.support.chooser_lab import SCREEN, make_view, order_agents, read_agents, shoot


def read(*panes: str) -> Any:
    """Return the entries of the sample's agents in `panes`."""
    return read_agents(order_agents(*panes))


def test_the_first_selection_is_the_most_urgent() -> None:
    """
    A chooser begins on the agent that needs you first.
    """
    assert make_ref("%9") == update_agents(View(), read("%9", "%4")).selected


def test_selection_stays_when_the_order_changes() -> None:
    """
    A more urgent agent does not take the selection away.
    """
    view = update_agents(View(), read("%9", "%4"))

    view = update_agents(view, read("%2", "%4", "%9"))

    assert (make_ref("%9"), 2) == (view.selected, view.index)


def test_a_gone_agent_leaves_the_selection_on_nobody() -> None:
    """
    When the selected agent is gone, no other one takes the key that was meant for it.
    """
    view = move_by(update_agents(View(), read("%9", "%4", "%2")), 1)

    view = update_agents(view, read("%9", "%2"))

    assert (True, None) == (view.gone, view.entry)
    assert make_ref("%2") == move_by(view, 1).selected
    assert make_ref("%9") == move_by(view, -1).selected


def test_an_agent_that_is_back_is_selected_again() -> None:
    """
    A pane that lost its agent for a moment is still the selected one.
    """
    view = update_agents(View(), read("%9", "%4"))

    view = update_agents(update_agents(view, read("%4")), read("%4", "%9"))

    assert (make_ref("%9"), 1) == (view.selected, view.index)


def test_the_end_of_all_agents_begins_anew() -> None:
    """
    After an empty report the next agent is selected like the first one was.
    """
    view = update_agents(update_agents(View(), read("%9")), ())

    assert make_ref("%4") == update_agents(view, read("%4", "%9")).selected


def test_moves_stop_at_both_ends() -> None:
    """
    The list does not wrap around.
    """
    view = update_agents(View(), read("%9", "%4", "%2"))

    assert make_ref("%2") == MOVES["down"](MOVES["last"](view)).selected
    assert make_ref("%9") == MOVES["up"](MOVES["first"](MOVES["last"](view))).selected


def test_the_filter_narrows_over_all_words() -> None:
    """
    Words of any column count, in any order and case.
    """
    view = type_filter(make_view(), "CODEX push")

    assert ["%9"] == [entry.pane for entry in view.found]
    assert make_ref("%9") == view.selected


def test_the_filter_knows_an_agent_by_its_windows_name() -> None:
    """
    The status line calls it so, as in `▲ billing: make`.
    """
    report = order_agents("%9", "%4")
    report["agents"][1]["window"] = "Billing"

    view = type_filter(update_agents(View(), read_agents(report)), "billing")

    assert ["%4"] == [entry.pane for entry in view.found]


def test_the_filter_keeps_a_selection_that_matches() -> None:
    """
    Narrowing moves the selection only when it must.
    """
    view = type_filter(replace(make_view(), selected=make_ref("%11")), "claude")

    assert make_ref("%11") == view.selected


def test_an_agent_that_stops_matching_is_not_replaced() -> None:
    """
    When a report hides the selected agent behind the filter, no other one is selected.
    """
    view = type_filter(make_view(), "approval")
    fresh = order_agents("%9", "%4")
    fresh["agents"][1]["state"] = "working"

    view = update_agents(view, read_agents(fresh))

    assert (make_ref("%4"), None) == (view.selected, view.entry)


def test_keys_type_only_into_a_filter() -> None:
    """
    Without a filter no key types; in one, letters, blanks and erasing keys do.
    """
    view: View | None = make_view()
    assert view
    assert type_key(view, "j", "j") is None
    view = type_filter(view, "")
    for name, character in (("j", "j"), ("space", " "), ("x", "x"), ("backspace", "\x7f")):
        view = type_key(view, name, character)
        assert view

    assert "j " == view.filter
    assert type_key(view, "up", "") is None


def test_leaving_goes_from_the_inside_out() -> None:
    """
    The keys go first, then the filter; then there is nothing left to leave.
    """
    view = replace(type_filter(make_view(), "claude"), help=True)

    steps = [view]
    for _ in range(3):
        steps.append(leave_inner(steps[-1]))

    assert [(True, "claude"), (False, "claude"), (False, None), (False, None)] == [
        (step.help, step.filter) for step in steps
    ]
    assert steps[2] == steps[3]


def test_a_lost_daemon_takes_the_list_with_it() -> None:
    """
    Nothing old is shown as if it were still true.
    """
    view = lose_daemon(make_view(), "")

    assert (True, (), NO_REF) == (view.lost, view.entries, view.selected)


def test_a_late_picture_is_not_shown_for_another_pane() -> None:
    """
    A picture of the pane that was selected before is dropped.
    """
    view = move_by(make_view(), 1)

    assert view == set_shot(view, shoot("%4", SCREEN))


@given(top=st.integers(0, 20), index=st.integers(0, 8), room=st.integers(1, 12))
def test_the_selected_row_is_in_sight(top: int, index: int, room: int) -> None:
    """
    Wherever the list stands, the selected row is shown and no room is wasted.
    """
    view = replace(make_view(), top=top, index=index)

    view = scroll_list(view, room)

    assert view.top <= index < view.top + room
    assert 0 <= view.top <= max(0, 9 - room)


def test_an_untouched_list_does_not_scroll() -> None:
    """
    A row that is in sight is selected without moving the others.
    """
    view = replace(make_view(), top=2, index=4)

    assert 2 == scroll_list(view, 5).top


def test_pages_go_through_ask_and_screen() -> None:
    """
    PageUp reads back from the live end to the ask, PageDown returns to the live sight.
    """
    view, theme = make_view(), Theme()

    starts = []
    for lines in (-10, -10, -10, 10, 30):
        view = replace(view, start=find_start(view, lines, 60, 14, theme))
        starts.append(view.start)

    assert [22, 12, 2, 12, None] == starts


def test_a_page_down_reads_on_in_a_long_ask() -> None:
    """
    An ask that is cut for want of room goes on with PageDown.
    """
    assert 4 == find_start(make_view(), 4, 30, 5, Theme())
    assert find_start(make_view(), 4, 60, 20, Theme()) is None


def test_the_preview_keeps_the_live_end() -> None:
    """
    A screen that is larger than its room loses its top and its right side.
    """
    shot = shoot("%4", SCREEN)

    lines = [line.plain for line in crop_lines(shot.lines, 12, 3)]

    assert ["   3. No", "", " Esc to canc"] == lines


def test_the_preview_keeps_colours() -> None:
    """
    Spans become styles, also where cleaning made the text before them shorter.
    """
    row = ["\u200b\u200bgreen plain", [[2, 7, {"fg": "green", "bold": True}]]]

    line = shoot("%1", {"rows": [row]}).lines[0]

    assert "green plain" == line.plain
    assert [("green", "bold green")] == [
        (line.plain[span.start : span.end], str(span.style))
        for span in line.spans
        if str(span.style) != "none"
    ]


def test_a_blank_screen_has_no_lines() -> None:
    """
    Blank rows at the end are no part of the picture.
    """
    assert Shot(make_ref("%1")) == shoot("%1", {"rows": [["", []], ["   ", []]]})


def test_worktrees_of_one_repository_are_one_group() -> None:
    """
    They share the repository; elsewhere the checkout is the group, or the folder.
    """
    main = AgentRow(
        make_ref("%1"), folder="~/api", changes=Changes(root="~/api", repository="~/api/.git")
    )
    tree = AgentRow(
        make_ref("%2"), folder="~/login", changes=Changes(root="~/login", repository="~/api/.git")
    )
    bare = AgentRow(make_ref("%3"), folder="~/notes")

    groups = [Grouping.REPOSITORY.name_group(one) for one in (main, tree, bare)]

    assert ["~/api", "~/api", "~/notes"] == groups
