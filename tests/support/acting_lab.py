"""Fake agents in panes of a private tmux server, and a desk to act on them from."""

import contextlib
import json
import os
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, TypeVar

from agent_status.actions.context import OpenContext, SystemClock, open_context
from agent_status.actions.target import Connection
from agent_status.agents.files import load_agents
from agent_status.agents.registry import NO_AGENTS, Registry
from agent_status.detect.tracker import PaneTracker
from agent_status.features.base import Feature
from agent_status.features.risk.feature import RiskFeature
from agent_status.features.risk.loader import parse_tables
from agent_status.features.risk.table_files import read_risk_files
from agent_status.model import PaneId
from agent_status.model.ref import AgentRef
from agent_status.paths import find_config
from agent_status.protocol.messages import Request
from agent_status.system.foreground import Keyboard
from tests.support.places import SUPPORT
from tests.support.tmux_lab import Lab, RecordingTmux, run_daemon, wait_for

T = TypeVar("T")
FAKE = SUPPORT / "fake_agents.py"
RULE = "─" * 60
QUESTION = ("Do you want to proceed?", "❯ 1. Yes", "  2. Yes, and don't ask again", "  3. No")


def draw_ask(command: str) -> list[str]:
    """
    A permission dialog like Claude's.
    """
    return ["● I'll do that.", "", RULE, " Bash command", "", f"   {command}", "", *QUESTION]


FOOTER = "Enter to select · Tab/Arrow keys to navigate · Esc to cancel"
HOSTILE = "echo '#(touch pwned)' \"#{pid}\" ,}{ [a-z]* ?\\ $HOME ; %if 1 ~ ✓ 日本語 👩‍💻"
KEYS = {"1": "busy", "2": "busy", "3": "idle", "\x1b": "idle"}
SCENES: dict[str, Any] = {
    "idle": {"lines": ["● Done.", ""], "box": ["  ? for shortcuts"], "keys": {"\r": "busy"}},
    "busy": {
        "lines": ["● Well.", "", "✻ Pondering… (3s · esc to interrupt)", ""],
        "box": ["  esc to interrupt"],
        "keys": {"\x1b": "idle"},
    },
    "ask": {"lines": draw_ask("make test"), "keys": KEYS},
    "safe": {"lines": draw_ask("git status"), "keys": KEYS},
    "other": {"lines": draw_ask("rm -rf /"), "keys": KEYS},
    "hostile": {"lines": draw_ask(HOSTILE), "keys": KEYS},
    "unseen": {"lines": draw_ask("make\u200b a\u00a0b \u3164= c"), "keys": KEYS},
    "boxes": {
        "lines": ["● Hm.", RULE, "Which?", "❯ 1. [ ] wc.py", "  2. [ ] README", "", FOOTER],
        "keys": {"2": "ticked"},
    },
    "ticked": {
        "lines": ["● Hm.", RULE, "Which?", "❯ 1. [ ] wc.py", "  2. [✔] README", "", FOOTER],
        "keys": {"\x1b[C": "ask", "\x1bOC": "ask"},
    },
    "deaf": {"lines": draw_ask("make deaf"), "keys": {}},
    "slow": {"lines": draw_ask("make slow"), "keys": KEYS, "slow": 0.7},
    "twins": {"lines": ["one", "two", "one", *draw_ask("make twins")], "keys": KEYS},
    "swapped twins": {"lines": ["one", "two", "two", *draw_ask("make twins")], "keys": KEYS},
    "blank": {"lines": [], "keys": {}},
    "row": {"lines": draw_ask("make row"), "keys": {"1": "other"}},
    "leave": {"lines": draw_ask("make leave"), "keys": {"3": "end"}},
    "list": {
        "lines": ["● Hm.", RULE, "Pick a colour, please:", ""],
        "list": ["Red", "Green", "Blue"],
        "takes": ["idle", "busy", "idle"],
    },
    "mute": {"lines": ["● Ready."], "box": ["  ? for shortcuts"], "keys": {}},
    "dogged": {"lines": ["● No.", "✻ Going on… (9s · esc to interrupt)"], "box": [], "keys": {}},
}
SCENES["asks"] = SCENES["dogged"] | {"keys": {"\x1b": "list"}}
SCENES["field"] = {
    "lines": [*draw_ask("make field")[:-3]],
    "list": ["1. Yes", "2. No", "3. Tell it what to change"],
    "takes": ["busy", "idle", "field"],
    "mark": 2,
}
MOVER = r"""
name = "Mover"
item = '^● '
edge = '^─{8,}'
[identify]
names = ["mover"]
[keys]
interrupt = ["Escape", "Escape"]
[[box]]
top = '^─{4,}'
bottom = '^─{4,}'
prompt = '^❯'
[[rule]]
id = "list"
says = "question"
region = "dialog"
all = ["pick a colour"]
choices = '^(?:(?P<mark>❯)| ) (?P<label>\S.*)$'
[[rule]]
id = "spinner"
says = "working"
region = "screen"
any = ['^✻ ']
[[rule]]
id = "prompt"
says = "idle"
region = "box"
all = ['.']
"""


