"""What an agent changed since the last review: read, commented and reviewed file by file."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import ClassVar

from rich.text import Text

from agent_status.chooser.draw.field import draw_field
from agent_status.chooser.draw.rule import draw_rule
from agent_status.chooser.panels import compose, diff
from agent_status.chooser.state import actions
from agent_status.chooser.state.drafts import MAX_REPLY
from agent_status.chooser.state.effects import DaemonRequest
from agent_status.chooser.state.events import Done
from agent_status.chooser.state.field import NO_FIELD, Field, edit, insert
from agent_status.chooser.state.key import BACK, LEAVE, Key, does
from agent_status.chooser.state.patch import (
    Patch,
    PatchRow,
    RowKind,
    find_place,
    find_row,
)
from agent_status.chooser.state.source import ChooserSource
from agent_status.chooser.state.theme import ACCENT, DIM, Theme
from agent_status.chooser.state.view import (
    NO_MESSAGE,
    Effect,
    Event,
    Hint,
    Panel,
    Size,
    Step,
    Undo,
    View,
    refuse,
    show_message,
)
from agent_status.errors import AgentStatusError
from agent_status.model.ref import AgentRef
from agent_status.protocol.messages import Look, MoveBaseline

FILES, HUNKS = (RowKind.FILE,), (RowKind.FILE, RowKind.HUNK)
FAR = 1_000_000
STEPS = {"up": -1, "k": -1, "ctrl+p": -1, "down": 1, "j": 1, "ctrl+n": 1}
STEPS |= {"home": -FAR, "g": -FAR, "end": FAR, "G": FAR, "upper_g": FAR}
PAGES = {"pageup": -1, "ctrl+b": -1, "pagedown": 1, "ctrl+f": 1}
JUMPS = {
    "right_square_bracket": (1, FILES),
    "left_square_bracket": (-1, FILES),
    "right_curly_bracket": (1, HUNKS),
    "left_curly_bracket": (-1, HUNKS),
    "tab": (1, FILES),
}
LEAVES = frozenset({"escape", "q", "ctrl+c", "ctrl+q"})
BOX_LINES = 4
GUTTER_FROM = 60
"""Cells from which on the lines have numbers."""
NOTHING = "Nothing waits for review here."
FULL = "The reply is full: send it first, with r."
NO_LINE = "Choose a line of a file."
COMMENT_HINTS = (Hint("↵", "add to the reply", "enter"), LEAVE)


@dataclass(frozen=True, slots=True)
class ChangesPanel(Panel):
    """The diff of the selected agent, with a cursor; `field` is a comment that is being written."""

    shows_patch: ClassVar[bool] = True

    ref: AgentRef
    at: int = 0
    path: str = ""
    """Of the file that the cursor is in: its place is found again when the diff changes."""
    tree: str = ""
    """Of the diff that `at` is a row of."""
    top: int = 0
    height: int = 1
    field: Field | None = None

    def title(self, view: View, size: Size) -> str:
        """Return about whom it is, and in which file the cursor is."""
        del size
        row = self.find_chosen(view)
        files = view.patch.files
        here = f"{row.file + 1} of {len(files)}: {files[row.file].name}" if row else ""
        return "  ".join(filter(None, (f"Changes: {view.find_title(self.ref)}", here)))

    def hints(self, view: View) -> tuple[Hint, ...]:
        """Return its keys; the reply's says that there are comments."""
        if self.field is not None:
            return COMMENT_HINTS
        draft = dict(view.drafts).get(self.ref, "").strip()
        return (
            Hint("x", "file reviewed", "x"),
            Hint("c", "comment", "c"),
            *((Hint("r", "send comments", "r"),) if draft else ()),
            Hint("a", "all reviewed", "a"),
            Hint("[ ]", "file", "right_square_bracket"),
            Hint("{ }", "hunk", "right_curly_bracket"),
            Hint("z", "undo", "z"),
            BACK,
        )

    def press(self, view: View, key: str, character: str = "") -> Step:
        """Write the comment, move, or do what the key's row says."""
        if self.field is not None:
            return _write(view, self, key, character)
        if key in LEAVES:
            return Step(replace(view, panel=None))
        if key in STEPS or key in PAGES:
            lines = STEPS.get(key, PAGES.get(key, 0) * max(1, self.height - 2))
            return Step(self.scroll(view, lines))
        if key in JUMPS:
            step, kinds = JUMPS[key]
            return Step(_move(view, self, find_row(view.patch, self.at, step, kinds)))
        return ACTS[key](view) if key in ACTS else Step(view)

    def paste(self, view: View, text: str) -> View:
        """Return the view with pasted text in the comment, if one is being written."""
        if self.field is None:
            return view
        return replace(view, panel=replace(self, field=insert(self.field, text)))

    def scroll(self, view: View, lines: int) -> View:
        """Return the view with the cursor moved by `lines`."""
        return _move(view, self, self.at + lines)

    def draw(self, view: View, size: Size, theme: Theme) -> list[Text]:
        """Return the rows in sight, and the comment that is being written below them."""
        rows = view.patch.rows if view.patch.stamp.ref == self.ref else ()
        box = self._draw_box(view, size)
        room = max(1, size.height - len(box))
        if not rows:
            return [Text(f" {view.patch.trouble or 'Reading what changed…'}", DIM), *box]
        shown = range(self.top, min(len(rows), self.top + room))
        lines = [_draw_row(rows[at], size.width, theme, chosen=at == self.at) for at in shown]
        return [*lines, *(Text() for _ in range(room - len(lines))), *box]

    def fit(self, view: View, size: Size) -> Panel:
        """Return the panel with its cursor in sight, at the same file if the diff has changed."""
        patch = view.patch
        if patch.stamp.ref != self.ref or not patch.rows:
            return self
        room = max(1, size.height - len(self._draw_box(view, size)))
        same = patch.tree == self.tree and self.at < len(patch.rows)
        own = same and self.path == _find_path(patch, self.at)
        at = self.at if own else find_place(patch, self.path)
        top = min(max(self.top, at - room + 1), max(0, at - 1))
        return replace(
            self, at=at, path=_find_path(patch, at), tree=patch.tree, top=top, height=room
        )

    def find_chosen(self, view: View) -> PatchRow | None:
        """Return the row under the cursor, if it belongs to a file."""
        patch = view.patch
        fits = patch.stamp.ref == self.ref and self.at < len(patch.rows)
        row = patch.rows[self.at] if fits else None
        return row if row and 0 <= row.file < len(patch.files) else None

    def _draw_box(self, view: View, size: Size) -> list[Text]:
        row = self.find_chosen(view)
        if self.field is None or row is None:
            return []
        name = f"{view.patch.files[row.file].name}:{row.line}"
        lines = draw_field(self.field, size.width - 2, BOX_LINES)
        return [draw_rule(f"Comment on {name}", size.width, ACCENT), *lines]


