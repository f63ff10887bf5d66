"""Panes in which an agent may run that is not recognised: what `doctor` names."""

import secrets
import time
from collections.abc import Iterator
from pathlib import Path

from agent_status.agents.files import load_agents
from agent_status.agents.registry import Registry
from agent_status.detect.identify import check_processes, find_agent, find_wrapper, shows_shell
from agent_status.detect.pane import ObservedPane
from agent_status.detect.tracker import PaneTracker
from agent_status.model import Capture, Pane, PaneId, Process, State
from agent_status.options import parse_options
from agent_status.system.processes import ProcessReader, read_origin
from agent_status.tmux.client import Tmux, TmuxError
from agent_status.tmux.query import OPTIONS, Tick, build_tick, parse_tick

LONG_S = 5.0
"""A program that runs for less may be a picker or a pager that is gone again at once."""
STRANGER = "stranger"
"""The kind that a pane is taken to be, to see what its screen would say then."""


def list_candidates(tmux: Tmux, config: Path) -> Iterator[str]:
    """
    Yield a sentence for each pane without an agent that would read as one if it were declared.

    That is a program, for LONG_S at least, whose screen holds an input box, a dialog with choices
    or a sign of work, as most agents draw them. Reads only; a tmux that fails has none.
    """
    try:
        tick = _read_tick(tmux)
        knowledge = load_agents(config)[0].extend(parse_options(tick.options or {})[0].extra_agents)
        named = dict(_find_programs(tick, knowledge))
        captures = _read_tick(tmux, tuple(pane.id for pane in named)).captures
    except TmuxError:
        return
    for pane, name in named.items():
        capture = captures.get(pane.id)
        if capture and _reads_as_agent(capture, knowledge):
            yield (
                f"{name} in {pane.id} ({pane.place}) looks like an agent that is not recognised:"
                f" agent-status explain {pane.id} says why, and how to declare it"
            )


def _read_tick(tmux: Tmux, captured: tuple[PaneId, ...] = ()) -> Tick:
    nonce = secrets.token_hex(8)
    return parse_tick(tmux.feed(build_tick(nonce, captured, OPTIONS)), nonce)


def _find_programs(tick: Tick, knowledge: Registry) -> Iterator[tuple[Pane, str]]:
    """Yield each pane that holds a program, but no agent, and the program's name."""
    panes = [pane for pane in tick.panes if not (pane.dead or pane.in_mode)]
    trees = ProcessReader().read_trees([pane.pid for pane in panes], time.monotonic())
    for pane in panes:
        tree = trees.get(pane.pid, ())
        if knowledge.find(tick.hints.get(pane.id, "")) or find_agent(tree, knowledge.agents):
            continue
        program = _find_program(tree, knowledge)
        if program:
            yield pane, program


def _find_program(tree: tuple[Process, ...], knowledge: Registry) -> str:
    """Return the name of what runs there for long; empty for nothing but a shell."""
    wrapper = find_wrapper(tree)
    for one in check_processes(tree, knowledge.agents):
        name = one.name or (one.process.comm if one.process.pid == wrapper else "")
        if name:
            origin = read_origin(one.process.pid, ())
            return name if origin and time.time() - origin.started_at >= LONG_S else ""
    return ""


def _reads_as_agent(capture: Capture, knowledge: Registry) -> bool:
    tracker = PaneTracker(knowledge.extend((STRANGER,)), 0.0)
    pane = ObservedPane(tracker, capture.width, capture.height)
    pane.hint = STRANGER
    pane.paint(capture, 0.0)
    winner = pane.look(0.0).winner
    states = {None, State.UNKNOWN, State.NONE}
    return winner is not None and winner.state not in states and not shows_shell(pane.screen)