@dataclass
class Fake:
    """
    One fake agent in a pane.
    """

    lab: Lab
    pane: PaneId
    folder: Path

    @property
    def ref(self) -> AgentRef:
        """
        What names it to our own code.
        """
        return AgentRef(pane=self.pane)

    @property
    def got(self) -> bytes:
        """
        Every byte that it was sent.
        """
        return (self.folder / "log").read_bytes()

    @property
    def shown(self) -> str:
        """
        What the pane shows.
        """
        return self.lab.tmux("capture-pane", "-p", "-t", self.pane)

    def order(self, **order: Any) -> None:
        """
        Tell it what to do, without waiting.
        """
        with (self.folder / "pipe").open("w") as pipe:
            pipe.write(json.dumps(order) + "\n")

    def leave(self, **order: Any) -> None:
        """
        Order it to end or to stop, and wait until its shell has the keyboard.
        """
        self.order(**order)
        wait_for(lambda: self.is_at_shell)

    @property
    def is_at_shell(self) -> bool:
        """
        Whether its shell's prompt is the last that is shown.
        """
        return self.shown.rstrip().endswith("shell>")

    def show(self, scene: str) -> None:
        """
        Let it draw a scene, and wait until tmux has it.
        """
        lines = [line for line in (*SCENES[scene]["lines"], *SCENES[scene].get("list", ())) if line]
        self.order(show=scene)
        wait_for(lambda: all(line.lstrip("❯ ") in self.shown for line in lines))


def list_words(folder: Path, name: str) -> list[str]:
    """
    The command line of a fake.
    """
    return [
        sys.executable,
        "-SE",
        *(str(folder / part) for part in (name, "scenes", "log", "pipe")),
    ]


class Stage:
    """
    A daemon, its panes, and a desk; made by `open_stage`.
    """

    def __init__(self, lab: Lab, desk: OpenContext, daemon_tmux: RecordingTmux) -> None:
        self.lab = lab
        self.desk = desk
        self.daemon_tmux = daemon_tmux

    def add(self, scene: str, name: str = "claude") -> Fake:
        """
        Start a fake agent that shows `scene`, in a pane of its own.
        """
        folder = self._prepare(scene, name)
        return self._await(self._open_pane(" ".join(list_words(folder, name))), folder, name)

    def add_in_shell(self, scene: str, name: str = "claude") -> Fake:
        """
        Start one from an interactive shell, which has the keyboard before and after it.
        """
        folder = self._prepare(scene, name)
        pane = self._open_pane("PS1='shell> ' exec sh -i")
        wait_for(lambda: "shell>" in self.lab.tmux("capture-pane", "-p", "-t", pane))
        self.lab.tmux("send-keys", "-t", pane, " ".join(list_words(folder, name)), "Enter")
        return self._await(pane, folder, name)

    def _prepare(self, scene: str, name: str) -> Path:
        folder = self.lab.folder / f"fake-{len(list(self.lab.folder.glob('fake-*')))}"
        folder.mkdir()
        (folder / "scenes").write_text(json.dumps(SCENES | {"first": SCENES[scene]}))
        (folder / "log").touch()
        os.mkfifo(folder / "pipe")
        (folder / name).symlink_to(FAKE)
        return folder

    def _open_pane(self, program: str) -> PaneId:
        words = ("new-window", "-d", "-P", "-F", "#{pane_id}", program)
        return PaneId(self.lab.tmux(*words).strip())

    def _await(self, pane: PaneId, folder: Path, name: str) -> Fake:
        wait_for(lambda: (self.look(pane)["agent"] or {}).get("agent") == name)
        wait_for(lambda: self.look(pane)["live"]["state"] not in {None, "unknown"})
        return Fake(self.lab, pane, folder)

    def look(self, pane: str) -> Any:
        """
        What the daemon senses there.
        """
        return self.lab.ask("inspect", pane=pane)

    def expect(self, fake: Fake) -> str:
        """
        The fingerprint of what a fake asks.
        """
        return str(wait_for(lambda: self.look(fake.pane)["live"]["ask"])["fingerprint"])


