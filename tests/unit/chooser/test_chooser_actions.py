"""What keys that answer, send or tend make of the view, and which effect they ask for."""

from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest

from agent_status.chooser.panels.approve_all import (
    NOT_WHOLE,
    ApproveAll,
    ApproveAllPanel,
    find_alike,
    gather,
)
from agent_status.chooser.panels.compose import ComposePanel, KeepNote, Purpose, Send, Sent, reply
from agent_status.chooser.panels.diff import NO_CHANGES, ChangesFound, FindChanges
from agent_status.chooser.panels.keys import BY_NAME, press
from agent_status.chooser.panels.list_keys import deny
from agent_status.chooser.panels.log import LoadLog, LogPanel
from agent_status.chooser.panels.page import PagePanel, RunCommand
from agent_status.chooser.panels.snooze import SnoozePanel
from agent_status.chooser.standby.warmup import NullSource
from agent_status.chooser.state.actions import (
    AT_WORK,
    BUSY,
    CANCELLED,
    GUARD_S,
    JUST_CHANGED,
    NO_RESULT,
    acknowledge,
    answer,
    confirm,
    interrupt,
    mute,
    pick,
)
from agent_status.chooser.state.effects import Answer, DaemonRequest, Interrupt
from agent_status.chooser.state.events import Done
from agent_status.chooser.state.moves import CHANGED, select, update_agents
from agent_status.chooser.state.view import Effect, View
from agent_status.model.ref import NO_REF, AgentRef, make_ref
from agent_status.protocol.messages import ChangeTriage, TriageState, Unreview
from tests.support.chooser_lab import NOW, make_view, order_agents, read_agents

CALM, DANGER, IDLE, WORKING = map(make_ref, ("%4", "%9", "%8", "%6"))
UNPINNED = ("pinned", "Not pinned any more.")
UNMUTED = ("muted", "Not muted any more.")
LATER = NOW + 2 * GUARD_S


def look_at(ref: AgentRef, **changes: Any) -> View:
    """Return the view of the sample with an agent selected."""
    return replace(select(make_view(), ref), **changes)


def report(*panes: str) -> Any:
    """Return the sample's agents in `panes`, all with the harmless ask of the first one."""
    found = order_agents(*panes)
    for agent in found["agents"]:
        agent["ask"] = found["agents"][0]["ask"]
        agent["risk"] = {"grade": "harmless", "reasons": []}
    return found


@pytest.mark.parametrize("choice", ["y", "n", "1", "2", "3"])
def test_an_answer_names_the_ask_that_was_shown(choice: str) -> None:
    """
    The key goes out with the fingerprint of what stands on the screen, and at once.
    """
    step = answer(look_at(CALM), choice)

    assert Answer(CALM, choice, "0011223344556677") == step.effect
    assert step.view.busy == {CALM}
    assert step.view.selected == CALM


def test_a_key_that_means_no_option_sends_nothing() -> None:
    """
    An option that is not there is told, with those that are.
    """
    step = answer(look_at(CALM), "7")

    assert step.effect is None
    assert "there is no option '7'; there are 1, 2, 3" in step.view.message.words


def test_nothing_is_answered_where_nothing_is_asked() -> None:
    """
    The key of an answer does nothing to an agent that asks nothing.
    """
    step = answer(look_at(IDLE), "y")

    assert (None, "There is no request.", False) == (
        step.effect,
        step.view.message.words,
        step.view.message.good,
    )


def test_what_is_dangerous_is_asked_twice() -> None:
    """
    The first key shows what is at stake, the second sends.
    """
    first = answer(look_at(DANGER), "y")

    assert first.effect is None
    assert first.view.pending
    assert first.view.pending.words == (
        "y again sends y (Yes, proceed). Dangerous (force push; rewrites the history of main): "
        "git push --force-with-lease origin main"
    )
    second = confirm(replace(first.view, now=LATER), "y")
    assert Answer(DANGER, "y", "0011223344556688", dangerous=True) == second.effect
    assert second.view.pending is None


def test_a_key_that_is_held_down_confirms_nothing() -> None:
    """
    Each repetition begins the wait anew; only a key after a pause is a second one.
    """
    view = answer(look_at(DANGER), "y").view
    for tick in range(100):
        step = confirm(replace(view, now=NOW + 0.03 * tick), "y")
        assert step.effect is None
        view = step.view

    assert confirm(replace(view, now=view.now + GUARD_S), "y").effect


