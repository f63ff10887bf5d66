"""Sed and awk scripts: the commands and files in them."""

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from agent_status.features.risk.words import Word


class Effect(NamedTuple):
    """An effect of a script: `runs` a command, `reads` or `writes` a file, or `tells` a secret."""

    verb: str
    text: str
    known: bool = True


EXPANDED = re.compile(r"\$\{[^{}]*\}|\$\(\([^()]*\)\)|\$\([^()]*\)|\$\w+")
"""What the shell puts into a script in double quotes."""


def find_effects(language: str, script: Word) -> Iterator[Effect]:
    """Yield what a script does; an unreadable one may run anything."""
    text = script.text
    if not script.known:
        if EXPANDED.fullmatch(text):
            yield Effect("runs", text)
            return
        text = EXPANDED.sub("1", text)
    yield from DIALECTS[language](text)


# --- sed

BRACKET = r"\[\^?\]?(?:\[[:.=]\w*[:.=]\]|[^\]\n])*+\]"
"""In it, what ends a pattern elsewhere does not end it."""
SED_ADDRESS = re.compile(
    r"(?:\d+(?:~\d+)?|[+~]\d+|\$|(?:(?=/)|\\(?!/))(?P<d>[^\n\\])"
    rf"(?:\\.|(?!(?P=d)){BRACKET}|(?!(?P=d))[^\\\n\[])*+(?P=d)[IM]*)"
)
SED_COMMA = re.compile(r"\s*,\s*")
SED_NOT = re.compile(r"[\s!]*")
SED_PLAIN = re.compile(r"[=dDgGhHnNpPxzF{}]|[qQlL]\s*\d*|[btT:]\s*[^;\s}]*")
SED_TEXT = re.compile(r"[aic](?:\\.|[^\n\\])*", re.DOTALL)
REST = r"(?:\\.|(?!(?P=d))[^\\])*+(?P=d)"
SED_CHANGE = re.compile(
    rf"s(?P<d>[^\n\\])(?:\\.|(?!(?P=d)){BRACKET}|(?!(?P=d))[^\\\[])*+(?P=d){REST}[gpiIMm0-9]*",
    re.DOTALL,
)
SED_MAP = re.compile(rf"y(?P<d>[^\n\\]){REST}{REST}", re.DOTALL)
SED_FILE = re.compile(r"([rRwW])[ \t]*([^\n]*)")
SED_GAP = re.compile(r"(?:[\s;]|#[^\n]*)*")
SED_END = re.compile(r"[ \t]*(?=[;}\n#]|\Z)")
VERBS = {"r": "reads", "R": "reads", "w": "writes", "W": "writes"}


def read_sed(text: str) -> Iterator[Effect]:
    """Yield what a sed script does."""
    at = _skip(SED_GAP, text, 0)
    while at < len(text):
        for pattern in (SED_ADDRESS, SED_COMMA, SED_ADDRESS, SED_NOT):
            at = _skip(pattern, text, at)
        found = SED_FILE.match(text, at)
        change = SED_CHANGE.match(text, at)
        if change:
            at = change.end()
            found = SED_FILE.match(text, at)
        if found:
            yield Effect(VERBS[found[1]], found[2])
            at = found.end()
        elif not change:
            plain = SED_PLAIN.match(text, at) or SED_MAP.match(text, at) or SED_TEXT.match(text, at)
            if plain is None:
                yield Effect("runs", text)
                return
            at = plain.end()
        if not SED_END.match(text, at) and text[at - 1] not in "{}":
            yield Effect("runs", text)
            return
        at = _skip(SED_GAP, text, at)


def _skip(pattern: re.Pattern[str], text: str, at: int) -> int:
    found = pattern.match(text, at)
    return found.end() if found else at


# --- awk

AWK_SIGN = re.compile(
    r'(?P<text>"(?:\\.|[^"\\])*")|(?P<slash>/)|(?P<comment>#[^\n]*)|(?P<name>[A-Za-z_]\w*)'
    r"|(?P<sign>\|\||\|&?|>>?=?|@|<=?|[^\s])|(?P<line>\n)",
    re.DOTALL,
)
AWK_REGEX = re.compile(r"/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n])*/")
AWK_OPERAND = re.compile(r'(?:[\w)\]"$]|\+\+|--|//)\Z')
COUNTS = (["+", "+"], ["-", "-"])
BEFORE_REGEX = {"print", "printf", "return", "in", "case", "else", "do"}
ENDS = {";", "}", "\n"}


def read_awk(text: str) -> Iterator[Effect]:
    """Yield what an awk script does."""
    signs = _list_signs(text)
    printing, depth = False, 0
    for at, sign in enumerate(signs):
        if sign in {"system", "@"} or sign in {"|", "|&"}:
            yield Effect("runs", text)
        elif sign in {"ENVIRON", "PROCINFO"}:
            yield Effect("tells", "the environment")
        elif sign in {"print", "printf"}:
            printing, depth = True, 0
        elif sign in ENDS:
            printing = False
        elif sign in {"(", ")"}:
            depth += 1 if sign == "(" else -1
        elif sign in {">", ">>"} and printing and depth == 0:
            yield _make_effect("writes", signs[at + 1 :])
        elif sign == "<" and "getline" in signs[max(0, at - 5) : at]:
            yield _make_effect("reads", signs[at + 1 :])


def _make_effect(verb: str, later: list[str]) -> Effect:
    """Return the effect on the file that an expression names."""
    end = next((at for at, sign in enumerate(later) if sign in {*ENDS, ")"}), len(later))
    name = later[0][1:-1] if end and later[0].startswith('"') else ""
    return Effect(verb, name or "what awk makes", known=bool(name) and end == 1)


def _list_signs(text: str) -> list[str]:
    signs: list[str] = []
    at = 0
    while at < len(text):
        found = AWK_SIGN.match(text, at)
        if found is None:
            at += 1
            continue
        last = "".join(signs[-2:]) if signs[-2:] in COUNTS else "".join(signs[-1:])
        divides = last not in BEFORE_REGEX and AWK_OPERAND.search(last)
        regex = AWK_REGEX.match(text, at) if found["slash"] and not divides else None
        if found["comment"] is None:
            signs.append("//" if regex else found[0])
        at = regex.end() if regex else found.end()
    return signs


DIALECTS: dict[str, Callable[[str], Iterator[Effect]]] = {"sed": read_sed, "awk": read_awk}
