"""What types into panes for the chooser: each deed by its function of `act`."""

from collections.abc import Mapping, Sequence

from agent_status.actions.answer import answer_ask, approve_all, interrupt, open_desk, send_text
from agent_status.actions.context import OpenDesk
from agent_status.actions.outcome import Outcome
from agent_status.chooser.app.draft_files import find_file, keep_list, read_replies
from agent_status.chooser.state.drafts import add_reply
from agent_status.chooser.state.effects import (
    Answer,
    ApproveAll,
    Interrupt,
    Send,
    Typing,
    list_panes,
)
from agent_status.model import Grade, PaneId, Verb
from agent_status.paths import find_state

VERBS: Mapping[type[Typing], Verb] = {
    Answer: Verb.ANSWER,
    ApproveAll: Verb.ANSWER,
    Interrupt: Verb.INTERRUPT,
    Send: Verb.SEND,
}


def type_deed(socket: str, deed: Typing) -> tuple[bool, str]:
    """
    Do it, on connections of its own; return whether it is as it should be, and words.

    Raises client.CallerError if nobody sits at our terminal who may decide that.
    """
    pane = min(list_panes(deed), default="")
    with open_desk(socket, "chooser", verb=VERBS[type(deed)], pane=pane) as desk:
        return _type(desk, deed)


def _type(desk: OpenDesk, deed: Typing) -> tuple[bool, str]:
    match deed:
        case Answer(pane, choice, expect, dangerous):
            most = Grade.DANGEROUS if dangerous else Grade.WRITES
            return _tell(answer_ask(desk, PaneId(pane), choice, expect, most))
        case Interrupt(pane, expect):
            return _tell(interrupt(desk, PaneId(pane), expect))
        case Send(pane, text):
            return _tell(_send(desk, PaneId(pane), text))
        case ApproveAll(asks):
            outcomes = approve_all(desk, [(PaneId(pane), expect) for pane, expect in asks])
            return sum_up([pane for pane, _ in asks], outcomes)


def _send(desk: OpenDesk, pane: PaneId, text: str) -> Outcome:
    """Send it, and keep it among the replies once it was taken."""
    outcome = send_text(desk, pane, text)
    if outcome.done:
        file = find_file(find_state())
        keep_list(file, add_reply(read_replies(file), text))
    return outcome


def _tell(outcome: Outcome) -> tuple[bool, str]:
    words = outcome.words[:1].upper() + outcome.words[1:]
    return outcome.done, words if words.endswith(".") else f"{words}."


def sum_up(panes: Sequence[str], outcomes: Sequence[Outcome]) -> tuple[bool, str]:
    """Return how many were approved, and what became of each other one."""
    done = sum(outcome.done for outcome in outcomes)
    rest = [
        f"{pane}: {outcome.words}"
        for pane, outcome in zip(panes, outcomes, strict=True)
        if not outcome.done
    ]
    return not rest, f"Approved {done} of {len(outcomes)}. {'; '.join(rest)}".strip()
