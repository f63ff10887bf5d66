"""Rows are marked with x, = compares them, and d shows how two attempts differ."""

import json
from dataclasses import replace

import pytest

from agent_status.chooser.frame.frame import draw_frame
from agent_status.chooser.panels.compare import (
    NOT_ENOUGH,
    Compare,
    Compared,
    ComparePanel,
    ShowDiff,
    choose,
)
from agent_status.chooser.panels.keys import press
from agent_status.chooser.state.moves import select
from agent_status.chooser.state.theme import Theme
from agent_status.chooser.state.view import Size, View
from agent_status.model import Changes, Task
from agent_status.model.ref import make_ref
from tests.support.chooser_lab import make_view

ONE, TWO, THREE = make_ref("%4"), make_ref("%8"), make_ref("%9")


def mark(*panes: str) -> View:
    """The chooser after these rows were marked."""
    view = make_view()
    for pane in panes:
        view = press(select(view, make_ref(pane)), "x", "x").view
    return view


def test_marked_rows_are_compared_in_the_order_of_the_list() -> None:
    """A second x takes a mark away; Esc takes away all of them, and only then closes."""
    view = mark("%9", "%8", "%4", "%8")

    step = press(view, "equals_sign", "=")
    assert Compare((ONE, THREE)) == step.effect
    assert isinstance(step.view.panel, ComparePanel)
    assert "*" in draw_frame(view, 100, 30, Theme())[2].plain[:3]
    left = press(view, "escape")
    assert (frozenset(), None) == (left.view.marked, left.exit)
    assert press(left.view, "escape").exit


def test_one_marked_row_is_compared_with_the_selected_one() -> None:
    """Alone it is no comparison."""
    view = mark("%4")

    assert {ONE, TWO} == set(choose(select(view, TWO)))
    step = press(select(view, ONE), "equals_sign", "=")
    assert (NOT_ENOUGH, None, None) == (step.view.message.words, step.effect, step.view.panel)


def test_attempts_at_one_task_are_offered_without_marks() -> None:
    """The selected agent and those with its first prompt in other worktrees."""
    view = make_view()
    roots = {ONE: "/a", TWO: "/b"}
    entries = tuple(
        replace(
            entry,
            task=Task(first_prompt="fix it"),
            changes=Changes(root=roots[entry.ref], repository="/r/.git"),
        )
        if entry.ref in roots
        else entry
        for entry in view.entries
    )
    view = replace(view, entries=entries)

    assert {ONE, TWO} == set(choose(select(view, ONE)))
    assert () == choose(select(view, THREE))


def test_table_is_shown_when_it_comes_and_d_opens_the_diff() -> None:
    """The first attempt is held against the chosen one."""
    view = replace(make_view(), panel=ComparePanel((ONE, TWO, THREE)))
    text = json.dumps({"base": "a" * 40, "table": [["state", "idle", "\x1b[2Jworking", "x"]]})

    view = Compared((ONE, TWO, THREE), 0, text).apply(view).view
    drawn = "\n".join(line.plain for line in draw_frame(view, 100, 30, Theme()))
    assert "state     idle" in drawn
    assert "\x1b" not in drawn
    assert "Counted since aaaaaaaaaaaa." in drawn
    assert ShowDiff(ONE, TWO) == press(view, "d", "d").takeover
    chosen = press(press(view, "right").view, "right").view
    shown = press(chosen, "d", "d").takeover
    assert shown
    assert ("compare", "--diff", "--wait", "%4", "%9") == shown.words
    assert shown.end(chosen, 0).panel == chosen.panel
    assert "exit code 3" in shown.end(chosen, 3).message.words
    assert press(view, "q", "q").view.panel is None


@pytest.mark.parametrize(
    ("code", "text", "words"),
    [
        (1, "Error: No agent in %8\n", "No agent in %8"),
        (0, "[]", "nothing that can be read"),
        (0, '{"table": 3}', "nothing that can be read"),
        (2, "", "exit code 2"),
    ],
)
def test_comparison_that_fails_says_why(code: int, text: str, words: str) -> None:
    """In the place of the table; a table that the user has left stays away."""
    view = replace(make_view(), panel=ComparePanel((ONE, TWO)))

    drawn = draw_frame(Compared((ONE, TWO), code, text).apply(view).view, 80, 24, Theme())
    assert words in "\n".join(line.plain for line in drawn)
    gone = Compared((ONE, TWO), code, text).apply(make_view()).view
    assert gone.panel is None


def test_long_table_scrolls_to_its_end() -> None:
    """And no further."""
    rows = tuple((f"fact {number}", "x", "y") for number in range(50))
    panel = ComparePanel((ONE, TWO), rows, "the end")
    view = replace(make_view(), panel=panel)

    end = press(view, "end").view
    assert end.panel
    size = Size(80, 20)
    lines = [line.plain.rstrip() for line in end.panel.fit(end, size).draw(end, size, Theme())]
    assert (" the end", 20) == (lines[-1], len(lines))
