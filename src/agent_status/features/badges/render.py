"""Badges as text, and the one function that makes outside text inert for tmux."""

import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from agent_status.model import STATES, Icon, State, Status, is_counted, rank_state
from agent_status.options import Options

PLAIN = "#[default]"
"""Ends our style: the status line's own goes on."""
MAX_NAME = 20
"""Columns of an agent's kind; a user's own agents may be called anything."""
MAX_TEXTS = 1024
"""Escaped texts that are remembered: most are drawn again at every tick."""
MAX_MARKS = 2
"""Accents that may stand upon one character."""
WIDER = (
    (0x261D, 0x261D),
    (0x2630, 0x2637),
    (0x268A, 0x268F),
    (0x26F9, 0x26F9),
    (0x270C, 0x270D),
    (0x3248, 0x324F),
    (0x4DC0, 0x4DFF),
    (0x1D300, 0x1D376),
    (0x1F1E6, 0x1F1FF),
    (0x1F3CB, 0x1F3CC),
    (0x1F574, 0x1F575),
    (0x1F590, 0x1F590),
)
"""Narrow by Python's Unicode, but two columns for some C library or some tmux up to 3.7c."""
FILLERS = frozenset("\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Letters that are drawn as nothing."""


@lru_cache(MAX_TEXTS)
def escape_text(text: str, width: int) -> str:
    """
    Return outside text as tmux draws it literally: one line of at most `width` columns.

    Control, bidirectional and zero-width characters are removed, and `#` is doubled. Text that is
    cut ends in an ellipsis. Apply once: a second time would double `#` again.
    """
    return _clip(_flatten(text), width).replace("#", "##")


def _flatten(text: str) -> str:
    """Return outside text on one line, without anything that a terminal or tmux interprets."""
    kept: list[str] = []
    marks = 0
    for character in unicodedata.normalize("NFC", text):
        category = unicodedata.category(character)
        marks = marks + 1 if category in {"Mn", "Me"} else 0
        if character.isspace():
            kept.append(" ")
        elif category in {"Cn", "Co", "Cs"}:
            kept.append("?")
        elif _is_drawn(character, category) and marks <= MAX_MARKS:
            kept.append(character)
    return " ".join("".join(kept).split())


def measure_text(text: str) -> int:
    """Return the columns of a cleaned text: never fewer than a terminal uses."""
    return sum(map(_measure, text))


def render_pane_badge(status: Status, options: Options) -> str:
    """Return icon, agent and state, such as `▲ claude approval`; empty without an agent."""
    if status.agent is None:
        return ""
    name = escape_text(status.agent.kind, MAX_NAME)
    return _paint(
        status, f"{find_icon(STATES[status.state], options)} {name} {status.state}", options
    )


def render_window_badge(statuses: Iterable[Status], options: Options) -> str:
    """
    Return the icon of the most urgent state, and how many other agents need you: ` ▲+2`.

    It starts with a space, because it follows a name; without an agent it is empty. An agent that
    you set aside is shown only if there is no other, and as calm as an idle one.
    """
    agents = [status for status in statuses if status.agent]
    if not agents:
        return ""
    first = min(agents, key=rank_state)
    others = sum(status.needs_you for status in agents) - first.needs_you
    text = find_icon(STATES[first.state], options) + (f"+{others}" if others else "")
    return f" {_paint(first, text, options)}"


def render_session_badge(statuses: Iterable[Status], options: Options) -> str:
    """Return the badge of a session; see `render_window_badge`."""
    return render_window_badge(statuses, options)


def find_icon(icon: Icon, options: Options) -> str:
    """Return the icon in the set that the options name."""
    return str(getattr(icon, options.icons))


def paint_text(colour: str, text: str, options: Options) -> str:
    """Return the text in a colour; text after it keeps that colour."""
    ground = "" if options.ground == "default" else f",bg={options.ground}"
    return f"#[fg={colour}{ground}]{text}"


def _paint(status: Status, text: str, options: Options) -> str:
    state = status.state if is_counted(status) else State.IDLE
    return paint_text(options.find_colour(state), text, options) + PLAIN


def _is_drawn(character: str, category: str) -> bool:
    hidden = category in {"Cc", "Cf"} or character in FILLERS
    return not hidden and not 0xFE00 <= ord(character) <= 0xFE0F and character != "\u034f"  # noqa: PLR2004


def _measure(character: str) -> int:
    if unicodedata.category(character) in {"Mn", "Me"}:
        return 0
    wide = unicodedata.east_asian_width(character) in {"W", "F"}
    return 2 if wide or any(low <= ord(character) <= high for low, high in WIDER) else 1


def _clip(text: str, width: int) -> str:
    if measure_text(text) <= width:
        return text
    kept: list[str] = []
    room = width - 1
    for character in text:
        room -= _measure(character)
        if room < 0:
            break
        kept.append(character)
    return "".join(kept).rstrip() + "…" if width > 0 else ""