@contextlib.contextmanager
def open_stage(
    lab: Lab, features: Sequence[Feature] = (), callers: Registry = NO_AGENTS
) -> Iterator[Stage]:
    """
    Yield a stage whose daemon knows the packaged agents and one of the test's own, `mover`.

    Of those in `callers` it knows when they call.
    """
    agents = find_config() / "agents"
    agents.mkdir(parents=True)
    (agents / "mover.toml").write_text(MOVER)
    lab.start(height=30)
    registry, problems = load_agents(find_config())
    assert not problems
    assessor = RiskFeature(parse_tables(read_risk_files(find_config()).tables)[0], str(lab.folder))
    with run_daemon(
        lab, PaneTracker, (assessor, *features), registry=registry, callers=callers
    ) as tmux:
        wait_for(lambda: lab.ask("ping"))
        with open_context(lab.inner, "test") as desk:
            yield Stage(lab, desk, tmux)


@dataclass
class Meddler:
    """
    A daemon's connection that lets something happen right after a look, when nobody looks.
    """

    inner: Connection
    deeds: list[Callable[[], object]]

    def ask(self, request: Request[T]) -> T:
        """
        Return the daemon's answer, once the next deed is done.
        """
        answer = self.inner.ask(request)
        if self.deeds:
            self.deeds.pop(0)()
        return answer


def nothing() -> None:
    """
    A deed that is none.
    """


def meddle(desk: OpenContext, *deeds: Callable[[], object]) -> OpenContext:
    """
    Return the desk, with the deeds done after its first looks, one after each.
    """
    return replace(desk, daemon=Meddler(desk.daemon, list(deeds)))


@dataclass
class MeddledTmux:
    """
    A tmux to which something happens right before it is told to send keys or to paste.
    """

    inner: Any
    deeds: list[Callable[[], object]]

    def feed(self, script: str) -> str:
        """
        Run the commands, once the next deed is done.
        """
        if self.deeds and re.search("send-keys|paste-buffer", script):
            self.deeds.pop(0)()
        return str(self.inner.feed(script))

    def load(self, buffer: str, text: str) -> None:
        """
        Fill a buffer.
        """
        self.inner.load(buffer, text)

    def ask(self, template: str, target: str = "") -> str:
        """
        Expand a format.
        """
        return str(self.inner.ask(template, target))


def meddle_typing(desk: OpenContext, *deeds: Callable[[], object]) -> OpenContext:
    """
    Return the desk, with the deeds done before its first keys, one before each.
    """
    return replace(desk, tmux=MeddledTmux(desk.tmux, list(deeds)))


@dataclass
class PacedClock(SystemClock):
    """
    A clock by which `pace` times as much time passes as soon as something is a fact.
    """

    pace: float
    fact: Callable[[], object]
    since: float = 0.0

    def read_monotonic(self) -> float:
        """
        Return what the machine's clock has, and what was added since the fact.
        """
        now = super().read_monotonic()
        if not self.since and self.fact():
            self.since = now
        return now + (self.pace - 1) * (now - self.since) * bool(self.since)


def hurry(desk: OpenContext, fact: Callable[[], object] = lambda: True) -> OpenContext:
    """
    Return the desk with a patience that ends soon, once something is a fact.
    """
    return replace(desk, clock=PacedClock(10.0, fact))


def linger(desk: OpenContext, pace: float = 0.01) -> OpenContext:
    """
    Return the desk with a patience that outlasts a slow machine.
    """
    return replace(desk, clock=PacedClock(pace, lambda: True))


@dataclass(frozen=True, slots=True)
class _WatchedDesk(OpenContext):
    """
    A desk whose keyboards are as it is told, and of ended programs from then on.
    """

    facts: list[Keyboard]

    def find_keyboard(self, pid: int) -> Keyboard:
        """
        Return the next fact.
        """
        del pid
        return self.facts.pop(0) if self.facts else Keyboard.ENDED


def watch_keyboard(desk: OpenContext, facts: list[Keyboard]) -> OpenContext:
    """
    Return the desk, whose agent has the keyboard as `facts` say, one a question, and then ends.
    """
    parts = {slot.name: getattr(desk, slot.name) for slot in fields(desk)}
    return _WatchedDesk(**parts, facts=facts)


@dataclass
class BrokenTmux:
    """
    A tmux that raises.
    """

    error: Exception

    def feed(self, _: str) -> str:
        """
        Raise.
        """
        raise self.error

    def load(self, *_: str) -> None:
        """
        Raise.
        """
        raise self.error

    def ask(self, *_: str) -> str:
        """
        Raise.
        """
        raise self.error
