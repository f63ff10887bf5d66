"""Code in colour, by pygments, which is loaded when the first line needs it."""

from collections.abc import Sequence
from typing import Any

from rich.style import Style
from rich.text import Text

from agent_status.chooser.state.theme import ACCENT, BOLD, DIM, ITALIC, PLAIN

MAX_CHARACTERS = 64 * 1024
"""Of one piece of code: more has no colours."""
STYLES = {
    "Token.Comment": DIM + ITALIC,
    "Token.Keyword": ACCENT,
    "Token.Operator.Word": ACCENT,
    "Token.Literal.String": Style(color="color(130)"),
    "Token.Literal.Number": Style(color="color(97)"),
    "Token.Name.Function": BOLD,
    "Token.Name.Class": BOLD,
    "Token.Name.Decorator": BOLD,
    "Token.Generic.Heading": BOLD,
}
"""By how a token's name begins; they can be read in dark terminals and in light ones."""


def colour_lines(path: str, lines: Sequence[str]) -> list[Text]:
    """Return lines of a file in colour as its name says; plain if the language is unknown."""
    code = "\n".join(lines)
    lexer = _find_lexer(path) if len(code) <= MAX_CHARACTERS else None
    coloured = _colour(lexer, code) if lexer else []
    return coloured if len(coloured) == len(lines) else [Text(line) for line in lines]


def knows_language(path: str) -> bool:
    """Return whether lines of a file of this name have colours."""
    return _find_lexer(path) is not None


def _find_lexer(path: str) -> Any:
    from pygments.lexers import get_lexer_for_filename  # noqa: PLC0415  no first frame needs it
    from pygments.util import ClassNotFound  # noqa: PLC0415

    name = path.rpartition("/")[2]
    try:
        return get_lexer_for_filename(name, stripnl=False, ensurenl=False) if name else None
    except ClassNotFound:
        return None


def _colour(lexer: Any, code: str) -> list[Text]:
    """Return the lines; empty if the lexer fails, as any text may come."""
    lines = [Text()]
    try:
        for token, words in lexer.get_tokens(code):
            style = _find_style(str(token))
            first, *rest = words.split("\n")
            lines[-1].append(first, style)
            lines += [Text(line, style) for line in rest]
    except Exception:  # noqa: BLE001  another's code on hostile text
        return []
    return lines


def _find_style(token: str) -> Style:
    return next((style for name, style in STYLES.items() if token.startswith(name)), PLAIN)
