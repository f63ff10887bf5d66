"""
Who may decide for the user: a person, and nobody who may be an agent.

A person is known by a terminal that no agent has: a pane or popup of the tmux server, a terminal
in which one of its clients runs, or one of a login or terminal program. An agent is known by its
process anywhere above the caller, by the pane that the caller is in, and by TMUX_PANE.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum

from agent_status.agents.schema import AgentRules
from agent_status.detect.identify import matches_process
from agent_status.model import Agent, Caller, PaneId, Process, Verb

COMM = 15
"""Characters of a program's name that every system reports."""
LOGINS = (
    "dropbear",
    "etterminal",
    "login",
    "mosh-server",
    "sshd",
    "sshd-session",
    "tailscaled",
    "Relay(",  # of WSL
    "SessionLeader",
)
TERMINALS = (
    "alacritty",
    "blackbox",
    "code",
    "code-insiders",
    "codium",
    "contour",
    "cosmic-term",
    "cursor",
    "deepin-terminal",
    "foot",
    "ghostty",
    "gnome-terminal-",
    "guake",
    "hyper",
    "kgx",
    "kitty",
    "konsole",
    "lxterminal",
    "mate-terminal",
    "ptyxis",
    "ptyxis-agent",
    "qterminal",
    "rio",
    "rxvt",
    "sakura",
    "st",
    "tabby",
    "terminator",
    "terminology",
    "tilda",
    "tilix",
    "ttyd",
    "urxvt",
    "urxvtd",
    "warp",
    "warp-terminal",
    "wezterm-gui",
    "windsurf",
    "xfce4-terminal",
    "xterm",
    "yakuake",
    "zed",
    "zed-editor",
    "Code Helper",
    "Cursor Helper",
    "Terminal",
    "iTerm2",
    "iTermServer",
)
"""No multiplexer, such as screen: a program without a terminal may open a window in one."""
KNOWN = frozenset(name[:COMM] for name in (*LOGINS, *TERMINALS))
FAMILIES = ("Relay(", "Code Helper", "Cursor Helper", "iTermServer")
"""Of these, more follows in the name."""


@dataclass(frozen=True, slots=True)
class Words:
    """What a verb does, and what it has left alone when it was refused."""

    does: str
    left: str = "nothing was changed"


WORDS: Mapping[str, Words] = {
    Verb.ANSWER: Words("answer", "nothing was sent"),
    Verb.SEND: Words("send a message", "nothing was sent"),
    Verb.INTERRUPT: Words("interrupt an agent", "nothing was sent"),
    Verb.ACKNOWLEDGE: Words("count a result as seen"),
    Verb.NOTE: Words("write a note"),
    Verb.PIN: Words("pin an agent"),
    Verb.MUTE: Words("mute an agent"),
    Verb.SNOOZE: Words("snooze an agent"),
    Verb.CONFIRM: Words("lower the grades of commands"),
    Verb.CHECK: Words("run a check"),
    Verb.STOP: Words("stop the daemon"),
}


@dataclass(frozen=True, slots=True)
class Scene:
    """What is known of the tmux server, of agents and of the user's options at that instant."""

    server_pid: int = 0
    panes: Mapping[int, PaneId] = field(default_factory=dict)
    """Every pane that lives, by the pid of its first process."""
    agents: Mapping[PaneId, Agent] = field(default_factory=dict)
    """Those that live, by their panes."""
    rules: Collection[AgentRules] = ()
    """By which an agent is recognised by its process."""
    sessions: Collection[int] = ()
    """The leaders of the sessions in which the server's clients run."""
    agents_may: Collection[str] = ()
    scripts_may: Collection[str] = ()


