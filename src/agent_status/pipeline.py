"""The single path from a pane's bytes to its status: daemon, `replay` and tests all use it."""

from dataclasses import dataclass, replace
from pathlib import Path

from agent_status.attend.result import advance_unseen, is_typing, mark_unseen
from agent_status.infer import identify
from agent_status.infer.evidence import fuse_evidence, weigh
from agent_status.infer.layout import Layout, join_lines
from agent_status.infer.lifecycle import Life, Signal, advance
from agent_status.infer.match import Findings, advance_findings, find_flags
from agent_status.infer.rules import parse_agents
from agent_status.infer.schema import REGIONS, AgentRules
from agent_status.model import (
    ASKS,
    Agent,
    Capture,
    Evidence,
    Flag,
    Found,
    Problem,
    Process,
    Screen,
    State,
    Status,
)
from agent_status.sense.agent_files import read_own, read_packaged
from agent_status.sense.terminal import Terminal


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What is known about agents: the packaged rules, and the user's own in their place."""

    agents: tuple[AgentRules, ...]

    def find(self, kind: str) -> AgentRules | None:
        """Return the rules of `kind`."""
        return next((rules for rules in self.agents if rules.kind == kind), None)


def learn(config: Path) -> tuple[Knowledge, tuple[Problem, ...]]:
    """Return what the packaged files and those below `config` teach, and what was refused."""
    own, unreadable = read_own(config)
    agents, refused = parse_agents((*read_packaged(), *own))
    return Knowledge(agents), (*unreadable, *refused)


BUSY = ASKS | {State.WORKING}
"""States whose end a sure evidence may publish without a hold."""


@dataclass(frozen=True, slots=True)
class Look:
    """What one look at a pane found, before time has its word."""

    agent: Agent | None
    signal: Signal
    winner: Evidence | None = None
    losers: tuple[Evidence, ...] = ()
    flags: frozenset[Flag] = frozenset()
    findings: Findings | None = None


NOBODY = Look(None, Signal.GONE)


