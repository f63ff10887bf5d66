"""What happens under the user's finger: one table from name to how often, and what it is."""

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from agent_status.actions.answer import answer_ask
from agent_status.actions.context import OpenContext
from agent_status.model import Grade
from agent_status.protocol.outcome import Outcome
from racing.world import Actor, Step, World

OLD_S = 0.35
"""The age from which a request is answered at once."""
LATE_MS, SOON_MS = 400.0, 100.0
"""What happens comes before, while or after the key is sent, to a request that is young or old."""
OLD_PART = 0.7
AFTER_S, RESTART_S = 0.02, 1.4
"""For a key that is on its way to be logged, and for a shell to start its agent again."""
AGAIN = " again"
"""What the name of a request ends with that has the words of the one before it."""
MARK = "key-safety-saw"
CHOICES = ("y", "n", "1", "3", "1")


@dataclass(frozen=True)
class Trial:
    """One answer: what happened meanwhile, what became of it, and where the keys went."""

    kind: str
    delay_ms: float
    choice: str
    outcome: Outcome
    took_s: float
    name: str
    """Of the request that was answered."""
    command: str
    events: list[dict[str, Any]]
    """What the agent and its shell logged."""
    screens: list[list[str]]
    """The pane's program and its rows, in the very step in which tmux sent each key."""


@dataclass
class WatchedTmux:
    """A tmux that keeps which program a pane had, and what it showed, when keys were sent."""

    inner: Any
    pane: str
    screens: list[list[str]] = field(default_factory=list)

    def feed(self, script: str) -> str:
        """Run the script, and capture the pane right before its keys, in the same step."""
        head = f"display-message -p -t {self.pane} '{MARK} #{{pane_current_command}}'"
        look = f"{head} ; capture-pane -p -t {self.pane} ; send-keys"
        told, mark, shown = str(self.inner.feed(script.replace("send-keys", look))).partition(MARK)
        if not mark:
            return told
        rows, _, last = shown.rstrip("\n").rpartition("\n")
        self.screens.append([row.rstrip() for row in rows[1:].split("\n")])
        return f"{told}{last}\n"

    def load(self, buffer: str, text: str) -> None:
        """Fill a buffer."""
        self.inner.load(buffer, text)

    def ask(self, template: str, target: str = "") -> str:
        """Expand a format."""
        return str(self.inner.ask(template, target))


def race(world: World, actor: Actor, desk: OpenContext, chance: random.Random) -> Trial:
    """Answer a request while something happens, and wait until all of it is over."""
    expect = world.settle(actor, desk)
    kind = chance.choices(list(KINDS), [weight for weight, _ in KINDS.values()])[0]
    is_old = chance.random() < OLD_PART
    delay_ms = chance.uniform(0, SOON_MS if is_old else LATE_MS)
    time.sleep(OLD_S * is_old)
    choice = chance.choice(CHOICES)
    tmux = WatchedTmux(desk.tmux, actor.pane)
    deed = KINDS[kind][1](Scene(world, actor, chance, *world.make_request()))
    timer = threading.Timer(delay_ms / 1000, deed)
    timer.start()
    began = time.monotonic()
    outcome = answer_ask(replace(desk, tmux=tmux), actor.ref, choice, expect, Grade.DANGEROUS)
    took_s = time.monotonic() - began
    timer.join()
    time.sleep(RESTART_S if kind == "leave" else AFTER_S)
    name, command, events = actor.name, actor.command, actor.read_events()
    return Trial(
        kind, delay_ms, choice, outcome, took_s, name, command, events, tmux.screens
    )  # fmt: skip


@dataclass(frozen=True)
class Scene:
    """Who does what, and when."""

    world: World
    actor: Actor
    chance: random.Random
    name: str
    other: str
    """The next request, by its name and its command."""

    def ask(self, command: str | None, **more: object) -> Callable[[], None]:
        """Ask another thing."""
        return self.order((0, "ask", {"id": self.name, "command": command} | more))

    def order(self, *steps: Step) -> Callable[[], None]:
        """Let the agent do this."""
        return lambda: self.actor.order(*steps)


def _ask_again(scene: Scene) -> Callable[[], None]:
    again = {"id": f"{scene.actor.name}{AGAIN}", "command": scene.actor.command}
    pause_ms = scene.chance.uniform(5, 80)
    nothing = {"id": scene.name, "command": None}
    return scene.order((0, "ask", nothing), (pause_ms, "ask", again))


def _spin(scene: Scene) -> Callable[[], None]:
    scene.actor.order((0, "spin", True))
    return lambda: None


KINDS: dict[str, tuple[int, Callable[[Scene], Callable[[], None]]]] = {
    "nothing": (12, lambda _: lambda: None),
    "spinner": (8, _spin),
    "swap": (40, lambda scene: scene.ask(scene.other)),
    "superset": (14, lambda scene: scene.ask(f"{scene.actor.command} && rm -rf ~")),
    "prefix": (8, lambda scene: scene.ask(scene.actor.command[:-1])),
    "leftover": (12, lambda scene: scene.ask(scene.other, keep=True)),
    "retract": (14, lambda scene: scene.ask(None)),
    "again": (8, _ask_again),
    "lag": (10, lambda scene: scene.ask(scene.other, lag=scene.chance.choice((5, 20, 60)))),
    "leave": (8, lambda scene: scene.order((0, "leave", None))),
    "copy mode": (6, lambda scene: lambda: scene.world.scroll(scene.actor)),
    "resize": (6, lambda scene: lambda: scene.world.resize(scene.actor)),
}
"""How often each is chosen, and what of it is done after the delay."""
