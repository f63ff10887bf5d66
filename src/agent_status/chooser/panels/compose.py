"""The box to write a reply or a note into."""

from dataclasses import dataclass, replace
from enum import Enum
from typing import ClassVar

from rich.text import Text

from agent_status.chooser.draw.field import draw_field
from agent_status.chooser.state.actions import BUSY, send
from agent_status.chooser.state.drafts import add_reply
from agent_status.chooser.state.effects import TypingEffect, attempt, describe_outcome
from agent_status.chooser.state.events import Done
from agent_status.chooser.state.field import NO_FIELD, Field, edit, fill, insert
from agent_status.chooser.state.key import LEAVE, Key, does, is_here
from agent_status.chooser.state.source import ChooserSource
from agent_status.chooser.state.theme import Theme
from agent_status.chooser.state.view import (
    NO_MESSAGE,
    Effect,
    Event,
    Hint,
    Panel,
    Size,
    Step,
    View,
    refuse,
    show_message,
)
from agent_status.errors import AgentStatusError
from agent_status.model.ref import AgentRef
from agent_status.protocol.messages import Look, WriteNote
from agent_status.protocol.outcome import Outcome

CLOSES = frozenset({"ctrl+q", "ctrl+c", "escape"})
MAX_LINES = 7
NEW_LINE, OLDER = Hint("Alt+↵", "new line", "ctrl+j"), Hint("↑↓", "older replies", "")


class Purpose(Enum):
    """What is written in a box: its title, and the word for what Enter does."""

    REPLY = ("Reply to", "send")
    NOTE = ("Note beside", "keep")

    @property
    def title(self) -> str:
        """What stands before the agent's name."""
        return self.value[0]

    @property
    def verb(self) -> str:
        """What Enter does with the text."""
        return self.value[1]


@dataclass(frozen=True, slots=True)
class ComposePanel(Panel):
    """A box to write into."""

    covers: ClassVar[bool] = False
    writes: ClassVar[bool] = True

    ref: AgentRef
    purpose: Purpose
    field: Field = NO_FIELD
    back: int = 0
    """How many replies ago the shown one was sent; 0 is the one being written."""
    kept: str = ""
    """What was being written before the user went back."""

    def title(self, view: View, size: Size) -> str:
        """Return what the text is, and beside whom."""
        del size
        return f"{self.purpose.title} {view.find_title(self.ref)}"

    def hints(self, view: View) -> tuple[Hint, ...]:
        """Return its keys; only replies are remembered."""
        del view
        older = (OLDER,) if self.purpose is Purpose.REPLY else ()
        return (Hint("↵", self.purpose.verb, "enter"), NEW_LINE, *older, LEAVE)

    def press(self, view: View, key: str, character: str = "") -> Step:
        """Leave, send or keep it, walk through the replies, or type."""
        if key in CLOSES:
            return Step(_leave(view, self))
        if key == "enter":
            return _send_reply(view, self) if self.purpose is Purpose.REPLY else _keep(view, self)
        older = _go_back(view, self, key) if self.purpose is Purpose.REPLY else None
        if older:
            return Step(replace(view, panel=older))
        field = edit(self.field, key)
        if field is None and character and character.isprintable():
            field = insert(self.field, character)
        return Step(replace(view, panel=replace(self, field=field)) if field else view)

    def paste(self, view: View, text: str) -> View:
        """Return the view with pasted text at the cursor."""
        return replace(view, panel=replace(self, field=insert(self.field, text)))

    def draw(self, view: View, size: Size, theme: Theme) -> list[Text]:
        """Return the lines around the cursor."""
        del view, theme
        return draw_field(self.field, size.width - 2, max(1, min(MAX_LINES, size.height)))


@dataclass(frozen=True, slots=True)
class Send(TypingEffect):
    """Send a text to an agent at its prompt."""

    ref: AgentRef
    text: str

    @property
    def refs(self) -> frozenset[AgentRef]:
        """The one agent."""
        return frozenset({self.ref})

    def type(self, source: ChooserSource) -> Outcome:
        """Send it, and keep it among the replies once it was accepted."""
        outcome = source.open_actions(self.ref).send(self.text)
        if outcome.done:
            source.keep_reply(self.text)
        return outcome

    def run(self, source: ChooserSource) -> Event:
        """Send it, and drop its draft once it was accepted."""
        outcome = attempt(lambda: self.type(source))
        return Sent(self, outcome.done, describe_outcome(outcome))


