"""Keys and clicks that do something, in the app, down to what its source is asked to do."""

import asyncio
from dataclasses import replace

from textual import events

from agent_status.chooser.app.app import Chooser
from agent_status.chooser.app.startup import read_view
from agent_status.chooser.panels.compose import Send
from agent_status.chooser.state.effects import Answer, DaemonRequest
from agent_status.chooser.state.theme import Theme
from agent_status.chooser.state.view import Grouping
from agent_status.model.ref import make_ref
from agent_status.protocol.messages import Acknowledge, ChangeTriage, Unreview, WriteNote
from tests.support.chooser_lab import NOW, LiteralSource, order_agents
from tests.support.chooser_stage import Typist, draw, play, wait_for

PRINT = "0011223344556677"


def test_y_answers_and_its_end_is_told() -> None:
    """
    One key answers the selected agent; the selection stays, and what became of it is said.
    """
    source = LiteralSource()
    source.outcome = (False, "Nothing was sent: something else is asked there now.")

    async def act(app: Chooser, pilot: Typist) -> None:
        await pilot.press("y")
        await wait_for(pilot, lambda: "something else is asked there now" in draw(app))
        assert make_ref("%4") == app.view.selected
        await pilot.press("j")
        assert "something else" not in draw(app)

    play(source, act)

    assert [Answer(make_ref("%4"), "y", PRINT)] == source.effects


def test_a_digit_answers_with_its_option() -> None:
    """
    The option's digit is the answer; while the user filters it is a letter like any other.
    """
    source = LiteralSource()

    async def act(app: Chooser, pilot: Typist) -> None:
        await pilot.press("slash", "3", "y", "escape")
        assert app.view.filter is None
        await pilot.press("g", "3")
        await wait_for(pilot, lambda: source.effects)

    play(source, act)

    assert [Answer(make_ref("%4"), "3", PRINT)] == source.effects


def test_what_is_dangerous_waits_for_the_second_key() -> None:
    """
    After the first key the popup says what is at stake; any other key leaves it unsent.
    """
    source = LiteralSource()

    async def act(app: Chooser, pilot: Typist) -> None:
        await pilot.press("j", "y")
        assert "Dangerous (force push" in draw(app)
        await pilot.press("y", "enter")
        assert "Cancelled: nothing was sent." in draw(app)
        assert app.is_running

    play(source, act)

    assert [] == source.effects


def test_a_key_right_after_a_change_is_refused() -> None:
    """
    An ask that changed under the finger is not answered by the key for the old one.
    """
    source = LiteralSource(order_agents("%4"))
    changed = order_agents("%4")
    changed["agents"][0]["ask"] |= {"fingerprint": "f" * 16, "question": "Delete everything?"}

    async def act(app: Chooser, pilot: Typist) -> None:
        source.say(changed)
        await wait_for(pilot, lambda: "Delete everything?" in draw(app))
        await pilot.press("y")
        assert "has just changed" in draw(app)

    play(source, act)

    assert [] == source.effects


def test_a_key_before_the_first_frame_answers_nothing() -> None:
    """
    What was typed while the popup opened was meant for nothing that it shows.
    """
    source = LiteralSource()

    async def run() -> None:
        view = replace(read_view(source, lambda: NOW), asked_at=NOW - 60)
        app = Chooser(source, view, Theme(), lambda: NOW)
        async with app.run_test(size=(80, 24)) as pilot:
            await pilot.press("y")
            assert "has just changed" in draw(app)
        source.say(None)

    asyncio.run(run())

    assert [] == source.effects


def test_a_reply_is_written_and_sent() -> None:
    """
    The box takes every key and pastes; Enter sends it all, Ctrl+J writes a new line.
    """
    source = LiteralSource()
    source.replies = ("as before",)

    async def act(app: Chooser, pilot: Typist) -> None:
        await pilot.press("G", "r", "up")
        assert "as before" in draw(app)
        await pilot.press("ctrl+u", *"quit?", "ctrl+j")
        app.post_message(events.Paste("yes\x1b[31m\r\nno"))
        await wait_for(pilot, lambda: "[31m" in draw(app))
        await pilot.press("enter")
        await wait_for(pilot, lambda: "Sent." in draw(app))
        assert () == app.view.drafts

    play(source, act)

    assert [Send(make_ref("%8"), "quit?\nyes[31m\nno")] == source.effects


