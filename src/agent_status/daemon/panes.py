"""The panes that are watched, and what each tick teaches about them."""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import replace

from agent_status.agents.problems import SlowRuleError
from agent_status.agents.registry import Registry
from agent_status.daemon.pane import TrackedPane
from agent_status.daemon.quarantine import MAX_S, Quarantine
from agent_status.daemon.recall import Recall
from agent_status.daemon.watch import Watch, WatchFactory
from agent_status.detect.identify import find_veil
from agent_status.features.history.feature import History
from agent_status.features.sessions.feature import SessionFiles
from agent_status.model import (
    NO_AGENT,
    Agent,
    Pane,
    PaneId,
    Problem,
    Process,
    Sighting,
    State,
)
from agent_status.options import Options
from agent_status.system.checkout import SpotReader
from agent_status.system.cpu_limit import cpu_limit, shared_cpu_limit
from agent_status.system.log import format_error
from agent_status.system.processes import ProcessReader
from agent_status.tmux.query import Tick, find_stamp, make_capture

FAILED = "agent-status failed here: see its log"
JUMP_S = 1.0
"""A time of day that is so much off was set: stamps of the old one may come again."""
PROCESSES_S = 2.0
"""Between two looks at the processes, while nothing says that one has begun or ended."""


class TrackedPanes:
    """All panes of one server. Times are monotonic seconds, but `looked_at` is a Unix time."""

    def __init__(
        self, make_watch: WatchFactory, log: logging.Logger, recall: Recall | None = None
    ) -> None:
        self._make_watch = make_watch
        self._recall = recall
        self._knowledge: Registry | None = None
        self._log = log
        self._watched: dict[PaneId, TrackedPane] = {}
        self._painted = 0
        self._ring = History()
        self._reader = ProcessReader()
        self._spots = SpotReader()
        self._beside = SessionFiles(log)
        self._slow = Quarantine(log)
        self._extra: tuple[str, ...] = ()
        self._processes_at = float("-inf")
        self._day = 0.0
        """What the time of day is ahead of the monotonic one."""
        self.moved_at = float("-inf")
        """When something moved last that an agent could be behind."""

    @property
    def panes(self) -> int:
        """How many panes there are."""
        return len(self._watched)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What was left out, as it took too long."""
        return tuple(self._slow.dropped.values())

    def list_panes(self) -> dict[PaneId, Pane]:
        """Return the panes as they are known."""
        return {pane: one.pane for pane, one in self._watched.items()}

    def list_agents(self) -> dict[PaneId, Agent]:
        """Return the agents as they are known, by their panes."""
        found = ((pane, one.status.agent) for pane, one in self._watched.items())
        return {pane: agent for pane, agent in found if agent}

    def find(self, pane: str) -> TrackedPane | None:
        """Return what is known about a pane; if called again soon, its spinner has turned."""
        one = self._watched.get(PaneId(pane))
        if one:
            one.is_read = True
        return one

    def invalidate(self, pane: str) -> bool:
        """Believe nothing of a pane at the next tick; return whether there is such a pane."""
        one = self._watched.get(PaneId(pane))
        if one:
            one.stamp, one.due_at = "", float("-inf")
            self._reader.invalidate(one.pane.pid)
            self._processes_at = float("-inf")
        return one is not None

    def take_options(self, options: Options) -> None:
        """Take the user's options."""
        self._beside.take_options(options, self._watched.values())
        if options.extra_agents != self._extra:
            self._extra = options.extra_agents
            for one in self._watched.values():
                one.tended = None
                if one.watch:
                    one.watch.see_extra(self._extra)

    def take_knowledge(self, knowledge: Registry) -> None:
        """Take what is known about agents from now on."""
        self._knowledge = knowledge
        for one in self._watched.values():
            one.tended = None
            if one.watch:
                self._teach(one.watch)

    def close(self) -> None:
        """End what runs beside. Idempotent."""
        self._beside.close()

    def list_looked_at(self, now: float) -> tuple[PaneId, ...]:
        """Return the panes in which an agent is or may be, but those that are left alone."""
        return tuple(
            pane
            for pane, one in self._watched.items()
            if one.is_looked_at and not self._slow.is_left(pane, now)
        )

    def list_stale(self, now: float) -> tuple[list[PaneId], list[PaneId]]:
        """Return the panes to capture, as they may have changed, and those to read as text only."""
        panes = self.list_looked_at(now)
        text_only = [pane for pane in panes if self._watched[pane].needs_text_only(now)]
        return [pane for pane in panes if self._watched[pane].is_stale(now)], text_only

    def list_cut(self) -> list[PaneId]:
        """Return the panes in which a request begins above the screen, where that is not known."""
        panes = self._watched.items()
        return [pane for pane, one in panes if one.watch and one.watch.wants_above]

    def advance(self, tick: Tick, now: float, looked_at: float) -> tuple[Sighting, ...]:
        """
        Take a tick whose invocation began at `looked_at`; return the agents, in no order.

        A failure in one pane is logged and makes that pane `unknown`, and no other. One
        that takes too long is left alone for a while.
        """
        self._slow.begin()
        self._mind_clock(looked_at - now)
        if tick.complete:
            self._sync(tick.panes, now)
        else:
            self._update(pane for pane in tick.panes if pane.id in self._watched)
        trees = self._read_trees(now)
        self._beside.read(tuple(self._watched.values()), now)
        with shared_cpu_limit(MAX_S):
            for one in self._watched.values():
                tree = trees.get(one.pane.pid)
                if not one.is_asleep(tree) and not self._slow.is_skipped(one.pane.id, now):
                    self._take(one, tick, tree, now, looked_at)
        if self._recall:
            self._recall.keep(self._watched)
        return tuple(self._sight(one, now) for one in self._watched.values() if one.status.agent)

    def _sight(self, one: TrackedPane, now: float) -> Sighting:
        pane = replace(one.pane, folder="") if one.is_elsewhere else one.pane
        spot = self._spots.read_spot(pane.folder, now)
        return Sighting(pane, one.status, spot.branch, one.reading.task, root=spot.root)

    def _take(
        self,
        one: TrackedPane,
        tick: Tick,
        tree: tuple[Process, ...] | None,
        now: float,
        looked_at: float,
    ) -> None:
        """Tend a pane; never raises."""
        try:
            with cpu_limit(MAX_S):
                self._tend(one, tick, tree, now, looked_at)
            one.fault = ""
            if one.capture:
                self._slow.forgive(one.pane.id)
        except SlowRuleError as error:
            self._suspect(one, error.rule, now)
        except Exception as error:  # noqa: BLE001  one pane must not spoil the others
            self._fail(one, error, now)

    def _mind_clock(self, day: float) -> None:
        """Believe no stamp from before the time of day was set."""
        if abs(day - self._day) > JUMP_S:
            for one in self._watched.values():
                one.stamp = ""
        self._day = day

    def _sync(self, panes: Iterable[Pane], now: float) -> None:
        alive = {pane.id: pane for pane in panes if not pane.dead}
        if alive.keys() != self._watched.keys():
            self.moved_at = now
        for gone in self._watched.keys() - alive.keys():
            del self._watched[gone]
            self._slow.forgive(gone)
        self._update(alive.values())

    def _update(self, panes: Iterable[Pane]) -> None:
        for pane in panes:
            known = self._watched.get(pane.id)
            if known is None or _name_program(known.pane) != _name_program(pane):
                self._reader.invalidate(pane.pid)
                self._processes_at = float("-inf")
            if known is None:
                self._watched[pane.id] = TrackedPane(pane)
            else:
                known.pane = pane

    def _read_trees(self, now: float) -> Mapping[int, tuple[Process, ...]]:
        if now - self._processes_at < PROCESSES_S:
            return {}
        trees = self._reader.read_trees([one.pane.pid for one in self._watched.values()], now)
        self._processes_at = now
        return trees

    def _tend(
        self,
        one: TrackedPane,
        tick: Tick,
        tree: tuple[Process, ...] | None,
        now: float,
        looked_at: float,
    ) -> None:
        pane = one.pane
        watch = one.watch or self._open(one, now)
        hint = tick.hints.get(pane.id, "") if pane.id in tick.stamps else one.hint
        if hint != one.hint:
            one.hint = hint
            watch.see_hint(hint)
        if tree is not None and tree != one.tree:
            one.tree, one.veiled = tree, find_veil(tree) is not None
            watch.see_processes(tree, now)
        self._paint(one, watch, tick, now, looked_at)
        if pane.id in tick.aboves:
            watch.see_above(tick.aboves[pane.id], now)
        self._beside.tell(one, watch, now, looked=tree is not None)
        if self._recall and one.capture:
            self._resume(self._recall, one, watch, now)
        self._decide(one, watch, now)
        if self._recall and one.is_recalled and (agent := one.status.agent):
            session = one.reading.session or one.session
            self._recall.note(pane, agent.pid, session, watch.keep(now))
        one.tended = pane

    def _resume(self, recall: Recall, one: TrackedPane, watch: Watch, now: float) -> None:
        """Let a new watch go on from what is known, as long as it is about the same session."""
        if not one.is_recalled:
            one.is_recalled = True
            found = recall.find(one.pane, one.tree)
            if found:
                one.session = found.session
                watch.restore(found.kept, now)
        if one.session and one.reading.session:
            if one.session != one.reading.session:
                watch.begin_session(now)
            one.session = ""

    def _open(self, one: TrackedPane, now: float) -> Watch:
        one.watch = self._make_watch(one.pane.width, one.pane.height, now)
        self._beside.begin(one.watch)
        self._teach(one.watch)
        one.watch.see_processes(one.tree, now)
        if one.hint:
            one.watch.see_hint(one.hint)
        return one.watch

    def _teach(self, watch: Watch) -> None:
        """Tell a watch what is known about agents beyond what it was made with."""
        if self._knowledge:
            watch.take_knowledge(self._knowledge)
        if self._extra:
            watch.see_extra(self._extra)
        for rule in self._slow.dropped:
            watch.drop_rule(rule)

    def _paint(
        self, one: TrackedPane, watch: Watch, tick: Tick, now: float, looked_at: float
    ) -> None:
        pane, before = one.pane, one.capture
        capture, text = tick.captures.get(pane.id), tick.texts.get(pane.id)
        if text and not capture:
            self.moved_at = now if one.take_text(text, now) else self.moved_at
            return
        stamp = tick.stamps.get(pane.id, one.stamp)
        if capture:
            watch.doubt_above()
            one.stamp, one.captured_at = find_stamp(stamp, looked_at), now
            one.due_at = float("inf")
        elif stamp != one.stamp:
            # its title and cursor are newer than the rows that are known: it is captured next
            one.stamp, one.due_at = "", float("-inf")
            return
        if not capture and before and (before.width, before.height) == (pane.width, pane.height):
            capture = replace(make_capture(pane, before.lines), blanks=before.blanks)
        if capture is None or capture == before:
            return
        one.moved_at = now
        if one.is_agents:
            self.moved_at = now
        if one.may_wait(capture, now):
            one.stamp = ""
            return
        one.capture, one.is_read, one.painted_at = capture, False, now
        self._painted += 1
        one.painted = self._painted
        watch.paint(capture, now)

    def _decide(self, one: TrackedPane, watch: Watch, now: float) -> None:
        status = watch.status(now)
        if status.state is not one.status.state:
            kind = status.agent.kind if status.agent else "nobody"
            self._log.info("%s %s", kind, status.rule or status.state, extra={"pane": one.pane.id})
            self.moved_at = now
        one.status = status
        self._ring.keep(one.tape, one.capture, one.tree, status, now)

    def _suspect(self, one: TrackedPane, rule: str, now: float) -> None:
        """Try a rule that was stopped once more, then leave it out of every watch."""
        self.moved_at = now
        if "/" not in rule:
            one.forget()
        if self._slow.suspect(rule):
            for each in self._watched.values():
                if each.watch:
                    each.watch.drop_rule(rule)

    def _fail(self, one: TrackedPane, error: Exception, now: float) -> None:
        fault = type(error).__name__ if isinstance(error, TimeoutError) else format_error(error)
        why = FAILED
        if isinstance(error, TimeoutError):
            pause_s = self._slow.leave(one.pane.id, now)
            why = f"takes too long to read: left alone for {pause_s:g} s"
        if fault != one.fault:
            self._log.error("failed: %s", format_error(error), extra={"pane": one.pane.id})
        agent = one.status.agent or (one.watch.agent if one.watch else None)
        one.fault = fault
        one.forget()
        if agent:
            known = one.status.state is State.UNKNOWN
            one.status = replace(
                NO_AGENT,
                agent=agent,
                state=State.UNKNOWN,
                since=one.status.since if known else now,
                reason=why,
                source="daemon",
            )


def _name_program(pane: Pane) -> tuple[int, str]:
    return pane.pid, pane.command
