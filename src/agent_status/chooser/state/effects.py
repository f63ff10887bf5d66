"""What the keys of the list have done in the world; what a panel's keys do stands in its file."""

from abc import abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from agent_status.chooser.state.events import Done, HistoryReceived, Lost, Quiet
from agent_status.chooser.state.source import Source, SourceError, describe_error
from agent_status.chooser.state.view import Effect, Event


class TypingEffect(Effect):
    """What types into panes."""

    __slots__ = ()

    @property
    @abstractmethod
    def panes(self) -> frozenset[str]:
        """The panes that it types into."""

    @abstractmethod
    def type(self, source: Source) -> tuple[bool, str]:
        """Type; return as the source does, and raise what it raises."""

    def run(self, source: Source) -> Event:
        """Type, and free the panes for other keys."""
        good, words = attempt(lambda: self.type(source))
        return Done(words, good=good, panes=self.panes)


@dataclass(frozen=True, slots=True)
class Answer(TypingEffect):
    """Answer the request with that fingerprint."""

    pane: str
    choice: str
    """As `model.choice.find_option` takes it."""
    expect: str
    dangerous: bool = False
    """Whether the user was told that it is dangerous; only a second key sends such an answer."""

    @property
    def panes(self) -> frozenset[str]:
        """The one pane."""
        return frozenset({self.pane})

    def type(self, source: Source) -> tuple[bool, str]:
        """Answer it."""
        return source.answer(self.pane, self.choice, self.expect, dangerous=self.dangerous)


@dataclass(frozen=True, slots=True)
class Interrupt(TypingEffect):
    """Interrupt what an agent does, if it asks no other thing than that fingerprint's by then."""

    pane: str
    expect: str
    """Empty where nothing was asked."""

    @property
    def panes(self) -> frozenset[str]:
        """The one pane."""
        return frozenset({self.pane})

    def type(self, source: Source) -> tuple[bool, str]:
        """Interrupt it."""
        return source.interrupt(self.pane, self.expect)


@dataclass(frozen=True, slots=True)
class DaemonRequest(Effect):
    """Have the daemon remember something about a pane: one of its ops with its arguments."""

    in_order: ClassVar[bool] = True
    """So that what is told last of what is remembered is true."""

    pane: str
    op: str
    args: tuple[tuple[str, Any], ...] = ()
    words: str = ""
    """What is told once it is done."""
    unless: tuple[str, str] = ("", "")
    """A flag of the answer, and what is told if it is off then."""

    def describe(self, answer: Mapping[str, Any]) -> str:
        """Return what is told, by what the daemon answered."""
        flag, words = self.unless
        return words if flag and answer.get(flag) is False else self.words

    def run(self, source: Source) -> Event:
        """Ask for it, and tell what the daemon answered."""
        try:
            return Done(self.describe(source.request(self.op, self.pane, dict(self.args))))
        except SourceError as error:
            return Done(describe_error(error), good=False)


@dataclass(frozen=True, slots=True)
class ReadHistory(Effect):
    """Read what has scrolled off the top of a pane."""

    pane: str

    def run(self, source: Source) -> Event:
        """Read it; what can't be read is empty."""
        try:
            return HistoryReceived(self.pane, source.read_history(self.pane))
        except SourceError:
            return HistoryReceived(self.pane)


@dataclass(frozen=True, slots=True)
class StartDaemon(Effect):
    """Start the daemon, as there is none."""

    def run(self, source: Source) -> Event:
        """Start it; only what went wrong is told, as the reports tell the rest."""
        trouble = source.start_daemon()
        return Lost(trouble) if trouble else Quiet()


def attempt(act: Callable[[], tuple[bool, str]]) -> tuple[bool, str]:
    """Return what `act` returns; False and the reason where the source does not do it."""
    try:
        return act()
    except SourceError as error:
        return False, describe_error(error)
