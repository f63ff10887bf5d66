"""The single path from a pane's bytes to its status: daemon, `replay` and tests all use it."""

import copy
from dataclasses import replace
from typing import Any

from agent_status.agents.registry import Registry
from agent_status.agents.schema import REGIONS, AgentRules
from agent_status.agents.session_records import NO_FACTS, SessionFacts
from agent_status.agents.session_schema import SessionFile
from agent_status.detect import identify
from agent_status.detect.activity import (
    STILL_S,
    Activity,
    advance_cadence,
    find_turning,
    is_flowing,
    is_steady,
    stop_flow,
)
from agent_status.detect.asks import is_headless
from agent_status.detect.assessment import (
    BUSY,
    NOBODY,
    Assessment,
    assess,
    build_status,
    choose_evidence,
    find_due_signal,
    is_banner,
    is_prompted,
    is_sure,
    is_turn,
    outweighs_flow,
)
from agent_status.detect.denial import NO_PARTING, advance_parting
from agent_status.detect.layout import Layout
from agent_status.detect.lifecycle import SHOWN, Life, advance
from agent_status.detect.lines import join_lines
from agent_status.detect.match import advance_findings
from agent_status.detect.quick_scan import Work, read_work
from agent_status.detect.reset_time import tell_reset
from agent_status.detect.side_signals import (
    NO_SIDE_SIGNALS,
    SILENT,
    find_tools,
    forget_messages,
    hear_terminal,
    read_report,
)
from agent_status.detect.stall import (
    Limits,
    Progress,
    ProgressInputs,
    advance_progress,
    keep_motion,
    mark_stuck,
    resume_motion,
)
from agent_status.detect.unseen import advance_left, advance_unseen, mark_unseen
from agent_status.model import (
    NO_KEYS,
    Agent,
    Capture,
    Evidence,
    Found,
    Kept,
    Nobody,
    Process,
    Screen,
    State,
    Status,
    digest,
)
from agent_status.terminal import Terminal


