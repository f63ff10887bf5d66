"""Identifies the agent in a pane: by its process, else by its title or screen."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from agent_status.agents.problems import SlowRuleError
from agent_status.agents.registry import Registry
from agent_status.agents.schema import AgentRules, Identify
from agent_status.model import Agent, Autonomy, CheckedProcess, Process, Screen

INTERPRETER = re.compile(r"^(?:node|nodejs|bun|deno|python[0-9.]*|uv|npx|bash|sh|env|ruby)$")
"""Programs whose first plain argument is the program that matters."""

SHELLS = frozenset(
    {"bash", "sh", "zsh", "fish", "dash", "ksh", "tcsh", "csh", "nu", "pwsh", "xonsh"}
)

WRAPPERS = frozenset(
    {
        "ssh",
        "autossh",
        "mosh-client",
        "et",
        "tsh",
        "docker",
        "podman",
        "nerdctl",
        "kubectl",
        "oc",
        "devcontainer",
        "distrobox",
        "distrobox-enter",
        "toolbox",
        "lxc",
        "incus",
        "limactl",
        "multipass",
        "vagrant",
        "orb",
        "machinectl",
        "gcloud",
        "gh",
    }
)
"""Programs behind which others run, on another machine or in a container, that cannot be seen."""

LAUNCHERS = frozenset(
    {"npm", "pnpm", "yarn", "bunx", "uvx", "pipx", "poetry", "sudo", "doas", "nice", "make"}
)
"""Programs that run others, and never are what matters."""

OPTION = "the pane's option"
"""How an agent is known that no process, title or screen tells."""

MAX_ARGS = 4096
"""Characters of a command line that are looked at."""


def find_agent(
    processes: Sequence[Process], agents: Sequence[AgentRules]
) -> tuple[AgentRules, Process] | None:
    """Return the agent nearest to the pane's own process; what an agent starts is its tool."""
    for process in _order_by_depth(processes):
        for rules in agents:
            if _is_run_by(process, rules):
                return rules, process
    return None


def _is_run_by(process: Process, rules: AgentRules) -> bool:
    """Return True if `process` is this agent; patterns that were stopped are named."""
    try:
        return matches_process(process, rules.identify)
    except TimeoutError as error:
        raise SlowRuleError(rules.kind) from error


def matches_process(process: Process, identify: Identify) -> bool:
    """Return True if `process` is the agent, by the names of its program and of its script."""
    args = process.args[:MAX_ARGS]
    return not any(pattern.search(args) for pattern in identify.without) and _has_name(
        process, identify
    )


def check_processes(
    processes: Sequence[Process], agents: Sequence[AgentRules]
) -> tuple[CheckedProcess, ...]:
    """Return, for processes that aren't agents, why each isn't; parents before their children."""
    return tuple(_check_process(process, agents) for process in _order_by_depth(processes))


def _check_process(process: Process, agents: Sequence[AgentRules]) -> CheckedProcess:
    names = list(dict.fromkeys(_list_names(process)))
    if names and set(names) <= SHELLS:
        return CheckedProcess(process, "a shell")
    if find_wrapper((process,)) is not None:
        return CheckedProcess(process, "hides what runs behind it")
    last = names[-1] if names else ""
    name = "" if last in LAUNCHERS or INTERPRETER.match(last) else last
    for rules in agents:
        if _has_name(process, rules.identify):
            return CheckedProcess(
                process, f"{rules.name} by its name, but not by its arguments", name
            )
    return CheckedProcess(process, f"no agent is called {' or '.join(names)}", name)


def _list_names(process: Process) -> list[str]:
    programs = _list_programs(process.comm, process.args[:MAX_ARGS])
    return [path.rsplit("/", 1)[-1] for path in programs]


def _has_name(process: Process, identify: Identify) -> bool:
    programs = _list_programs(process.comm, process.args[:MAX_ARGS])
    return (
        not set(_list_names(process)).isdisjoint(identify.names)
        or any(pattern.search(process.comm) for pattern in identify.comm)
        or any(pattern.search(path) for pattern in identify.scripts for path in programs)
    )


@lru_cache(maxsize=256)
def _list_programs(comm: str, args: str) -> tuple[str, ...]:
    """Return the program's names and paths, and its script's if it is an interpreter."""
    words = args.split()
    if not words:
        return (comm,)
    plain = [word for word in words[1:] if not word.startswith("-")]
    runs = INTERPRETER.match(words[0].rsplit("/", 1)[-1])
    return (comm, words[0].removeprefix("-"), *(plain[:1] if runs else ()))


