"""Sightings and answers for tests of the journal, and a companion's thread waited for."""

from dataclasses import replace

from agent_status.model import (
    Agent,
    AnswerRecord,
    Ask,
    Flag,
    Option,
    Pane,
    PaneId,
    Risk,
    Sighting,
    State,
    Status,
)

OPTIONS = (Option("1", "Yes", selected=True), Option("2", "No"))


def make_ask(command: str = "make test", question: str = "Do you want to proceed?") -> Ask:
    """
    Return an approval of a command.
    """
    return Ask(State.APPROVAL, question, OPTIONS, command, text=f"{question}\n  {command}")


def make_sighting(
    state: State = State.WORKING,
    ask: Ask | None = None,
    pane: str = "%3",
    folder: str = "/",
    flags: frozenset[Flag] = frozenset(),
    risk: Risk | None = None,
) -> Sighting:
    """
    Return an agent in a state, at `work:0.0`.
    """
    reason = ask.command if ask else state.value
    agent = Agent("claude", "Claude Code", 1)
    status = Status(agent, state, 0.0, reason, "claude/rule", ask=ask, flags=flags, risk=risk)
    return Sighting(Pane(PaneId(pane), session="work", folder=folder, window_id="@1"), status)


def asking(command: str = "make test", pane: str = "%3", folder: str = "/") -> Sighting:
    """
    Return an agent that asks for a command.
    """
    return make_sighting(State.APPROVAL, make_ask(command), pane, folder)


def on_branch(sighting: Sighting, branch: str) -> Sighting:
    """
    Return the sighting on a branch.
    """
    return replace(sighting, branch=branch)


def make_answer(at: float, pane: str = "%3", sent: str = "1 Enter") -> AnswerRecord:
    """
    Return an answer that was given.
    """
    ask = make_ask()
    return AnswerRecord(
        pane=PaneId(pane),
        place="work:0.0",
        agent="claude",
        kind="approval",
        fingerprint=ask.fingerprint,
        question=ask.question,
        command=ask.command,
        file="",
        choice="1",
        label="Yes",
        sent=sent,
        outcome="sent",
        words="It was approved.",
        who="ada cli",
        at=at,
    )
