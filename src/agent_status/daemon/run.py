"""The daemon as a process: its lock, its log, its signals, and what it knows."""

import functools
import logging
import os
import signal
from pathlib import Path

from agent_status.daemon.launch import find_build, find_log
from agent_status.daemon.lock import HeldError, Lock
from agent_status.daemon.log import close_log, open_log
from agent_status.daemon.loop import Daemon
from agent_status.daemon.watches import find_place
from agent_status.paths import find_config, find_runtime
from agent_status.pipeline import PaneWatch, learn
from agent_status.sense.tmux import Tmux


def run(socket: str) -> int:
    """
    Watch the tmux server at `socket` until it ends or a signal comes; return the exit code.

    0 ended, 1 another daemon watches it already. Call it in the main thread, once a process.
    """
    os.umask(0o077)
    folder = find_runtime(socket)
    try:
        with Lock(folder):
            _watch(socket, folder, open_log(find_log(socket)))
    except HeldError:
        return 1
    return 0


def _watch(socket: str, folder: Path, log: logging.Logger) -> None:
    try:
        knowledge, problems = learn(find_config())
        make_watch = functools.partial(PaneWatch, knowledge)
        daemon = Daemon(
            Tmux(socket), make_watch, folder, log, problems=problems, build=find_build()
        )
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, lambda *_: daemon.stop())
        daemon.run()
    except Exception as error:
        log.critical("ended by %s", find_place(error))
        raise
    finally:
        close_log(log)
