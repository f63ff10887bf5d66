"""The loop: look, decide, write what differs, answer requests, and look again."""

import logging
import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from agent_status.agents.registry import NO_AGENTS, Registry
from agent_status.daemon.authority import Authority
from agent_status.daemon.handlers import answer
from agent_status.daemon.live import LiveInput, find_look, list_due
from agent_status.daemon.pane import TrackedPane
from agent_status.daemon.panes import TrackedPanes
from agent_status.daemon.poller import Poller
from agent_status.daemon.recall import Recall
from agent_status.daemon.reload import AgentRuleFiles
from agent_status.daemon.server import Served, Server
from agent_status.detect.pace import LIVE_S, RING_PAUSE_S, find_pause, find_rest
from agent_status.detect.pane import TrackerFactory
from agent_status.errors import CallerError, RefusedError
from agent_status.features.badges.feature import OptionWriter, clear_options, render_options
from agent_status.features.badges.repair import FormatRepair
from agent_status.features.base import Feature, FeatureSet, Op
from agent_status.model import ASKS, PaneId, Problem, Sighting, Status, clip_text
from agent_status.model.attention import rank
from agent_status.model.finding import Finding
from agent_status.options import Options, parse_options
from agent_status.protocol.messages import BadRequestError, Request
from agent_status.protocol.report import build_report, read_content
from agent_status.system.locks import HeldError
from agent_status.system.log import format_error
from agent_status.system.processes import Peer
from agent_status.tmux.client import Tmux, TmuxError, TmuxGoneError
from agent_status.tmux.query import Tick

SHOW_S = 0.9
"""Between two looks at what else there is to tell, while every agent stays as it is."""
MAX_SURE_TRIES = 5
SURE_S = 0.02
"""An action waits so often, and so long each time, for bytes that are on their way."""
RING_S = 0.15
"""A pane that only rings is captured so soon after the last tick, if it may say more by then."""
FIRST_PAUSE_S = 1.0
MAX_PAUSE_S = 30.0
"""A tmux that does not answer is asked again after the first, then after ever longer pauses."""
SOCKET = "daemon.sock"
FAILED = "the daemon failed at this request: see its log"


