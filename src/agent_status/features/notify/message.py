"""A notification as plain text, and as the terminal sequences that show one."""

from collections.abc import Sequence
from dataclasses import dataclass

from agent_status.errors import AgentStatusError
from agent_status.features.notify.policy import Topic
from agent_status.model import Grade, Sighting, clip_text
from agent_status.model.plain import clean_text, reveal_text

WIDTH = 160
"""Characters of one agent's line."""
MAX_LINES = 5
OURS = "agent-status"
BELL = "\a"
OSC_9 = "\x1b]9;{title}: {body}\x1b\\"
OSC_777 = "\x1b]777;notify;{title};{body}\x1b\\"
WRAPPED = f"\x1bPtmux;{OSC_9.replace(chr(27), chr(27) * 2)}\x1b\\"
"""For the terminal around another tmux, which takes the wrapping off, or drops all of it."""
RINGS = "this terminal shows no notice, only its bell rings"
PASSES = (
    "this terminal is another tmux: it shows a notice only after `set -g allow-passthrough on` "
    "there, and its bell rings"
)
ESCAPES = (
    ("foot", OSC_777, ""),
    ("rxvt", OSC_777, ""),
    ("linux", BELL, RINGS),
    ("screen", BELL, RINGS),
    ("tmux", WRAPPED + BELL, PASSES),
    ("vt", BELL, RINGS),
    ("", OSC_9, ""),
)
"""By the beginning of TERM: what shows a notice there, and what there is to know about it."""


class NotifyError(AgentStatusError):
    """A channel did not reach the user; the text says why, and how to fix it."""


@dataclass(frozen=True, slots=True)
class Notice:
    """A title and a body of a few lines, without terminal sequences."""

    title: str
    body: str


def render_notice(topics: Sequence[Topic]) -> Notice:
    """Return the notice for one topic, or for several, most urgent first."""
    if len(topics) == 1:
        agent, state = _name(topics[0])
        return Notice(f"{agent}: {state}", _describe(topics[0]))
    lines = [
        clip_text(f"{': '.join(_name(one))} · {_describe(one)}", WIDTH)
        for one in topics[:MAX_LINES]
    ]
    agents = {one.sighting.pane.id: _name(one)[0] for one in topics}
    more = len(topics) - MAX_LINES
    title = f"{len(agents)} agents need you" if len(agents) > 1 else next(iter(agents.values()))
    tail = [f"and {more} more"] if more > 0 else []
    return Notice(title, "\n".join([*lines, *tail]))


def render_escape(notice: Notice, term: str) -> str:
    """Return the sequence with which a terminal with this TERM shows a notification."""
    form = next(form for start, form, _ in ESCAPES if term.startswith(start))
    title, body = (_flatten(part) for part in (f"{OURS}: {notice.title}", notice.body))
    return form.format(title=title, body=body)


def find_lack(term: str) -> str:
    """Return why a terminal with this TERM may show no notice; empty if it shows them."""
    return next(lack for start, _, lack in ESCAPES if term.startswith(start))


def _name(topic: Topic) -> tuple[str, str]:
    """Return an agent, and what it is about: its state or a facet's news."""
    status, facet = topic.sighting.status, topic.facet
    agent = clean_text(status.agent.name if status.agent else OURS)
    return clip_text(agent, WIDTH), facet.notice if facet else status.state.value


def _describe(topic: Topic) -> str:
    """Return the news or the request, verbatim as far as it fits, and its place."""
    facet, sighting = topic.facet, topic.sighting
    words = clip_text(reveal_text(facet.words), WIDTH) if facet else _describe_state(sighting)
    return f"{words} ({clip_text(clean_text(sighting.pane.place), 40)})"


def _describe_state(sighting: Sighting) -> str:
    status = sighting.status
    asked = (status.ask.command or status.ask.question) if status.ask else ""
    dangerous = status.risk is not None and status.risk.grade is Grade.DANGEROUS
    words = status.reason or asked or status.state.value
    words = reveal_text(words) if status.ask else clean_text(words)
    return clip_text(f"{'dangerous: ' * dangerous}{words}", WIDTH)


def _flatten(text: str) -> str:
    """Return a text on one line without the separators of a sequence."""
    return clip_text(clean_text(text).replace(";", ","), WIDTH)
