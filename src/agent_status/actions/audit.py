"""From what was done to the journal's entry."""

from dataclasses import replace

from agent_status.actions.target import TypingTarget
from agent_status.model import AnswerRecord, Ask, Option
from agent_status.protocol.outcome import Outcome


def record_action(
    target: TypingTarget,
    outcome: Outcome,
    kind: str,
    ask: Ask | None = None,
    option: Option | None = None,
) -> Outcome:
    """Keep in the journal what was done; return the outcome, also with a broken journal."""
    entry = build_entry(target, outcome, kind, ask, option)
    try:
        kept = target.context.journal.write_answer(entry)
    except Exception:  # noqa: BLE001  the answer is given even if its record fails
        kept = False
    if kept:
        return outcome
    return replace(outcome, words=f"{outcome.words} (the journal could not be written)")


def build_entry(
    target: TypingTarget, outcome: Outcome, kind: str, ask: Ask | None, option: Option | None
) -> AnswerRecord:
    """Return the entry of now."""
    pane_state = target.pane_state
    return AnswerRecord(
        pane=target.pane,
        place=pane_state.place,
        agent=pane_state.kind,
        kind=ask.kind.value if ask else kind,
        fingerprint=ask.fingerprint if ask else "",
        question=ask.question if ask else "",
        command=ask.command if ask else "",
        file=ask.file if ask else "",
        choice=option.key if option else "",
        label=option.label if option else "",
        sent=" ".join(target.sent),
        outcome=outcome.kind,
        words=outcome.words,
        who=target.context.who,
        at=target.context.clock.read_unix(),
        grade=pane_state.grade if ask else None,
        folder=pane_state.agent.folder if pane_state.agent else "",
    )
