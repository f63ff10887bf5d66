"""What the daemon expects of an object that watches a pane."""

from collections.abc import Callable
from typing import Protocol

from agent_status.agents.registry import Registry
from agent_status.detect.quick_scan import Work
from agent_status.features.sessions.feature import Listener
from agent_status.model import Agent, Capture, Found, Kept, Process, Screen, Status


class Watch(Listener, Protocol):
    """What `detect.tracker.PaneTracker` does for a pane; times are monotonic seconds."""

    @property
    def screen(self) -> Screen:
        """The screen as it was painted last."""

    @property
    def wants_above(self) -> bool:
        """Whether a request begins above the screen, and what stands there is not known."""

    def see_above(self, lines: tuple[str, ...], at: float) -> None:
        """Take what has scrolled off the top; it holds until the pane is active again."""

    def doubt_above(self) -> None:
        """Take it that other lines may have scrolled off."""

    @property
    def work(self) -> Work | None:
        """The work that goes on, where the screen itself says so; else None."""

    @property
    def agent(self) -> Agent | None:
        """The agent that was found last."""

    def paint(self, capture: Capture, at: float) -> None:
        """Take a capture."""

    def see_processes(self, processes: tuple[Process, ...], at: float) -> None:
        """Take the process tree, which holds from now on."""

    def see_hint(self, kind: str) -> None:
        """Take the user's word for the agent's kind."""

    def see_extra(self, names: tuple[str, ...]) -> None:
        """Take the names of processes that are agents, too."""

    def take_knowledge(self, knowledge: Registry) -> None:
        """Take what is known about agents from now on; what was seen stays."""

    def drop_rule(self, rule: str) -> None:
        """Never try a rule again, by its id `kind/rule`, nor identify a kind."""

    def acknowledge(self, at: float) -> None:
        """Take the user's word that the result was seen."""

    def keep(self, at: float) -> Kept:
        """Return what another watch of the same agent has to know."""

    def restore(self, kept: Kept, at: float) -> None:
        """Go on from what an earlier watch has kept, once the screen is known."""

    def begin_session(self, at: float) -> None:
        """Take it that the agent has begun another session."""

    def status(self, at: float) -> Status:
        """Return the status."""

    def find(self, at: float) -> Found:
        """Return the status with all its evidence."""


WatchFactory = Callable[[int, int, float], Watch]
"""Makes the watch of a pane, from its width, its height, and the time in monotonic seconds."""
