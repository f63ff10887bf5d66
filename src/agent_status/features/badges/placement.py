"""Positions of badges and summary in tmux's formats: insert, remove and find them."""

import re
from collections.abc import Iterator, Mapping

BADGE = "#{?@agent-status-window,#{E:@agent-status-window-format},}"
"""What is put behind a window's name. Nobody would write it so by hand: we know it for ours."""
STYLED_BADGE = BADGE.replace(",", ",#[push-default]", 1).replace(",}", "#[pop-default],}")
"""The same where the format has a style of its own by then: it goes on behind the badge."""
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
    "window-status-format": (BADGE, STYLED_BADGE),
    "window-status-current-format": (BADGE, STYLED_BADGE),
    "status-right": (SUMMARY,),
}
"""The global formats that we put something into, and what, in each of its forms."""
PLACEHOLDERS = {
    name: f"#{{@agent-status-{'summary' if name == 'status-right' else 'window'}}}"
    for name in FRAGMENTS
}
"""What a user puts into each of these, or into what is drawn instead of it."""

LINES = 5
"""The most lines that tmux's status can have."""
STATUS_LINES = tuple(f"status-format[{line}]" for line in range(LINES))
FORMATS = (*FRAGMENTS, "status-left", "pane-border-format", *STATUS_LINES)
"""Every format that is looked through for what a user has placed."""

PLACED = re.compile(r"@agent-status-(?:pane|window|session|summary)(?:-format)?(?![\w-])")
NAME = re.compile(r"#W|window_name")
DEFAULT_STYLE = re.compile(r"#\[[^\]]*\bdefault\]$")
STYLE = re.compile(r"#\[[^\]]*\]")
REFERENCE = re.compile(r"(?<![\w@-])(?:@[\w-]+|[a-z]+(?:-[a-z]+)+)(?![\w-])")
"""An option's name within a format."""
CLOSING = {"{": "}", "(": ")", "[": "]"}
PARENTHESIS = re.compile(r"[()]")
BRACE = re.compile(r"#[,#{}:]|[}\]]")
"""What may close a bracket, open another one within it, or stand for itself."""


def remove_fragment(text: str) -> str:
    """Return a format without our fragments. Idempotent."""
    for fragment in (BADGE, STYLED_BADGE, SUMMARY, *EARLIER):
        text = text.replace(fragment, "")
    return text


def insert_fragment(name: str, text: str) -> str:
    """
    Return the format `text` of the option `name` with our fragment in it, once. Idempotent.

    A badge goes after the window name, or after the condition, program or other construct that
    contains the name; at the end if there is no name.
    """
    text = remove_fragment(text)
    if FRAGMENTS[name] == (SUMMARY,):
        return SUMMARY + text
    place = _find_name_end(text)
    styles = STYLE.findall(text[:place])
    badge = STYLED_BADGE if styles and not DEFAULT_STYLE.search(styles[-1]) else BADGE
    return text[:place] + badge + text[place:]


def holds_fragment(name: str, text: str) -> bool:
    """Return True if the format `text` of the option `name` contains our fragment."""
    return any(fragment in text for fragment in FRAGMENTS[name])


def find_placed(formats: Mapping[str, str], users: Mapping[str, str]) -> tuple[str, ...]:
    """
    Return the names of the formats with a placeholder that isn't ours.

    `users` are the options that begin with @: a format may take its placeholder from one of them.
    """
    ours = {name: remove_fragment(text) for name, text in formats.items()}
    return tuple(name for name in ours if _is_placed(_collect(name, ours, users)))


def find_drawn(
    formats: Mapping[str, str], users: Mapping[str, str], status: str, border: str
) -> dict[str, str]:
    """
    Return the formats that tmux draws, by name, with the options they include.

    `formats` are the global ones; `status` and `border` are the values of tmux's options `status`
    and `pane-border-status`.
    """
    count = {"off": 0, "on": 1}.get(status, int(status) if status.isdecimal() else 1)
    roots = [*STATUS_LINES[:count], *(["pane-border-format"] if border != "off" else [])]
    found: dict[str, str] = {}
    for root in roots:
        found |= _collect(root, formats, users)
    return found


def _collect(name: str, formats: Mapping[str, str], users: Mapping[str, str]) -> dict[str, str]:
    """Return a format and every option that it includes, by name."""
    texts = {**users, **formats}
    found: dict[str, str] = {}
    waiting = [name]
    while waiting:
        one = waiting.pop()
        if one in found or one not in texts:
            continue
        found[one] = texts[one]
        names = REFERENCE.findall(texts[one])
        waiting += [name for name in names if not name.startswith("@agent-status-")]
    return found


def _is_placed(texts: Mapping[str, str]) -> bool:
    return any(PLACED.search(text) for text in texts.values())


def _find_name_end(text: str) -> int:
    """Return the end of the first piece that names the window, or the end of `text`."""
    for start, end in _iterate_pieces(text):
        if NAME.search(text, start, end):
            return end
    return len(text)


def _iterate_pieces(text: str) -> Iterator[tuple[int, int]]:
    """Yield the bounds of each outermost `#W`, `#{...}`, `#(...)` and `#[...]`."""
    at = 0
    while at < len(text) - 1:
        if text[at] != "#":
            at += 1
            continue
        end = _find_closing(text, at + 1) if text[at + 1] in CLOSING else at + 2
        if text[at + 1] not in "#[":
            yield at, end
        at = end


def _find_closing(text: str, start: int) -> int:
    """Return where tmux closes the bracket at `start`, or the end of the text."""
    closing, depth = CLOSING[text[start]], 0
    for found in (PARENTHESIS if closing == ")" else BRACE).finditer(text, start + 1):
        if found[0] == closing and not depth:
            return found.end()
        depth += (found[0] in {"(", "#{"}) - (found[0] in {")", "}"})
    return len(text)