@pytest.mark.parametrize("key", ["n", "enter", "escape", "j", "2"])
def test_any_other_key_cancels(key: str) -> None:
    """
    Nothing but the key that was asked for confirms.
    """
    step = confirm(replace(answer(look_at(DANGER), "y").view, now=LATER), key)

    assert (None, None, CANCELLED) == (step.effect, step.view.pending, step.view.message.words)


def test_to_deny_is_never_asked_twice() -> None:
    """
    Nothing is at stake when a dangerous thing is denied.
    """
    step = deny(look_at(DANGER))

    assert Answer(DANGER, "n", "0011223344556688") == step.effect


def test_what_escape_cancels_is_denied_by_it() -> None:
    """
    Where no option denies, the dialog's own words say what does.
    """
    found = order_agents("%4")
    names = [{"key": "1", "label": "Postgres"}, {"key": "2", "label": "SQLite"}]
    ask = {"question": "Which?", "options": names, "text": "Which?\nEsc to cancel"}
    found["agents"][0]["ask"] = ask | {"fingerprint": "1"}

    step = deny(update_agents(View(now=NOW), read_agents(found)))

    assert Answer(CALM, "n", "1") == step.effect


def test_a_key_for_the_old_ask_is_not_taken_for_the_new() -> None:
    """
    Right after the ask has changed under the finger the key is refused, a moment later taken.
    """
    changed = order_agents("%4")
    changed["agents"][0]["ask"]["fingerprint"] = "1" * 16
    view = update_agents(look_at(CALM), read_agents(changed))

    step = answer(replace(view, now=NOW + GUARD_S / 2), "y")

    assert (None, JUST_CHANGED) == (step.effect, step.view.message.words)
    assert Answer(CALM, "y", "1" * 16) == answer(replace(view, now=LATER), "y").effect


def test_a_key_that_is_held_down_answers_nothing_new() -> None:
    """
    While its answer is on its way, and after the next ask came, repetitions begin the wait anew.
    """
    view = answer(look_at(CALM), "y").view
    changed = order_agents("%4")
    changed["agents"][0]["ask"]["fingerprint"] = "1" * 16
    view = update_agents(view, read_agents(changed))
    for tick in range(100):
        busy = view.busy if tick < 50 else frozenset()
        step = answer(replace(view, now=NOW + 0.03 * tick, busy=busy), "y")
        assert step.effect is None
        view = step.view

    assert answer(replace(view, now=view.now + GUARD_S), "y").effect


def test_what_was_pending_for_the_old_ask_is_off() -> None:
    """
    An ask that changes between the two keys leaves the second one without effect.
    """
    changed = order_agents("%9")
    changed["agents"][0]["ask"]["fingerprint"] = "1" * 16
    view = update_agents(answer(look_at(DANGER), "y").view, read_agents(changed))

    assert (None, CHANGED) == (view.pending, view.message.words)


def test_one_key_at_a_time_goes_to_a_pane() -> None:
    """
    While an answer is on its way another one is refused; its end frees the pane again.
    """
    step = answer(look_at(CALM), "y")
    assert step.effect
    assert BUSY == answer(step.view, "y").view.message.words

    refs = step.effect.refs
    assert not Done("Sent.", refs=refs).apply(step.view).view.busy
    failed = Done("changed: nothing was sent", good=False, refs=refs).apply(step.view).view
    assert (frozenset(), False) == (failed.busy, failed.message.good)


def test_a_click_marks_and_a_second_one_sends() -> None:
    """
    No single click answers, and two quick ones do not either.
    """
    first = pick(look_at(CALM), "2")
    assert first.effect is None
    assert pick(first.view, "2").effect is None

    assert Answer(CALM, "2", "0011223344556677") == pick(replace(first.view, now=LATER), "2").effect
    other = pick(replace(first.view, now=LATER), "3")
    assert other.effect is None
    assert other.view.pending
    assert "3 (No)" in other.view.pending.words


def test_a_click_on_what_is_dangerous_says_so() -> None:
    """
    The line that asks for the second click names what is at stake.
    """
    view = pick(look_at(DANGER), "1").view

    assert view.pending
    assert view.pending.grave
    assert "Dangerous (force push" in view.pending.words


def test_an_interrupt_is_asked_twice() -> None:
    """
    The second key sends it, another one cancels it.
    """
    view = interrupt(look_at(make_ref("%5"))).view

    assert Interrupt(make_ref("%5"), "") == confirm(replace(view, now=LATER), "i").effect
    assert confirm(replace(view, now=LATER), "x").effect is None