@dataclass(frozen=True, slots=True)
class SeeFile(Effect):
    """Count a file as reviewed as it is in `tree`; the other files still wait."""

    in_order: ClassVar[bool] = True

    ref: AgentRef
    path: str
    tree: str
    name: str

    def run(self, source: ChooserSource) -> Event:
        """Have a command make the new baseline, and the daemon count from it."""
        words = ("diff", f"--seen={self.path}", f"--tree={self.tree}", str(self.ref))
        code, text = source.run(words)
        if code:
            return Done(text.strip().removeprefix("Error: "), good=False)
        try:
            data = json.loads(text)
            source.ask(MoveBaseline(self.ref, was=data["was"], base=data["base"]))
            source.ask(Look())
        except AgentStatusError as error:
            return Done(str(error), good=False)
        except (ValueError, TypeError, LookupError):
            return Done(f"{self.name} could not be marked as reviewed.", good=False)
        undo = Undo(DaemonRequest(*actions.take_back(self.ref)), self.ref)
        return Done(f"Reviewed: {self.name}.", undo=undo)


def _draw_row(row: PatchRow, width: int, theme: Theme, *, chosen: bool) -> Text:
    mark = theme.write_plain("▌") if chosen else " "
    number = str(row.line) if row.kind is RowKind.LINE else ""
    gutter = f"{number:>5} " if width >= GUTTER_FROM else ""
    line = Text.assemble((mark, ACCENT), (gutter, DIM), row.text)
    line.truncate(width, overflow="crop")
    return line


