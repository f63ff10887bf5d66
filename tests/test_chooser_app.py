"""The chooser as a Textual app, driven by keys, mouse and literal news."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest
from textual import events
from textual.pilot import Pilot

from agent_status.chooser.app import Chooser
from agent_status.chooser.canvas import Canvas, find_changed
from agent_status.chooser.frame import draw_frame
from agent_status.chooser.looks import Looks
from agent_status.chooser.opening import read_view
from tests.chooser_lab import NOW, LiteralSource, make_view, order_agents

Play = Callable[[Chooser, Pilot[str]], Awaitable[None]]

DEADLINE_S = 30.0
SIZES = ((80, 24), (200, 50), (40, 15), (30, 10))


def play(source: LiteralSource, act: Play, size: tuple[int, int] = (80, 24)) -> Chooser:
    """Run a chooser of that size, let `act` use it, and return it."""
    app = Chooser(source, read_view(source, lambda: NOW), Looks(), lambda: NOW)

    async def run() -> None:
        async with app.run_test(size=size) as pilot:
            await act(app, pilot)
        source.say(None)

    asyncio.run(run())
    return app


async def wait_for(pilot: Pilot[str], fact: Callable[[], Any]) -> None:
    """Return once the fact is true; fail after the deadline."""
    async with asyncio.timeout(DEADLINE_S):
        while not fact():
            await pilot.pause(0.01)


def draw(app: Chooser) -> str:
    """Return what the app's screen shows."""
    strips = app.screen._compositor.render_strips()  # noqa: SLF001  what Textual really draws
    return "\n".join("".join(segment.text for segment in strip).rstrip() for strip in strips)


@pytest.mark.parametrize("size", SIZES)
def test_first_frame_is_complete(size: tuple[int, int]) -> None:
    """
    The list, the ask and the keys are there before any news came.
    """

    async def act(app: Chooser, _: Pilot[str]) -> None:
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

    async def act(_: Chooser, pilot: Pilot[str]) -> None:
        await pilot.press(*keys)

    app = play(LiteralSource(), act)

    assert not app.is_running
    assert pane == app.return_value


def test_help_names_every_key() -> None:
    """
    The question mark shows what all keys do, and any key shows the list again.
    """

    async def act(app: Chooser, pilot: Pilot[str]) -> None:
        await pilot.press("question_mark")
        assert "the agent that needs you first" in draw(app)
        assert "edit wc.py" not in draw(app)
        await pilot.press("x", "j")
        assert "edit wc.py" in draw(app)

    play(LiteralSource(), act)


def test_a_click_selects_and_a_second_one_jumps() -> None:
    """
    The first click on a row selects it, a click on the selected one jumps.
    """

    async def act(app: Chooser, pilot: Pilot[str]) -> None:
        await pilot.click(offset=(30, 4))
        assert app.view.selected == "%2"
        await pilot.click(offset=(30, 4))

    assert play(LiteralSource(), act).return_value == "%2"


def test_the_wheel_moves_and_scrolls() -> None:
    """
    On the list the wheel moves the selection, elsewhere it scrolls the preview.
    """

    async def act(app: Chooser, pilot: Pilot[str]) -> None:
        post = pilot._post_mouse_events  # noqa: SLF001  the pilot has no wheel
        await post([events.MouseScrollDown], Canvas, (10, 5))
        assert app.view.selected == "%9"
        await post([events.MouseScrollUp], Canvas, (10, 20))
        assert app.view.start is not None
        await post([events.MouseScrollDown], Canvas, (10, 20))
        assert app.view.start is None
        await post([events.MouseScrollUp], Canvas, (10, 5))
        assert app.view.selected == "%4"

    play(LiteralSource(), act)


def test_news_are_drawn_and_selection_stays() -> None:
    """
    A new report changes list and header; the selected pane stays selected in its new row.
    """
    source = LiteralSource(order_agents("%4", "%9"))

    async def act(app: Chooser, pilot: Pilot[str]) -> None:
        source.say(order_agents("%2", "%11", "%9", "%4"))
        await wait_for(pilot, lambda: "4 need you" in draw(app))
        rows = [line for line in draw(app).splitlines() if line.startswith("▌")]
        assert len(rows) == 1
        assert "edit wc.py" in rows[0]
        await pilot.press("enter")

    assert play(source, act).return_value == "%4"


def test_nothing_is_drawn_while_nothing_changes() -> None:
    """
    The same report a little later redraws no row; a minute later, the rows with a new time.
    """
    view = make_view()
    frames = [draw_frame(replace(view, now=NOW + later), 80, 24, Looks()) for later in (0, 0.5, 60)]

    assert [] == find_changed(frames[0], frames[1])
    assert list(range(2, 10)) == find_changed(frames[0], frames[2])


