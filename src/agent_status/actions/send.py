"""Sending a text to an agent that is at its prompt, as one message, never into anything else."""

import re
import secrets

from agent_status.actions.audit import record_action
from agent_status.actions.guard import paste, press
from agent_status.actions.outcome import ActionStoppedError, RestlessError
from agent_status.actions.target import STEADY_TIMEOUT_S, ActionContext, TypingTarget
from agent_status.model import Flag, State
from agent_status.model.ref import AgentRef
from agent_status.protocol.outcome import Kind, Outcome
from agent_status.protocol.pane_state import PaneState
from agent_status.tmux.client import TmuxError

MAX_TEXT = 200_000
"""Characters of one message."""
TIMEOUT_S = 6.0
"""For the text to be taken, and for it to be seen in the box before that."""

AT_PROMPT = frozenset({State.IDLE, State.ERROR, State.LIMITED})
"""What the screen may say beside an input box that waits."""
FOLDED = re.compile(r"\[pasted\b[^\]\n]*\]", re.IGNORECASE)
SEQUENCES = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b[PX^_\]][^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?|\x1b[ -/]*[0-~]?"
    r"|\x9b[0-?]*[ -/]*[@-~]"
)
CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029]")


def send_text(context: ActionContext, ref: AgentRef, text: str) -> Outcome:
    """
    Send `text` as one message; control characters are taken out. Never raises for what it meets.

    Refused unless the agent is at its prompt with an empty input box.
    """
    target = TypingTarget(context, ref)
    clean = clean_text(text)
    try:
        with target.lock_pane():
            outcome = _send(target, clean)
    except ActionStoppedError as stop:
        outcome = stop.outcome
    return record_action(target, outcome, "send")


def clean_text(text: str) -> str:
    """Return `text` without anything but characters, tabs and newlines: no sequence survives."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return CONTROLS.sub("", SEQUENCES.sub("", lines)).strip("\n")


def _send(target: TypingTarget, text: str) -> Outcome:
    if not text.strip():
        raise ActionStoppedError(Kind.REFUSED, "there is no text; nothing was sent")
    if len(text) > MAX_TEXT:
        raise ActionStoppedError(Kind.REFUSED, f"more than {MAX_TEXT} characters; nothing was sent")
    target.look()
    _require_prompt(target)
    _require_whole(target, text)
    _paste(target, text)
    if not target.wait(_is_filled, TIMEOUT_S):
        words = "the text was pasted but is not seen in the input box, and not submitted"
        raise ActionStoppedError(Kind.FAILED, f"{words}: look at the pane")
    _submit(target)
    if not target.wait(_is_taken, TIMEOUT_S):
        words = "the text stands in the input box, but was not taken: look at the pane"
        return Outcome(done=False, kind=Kind.IGNORED.value, words=words)
    return Outcome(done=True, kind=Kind.SENT.value, words="sent; it has taken the message")


def _require_prompt(target: TypingTarget) -> None:
    pane_state = target.check()
    if pane_state.ask:
        raise ActionStoppedError(
            Kind.REFUSED, "it has a request: answer that first; nothing was sent"
        )
    if pane_state.live.state is State.WORKING:
        raise ActionStoppedError(Kind.REFUSED, "the agent is busy; nothing was sent")
    if pane_state.live.state not in AT_PROMPT or not pane_state.box:
        raise ActionStoppedError(Kind.REFUSED, "it is not at its prompt; nothing was sent")
    if _is_written(pane_state):
        words = "there is a half-typed text in its input box; nothing was sent"
        raise ActionStoppedError(Kind.REFUSED, words)


def _require_whole(target: TypingTarget, text: str) -> None:
    """
    Stop where tmux knows that the program would take each line as a message of its own.

    tmux reports it since 3.7; before that the agents are trusted: each that is recorded asks for
    pastes in brackets, which tmux puts round them only then.
    """
    try:
        flag = target.context.tmux.ask("#{bracket_paste_flag}", target.pane)
    except TmuxError as error:
        raise ActionStoppedError(Kind.FAILED, f"{error}; nothing was sent") from error
    if flag == "0" and "\n" in text:
        words = "it takes one line at a time, and the text has several; nothing was sent"
        raise ActionStoppedError(Kind.REFUSED, words)


def _paste(target: TypingTarget, text: str) -> None:
    buffer = f"agent-status-{secrets.token_hex(4)}"
    try:
        target.context.tmux.load(buffer, text)
    except TmuxError as error:
        raise ActionStoppedError(Kind.FAILED, f"{error}; nothing was sent") from error
    try:
        end = target.read_clock() + STEADY_TIMEOUT_S
        while not target.type([paste(target.pane, buffer)], text):
            if target.read_clock() >= end:
                raise RestlessError(target.describe_sent())
            target.look()
            _require_prompt(target)
    except ActionStoppedError:
        _drop(target, buffer)
        raise


def _drop(target: TypingTarget, buffer: str) -> None:
    try:
        target.context.tmux.feed(f"delete-buffer -b {buffer}\n")
    except TmuxError:
        return


def _is_written(pane_state: PaneState) -> bool:
    """Return whether something stands in the box; programs fold a long paste to a few words."""
    return Flag.DRAFT in pane_state.flags or bool(FOLDED.search(pane_state.box))


def _is_filled(pane_state: PaneState) -> bool:
    return pane_state.is_free and _is_written(pane_state)


def _submit(target: TypingTarget) -> None:
    end = target.read_clock() + STEADY_TIMEOUT_S
    while True:
        pane_state = target.pane_state
        if not pane_state.is_free:
            raise ActionStoppedError(
                Kind.FAILED, "the text was pasted, then something else came up"
            )
        key = pane_state.keys.enter
        if target.type([press(target.pane, key)], key):
            return
        if target.read_clock() >= end:
            raise ActionStoppedError(
                Kind.FAILED, "the text was pasted, but not submitted: look at the pane"
            )
        target.look()


def _is_taken(pane_state: PaneState) -> bool:
    return not pane_state.kind or not pane_state.is_free or not _is_written(pane_state)
