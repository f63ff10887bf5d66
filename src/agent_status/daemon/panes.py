"""All panes of a server, and what each tick adds to what is known of them."""

import functools
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from agent_status.agents.problems import SlowRuleError
from agent_status.agents.registry import Registry
from agent_status.daemon.differences import Difference
from agent_status.daemon.pane import Live, TrackedPane
from agent_status.daemon.quarantine import MAX_S, Quarantine
from agent_status.daemon.recall import Recall
from agent_status.daemon.verify import Verdict
from agent_status.detect.identify import find_wrapper
from agent_status.detect.pane import ObservedPane, TrackerFactory
from agent_status.features.base import PaneProcesses
from agent_status.features.history.feature import History
from agent_status.features.sessions.feature import SessionFiles
from agent_status.model import (
    NO_AGENT,
    Agent,
    Capture,
    Pane,
    PaneId,
    Problem,
    Process,
    Sighting,
    State,
)
from agent_status.options import Options
from agent_status.system.checkout import BranchReader
from agent_status.system.cpu_limit import cpu_limit, shared_cpu_limit
from agent_status.system.log import format_error
from agent_status.system.processes import ProcessReader
from agent_status.terminal.render import render_capture
from agent_status.tmux.query import Tick, find_stamp, make_capture

FAILED = "agent-status failed here: see its log"
JUMP_S = 1.0
"""A time of day that is so much off was set: stamps of the old one may come again."""
PROCESSES_S = 2.0
"""Between two looks at the processes, while nothing says that one has begun or ended."""


class TreeReader(Protocol):
    """What reads process trees; see `system.processes.ProcessReader`."""

    def invalidate(self, root: int) -> None:
        """Read what is below `root` again the next time."""

    def read_trees(self, roots: Iterable[int], now: float) -> dict[int, tuple[Process, ...]]:
        """Return the processes of each root, parents first."""


