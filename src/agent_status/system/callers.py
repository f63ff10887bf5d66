"""The origin of a process: its ancestors, session, terminal and pane."""

import os
import re
from collections.abc import Iterable, Iterator

from agent_status.model import Caller, PaneId, Process
from agent_status.system.platforms import HERE, find_system
from agent_status.system.processes import read_above, read_environment

PANE = re.compile(r"%[0-9]{1,9}")


def read_caller(pid: int, server_pid: int, socket: str, platform: str = HERE) -> Caller | None:
    """Return the origin of `pid`, up to the tmux server at `socket`; None if it has ended."""
    chain = read_above(pid, server_pid)
    if not chain:
        return None
    leader = read_session(pid)
    is_orphan = leader not in {one.pid for one in chain}
    return Caller(
        chain=chain,
        leader=leader,
        leaders=read_above(leader, server_pid) if is_orphan else (),
        has_terminal=find_system(platform).read_foreground(pid) is not None,
        claims=dict(_list_claims((one for one in chain if one.pid != server_pid), socket)),
    )


def read_session(pid: int) -> int:
    """Return the session leader of `pid`; 0 if unknown."""
    try:
        return os.getsid(pid)
    except OSError:
        return 0


def _list_claims(chain: Iterable[Process], socket: str) -> Iterator[tuple[int, PaneId]]:
    """Yield the pane in each process's environment, without panes of other servers."""
    ours = os.path.realpath(socket)
    for process in chain:
        found = read_environment(process.pid, ("TMUX", "TMUX_PANE"))
        server, pane = found.get("TMUX", "").partition(",")[0], found.get("TMUX_PANE", "")
        if PANE.fullmatch(pane) and (not server or os.path.realpath(server) == ours):
            yield process.pid, PaneId(pane)
