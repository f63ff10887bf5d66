"""Sending a text to an agent that is at its prompt, as one message, never into anything else."""

import re
import secrets

from agent_status.actions.audit import write_down
from agent_status.actions.guard import paste, press
from agent_status.actions.outcome import Kind, Outcome, RestlessError, StoppedError
from agent_status.actions.target import REST_S, Desk, Hand
from agent_status.model import Flag, PaneId, State
from agent_status.protocol.pane_state import Sight
from agent_status.tmux.client import TmuxError

MOST_TEXT = 200_000
"""Characters of one message."""
PATIENCE_S = 6.0
"""For the text to be taken, and for it to be seen in the box before that."""

AT_PROMPT = frozenset({State.IDLE, State.ERROR, State.LIMITED})
"""What the screen may say beside an input box that waits."""
FOLDED = re.compile(r"\[pasted\b[^\]\n]*\]", re.IGNORECASE)
SEQUENCES = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b[PX^_\]][^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?|\x1b[ -/]*[0-~]?"
    r"|\x9b[0-?]*[ -/]*[@-~]"
)
CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029]")


def send_text(desk: Desk, pane: PaneId, text: str) -> Outcome:
    """
    Send `text` as one message; control characters are taken out. Never raises for what it meets.

    Refused unless the agent is at its prompt with an empty input box.
    """
    hand = Hand(desk, pane)
    clean = clean_text(text)
    try:
        with hand.take_turn():
            outcome = _send(hand, clean)
    except StoppedError as stop:
        outcome = stop.outcome
    return write_down(hand, outcome, "send")


def clean_text(text: str) -> str:
    """Return `text` without anything but characters, tabs and newlines: no sequence survives."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return CONTROLS.sub("", SEQUENCES.sub("", lines)).strip("\n")


def _send(hand: Hand, text: str) -> Outcome:
    if not text.strip():
        raise StoppedError(Kind.REFUSED, "there is no text; nothing was sent")
    if len(text) > MOST_TEXT:
        raise StoppedError(Kind.REFUSED, f"more than {MOST_TEXT} characters; nothing was sent")
    hand.look()
    _require_prompt(hand)
    _require_whole(hand, text)
    _paste(hand, text)
    if not hand.wait(_is_filled, PATIENCE_S):
        words = "the text was pasted but is not seen in the input box, and not submitted"
        raise StoppedError(Kind.FAILED, f"{words}: look at the pane")
    _submit(hand)
    if not hand.wait(_is_taken, PATIENCE_S):
        words = "the text stands in the input box, but was not taken: look at the pane"
        return Outcome(done=False, kind=Kind.IGNORED.value, words=words)
    return Outcome(done=True, kind=Kind.SENT.value, words="sent; it has taken the message")


def _require_prompt(hand: Hand) -> None:
    sight = hand.check()
    if sight.ask:
        raise StoppedError(Kind.REFUSED, "it has a request: answer that first; nothing was sent")
    if sight.live is State.WORKING:
        raise StoppedError(Kind.REFUSED, "the agent is busy; nothing was sent")
    if sight.live not in AT_PROMPT or not sight.box:
        raise StoppedError(Kind.REFUSED, "it is not at its prompt; nothing was sent")
    if _is_written(sight):
        words = "there is a half-typed text in its input box; nothing was sent"
        raise StoppedError(Kind.REFUSED, words)


def _require_whole(hand: Hand, text: str) -> None:
    """
    Stop where tmux knows that the program would take each line as a message of its own.

    It tells since 3.7; before that the agents are trusted: each that is recorded asks for pastes
    in brackets, which tmux puts round them only then.
    """
    try:
        flag = hand.desk.tmux.ask("#{bracket_paste_flag}", hand.pane)
    except TmuxError as error:
        raise StoppedError(Kind.FAILED, f"{error}; nothing was sent") from error
    if flag == "0" and "\n" in text:
        words = "it takes one line at a time, and the text has several; nothing was sent"
        raise StoppedError(Kind.REFUSED, words)


def _paste(hand: Hand, text: str) -> None:
    buffer = f"agent-status-{secrets.token_hex(4)}"
    try:
        hand.desk.tmux.load(buffer, text)
    except TmuxError as error:
        raise StoppedError(Kind.FAILED, f"{error}; nothing was sent") from error
    try:
        end = hand.read_clock() + REST_S
        while not hand.type([paste(hand.pane, buffer)], text):
            if hand.read_clock() >= end:
                raise RestlessError(hand.tell_sent())
            hand.look()
            _require_prompt(hand)
    except StoppedError:
        _drop(hand, buffer)
        raise


def _drop(hand: Hand, buffer: str) -> None:
    try:
        hand.desk.tmux.feed(f"delete-buffer -b {buffer}\n")
    except TmuxError:
        return


def _is_written(sight: Sight) -> bool:
    """Return whether something stands in the box; programs fold a long paste to a few words."""
    return Flag.DRAFT in sight.flags or bool(FOLDED.search(sight.box))


def _is_filled(sight: Sight) -> bool:
    return sight.is_free and _is_written(sight)


def _submit(hand: Hand) -> None:
    end = hand.read_clock() + REST_S
    while True:
        sight = hand.sight
        if not sight.is_free:
            raise StoppedError(Kind.FAILED, "the text was pasted, then something else came up")
        key = sight.keys.enter
        if hand.type([press(hand.pane, key)], key):
            return
        if hand.read_clock() >= end:
            raise StoppedError(
                Kind.FAILED, "the text was pasted, but not submitted: look at the pane"
            )
        hand.look()


def _is_taken(sight: Sight) -> bool:
    return not sight.kind or not sight.is_free or not _is_written(sight)