def test_the_preview_follows_the_selection() -> None:
    """
    The screen of the selected pane is fetched at once, and again when it changes.
    """
    source = LiteralSource()
    source.screens["%9"] = {"rows": [["the screen of nine", []]]}

    async def act(app: Chooser, pilot: Pilot[str]) -> None:
        await pilot.press("j")
        await wait_for(pilot, lambda: "the screen of nine" in draw(app))
        source.screens["%9"] = {"rows": [["and now another", []]]}
        await wait_for(pilot, lambda: "and now another" in draw(app))

    play(source, act, (120, 40))


def test_a_pane_without_a_screen_says_why() -> None:
    """
    What the daemon answers in place of a screen is shown there.
    """
    source = LiteralSource()
    del source.screens["%9"]

    async def act(app: Chooser, pilot: Pilot[str]) -> None:
        await pilot.press("j")
        await wait_for(pilot, lambda: "there is no pane %9" in draw(app))

    play(source, act, (120, 40))


def test_enter_on_a_gone_agent_goes_nowhere() -> None:
    """
    When the selected agent is gone it is said, and Enter does not take its neighbour.
    """
    source = LiteralSource(order_agents("%4", "%9"))

    async def act(app: Chooser, pilot: Pilot[str]) -> None:
        source.say(order_agents("%9"))
        await wait_for(pilot, lambda: "is gone: it ended" in draw(app))
        await pilot.press("enter")
        assert app.is_running
        await pilot.press("j", "enter")

    assert play(source, act).return_value == "%9"


def test_the_end_of_the_daemon_is_said_and_s_starts_it() -> None:
    """
    A daemon that dies while the chooser is open takes the list along; `s` brings it back.
    """
    source = LiteralSource()

    async def act(app: Chooser, pilot: Pilot[str]) -> None:
        source.say(None)
        await wait_for(pilot, lambda: "daemon is not running" in draw(app))
        assert "edit wc.py" not in draw(app)
        source.on_start = lambda: setattr(source, "report", order_agents("%9"))
        await pilot.press("s")
        await wait_for(pilot, lambda: "git push" in draw(app))

    play(source, act)

    assert source.started == 1


def test_a_daemon_that_does_not_start_says_why() -> None:
    """
    The reason stays in sight while the chooser tries again by itself.
    """
    source = LiteralSource(None)
    source.refusal = "the daemon did not start; its log is daemon.log"

    async def act(app: Chooser, pilot: Pilot[str]) -> None:
        assert "Press s to start it." in draw(app)
        await pilot.press("s")
        await wait_for(pilot, lambda: "its log is daemon.log" in draw(app))

    play(source, act)


def test_s_does_nothing_while_the_daemon_runs() -> None:
    """
    Only a missing daemon is started.
    """
    source = LiteralSource()

    async def act(_: Chooser, pilot: Pilot[str]) -> None:
        await pilot.press("s")

    play(source, act)

    assert source.started == 0


def test_no_agents_is_said() -> None:
    """
    An empty report is told in words, and the first agent to come is selected.
    """
    source = LiteralSource(order_agents())

    async def act(app: Chooser, pilot: Pilot[str]) -> None:
        assert "No coding agents in this tmux server." in draw(app)
        await pilot.press("enter", "j", "slash", "pageup")
        source.say(order_agents("%9"))
        await wait_for(pilot, lambda: "git push" in draw(app))
        await pilot.press("enter")

    assert play(source, act).return_value == "%9"


def test_a_paste_goes_into_the_filter_only() -> None:
    """
    Pasted words narrow the list; without a filter they do nothing at all.
    """

    async def act(app: Chooser, pilot: Pilot[str]) -> None:
        app.post_message(events.Paste("q\r"))
        await pilot.press("slash")
        app.post_message(events.Paste("pu\x1bsh\u202e"))
        await wait_for(pilot, lambda: app.view.filter == "push")
        await pilot.press("enter")

    assert play(LiteralSource(), act).return_value == "%9"


def test_any_resize_is_drawn() -> None:
    """
    The popup changes its size under the chooser, down to almost nothing, and back.
    """

    async def act(app: Chooser, pilot: Pilot[str]) -> None:
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

    async def act(app: Chooser, _: Pilot[str]) -> None:
        strips = app.screen._compositor.render_strips()  # noqa: SLF001
        styles = [segment.style for strip in strips for segment in strip if segment.style]
        assert not [s for s in styles if s.color and not s.color.is_default]
        assert not [s for s in styles if s.bgcolor and not s.bgcolor.is_default]
        assert "▲ approval" in draw(app)

    play(LiteralSource(), act)


def test_colours_are_those_of_the_terminal() -> None:
    """
    The chooser's own parts use the terminal's sixteen colours and its own ground.
    """

    async def act(app: Chooser, _: Pilot[str]) -> None:
        header = app.screen._compositor.render_strips()[0]  # noqa: SLF001
        names = {s.style.color.name for s in header if s.style and s.style.color}
        assert {"cyan", "red", "yellow"} <= names
        assert not [s for s in header if s.style and s.style.bgcolor and s.style.bgcolor.triplet]

    play(LiteralSource(), act)
