"""The stream: text and control sequences, cut anywhere, become calls of a canvas's operations."""

import re
from collections.abc import Callable
from operator import methodcaller
from typing import Any

import pyte

from agent_status.terminal.emulator import Canvas
from agent_status.terminal.osc import Messages
from agent_status.terminal.sgr import parse_parameters

MAX_SEQUENCE = 4096
MAX_PAYLOAD = 1 << 16
MAX_STRING = 1 << 20
"""A control string without an end is given up after so many characters."""

TOKENS = re.compile(
    r"([^\x00-\x1f\x7f]+)"
    r"|\x1b\[([0-9:;]*)m"
    r"|(\x1b\[[<=>?]?[0-9:;]*[ -/]*[@-~]"
    r"|[\x00-\x1a\x1c-\x1f\x7f]"
    r"|\x1b[ -/]?[0-OQ-WYZ\\`-jl-~])"
    r"|(\x1b)"
)
TEXT, STYLE, STEP = 1, 2, 3
"""The group of each kind of token; the last one needs a closer look."""

SEQUENCE = re.compile(r"\x1b\[([<=>?]?)([0-9:;]*)([ -/]*[@-~])")
Step = Callable[[Canvas], None]
MAX_STEPS = 4096
"""How many sequences are remembered with what they do."""

ODD = {
    "[": re.compile(r"\x1b\[([^@-~\x18\x1a\x1b]*)([@-~\x18\x1a\x1b])"),
    " ": re.compile(r"\x1b([^0-~\x18\x1a\x1b]*)([0-~\x18\x1a\x1b])"),
}
CLEAN = re.compile(r"([<=>?]?)([0-9:;]*)([ -/]*)")
CODED = re.compile(r"[ -~]+")
DEVICE_HEAD = re.compile(r"\x1bP[<=>?]?[0-9;]*[ -/]*")
DEVICE_TEXT = re.compile(r"[^\x1b]*(?:\x1b[^\\][^\x1b]*)*")

STRINGS = frozenset("]_kX^")
ENDS = {
    "]": re.compile(r"[\x07\x18\x1a\x1b]"),
    "[": re.compile(r"[@-~\x18\x1a\x1b]"),
    " ": re.compile(r"[0-~\x18\x1a\x1b]"),
}
"""What ends a control string, or a sequence that is dropped for its length."""
OTHER_END = re.compile(r"[\x18\x1a\x1b]")

UNKNOWN_TO_TMUX = "ace'"
SEQUENCES = {
    **{key: name for key, name in pyte.Stream.csi.items() if key not in UNKNOWN_TO_TMUX},
    "S": "scroll_up",
    "T": "scroll_down",
    "Z": "cursor_back_tab",
    "`": "cursor_to_column",
}
SEVERAL = frozenset("Hfrhlmn")
MANY = frozenset({"h", "l", "?h", "?l"})
"""Sequences that take any number of parameters."""

SKIPPED = {3: 2, 4: 2, 8: 2, 9: 1, 10: 1}
"""How many parameters other window operations take."""

ESCAPES = {
    **pyte.Stream.escape,
    "E": "next_line",
    "#8": "alignment_display",
}
IGNORED_SEQUENCES = frozenset({"c", ">c", ">m", ">n", "n", " q", ">q"})
IGNORED_ESCAPES = frozenset("=>\\")
"""What tmux knows and a screen does not show; anything else leaves the character to repeat."""

DESIGNATIONS = frozenset({"(0", "(B", ")0", ")B"})

COUNTED = {key: name for key, name in SEQUENCES.items() if key not in SEVERAL}
"""Operations with one number."""
OTHERS: dict[str, tuple[str, dict[str, bool]]] = {
    "H": ("cursor_position", {}),
    "f": ("cursor_position", {}),
    "r": ("set_margins", {}),
    "h": ("set_mode", {}),
    "l": ("reset_mode", {}),
    "?h": ("set_mode", {"private": True}),
    "?l": ("reset_mode", {"private": True}),
}
SAVING = {"s": "save_cursor", "u": "restore_cursor"}
"""Operations that ignore their numbers."""


