"""
Keys that tmux sends only if the pane is, in that very step, what was seen.

tmux does one thing at a time: the tests of `if-shell -F` and the keys behind them see the same
pane, even if a program prints meanwhile. What is tested is the pane's program, its modes, its
size, its cursor, and every row of its screen; see `grid`. Right before the keys the screen is
captured, so that the answer holds what they went into.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from agent_status.actions.grid import Test, forbid_new, pin_rows, render_literal
from agent_status.model import PaneId
from agent_status.protocol.pane_state import PaneState, find_rows
from agent_status.tmux.client import quote

BLOCKS = ("pane_dead", "pane_in_mode", "pane_synchronized", "pane_input_off")
REASONS = {
    "pane_dead": "its program has ended",
    "pane_in_mode": "the pane is in copy mode or another mode of tmux, which would take the keys",
    "pane_synchronized": "the window types into all its panes at once (synchronize-panes)",
    "pane_input_off": "the pane takes no input (select-pane -d)",
}
UNREADABLE = "\ufffd"
"""What stands for bytes that are no text: tmux has others there."""


@dataclass(frozen=True, slots=True)
class Typed:
    """What tmux reports about guarded keys: sent, or what differed; neither if the pane moved."""

    sent: bool = False
    reason: str = ""
    gone: bool = False
    rows: tuple[str, ...] = ()
    """What the screen showed when the keys were sent."""


def build_guarded(
    pane_state: PaneState, actions: Sequence[str], tests: Sequence[Test]
) -> tuple[str, str]:
    """
    Return tmux commands that do `actions` if all `tests` hold, and the nonce of their answer.

    That the keys reach the program that was seen is always tested, and last: it can end while
    tmux tests, unlike the screen, which does not change then. Each test is a step of its own, as
    tmux gives up on a format that takes 100 ms.
    """
    nonce = secrets.token_hex(8)
    target = quote(pane_state.pane)
    facts = " ".join(f"#{{{name}}}" for name in BLOCKS)
    other = f"display-message -p -t {target} {quote(f'{nonce}:{facts}')}"
    script = " ; ".join((*actions, f"display-message -p {nonce}:sent"))
    script = _only_if(_test_program(pane_state), target, script, other)
    script = f"display-message -p {nonce}:rows ; capture-pane -p -t {target} ; {script}"
    for test in reversed(tests):
        script = _only_if(test, target, script, other)
    return f"{script}\n", nonce


def _only_if(test: Test, target: str, script: str, other: str) -> str:
    form, value = test
    holds = quote(f"#{{?#{{==:{value},{form}}},1,}}")
    return f"if-shell -F -t {target} {holds} {{ {script} }} {{ {other} }}"


def parse_typed(answer: str, nonce: str) -> Typed:
    """Return what tmux answered to `build_guarded`."""
    shown, _, facts = answer.rpartition(f"{nonce}:")
    words = facts.partition("\n")[0].split(" ")
    if words == ["sent"]:
        rows = shown.partition(f"{nonce}:rows\n")[2].split("\n")[:-1]
        return Typed(sent=True, rows=tuple(row.rstrip(" \t") for row in rows))
    if len(words) != len(BLOCKS):
        return Typed(gone=True)
    blocks = [name for name, value in zip(BLOCKS, words, strict=True) if value not in {"", "0"}]
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


def render_focus_out(pane: PaneId) -> str:
    """Return the command that reports a lost focus to a program, as a terminal does."""
    return f"send-keys -t {quote(pane)} -H 1b 5b 4f"


def match_focus_events() -> list[Test]:
    """Return what is true while tmux passes focus events on to programs."""
    return [("#{focus-events}", "1")]


def match_screen(pane_state: PaneState) -> list[Test]:
    """Return what is true while the whole screen is as it was seen."""
    return [_test_cursor(pane_state), *pin_rows(pane_state.rows), *forbid_new(pane_state.rows)]


def match_box(pane_state: PaneState) -> list[Test]:
    """Return what is true while the input box, if any, and the cursor stand as they were seen."""
    if not pane_state.box:
        return []
    return [
        _test_cursor(pane_state),
        *pin_rows(pane_state.rows, find_rows(pane_state.rows, pane_state.box)),
    ]


def _test_program(pane_state: PaneState) -> Test:
    command = (
        {} if UNREADABLE in pane_state.command else {"pane_current_command": pane_state.command}
    )
    ids = {"pane_id": pane_state.pane, "pane_pid": str(pane_state.pane_pid)}
    return _test_facts(dict.fromkeys(BLOCKS, "0") | ids | command)


def _test_cursor(pane_state: PaneState) -> Test:
    cursor = pane_state.cursor
    width, height = pane_state.size
    facts = {"cursor_x": cursor.x, "cursor_y": cursor.y, "cursor_flag": int(cursor.visible)}
    sizes = {"pane_width": width, "pane_height": height}
    return _test_facts({name: str(number) for name, number in (facts | sizes).items()})


def _test_facts(facts: Mapping[str, str]) -> Test:
    values = " ".join(map(render_literal, facts.values()))
    return " ".join(f"#{{{name}}}" for name in facts), values
