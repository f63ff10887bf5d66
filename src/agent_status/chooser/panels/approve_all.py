"""All agents that ask the same harmless thing, to be approved together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from rich.text import Text

from agent_status.chooser.draw.rule import draw_rule
from agent_status.chooser.state.actions import CANCELLED, GUARD_S, send
from agent_status.chooser.state.effects import TypingEffect
from agent_status.chooser.state.key import CANCEL, Key, does
from agent_status.chooser.state.source import ChooserSource
from agent_status.chooser.state.text import cut_cells, reveal_lines, wrap_cells
from agent_status.chooser.state.theme import Theme
from agent_status.chooser.state.view import (
    NO_MESSAGE,
    Hint,
    Panel,
    Size,
    Step,
    View,
    refuse,
    show_message,
)
from agent_status.model import Grade
from agent_status.model.ref import AgentRef
from agent_status.protocol.outcome import Kind, Outcome
from agent_status.protocol.rows import AgentRow

NOT_WHOLE = "The requests do not fit on the screen: answer them one by one. Nothing was sent."
APPROVES = frozenset({"y", "enter"})
HINTS = (Hint("↵", "approve all", "enter"), CANCEL)


@dataclass(frozen=True, slots=True)
class ApproveAllPanel(Panel):
    """Agents that ask the same harmless thing."""

    asks: tuple[tuple[AgentRef, str], ...]
    """The agent and the fingerprint of each request."""
    at: float = 0.0
    """When it was opened, or changed: a key that comes too soon after is not meant for it."""
    whole: bool = False
    """Whether every line of every request is in sight."""

    def title(self, view: View, size: Size) -> str:
        """Return how many still ask it."""
        del size
        number = len(self.find_same(view))
        return f"{number} agents ask the same" if number != 1 else "1 agent asks the same"

    def hints(self, view: View) -> tuple[Hint, ...]:
        """Return its two keys."""
        del view
        return HINTS

    def press(self, view: View, key: str, character: str = "") -> Step:
        """Approve those that still ask the same; any other key cancels."""
        del character
        closed = replace(view, panel=None)
        if key not in APPROVES:
            return Step(show_message(closed, CANCELLED))
        if view.now - self.at < GUARD_S:
            return Step(replace(view, panel=replace(self, at=view.now)))
        if not self.whole:
            return Step(refuse(closed, NOT_WHOLE))
        live = {(entry.ref, entry.fingerprint) for entry in view.entries}
        asks = tuple(ask for ask in self.asks if ask in live)
        return send(closed, ApproveAll(asks), f"Approving {len(asks)} …") if asks else Step(closed)

    def draw(self, view: View, size: Size, theme: Theme) -> list[Text]:
        """Return every line of what each agent asks: once what is the same, then the rest."""
        del theme
        same = self.find_same(view)
        asked = [_list_asked(entry) for entry in same]
        shared = [line for line in asked[0] if all(line in rows for rows in asked)] if asked else []
        drawn = [*_draw_lines(shared, size.width, 0), draw_rule("", size.width)]
        for entry, lines in zip(same, asked, strict=True):
            title = f"  {entry.title}  {entry.folder}  {entry.branch}".rstrip()
            own = [line for line in lines if line not in shared]
            drawn += [Text(cut_cells(title, size.width)), *_draw_lines(own, size.width, 4)]
        return drawn

    def fit(self, view: View, size: Size) -> Panel:
        """Return the panel knowing whether all of it is in sight."""
        return replace(self, whole=len(self.draw(view, size, Theme())) <= size.height)

    def find_same(self, view: View) -> list[AgentRow]:
        """Return the agents that still ask what was asked when it was opened."""
        return [entry for entry in view.entries if (entry.ref, entry.fingerprint) in self.asks]


@dataclass(frozen=True, slots=True)
class ApproveAll(TypingEffect):
    """Approve requests that are the same: agent and fingerprint of each."""

    asks: tuple[tuple[AgentRef, str], ...]

    @property
    def refs(self) -> frozenset[AgentRef]:
        """All of them."""
        return frozenset(ref for ref, _ in self.asks)

    def type(self, source: ChooserSource) -> Outcome:
        """Approve them one by one, those that are harmless by then."""
        return sum_up(
            {
                ref: source.open_actions(ref).answer("y", expect, Grade.HARMLESS)
                for ref, expect in self.asks
            }
        )


def sum_up(outcomes: Mapping[AgentRef, Outcome]) -> Outcome:
    """Return how many requests were approved, and what became of each other one."""
    rest = [f"{ref}: {one.words}" for ref, one in outcomes.items() if not one.done]
    words = f"Approved {len(outcomes) - len(rest)} of {len(outcomes)}. {'; '.join(rest)}".strip()
    kind = Kind.IGNORED if rest else Kind.SENT
    return Outcome(done=not rest, kind=kind.value, words=words)


def gather(view: View) -> Step:
    """Show all agents that ask the same harmless thing as the selected one."""
    entry = view.entry
    alike = find_alike(view)
    if entry is None or entry.ask is None:
        return Step(refuse(view, "There is no request."))
    if not alike:
        grade = entry.risk.grade if entry.risk else "not graded"
        return Step(refuse(view, f"Only what is harmless is approved together; this is {grade}."))
    if len(alike) == 1:
        return Step(refuse(view, "No other agent has the same request."))
    asks = tuple((one.ref, one.fingerprint) for one in alike)
    return Step(replace(view, panel=ApproveAllPanel(asks, view.now), message=NO_MESSAGE))


def find_alike(view: View) -> tuple[AgentRow, ...]:
    """Return the agents that ask the same harmless thing as the selected one, with it."""
    chosen = view.entry
    if chosen is None or not _is_harmless(chosen):
        return ()
    return tuple(
        entry
        for entry in view.entries
        if _is_harmless(entry) and entry.ask and chosen.ask and entry.ask.stake == chosen.ask.stake
    )


def has_twins(view: View) -> bool:
    """Return whether another agent asks the same harmless thing."""
    return len(find_alike(view)) > 1


def _is_harmless(entry: AgentRow) -> bool:
    """Return whether what it asks was read whole, and only looks."""
    ask = entry.ask
    read = ask is not None and not (ask.hidden or ask.blocked)
    harmless = entry.risk is not None and entry.risk.grade is Grade.HARMLESS
    return read and harmless and bool(entry.fingerprint)


def _list_asked(entry: AgentRow) -> list[str]:
    """Return the lines of the dialog in which there is a word."""
    lines = reveal_lines(entry.ask.text) if entry.ask else ()
    return [line.strip() for line in lines if any(map(str.isalnum, line))]


def _draw_lines(lines: Sequence[str], width: int, indent: int) -> list[Text]:
    room = max(1, width - indent)
    return [Text(" " * indent + part) for line in lines for part in wrap_cells(line, room) or [""]]


KEY = Key(
    ("A", "upper_a"), "A", "approve all with the same request", does(gather), "all alike", has_twins
)
