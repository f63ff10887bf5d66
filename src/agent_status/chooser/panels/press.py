"""What the keys do while a panel has them."""

from dataclasses import replace
from typing import Any

from agent_status.chooser.state.actions import BUSY, Step, approve_crowd
from agent_status.chooser.state.effects import Send, Tend
from agent_status.chooser.state.field import edit, fill, insert
from agent_status.chooser.state.panel import Chronicle, Compose, Crowd, Nap, Page, Panel, Purpose
from agent_status.chooser.state.view import View, refuse, tell

LEAVES = frozenset(
    {"escape", "q", "ctrl+c", "enter", "l", "L", "upper_l", "e", "c", "R", "upper_r"}
)
CLOSES = frozenset({"ctrl+q", "ctrl+c", "escape"})

NAPS: dict[str, tuple[str, Any]] = {
    "5": ("5 minutes", 300),
    "1": ("15 minutes", 900),
    "6": ("60 minutes", 3600),
    "c": ("until it changes", "change"),
    "w": ("not at all: it is awake", None),
}
"""What each key of the snooze menu means, and what the daemon is told."""

FAR = 1_000_000
STEPS = {
    -FAR: ("home", "g"),
    -10: ("pageup", "ctrl+b"),
    -1: ("up", "k", "ctrl+p"),
    1: ("down", "j", "ctrl+n"),
    10: ("pagedown", "ctrl+f", "space"),
    FAR: ("end", "G", "upper_g"),
}
SCROLLS = {key: step for step, keys in STEPS.items() for key in keys}


def press(view: View, panel: Panel, key: str, character: str) -> Step:
    """Return what a key makes of the view while `panel` has the keys."""
    match panel:
        case Compose():
            return _write(view, panel, key, character)
        case Crowd():
            return _press_crowd(view, panel, key)
        case Chronicle() | Page():
            return Step(_read(view, panel, key))
        case Nap():
            return _press_nap(view, panel, key)


def paste(view: View, panel: Panel, text: str) -> View:
    """Return the view with pasted text in the box; any other panel takes none."""
    if not isinstance(panel, Compose):
        return view
    return replace(view, panel=replace(panel, field=insert(panel.field, text)))


def scroll(view: View, panel: Panel, lines: int) -> View:
    """Return the view with what is read scrolled down by `lines`; the end is as far as it goes."""
    if isinstance(panel, Page):
        return replace(view, panel=replace(panel, top=max(0, panel.top + lines)))
    if not isinstance(panel, Chronicle):
        return view
    start = len(panel.lines) - 1 if panel.start is None else panel.start
    moved = max(0, start + lines)
    return replace(view, panel=replace(panel, start=None if moved >= len(panel.lines) else moved))


def _write(view: View, box: Compose, key: str, character: str) -> Step:
    if key in CLOSES:
        return Step(_leave(view, box))
    if key == "enter":
        return _finish(view, box)
    older = _go_back(view, box, key) if box.purpose is Purpose.REPLY else None
    if older:
        return Step(replace(view, panel=older))
    field = edit(box.field, key)
    if field is None and character and character.isprintable():
        field = insert(box.field, character)
    return Step(replace(view, panel=replace(box, field=field)) if field else view)


def _leave(view: View, box: Compose) -> View:
    """Close the box; a reply that was begun is kept for the next time."""
    closed = replace(view, panel=None)
    if box.purpose is not Purpose.REPLY:
        return closed
    kept = _keep_draft(closed, box)
    return tell(kept, "The draft is kept.") if box.field.text.strip() else kept


def _keep_draft(view: View, box: Compose) -> View:
    others = tuple(draft for draft in view.drafts if draft[0] != box.pane)
    own = ((box.pane, box.field.text),) if box.field.text.strip() else ()
    return replace(view, drafts=(*others, *own))


def _finish(view: View, box: Compose) -> Step:
    text = box.field.text
    if box.purpose is Purpose.NOTE:
        words = "Noted." if text.strip() else "The note is deleted."
        deed = Tend(box.pane, "note", (("text", text.strip()),), words)
        return Step(replace(view, panel=None), deed)
    if not text.strip():
        return Step(replace(view, panel=None))
    if box.pane in view.busy:
        return Step(refuse(view, BUSY))
    kept = replace(_keep_draft(view, box), panel=None, busy=view.busy | {box.pane})
    return Step(tell(kept, "Sending …"), Send(box.pane, text))


def _go_back(view: View, box: Compose, key: str) -> Compose | None:
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


def _press_crowd(view: View, crowd: Crowd, key: str) -> Step:
    if key in {"y", "enter"}:
        return approve_crowd(view, crowd)
    return Step(tell(replace(view, panel=None), "Cancelled: nothing was sent."))


def _read(view: View, text: Chronicle | Page, key: str) -> View:
    if key in LEAVES:
        return replace(view, panel=None)
    return scroll(view, text, SCROLLS[key]) if key in SCROLLS else view


def _press_nap(view: View, nap: Nap, key: str) -> Step:
    closed = replace(view, panel=None)
    if key not in NAPS:
        return Step(closed)
    words, wish = NAPS[key]
    told = f"Snoozed: {words}." if wish else "Awake again."
    return Step(closed, Tend(nap.pane, "care", (("snooze_s", wish),), told))
