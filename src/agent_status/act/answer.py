"""
Answering an agent's ask: sense again, compare, send under guard, see that it went away.

The keys are sent from here, by the program in which the user pressed theirs, never by the daemon:
a daemon that has no way to type can't type by itself. What a program prints between the look and
the key is caught by the guard; see `guard`.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from agent_status.act.choice import UnclearError, find_option
from agent_status.act.desk import open_desk
from agent_status.act.diary import write_down
from agent_status.act.guard import press, spell
from agent_status.act.hand import Desk, Hand
from agent_status.act.interrupt import interrupt
from agent_status.act.outcome import MOST_WORDS, Kind, Outcome, StoppedError, tell_ask
from agent_status.act.send import send_text
from agent_status.act.sight import Sight
from agent_status.model import Ask, Grade, Keys, Option, PaneId, Pick, State, clip_text

__all__ = (
    "Kind",
    "Outcome",
    "answer_ask",
    "approve_all",
    "interrupt",
    "open_desk",
    "send_text",
    "tell_ask",
)

PATIENCE_S = 4.0
"""For an ask to go away."""
STEP_PATIENCE_S = 1.5
"""For the mark to move by one."""
TRIES = 5
"""Looks at a screen that moves while it is to be answered."""

ESCAPE_KEY = "Escape"
BOX = re.compile(r"\[[ xX✓✔]\]|[☐☑☒] ")
SUBMIT = Option("submit", "what is ticked")
"""What leaves a list of boxes, as `answer_ask` takes it; it is on no screen as an option."""
FIELD = re.compile(r"\b(?:type|tell|feedback|own answer)\b", re.IGNORECASE)
"""Options that are text fields once the mark is on them."""
NAMED = {"esc": ESCAPE_KEY, "tab": "Tab", "shift+tab": "BTab", "enter": "Enter", "space": "Space"}
"""Keys that screens tell by name, and tmux's names for them."""


def answer_ask(desk: Desk, pane: PaneId, choice: str, expect: str) -> Outcome:
    """
    Answer the ask with the fingerprint `expect`; nothing is sent if another one is there.

    `choice` is an option's key as the report has it, its position from 1 where no key is a number,
    or `y` or `n`; where boxes are to be ticked, an option's key ticks it, and `submit` goes on from
    there. An ask that stays is `ignored` and never answered a second time. Never raises for what
    it meets.
    """
    hand = Hand(desk, pane)
    option = None
    try:
        with hand.take_turn():
            ask = _require(hand, expect)
            option = _find(hand.sight, ask, choice)
            _pick(hand, ask, option)
            outcome = _confirm(hand, ask, option)
    except StoppedError as stop:
        return write_down(hand, stop.outcome, "answer", _recall(hand, expect), option)
    return write_down(hand, outcome, "answer", ask, option)


def approve_all(desk: Desk, asks: Sequence[tuple[PaneId, str]]) -> tuple[Outcome, ...]:
    """Approve asks, given as pane and fingerprint, one by one: those that are harmless by now."""
    return tuple(_approve(desk, pane, expect) for pane, expect in asks)


def _approve(desk: Desk, pane: PaneId, expect: str) -> Outcome:
    hand = Hand(desk, pane)
    try:
        ask = _require(hand, expect)
        _require_harmless(hand.sight)
    except StoppedError as stop:
        return write_down(hand, stop.outcome, "answer", _recall(hand, expect))
    return answer_ask(desk, pane, "y", ask.fingerprint)


def _require_harmless(sight: Sight) -> None:
    if sight.grade is not Grade.HARMLESS:
        why = "; ".join(sight.risks) or "it was not graded"
        raise StoppedError(Kind.REFUSED, f"not harmless ({why}): nothing was sent")


def _require(hand: Hand, expect: str) -> Ask:
    """Return the ask that is on the screen now, if it is the expected one."""
    hand.look()
    ask = hand.check().ask
    if ask is None:
        raise StoppedError(Kind.GONE, f"nothing is asked there any more: {hand.tell_sent()}")
    if ask.fingerprint != expect:
        words = f"something else is asked there now ({ask.fingerprint}): {tell_ask(ask)}"
        raise StoppedError(Kind.CHANGED, f"{words}: {hand.tell_sent()}")
    return ask


def _recall(hand: Hand, expect: str) -> Ask | None:
    ask = hand.sight.ask
    return ask if ask and ask.fingerprint == expect else None


