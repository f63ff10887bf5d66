"""Interrupting an agent: only one that works or asks, and never one press more than it takes."""

from agent_status.act.diary import write_down
from agent_status.act.guard import press
from agent_status.act.hand import Desk, Hand
from agent_status.act.outcome import Kind, Outcome, StoppedError, tell_ask
from agent_status.act.sight import Sight
from agent_status.model import Ask, PaneId, State

PATIENCE_S = 6.0
"""For the work to end after the last press."""
BETWEEN_S = 0.25
"""Between two presses, for programs that want several."""
TRIES = 5


def interrupt(desk: Desk, pane: PaneId) -> Outcome:
    """Stop what the agent does, and see that it stopped. Never raises for what it meets."""
    hand = Hand(desk, pane)
    ask = None
    try:
        with hand.take_turn():
            hand.look()
            sight = hand.check()
            ask = sight.ask
            _require_busy(sight)
            outcome = _stop(hand, ask)
    except StoppedError as stop:
        outcome = stop.outcome
    return write_down(hand, outcome, "interrupt", ask)


def _require_busy(sight: Sight) -> None:
    if sight.ask is None and sight.live is not State.WORKING:
        raise StoppedError(Kind.REFUSED, "it neither works nor asks: nothing was sent")


def _stop(hand: Hand, ask: Ask | None) -> Outcome:
    def has_stopped(sight: Sight) -> bool:
        other = sight.ask is not None and ask is not None and sight.ask != ask
        return other or not sight.kind or sight.is_free

    keys = hand.sight.keys.interrupt
    if not keys:
        raise StoppedError(Kind.REFUSED, "no key of its is known to interrupt it")
    for i, key in enumerate(keys):
        _press(hand, key)
        patience = PATIENCE_S if i + 1 == len(keys) else BETWEEN_S
        if hand.wait(has_stopped, patience):
            after = hand.sight.ask
            told = f"it asks now: {tell_ask(after)}" if after else "it has stopped"
            words = f"sent {' '.join(hand.sent)}; {told}"
            return Outcome(done=True, kind=Kind.SENT.value, words=words)
    words = f"sent {' '.join(hand.sent)}, but it goes on after {PATIENCE_S:g} s"
    return Outcome(done=False, kind=Kind.IGNORED.value, words=words)


def _press(hand: Hand, key: str) -> None:
    """Press a key while it is busy; what it prints meanwhile does not matter, an ask does."""
    for _ in range(TRIES):
        ask = hand.sight.ask
        if hand.type([press(hand.pane, key)], key, ask.text.splitlines() if ask else ()):
            return
        _require_busy(hand.look())
    raise StoppedError(Kind.REFUSED, f"its screen does not come to rest: {hand.tell_sent()}")
