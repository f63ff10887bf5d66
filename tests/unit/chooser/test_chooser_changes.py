"""The diff in the chooser: walked through, commented, reviewed file by file, and undone."""

import json
from dataclasses import replace
from typing import Any

import pytest
from rich.cells import cell_len

from agent_status.chooser.app.app import Chooser
from agent_status.chooser.frame.frame import draw_frame, fit
from agent_status.chooser.panels.changes import FULL, ChangesPanel, SeeFile
from agent_status.chooser.panels.compose import ComposePanel
from agent_status.chooser.panels.keys import press
from agent_status.chooser.panels.page import Printed, RunCommand
from agent_status.chooser.state.actions import NO_UNDO, take_back
from agent_status.chooser.state.drafts import MAX_REPLY
from agent_status.chooser.state.effects import DaemonRequest, PatchReceived
from agent_status.chooser.state.events import Done
from agent_status.chooser.state.patch import NO_STAMP, RowKind, make_stamp, parse_patch
from agent_status.chooser.state.theme import Theme
from agent_status.chooser.state.view import Undo, View
from agent_status.model.plain import clean_text
from agent_status.model.ref import make_ref
from agent_status.protocol.messages import ChangeTriage, MarkLooked, MoveBaseline, Unreview
from tests.support.chooser_lab import (
    CHANGED,
    FOLDER,
    NOW,
    LiteralSource,
    join_lines,
    make_changed,
    make_changed_report,
    make_view,
    read_sample,
)
from tests.support.chooser_stage import Typist, draw, play, wait_for

THEME = Theme()
DIFF = json.dumps(read_sample("patch"))


def make(**changes: Any) -> View:
    """Return the sample's view with the diff of an agent that is done."""
    return replace(make_view(), **make_changed(**changes))


def type_keys(view: View, *keys: str) -> View:
    """Return the view after keys, drawn after each as the app does."""
    for key in keys:
        view = press(view, key, key if len(key) == 1 else "").view
        view = fit(view, view, 80, 24, THEME)
    return view


def find_line(view: View) -> str:
    """Return what the row under the cursor says."""
    assert isinstance(view.panel, ChangesPanel)
    return view.patch.rows[view.panel.at].text.plain.strip()


@pytest.mark.parametrize("name", ["preview", "changes"])
@pytest.mark.parametrize("size", ["120x40", "200x50"])
def test_frame_of_a_diff(name: str, size: str) -> None:
    """
    The preview and the panel are drawn as their files show them.
    """
    width, height = map(int, size.split("x"))
    panel = ChangesPanel(CHANGED, 18, "src/cart.py", "2" * 40) if name == "changes" else None
    view = make(panel=panel)

    drawn = join_lines(draw_frame(fit(view, view, width, height, THEME), width, height, THEME))

    assert (FOLDER / f"{name}-{size}.txt").read_text("utf-8") == drawn


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        (["D"], "src/cart.py  +5 -2"),
        (["D", "j"], "@@ 1"),
        (["D", "right_square_bracket"], "tests/test_cart.py  new  +2 -0"),
        (["D", "right_curly_bracket", "right_curly_bracket"], "@@ 42"),
        (["D", "end", "left_square_bracket"], "notes.txt  deleted  +0 -1"),
        (["D", "end", "left_curly_bracket"], "@@ 0"),
        (["D", "pagedown", "pageup", "g"], "src/cart.py  +5 -2"),
        (["D", "end", "right_square_bracket"], "-]52;c;aGk=#[bg=red]#(touch x) old"),
    ],
)
def test_diff_is_walked_through(keys: list[str], expected: str) -> None:
    """
    By lines, pages, files and hunks, to both ends.
    """
    assert expected == find_line(type_keys(make(), *keys))


