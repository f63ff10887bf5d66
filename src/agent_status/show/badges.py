"""The short coloured texts for tmux's lines, and the one function that makes outside text inert."""

import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache

from agent_status.model import NEEDS_YOU, Sighting, State, Status
from agent_status.options import Options
from agent_status.show.plain import reveal_text

UNICODE = {
    State.APPROVAL: "▲",
    State.QUESTION: "?",
    State.PLAN: "◆",
    State.SETUP: "□",
    State.ERROR: "✗",
    State.LIMITED: "◔",
    State.STUCK: "≈",
    State.REVIEW: "±",
    State.FINISHED: "✓",
    State.UNKNOWN: "◌",
    State.WORKING: "▸",
    State.IDLE: "○",
}
ASCII = {
    State.APPROVAL: "!",
    State.QUESTION: "?",
    State.PLAN: "=",
    State.SETUP: "@",
    State.ERROR: "x",
    State.LIMITED: "z",
    State.STUCK: "~",
    State.REVIEW: "+",
    State.FINISHED: "v",
    State.UNKNOWN: "-",
    State.WORKING: ">",
    State.IDLE: ".",
}
NERD = {
    State.APPROVAL: "\uf071",
    State.QUESTION: "\uf128",
    State.PLAN: "\uf0cb",
    State.SETUP: "\uf013",
    State.ERROR: "\uf057",
    State.LIMITED: "\uf017",
    State.STUCK: "\uf252",
    State.REVIEW: "\uf06e",
    State.FINISHED: "\uf00c",
    State.UNKNOWN: "\uf141",
    State.WORKING: "\uf04b",
    State.IDLE: "\uf10c",
}
ICONS = {"unicode": UNICODE, "ascii": ASCII, "nerd": NERD}
"""The shape of every state that an agent can be in, each one column wide."""

CONFLICT = {"unicode": "≠", "ascii": "##", "nerd": "≠"}
"""Before the number of agents that step on each other, as tmux's formats take it."""

STEPS_S = ((600, 60, 60, "m"), (3600, 300, 60, "m"), (86400, 3600, 3600, "h"))
"""Below each limit: the step to which a time is cut, and the unit in which it is told."""
DAY_S = 86400

PLAIN = "#[default]"
"""Ends our style: the status line's own goes on."""
LONGEST_NAME = 20
"""Columns of an agent's kind; a user's own agents may be called anything."""
MOST_TEXTS = 1024
"""Escaped texts that are remembered: most are drawn again at every tick."""
MOST_MARKS = 2
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


@lru_cache(MOST_TEXTS)
def escape_text(text: str, width: int) -> str:
    """
    Return outside text as tmux draws it literally: one line of at most `width` columns.

    Control, bidirectional and zero-width characters are gone, `#` is doubled. What is cut
    ends in an ellipsis. Apply once: a second time would double again.
    """
    return _clip(_flatten(text), width).replace("#", "##")


def _flatten(text: str) -> str:
    """Return outside text on one line with nothing in it that a terminal or tmux would obey."""
    kept: list[str] = []
    marks = 0
    for character in unicodedata.normalize("NFC", text):
        category = unicodedata.category(character)
        marks = marks + 1 if category in {"Mn", "Me"} else 0
        if character.isspace():
            kept.append(" ")
        elif category in {"Cn", "Co", "Cs"}:
            kept.append("?")
        elif _is_drawn(character, category) and marks <= MOST_MARKS:
            kept.append(character)
    return " ".join("".join(kept).split())


def measure_text(text: str) -> int:
    """Return the columns of a cleaned text, never fewer than a terminal takes."""
    return sum(map(_measure, text))


def render_pane_badge(status: Status, options: Options) -> str:
    """Return shape, agent and state, such as `▲ claude approval`; empty without an agent."""
    if status.agent is None:
        return ""
    name = escape_text(status.agent.kind, LONGEST_NAME)
    text = f"{_find_icon(status.state, options)} {name} {status.state}"
    return _paint(_find_look(status), text, options)