def test_a_draft_survives_escape_and_a_refusal() -> None:
    """
    What was written is there again, whether the user left or the agent took nothing.
    """
    source = LiteralSource()
    source.outcome = (False, "It works: nothing was sent.")

    async def act(app: Chooser, pilot: Typist) -> None:
        await pilot.press("G", "r", *"go on", "escape", "r")
        assert "go on" in draw(app)
        await pilot.press("enter")
        await wait_for(pilot, lambda: "nothing was sent" in draw(app))
        await pilot.press("r")
        assert "go on" in draw(app)

    play(source, act)

    assert ((make_ref("%8"), "go on"),) == source.drafts

    async def look(app: Chooser, pilot: Typist) -> None:
        await pilot.press("G", "r")
        assert "go on" in draw(app)

    later = LiteralSource()
    later.drafts = source.drafts
    play(later, look)


def test_care_is_told_to_the_daemon() -> None:
    """
    Pin, mute, snooze, seen and note go to the daemon for the selected pane.
    """
    report = order_agents("%4")
    report["agents"][0] |= {"state": "finished", "ask": None}
    source = LiteralSource(report)

    async def act(app: Chooser, pilot: Typist) -> None:
        await pilot.press("p", "m", "a", "s", "c", "N", "ctrl+u", "x", "enter")
        await wait_for(pilot, lambda: len(source.effects) == 5)
        assert app.is_running

    play(source, act)

    ref = make_ref("%4")
    assert {
        ChangeTriage(ref, mute="toggle"),
        ChangeTriage(ref, pin="toggle"),
        ChangeTriage(ref, snooze_s="change"),
        WriteNote(ref, "x"),
        Acknowledge(ref),
    } == {effect.request for effect in source.effects if isinstance(effect, DaemonRequest)}


def test_the_log_is_read_and_left() -> None:
    """
    `l` shows the selected agent's decisions, `L` everybody's; a journal that is off is said.
    """
    source = LiteralSource()
    source.log = {
        "entries": [
            {"at": NOW, "kind": "answer", "pane": "%4", "place": "a:0.0", "words": "1 Yes"},
            {"at": NOW, "kind": "note", "pane": "%9", "place": "b:0.0", "words": "why"},
        ]
    }

    async def act(app: Chooser, pilot: Typist) -> None:
        await pilot.press("l")
        await wait_for(pilot, lambda: "1 Yes" in draw(app))
        assert "why" not in draw(app)
        await pilot.press("escape", "L")
        await wait_for(pilot, lambda: "b:0.0" in draw(app))
        await pilot.press("q")
        assert "edit wc.py" in draw(app)
        source.log = None
        await pilot.press("l")
        await wait_for(pilot, lambda: "the journal is off" in draw(app))

    play(source, act)


def test_an_ask_above_the_panes_edge_is_fetched() -> None:
    """
    A dialog that begins on the first row of its pane has its beginning read from the history.
    """
    report = order_agents("%4")
    report["agents"][0]["ask"]["text"] = "+ the last line\nDo you want to?"
    source = LiteralSource(report)
    source.screens["%4"] = {"rows": [["+ the last line", []], ["Do you want to?", []]]}
    source.history["%4"] = ("─" * 30, "+ the first line")

    async def act(app: Chooser, pilot: Typist) -> None:
        await wait_for(pilot, lambda: "+ the first line" in draw(app))

    play(source, act, (120, 40))


def test_an_option_is_clicked_twice() -> None:
    """
    The first click marks the option and says so, the second one after a pause sends it.
    """
    source = LiteralSource()
    at = [NOW]

    async def act(app: Chooser, pilot: Typist) -> None:
        app._clock = lambda: at[0]  # noqa: SLF001  the stage's clock stands still
        row = next(y for y, line in enumerate(draw(app).splitlines()) if "┃ 3  No" in line)
        await pilot.click(offset=(6, row))
        assert "click again, or press y, to send 3 (No)" in draw(app)
        await pilot.click(offset=(6, row))
        assert [] == source.effects
        at[0] += 1
        await pilot.click(offset=(6, row))
        await wait_for(pilot, lambda: source.effects)

    play(source, act)

    assert [Answer(make_ref("%4"), "3", PRINT)] == source.effects


def test_the_last_line_can_be_clicked() -> None:
    """
    A click on a key of the last line presses it.
    """
    source = LiteralSource()

    async def act(app: Chooser, pilot: Typist) -> None:
        line = draw(app).splitlines()[23]
        await pilot.click(offset=(line.index("n deny"), 23))
        await wait_for(pilot, lambda: source.effects)
        line = draw(app).splitlines()[23]
        await pilot.click(offset=(line.index("q close"), 23))
        assert not app.is_running

    play(source, act)

    assert [Answer(make_ref("%4"), "n", PRINT)] == source.effects