def test_an_ask_that_arrives_calls_off_an_interrupt() -> None:
    """
    The second key would deny what the user has never seen; one that was seen may be interrupted.
    """
    asking = order_agents("%4")
    working = deepcopy(asking)
    working["agents"][0] |= {"state": "working", "ask": None}
    view = interrupt(update_agents(View(now=NOW), read_agents(working))).view
    assert view.pending

    view = update_agents(view, read_agents(asking))

    assert (None, CHANGED) == (view.pending, view.message.words)
    seen = confirm(replace(interrupt(view).view, now=LATER), "i")
    assert Interrupt(CALM, "0011223344556677") == seen.effect


def test_all_that_ask_the_same_are_shown_first() -> None:
    """
    The key opens the list; what it approves is those of it that still ask just that.
    """
    entries = read_agents(report("%4", "%5", "%6", "%9"))
    view = update_agents(View(now=NOW), entries)
    step = gather(view)
    panel = step.view.panel

    assert step.effect is None
    assert isinstance(panel, ApproveAllPanel)
    assert ["%4", "%5", "%6", "%9"] == [ref.pane for ref, _ in panel.asks]
    early = panel.press(step.view, "y")
    assert early.effect is None
    gone = update_agents(step.view, entries[:2])
    unseen = panel.press(replace(gone, now=LATER), "y")
    assert (None, NOT_WHOLE) == (unseen.effect, unseen.view.message.words)
    done = replace(panel, whole=True).press(replace(gone, now=LATER), "enter")
    print_of = "0011223344556677"
    both = CALM, make_ref("%5")
    assert ApproveAll(tuple((ref, print_of) for ref in both)) == done.effect
    assert done.view.busy == set(both)


def test_only_what_is_harmless_is_approved_together() -> None:
    """
    What writes, what is dangerous and what was not graded stays out.
    """
    assert () == find_alike(look_at(CALM))
    assert "approved together; this is writes" in gather(look_at(CALM)).view.message.words
    found = report("%4", "%5", "%6")
    found["agents"][1]["risk"] = None
    found["agents"][2]["risk"]["grade"] = "dangerous"
    view = update_agents(View(now=NOW), read_agents(found))
    assert ["%4"] == [entry.pane for entry in find_alike(view)]


@pytest.mark.parametrize(
    ("key", "effect"),
    [
        ("p", DaemonRequest(ChangeTriage(CALM, pin="toggle"), "Pinned.", UNPINNED)),
        ("m", DaemonRequest(ChangeTriage(CALM, mute="toggle"), "Muted.", UNMUTED)),
        ("u", DaemonRequest(Unreview(CALM), "Its changes wait for review again.")),
        ("l", LoadLog(CALM)),
        ("L", LoadLog()),
        ("y", Answer(CALM, "y", "0011223344556677")),
        ("n", Answer(CALM, "n", "0011223344556677")),
        ("d", FindChanges(CALM)),
        ("e", RunCommand(("explain", "%4"))),
        ("c", RunCommand(("conflicts", "-v", "%4"))),
        ("R", RunCommand(("report", "%4"))),
    ],
)
def test_keys_that_have_an_effect(key: str, effect: object) -> None:
    """
    Each key of the table has its effect.
    """
    assert effect == press(look_at(CALM), key).effect


@pytest.mark.parametrize(
    ("key", "panel"),
    [
        ("r", ComposePanel(IDLE, Purpose.REPLY)),
        ("N", ComposePanel(IDLE, Purpose.NOTE)),
        ("n", ComposePanel(IDLE, Purpose.NOTE)),
        ("s", SnoozePanel(IDLE)),
        ("L", LogPanel(NO_REF, "Decisions: all agents")),
        ("e", PagePanel("Why: Gemini CLI shop:3.0", ("explain", "%8"))),
    ],
)
def test_keys_that_open_a_panel(key: str, panel: object) -> None:
    """
    Each key after which more is to be said opens its panel.
    """
    assert panel == press(look_at(IDLE), key).view.panel


def test_no_reply_goes_into_a_dialog() -> None:
    """
    While something is asked there is no box to write a reply into.
    """
    step = reply(look_at(CALM))

    assert step.view.panel is None
    assert "a reply goes to an agent at its prompt" in step.view.message.words


@pytest.mark.parametrize("key", sorted(BY_NAME))
def test_without_a_selection_nothing_is_done(key: str) -> None:
    """
    When the selected agent is gone no key does anything in the world.
    """
    step = press(replace(make_view(), selected=make_ref("%99")), key)

    assert step.effect in {None, LoadLog()}