def test_hostile_diff_is_inert_at_any_size() -> None:
    """
    No name and no line brings a terminal sequence, and every line is as wide as the popup.
    """
    view = type_keys(make(), "D")
    for width, height in ((1, 1), (20, 5), (61, 18), (130, 60)):
        for one in (view, replace(view, panel=None)):
            lines = draw_frame(fit(one, one, width, height, THEME), width, height, THEME)
            assert {width} == {cell_len(line.plain) for line in lines}
            assert all(clean_text(line.plain) == line.plain for line in lines)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"files": [{}]}',
        '{"files": 7, "tree": ""}',
        "[" * 10_000,
        '{"files": [{"path": "a", "status": "M", "added": "x", "removed": 0, "why": ""}]}',
    ],
)
def test_diff_that_cannot_be_read_says_so(text: str) -> None:
    """
    The preview is the pane's screen then, and the panel says what is wrong.
    """
    view = make()
    entry = view.entry
    assert entry
    bad = parse_patch(make_stamp(entry), 0, text)

    after = PatchReceived(bad).apply(view).view

    assert not after.shows_patch
    assert (bad.rows, NO_STAMP) == ((), after.reading)
    assert "can't be read" in join_lines(draw_frame(type_keys(after, "D"), 80, 24, THEME))
    assert "git refuses" == parse_patch(make_stamp(entry), 1, "Error: git refuses\n").trouble


def test_comment_becomes_part_of_the_reply() -> None:
    """
    With its place and its line; it is shown before it is sent, and Escape drops one.
    """
    view = type_keys(make(drafts=()), "D", *["down"] * 4)
    assert "+from decimal import Decimal" == find_line(view)

    view = type_keys(view, "c", *"Why?", "enter", "down", "c", "n", "o", "escape")
    view = type_keys(view, "j", "j", "c", "q", "enter", "r")

    assert isinstance(view.panel, ComposePanel)
    expected = "src/cart.py:3: from decimal import Decimal\nWhy?\n\nsrc/cart.py:6: class Cart:\nq"
    assert expected == view.panel.field.text
    full = type_keys(make(drafts=((CHANGED, "x" * MAX_REPLY),)), "D", *["down"] * 4)
    assert FULL == type_keys(full, "c", "y", "enter").message.words
    assert "Choose a line of a file." == type_keys(full, "home", "c").message.words


def test_file_is_reviewed_alone() -> None:
    """
    The command makes the baseline from what was seen; the daemon counts from it. Undoable.
    """
    step = press(type_keys(make(), "D"), "x", "x")
    effect = SeeFile(CHANGED, "src/cart.py", "2" * 40, "src/cart.py")
    assert effect == step.effect
    source = LiteralSource()
    source.printed = (0, '{"was": {"tree": "1"}, "base": {"tree": "2"}}')

    event = effect.run(source)

    words = ("diff", "--seen=src/cart.py", f"--tree={'2' * 40}", "%8")
    assert [words] == source.ran
    move = MoveBaseline(CHANGED, was={"tree": "1"}, base={"tree": "2"})
    assert [DaemonRequest(move)] == source.effects
    after = event.apply(step.view).view
    assert "Reviewed: src/cart.py." == after.message.words
    undone = press(after, "z", "z")
    assert isinstance(undone.effect, DaemonRequest)
    assert Unreview(CHANGED) == undone.effect.request


@pytest.mark.parametrize(
    ("printed", "words"),
    [((1, "Error: no such pane\n"), "no such pane"), ((0, "[]"), "could not be marked")],
)
def test_file_that_could_not_be_reviewed_says_why(printed: tuple[int, str], words: str) -> None:
    """
    There is nothing to undo then.
    """
    source = LiteralSource()
    source.printed = printed

    after = SeeFile(CHANGED, "a", "2" * 40, "a").run(source).apply(make()).view

    assert words in after.message.words
    assert ((), ()) == (tuple(source.effects), after.undos)


def test_cursor_stays_in_its_file_when_the_diff_changes() -> None:
    """
    After a file was reviewed it is at the next one.
    """
    step = press(type_keys(make(), "D"), "x", "x")
    data = read_sample("patch") | {"tree": "3" * 40}
    data["files"] = data["files"][1:]
    patch = parse_patch(step.view.patch.stamp, 0, json.dumps(data))

    view = PatchReceived(patch).apply(step.view).view

    assert "tests/test_cart.py  new  +2 -0" == find_line(fit(view, view, 80, 24, THEME))


