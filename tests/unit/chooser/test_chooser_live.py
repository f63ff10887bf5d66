"""The chooser while the world changes: news, screens, panes and daemons that go away."""

from dataclasses import replace

from agent_status.chooser.app.app import Chooser
from agent_status.chooser.app.canvas import find_changed
from agent_status.chooser.frame.frame import draw_frame
from agent_status.chooser.state.theme import Theme
from agent_status.model.ref import make_ref
from tests.support.chooser_lab import NOW, LiteralSource, make_view, order_agents
from tests.support.chooser_stage import Typist, draw, play, wait_for


def test_news_are_drawn_and_selection_stays() -> None:
    """
    A new report changes list and header; the selected pane stays selected in its new row.
    """
    source = LiteralSource(order_agents("%4", "%9"))

    async def act(app: Chooser, pilot: Typist) -> None:
        source.say(order_agents("%2", "%11", "%9", "%4"))
        await wait_for(pilot, lambda: "4 need you" in draw(app))
        rows = [line for line in draw(app).splitlines() if line.startswith("▌")]
        assert len(rows) == 1
        assert "edit wc.py" in rows[0]
        await pilot.press("enter")

    assert play(source, act).return_value == make_ref("%4")


def test_nothing_is_drawn_while_nothing_changes() -> None:
    """
    The same report a little later redraws no row; a minute later, the rows with a new time.
    """
    view = make_view()
    frames = [draw_frame(replace(view, now=NOW + later), 80, 24, Theme()) for later in (0, 0.5, 60)]

    assert [] == find_changed(frames[0], frames[1])
    assert list(range(2, 10)) == find_changed(frames[0], frames[2])


def test_the_preview_follows_the_selection() -> None:
    """
    The screen of the selected pane is fetched at once, and again when it changes.
    """
    source = LiteralSource()
    source.screens["%9"] = {"rows": [["the screen of nine", []]]}

    async def act(app: Chooser, pilot: Typist) -> None:
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

    async def act(app: Chooser, pilot: Typist) -> None:
        await pilot.press("j")
        await wait_for(pilot, lambda: "there is no pane %9" in draw(app))

    play(source, act, (120, 40))


def test_enter_on_a_gone_agent_goes_nowhere() -> None:
    """
    When the selected agent is gone it is said, and Enter does not take its neighbour.
    """
    source = LiteralSource(order_agents("%4", "%9"))

    async def act(app: Chooser, pilot: Typist) -> None:
        source.say(order_agents("%9"))
        await wait_for(pilot, lambda: "is gone: it ended" in draw(app))
        await pilot.press("enter")
        assert app.is_running
        await pilot.press("j", "enter")

    assert play(source, act).return_value == make_ref("%9")


def test_the_end_of_the_daemon_is_said_and_s_starts_it() -> None:
    """
    A daemon that dies while the chooser is open takes the list along; `s` brings it back.
    """
    source = LiteralSource()

    async def act(app: Chooser, pilot: Typist) -> None:
        source.say(None)
        await wait_for(pilot, lambda: "daemon is not running" in draw(app))
        assert "edit wc.py" not in draw(app)
        source.on_start = lambda: setattr(source, "report", order_agents("%9"))
        await pilot.press("s")
        await wait_for(pilot, lambda: "git push" in draw(app))

    play(source, act)

    assert source.started == 1


def test_a_chooser_that_opens_without_a_daemon_starts_one() -> None:
    """
    The key brings back a daemon that was killed, or that the user has stopped.
    """
    source = LiteralSource(None)
    source.on_start = lambda: setattr(source, "report", order_agents("%9"))

    async def act(app: Chooser, pilot: Typist) -> None:
        await wait_for(pilot, lambda: "git push" in draw(app))

    play(source, act)

    assert source.started == 1


def test_a_daemon_that_does_not_start_says_why() -> None:
    """
    The reason stays in sight while the chooser tries again by itself.
    """
    source = LiteralSource(None)
    source.refusal = "the daemon did not start; its log is daemon.log"

    async def act(app: Chooser, pilot: Typist) -> None:
        assert "Press s to start it." in draw(app)
        await pilot.press("s")
        await wait_for(pilot, lambda: "its log is daemon.log" in draw(app))

    play(source, act)


def test_s_does_nothing_while_the_daemon_runs() -> None:
    """
    Only a missing daemon is started.
    """
    source = LiteralSource()

    async def act(_: Chooser, pilot: Typist) -> None:
        await pilot.press("s")

    play(source, act)

    assert source.started == 0


def test_no_agents_is_said() -> None:
    """
    An empty report is told in words, and the first agent to come is selected.
    """
    source = LiteralSource(order_agents())

    async def act(app: Chooser, pilot: Typist) -> None:
        assert "No coding agents in this tmux server." in draw(app)
        await pilot.press("enter", "j", "slash", "pageup")
        source.say(order_agents("%9"))
        await wait_for(pilot, lambda: "git push" in draw(app))
        await pilot.press("enter")

    assert play(source, act).return_value == make_ref("%9")