class Daemon:
    """
    Watches one tmux server until it ends or `stop` is called.

    `folder` holds its socket. `registry` is what is known about agents, and `callers` the same for
    programs that call. `rules` are files that are read again once they change. `build` is what
    `ping` reports. `revive` is the shell command that starts another daemon. `hold` keeps the
    lock, and raises HeldError once another daemon has it. `recall` is what outlives this one.
    """

    def __init__(  # noqa: PLR0913  what it is made of, put together in one place
        self,
        tmux: Tmux,
        make_tracker: TrackerFactory,
        folder: Path,
        log: logging.Logger,
        *,
        features: Sequence[Feature] = (),
        registry: Registry = NO_AGENTS,
        callers: Registry | None = None,
        rules: AgentRuleFiles | None = None,
        build: str = "",
        revive: str = "",
        hold: Callable[[], None] = lambda: None,
        recall: Recall | None = None,
        live: LiveInput | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._tmux = tmux
        self._log = log
        self._make_tracker, self._registry = make_tracker, registry
        self._badges = OptionWriter(tmux, revive)
        self._formats = FormatRepair(tmux, log)
        self._poller = Poller(tmux, clock, self._plan_asides, self._check_asides)
        self._live = live
        self._recall = recall
        self._panes = TrackedPanes(make_tracker, registry, log, recall)
        self._features = FeatureSet(features, log)
        self._authority = Authority(tmux, registry if callers is None else callers)
        self._server = Server(folder / SOCKET, self._answer)
        self._rules = rules
        self._refused: tuple[Problem, ...] = ()
        self._build = build
        self._hold = hold
        self._place_fault = ""
        self._clock = clock
        self._options = Options()
        self._server_pid = 0
        self._sightings: tuple[Sighting, ...] = ()
        self._notices: tuple[str, ...] = ()
        self._published: object = None
        self._seen: object = None
        self._shown_at = self._ticked_at = float("-inf")
        self._processes_shown_at = float("-inf")
        self._started = time.time()
        self._pause_s = self._trouble_s = 0.0
        self._stopped = False
        self._is_replaced = False
        self._repaired = 0

    def run(self) -> None:
        """Look until the server ends or `stop`; then leave nothing behind."""
        self._log.info("watching %s", self._tmux.socket)
        try:
            while not self._stopped:
                began = self._clock()
                self._pause_s = self._guard(self._tick, began)
                self._wait(self._clock() + find_rest(self._pause_s, self._clock() - began))
        except TmuxGoneError:
            self._log.info("the tmux server has ended")
            if self._recall:
                self._recall.remove()
        except HeldError:
            self._is_replaced = True
            self._log.warning("another daemon has taken over, as the runtime folder was removed")
        finally:
            self._server.close()
            if self._live:
                self._live.close()
            self._panes.close()
            self._features.close()
            if not self._is_replaced:
                clear_options(self._tmux)
            self._log.info("ended")

    def stop(self) -> None:
        """End `run` soon; safe from threads and signal handlers."""
        self._stopped = True
        self._server.wake()

    def notice_child(self) -> None:
        """Look after the reader of the taps, as a child has stopped or ended; for SIGCHLD."""
        if self._live:
            self._live.kill_stopped_reader()

    def refresh(self) -> None:
        """Tick at once, and often for a while."""
        self._panes.moved_at = self._clock()
        self._poller.forget()
        self._shown_at = float("-inf")
        self._server.wake()

    def refresh_pane(self, pane: PaneId) -> None:
        """Tick at once as an agent's hook asks for, and capture that pane, if it is one of ours."""
        if self._panes.invalidate(pane):
            self.refresh()

    @property
    def ops(self) -> Mapping[str, Op]:
        """The ops that features answer."""
        return self._features.ops

    def admit(self, verb: str, request: Request[Any], peer: Peer | None) -> None:
        """Raise CallerError unless the caller may do `verb` for the user; that is written down."""
        verdict = self._authority.judge(verb, request, peer, self._panes, self._server_pid)
        if not verdict.allowed:
            self._features.refuse(verb, request.ref.pane, verdict)
            raise CallerError(verdict.words)

    def acknowledge(self, pane: PaneId, *, jumped: bool = False) -> str:
        """
        Take the user's word that they have reviewed the result in `pane`, or only saw it.

        Return why that will not be known after a restart; empty if it will.
        """
        now = self._clock()
        watched = self._panes.find(pane)
        if watched and watched.observed:
            watched.observed.acknowledged_at = now
        trouble = ""
        if jumped:
            self._features.record_visit(pane, now)
        else:
            trouble = self._features.acknowledge(pane, now)
        self.refresh()
        return trouble

    def describe_input(self, pane: PaneId) -> str:
        """Return how a pane is followed, in words."""
        return self._live.find_status(pane) if self._live else ""

    def lend_pipe(self, pane: PaneId, seconds: float) -> bool:
        """Leave a pane's pipe to another program for that long; return True if it was ours."""
        if self._live is None:
            return False
        was_ours = self._live.lend(pane, self._clock() + seconds)
        if was_ours or not seconds:
            self.refresh()
        return was_ours

    def find(self, pane: str) -> TrackedPane | None:
        """Return what is known of a pane."""
        return self._panes.find(pane)

    def inspect(self, pane: PaneId) -> dict[str, Any]:
        """
        Return the report on `pane` alone, after a look at it now; raise TmuxError.

        What is new by that look is shown to everybody, as after a tick.
        """
        self._poller.forget()
        sightings = self._sense_surely(pane)
        now = self._clock()
        self._show(sightings, now)
        found = [one for one in self._sightings if one.pane.id == pane]
        return self._render(found, now)

    def _sense_surely(self, pane: PaneId) -> Sequence[Sighting]:
        """
        Return the agents once a pane's emulator shows what a capture of now shows.

        Bytes may be on their way. If the two don't agree soon, the capture counts.
        """
        for _ in range(MAX_SURE_TRIES):
            self._panes.find(pane)
            now = self._clock()
            sightings = self._complete(self._sense([pane], [], now)[1], now)
            one = self._panes.get(pane)
            if self._live is None or one is None or one.is_certain(now):
                return sightings
            self._live.await_bytes(SURE_S)
            self._live.read(self._panes, self._clock())
        now = self._clock()
        if self._live:
            self._live.resync(pane)
            self._live.update(self._panes, now)
        self._panes.find(pane)
        return self._complete(self._sense([pane], [], now)[1], now)

    def decide(self, pane: PaneId, status: Status) -> Status:
        """Return what features decide about a status that was found in `pane` just now."""
        known = next((one for one in self._sightings if one.pane.id == pane), None)
        return self._features.decide(replace(known, status=status)) if known else status

    def read_now(self) -> float:
        """Return the time on the clock of the statuses."""
        return self._clock()

    def build_report(self) -> dict[str, Any]:
        """Return the report of what was shown last."""
        now = self._clock()
        return self._render(rank(self._sightings, now), now)

    def describe(self) -> dict[str, Any]:
        """Return what `ping` reports about the daemon."""
        return {
            "build": self._build,
            "started": self._started,
            "panes": self._panes.panes,
            "agents": len(self._sightings),
            "tick_s": self._pause_s,
            "socket": self._tmux.socket,
            "repaired": self._repaired,
            "live": [[one.what, one.found] for one in self._list_live_findings()],
            "live_check": asdict(self._live.counts) if self._live else {},
            "problems": [str(problem) for problem in self._list_problems()],
        }

    def _list_live_findings(self) -> tuple[Finding, ...]:
        return self._live.describe() if self._live else ()

    def _render(self, sightings: Sequence[Sighting], now: float) -> dict[str, Any]:
        return build_report(sightings, now, time.time(), self._tmux.socket, self._notices)

    def _answer(self, request: Request[Any], peer: Peer | None) -> Any:
        """Answer a request; a failure is logged and ends nothing else."""
        try:
            return answer(self, request, peer)
        except (RefusedError, BadRequestError):
            raise
        except Exception as error:
            self._log.error("failed to answer: %s", format_error(error))
            raise RefusedError(FAILED) from error

    def _list_problems(self) -> tuple[Problem, ...]:
        own = self._rules.problems if self._rules else ()
        others = self._features.list_problems()
        return (*own, *others, *self._refused, *self._panes.problems)

    def _wait(self, until: float) -> None:
        """Answer requests and follow the tapped panes, until a time or until `look`."""
        while not self._stopped:
            now = self._clock()
            due = min(until, find_look(self._panes, now), self._panes.find_session_read(now))
            if self._live:
                next_read_at = self._live.next_read_at
                can_read = now >= next_read_at
                self._server.watch(self._live.fileno if can_read else None)
                due = due if can_read else min(until, next_read_at)
            ended = self._server.serve(max(0.0, due - now))
            now = self._clock()
            if self._live and now >= self._live.next_read_at:
                rings = self._live.read(self._panes, now)
                until = min(until, self._ticked_at + RING_S) if rings else until
            is_over = now >= until or (ended is Served.TIME and due == until)
            if is_over or ended is Served.WOKEN:
                return
            if list_due(self._panes, now) or self._panes.find_session_read(now) <= now:
                self._guard(self._look, now)
                if self._trouble_s:
                    return

    def _look(self, now: float) -> None:
        """Look at tapped panes that have printed, and at session files; capture new requests."""
        changed = self._panes.look(list_due(self._panes, now), now)
        if self._panes.find_session_read(now) <= now:
            changed = self._panes.read_sessions(now) or changed
        unverified = self._panes.list_unverified(now)
        if unverified:
            self._complete(self._sense(unverified, [], now)[1], now)
        if changed or unverified:
            sightings = self._panes.list_sightings(now)
            if read_content(sightings) != self._seen:
                self._show(sightings, now)

    def _guard(self, work: Callable[[float], None], now: float) -> float:
        """
        Ask tmux for something; return the seconds until the next tick.

        What fails is logged and tried again after a while. Raises TmuxGoneError.
        """
        try:
            work(now)
        except TmuxGoneError:
            raise
        except TmuxError as error:
            return self._rest(str(error))
        except (OSError, RuntimeError, MemoryError) as error:
            return self._rest(f"failed to look: {format_error(error)}")
        self._trouble_s = 0.0
        polled = self._panes.list_polled()
        if self._sightings and all(one.rings_at_work for one in polled):
            return RING_PAUSE_S if polled else LIVE_S
        waiting = sum(one.status.state in ASKS for one in polled)
        return find_pause(now - self._panes.moved_at, len(polled), waiting)

    def _rest(self, trouble: str) -> float:
        """Return the seconds until the next try, more each time; what ran short may be back."""
        self._trouble_s = min(MAX_PAUSE_S, 2 * self._trouble_s or FIRST_PAUSE_S)
        self._log.warning("%s; next try in %g s", clip_text(trouble, 200), self._trouble_s)
        return self._trouble_s

    def _tick(self, now: float) -> None:
        self._ticked_at = now
        if self._rules and self._rules.refresh(now):
            self._use_rules(self._rules)
        opening = self._live.begin_tick(self._panes, now) if self._live else ()
        captured, texts = self._panes.list_stale(now)
        tick, sightings = self._sense([*dict.fromkeys((*captured, *opening))], texts, now)
        stale = [pane for pane in self._panes.list_stale(now)[0] if pane not in tick.captures]
        if stale:
            _, sightings = self._sense(stale, [], now)
        sightings = self._complete(sightings, now)
        if read_content(sightings) != self._seen or now - self._shown_at >= SHOW_S:
            self._show(sightings, now)

    def _use_rules(self, rules: AgentRuleFiles) -> None:
        """Go on with rules that were read again."""
        self._log.info("the rules of agents were read again")
        for problem in rules.problems:
            self._log.warning("%s", clip_text(str(problem), 200))
        self._registry = rules.knowledge
        self._panes.use_registry(rules.knowledge)
        self._authority.take_knowledge(rules.knowledge)
        self._shown_at = float("-inf")

    def _show(self, sightings: Sequence[Sighting], now: float) -> None:
        """Publish what was seen: to the features, to tmux and to the clients."""
        self._seen, self._shown_at = read_content(sightings), now
        self._show_processes()
        self._sightings = rank(self._features.enrich(sightings, now), now)
        own = self._rules.list_notices() if self._rules else ()
        self._notices = (*own, *self._features.list_notices())
        self._features.observe(self._sightings, now)
        self._keep_place()
        self._badges.write(render_options(self._sightings, self._poller.homes, now, self._options))
        self._formats.repair(self._options)
        self._publish()

    def _show_processes(self) -> None:
        """Let the features see what runs in all panes, if that was read again."""
        read_at = self._panes.processes_at
        if read_at != self._processes_shown_at and math.isfinite(read_at):
            self._processes_shown_at = read_at
            self._features.follow_processes(self._panes.list_processes())

    def _keep_place(self) -> None:
        """Take lock and socket again if they were removed; raise HeldError."""
        try:
            self._hold()
            self._server.renew()
            self._place_fault = ""
        except OSError as error:
            if str(error) != self._place_fault:
                self._log.warning("the socket can't be reached: %s", error)
            self._place_fault = str(error)

    def _complete(self, sightings: Sequence[Sighting], now: float) -> Sequence[Sighting]:
        """Return the agents once what stands above the screen is known where a request begins."""
        cut = self._panes.list_cut()
        return self._sense(cut, [], now, cut)[1] if cut else sightings

    def _sense(
        self,
        captured: list[PaneId],
        text_only: list[PaneId],
        now: float,
        above: Sequence[PaneId] = (),
    ) -> tuple[Tick, Sequence[Sighting]]:
        """Return what tmux says, and the agents as they are by that; raise TmuxError."""
        tick, looked_at = self._poller.probe(self._panes, captured, text_only, above)
        self._check_server(tick.server_pid)
        self._use_options(tick.options)
        self._log_repairs(self._badges.check(tick.asides, now))
        self._formats.check(tick.texts_aside)
        return tick, self._panes.advance(tick, now, looked_at)

    def _plan_asides(self, nonce: str, now: float) -> str:
        """Return the commands that ride along with a tick."""
        taps = self._live.plan(nonce, now) if self._live else ""
        return taps + self._badges.plan(nonce, now) + self._formats.plan(nonce, now)

    def _check_asides(self, records: Sequence[str], nonce: str, now: float) -> None:
        """Take what commands that rode along have printed."""
        if self._live:
            self._live.check(records, nonce, now)
            self._live.update(self._panes, now)

    def _check_server(self, pid: int) -> None:
        """Start over when another server listens at the same socket."""
        if self._server_pid not in {0, pid}:
            self._log.info("another tmux server listens now: %d", pid)
            self._panes.close()
            self._panes = TrackedPanes(self._make_tracker, self._registry, self._log, self._recall)
            self._panes.use_options(self._options)
            self._badges.forget()
            if self._live:
                self._live.forget()
            now = self._clock()
            self._features.observe(self._features.enrich((), now), now)
        if self._recall and self._server_pid != pid:
            self._recall.begin(pid)
        self._server_pid = pid

    def _log_repairs(self, names: Sequence[str]) -> None:
        """Tell that something else changed options of ours, which are written again."""
        if names:
            self._repaired += len(names)
            names_text = ", ".join(sorted(set(names)))
            self._log.warning(
                "repaired %d options that something else had changed: %s", len(names), names_text
            )

    def _use_options(self, raw: Mapping[str, str] | None) -> None:
        if raw is None:
            return
        before = self._options
        self._options, refused = parse_options(raw)
        if self._options != before:
            self._panes.use_options(self._options)
            if self._live:
                self._live.take_options(self._options.live)
            self._features.take_options(self._options)
            self._authority.take_options(self._options)
        for problem in refused:
            if problem not in self._refused:
                self._log.warning("%s", clip_text(str(problem), 200))
        self._refused = refused

    def _publish(self) -> None:
        """Send the report to the clients that watch, if more than its time has changed."""
        before, self._published = self._published, (read_content(self._sightings), self._notices)
        if self._server.is_watched and before != self._published:
            self._server.publish(self.build_report())