def test_actions_are_undone_from_the_last_one_back() -> None:
    """
    Pin, mute, snooze and review, each by its inverse; then there is nothing to undo.
    """
    source = LiteralSource()
    view = type_keys(make(), "z")
    assert NO_UNDO == view.message.words
    for keys in (["p"], ["m"], ["s", "5"], ["a"]):
        step = press(type_keys(view, *keys[:-1]), keys[-1], keys[-1])
        assert step.effect
        view = step.effect.run(source).apply(step.view).view
    source.effects.clear()

    for _ in range(4):
        step = press(view, "z", "z")
        assert step.effect
        view = step.effect.run(source).apply(step.view).view

    assert [
        Unreview(CHANGED),
        ChangeTriage(CHANGED, snooze_s=None),
        ChangeTriage(CHANGED, mute=False),
        ChangeTriage(CHANGED, pin=False),
    ] == [one.request for one in source.effects if isinstance(one, DaemonRequest)]
    assert NO_UNDO == type_keys(view, "z").message.words


def test_review_that_was_undone_is_not_undone_again() -> None:
    """
    `u` takes it off what `z` would undo; what another agent did stays there.
    """
    view = make()
    for ref in (make_ref("%4"), CHANGED):
        undo = Undo(DaemonRequest(*take_back(ref)), ref)
        view = Done("", undo=undo).apply(view).view

    view = type_keys(view, "u")

    assert [make_ref("%4")] == [one.ref for one in view.undos]


def test_diff_is_read_when_it_comes_into_sight_and_when_it_changes() -> None:
    """
    Once for each state of the checkout, not for an agent that still works; `w` shows the screen.
    """
    source = LiteralSource(make_changed_report())
    source.printed = (0, DIFF)

    async def act(app: Chooser, pilot: Typist) -> None:
        assert [] == source.ran
        await pilot.press("end")
        await wait_for(pilot, lambda: "import Decimal" in draw(app))
        await pilot.press("w")
        await wait_for(pilot, lambda: "import Decimal" not in draw(app))
        await pilot.press("w")
        await wait_for(pilot, lambda: "import Decimal" in draw(app))
        assert [("diff", "--hunks", "%8")] == source.ran
        source.say(make_changed_report(reason="more"))
        await wait_for(pilot, lambda: app.view.entry and app.view.entry.reason == "more")
        assert 1 == len(source.ran)
        later = make_changed_report()
        later["agents"][-1]["changes"]["tree"] = "4" * 40
        source.say(later)
        await wait_for(pilot, lambda: len(source.ran) == 2)

    play(source, act, (120, 40))


def test_page_of_what_happened_is_read_marked_and_left() -> None:
    """
    `a` marks it up to when it was opened, `P` turns to the plan and back, `v` and Escape leave.
    """
    step = press(make(), "v", "v")
    assert RunCommand(("since", "%8")) == step.effect
    page = Printed(("since", "%8"), "Since 14:00\n\x1b[31mred").apply(step.view).view

    plan = press(page, "P", "P")
    back = press(plan.view, "P", "P")
    marked = press(page, "a", "a")

    assert " [31mred\n" in join_lines(draw_frame(page, 80, 24, THEME))
    assert RunCommand(("since", "--plan", "%8")) == plan.effect
    assert RunCommand(("since", "%8")) == back.effect
    assert isinstance(marked.effect, DaemonRequest)
    assert MarkLooked(CHANGED, at=NOW) == marked.effect.request
    assert [None] * 3 == [
        marked.view.panel,
        press(page, "v", "v").view.panel,
        press(page, "escape", "").view.panel,
    ]


def test_language_gives_its_colours_and_no_language_those_of_a_diff() -> None:
    """
    A keyword differs from its line; a line of text is green or red as a whole.
    """
    rows = [row for row in make().patch.rows if row.kind is RowKind.LINE]
    code = next(row.text for row in rows if row.quote.startswith("from decimal"))
    text = next(row.text for row in rows if row.quote.endswith("old"))

    assert ["bold color(28)", "color(31)", "color(31)"] == [str(one.style) for one in code.spans]
    assert ["bold color(196)", "color(160)"] == [str(one.style) for one in text.spans]
    assert ("", "") == (code.style, text.style)
