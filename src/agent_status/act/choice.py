"""Which option of an ask the user means."""

import re

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
CANCELS = re.compile(
    r"\besc(?:ape)?(?: to)? (?:cancel|reject|deny|decline|dismiss)\b", re.IGNORECASE
)
ESCAPE = Option("esc", "cancel")
"""What `n` means where a dialog shows no option that denies, and says that Esc does."""


class UnclearError(ValueError):
    """No option, or more than one, may be meant; the text is a sentence."""


def find_option(ask: Ask, choice: str) -> Option:
    """
    Return the option with that key, that position from 1, or for `y` and `n` the plain one.

    Raises UnclearError; `y` never means an option that grants more than what is asked, and nothing
    but a denial answers a request that is blocked.
    """
    option = _find_option(ask, choice)
    if ask.blocked and not is_denial(option):
        message = f"{ask.blocked}: answer in the pane"
        raise UnclearError(message)
    return option


def is_denial(option: Option) -> bool:
    """Return whether the option denies, so that nothing is at stake."""
    return option == ESCAPE or bool(DENIES.match(option.label.lower()))


def _find_option(ask: Ask, choice: str) -> Option:
    if not ask.options and choice.lower() != "n":
        message = "its options cannot be read: answer it in its pane"
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


def has_positions(ask: Ask) -> bool:
    """
    Return whether a number means a position, as no option has a number of its own.

    Where one has, the first may have scrolled off a short pane, and be none of those in sight.
    """
    return not any(option.key.isdigit() for option in ask.options)


def _find_meant(ask: Ask, choice: str) -> Option:
    labels = [(option, re.sub(r"[()\[\]]", "", option.label).lower()) for option in ask.options]
    meant = [(option, label) for option, label in labels if MEANT[choice].match(label)]
    plain = [option for option, label in meant if not LASTING.search(label)]
    if len(plain) == 1:
        return plain[0]
    bare = [option for option in plain if " " not in option.label.strip()]
    if len(bare) == 1:
        return bare[0]
    if choice == "n" and not meant and CANCELS.search(ask.text):
        return ESCAPE
    message = f"it cannot be told which option {choice} means: choose one by its number"
    raise UnclearError(message)
