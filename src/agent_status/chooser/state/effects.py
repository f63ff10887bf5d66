"""What the keys of the list do in the world; what a panel's keys do is in the panel's file."""

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from agent_status.chooser.state.events import Done, HistoryReceived, Lost, Quiet
from agent_status.chooser.state.patch import NO_STAMP, Patch, Stamp, parse_patch
from agent_status.chooser.state.source import ChooserSource
from agent_status.chooser.state.view import Effect, Event, Step, Undo, View
from agent_status.errors import AgentStatusError
from agent_status.model import Grade
from agent_status.model.ref import AgentRef
from agent_status.protocol.messages import Look, Request
from agent_status.protocol.outcome import Kind, Outcome


class TypingEffect(Effect):
    """What types to agents."""

    __slots__ = ()

    @property
    @abstractmethod
    def refs(self) -> frozenset[AgentRef]:
        """The agents that it types to."""

    @abstractmethod
    def type(self, source: ChooserSource) -> Outcome:
        """Type; raise AgentStatusError."""

    def run(self, source: ChooserSource) -> Event:
        """Type, and allow other keys for those agents."""
        outcome = attempt(lambda: self.type(source))
        return Done(describe_outcome(outcome), good=outcome.done, refs=self.refs)


@dataclass(frozen=True, slots=True)
class Answer(TypingEffect):
    """Answer the request with that fingerprint."""

    ref: AgentRef
    choice: str
    """As `model.choice.find_option` takes it."""
    expect: str
    dangerous: bool = False
    """Whether the user saw that it is dangerous; only a second key sends such an answer."""

    @property
    def refs(self) -> frozenset[AgentRef]:
        """The one agent."""
        return frozenset({self.ref})

    def type(self, source: ChooserSource) -> Outcome:
        """Answer it."""
        most = Grade.DANGEROUS if self.dangerous else Grade.WRITES
        return source.open_actions(self.ref).answer(self.choice, self.expect, most)


@dataclass(frozen=True, slots=True)
class Interrupt(TypingEffect):
    """Interrupt an agent, unless it has another request by then."""

    ref: AgentRef
    expect: str
    """The fingerprint of its request; empty without one."""

    @property
    def refs(self) -> frozenset[AgentRef]:
        """The one agent."""
        return frozenset({self.ref})

    def type(self, source: ChooserSource) -> Outcome:
        """Interrupt it."""
        return source.open_actions(self.ref).interrupt(self.expect)


@dataclass(frozen=True, slots=True)
class DaemonRequest(Effect):
    """Have the daemon remember something about an agent."""

    in_order: ClassVar[bool] = True
    """So that the last message is about what is remembered last."""

    request: Request[Any]
    words: str = ""
    """The message once it is done."""
    unless: tuple[str, str] = ("", "")
    """A flag of the answer, and the message if it is off then."""
    inverse: Callable[[Any], tuple[Request[Any], str]] | None = field(default=None, compare=False)
    """Returns from the answer what takes it back, and the message once that is done."""

    def describe(self, answer: object) -> str:
        """Return the message for the daemon's answer."""
        flag, words = self.unless
        return words if flag and getattr(answer, flag, None) is False else self.words

    def run(self, source: ChooserSource) -> Event:
        """Send the request, and have the daemon look at once."""
        try:
            answer = source.ask(self.request)
            source.ask(Look())
        except AgentStatusError as error:
            return Done(str(error), good=False)
        back = DaemonRequest(*self.inverse(answer)) if self.inverse else None
        undo = Undo(back, self.request.ref) if back else None
        return Done(self.describe(answer), undo=undo)


@dataclass(frozen=True, slots=True)
class ReadAbove(Effect):
    """Read what has scrolled off the top of a pane."""

    ref: AgentRef

    def run(self, source: ChooserSource) -> Event:
        """Read it; what can't be read is empty."""
        try:
            return HistoryReceived(self.ref, source.read_above(self.ref))
        except AgentStatusError:
            return HistoryReceived(self.ref)


@dataclass(frozen=True, slots=True)
class ReadPatch(Effect):
    """Read what an agent changed."""

    stamp: Stamp

    def run(self, source: ChooserSource) -> Event:
        """Read it, and colour it here, in a thread of its own."""
        code, text = source.run(("diff", "--hunks", str(self.stamp.ref)))
        return PatchReceived(parse_patch(self.stamp, code, text))


@dataclass(frozen=True, slots=True)
class PatchReceived:
    """The diff of an agent's changes."""

    patch: Patch

    def apply(self, view: View) -> Step:
        """Keep it, even if another agent is selected now: that one's is read next."""
        return Step(replace(view, patch=self.patch, reading=NO_STAMP))


@dataclass(frozen=True, slots=True)
class StartDaemon(Effect):
    """Start the daemon, as there is none."""

    def run(self, source: ChooserSource) -> Event:
        """Start it; only a failure is shown, as the reports show the rest."""
        trouble = source.start_daemon()
        return Lost(trouble) if trouble else Quiet()


def attempt(act: Callable[[], Outcome]) -> Outcome:
    """Return what `act` returns, or a failure with the reason if it raises AgentStatusError."""
    try:
        return act()
    except AgentStatusError as error:
        return Outcome(done=False, kind=Kind.FAILED.value, words=str(error))


def describe_outcome(outcome: Outcome) -> str:
    """Return an outcome's words as a sentence."""
    words = outcome.words[:1].upper() + outcome.words[1:]
    return words if words.endswith(".") else f"{words}."