class Stream:
    """Feeds a canvas. What is unfinished waits for the next piece; nothing grows without bound."""

    def __init__(self, canvas: Canvas) -> None:
        self.canvas = canvas
        self.messages = Messages()
        self._tail = ""
        self._string = ""
        self._parts: list[str] = []
        self._size = 0
        self._last = ""

    def feed(self, text: str) -> None:
        """Take the next piece of text."""
        data, at = self._tail + text, 0
        self._tail = ""
        while at < len(data):
            at = self._swallow(data, at) if self._string else self._run(data, at)

    def _run(self, data: str, at: int) -> int:
        """Do what stands from `at` on; return where to go on."""
        canvas, steps = self.canvas, _STEPS
        for token in TOKENS.finditer(data, at):
            kind = token.lastindex
            if kind == TEXT:
                text = token[1]
                canvas.draw(text)
                self._last = text[-1]
            elif kind == STYLE:
                ink = canvas.ink
                canvas.ink = ink.after.get(token[2]) or ink.shift(token[2])
                self._last = ""
            elif kind == STEP:
                step = steps.get(token[3]) or self._find_step(token[3])
                if step is not None:
                    step(canvas)
                    self._last = ""
            else:
                return self._look_closer(data, token.start())
        return len(data)

    # -- what is complete ------------------------------------------------------------------------

    def _find_step(self, text: str) -> Step | None:
        """Return what a control, escape or sequence does, or None if tmux does not know it."""
        step = _STEPS.get(text) or self._read_own_step(text)
        if step is None and (step := _read_step(text)) is not None:
            if len(_STEPS) >= MAX_STEPS:
                _STEPS.clear()
            _STEPS[text] = step
        return step

    def _read_own_step(self, text: str) -> Step | None:
        """Return what is done by the stream itself, not by its canvas."""
        if text == "\a":
            return lambda _: self.messages.ring()
        if text[-1] not in "bt" or not (found := SEQUENCE.fullmatch(text)):
            return None
        parameters = _read_parameters(found[2])
        own = {"b": self._repeat, "t": self._change_titles}.get(found[1] + found[3])
        return None if own is None or parameters is None else lambda _: own(*parameters)

    def _do(self, text: str) -> None:
        step = self._find_step(text)
        if step is not None:
            step(self.canvas)
            self._last = ""

    def _repeat(self, count: int | None = None, *_: int | None) -> None:
        if self._last.isascii():
            room = self.canvas.columns - self.canvas.cursor.x
            self.canvas.draw(self._last * min(count or 1, room))

    def _change_titles(self, *numbers: int | None) -> None:
        """Do XTWINOPS 22 and 23, which push and pop the title; skip the parameters of others."""
        rest = iter(numbers)
        for number in rest:
            if number is None:
                return
            if number in {22, 23} and next(rest, None) in {0, 2}:
                (self.canvas.push_title if number == 22 else self.canvas.pop_title)()  # noqa: PLR2004
            for _ in range(SKIPPED.get(number, 0)):
                if next(rest, None) is None:
                    return

    # -- what is not -----------------------------------------------------------------------------

    def _look_closer(self, data: str, at: int) -> int:
        """Begin a control string, wait for the rest, or sort out a sequence with controls in it."""
        head = data[at + 1 : at + 2]
        if head in STRINGS and head:
            return self._begin(head, at + 2)
        if head == "P":
            return self._begin_device(data, at)
        kind = "[" if head == "[" else " "
        found = ODD[kind].match(data, at)
        if found is None:
            if len(data) - at <= MAX_SEQUENCE:
                self._tail = data[at:]
                return len(data)
            return self._begin(kind, at + MAX_SEQUENCE)
        body, end = found[1], found[2]
        if len(body) < MAX_SEQUENCE - 1:
            self._do_odd(kind, body, end)
        if kind == " " and end in "P[]_kX^" and not CODED.search(body):
            return self._begin(end, found.end())
        return found.end() - (end == "\x1b")

    def _do_odd(self, kind: str, body: str, end: str) -> None:
        """Do the controls inside a sequence, then the sequence without them and what is ignored."""
        for char in body:
            self._do(char)
        clean = CLEAN.fullmatch("".join(CODED.findall(body)))
        if end < " " or clean is None:
            return
        if kind == " ":
            self._do(f"\x1b{clean[3]}{end}")
        elif end == "m" and not clean[1] + clean[3]:
            self.canvas.ink = self.canvas.ink.shift(clean[2])
            self._last = ""
        else:
            self._do(f"\x1b[{clean[0]}{end}")

    def _begin(self, kind: str, at: int) -> int:
        self._string, self._parts, self._size, self._last = kind, [], 0, ""
        return at

    def _begin_device(self, data: str, at: int) -> int:
        """Begin a DCS string; tmux ends one whose head is not in order at any ESC."""
        found = DEVICE_HEAD.match(data, at)
        end = found.end() if found else at + 2
        if end == len(data) and end - at <= MAX_SEQUENCE:
            self._tail = data[at:]
            return end
        if "@" <= data[end : end + 1] <= "~":
            return self._begin("P", end + 1)
        return self._begin("X", end)

    def _swallow(self, data: str, at: int) -> int:
        """Take the payload of the control string that is under way."""
        limit = at + MAX_STRING - self._size
        if self._string == "P":
            return self._swallow_device(data, at, limit)
        found = ENDS.get(self._string, OTHER_END).search(data, at, limit)
        end = found.start() if found else min(limit, len(data))
        if self._size + end - at <= MAX_PAYLOAD:
            self._parts.append(data[at:end])
        self._size += end - at
        if found:
            self._finish()
            return end + (found[0] != "\x1b")
        if end == limit:
            self._string = ""
        return end

    def _swallow_device(self, data: str, at: int, limit: int) -> int:
        found = DEVICE_TEXT.match(data, at, limit)
        end = found.end() if found else at
        self._size += end - at
        if data.startswith("\x1b\\", end):
            self._string = ""
            return end + 2
        if end >= limit - 1:
            self._string = ""
            return end
        self._tail = data[end:]
        return len(data)

    def _finish(self) -> None:
        """Do what the control string says, unless it was too long to be kept."""
        kind, self._string = self._string, ""
        payload, self._parts = "".join(self._parts), []
        if self._size > MAX_PAYLOAD:
            return
        if kind == "]":
            self.messages.read_command(self.canvas, payload)
        elif kind == "_":
            self.messages.read_application(self.canvas, payload)


