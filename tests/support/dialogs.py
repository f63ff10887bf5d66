"""Dialogs that ask to run a command, drawn as each agent's recordings show them."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import accumulate

from wcwidth import wcwidth

from agent_status.model import Cursor, Row, Screen, Span, Style

DIM = Style(dim=True)
MARKED = Style(bold=True, reverse=True)


@dataclass(frozen=True)
class Request:
    """
    What an agent asks for, as far as others choose the words: the model, files, earlier talk.
    """

    command: str
    about: str = "Look at the files"
    again: str = "ls"
    talk: tuple[str, ...] = ()


@dataclass(frozen=True)
class Drawn:
    """
    A row; the part [start, end) has a style of its own.
    """

    text: str = ""
    style: Style | None = None
    start: int = 0
    end: int | None = None


class Breaks(Enum):
    """
    Where a program breaks a line that is too long.
    """

    WORDS = "at blanks, and a long word begins in a row of its own"
    FILL = "at blanks, and a long word goes on in its row"
    CUT = "anywhere"


def measure(text: str) -> int:
    """
    Return the columns that `text` takes.
    """
    return sum(max(0, wcwidth(char)) for char in text)


def fit(text: str, width: int) -> str:
    """
    Return as much of `text` as `width` columns hold.
    """
    used = accumulate(map(measure, text))
    return text[: next((i for i, columns in enumerate(used) if columns > width), None)]


def pad(text: str, width: int) -> str:
    """
    Return `text`, filled with blanks to `width` columns.
    """
    return text + " " * (width - measure(text))


def wrap(text: str, width: int, breaks: Breaks = Breaks.WORDS) -> list[str]:
    """
    Return a line as rows of at most `width` columns; a blank at which it is broken is dropped.
    """
    rows: list[str] = []
    row = ""
    for part in re.findall(r" +|[^ ]+", text) if breaks is not Breaks.CUT else [text]:
        if measure(row + part) <= width:
            row += part
            continue
        if part.isspace() and row:
            rows, row = [*rows, row], ""
            continue
        if breaks is not Breaks.WORDS and row.strip():
            row += part
        elif row.strip():
            rows, row = [*rows, row.rstrip()], part
        else:
            row += part
        if breaks is Breaks.FILL and row.strip() != part and measure(part) <= width:
            rows, row = [*rows, row[: -len(part)].rstrip()], part
        while measure(row) > width:
            head = fit(row, width) or row[:1]
            rows, row = [*rows, head], row[len(head) :]
    return [*rows, row]


def wrap_all(text: str, width: int, breaks: Breaks = Breaks.WORDS) -> list[str]:
    """
    Return the lines of `text` as rows.
    """
    return [row for line in text.split("\n") for row in wrap(line, width, breaks)]


def frame(rows: Sequence[str], width: int) -> list[str]:
    """
    Return the rows in a box that is `width` columns wide.
    """
    line = "─" * (width - 2)
    inside = [f"│ {pad(row, width - 4)} │" for row in rows]
    return [f"╭{line}╮", *inside, f"╰{line}╯"]


def draw(rows: Sequence[Drawn | str], width: int, height: int) -> Screen:
    """
    Return the last `height` of the rows as a screen.
    """
    drawn = [row if isinstance(row, Drawn) else Drawn(row) for row in rows][-height:]
    drawn += [Drawn()] * (height - len(drawn))
    rows_drawn = tuple(_draw_row(row, width) for row in drawn)
    return Screen(width, height, rows_drawn, Cursor(0, height - 1, visible=False))


def _draw_row(row: Drawn, width: int) -> Row:
    text = fit(row.text, width).rstrip()
    end = len(text) if row.end is None else row.end
    return Row(text, (Span(row.start, end, row.style),) if row.style and text else ())


def number(labels: Sequence[str], width: int, mark: str, indent: int) -> list[str]:
    """
    Return numbered choices, of which the first one is selected.
    """
    rows = []
    for i, label in enumerate(labels):
        sign = f"{' ' * indent}{mark if not i else ' ' * len(mark)} {i + 1}. "
        first, *rest = wrap(label, width - len(sign))
        rows += [f"{sign}{first}", *(f"{' ' * len(sign)}{row}" for row in rest)]
    return rows


def draw_claude_1(request: Request, width: int, height: int) -> Screen:
    """
    Return a dialog of 1.0.128: a box, and the description faint below the command.
    """
    room = width - 10
    body = [f"  {row}" for row in wrap_all(request.command, room, Breaks.FILL)]
    about = [f"  {row}" for row in wrap(request.about, room)]
    labels = ("Yes", f"Yes, and don't ask again for {request.again} commands in /home/me", "No")
    ends = ["", "Do you want to proceed?", *number(labels, width - 4, "❯", 0)]
    rows = frame(["Bash command", "", *body, *about, *ends], width)
    faint = range(3 + len(body), 3 + len(body) + len(about))
    dialog = [
        Drawn(row, DIM if i in faint else None, 2, len(row) - 2) for i, row in enumerate(rows)
    ]
    return draw([*request.talk, "", *dialog], width, height)


def draw_claude_2(request: Request, width: int, height: int) -> Screen:
    """
    Return a dialog of 2.1.197: below a rule, and the description grey below the command.
    """
    room = width - 7
    body = [f"   {row}" for row in wrap_all(request.command, room, Breaks.FILL)]
    about = [Drawn(f"   {row}", Style(fg="949494")) for row in wrap(request.about, room)]
    labels = ("Yes", f"Yes, and don't ask again for: {request.again}", "No")
    ends = ["", " Do you want to proceed?", *number(labels, width - 2, "❯", 1)]
    head = ["─" * width, " Bash command", ""]
    hint = ["", " Esc to cancel · Tab to amend · ctrl+e to explain"]
    return draw([*request.talk, "", *head, *body, *about, *ends, *hint], width, height)


def draw_claude_3(request: Request, width: int, height: int) -> Screen:
    """
    Return a dialog of 2.1.332: rules around the command, and a gutter if it takes several rows.
    """
    rows = wrap_all(request.command, width - 4, Breaks.FILL)
    body = [Drawn(f" │ {row}", DIM, 1, 2) for row in rows] if rows[1:] else [Drawn(f" {rows[0]}")]
    rule = "╌" * width
    labels = ("Yes", f"Yes, and don't ask again for {request.again} commands", "No")
    about = [f" {row}" for row in wrap(request.about, width - 2)]
    ends = [" Do you want to proceed?", *number(labels, width - 2, "❯", 1)]
    dialog: list[Drawn | str] = ["─" * width, " Bash command", *about, rule, *body, rule, *ends]
    hidden = len(dialog) + 2 - height
    more = f" ↑ {hidden} more lines" if hidden > 0 else ""
    return draw([*request.talk, "", *dialog, more, " Esc to cancel · Tab to amend"], width, height)


def draw_codex(request: Request, width: int, height: int) -> Screen:
    """
    Return a dialog of 0.171: no frame at all, and further rows of the command less indented.
    """
    rows = wrap_all(f"$ {request.command}", width - 4)
    reason = wrap(f"Reason: {request.about}", width - 4)
    head = ["Would you like to run the following command?", "", "Environment: local", ""]
    shown = [f"  {row}" for row in (*head, *reason, "", *rows)]
    again = f"Yes, and don't ask again for commands that start with `{request.again}` (p)"
    choices = number(("Yes, proceed (y)", again, "No, and tell Codex (esc)"), width, "›", 0)
    ends = ["", *choices, "", "  Press enter to confirm or esc to cancel"]
    room = height - len(ends) - 1
    if len(shown) > room:
        shown = [*shown[: room - 1], f"  [… {len(shown)} lines] ^a view all"]
    marked = [Drawn(row, MARKED) if i == 1 else Drawn(row) for i, row in enumerate(ends)]
    return draw([*request.talk, "", "", *shown, "", *marked], width, height)


def draw_gemini(request: Request, width: int, height: int) -> Screen:
    """
    Return a dialog of 0.61: a box in a box, and a head that says what the model wants to say.
    """
    rows = wrap_all(request.command, width - 10)
    room = height - 13
    if len(rows) > room:
        cut = len(rows) - room + 1
        rows = [f"... first {cut} lines hidden (Ctrl+O to show) ...", *rows[cut:]]
    head = [f"? Shell  {request.about}" if measure(request.about) < width - 13 else "? Shell"]
    labels = ("Allow once", f"Allow {request.again} for this session", "No, suggest changes (esc)")
    ends = ["Allow execution of [Shell]?", "", *number(labels, width - 4, "●", 0)]
    rows = frame([*head, *frame(rows, width - 4), *ends], width)
    return draw([*request.talk, "", *rows, ""], width, height)


def draw_opencode(request: Request, width: int, height: int) -> Screen:
    """
    Return a dialog of 1.18: behind a bar, and no more of the command than fits into a part.
    """
    rows = wrap_all(f"$ {request.command}", width - 12)[: max(1, height // 4)]
    buttons = "  Allow once   Allow always   Reject"
    hints = "ctrl+f fullscreen  ⇆ select  enter confirm"
    one = f"{buttons}    {hints}"
    ends = [one] if len(one) < width - 8 else [buttons, "", f" {hints}"]
    about = fit(request.about, width - 12)
    inside = ["△ Permission required", f"  # {about}", "", *rows, "", "", *ends, ""]
    dialog: list[Drawn | str] = [f"  ┃  {row}" for row in ("", *inside)]
    at = dialog.index(f"  ┃  {ends[0]}")
    dialog[at] = Drawn(f"  ┃  {ends[0]}", MARKED, 7, 17)
    return draw([*request.talk, "", *dialog], width, height)


def draw_qwen(request: Request, width: int, height: int) -> Screen:
    """
    Return a dialog of 0.24: the command in the head, with the description, and below it.
    """
    first, *rest = wrap_all(f"{request.command} ({request.about})", width - 14)
    head = [f"  ? Shell {first}   ←", *(f"    {row}" for row in rest)]
    rows = wrap_all(request.command, width - 10)
    room = max(1, height - 12)
    hint = []
    if len(rows) > room:
        left = len(rows) - room + 1
        rows = [*rows[: room - 1], f"... last {left} lines hidden ..."]
        hint = ["Press ctrl-s to show more lines"]
    again = fit(f"Always allow run '{request.again}' commands in this project", width - 12)
    labels = ("Yes, allow once", again, "No, suggest changes (esc)")
    ends = ["", f"   Allow execution of: '{request.again}'?", "", *number(labels, width, "›", 3)]
    wait = ["", "", "  ⠏ Waiting for user confirmation..."]
    body = [f"     {row}".rstrip() for row in rows]
    return draw([*request.talk, *head, "", *body, *ends, *hint, *wait], width, height)


def draw_copilot(request: Request, width: int, height: int) -> Screen:
    """
    Return a dialog of 1.0.102: a box in a box below a title that says what the model wants.
    """
    title = wrap(request.about, width - 4)
    rows = wrap_all(request.command, width - 8, Breaks.CUT)
    labels = ("Yes", f"Yes, and don't ask again for `{request.again}` in this repo", "No")
    hint = "↑/↓ to navigate · enter to select · esc to cancel"
    ends = [
        "",
        "Do you want to run this command?",
        "",
        *number(labels, width - 4, "❯", 0),
        "",
        hint,
    ]
    inside = [*title, "─" * (width - 4), *frame(rows, width - 4), *ends]
    return draw([*request.talk, "", *frame(inside, width)], width, height)


Draw = Callable[[Request, int, int], Screen]

DIALOGS: dict[str, tuple[str, Draw]] = {
    "claude-1.0.128": ("claude", draw_claude_1),
    "claude-2.1.197": ("claude", draw_claude_2),
    "claude-2.1.332": ("claude", draw_claude_3),
    "codex-0.171.0": ("codex", draw_codex),
    "gemini-0.61.0": ("gemini", draw_gemini),
    "opencode-1.18.33": ("opencode", draw_opencode),
    "qwen-0.24.4": ("qwen", draw_qwen),
    "copilot-1.0.102": ("copilot", draw_copilot),
}
"""
The kind of the agent, and how this version draws a request.
"""
