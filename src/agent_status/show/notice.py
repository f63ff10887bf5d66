"""What an interruption says, as plain text, and as the sequences that terminals take for one."""

from collections.abc import Sequence
from dataclasses import dataclass

from agent_status.model import Grade, Sighting, clip_text
from agent_status.show.plain import clean_text, reveal_text

WIDTH = 160
"""Characters of one agent's line."""
MOST_LINES = 5
OURS = "agent-status"
BELL = "\a"
ESCAPES = (
    ("foot", "\x1b]777;notify;{title};{body}\x1b\\"),
    ("rxvt", "\x1b]777;notify;{title};{body}\x1b\\"),
    ("linux", BELL),
    ("screen", BELL),
    ("tmux", BELL),
    ("vt", BELL),
    ("", "\x1b]9;{title}: {body}\x1b\\"),
)
"""By the beginning of TERM: what shows a notice there, or at least rings."""


@dataclass(frozen=True, slots=True)
class Notice:
    """A title and a body of some lines; nothing in them is obeyed by a terminal."""

    title: str
    body: str


def render_notice(sightings: Sequence[Sighting]) -> Notice:
    """Return what to say of one agent, or of several together, the most urgent first."""
    if len(sightings) == 1:
        agent, state = _name(sightings[0])
        return Notice(f"{agent}: {state}", _describe(sightings[0]))
    lines = [
        clip_text(f"{': '.join(_name(one))} · {_describe(one)}", WIDTH)
        for one in sightings[:MOST_LINES]
    ]
    more = len(sightings) - MOST_LINES
    tail = [f"and {more} more"] if more > 0 else []
    return Notice(f"{len(sightings)} agents need you", "\n".join([*lines, *tail]))


def render_escape(notice: Notice, term: str) -> str:
    """Return what a terminal with this TERM shows as a notification."""
    form = next(form for start, form in ESCAPES if term.startswith(start))
    title, body = (_flatten(part) for part in (f"{OURS}: {notice.title}", notice.body))
    return form.format(title=title, body=body)


def _name(sighting: Sighting) -> tuple[str, str]:
    status = sighting.status
    agent = clean_text(status.agent.name if status.agent else OURS)
    return clip_text(agent, WIDTH), status.state.value


def _describe(sighting: Sighting) -> str:
    """Return what is asked, verbatim as far as it fits, and where."""
    status = sighting.status
    asked = (status.ask.command or status.ask.question) if status.ask else ""
    dangerous = status.risk is not None and status.risk.grade is Grade.DANGEROUS
    words = status.reason or asked or status.state.value
    words = reveal_text(words) if status.ask else clean_text(words)
    place = clean_text(sighting.pane.place)
    return clip_text(f"{'dangerous: ' * dangerous}{words}", WIDTH) + f" ({clip_text(place, 40)})"


def _flatten(text: str) -> str:
    """Return a text on one line without what divides the parts of a sequence."""
    return clip_text(clean_text(text).replace(";", ","), WIDTH)