class PaneWatch:
    """
    One pane, from its bytes or captures to its status. The other mutable object is its Terminal.

    Times are seconds on one clock of the caller's that never goes back.
    """

    def __init__(self, knowledge: Knowledge, width: int, height: int, at: float) -> None:
        self._knowledge = knowledge
        self._terminal = Terminal(width, height)
        self._processes: tuple[Process, ...] | None = None
        self._rules: AgentRules | None = None
        self._agent: Agent | None = None
        self._hinted = False
        self._life = Life(since=at)
        self._kind = ""
        self._shown: Evidence | None = None
        self._asked_at = at
        self._unseen = False
        self._acknowledged = False
        self._looked: tuple[int, object] | None = None
        self._look = NOBODY

    @property
    def screen(self) -> Screen:
        """The pane's screen as it is now."""
        return self._terminal.screen()

    def feed(self, data: bytes, at: float) -> None:  # noqa: ARG002  cadence will want it
        """Take bytes that the pane printed."""
        self._terminal.feed(data)

    def paint(self, capture: Capture, at: float) -> None:  # noqa: ARG002
        """Take a capture of the pane; only the rows that changed cost anything."""
        self._terminal.paint(capture)

    def resize(self, width: int, height: int, at: float) -> None:  # noqa: ARG002
        """Take a new size."""
        self._terminal.resize(width, height)

    def see_processes(self, processes: tuple[Process, ...], at: float) -> None:  # noqa: ARG002
        """Take the process tree below the pane, which holds from now on."""
        if processes != self._processes:
            self._processes = processes
            self._looked = None
            self._identify_process()

    def see_hint(self, kind: str) -> None:
        """Take the user's word for which agent this is; an unknown kind is ignored."""
        rules = self._knowledge.find(kind)
        hinted = rules is not None
        if hinted != self._hinted or (rules and rules is not self._rules):
            self._hinted, self._looked = hinted, None
            self._rules = rules
            self._agent = identify.name_agent(rules, "the pane's option") if rules else None
            self._identify_process()

    def acknowledge(self, at: float) -> None:  # noqa: ARG002
        """Take the user's word that they have looked at the result."""
        self._acknowledged = True

    def status(self, at: float) -> Status:
        """Return the status `at` this instant; holds pass only by calls of this."""
        look = self._take_look()
        self._begin_anew(look, at)
        before = self._life.state
        self._life = self._advance(look, at)
        self._remember(self._suit(look, before), at)
        status = self._compose(look)
        seen = self._acknowledged or is_typing(status) or bool(look.winner and look.winner.seen)
        self._unseen = advance_unseen(before, self._life.state, unseen=self._unseen, seen=seen)
        self._acknowledged = False
        return mark_unseen(status, unseen=self._unseen)

    def find(self, at: float) -> Found:
        """Return the status with all evidence behind it, and the text of every region."""
        status = self.status(at)
        look = self._look
        found = look.findings
        regions = {name: join_lines(found.layout.find(name)) for name in REGIONS} if found else {}
        return Found(status, look.winner, look.losers, regions)

    def _begin_anew(self, look: Look, at: float) -> None:
        """Forget what another kind of agent did in this pane before."""
        kind = look.agent.kind if look.agent else ""
        if kind and self._kind not in {"", kind}:
            self._life, self._shown, self._unseen = Life(since=at), None, False
        self._kind = kind

    def _suit(self, look: Look, before: State) -> Evidence | None:
        """Return the winner; a dialog that no rule knows is told as what it was taken for."""
        winner, after, shown = look.winner, self._life.state, self._shown
        known = shown is not None and shown.source == "dialog"
        if (
            winner
            and winner.ask
            and look.signal is Signal.DIALOG
            and (known or before is not after)
        ):
            return replace(winner, state=after, ask=replace(winner.ask, kind=after))
        return winner

    def _advance(self, look: Look, at: float) -> Life:
        ends = self._life.state in BUSY and is_sure(look)
        return advance(self._life, look.signal, at, 0.0 if ends else None)

    def _remember(self, winner: Evidence | None, at: float) -> None:
        """Keep the evidence of the published state, also while another one is held back."""
        shown = self._shown
        if self._life.state is State.NONE:
            self._shown = None
        elif winner and (winner.state is self._life.state or shown is None):
            asked = winner.ask.fingerprint if winner.ask else ""
            if asked != (shown.ask.fingerprint if shown and shown.ask else ""):
                self._asked_at = at
            self._shown = winner

    def _compose(self, look: Look) -> Status:
        life, shown = self._life, self._shown
        if life.state is State.NONE or look.agent is None:
            return Status(None, State.NONE, life.since)
        told = shown if shown and shown.state is life.state else None
        return Status(
            agent=look.agent,
            state=life.state,
            since=max(life.since, self._asked_at) if told and told.ask else life.since,
            reason=told.reason if told else "",
            rule=told.rule if told else "",
            source=told.source if told else "",
            ask=told.ask if told else None,
            flags=look.flags,
        )

    def _is_at_prompt(self, screen: Screen) -> bool:
        """Return whether the cursor is in the agent's input box, which may look like a shell's."""
        box = Layout(screen, self._rules).box if self._rules else None
        return box is not None and box[0] <= screen.cursor.y < box[1]

    def _take_look(self) -> Look:
        key = (self._terminal.version, self._processes)
        if self._looked != key:
            self._look = self._look_again()
            self._looked = key
        return self._look

    def _look_again(self) -> Look:
        screen = self._terminal.screen()
        self._identify(screen)
        if self._rules is None or self._agent is None:
            return NOBODY
        layout = Layout(screen, self._rules)
        found = advance_findings(layout, self._look.findings)
        winner, losers = fuse_evidence((*found.evidence, _presence(self._agent)))
        return Look(self._agent, _find_signal(winner), winner, losers, find_flags(layout), found)

    def _identify(self, screen: Screen) -> None:
        """Tell the agent by its screen, where neither the user nor the processes tell."""
        if self._hinted or self._processes is not None:
            return
        if identify.shows_shell(screen) and not self._is_at_prompt(screen):
            self._rules = self._agent = None
            return
        signature = identify.find_signature(screen, self._knowledge.agents)
        if signature and signature[0] is not self._rules:
            self._rules = signature[0]
            self._agent = identify.name_agent(signature[0], signature[1])

    def _identify_process(self) -> None:
        if self._hinted or self._processes is None:
            return
        found = identify.find_agent(self._processes, self._knowledge.agents)
        self._rules = found[0] if found else None
        how = f"process {found[1].comm}" if found else ""
        pid = found[1].pid if found else None
        self._agent = identify.name_agent(found[0], how, pid) if found else None


def is_sure(look: Look) -> bool:
    """Return whether the winner, or a loser that says the same, vouches for it at once."""
    said = look.winner.state if look.winner else None
    return any(
        evidence.sure and evidence.state is said
        for evidence in (look.winner, *look.losers)
        if evidence
    )


def _presence(agent: Agent) -> Evidence:
    return Evidence(
        state=State.UNKNOWN,
        source="process",
        rule=f"{agent.kind}/present",
        weight=weigh("process", State.UNKNOWN),
        excerpt=agent.how,
        reason="nothing on its screen is known",
    )


def _find_signal(winner: Evidence | None) -> Signal:
    if winner is None:
        return Signal.GONE
    if winner.state is None:
        return Signal.MENU
    if winner.source == "dialog" and winner.state is State.QUESTION:
        return Signal.DIALOG
    return Signal(winner.state.value)
