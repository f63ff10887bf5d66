"""
Keys that tmux sends only if the pane is, in that very step, what was seen.

tmux does one thing at a time: the test of `if-shell -F` and the keys behind it see the same pane,
whatever a program prints meanwhile. The test covers the pane's program, its modes, and the text of
every line that matters, so that nothing can change between the look and the key.
"""

import secrets
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from agent_status.act.sight import Sight
from agent_status.model import PaneId
from agent_status.sense.tmux import quote

MOST_LINES = 60
MOST_COLUMNS = 160
TELLING = 2
"""A line tells something with so many letters or digits."""
PLAIN = frozenset(" _-./=+@>")
"""The signs that neither tmux's formats nor its patterns give a meaning to."""
BLOCKS = ("pane_dead", "pane_in_mode", "pane_synchronized", "pane_input_off")
REASONS = {
    "pane_dead": "its program has ended",
    "pane_in_mode": "the pane is in copy mode or another mode of tmux's, which would take the keys",
    "pane_synchronized": "the window types into all its panes at once (synchronize-panes)",
    "pane_input_off": "the pane takes no input (select-pane -d)",
}


@dataclass(frozen=True, slots=True)
class Typed:
    """What tmux says of guarded keys: sent, or what was in the way; `moved` if neither is told."""

    sent: bool = False
    reason: str = ""
    gone: bool = False


def build_guarded(
    sight: Sight, actions: Sequence[str], lines: Iterable[str], *, cursor: bool = False
) -> tuple[str, str]:
    """
    Return tmux commands that do `actions` if the pane is as in `sight`, and the answer's nonce.

    `lines` must all stand on its screen; with `cursor` the cursor must not have moved.
    """
    nonce = secrets.token_hex(8)
    test = _build_test(sight, lines, cursor=cursor)
    facts = " ".join(f"#{{{name}}}" for name in BLOCKS)
    then = " ; ".join((*actions, f"display-message -p {nonce}:sent"))
    other = f"display-message -p -t {quote(sight.pane)} {quote(f'{nonce}:{facts}')}"
    words = (quote(test), quote(then), quote(other))
    return f"if-shell -F -t {quote(sight.pane)} {' '.join(words)}\n", nonce


def parse_typed(answer: str, nonce: str) -> Typed:
    """Return what tmux answered to `build_guarded`."""
    told = answer.partition(f"{nonce}:")[2].partition("\n")[0].split(" ")
    if told == ["sent"]:
        return Typed(sent=True)
    if len(told) != len(BLOCKS):
        return Typed(gone=True)
    blocks = [name for name, value in zip(BLOCKS, told, strict=True) if value not in {"", "0"}]
    return Typed(reason=REASONS[blocks[0]] if blocks else "")


def press(pane: PaneId, key: str) -> str:
    """Return the command that presses a key by tmux's name for it."""
    return f"send-keys -t {quote(pane)} {quote(key)}"


def spell(pane: PaneId, text: str) -> str:
    """Return the command that types the characters of `text`."""
    return f"send-keys -t {quote(pane)} -l -- {quote(text)}"


def paste(pane: PaneId, buffer: str) -> str:
    """Return the command that pastes a buffer as one piece, and drops the buffer."""
    return f"paste-buffer -p -r -d -b {buffer} -t {quote(pane)}"


def _build_test(sight: Sight, lines: Iterable[str], *, cursor: bool) -> str:
    x, y = sight.cursor
    names = (*BLOCKS, "pane_pid", "pane_current_command", *(("cursor_x", "cursor_y") * cursor))
    facts = " ".join(f"#{{{name}}}" for name in ("pane_id", *names))
    wanted = f"{sight.pane} 0 0 0 0 {sight.pane_pid} {render_pattern(sight.command)}"
    wanted += f" {x} {y}" * cursor
    patterns = tuple(dict.fromkeys(filter(_tells, map(render_pattern, lines))))[:MOST_LINES]
    seen = "".join(f"#{{?#{{C:{pattern}}},1,0}}" for pattern in patterns)
    return f"#{{m:{wanted} {'1' * len(patterns)},{facts} {seen}}}"


def render_pattern(line: str) -> str:
    """Return a pattern that `line` matches, in which no character means anything to tmux."""
    text = "".join(map(_render_char, line.strip()[:MOST_COLUMNS]))
    while "**" in text:
        text = text.replace("**", "*")
    return text


def _render_char(char: str) -> str:
    if char.isascii():
        return char if char.isalnum() or char in PLAIN else "?"
    return char if unicodedata.category(char)[0] in "LNPS" else "*"


def _tells(pattern: str) -> bool:
    return sum(char.isalnum() for char in pattern) >= TELLING