_STEPS: dict[str, Step] = {}
"""What sequences do, for all streams."""


def _read_step(text: str) -> Step | None:
    key = text[1:]
    if not key:
        name = pyte.Stream.basic.get(text)
        return methodcaller(name) if name else _ignore if text < " " else None
    if found := SEQUENCE.fullmatch(text):
        return _read_sequence(found[1] + found[3], found[2])
    if key in DESIGNATIONS:
        return methodcaller("define_charset", key[1], key[0])
    name = ESCAPES.get(key)
    return methodcaller(name) if name else _ignore if key in IGNORED_ESCAPES else None


def _read_sequence(key: str, text: str) -> Step | None:
    parameters = _read_parameters(text)
    if parameters is None:
        return None
    if name := COUNTED.get(key):
        return methodcaller(name, int(parameters[0] or 0) if parameters else 0)
    if name := SAVING.get(key):
        return methodcaller(name)
    if key in OTHERS:
        name, options = OTHERS[key]
        return methodcaller(name, *parameters[: None if key in MANY else 2], **options)
    return _ignore if key in IGNORED_SEQUENCES else None


def _read_parameters(text: str) -> tuple[Any, ...] | None:
    return None if ":" in text else parse_parameters(text)


def _ignore(canvas: Canvas) -> None:
    """Do nothing, as tmux does."""