def _find(sight: Sight, ask: Ask, choice: str) -> Option:
    if choice == SUBMIT.key and sight.keys.submit and has_boxes(ask):
        return SUBMIT
    try:
        return find_option(ask, choice)
    except UnclearError as error:
        raise StoppedError(Kind.REFUSED, f"{error}: nothing was sent") from error


def _pick(hand: Hand, ask: Ask, option: Option) -> None:
    keys = _find_direct(hand.sight.keys, ask, option)
    if not keys:
        _move(hand, ask, option)
        return
    actions = [press(hand.pane, key) if len(key) > 1 else spell(hand.pane, key) for key in keys]
    for _ in range(TRIES):
        if hand.type(actions, " ".join(keys), ask.text.splitlines()):
            return
        ask = _require(hand, ask.fingerprint)
    raise StoppedError(Kind.REFUSED, "its screen does not come to rest: nothing was sent")


def _find_direct(keys: Keys, ask: Ask, option: Option) -> tuple[str, ...]:
    """Return the keys that take the option without moving a mark; none if there are none."""
    if option is SUBMIT:
        return (keys.submit,)
    if takes_text(ask) and option.key != "esc":
        return ()
    key = NAMED.get(option.key.lower(), option.key if len(option.key) == 1 else "")
    if not key or (keys.pick is Pick.MOVE and key != ESCAPE_KEY):
        return ()
    return (key, keys.enter) if keys.pick is Pick.LINE and key != ESCAPE_KEY else (key,)


def _move(hand: Hand, ask: Ask, option: Option) -> None:
    """Move the mark step by step, each one seen, and take the option once the mark is on it."""
    wanted = _index(ask, option)
    for _ in range(2 * len(ask.options) + TRIES):
        mark = find_mark(ask)
        if mark is None:
            words = "it cannot be told which option is selected: answer it in its pane"
            raise StoppedError(Kind.REFUSED, f"{words}: {hand.tell_sent()}")
        keys, lines = hand.sight.keys, ask.text.splitlines()
        if mark == wanted:
            if hand.type([press(hand.pane, keys.enter)], keys.enter, lines):
                return
        else:
            key = keys.next if wanted > mark else keys.previous
            if hand.type([press(hand.pane, key)], key, lines):
                _await_step(hand, mark)
        ask = _require(hand, ask.fingerprint)
    raise StoppedError(Kind.IGNORED, f"its mark does not stay: {hand.tell_sent()}")


def _await_step(hand: Hand, mark: int) -> None:
    def has_moved(sight: Sight) -> bool:
        return sight.ask is None or find_mark(sight.ask) != mark

    if not hand.wait(has_moved, STEP_PATIENCE_S):
        raise StoppedError(Kind.IGNORED, f"its mark does not move: {hand.tell_sent()}")


def find_mark(ask: Ask) -> int | None:
    """Return the index of the selected option, if there is one and only one."""
    marks = [i for i, option in enumerate(ask.options) if option.selected]
    return marks[0] if len(marks) == 1 else None


def takes_text(ask: Ask) -> bool:
    """Return whether the mark is on an option that is a text field, which would take a key."""
    mark = find_mark(ask)
    return mark is not None and bool(FIELD.search(ask.options[mark].label))


def has_boxes(ask: Ask) -> bool:
    """Return whether several options may be ticked, and nothing is taken before `submit`."""
    return any(BOX.match(option.label) for option in ask.options)


def _index(ask: Ask, option: Option) -> int:
    plain = replace(option, selected=False)
    return [replace(one, selected=False) for one in ask.options].index(plain)


def _confirm(hand: Hand, ask: Ask, option: Option) -> Outcome:
    told = f"{option.key} ({clip_text(option.label, MOST_WORDS)})"
    if option.key == option.label:
        told = clip_text(option.label, MOST_WORDS)

    def is_over(sight: Sight) -> bool:
        return sight.ask is None or sight.ask.fingerprint != ask.fingerprint

    if not hand.wait(is_over, PATIENCE_S):
        words = f"sent {told}, but the same is still asked after {PATIENCE_S:g} s: look at the pane"
        if hand.sight.ask and takes_text(hand.sight.ask):
            words = f"sent {told}, and now it waits for your words in the pane"
        return Outcome(done=False, kind=Kind.IGNORED.value, words=words)
    return Outcome(done=True, kind=Kind.SENT.value, words=f"sent {told}{_tell_next(hand.sight)}")


def _tell_next(sight: Sight) -> str:
    if sight.ask:
        return f"; next it asks ({sight.ask.fingerprint}): {tell_ask(sight.ask)}"
    if not sight.kind:
        return "; the agent has ended"
    return "; it works" if sight.live is State.WORKING else ""