def test_groups_are_drawn_and_the_selection_stays() -> None:
    """
    `o` groups by session, then by repository, then not at all.
    """

    async def act(app: Chooser, pilot: Typist) -> None:
        await pilot.press("j", "o")
        assert "grouped by session" in draw(app)
        assert "\n words\n" in draw(app)
        await pilot.press("o")
        assert "/src/words\n" in draw(app)
        assert make_ref("%9") == app.view.selected
        await pilot.press("o")
        assert "not grouped" in draw(app)

    play(LiteralSource(), act)


def test_what_a_command_prints_is_read_on_a_page() -> None:
    """
    `e`, `c` and `R` show it from its first line, inert, and any leaving key shows the list again.
    """
    source = LiteralSource()
    source.printed = (0, "the first\n\x1b[31mred\n" + "line\n" * 60 + "the last\n")

    async def act(app: Chooser, pilot: Typist) -> None:
        await pilot.press("e")
        await wait_for(pilot, lambda: "the first" in draw(app))
        assert "\x1b" not in draw(app)
        await pilot.press("end")
        assert "the last" in draw(app)
        await pilot.press("k", "home")
        assert "the first" in draw(app)
        await pilot.press("pagedown", "pagedown")
        assert "the first" not in draw(app)
        for key in "cR":
            await pilot.press("escape")
            assert "edit wc.py" in draw(app)
            await pilot.press(key)
            await wait_for(pilot, lambda: "the first" in draw(app))

    play(source, act)

    assert [("explain", "%4"), ("conflicts", "-v", "%4"), ("report", "%4")] == source.ran


def test_a_diff_opens_only_if_something_has_changed() -> None:
    """
    Without changes the popup says so where it is, and never gives its terminal away.
    """
    source = LiteralSource()
    source.printed = (0, '{"files": []}')

    async def act(app: Chooser, pilot: Typist) -> None:
        await pilot.press("d")
        await wait_for(pilot, lambda: "It has changed nothing since" in draw(app))

    play(source, act)

    assert [("diff", "--json", "%4")] == source.ran


def test_the_grouping_is_remembered() -> None:
    """
    The next chooser groups the list as this one was left.
    """
    source = LiteralSource()

    async def act(_: Chooser, pilot: Typist) -> None:
        await pilot.press("o")

    play(source, act)
    assert "session" == source.grouping

    async def look(app: Chooser, pilot: Typist) -> None:
        assert Grouping.SESSION is app.view.grouping
        await pilot.press("o", "o")

    play(source, look)
    assert Grouping.NONE is read_view(source).grouping


def test_of_an_agent_that_is_gone_nothing_is_asked() -> None:
    """
    Its row is there for its work: no box opens, and no key of a pane is sent on.
    """
    report = order_agents("%7")
    report["agents"][0] |= {"pane": "ended:0123abcd", "state": "review"}
    source = LiteralSource(report)

    async def act(app: Chooser, pilot: Typist) -> None:
        for key in "riNpmseR":
            await pilot.press(key)
            assert "Its pane is gone" in draw(app)
            await pilot.press("j")
        await pilot.press("c")
        await wait_for(pilot, lambda: source.ran)

    play(source, act)

    assert ([], [("conflicts", "-v", "ended:0123abcd")]) == (source.effects, source.ran)


def test_a_review_that_took_its_row_away_can_be_taken_back() -> None:
    """
    The work of an ended agent leaves the list by `a`, and `u` still knows which it was.
    """
    report = order_agents("%7")
    report["agents"][0] |= {"pane": "ended:0123abcd", "state": "review"}
    source = LiteralSource(report)

    async def act(app: Chooser, pilot: Typist) -> None:
        await pilot.press("a")
        await wait_for(pilot, lambda: source.effects)
        source.say(order_agents())
        await wait_for(pilot, lambda: "No coding agents" in draw(app))
        await pilot.press("u")
        await wait_for(pilot, lambda: 2 == len(source.effects))

    play(source, act)

    done = [effect.request for effect in source.effects if isinstance(effect, DaemonRequest)]
    ref = make_ref("ended:0123abcd")
    assert [Acknowledge(ref), Unreview(ref)] == done