def find_wrapper(processes: Sequence[Process]) -> int | None:
    """Return the process that hides what runs in the pane, such as ssh, or None."""
    return next((one.pid for one in processes if one.comm.rsplit("/", 1)[-1] in WRAPPERS), None)


def _order_by_depth(processes: Sequence[Process]) -> list[Process]:
    """Return the processes so that a parent stands before its children; siblings by pid."""
    parents = {process.pid: process.ppid for process in processes}

    def count_ancestors(pid: int) -> int:
        depth, seen = 0, {pid}
        while (pid := parents.get(pid, -1)) in parents and pid not in seen:
            seen.add(pid)
            depth += 1
        return depth

    return sorted(processes, key=lambda process: (count_ancestors(process.pid), process.pid))


def find_signature(screen: Screen, agents: Sequence[AgentRules]) -> tuple[AgentRules, str] | None:
    """Return the agent by its title or screen, and by which of them; None if ambiguous."""
    text = screen.text
    for rules in agents:
        if any(pattern.search(screen.title) for pattern in rules.identify.title):
            return rules, "title"
        if any(pattern.search(text) for pattern in rules.identify.screen):
            return rules, "screen"
    return None


def name_agent(rules: AgentRules, how: str, pid: int | None = None) -> Agent:
    """Return the agent as every output names it."""
    return Agent(kind=rules.kind, name=rules.name, pid=pid, how=how)


def name_process(rules: AgentRules, process: Process, hint: AgentRules | None = None) -> Agent:
    """Return the agent of this process, even if the pane's option `hint` names another."""
    ignored = f", not by {OPTION} ({hint.kind})" if hint and hint.kind != rules.kind else ""
    agent = name_agent(rules, f"process {process.comm}{ignored}", process.pid)
    return replace(agent, autonomy=find_mode(rules, process.args[:MAX_ARGS]))


def find_mode(rules: AgentRules, args: str) -> Autonomy:
    """Return how much an agent does without asking that was started by the command line `args`."""
    found = (one.says for one in rules.modes if any(each.search(args) for each in one.argv))
    return next(found, Autonomy.UNKNOWN)


SHELL = re.compile(r"[$#%❯➜»>]\s*$")
"""The end of a line at which a shell waits."""


def shows_shell(screen: Screen) -> bool:
    """Return True if the cursor stands at a shell's prompt with nothing below it."""
    row = screen.rows[min(screen.cursor.y, screen.height - 1)]
    below = screen.rows[screen.cursor.y + 1 :]
    at_end = screen.cursor.x in {len(row.text), len(row.text) + 1}
    return at_end and bool(SHELL.search(row.text)) and not any(line.text for line in below)


@dataclass(frozen=True, slots=True)
class Identity:
    """The agent in a pane, the rules that read it, and how it was found."""

    agent: Agent | None = None
    rules: AgentRules | None = None
    wrapper: int | None = None
    """The process of a program that hides what runs in the pane, such as ssh; else None."""
    declared: bool = False
    """True if only the pane's option says so."""


UNIDENTIFIED = Identity()


def identify(
    before: Identity, processes: Sequence[Process] | None, hint: str, registry: Registry
) -> Identity:
    """
    Return the identity by the pane's processes and its option `hint`; a known process wins.

    Behind the same wrapper as before, an agent found by the screen stays.
    """
    found = find_agent(processes or (), registry.agents)
    hinted = registry.find(hint)
    if hinted and found is None:
        return replace(
            before, agent=name_agent(hinted, OPTION), rules=hinted, wrapper=None, declared=True
        )
    if processes is None:
        return replace(before, declared=False)
    wrapper = None if found else find_wrapper(processes)
    if wrapper is not None and wrapper == before.wrapper:
        return replace(before, declared=False)
    if found is None:
        return Identity(wrapper=wrapper)
    return Identity(name_process(*found, hinted), found[0], wrapper)


def needs_screen(identity: Identity, processes: Sequence[Process] | None) -> bool:
    """Return True if only title and screen can identify the agent."""
    return not identity.declared and (processes is None or identity.wrapper is not None)


def identify_by_screen(
    before: Identity, screen: Screen, registry: Registry, *, at_prompt: bool
) -> Identity:
    """
    Return the identity by title and screen; at a shell's prompt the agent is gone.

    `at_prompt` is True if the cursor is in the agent's own input box, which may look like that.
    """
    if shows_shell(screen) and not at_prompt:
        return replace(before, agent=None, rules=None)
    signature = find_signature(screen, registry.agents)
    if signature is None or signature[0] is before.rules:
        return before
    return replace(before, agent=name_agent(*signature), rules=signature[0])