def _find_path(patch: Patch, at: int) -> str:
    file = patch.rows[at].file
    return patch.files[file].path if 0 <= file < len(patch.files) else ""


def _move(view: View, panel: ChangesPanel, at: int) -> View:
    patch = view.patch
    if patch.stamp.ref != panel.ref or not patch.rows:
        return view
    at = min(max(0, at), len(patch.rows) - 1)
    moved = replace(panel, at=at, path=_find_path(patch, at), tree=patch.tree)
    return replace(view, panel=moved, message=NO_MESSAGE)


def _write(view: View, panel: ChangesPanel, key: str, character: str) -> Step:
    """Return what a key makes of the comment that is being written."""
    assert panel.field is not None  # noqa: S101
    if key in LEAVES - {"q"}:
        return Step(replace(view, panel=replace(panel, field=None)))
    if key == "enter":
        return Step(_add_comment(view, panel, panel.field.text.strip()))
    field = edit(panel.field, key)
    if field is None and character and character.isprintable():
        field = insert(panel.field, character)
    return Step(replace(view, panel=replace(panel, field=field)) if field else view)


def _add_comment(view: View, panel: ChangesPanel, words: str) -> View:
    """Return the view with a comment at the end of the reply that is begun."""
    row = panel.find_chosen(view)
    closed = replace(view, panel=replace(panel, field=None))
    if row is None or not words:
        return closed
    before = dict(view.drafts).get(panel.ref, "").rstrip()
    place = f"{view.patch.files[row.file].name}:{row.line}: {row.quote.strip()}".rstrip()
    text = "\n\n".join(filter(None, (before, f"{place}\n{words}")))
    if len(text) > MAX_REPLY:
        return refuse(closed, FULL)
    others = tuple(draft for draft in view.drafts if draft[0] != panel.ref)
    kept = replace(closed, drafts=(*others, (panel.ref, text)))
    return show_message(kept, "Added to the reply: r shows and sends it.")


def _comment(view: View) -> Step:
    panel = view.panel
    row = panel.find_chosen(view) if isinstance(panel, ChangesPanel) else None
    if not isinstance(panel, ChangesPanel) or row is None or row.kind is not RowKind.LINE:
        return Step(refuse(view, NO_LINE))
    return Step(replace(view, panel=replace(panel, field=NO_FIELD), message=NO_MESSAGE))


def _see_file(view: View) -> Step:
    panel = view.panel
    row = panel.find_chosen(view) if isinstance(panel, ChangesPanel) else None
    if not isinstance(panel, ChangesPanel) or row is None:
        return Step(view)
    file, after = view.patch.files[row.file], view.patch.files[row.file + 1 :]
    following = after[0].path if after else file.path
    effect = SeeFile(panel.ref, file.path, view.patch.tree, file.name)
    moved = replace(view, panel=replace(panel, path=following, tree=""))
    return Step(show_message(moved, f"Marking {file.name} …"), effect)


ACTS: dict[str, Callable[[View], Step]] = {
    "x": _see_file,
    "space": _see_file,
    "c": _comment,
    "z": actions.undo,
    "a": lambda view: actions.acknowledge(replace(view, panel=None)),
    "r": lambda view: compose.reply(replace(view, panel=None)),
    "d": lambda view: diff.diff(replace(view, panel=None)),
}
"""What the keys do that neither move nor leave."""


def waits_for_review(view: View) -> bool:
    """Return whether the selected agent has a result with changes."""
    return bool(view.entry and view.entry.has_result and view.entry.changes.files)


def open_changes(view: View) -> Step:
    """Show what the selected agent changed, with a cursor."""
    entry = view.entry
    if entry is None:
        return Step(view)
    if not entry.changes.files:
        return Step(refuse(view, NOTHING))
    return Step(replace(view, panel=ChangesPanel(entry.ref), message=NO_MESSAGE))


KEY = Key(
    ("D", "upper_d", "right_square_bracket"),
    "D ]",
    "review its changes file by file, comment",
    does(open_changes),
    "review",
    waits_for_review,
)
