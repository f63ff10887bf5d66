"""The commands by which tmux opens a tap, and what they print. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from agent_status.model import PaneId
from agent_status.terminal import DEFAULT_MODES, Modes
from agent_status.tmux.client import quote
from agent_status.tmux.panes import parse_number
from agent_status.tmux.tap_policy import Left

MEMORY = "@agent-status-tap"
"""The pane's option that holds why it is left alone for good; unset it, and it is tapped again."""
OPEN = "opened"
KEYS = "K"
LIVE = "L"
HIDDEN = "H"
MODES = (
    "scroll_region_upper",
    "scroll_region_lower",
    "wrap_flag",
    "insert_flag",
    "origin_flag",
    "alternate_saved_x",
    "alternate_saved_y",
    "pane_tabs",
)
"""What decides what the next bytes do, and no capture shows."""
NOT_SAVED = 2**16
"""tmux tells a huge number for a cursor that was not saved."""


@dataclass(frozen=True, slots=True)
class TapAnswer:
    """What tmux says about the tap of one pane: it is open, or why the pane is left alone."""

    pane: PaneId
    left: Left | None = None
    modes: Modes = DEFAULT_MODES


def render_open(nonce: str, pane: PaneId, helper: Sequence[str]) -> str:
    """
    Return the commands that open a tap, unless the pane has a pipe or is left alone.

    tmux tests and opens in one step, and prints the modes and the screen behind an alternate one.
    With -I it reads from the pipe, too, to see at once that the reader is gone; nothing is ever
    written there, as the helper's output goes elsewhere.
    """
    why = f"#{{?pane_pipe,{Left.PIPED.value},#{{{MEMORY}}}}}"
    command = quote(f"exec {' '.join(map(quote_for_pipe, helper))} >/dev/null")
    refuse = _render_answer(nonce, pane, why)
    accept = _render_answer(nonce, pane, nonce.join((OPEN, *(f"#{{{one}}}" for one in MODES))))
    head = f"{nonce}:{HIDDEN}{pane.removeprefix('%')}"
    hidden = f"display-message -p {head} ; capture-pane -peqa -t {quote(pane)}"
    return (
        f"if-shell -F -t {quote(pane)} {quote(why)} {{ {refuse} }} "
        f"{{ pipe-pane -IO -t {quote(pane)} {command} ; {accept} ; {hidden} }}\n"
    )


def render_question(nonce: str, pane: PaneId, pid: int) -> str:
    """
    Return the commands that find out who ended a tap, and remember it in the pane's option.

    `pid` is the pane's process: in another server, another pane may have the same id.
    """
    why = f"#{{?pane_pipe,{Left.TAKEN.value},{Left.CLOSED.value}}}"
    remember = render_memory(pane, why).rstrip("\n")
    return (
        f"if-shell -F -t {quote(pane)} '#{{==:#{{pane_pid}},{pid}}}' "
        f"{{ {remember} ; {_render_answer(nonce, pane, why)} }}\n"
    )


def render_memory(pane: PaneId, why: str) -> str:
    """Return the command that remembers why a pane is left alone; `why` is a format."""
    return f"set-option -qpF -t {quote(pane)} {MEMORY} {quote(why)}\n"


def render_keys(nonce: str) -> str:
    """Return the commands that print what the user has bound to keys and events, and formats."""
    shows = ("list-keys", "show-hooks -g", "show-hooks -gw", "show-options -g", "show-options -gw")
    return "\n".join((f"display-message -p {nonce}:{KEYS}", *shows, ""))


def parse_answers(records: Sequence[str], nonce: str) -> tuple[TapAnswer, ...]:
    """Return what the records of a tick say about taps; a pane that is gone says nothing."""
    found = (one.rstrip("\n").split(nonce) for one in records if one.startswith(LIVE + nonce))
    heads = (one.partition("\n") for one in records if one.startswith(HIDDEN))
    hidden = {f"%{head.removeprefix(HIDDEN)}": text for head, _, text in heads}
    return tuple(
        TapAnswer(PaneId(one[1]), _parse_left(one[2]), parse_modes(one[3:], hidden.get(one[1], "")))
        for one in found
        if one[1]
    )


def parse_modes(values: Sequence[str], hidden: str) -> Modes:
    """Return the modes with these values of MODES; what a tmux doesn't tell is as by default."""
    if len(values) != len(MODES):
        return DEFAULT_MODES
    top, bottom, wraps, inserts, origin, x, y, tabs = values
    saved = (parse_number(x), parse_number(y))
    return Modes(
        top=parse_number(top),
        bottom=parse_number(bottom),
        wraps=wraps != "0",
        inserts=inserts == "1",
        origin=origin == "1",
        tab_stops=tuple(parse_number(one) for one in tabs.split(",") if one),
        saved=saved if max(saved) < NOT_SAVED else (0, 0),
        hidden=tuple(hidden.removesuffix("\n").split("\n")) if hidden else (),
    )


def parse_keys(records: Iterable[str]) -> str | None:
    """Return what the user has bound; None if that was not asked."""
    texts = (one.partition("\n") for one in records)
    return next((text for head, _, text in texts if head == KEYS), None)


def _parse_left(word: str) -> Left | None:
    if word == OPEN:
        return None
    return next((one for one in Left if one.value == word), Left.ASKED)


def quote_for_pipe(word: str) -> str:
    """
    Return a word for the shell that `pipe-pane` runs, which is a format and a time's form before.

    tmux has no escape for every `#`, so the shell is asked to print that, and each `%`.
    """
    text = quote(word)
    for mark in "#%":
        text = text.replace(mark, f"'\"$(printf '\\{ord(mark):03o}')\"'")
    return text


def _render_answer(nonce: str, pane: PaneId, word: str) -> str:
    form = f"{nonce}:{LIVE}{nonce}#{{pane_id}}{nonce}{word}"
    return f"display-message -p -t {quote(pane)} {quote(form)}"
