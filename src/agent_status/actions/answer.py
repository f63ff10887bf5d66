"""
Answering an agent's request: look again, compare, send under guard, see that it went away.

The keys are sent from here, by the program in which the user pressed theirs, never by the daemon:
a daemon that has no way to type can't type on its own. What a program prints between the look and
the key is caught by the guard; see `guard`.
"""

from dataclasses import dataclass, replace

from agent_status.actions.after import confirm
from agent_status.actions.audit import record_action
from agent_status.actions.guard import press, spell
from agent_status.actions.outcome import ActionStoppedError, RestlessError, describe_ask
from agent_status.actions.target import STEADY_TIMEOUT_S, ActionContext, TypingTarget
from agent_status.model import Ask, Grade, Keys, Option, Pick
from agent_status.model.choice import (
    UnclearError,
    find_mark,
    find_option,
    has_boxes,
    is_denial,
    takes_text,
)
from agent_status.model.ref import AgentRef
from agent_status.protocol.outcome import Kind, Outcome
from agent_status.protocol.pane_state import PaneState

STEP_TIMEOUT_S = 1.5
"""For the mark to move by one."""
SPARE_STEPS = 5
"""Steps of the mark beyond those that lead to every option and back."""

ESCAPE_KEY = "Escape"
SUBMIT = Option("submit", "what is ticked")
"""What leaves a list of boxes, as `answer_ask` takes it; it is on no screen as an option."""
NAMED = {"esc": ESCAPE_KEY, "tab": "Tab", "shift+tab": "BTab", "enter": "Enter", "space": "Space"}
"""Keys that screens tell by name, and tmux's names for them."""


@dataclass(frozen=True, slots=True)
class AnswerRequest:
    """An answer that the user wants to give."""

    choice: str
    expect: str
    """The fingerprint of the request that they saw."""
    most: Grade
    """The worst that they approve."""


def answer_ask(
    context: ActionContext, ref: AgentRef, choice: str, expect: str, most: Grade = Grade.WRITES
) -> Outcome:
    """
    Answer the ask with the fingerprint `expect`; nothing is sent if another one is there.

    `choice` is an option's key as the report has it, its position from 1 where no key is a number,
    or `y` or `n`; where boxes are to be ticked, an option's key ticks it, and `submit` goes on from
    there. An ask that is graded worse than `most` is only denied. One that stays is `ignored` and
    never answered a second time. Never raises for what it meets.
    """
    target, request = TypingTarget(context, ref), AnswerRequest(choice, expect, most)
    option = None
    try:
        with target.lock_pane():
            ask, option = _resolve(target, request)
            _pick(target, request, ask, option)
            outcome = confirm(target, ask, option)
    except ActionStoppedError as stop:
        return record_action(target, stop.outcome, "answer", _recall(target, expect), option)
    return record_action(target, outcome, "answer", ask, option)


def _resolve(target: TypingTarget, request: AnswerRequest) -> tuple[Ask, Option]:
    """
    Return what is asked and the option that is meant, once it is the same for long enough.

    All that keeps a key back is tested on one and the same look, which the target keeps.
    """
    end = target.read_clock() + STEADY_TIMEOUT_S
    while True:
        ask = _require(target, request.expect)
        late = target.read_clock() >= end
        if target.is_steady and (target.pane_state.grade or late):
            option = _find(target.pane_state, ask, request.choice)
            _require_mild(target, option, request.most)
            return ask, option
        if late:
            raise RestlessError(target.describe_sent())
        target.pause()


def _require(target: TypingTarget, expect: str) -> Ask:
    """Return the ask that is on the screen now, if it is the expected one."""
    target.look()
    ask = target.check().ask
    if ask is None:
        raise ActionStoppedError(Kind.GONE, f"the request is gone; {target.describe_sent()}")
    if ask.fingerprint != expect:
        words = f"the request changed ({ask.fingerprint}): {describe_ask(ask)}"
        raise ActionStoppedError(Kind.CHANGED, f"{words}; {target.describe_sent()}")
    return ask


def _require_mild(target: TypingTarget, option: Option, most: Grade) -> None:
    """Raise ActionStoppedError if the request is worse than what is approved; a denial is not."""
    if is_denial(option):
        return
    grade, risks, order = target.pane_state.grade, target.pane_state.risks, tuple(Grade)
    if grade is None or order.index(grade) > order.index(most):
        why = "; ".join(risks) or f"it is {grade or 'not graded'}"
        words = f"not harmless ({why})" if most is Grade.HARMLESS else f"dangerous ({why})"
        how = "" if most is Grade.HARMLESS else ": confirm it (--yes-dangerous) to send it"
        raise ActionStoppedError(Kind.REFUSED, f"{words}; {target.describe_sent()}{how}")


def _recall(target: TypingTarget, expect: str) -> Ask | None:
    ask = target.pane_state.ask
    return ask if ask and ask.fingerprint == expect else None


def _find(pane_state: PaneState, ask: Ask, choice: str) -> Option:
    if choice == SUBMIT.key and pane_state.keys.submit and has_boxes(ask):
        return SUBMIT
    try:
        return find_option(ask, choice)
    except UnclearError as error:
        raise ActionStoppedError(Kind.REFUSED, f"{error}; nothing was sent") from error


def _pick(target: TypingTarget, request: AnswerRequest, ask: Ask, option: Option) -> None:
    """Send the keys that take the option, while the screen is as it was when that was settled."""
    end = target.read_clock() + STEADY_TIMEOUT_S
    while keys := _find_direct(target.pane_state.keys, ask, option):
        actions = [
            press(target.pane, key) if len(key) > 1 else spell(target.pane, key) for key in keys
        ]
        if target.type(actions, " ".join(keys)):
            return
        if target.read_clock() >= end:
            raise RestlessError(target.describe_sent())
        ask, option = _resolve(target, request)
    _move(target, request, ask, option)


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


def _move(target: TypingTarget, request: AnswerRequest, ask: Ask, option: Option) -> None:
    """Move the mark step by step, each one seen, and take the option once the mark is on it."""
    steps, end = 2 * len(ask.options) + SPARE_STEPS, target.read_clock() + STEADY_TIMEOUT_S
    while steps:
        mark, wanted, keys = _require_mark(target, ask), _index(ask, option), target.pane_state.keys
        if mark == wanted and target.type([press(target.pane, keys.enter)], keys.enter):
            return
        key = keys.next if wanted > mark else keys.previous
        if mark != wanted and target.type([press(target.pane, key)], key):
            _await_step(target, mark)
            steps, end = steps - 1, target.read_clock() + STEADY_TIMEOUT_S
        if target.read_clock() >= end:
            raise RestlessError(target.describe_sent())
        ask, option = _resolve(target, request)
    raise ActionStoppedError(Kind.IGNORED, f"the mark does not stay; {target.describe_sent()}")


def _require_mark(target: TypingTarget, ask: Ask) -> int:
    mark = find_mark(ask)
    if mark is None:
        words = "can't tell which option is selected: answer in the pane"
        raise ActionStoppedError(Kind.REFUSED, f"{words}; {target.describe_sent()}")
    return mark


def _await_step(target: TypingTarget, mark: int) -> None:
    def has_moved(pane_state: PaneState) -> bool:
        return pane_state.ask is None or find_mark(pane_state.ask) != mark

    if not target.wait(has_moved, STEP_TIMEOUT_S):
        raise ActionStoppedError(Kind.IGNORED, f"the mark does not move; {target.describe_sent()}")


def _index(ask: Ask, option: Option) -> int:
    plain = replace(option, selected=False)
    return [replace(one, selected=False) for one in ask.options].index(plain)