@dataclass(frozen=True, slots=True)
class Sent:
    """A reply was sent, or not."""

    reply: Send
    good: bool
    words: str

    def apply(self, view: View) -> Step:
        """Remember it instead of its draft if it was accepted."""
        step = Done(self.words, good=self.good, refs=self.reply.refs).apply(view)
        if not self.good:
            return step
        drafts = tuple(one for one in view.drafts if one != (self.reply.ref, self.reply.text))
        replies = add_reply(view.replies, self.reply.text)
        return Step(replace(step.view, drafts=drafts, replies=replies))


@dataclass(frozen=True, slots=True)
class KeepNote(Effect):
    """Have the daemon keep the note on an agent; an empty one is deleted."""

    in_order: ClassVar[bool] = True

    ref: AgentRef
    text: str

    def run(self, source: ChooserSource) -> Event:
        """Keep it."""
        try:
            source.ask(WriteNote(self.ref, self.text))
            source.ask(Look())
        except AgentStatusError as error:
            return NoteRefused(self, str(error))
        return Done("Noted." if self.text else "The note is deleted.")


@dataclass(frozen=True, slots=True)
class NoteRefused:
    """A note was not kept."""

    note: KeepNote
    words: str

    def apply(self, view: View) -> Step:
        """Say why; it is in its box again if nothing else is open."""
        failed = refuse(view, self.words)
        if view.panel is None:
            box = ComposePanel(self.note.ref, Purpose.NOTE, fill(self.note.text))
            failed = replace(failed, panel=box)
        return Step(failed)


def reply(view: View) -> Step:
    """Open the box for a reply to the selected agent, with what was begun before."""
    entry = view.entry
    if entry is None:
        return Step(view)
    if entry.ask or entry.works:
        why = "It asks something" if entry.ask else "It works"
        return Step(refuse(view, f"{why}: a reply goes to an agent at its prompt."))
    draft = dict(view.drafts).get(entry.ref, "")
    panel = ComposePanel(entry.ref, Purpose.REPLY, fill(draft))
    return Step(replace(view, panel=panel, message=NO_MESSAGE))


def note(view: View) -> Step:
    """Open the box for the note on the selected agent."""
    entry = view.entry
    if entry is None:
        return Step(view)
    panel = ComposePanel(entry.ref, Purpose.NOTE, fill(entry.care.note))
    return Step(replace(view, panel=panel, message=NO_MESSAGE))


def is_calm(view: View) -> bool:
    """Return whether the selected agent may be at its prompt."""
    entry = view.entry
    return bool(entry and entry.ref.is_here and not entry.ask and not entry.works)


def _leave(view: View, box: ComposePanel) -> View:
    """Close the box; a reply that was begun is kept for the next time."""
    closed = replace(view, panel=None)
    if box.purpose is not Purpose.REPLY:
        return closed
    kept = _keep_draft(closed, box)
    return show_message(kept, "The draft is kept.") if box.field.text.strip() else kept


def _keep_draft(view: View, box: ComposePanel) -> View:
    others = tuple(draft for draft in view.drafts if draft[0] != box.ref)
    own = ((box.ref, box.field.text),) if box.field.text.strip() else ()
    return replace(view, drafts=(*others, *own))


def _keep(view: View, box: ComposePanel) -> Step:
    return Step(replace(view, panel=None), KeepNote(box.ref, box.field.text.strip()))


def _send_reply(view: View, box: ComposePanel) -> Step:
    text = box.field.text
    if not text.strip():
        return Step(replace(view, panel=None))
    if box.ref in view.busy:
        return Step(refuse(view, BUSY))
    closed = replace(_keep_draft(view, box), panel=None)
    return send(closed, Send(box.ref, text), "Sending …")


def _go_back(view: View, box: ComposePanel, key: str) -> ComposePanel | None:
    """Return the box with an older or newer reply if the cursor is at that edge, else None."""
    field = box.field
    if key == "up" and not field.line_start and box.back < len(view.replies):
        kept = box.kept if box.back else field.text
        older = view.replies[-box.back - 1]
        return replace(box, field=fill(older), back=box.back + 1, kept=kept)
    if key == "down" and box.back and field.line_end == len(field.text):
        newer = view.replies[1 - box.back] if box.back > 1 else box.kept
        return replace(box, field=fill(newer), back=box.back - 1)
    return None


REPLY = Key(
    ("r",), "r", "reply to an agent at its prompt", does(reply), "reply", is_calm, needs_pane=True
)
NOTE = Key(
    ("N", "upper_n"), "N", "write a note beside it", does(note), "note", is_here, needs_pane=True
)
