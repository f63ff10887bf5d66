"""Who may decide for the user: the daemon asks this before it carries out a request."""

import os
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from agent_status.agents.registry import Registry
from agent_status.daemon.panes import TrackedPanes
from agent_status.daemon.quarantine import MAX_S
from agent_status.model import Agent, Caller, PaneId
from agent_status.options import Options, parse_options
from agent_status.protocol.callers import Scene, Standing, Verdict, judge
from agent_status.protocol.messages import Acknowledge, Request
from agent_status.system.callers import read_caller, read_session
from agent_status.system.cpu_limit import cpu_limit
from agent_status.system.processes import Peer, is_running
from agent_status.tmux.client import Tmux, TmuxError
from agent_status.tmux.clients import read_clients
from agent_status.tmux.panes import parse_number

PRESENT_S = 10.0
"""A key pressed so lately means that somebody is at the terminal."""
OPTIONS = ("@agent-status-agents-may", "@agent-status-scripts-may")
OUTLIVED = "this chooser's daemon has ended: close it and open it again; nothing was done"


class Authority:
    """
    Judges whether a caller is the user: the process that connected, as the kernel names it.

    A standby chooser decides for the process whose terminal it has. It names that process, which
    counts as long as the chooser is the daemon's own child.
    """

    def __init__(self, tmux: Tmux, knowledge: Registry) -> None:
        self._tmux = tmux
        self._knowledge = knowledge
        self._options = Options()
        self._scene = Scene(rules=knowledge.agents)

    def take_knowledge(self, knowledge: Registry) -> None:
        """Use these rules for agents from now on."""
        self._knowledge = knowledge
        self.take_options(self._options)

    def take_options(self, options: Options) -> None:
        """Use what the user leaves to others, and which other programs are agents."""
        self._options = options
        rules = self._knowledge.extend(options.extra_agents).agents
        self._scene = replace(_apply_options(self._scene, options), rules=rules)

    def judge(
        self,
        verb: str,
        request: Request[Any],
        peer: Peer | None,
        panes: TrackedPanes,
        server_pid: int,
    ) -> Verdict:
        """Return whether a request may be made; tmux is asked only before it is refused."""
        caller = self._find_caller(peer, server_pid)
        if request.guest and caller:
            if caller.chain[0].ppid != os.getpid():
                return Verdict(
                    allowed=False, words=OUTLIVED, who=f"a chooser, pid {caller.chain[0].pid}"
                )
            caller = read_caller(request.guest, server_pid, self._tmux.socket)
        scene = replace(
            self._scene,
            server_pid=server_pid,
            panes={pane.pid: name for name, pane in panes.list_panes().items()},
            agents=_keep_alive(panes.list_agents()),
        )
        verdict = _judge(caller, scene, verb)
        if not verdict.allowed:
            verdict = _judge(caller, self._read_tmux(scene), verb)
        return self._excuse_jump(verdict, request)

    def _find_caller(self, peer: Peer | None, server_pid: int) -> Caller | None:
        """Return where the peer comes from; None of one that has ended meanwhile."""
        found = read_caller(peer.pid, server_pid, self._tmux.socket) if peer else None
        return found if peer and peer.is_there else None

    def _read_tmux(self, scene: Scene) -> Scene:
        """Return the scene with the clients, and with the options as they are just now."""
        lines = "".join(f"display-message -p '#{{{name}}}'\n" for name in OPTIONS)
        try:
            answer = self._tmux.feed(f"{lines}list-clients -F '#{{client_pid}}'\n").split("\n")
        except TmuxError:
            return scene
        options, _ = parse_options(dict(zip(OPTIONS, answer, strict=False)))
        clients = map(parse_number, answer[len(OPTIONS) :])
        sessions = frozenset(read_session(pid) for pid in clients if pid)
        return replace(_apply_options(scene, options), sessions=sessions - {0})

    def _excuse_jump(self, verdict: Verdict, request: Request[Any]) -> Verdict:
        """
        Return the verdict, which allows a jump to count as a look if a client shows the pane.

        A jump by a key has no terminal, as tmux runs it.
        """
        jumped = isinstance(request, Acknowledge) and request.jumped
        if verdict.allowed or verdict.standing is not Standing.SCRIPT or not jumped:
            return verdict
        try:
            onlookers = read_clients(self._tmux)
        except TmuxError:
            return verdict
        since = time.time() - PRESENT_S
        seen = any(one.pane == request.ref.pane and one.active_at >= since for one in onlookers)
        return replace(verdict, allowed=seen)


def _apply_options(scene: Scene, options: Options) -> Scene:
    return replace(scene, agents_may=options.agents_may, scripts_may=options.scripts_may)


def _keep_alive(agents: Mapping[PaneId, Agent]) -> dict[PaneId, Agent]:
    """Return the agents without those that have just ended."""
    return {
        pane: agent for pane, agent in agents.items() if agent.pid is None or is_running(agent.pid)
    }


def _judge(caller: Caller | None, scene: Scene, verb: str) -> Verdict:
    """Return the verdict; who cannot be looked at in time is unknown."""
    try:
        with cpu_limit(MAX_S):
            return judge(caller, scene, verb)
    except TimeoutError:
        return judge(None, scene, verb)
