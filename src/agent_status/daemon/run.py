"""The daemon as a process: its lock, its log, its signals, and what it knows."""

import gc
import logging
import os
import signal
from pathlib import Path

from agent_status.daemon.control import REVIVE, find_build, find_log
from agent_status.daemon.differences import DifferenceStore
from agent_status.daemon.features import Parts, make_features
from agent_status.daemon.live import LiveInput
from agent_status.daemon.loop import Daemon
from agent_status.daemon.recall import Recall
from agent_status.daemon.reload import AgentRuleFiles
from agent_status.daemon.verify import INTERVAL_S
from agent_status.detect.tracker import PaneTracker
from agent_status.features.risk.feature import RiskRules
from agent_status.paths import find_config, find_runtime, find_state
from agent_status.system.locks import DaemonLock, HeldError
from agent_status.system.log import close_log, format_error, open_log
from agent_status.system.platforms import find_system
from agent_status.tmux.client import Tmux
from agent_status.tmux.taps import Taps

PEER_OFFSET = 4
"""Where the user's number is in what the system says about a peer."""
YOUNG = 20_000
"""A tick makes many objects and hardly a cycle: cycles are looked for after so many."""


def run(socket: str, check_s: float = INTERVAL_S) -> int:
    """
    Watch the tmux server at `socket` until it ends or a signal comes; return the exit code.

    Every `check_s` the emulator of a tapped pane is compared with a capture. 0 ended, 1 another
    daemon watches it already. Call it in the main thread, once a process.
    """
    os.umask(0o077)
    folder = find_runtime(socket)
    try:
        with DaemonLock(folder) as lock:
            _watch(socket, folder, lock, open_log(find_log(socket)), check_s)
    except HeldError:
        return 1
    return 0


def _watch(
    socket: str, folder: Path, lock: DaemonLock, log: logging.Logger, check_s: float
) -> None:
    try:
        rules = AgentRuleFiles(find_config())
        risks = RiskRules(find_config(), find_state())
        tmux = Tmux(socket)
        parts = Parts(tmux, log, rules, risks, lambda: daemon.stop())  # noqa: PLW0108  made below
        daemon = Daemon(
            tmux,
            PaneTracker,
            folder,
            log,
            features=make_features(parts),
            registry=rules.knowledge,
            rules=rules,
            build=find_build(),
            revive=REVIVE,
            hold=lock.renew,
            live=_open_live(folder, log, check_s),
            recall=Recall(find_state() / "panes" / f"{folder.name}.json", log.warning),
        )
        signal.signal(signal.SIGCHLD, lambda *_: daemon.notice_child())
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, lambda *_: daemon.stop())
        gc.set_threshold(YOUNG)
        gc.freeze()
        daemon.run()
    except Exception as error:
        log.critical("ended by %s", format_error(error))
        raise
    finally:
        close_log(log)


def _open_live(folder: Path, log: logging.Logger, check_s: float) -> LiveInput:
    query = find_system().peer_uid
    peer = (query.level, query.option, query.answer.size, PEER_OFFSET) if query else ()
    store = DifferenceStore(find_state() / "differences", log)
    return LiveInput(Taps(folder, log, peer=peer), log, store, check_s)
