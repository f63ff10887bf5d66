"""Finds the option of a request that the user means."""

import re

from agent_status.errors import AgentStatusError
from agent_status.model import Ask, Option

GRANTS = re.compile(
    r"(?:yes|allow|approve|accept|proceed|run|continue|ok|confirm|trust|implement|grant)\b"
)
DENIES = re.compile(r"(?:no|deny|reject|cancel|decline|abort|don.t|do not|skip|stop)\b")
LASTING = re.compile(
    r"\b(?:always|never|session|again|auto\w*|every|all|any|remember|permanent\w*|forever"
    r"|from now on|bypass|yolo|thread|workspace|project|prefix|allowlist|commands? that|clear)\b"
)
"""What says that the answer is not about this one thing alone."""
MEANT = {"y": GRANTS, "n": DENIES}
ASKING = re.compile(r"\b(?:ask|confirm|prompt|check|warn|permission)")
"""What `don't`, `skip` and `stop` may be about where they grant more than what is asked."""
BOTH = re.compile(
    r"(?:\b(?:and|but|then|instead)\b|[,;&+/]) *(?:(?:then|it|the|all) ){0,2}"
    r"(?:allow|approve|accept|proceed|run|continue|confirm|trust|implement|grant|push|merge"
    r"|deploy|delete|remove|wipe|reset|overwrite|force|apply|install|restart)\b"
)
"""What makes a denial one half of an option that also does something."""
CANCELS = re.compile(
    r"\besc(?:ape)?(?: to)? (?:cancel|reject|deny|decline|dismiss)\b", re.IGNORECASE
)
BOX = re.compile(r"\[[ xX✓✔]\]|[☐☑☒] ")
FIELD = re.compile(r"\b(?:type|tell|feedback|own answer)\b", re.IGNORECASE)
"""Options that are text fields once the mark is on them."""
ESCAPE = Option("esc", "cancel")
"""What `n` means where a dialog shows no option that denies, and says that Esc does."""


class UnclearError(AgentStatusError):
    """No option, or more than one, matches; the text is a sentence."""


def find_option(ask: Ask, choice: str) -> Option:
    """
    Return the option with that key, that position from 1, or for `y` and `n` the plain one.

    Raises UnclearError. `y` never means an option that grants more than this request, `n` only one
    that denies it. A request that is blocked can only be denied.
    """
    option = _find_option(ask, choice)
    if ask.blocked and not is_denial(option):
        message = f"{ask.blocked}: answer in the pane"
        raise UnclearError(message)
    return option


def _find_option(ask: Ask, choice: str) -> Option:
    if not ask.options and choice.lower() != "n":
        message = "can't read its options: answer in the pane"
        raise UnclearError(message)
    if choice.lower() in MEANT:
        return _find_meant(ask, choice.lower())
    keyed = [option for option in ask.options if option.key == choice]
    if len(keyed) == 1:
        return keyed[0]
    position = int(choice[:3]) if choice.isascii() and choice.isdigit() else 0
    if has_positions(ask) and 1 <= position <= len(ask.options):
        return ask.options[position - 1]
    keys = ", ".join(option.key for option in ask.options)
    message = f"there is no option {choice[:20]!r}; there are {keys}"
    raise UnclearError(message)


def find_mark(ask: Ask) -> int | None:
    """Return the index of the only selected option, or None."""
    marks = [i for i, option in enumerate(ask.options) if option.selected]
    return marks[0] if len(marks) == 1 else None


def takes_text(ask: Ask) -> bool:
    """Return True if the selected option is a text field, which would receive a key as text."""
    mark = find_mark(ask)
    return mark is not None and bool(FIELD.search(ask.options[mark].label))


def has_boxes(ask: Ask) -> bool:
    """Return True if several options may be ticked before `submit`."""
    return any(BOX.match(option.label) for option in ask.options)


def has_positions(ask: Ask) -> bool:
    """
    Return True if a number means a position, because no option has a number.

    If one has a number, the first options may have scrolled off a short pane.
    """
    return not any(option.key.isdigit() for option in ask.options)


def is_denial(option: Option) -> bool:
    """Return True if the option only denies this request, so that nothing is at stake."""
    label = _read_label(option)
    more = (LASTING, ASKING, BOTH)
    return bool(DENIES.match(label)) and not any(pattern.search(label) for pattern in more)


def is_lasting(option: Option) -> bool:
    """Return True if the option grants more than this request."""
    label = _read_label(option)
    return bool(GRANTS.match(label) or label.startswith("always")) and bool(LASTING.search(label))


def _read_label(option: Option) -> str:
    return re.sub(r"[()\[\]]", "", option.label).lower()


def _find_meant(ask: Ask, choice: str) -> Option:
    labels = [(option, _read_label(option)) for option in ask.options]
    meant = [(option, label) for option, label in labels if MEANT[choice].match(label)]
    plain = [
        option
        for option, label in meant
        if (is_denial(option) if choice == "n" else not LASTING.search(label))
    ]
    if len(plain) == 1:
        return plain[0]
    bare = [option for option in plain if " " not in option.label.strip()]
    if len(bare) == 1:
        return bare[0]
    if choice == "n" and not meant and CANCELS.search(ask.text):
        return ESCAPE
    message = f"can't tell which option {choice} means: choose one by its number"
    raise UnclearError(message)
