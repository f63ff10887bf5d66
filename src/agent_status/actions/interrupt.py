"""Interrupting an agent: only one that works or asks, and never one press more than it takes."""

from agent_status.actions.audit import record_action
from agent_status.actions.guard import match_box, press
from agent_status.actions.outcome import ActionStoppedError, RestlessError, describe_ask
from agent_status.actions.target import STEADY_TIMEOUT_S, ActionContext, TypingTarget
from agent_status.model.ref import AgentRef
from agent_status.protocol.outcome import Kind, Outcome
from agent_status.protocol.pane_state import PaneState

TIMEOUT_S = 6.0
"""For the work to end after the last press."""
BETWEEN_S = 0.25
"""Between two presses, for programs that want several."""


def interrupt(context: ActionContext, ref: AgentRef, expect: str | None = None) -> Outcome:
    """
    Stop what the agent does, and see that it stopped. Never raises for what it meets.

    `expect` is the fingerprint of the ask that the user saw, empty for none: the key would deny
    any other one.
    """
    target = TypingTarget(context, ref)
    ask = None
    try:
        with target.lock_pane():
            ask = target.look().ask
            outcome = _stop(target, target.pane_state.fingerprint if expect is None else expect)
    except ActionStoppedError as stop:
        outcome = stop.outcome
    return record_action(target, outcome, "interrupt", ask)


def _stop(target: TypingTarget, expect: str) -> Outcome:
    def has_stopped(pane_state: PaneState) -> bool:
        other = pane_state.ask is not None and pane_state.ask.fingerprint != expect
        return other or not pane_state.kind or pane_state.is_free

    keys = _require_busy(target, expect).keys.interrupt
    if not keys:
        raise ActionStoppedError(
            Kind.REFUSED, "no key is known that interrupts it; nothing was sent"
        )
    for i, key in enumerate(keys):
        _press(target, key, expect)
        patience = TIMEOUT_S if i + 1 == len(keys) else BETWEEN_S
        if target.wait(has_stopped, patience):
            after = target.pane_state.ask
            after_words = f"it asks now: {describe_ask(after)}" if after else "it has stopped"
            words = f"sent {' '.join(target.sent)}; {after_words}"
            return Outcome(done=True, kind=Kind.SENT.value, words=words)
    words = f"sent {' '.join(target.sent)}, but it goes on after {TIMEOUT_S:g} s"
    return Outcome(done=False, kind=Kind.IGNORED.value, words=words)


def _press(target: TypingTarget, key: str, expect: str) -> None:
    """
    Press a key while it is busy, and while a request, or else the input box, stands as it was seen.

    Work may print without an end, and must end all the same: after some time, anything may move.
    """
    end = target.read_clock() + STEADY_TIMEOUT_S
    while True:
        pane_state = _require_busy(target, expect)
        late = target.read_clock() >= end
        action, box = press(target.pane, key), [] if late else match_box(pane_state)
        if target.type([action], key) if pane_state.ask else target.type_if([action], key, box):
            return
        if late:
            raise RestlessError(target.describe_sent())
        target.look()


def _require_busy(target: TypingTarget, expect: str) -> PaneState:
    """Return what was seen last, if it works, or asks what the user saw."""
    pane_state = target.check()
    if pane_state.ask and pane_state.ask.fingerprint != expect:
        words = f"it has a request that you have not seen: {describe_ask(pane_state.ask)}"
        raise ActionStoppedError(Kind.CHANGED, f"{words}; {target.describe_sent()}")
    if expect and not pane_state.ask and not target.sent:
        raise ActionStoppedError(Kind.GONE, "the request is gone; nothing was sent")
    if pane_state.is_free:
        raise ActionStoppedError(
            Kind.REFUSED, f"it neither works nor waits for an answer; {target.describe_sent()}"
        )
    return pane_state