def render_window_badge(statuses: Iterable[Status], options: Options) -> str:
    """
    Return the most urgent agent's shape, and how many there are if not one, such as ` ▲2`.

    It begins with a space, to stand behind a name; without an agent it is empty.
    """
    agents = [status for status in statuses if status.agent]
    if not agents:
        return ""
    first = max(agents, key=lambda status: status.attention.score)
    count = str(len(agents)) if len(agents) > 1 else ""
    return f" {_paint(_find_look(first), f'{_find_icon(first.state, options)}{count}', options)}"


def render_session_badge(statuses: Iterable[Status], options: Options) -> str:
    """Return for the agents of a session what `render_window_badge` does for a window's."""
    return render_window_badge(statuses, options)


def render_summary(sightings: Sequence[Sighting], now: float, options: Options) -> str:
    """
    Return how many agents are in each state, and which one needs you first and why.

    `sightings` come most urgent first; `now` is on the clock of their `since`. At most
    `options.summary_width` columns are drawn; counts come before words. What waits for you and
    is snoozed or muted is left out.
    """
    statuses = [sighting.status for sighting in sightings if sighting.status.agent]
    waiting = [status for status in statuses if not _is_aside(status)]
    if not waiting:
        return ""
    room = options.summary_width
    parts: list[str] = []
    counts = Counter(status.state for status in waiting)
    for state in sorted(counts, key=list(State).index):
        plain = " " * bool(parts) + f"{_find_icon(state, options)}{counts[state]}"
        if len(plain) <= room:
            parts.append(_style(state, plain, options))
            room -= len(plain)
    conflicts = sum(bool(sighting.changes.conflicts) for sighting in sightings)
    plain = f" {CONFLICT[options.icons]}{conflicts}"
    if conflicts and len(plain) <= room:
        parts.append(_style(State.ERROR, plain, options))
        room -= len(plain)
    first = waiting[0]
    words = _render_words(first, now, room - 1) if first.state in NEEDS_YOU else ""
    if words:
        parts.append(_style(first.state, f" {words}", options))
    return "".join((*parts, PLAIN))


def render_age(seconds: float) -> str:
    """Return how long, told more coarsely the longer it is; empty below a minute."""
    for limit, step, unit, letter in STEPS_S:
        if seconds < limit:
            count = int(max(0.0, seconds) // step * step // unit)
            return f"{count}{letter}" if count else ""
    return f"{int(seconds // DAY_S)}d"


def _render_words(status: Status, now: float, room: int) -> str:
    """Return kind, reason and age; the reason gives way first, and no half of it is shown."""
    kind = escape_text(status.agent.kind if status.agent else "", LONGEST_NAME)
    age = render_age(now - status.since)
    tail = f" · {age}" if age else ""
    left = room - measure_text(kind.replace("##", "#"))
    if left < len(tail):
        return kind if left >= 0 else ""
    words = status.reason or status.state.value
    words = reveal_text(words) if status.ask else words
    reason = escape_text(words, max(0, left - len(tail) - 2))
    return f"{kind}: {reason}{tail}" if reason else f"{kind}{tail}"


def _is_aside(status: Status) -> bool:
    """Return whether it would need you, had you not set it aside."""
    return status.attention.is_aside and status.state in NEEDS_YOU


def _find_look(status: Status) -> State:
    """Return the state whose colour a badge has: what is set aside is as quiet as an idle one."""
    return State.IDLE if _is_aside(status) else status.state


def _find_icon(state: State, options: Options) -> str:
    return ICONS.get(options.icons, UNICODE).get(state, "")


def _paint(state: State, text: str, options: Options) -> str:
    return _style(state, text, options) + PLAIN


def _style(state: State, text: str, options: Options) -> str:
    """Return the text in its state's colour, with which whatever follows goes on."""
    behind = options.colour_background
    ground = "" if behind == "default" else f",bg={behind}"
    return f"#[fg={options.find_colour(state)}{ground}]{text}"


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
