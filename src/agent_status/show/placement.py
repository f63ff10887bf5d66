"""Where badges and summary stand in tmux's formats: put in, taken out, and found again."""

import re
from collections.abc import Mapping

BADGE = "#{?@agent-status-window,#{E:@agent-status-window-format},}"
"""What is put behind a window's name. Nobody would write it so by hand: we know it for ours."""
RANGE = "agent-status"
"""What tmux, from 3.4 on, calls the place of the summary when it is clicked; 15 bytes at most."""
_TEXT = (
    "#{?@agent-status-summary-format,#{E:@agent-status-summary-format},#{@agent-status-summary}}"
)
SUMMARY = f"#{{?@agent-status-summary,#[range=user|{RANGE}]{_TEXT}#[range=right default] ,}}"
"""
What is put before the right side; its space is there only with it.

How much of it a client sees, the format says that the daemon keeps in an option; without a daemon
there is a word at most. Style and range end here, as what is cut off loses its own end.
"""
_THIRD = "#{=/#{e|/:#{client_width},3}/…:#{@agent-status-summary}}"
EARLIER = (
    "#{?@agent-status-window,#{@agent-status-window},}",
    f"#{{?@agent-status-summary,{_THIRD}#[default] ,}}",
    f"#{{?@agent-status-summary,#[range=user|{RANGE}]{_THIRD}#[range=right default] ,}}",
)
"""What earlier versions of us have put there."""

FRAGMENTS = {
    "window-status-format": BADGE,
    "window-status-current-format": BADGE,
    "status-right": SUMMARY,
}
"""The global formats that we put something into, and what."""

LINES = 5
"""The most lines that tmux's status can have."""
FORMATS = (
    *FRAGMENTS,
    "status-left",
    "pane-border-format",
    *(f"status-format[{line}]" for line in range(LINES)),
)
"""Every format that is looked through for what a user has placed."""

PLACED = re.compile(r"@agent-status-(?:pane|window|session|summary)(?:-format)?(?![\w-])")
NAME = re.compile(r"#W|#\{(?:=[^:{}]*:)?window_name\}")


def remove_fragment(text: str) -> str:
    """Return a format as it was before something of ours was put in. Idempotent."""
    for fragment in (BADGE, SUMMARY, *EARLIER):
        text = text.replace(fragment, "")
    return text


def insert_fragment(name: str, text: str) -> str:
    """
    Return the format `text` of the option `name` with our fragment in it, once. Idempotent.

    A badge stands behind the window's name, or at the end if the name is not at the top level.
    """
    text = remove_fragment(text)
    if FRAGMENTS[name] == SUMMARY:
        return SUMMARY + text
    place = _find_name_end(text)
    return text[:place] + BADGE + text[place:]


def find_placed(formats: Mapping[str, str]) -> tuple[str, ...]:
    """Return the names of the formats that hold a placeholder which is not ours."""
    return tuple(name for name, text in formats.items() if PLACED.search(remove_fragment(text)))


def _find_name_end(text: str) -> int:
    for found in NAME.finditer(text):
        before = text[: found.start()]
        is_literal = (len(before) - len(before.rstrip("#"))) % 2 == 1
        if not is_literal and before.count("{") == before.count("}"):
            return found.end()
    return len(text)