class PaneTracker:
    """
    One pane, from its bytes or captures to its status. The other mutable object is its Terminal.

    Times are seconds on one clock of the caller's that never goes back.
    """

    def __init__(self, knowledge: Registry, width: int, height: int, at: float) -> None:
        self._learned = self._knowledge = knowledge
        self._terminal = Terminal(width, height)
        self._processes: tuple[Process, ...] | None = None
        self._veil: int | None = None
        self._rules: AgentRules | None = None
        self._agent: Agent | None = None
        self._hint = ""
        self._hinted = False
        self._life = Life(since=at)
        self._kind: str | None = None
        self._came_at = at
        self._prompted = True
        self._shown: Evidence | None = None
        self._asked, self._asked_at = "", at
        self._above: tuple[str, ...] = ()
        self._is_above_known = False
        self._unseen = False
        self._left = ""
        self._acknowledged = False
        self._worked = False
        self._looked: tuple[object, ...] | None = None
        self._beside = NO_SIDE_SIGNALS
        self._told = SILENT
        self._cadence = Activity()
        self._titled = ("", at)
        self._signs = ProgressInputs(self._terminal.screen())
        self._limits = Limits()
        self._motion: Progress | None = None
        self._untold: frozenset[str] = frozenset()
        self._parting = NO_PARTING
        self._look = NOBODY

    @property
    def agent(self) -> Agent | None:
        """The agent that was found last."""
        return self._agent

    @property
    def work(self) -> Work | None:
        """The work that goes on, where the screen itself says so; else None."""
        look = self._look
        works = look.signal.value == self._life.state == State.WORKING
        shown = look.winner is not None and look.winner.source in SHOWN
        return (
            read_work(look.winner.excerpt, self._rules) if look.winner and works and shown else None
        )

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
        self._is_above_known = False

    def see_above(self, lines: tuple[str, ...], at: float) -> None:  # noqa: ARG002
        """Take what has scrolled off the top; it holds until the pane is active again."""
        if lines != self._above:
            self._above, self._looked = lines, None
        self._is_above_known = True

    def doubt_above(self) -> None:
        """Take it that other lines may have scrolled off, though the screen is the same."""
        self._is_above_known = False

    @property
    def wants_above(self) -> bool:
        """Whether a request begins above the screen, and what stands there is not known."""
        ask = self._look.winner.ask if self._look.winner else None
        shown = self._terminal.screen()
        return not self._is_above_known and not shown.alternate and bool(ask and is_headless(ask))

    def resize(self, width: int, height: int, at: float) -> None:  # noqa: ARG002
        """Take a new size."""
        self._terminal.resize(width, height)

    def see_processes(self, processes: tuple[Process, ...], at: float) -> None:  # noqa: ARG002
        """Take the process tree below the pane, which holds from now on."""
        if processes != self._processes:
            self._processes = processes
            self._looked = None
            self._identify_process()
            tools = find_tools(processes, self._agent.pid if self._agent else None)
            self._beside = replace(self._beside, tools=tools)
            self._signs = replace(self._signs, tools=tuple(tool.pid for tool in tools))

    @property
    def session_files(self) -> tuple[SessionFile, ...]:
        """The files that the agent in the pane keeps about its session."""
        return self._rules.sessions if self._rules else ()

    @property
    def tools(self) -> tuple[int, ...]:
        """The processes of the commands that the agent runs now."""
        return self._signs.tools

    def see_file(self, reading: SessionFacts, at: float) -> None:  # noqa: ARG002
        """Take what the agent's session files say, which holds from now on."""
        self._learn(file=reading.mark)
        told = replace(reading, task=NO_FACTS.task, mark=None)
        self._beside = replace(self._beside, reading=told)

    def see_cpu(self, cpu_s: float, at: float) -> None:  # noqa: ARG002
        """Take the processor time that the agent's commands have used up, in seconds."""
        self._learn(cpu_s=cpu_s)

    def see_report(self, report: str, at: float) -> None:
        """Take the state and kind that the program reports of itself; empty where it does not."""
        if report != self._beside.reported:
            told = read_report(report, at)
            self._beside = replace(self._beside, reported=report, report=told)

    def see_messages(self, progress: str, at: float, *, rang: bool) -> None:
        """Take tmux's word for the pane's progress, and whether its window rang since last time."""
        rang_at = at if rang else self._beside.rang_at
        self._beside = replace(self._beside, progress=progress, rang_at=rang_at)

    def take_limits(self, limits: Limits) -> None:
        """Take the user's word for when work is stuck."""
        self._limits = limits

    def see_hint(self, kind: str) -> None:
        """Take the pane's option, which any program there may set; a known process beats it."""
        if kind != self._hint:
            self._hint, self._looked = kind, None
            self._rules = self._agent = None
            self._identify_process()

    def see_extra(self, names: tuple[str, ...]) -> None:
        """Take the names of processes that are agents, too; they hold from now on."""
        self._knowledge, self._looked = self._learned.extend(names), None
        self._identify_process()

    def take_knowledge(self, knowledge: Registry) -> None:
        """Take what is known about agents from now on; what was seen stays as it is."""
        self._learned = self._knowledge = knowledge
        self._rules = knowledge.find(self._rules.kind) if self._rules else None
        self._agent = self._agent if self._rules else None
        self._looked = None
        self._identify_process()

    def drop_rule(self, rule: str) -> None:
        """Never try a rule again, by its id `kind/rule`, nor identify a kind. Idempotent."""
        self._learned, self._knowledge = self._learned.drop(rule), self._knowledge.drop(rule)
        self._rules = self._knowledge.find(self._rules.kind) if self._rules else None
        self._looked = None

    def acknowledge(self, at: float) -> None:  # noqa: ARG002
        """Take the user's word that they have looked at the result."""
        self._acknowledged = True

    def keep(self, at: float) -> Kept:
        """Return what another watch of the same agent has to know, for `restore`."""
        return Kept(
            self._kind or "",
            self._life.state,
            self._life.since,
            self._asked,
            self._asked_at,
            self._unseen,
            self._left,
            keep_motion(self._motion, at),
            self._worked,
        )

    def restore(self, kept: Kept, at: float) -> None:
        """
        Go on from what an earlier watch has kept of this pane; call it once its screen is known.

        What has changed since then is a change of now; another kind of agent starts over.
        """
        self._kind, self._life = kept.kind, Life(kept.state, kept.since)
        self._asked, self._asked_at, self._shown = kept.asked, kept.asked_at, None
        self._unseen, self._left, self._worked = kept.unseen, kept.left, kept.worked
        self._signs = replace(self._signs, screen=self.screen)
        self._motion = resume_motion(kept.stand, self._signs, at)
        self._untold = frozenset({"file", "cpu_s"})

    def begin_session(self, at: float) -> None:
        """Take it that the agent has begun another session: the result of the last one is over."""
        self._life, self._unseen = replace(self._life, since=at), False

    def status(self, at: float) -> Status:
        """Return the status `at` this instant; holds pass only by calls of this."""
        look = self._take_look(at)
        self._begin_anew(look, at)
        life, before = self._life, self._life.state
        self._life = self._advance(look, at)
        self._remember(choose_evidence(look, before, self._life.state, self._shown), at)
        status = build_status(look, self._life, self._shown, self._asked_at)
        if status.state is State.LIMITED:
            status = tell_reset(status, "\n".join(row.text for row in self.screen.rows))
        draft = digest((self._draft,)) if self._draft else ""
        self._left = advance_left(before, self._life.state, draft, self._left)
        typed = draft != self._left
        flashed = before is State.WORKING and not self._worked
        shown = bool(look.winner and look.winner.seen)
        seen = self._acknowledged or typed or shown or flashed
        self._unseen = advance_unseen(before, self._life.state, unseen=self._unseen, seen=seen)
        self._acknowledged = False
        self._prompted = self._prompted or is_prompted(life, self._life, look)
        prompted = self._prompted
        self._worked = is_turn(self._life, look, at, worked=self._worked, prompted=prompted)
        if self.screen is not self._signs.screen:
            self._signs = replace(self._signs, screen=self.screen)
        self._parting = advance_parting(self._parting, status, self.screen, at)
        if self._parting.denied:
            status = replace(status, denied=True)
        self._motion = advance_progress(self._motion, status.state, self._signs, self._limits, at)
        return mark_stuck(mark_unseen(status, unseen=self._unseen), self._motion)

    def find(self, at: float) -> Found:
        """
        Return the status with all evidence behind it, and the text of every region.

        It is a query: what the next `status` says is the same with and without it.
        """
        return copy.copy(self)._find(at)  # noqa: SLF001  it is one of us

    def _find(self, at: float) -> Found:
        status = self.status(at)
        look = self._look
        found = look.findings
        regions = {name: join_lines(found.layout.find(name)) for name in REGIONS} if found else {}
        keys = self._rules.find_keys(look.winner.rule) if self._rules and look.winner else NO_KEYS
        nobody = None if status.agent else self._explain_nobody()
        return Found(status, look.winner, look.losers, regions, keys, nobody)

    def _explain_nobody(self) -> Nobody:
        agents, hint = self._knowledge.agents, self._hint
        return Nobody(
            identify.explain_strangers(self._processes or (), agents),
            "" if self._knowledge.find(hint) else hint,
            self._veil is not None,
            tuple(rules.kind for rules in agents),
        )

    def _learn(self, **signs: Any) -> None:
        """Take a sign of motion; the first one after `restore` was there before."""
        self._signs = replace(self._signs, **signs)
        if self._motion and self._untold.issuperset(signs):
            self._motion = replace(self._motion, signs=replace(self._motion.signs, **signs))
        self._untold -= signs.keys()

    def _begin_anew(self, look: Assessment, at: float) -> None:
        """Forget what another kind of agent did in this pane before."""
        kind = look.agent.kind if look.agent else ""
        if kind != self._kind:
            self._came_at = at
            self._prompted = self._kind is None
        if kind and self._kind not in {None, "", kind}:
            self._life, self._shown, self._unseen = Life(since=at), None, False
        self._kind = kind

    def _advance(self, look: Assessment, at: float) -> Life:
        ends = self._life.state in BUSY and is_sure(look)
        signal = find_due_signal(look, self._life, self._came_at, at)
        return advance(self._life, signal, at, 0.0 if ends else None)

    def _remember(self, winner: Evidence | None, at: float) -> None:
        """Keep the evidence of the published state, also while another one is held back."""
        shown = self._shown
        if self._life.state is State.NONE:
            self._shown = None
        elif winner and (winner.state is self._life.state or shown is None):
            asked = winner.ask.identity if winner.ask else ""
            if asked != self._asked and winner.state is self._life.state:
                self._asked, self._asked_at = asked, at
            self._shown = winner

    def _is_at_prompt(self, screen: Screen) -> bool:
        """Return whether the cursor is in the agent's input box, which may look like a shell's."""
        box = Layout(screen, self._rules).box if self._rules else None
        return box is not None and box[0] <= screen.cursor.y < box[1]

    @property
    def _draft(self) -> str:
        """What the user had typed when the screen was looked at last."""
        findings = self._look.findings
        return findings.layout.draft if findings else ""

    def _take_look(self, at: float) -> Assessment:
        self._listen(at)
        key = (self._terminal.version, self._processes, self._beside)
        if self._looked != key:
            self._look = self._look_again(at)
            self._looked = key
        return self._look

    def _listen(self, at: float) -> None:
        """Take what the terminal received beside text, and how the screen changes."""
        terminal, beside = self._terminal, self._beside
        told = (terminal.bells, terminal.notices, terminal.progress)
        if told != self._told:
            beside = hear_terminal(beside, self._told, told, at)
            self._told = told
        screen = terminal.screen()
        if screen is not self._signs.screen:
            self._cadence = advance_cadence(self._cadence, self._signs.screen, screen, at)
        steady = self._look.is_lost and is_steady(self._cadence, at)
        turning = find_turning(self._cadence, screen, at)
        starts = not self._prompted and is_banner(self._life, at)
        if self._draft or starts or outweighs_flow(self._look):
            self._cadence = stop_flow(self._cadence)
        flows = is_flowing(self._cadence, at)
        if screen.title != self._titled[0]:
            self._titled = (screen.title, at)
        self._beside = replace(
            beside,
            steady=steady,
            turning=turning,
            flows=flows,
            still_title=at - self._titled[1] >= STILL_S,
        )

    def _look_again(self, at: float) -> Assessment:
        screen = self._terminal.screen()
        self._identify(screen)
        if self._rules is None or self._agent is None:
            return NOBODY
        before = self._look.findings
        layout = Layout(screen, self._rules, before.layout if before else None, self._above)
        if layout.box and not (before and before.layout.box):
            self._stop_flow()
        found = advance_findings(layout, before)
        look = assess(self._agent, found, self._beside, self._look, at)
        if look.since == at:
            self._beside = forget_messages(self._beside, at)
        return look

    def _stop_flow(self) -> None:
        """Take it that the text that came before the input box came is all there is."""
        self._cadence = stop_flow(self._cadence)
        self._beside = replace(self._beside, flows=False)

    def _identify(self, screen: Screen) -> None:
        """Tell the agent by its screen, where neither the user nor the processes can tell."""
        if self._hinted or (self._processes is not None and self._veil is None):
            return
        if identify.shows_shell(screen) and not self._is_at_prompt(screen):
            self._rules = self._agent = None
            return
        signature = identify.find_signature(screen, self._knowledge.agents)
        if signature and signature[0] is not self._rules:
            self._rules = signature[0]
            self._agent = identify.name_agent(signature[0], signature[1])

    def _identify_process(self) -> None:
        found = identify.find_agent(self._processes or (), self._knowledge.agents)
        hint = self._knowledge.find(self._hint)
        self._hinted = hint is not None and found is None
        if hint and self._hinted:
            self._rules, self._agent = hint, identify.name_agent(hint, identify.OPTION)
        if self._hinted or self._processes is None:
            return
        veil, self._veil = self._veil, None if found else identify.find_veil(self._processes)
        if self._veil is None or self._veil != veil:
            self._rules = found and found[0]
            self._agent = found and identify.name_process(*found, hint)
