"""What followed a key: whether the request went away, and whether all of it was as expected."""

from collections.abc import Sequence
from itertools import zip_longest

from agent_status.actions.outcome import MAX_WORDS, describe_ask
from agent_status.actions.target import TypingTarget
from agent_status.model import Ask, Option, State, clip_text
from agent_status.model.choice import takes_text
from agent_status.protocol.outcome import Kind, Outcome
from agent_status.protocol.pane_state import PaneState

TIMEOUT_S = 4.0
"""For a request to go away."""
FOLLOW_S = 0.5
"""For which a request that follows is watched: one that goes away now was answered, too."""


def confirm(target: TypingTarget, ask: Ask, option: Option) -> Outcome:
    """Return what became of the key that was sent last, which was meant for `ask`."""
    sent = f"{option.key} ({clip_text(option.label, MAX_WORDS)})"
    if option.key == option.label:
        sent = clip_text(option.label, MAX_WORDS)
    odd = find_difference(target.pane_state.rows, target.shown)
    is_over = target.wait(lambda pane_state: pane_state.fingerprint != ask.fingerprint, TIMEOUT_S)
    surprise = _describe_difference(*odd) if odd else _find_follower(target) if is_over else ""
    if surprise:
        words = f"sent {sent}, but {surprise}: look at the pane"
        return Outcome(done=False, kind=Kind.SURPRISE.value, words=words)
    if is_over:
        words = f"sent {sent}{_describe_next(target.pane_state)}"
        return Outcome(done=True, kind=Kind.SENT.value, words=words)
    words = f"sent {sent}, but the request is still there after {TIMEOUT_S:g} s: look at the pane"
    if target.pane_state.ask and takes_text(target.pane_state.ask):
        words = f"sent {sent}; now it waits for your words in the pane"
    return Outcome(done=False, kind=Kind.IGNORED.value, words=words)


def find_difference(seen: Sequence[str], shown: Sequence[str]) -> tuple[str, str] | None:
    """Return the first row that is not the same, as it was seen and as it was shown."""
    pairs = zip_longest(seen, shown, fillvalue="")
    return next(((old, new) for old, new in pairs if old != new), None)


def _describe_difference(old: str, new: str) -> str:
    was, now = (clip_text(text.strip(), MAX_WORDS) or "nothing" for text in (old, new))
    return f"the screen was not the one that was seen: it said {now} where it had said {was}"


def _find_follower(target: TypingTarget) -> str:
    """Return that a request came up after the key and went away without one; empty if none did."""
    after = target.pane_state.ask
    if after is None:
        return ""

    def is_gone(pane_state: PaneState) -> bool:
        return pane_state.ask is None and bool(pane_state.kind)

    gone = target.wait(is_gone, FOLLOW_S)
    return f"another request came up and went away ({describe_ask(after)})" if gone else ""


def _describe_next(pane_state: PaneState) -> str:
    if pane_state.ask:
        return f"; next it asks ({pane_state.ask.fingerprint}): {describe_ask(pane_state.ask)}"
    if not pane_state.kind:
        return "; the agent has ended"
    return "; it works" if pane_state.live.state is State.WORKING else ""
