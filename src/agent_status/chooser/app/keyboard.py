"""The bytes that a terminal sends, as Textual's messages: Escape is a key, and never Alt."""

import re
from collections.abc import Iterator

from textual import events
from textual._parser import ParseTimeout
from textual._xterm_parser import BRACKETED_PASTE_END, BRACKETED_PASTE_START, XTermParser
from textual.message import Message

ESCAPE = "\x1b"
ALT_ENTER = "\x1b\r"
SEQUENCE = re.compile(r"\x1b(?:\r|\[(?:\[[A-E]|[0-?]*[ -/]*[@-Z\\-~])|O[A-FHMP-Sa-dj-y])")
"""What a key, the mouse or an answer of the terminal looks like: CSI, SS3 with one letter."""
BEGINNING = re.compile(r"\x1b(?:\[\[?|\[[0-?]*[ -/]*|O)?")
"""What the rest of a sequence may still follow."""
TIMEOUT_S = 0.02
"""
For the rest of a sequence. A terminal writes it in one piece, and nobody types two keys so quickly.
"""


class KeyParser(XTermParser):
    """
    Textual's parser, fed with whole sequences; anything else begins with the Escape key.

    tmux writes Escape and the key after it as one, as it writes Alt and that key, if they come
    within its `escape-time`. Only Enter after it becomes `alt+enter`, as some panels use that.
    """

    def __init__(self) -> None:
        super().__init__()
        self._held = ""

    @property
    def waits(self) -> bool:
        """Whether `settle` is to be called if nothing comes for TIMEOUT_S."""
        return bool(self._held) and not self._held.startswith(BRACKETED_PASTE_START)

    def feed(self, data: str) -> Iterator[Message]:
        """Yield what `data` says, together with what was held back before."""
        text, self._held = self._held + data, ""
        while text:
            part = _find_part(text)
            if not part:
                self._held = text
                return
            text = text[len(part) :]
            yield from self._take(part)

    def settle(self) -> Iterator[Message]:
        """Yield what was held back as the keys that it is: no more of it came."""
        if self.waits:
            held, self._held = self._held, ""
            yield from self._take(ESCAPE)
            yield from self.feed(held[1:])

    def _take(self, part: str) -> Iterator[Message]:
        if part == ESCAPE:
            yield events.Key("escape", ESCAPE)
        elif part == ALT_ENTER:
            yield events.Key("alt+enter", part)
        elif part.startswith(BRACKETED_PASTE_START):
            text = part[len(BRACKETED_PASTE_START) : -len(BRACKETED_PASTE_END)]
            yield events.Paste(text.replace("\0", ""))
        else:
            yield from super().feed(part)
            self._forget()

    def _forget(self) -> None:
        """Drop a sequence that Textual does not know: the next keys would count as its rest."""
        if self._timeout_time is not None:
            self._timeout_time = None
            self._awaiting = self._gen.throw(ParseTimeout())
            self._tokens.clear()


def _find_part(text: str) -> str:
    """Return the first paste, sequence, Escape or run of other characters; empty if it is torn."""
    if text.startswith(BRACKETED_PASTE_START):
        body, end, _ = text.partition(BRACKETED_PASTE_END)
        return body + end if end else ""
    if not text.startswith(ESCAPE):
        return text.partition(ESCAPE)[0]
    sequence = SEQUENCE.match(text)
    if sequence:
        return sequence[0]
    return "" if BEGINNING.fullmatch(text) else ESCAPE