class TrackedPanes:
    """All panes of one server. Times are monotonic seconds, but `looked_at` is a Unix time."""

    def __init__(
        self,
        make_tracker: TrackerFactory,
        registry: Registry,
        log: logging.Logger,
        recall: Recall | None = None,
        reader: TreeReader | None = None,
    ) -> None:
        self._make_tracker = make_tracker
        self._packaged = self._registry = registry
        self._recall = recall
        self._log = log
        self._panes: dict[PaneId, TrackedPane] = {}
        self._painted = 0
        self._history = History()
        self._reader = reader or ProcessReader()
        self._branches = BranchReader()
        self._session_files = SessionFiles(log)
        self._slow = Quarantine(log)
        self._extra: tuple[str, ...] = ()
        self.processes_at = float("-inf")
        """When the processes were looked at last."""
        self._day = 0.0
        """What the time of day is ahead of the monotonic one."""
        self.moved_at = float("-inf")
        """When something moved last that an agent could be behind."""
        self.live: list[TrackedPane] = []
        """The panes that are emulated."""
        self._differences: list[Difference] = []

    @property
    def panes(self) -> int:
        """How many panes there are."""
        return len(self._panes)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What was left out, as it took too long."""
        return tuple(self._slow.dropped.values())

    def list_panes(self) -> dict[PaneId, Pane]:
        """Return the panes as they are known."""
        return {pane: one.pane for pane, one in self._panes.items()}

    def list_processes(self) -> tuple[PaneProcesses, ...]:
        """Return what runs in each pane, by the last look at the processes."""
        return tuple(PaneProcesses(one.pane, one.tree) for one in self._panes.values())

    def list_agents(self) -> dict[PaneId, Agent]:
        """Return the agents as they are known, by their panes."""
        found = ((pane, one.status.agent) for pane, one in self._panes.items())
        return {pane: agent for pane, agent in found if agent}

    def find(self, pane: str) -> TrackedPane | None:
        """Return what is known about a pane; if called again soon, its spinner has turned."""
        one = self._panes.get(PaneId(pane))
        if one and one.observed:
            one.observed.throttle = replace(one.observed.throttle, wanted=True)
        return one

    def invalidate(self, pane: str) -> bool:
        """Read everything about a pane again with the next tick; return True if it is known."""
        one = self._panes.get(PaneId(pane))
        if one:
            one.invalidate()
            self._reader.invalidate(one.pane.pid)
            self.processes_at = float("-inf")
        return one is not None

    def use_options(self, options: Options) -> None:
        """Use the user's options from now on."""
        self._session_files.take_options(options, self._panes.values())
        if options.extra_agents != self._extra:
            self._extra = options.extra_agents
            self._renew_registry()

    def use_registry(self, registry: Registry) -> None:
        """Use these rules of agents from now on."""
        self._packaged = registry
        self._renew_registry()

    def _renew_registry(self) -> None:
        """Have every pane use what is known now: with the user's names, without slow rules."""
        registry = self._packaged.extend(self._extra)
        for rule in self._slow.dropped:
            registry = registry.drop(rule)
        self._registry = registry
        for one in self._panes.values():
            one.updated = None
            if one.observed:
                one.observed.tracker.use_registry(registry)

    def close(self) -> None:
        """End what runs beside. Idempotent."""
        self._session_files.close()

    def get(self, pane: PaneId) -> TrackedPane | None:
        """Return a pane, or None if there is no such pane."""
        return self._panes.get(pane)

    def list_tracked(self) -> list[TrackedPane]:
        """Return all panes."""
        return list(self._panes.values())

    def refresh_live(self) -> None:
        """Find out again which panes are emulated."""
        self.live = [one for one in self._panes.values() if one.live is Live.EMULATED]

    def list_polled(self) -> list[TrackedPane]:
        """Return the panes that have to be captured to know what their agents do."""
        panes = self._panes.values()
        return [one for one in panes if one.may_have_agent and one.live is not Live.EMULATED]

    def list_unverified(self, now: float) -> list[PaneId]:
        """Return the panes with a request that a capture has to confirm."""
        return [
            one.pane.id
            for one in self.live
            if one.is_held and one.verifier and one.verifier.is_due(now)
        ]

    def take_differences(self) -> list[Difference]:
        """Return what emulators showed and tmux did not, since the last call."""
        taken, self._differences = self._differences, []
        return taken

    def list_sightings(self, now: float) -> tuple[Sighting, ...]:
        """Return the agents, in no order."""
        return tuple(self._sight(one, now) for one in self._panes.values() if one.status.agent)

    def look(self, panes: Sequence[TrackedPane], now: float) -> bool:
        """Look at emulated panes; return True if the status of one has changed."""
        self._slow.begin()
        before = [one.status for one in panes]
        with shared_cpu_limit(MAX_S):
            for one in panes:
                if one.observed and not self._slow.is_skipped(one.pane.id, now):
                    self._guard(one, now, functools.partial(self._look, one, one.observed, now))
        return any(one.status != old for one, old in zip(panes, before, strict=True))

    def _look(self, one: TrackedPane, observed: ObservedPane, now: float) -> None:
        self._verify(one, observed, now)
        one.arrival, one.compared_at = None, now
        if one.is_held or observed.wants_look(now):
            self._publish(one, observed, now)

    def find_session_read(self, now: float) -> float:
        """Return when `read_sessions` is due between two ticks; infinite for never."""
        return self._session_files.find_next_read(self._panes.values(), now)

    def read_sessions(self, now: float) -> bool:
        """Take what was read of session files; return True if the calls of one have changed."""
        return self._session_files.read(tuple(self._panes.values()), now)

    def list_looked_at(self, now: float) -> tuple[PaneId, ...]:
        """Return the panes in which an agent is or may be, but those that are left alone."""
        return tuple(
            pane
            for pane, one in self._panes.items()
            if one.may_have_agent and not self._slow.is_paused(pane, now)
        )

    def list_stale(self, now: float) -> tuple[list[PaneId], list[PaneId]]:
        """Return those of them to capture, as they may have changed; and those to read as text."""
        panes = self.list_looked_at(now)
        texts = [pane for pane in panes if self._panes[pane].wants_text_only(now)]
        return [pane for pane in panes if self._panes[pane].wants_capture(now)], texts

    def list_queried(self, now: float) -> tuple[PaneId, ...]:
        """Return the panes of which a tick asks more than whether they are there."""
        panes = self.list_looked_at(now)
        return tuple(pane for pane in panes if self._panes[pane].live is not Live.EMULATED)

    def list_cut(self) -> list[PaneId]:
        """Return the panes in which a request begins above the screen, where that is not known."""
        panes = self._panes.items()
        return [pane for pane, one in panes if one.observed and one.observed.wants_above]

    def advance(self, tick: Tick, now: float, looked_at: float) -> tuple[Sighting, ...]:
        """
        Take a tick whose invocation began at `looked_at`; return the agents, in no order.

        A failure in one pane is logged and makes that pane `unknown`, and no other. One
        that takes too long is left alone for a while.
        """
        self._slow.begin()
        self._check_clock(looked_at - now)
        if tick.complete:
            self._sync(tick.panes, now)
        else:
            self._update(pane for pane in tick.panes if pane.id in self._panes)
        trees = self._read_trees(now)
        self.read_sessions(now)
        with shared_cpu_limit(MAX_S):
            for one in self._panes.values():
                tree = trees.get(one.pane.pid)
                if one.is_followed(tree, now) and one.pane.id not in tick.captures:
                    continue
                if one.can_skip(tree):
                    one.is_current = False
                elif not self._slow.is_skipped(one.pane.id, now):
                    update = functools.partial(self._update_pane, one, tick, tree, now, looked_at)
                    self._guard(one, now, update)
        if self._recall:
            self._recall.keep(self._panes)
        return self.list_sightings(now)

    def _sight(self, one: TrackedPane, now: float) -> Sighting:
        pane = replace(one.pane, folder="") if one.is_elsewhere else one.pane
        found = self._branches.read(pane.folder, now)
        facts = one.session_facts
        return Sighting(
            pane, one.status, found.branch, facts.task, root=found.root, activity=facts.activity
        )

    def _guard(self, one: TrackedPane, now: float, update: Callable[[], None]) -> None:
        """Update a pane; never raises."""
        try:
            with cpu_limit(MAX_S):
                update()
            one.fault = ""
            if one.capture:
                self._slow.release(one.pane.id)
        except SlowRuleError as error:
            self._record_timeout(one, error.rule, now)
        except Exception as error:  # noqa: BLE001  one pane must not spoil the others
            self._fail(one, error, now)

    def _check_clock(self, day: float) -> None:
        """Believe no stamp from before the time of day was set."""
        if abs(day - self._day) > JUMP_S:
            for one in self._panes.values():
                one.stamp = ""
        self._day = day

    def _sync(self, panes: Iterable[Pane], now: float) -> None:
        alive = {pane.id: pane for pane in panes if not pane.dead}
        if alive.keys() != self._panes.keys():
            self.moved_at = now
        for gone in self._panes.keys() - alive.keys():
            del self._panes[gone]
            self.refresh_live()
            self._slow.release(gone)
        self._update(alive.values())

    def _update(self, panes: Iterable[Pane]) -> None:
        for pane in panes:
            known = self._panes.get(pane.id)
            if known is None or _name_program(known.pane) != _name_program(pane):
                self._reader.invalidate(pane.pid)
                self.processes_at = float("-inf")
            if known is None:
                self._panes[pane.id] = TrackedPane(pane)
            else:
                known.pane = pane

    def _read_trees(self, now: float) -> Mapping[int, tuple[Process, ...]]:
        if now - self.processes_at < PROCESSES_S:
            return {}
        trees = self._reader.read_trees([one.pane.pid for one in self._panes.values()], now)
        self.processes_at = now
        return trees

    def _update_pane(
        self,
        one: TrackedPane,
        tick: Tick,
        tree: tuple[Process, ...] | None,
        now: float,
        looked_at: float,
    ) -> None:
        pane = one.pane
        observed = one.observed or self._open(one, now)
        if pane.id in tick.stamps:
            one.hint = observed.hint = tick.hints.get(pane.id, "")
        if tree is not None and tree != one.tree:
            one.tree, one.is_remote = tree, find_wrapper(tree) is not None
            observed.processes = tree
        if one.live is Live.CAPTURED:
            self._see_screen(one, observed, tick, now, looked_at)
        elif pane.id in tick.captures:
            self._see_live_capture(one, observed, tick.captures[pane.id], now)
        if pane.id in tick.aboves:
            observed.above, observed.is_above_known = tick.aboves[pane.id], True
        self._session_files.update(one, observed, now, looked=tree is not None)
        if self._recall and one.capture:
            self._resume(self._recall, one, observed, now)
        self._publish(one, observed, now)
        if self._recall and one.is_recalled and (agent := one.status.agent):
            session = one.session_facts.session or one.session
            self._recall.note(pane, agent.pid, session, observed.tracker.keep(now))
        one.updated = pane

    def _resume(self, recall: Recall, one: TrackedPane, observed: ObservedPane, now: float) -> None:
        """Continue from what is known, as long as it is about the same session."""
        session = observed.session.session
        if not one.is_recalled:
            one.is_recalled = True
            found = recall.find(one.pane, one.tree)
            if found:
                one.session = found.session
                observed.restore(found.kept, now)
        if one.session and session:
            if one.session != session:
                observed.tracker.begin_session(now)
            one.session = ""

    def _open(self, one: TrackedPane, now: float) -> ObservedPane:
        pane = one.pane
        tracker = self._make_tracker(self._registry, now)
        one.observed = ObservedPane(
            tracker, pane.width, pane.height, int(pane.id[1:]), max_history=0
        )
        self._session_files.begin(one.observed)
        one.observed.processes, one.observed.hint = one.tree, one.hint
        return one.observed

    def _see_screen(
        self, one: TrackedPane, observed: ObservedPane, tick: Tick, now: float, looked_at: float
    ) -> None:
        pane = one.pane
        capture, text = tick.captures.get(pane.id), tick.texts.get(pane.id)
        if not one.is_current and not capture:
            # what the pane showed before an agent came is not the agent's screen
            one.capture, one.stamp = None, ""
            observed.paint(make_capture(pane, ("",) * pane.height), now)
            return
        one.is_current, before = True, one.capture
        if text and not capture:
            self.moved_at = now if observed.see_text(text, now) else self.moved_at
            one.stamp = ""
            return
        stamp = tick.stamps.get(pane.id, one.stamp)
        if capture:
            observed.is_above_known = False
            observed.throttle = observed.throttle.see_colours()
            one.stamp, one.captured_at = find_stamp(stamp, looked_at), now
        elif stamp != one.stamp:
            # its title and cursor are newer than the rows that are known: it is captured next
            one.invalidate()
            return
        if not capture and before and (before.width, before.height) == (pane.width, pane.height):
            capture = replace(make_capture(pane, before.lines), blanks=before.blanks)
        if capture is None or capture == before:
            return
        if one.has_agent:
            self.moved_at = now
        if not observed.see_capture(capture, now):
            one.stamp = ""
            return
        one.capture = capture

    def _see_live_capture(
        self, one: TrackedPane, observed: ObservedPane, capture: Capture, now: float
    ) -> None:
        """Take the capture from which a pane's bytes go on, or one to compare them with."""
        one.capture = capture
        if one.verifier:
            one.verifier.begin(capture, now)
            self._verify(one, observed, now)
        elif not one.is_joined:
            one.is_joined = one.is_current = True
            observed.join(capture, one.modes, now)

    def _verify(self, one: TrackedPane, observed: ObservedPane, now: float) -> None:
        """Compare a pane's emulator with a capture, and repair it if it differs."""
        if one.verifier is None or (capture := one.verifier.capture) is None:
            return
        screen = observed.terminal.screen()
        if one.verifier.compare(screen, one.fed_at, now) is Verdict.DIFFERENT:
            self._log.warning("the emulator differed from tmux", extra={"pane": one.pane.id})
            self._differences.append(Difference(one.pane.id, screen, capture))
            observed.paint(capture, now)
            one.history.break_off()

    def _publish(self, one: TrackedPane, observed: ObservedPane, now: float) -> None:
        """Take what is found in the pane as its status."""
        status = observed.look(now).status
        one.looked_at = one.compared_at = now
        one.arrival = None
        if observed.screen is not one.shown:
            one.shown = observed.screen
            self._painted += 1
            one.painted = self._painted
        if one.waits_for_capture(status, now):
            return
        if status.state is not one.status.state:
            kind = status.agent.kind if status.agent else "nobody"
            self._log.info("%s %s", kind, status.rule or status.state, extra={"pane": one.pane.id})
            self.moved_at = now
        one.status = status
        self._keep_history(one, observed, now)

    def _keep_history(self, one: TrackedPane, observed: ObservedPane, now: float) -> None:
        if one.is_joined and one.status.agent:
            self._history.keep_live(
                one.history,
                lambda: render_capture(observed.terminal.screen()),
                one.tree,
                one.status,
                now,
            )
        else:
            self._history.keep(one.history, one.capture, one.tree, one.status, now)

    def _record_timeout(self, one: TrackedPane, rule: str, now: float) -> None:
        """Try a rule that was stopped once more, then leave it out of every watch."""
        self.moved_at = now
        if "/" not in rule:
            one.reset()
        if self._slow.record_timeout(rule):
            self._renew_registry()

    def _fail(self, one: TrackedPane, error: Exception, now: float) -> None:
        fault = type(error).__name__ if isinstance(error, TimeoutError) else format_error(error)
        why = FAILED
        if isinstance(error, TimeoutError):
            pause_s = self._slow.back_off(one.pane.id, now)
            why = f"takes too long to read: left alone for {pause_s:g} s"
        if fault != one.fault:
            self._log.error("failed: %s", format_error(error), extra={"pane": one.pane.id})
        found = one.observed.found if one.observed else None
        agent = one.status.agent or (found.identity.agent if found else None)
        one.fault = fault
        one.reset()
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