def test_a_sent_reply_is_remembered_and_its_draft_is_not() -> None:
    """
    The draft goes once it was taken, and stays if it was not.
    """
    effect = Send(IDLE, "go on")
    view = look_at(IDLE, drafts=((IDLE, "go on"), (CALM, "wait")), busy=frozenset({IDLE}))

    done = Sent(effect, good=True, words="Sent.").apply(view).view

    assert (((CALM, "wait"),), ("go on",)) == (done.drafts, done.replies)
    assert view.drafts == Sent(effect, good=False, words="no").apply(view).view.drafts


def be(state: str, files: int = 0) -> View:
    """Return the view of one agent in a state, in whose checkout so many files have changed."""
    found = order_agents("%8")
    found["agents"][0] |= {"state": state, "changes": {"files": files}}
    return update_agents(View(now=NOW), read_agents(found))


@pytest.mark.parametrize(
    ("state", "files", "words"),
    [
        ("finished", 0, ""),
        ("review", 2, ""),
        ("idle", 2, ""),
        ("error", 1, ""),
        ("idle", 0, NO_RESULT),
        ("limited", 0, NO_RESULT),
        ("unknown", 3, NO_RESULT),
        ("working", 3, AT_WORK),
        ("stuck", 3, AT_WORK),
    ],
)
def test_only_a_result_is_counted_as_reviewed(state: str, files: int, words: str) -> None:
    """
    Where nothing was finished it is said, and nothing is asked of the daemon.
    """
    step = acknowledge(be(state, files))

    assert (words, bool(words)) == (step.view.message.words, step.effect is None)


@pytest.mark.parametrize("ref", [WORKING, CALM])
def test_no_box_opens_for_an_agent_that_takes_no_reply(ref: AgentRef) -> None:
    """
    It is said before anything is written, of one that works and of one that asks.
    """
    view = reply(look_at(ref)).view

    assert view.panel is None
    assert "a reply goes to an agent at its prompt" in view.message.words


@pytest.mark.parametrize(
    ("answer", "words"),
    [(TriageState(muted=True), "Muted."), (TriageState(), UNMUTED[1]), (None, "Muted.")],
)
def test_what_is_told_of_a_toggle_is_what_is_true(answer: Any, words: str) -> None:
    """
    The daemon's answer counts, not what was in sight when the key was pressed.
    """
    effect = mute(look_at(CALM)).effect

    assert isinstance(effect, DaemonRequest)
    assert words == effect.describe(answer)


@pytest.mark.parametrize(
    ("changes", "code", "text", "words"),
    [
        ({}, 0, '{"files": []}', NO_CHANGES),
        ({}, 1, "Error: ~ is in no git checkout\n", "~ is in no git checkout"),
        ({}, 1, "", "exit code 1"),
        ({"panel": SnoozePanel(IDLE)}, 0, '{"files": [1]}', ""),
        ({"selected": CALM}, 0, '{"files": [1]}', ""),
    ],
)
def test_a_diff_is_not_opened_for_nothing(
    changes: dict[str, Any], code: int, text: str, words: str
) -> None:
    """
    Without changes, with a trouble, or once the user went on, the list stays in sight.
    """
    step = ChangesFound(IDLE, code, text).apply(look_at(IDLE, **changes))

    assert (None, words) == (step.takeover, step.view.message.words)


@pytest.mark.parametrize("text", ['{"files": [{"path": "a"}]}', "This is shared.\n{}", "[]"])
def test_a_diff_is_opened_where_there_may_be_one(text: str) -> None:
    """
    What can't be read is shown rather than left out.
    """
    takeover = ChangesFound(IDLE, 0, text).apply(look_at(IDLE)).takeover

    assert takeover
    assert ("diff", "--wait", "%8") == takeover.words


@pytest.mark.parametrize(
    "effect",
    [
        Answer(CALM, "y", "0011223344556677"),
        Interrupt(CALM, ""),
        ApproveAll(((CALM, "0011223344556677"),)),
        Send(IDLE, "go on"),
        KeepNote(IDLE, "why"),
        DaemonRequest(ChangeTriage(CALM, pin=True)),
    ],
)
def test_an_effect_without_a_daemon_frees_its_panes_and_says_why(effect: Effect) -> None:
    """
    Whatever it is, nothing raises, and the next key may type there.
    """
    view = look_at(CALM, busy=effect.refs)

    after = effect.run(NullSource()).apply(view).view

    assert (frozenset(), after.message.words, False) == (
        after.busy,
        after.message.words,
        after.message.good,
    )


def test_what_is_remembered_is_done_in_order() -> None:
    """
    What is told last of it is true then; what types or reads waits for nothing.
    """
    assert KeepNote.in_order
    assert DaemonRequest.in_order
    assert not any(one.in_order for one in (Answer, ApproveAll, Interrupt, Send, LoadLog))
