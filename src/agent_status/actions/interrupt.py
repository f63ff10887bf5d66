"""Interrupting an agent: only one that works or asks, and never one press more than it takes."""

from agent_status.actions.audit import write_down
from agent_status.actions.guard import match_box, press
from agent_status.actions.outcome import Kind, Outcome, RestlessError, StoppedError, tell_ask
from agent_status.actions.target import REST_S, Desk, Hand
from agent_status.model import PaneId
from agent_status.protocol.pane_state import Sight

PATIENCE_S = 6.0
"""For the work to end after the last press."""
BETWEEN_S = 0.25
"""Between two presses, for programs that want several."""


def interrupt(desk: Desk, pane: PaneId, expect: str) -> Outcome:
    """
    Stop what the agent does, and see that it stopped. Never raises for what it meets.

    `expect` is the fingerprint of the ask that the user saw, empty for none: the key would deny
    any other one.
    """
    hand = Hand(desk, pane)
    ask = None
    try:
        with hand.take_turn():
            ask = hand.look().ask
            outcome = _stop(hand, expect)
    except StoppedError as stop:
        outcome = stop.outcome
    return write_down(hand, outcome, "interrupt", ask)


def _stop(hand: Hand, expect: str) -> Outcome:
    def has_stopped(sight: Sight) -> bool:
        other = sight.ask is not None and sight.ask.fingerprint != expect
        return other or not sight.kind or sight.is_free

    keys = _require_busy(hand, expect).keys.interrupt
    if not keys:
        raise StoppedError(Kind.REFUSED, "no key is known that interrupts it; nothing was sent")
    for i, key in enumerate(keys):
        _press(hand, key, expect)
        patience = PATIENCE_S if i + 1 == len(keys) else BETWEEN_S
        if hand.wait(has_stopped, patience):
            after = hand.sight.ask
            told = f"it asks now: {tell_ask(after)}" if after else "it has stopped"
            words = f"sent {' '.join(hand.sent)}; {told}"
            return Outcome(done=True, kind=Kind.SENT.value, words=words)
    words = f"sent {' '.join(hand.sent)}, but it goes on after {PATIENCE_S:g} s"
    return Outcome(done=False, kind=Kind.IGNORED.value, words=words)


def _press(hand: Hand, key: str, expect: str) -> None:
    """
    Press a key while it is busy, and while a request, or else the input box, stands as it was seen.

    Work may print without an end, and must end all the same: after some time, anything may move.
    """
    end = hand.read_clock() + REST_S
    while True:
        sight = _require_busy(hand, expect)
        late = hand.read_clock() >= end
        action, box = press(hand.pane, key), [] if late else match_box(sight)
        if hand.type([action], key) if sight.ask else hand.type_if([action], key, box):
            return
        if late:
            raise RestlessError(hand.tell_sent())
        hand.look()


def _require_busy(hand: Hand, expect: str) -> Sight:
    """Return what was seen last, if it works, or asks what the user saw."""
    sight = hand.check()
    if sight.ask and sight.ask.fingerprint != expect:
        words = f"it has a request that you have not seen: {tell_ask(sight.ask)}"
        raise StoppedError(Kind.CHANGED, f"{words}; {hand.tell_sent()}")
    if expect and not sight.ask and not hand.sent:
        raise StoppedError(Kind.GONE, "the request is gone; nothing was sent")
    if sight.is_free:
        raise StoppedError(
            Kind.REFUSED, f"it neither works nor waits for an answer; {hand.tell_sent()}"
        )
    return sight
