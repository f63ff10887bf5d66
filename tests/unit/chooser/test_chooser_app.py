"""The chooser as a Textual app, driven by keys and mouse."""

import pytest
from textual import events

from agent_status.chooser.app.app import Chooser
from agent_status.chooser.app.canvas import Canvas
from agent_status.chooser.state.effects import DaemonRequest
from agent_status.model.ref import make_ref
from agent_status.protocol.messages import Acknowledge
from tests.support.chooser_lab import SCREEN, LiteralSource, order_agents
from tests.support.chooser_stage import Typist, draw, play, wait_for

SIZES = ((80, 24), (200, 50), (40, 15), (30, 10))


@pytest.mark.parametrize("size", SIZES)
def test_first_frame_is_complete(size: tuple[int, int]) -> None:
    """
    The list, the ask and the keys are there before any news came.
    """

    async def act(app: Chooser, _: Typist) -> None:
        drawn = draw(app)
        assert all(word in drawn for word in ("6 need you", "edit wc.py", "4m", "1  Yes", "jump"))

    play(LiteralSource(), act, size)


@pytest.mark.parametrize(
    ("keys", "pane"),
    [
        (["enter"], "%4"),
        (["j", "enter"], "%9"),
        (["down", "down", "up", "enter"], "%9"),
        (["G", "enter"], "%8"),
        (["end", "k", "enter"], "%6"),
        (["G", "g", "enter"], "%4"),
        (["slash", *"opencode", "enter"], "%2"),
        (["slash", *"codex", "down", "enter"], "%5"),
        (["slash", *"push", "ctrl+u", "j", "escape", "enter"], "%9"),
        (["question_mark", "enter", "j", "enter"], "%9"),
        (["q"], None),
        (["escape"], None),
        (["ctrl+c"], None),
        (["slash", "q", "escape", "escape"], None),
        (["question_mark", "escape", "q"], None),
        (["question_mark", "q"], None),
    ],
)
def test_keys(keys: list[str], pane: str | None) -> None:
    """
    Keys move, narrow, jump and close as the table of keys says.
    """

    async def act(_: Chooser, pilot: Typist) -> None:
        await pilot.press(*keys)

    app = play(LiteralSource(), act)

    assert not app.is_running
    assert (make_ref(pane) if pane else None) == app.return_value


def test_an_ended_agent_can_be_reviewed_but_not_jumped_to() -> None:
    """
    Enter says that its pane is gone; a counts its changes as reviewed.
    """
    report = order_agents("%7")
    report["agents"][0] |= {"pane": "ended:0123abcd", "state": "review"}
    source = LiteralSource(report)
    source.screens = {"ended:0123abcd": SCREEN}

    async def act(app: Chooser, pilot: Typist) -> None:
        await pilot.press("enter")
        assert "Its pane is gone" in draw(app)
        await pilot.press("a")
        await wait_for(pilot, lambda: source.effects)
        await pilot.press("q")

    app = play(source, act)

    assert None is app.return_value
    assert [Acknowledge(make_ref("ended:0123abcd"))] == [
        one.request for one in source.effects if isinstance(one, DaemonRequest)
    ]


def test_help_names_every_key() -> None:
    """
    The question mark shows what all keys do, page by page, and any key shows the list again.
    """

    async def act(app: Chooser, pilot: Typist) -> None:
        await pilot.press("question_mark")
        assert "jump to the selected agent" in draw(app)
        await pilot.press("pagedown")
        assert "the agent that needs you first" in draw(app)
        assert "edit wc.py" not in draw(app)
        await pilot.press("x", "j")
        assert "edit wc.py" in draw(app)

    play(LiteralSource(), act)


def test_a_click_selects_and_a_second_one_jumps() -> None:
    """
    The first click on a row selects it, a click on the selected one jumps.
    """

    async def act(app: Chooser, pilot: Typist) -> None:
        await pilot.click(offset=(30, 4))
        assert app.view.selected == make_ref("%2")
        await pilot.click(offset=(30, 4))

    assert play(LiteralSource(), act).return_value == make_ref("%2")


def test_the_wheel_moves_and_scrolls() -> None:
    """
    On the list the wheel moves the selection, elsewhere it scrolls the preview.
    """

    async def act(app: Chooser, pilot: Typist) -> None:
        post = pilot._post_mouse_events  # noqa: SLF001  the pilot has no wheel
        await post([events.MouseScrollDown], Canvas, (10, 5))
        assert app.view.selected == make_ref("%9")
        await post([events.MouseScrollUp], Canvas, (10, 20))
        assert app.view.start is not None
        await post([events.MouseScrollDown], Canvas, (10, 20))
        assert app.view.start is None
        await post([events.MouseScrollUp], Canvas, (10, 5))
        assert app.view.selected == make_ref("%4")

    play(LiteralSource(), act)


def test_a_paste_goes_into_the_filter_only() -> None:
    """
    Pasted words narrow the list; without a filter they do nothing at all.
    """

    async def act(app: Chooser, pilot: Typist) -> None:
        app.post_message(events.Paste("q\r"))
        await pilot.press("slash")
        app.post_message(events.Paste("pu\x1bsh\u202e"))
        await wait_for(pilot, lambda: app.view.filter == "push")
        await pilot.press("enter")

    assert play(LiteralSource(), act).return_value == make_ref("%9")


def test_any_resize_is_drawn() -> None:
    """
    The popup changes its size under the chooser, down to almost nothing, and back.
    """

    async def act(app: Chooser, pilot: Typist) -> None:
        for width, height in ((30, 10), (3, 2), (1, 1), (200, 50), (80, 24)):
            await pilot.resize_terminal(width, height)
            await pilot.pause()
        assert "edit wc.py" in draw(app)

    play(LiteralSource(), act)


def test_no_colour_is_respected(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    With NO_COLOR set no cell has a colour, and shape, word and weight still tell the states.
    """
    monkeypatch.setenv("NO_COLOR", "1")

    async def act(app: Chooser, _: Typist) -> None:
        strips = app.screen._compositor.render_strips()  # noqa: SLF001
        styles = [segment.style for strip in strips for segment in strip if segment.style]
        assert not [s for s in styles if s.color and not s.color.is_default]
        assert not [s for s in styles if s.bgcolor and not s.bgcolor.is_default]
        assert "▲ approval" in draw(app)

    play(LiteralSource(), act)


def test_the_ground_is_that_of_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    The chooser's own parts are drawn on it, in colours that dark and light ones show alike.
    """
    monkeypatch.delenv("NO_COLOR", raising=False)

    async def act(app: Chooser, _: Typist) -> None:
        header = app.screen._compositor.render_strips()[0]  # noqa: SLF001
        names = {s.style.color.name for s in header if s.style and s.style.color}
        assert {"color(31)", "color(203)", "color(220)"} <= names
        assert not [s for s in header if s.style and s.style.bgcolor and s.style.bgcolor.triplet]

    play(LiteralSource(), act)