class Standing(Enum):
    """What a caller is."""

    PERSON = "somebody at a terminal"
    AGENT = "an agent"
    SCRIPT = "a program without a terminal"
    STRANGER = "an unknown caller"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the caller may; if not, `words` say why."""

    allowed: bool
    standing: Standing = Standing.STRANGER
    words: str = ""
    who: str = ""
    """The caller for the journal, such as `Claude Code in %3, pid 4711`."""


def judge(caller: Caller | None, scene: Scene, verb: str) -> Verdict:
    """
    Return whether a caller may do `verb` for the user; None is one that has ended.

    The words name no way around: an agent reads them, too.
    """
    culprit = _find_agent(caller, scene) if caller else ""
    standing = Standing.AGENT if culprit else _find_standing(caller, scene)
    words = WORDS.get(verb, Words(verb))
    unknown = "its terminal is no pane's, no client's and no login's"
    why = {
        Standing.PERSON: "",
        Standing.AGENT: f"an agent may not {words.does} for you: this was called from {culprit}",
        Standing.SCRIPT: f"a program without a terminal may not {words.does} for you",
        Standing.STRANGER: f"can't tell who calls: {unknown if caller else 'it has ended'}",
    }[standing]
    who = culprit or standing.value
    left = _list_left(standing, scene) if caller else ()
    return Verdict(
        standing is Standing.PERSON or verb in left,
        standing,
        f"{why}; {words.left}" if why else "",
        f"{who}, pid {caller.chain[0].pid}" if caller else who,
    )


def _list_left(standing: Standing, scene: Scene) -> Collection[str]:
    """Return what the user leaves to such callers; a stranger could be rid of its terminal."""
    return scene.agents_may if standing is Standing.AGENT else scene.scripts_may


def _find_standing(caller: Caller | None, scene: Scene) -> Standing:
    """Return what a caller is that no agent is known to stand behind."""
    if caller and not caller.has_terminal:
        return Standing.SCRIPT
    known = caller and _is_whole(caller, scene) and _is_at_terminal(caller, scene)
    return Standing.PERSON if known else Standing.STRANGER


def _is_whole(caller: Caller, scene: Scene) -> bool:
    """Return whether everything above the caller is known."""
    top = caller.chain[-1]
    return top.pid == scene.server_pid or not top.ppid


def _is_at_terminal(caller: Caller, scene: Scene) -> bool:
    """
    Return whether the terminal is one of tmux, of a client's, or of a login or terminal program.

    An orphan is not at the terminal that it was left on. What has no parent that can be seen came
    in from outside, as `docker exec` does.
    """
    leader = _find_above(caller, caller.leader)
    if leader is None:
        return False
    if leader.ppid in {0, scene.server_pid} or leader.pid in scene.sessions:
        return True
    parent = _find_above(caller, leader.ppid)
    return any(_is_terminal(one.comm) for one in (leader, parent) if one)


def _find_above(caller: Caller, pid: int) -> Process | None:
    return next((one for one in caller.chain if one.pid == pid), None)


def _is_terminal(comm: str) -> bool:
    return comm[:COMM] in KNOWN or comm.startswith(FAMILIES)


def _find_agent(caller: Caller, scene: Scene) -> str:
    """Return the agent behind a caller and its pane, in words; nothing if there is none."""
    above = (*caller.chain, *caller.leaders)
    by_pid = {agent.pid: pane for pane, agent in scene.agents.items() if agent.pid}
    for process in above:
        if process.pid in by_pid:
            return _name(scene.agents[by_pid[process.pid]].name, by_pid[process.pid])
        name = next((one.name for one in scene.rules if matches_process(process, one.identify)), "")
        if name:
            return _name(name, next(_list_panes(caller, scene), None))
    found = (pane for pane in _list_panes(caller, scene) if pane in scene.agents)
    return next((_name(scene.agents[pane].name, pane) for pane in found), "")


def _list_panes(caller: Caller, scene: Scene) -> Iterator[PaneId]:
    """Yield the panes that a caller is in, and those that it claims to be in."""
    for process in (*caller.chain, *caller.leaders):
        if process.pid in scene.panes:
            yield scene.panes[process.pid]
    inherited = caller.claims.get(caller.leader) if _is_in_popup(caller, scene) else None
    yield from (pane for pane in caller.claims.values() if pane != inherited)


def _is_in_popup(caller: Caller, scene: Scene) -> bool:
    """
    Return whether it is tmux' own job, such as a popup.

    The TMUX_PANE of such a job is the one that the server itself was started with.
    """
    leader = _find_above(caller, caller.leader)
    return bool(leader and leader.ppid == scene.server_pid and leader.pid not in scene.panes)


def _name(name: str, pane: PaneId | None) -> str:
    return f"{name} in {pane}" if pane else name
