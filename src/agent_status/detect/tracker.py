"""
From observations to a status: the only state of detection.

The daemon, `replay` and tests build an `Observation` of a pane and call `PaneTracker.advance`.
One step identifies the agent, weighs all evidence on the screen and beside it, and takes the
lifecycle (lifecycle.py: TRANSITIONS and HOLDS) one signal further. Then it decides whether a
result waits to be seen (unseen.py) and whether work has stalled (stall.py).
"""

from dataclasses import replace

from agent_status.agents.registry import Registry
from agent_status.agents.session_records import NO_FACTS
from agent_status.agents.session_schema import SessionFile
from agent_status.detect.activity import (
    STILL_S,
    Activity,
    advance_activity,
    find_spinning,
    is_flowing,
    is_steady,
    stop_flow,
)
from agent_status.detect.assessment import (
    BUSY,
    NO_ASSESSMENT,
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
from agent_status.detect.found import Found
from agent_status.detect.identify import (
    UNIDENTIFIED,
    identify,
    identify_by_screen,
    needs_screen,
)
from agent_status.detect.layout import Layout
from agent_status.detect.lifecycle import Life, advance
from agent_status.detect.match import advance_findings
from agent_status.detect.observation import NEVER, Observation
from agent_status.detect.reset_time import add_reset
from agent_status.detect.side_signals import (
    AHEAD_S,
    NO_SIDE_SIGNALS,
    drop_old_messages,
    find_tools,
    read_report,
)
from agent_status.detect.stall import (
    Limits,
    Progress,
    ProgressInputs,
    advance_progress,
    keep_progress,
    mark_stuck,
    resume_progress,
)
from agent_status.detect.unseen import advance_unseen, ignore_leftover_draft, mark_unseen
from agent_status.model import Evidence, Kept, Row, Screen, State, Status, digest

SAMPLE_S = 0.2
"""How the screen changes is judged by looks that are at least so far apart."""
HALF_FRAME_S = 0.12
"""A look so soon after another may see half a frame: what ends work has to stay for so long."""


class PaneTracker:
    """
    The history of one pane that its next status depends on.

    Times are seconds on one clock of the caller's that never goes back.
    """

    def __init__(self, registry: Registry, now: float) -> None:
        self._registry = registry
        self._limits = Limits()
        self._seen: Observation | None = None
        self._identity = UNIDENTIFIED
        self._kind: str | None = None
        self._came_at = now
        self._side = NO_SIDE_SIGNALS
        self._messages_since = NEVER
        self._activity = Activity()
        self._sampled: tuple[Screen | None, float] = (None, NEVER)
        self._advanced_at, self._step_s = NEVER, SAMPLE_S
        self._began_at = now
        self._look = NO_ASSESSMENT
        self._looked: tuple[object, ...] | None = None
        self._life = Life(since=now)
        self._shown: Evidence | None = None
        self._asked, self._asked_at = "", now
        self._prompted = True
        self._worked = False
        self._unseen = False
        self._left = ""
        self._parting = NO_PARTING
        self._motion: Progress | None = None
        self._unread = frozenset[str]()

    @property
    def session_files(self) -> tuple[SessionFile, ...]:
        """The files that the agent in the pane keeps about its session."""
        rules = self._identity.rules
        return rules.sessions if rules else ()

    @property
    def tools(self) -> tuple[int, ...]:
        """The pids of the commands that the agent runs now."""
        return tuple(tool.pid for tool in self._side.tools)

    def use_registry(self, registry: Registry) -> None:
        """Use these rules from now on. What was seen under others stays."""
        self._registry, self._looked = registry, None
        before = self._identity
        rules = registry.find(before.rules.kind) if before.rules else None
        self._identity = replace(before, rules=rules, agent=before.agent if rules else None)
        if self._seen:
            self._identify(self._seen)

    def use_limits(self, limits: Limits) -> None:
        """Use these limits of stalled work from now on."""
        self._limits = limits

    def begin_session(self, now: float) -> None:
        """Forget the result of the last session, as the agent has begun another one."""
        self._life, self._unseen = replace(self._life, since=now), False

    def keep(self, now: float) -> Kept:
        """Return what another tracker of the same agent has to know, for `restore`."""
        return Kept(
            self._kind or "",
            self._life.state,
            self._life.since,
            self._asked,
            self._asked_at,
            self._unseen,
            self._left,
            keep_progress(self._motion, now),
            self._worked,
        )

    def restore(self, kept: Kept, seen: Observation, now: float) -> None:
        """
        Continue from what an earlier tracker kept of this pane, before `seen` is the first input.

        What has changed since then counts as a change of now. Another kind of agent starts over.
        """
        self._kind, self._life = kept.kind, Life(kept.state, kept.since)
        self._asked, self._asked_at, self._shown = kept.asked, kept.asked_at, None
        self._unseen, self._left, self._worked = kept.unseen, kept.left, kept.worked
        self._motion = resume_progress(kept.stand, self._read_progress(seen), now)
        self._unread = frozenset({"file", "cpu_s"})

    def advance(self, seen: Observation, now: float) -> Found:
        """Return what is found in `seen` at `now`. Holds pass only by calls of this."""
        before = self._seen or _observe_nothing(seen.screen)
        self._listen(before, seen, now)
        look = self._assess(seen, now)
        self._begin_anew(look, now)
        status = self._live(look, before, seen, now)
        self._seen = seen
        return Found(
            seen, status, look, self._identity, self._registry, held_state=self._life.state
        )

    def _live(self, look: Assessment, before: Observation, seen: Observation, now: float) -> Status:
        """Take the agent's life one step further, and return the status that follows."""
        last = self._life
        self._life = self._advance_life(look, now)
        self._remember(choose_evidence(look, last.state, self._life.state, self._shown), now)
        status = build_status(look, self._life, self._shown, self._asked_at)
        if status.state is State.LIMITED:
            status = add_reset(status, seen.screen.text)
        acknowledged = seen.acknowledged_at > before.acknowledged_at
        self._settle_result(look, last, now, acknowledged=acknowledged)
        self._parting = advance_parting(self._parting, status, seen.screen, now)
        if self._parting.denied:
            status = replace(status, denied=True)
        self._skip_first_reads(before, seen)
        progress = self._read_progress(seen)
        self._motion = advance_progress(self._motion, status.state, progress, self._limits, now)
        return mark_stuck(mark_unseen(status, unseen=self._unseen), self._motion)

    def _settle_result(
        self, look: Assessment, last: Life, now: float, *, acknowledged: bool
    ) -> None:
        """Decide whether a result waits to be seen, and whether the work that goes on is a turn."""
        before, after = last.state, self._life.state
        draft = digest((look.draft,)) if look.draft else ""
        self._left = ignore_leftover_draft(before, after, draft, self._left)
        typed = draft != self._left
        flashed = before is State.WORKING and not self._worked
        shown = bool(look.winner and look.winner.seen)
        seen = acknowledged or typed or shown or flashed
        self._unseen = advance_unseen(before, after, unseen=self._unseen, seen=seen)
        self._prompted = self._prompted or is_prompted(last, self._life, look)
        prompted = self._prompted
        self._worked = is_turn(self._life, look, now, worked=self._worked, prompted=prompted)

    def _read_progress(self, seen: Observation) -> ProgressInputs:
        return ProgressInputs(seen.screen, seen.session.mark, self.tools, seen.cpu_s)

    def _skip_first_reads(self, before: Observation, seen: Observation) -> None:
        """Expect what is read for the first time after `restore`: it was there before."""
        motion = self._motion
        if "file" in self._unread and seen.session.mark != before.session.mark:
            self._unread -= {"file"}
            motion = motion and motion.expect(file=seen.session.mark)
        if "cpu_s" in self._unread and seen.cpu_s != before.cpu_s:
            self._unread -= {"cpu_s"}
            motion = motion and motion.expect(cpu_s=seen.cpu_s)
        self._motion = motion

    def _begin_anew(self, look: Assessment, now: float) -> None:
        """Forget what another kind of agent did in this pane before."""
        kind = look.agent.kind if look.agent else ""
        if kind != self._kind:
            self._came_at = now
            self._prompted = self._kind is None
        if kind and self._kind not in {None, "", kind}:
            self._life, self._shown, self._unseen = Life(since=now), None, False
        self._kind = kind

    def _advance_life(self, look: Assessment, now: float) -> Life:
        if now > self._advanced_at:  # a tick may look twice
            self._advanced_at, self._step_s = now, now - self._advanced_at
        hold_s = None
        if self._life.state in BUSY and is_sure(look):
            hold_s = 0.0 if self._step_s >= SAMPLE_S else HALF_FRAME_S
        signal = find_due_signal(look, self._life, self._came_at, now)
        return advance(self._life, signal, now, hold_s)

    def _remember(self, winner: Evidence | None, now: float) -> None:
        """Keep the evidence of the published state, also while another one is held back."""
        shown = self._shown
        if self._life.state is State.NONE:
            self._shown = None
        elif winner and (winner.state is self._life.state or shown is None):
            asked = winner.ask.identity if winner.ask else ""
            if asked != self._asked and winner.state is self._life.state:
                self._asked, self._asked_at = asked, now
            self._shown = winner

    def _listen(self, before: Observation, seen: Observation, now: float) -> None:
        """Take what is known beside the screen, and how the screen changes."""
        if seen.hint != before.hint:
            self._identity = replace(self._identity, rules=None, agent=None)
        if seen.hint != before.hint or seen.processes is not before.processes:
            self._identify(seen)
        if seen.session is not before.session:
            state_facts = replace(
                seen.session, task=NO_FACTS.task, mark=None, activity=NO_FACTS.activity
            )
            self._side = replace(self._side, session=state_facts)
        if seen.report != before.report:
            self._side = replace(self._side, report=read_report(seen.report, now))
        screen, activity = seen.screen, self._activity
        sampled, at = self._sampled
        if screen is not sampled and now - at >= SAMPLE_S:
            activity = advance_activity(activity, sampled or before.screen, screen, now)
            self._sampled = (screen, now)
        steady = self._look.is_lost and is_steady(activity, now)
        spinning = find_spinning(activity, screen, now)
        starts = not self._prompted and is_banner(self._life, now)
        if self._look.draft or starts or outweighs_flow(self._look):
            activity = stop_flow(activity)
        self._activity = activity
        side = replace(
            self._side,
            progress=seen.progress,
            notice=seen.notice,
            notice_at=seen.notice_at,
            rang_at=seen.rang_at,
            steady=steady,
            spinning=spinning,
            flows=is_flowing(activity, now),
            still_title=now - max(seen.titled_at, self._began_at) >= STILL_S,
        )
        self._side = drop_old_messages(side, self._messages_since)

    def _assess(self, seen: Observation, now: float) -> Assessment:
        """Return the assessment of all that is seen; the last one if it is all as before."""
        parts = (seen.screen, seen.above, self._identity, self._side)
        if self._looked is None or not _is_same(self._looked, parts):
            self._look = self._assess_again(seen, now)
            self._looked = (seen.screen, seen.above, self._identity, self._side)
        return self._look

    def _assess_again(self, seen: Observation, now: float) -> Assessment:
        self._identify_by_screen(seen)
        agent, rules = self._identity.agent, self._identity.rules
        if rules is None or agent is None:
            return NO_ASSESSMENT
        before = self._look.findings
        layout = Layout(seen.screen, rules, before.layout if before else None, seen.above)
        if layout.box and not (before and before.layout.box):
            # the text that came before the input box is all there is
            self._activity = stop_flow(self._activity)
            self._side = replace(self._side, flows=False)
        look = assess(agent, advance_findings(layout, before), self._side, self._look, now)
        if look.since == now:
            # the screen says something else now: what rang before is about the past
            self._messages_since = now - AHEAD_S
        return look

    def _identify(self, seen: Observation) -> None:
        self._identity = identify(self._identity, seen.processes, seen.hint, self._registry)
        agent = self._identity.agent
        tools = find_tools(seen.processes or (), agent.pid if agent else None)
        self._side = replace(self._side, tools=tools)

    def _identify_by_screen(self, seen: Observation) -> None:
        if needs_screen(self._identity, seen.processes):
            at_prompt = self._is_at_prompt(seen.screen)
            self._identity = identify_by_screen(
                self._identity, seen.screen, self._registry, at_prompt=at_prompt
            )

    def _is_at_prompt(self, screen: Screen) -> bool:
        """Return True if the cursor is in the agent's input box, which may look like a shell's."""
        rules = self._identity.rules
        box = Layout(screen, rules).box if rules else None
        return box is not None and box[0] <= screen.cursor.y < box[1]


def _observe_nothing(screen: Screen) -> Observation:
    """Return what is seen of a pane of this size before it has printed anything."""
    return Observation(Screen(screen.width, screen.height, (Row(),) * screen.height))


def _is_same(before: tuple[object, ...], now: tuple[object, ...]) -> bool:
    """Compare the screens by identity alone: one that is not the same object has changed."""
    return before[0] is now[0] and before[1:] == now[1:]
