"""What programs say to the terminal besides text: titles, notices, progress, marks, status."""

import re
from dataclasses import dataclass
from typing import Protocol

MAX_NOTICES = 8
MAX_NOTICE = 1000
CONTROLS = dict.fromkeys(range(0x20))
NUMBERED = re.compile(r"(\d{1,6});?(.*)", re.DOTALL)
STATUS = 7501
"""The Program Status Protocol: `7501;state=S[:kind=K][:id=PATH]...`, revision 0.3 of 2026-10."""
STATES = frozenset({"idle", "working", "blocked", "done", "error"})
MAX_STATUS = 4096
ENDED_BY_PROMPT = ("working", "blocked")
"""States of a program that are over once the shell shows its prompt (OSC 133 A)."""
PROGRESS = re.compile(r"4;(\d{1,2})(?:;(\d{1,3}))?")


class Titled(Protocol):
    """What has a title."""

    def set_title(self, title: str) -> None:
        """Set the title."""


@dataclass(slots=True)
class Messages:
    """Evidence from control strings, none of which is part of the screen; all of it is bounded."""

    bells: int = 0
    notices: tuple[str, ...] = ()
    progress: tuple[int, int] | None = None
    prompt_marks: str = ""
    report: str = ""
    """State and kind that the program reports of itself, such as `blocked permission`."""

    def ring(self) -> None:
        """Count a bell."""
        self.bells += 1

    def read_command(self, canvas: Titled, payload: str) -> None:
        """Do what an OSC string says; those that are unknown are ignored."""
        found = NUMBERED.fullmatch(payload.translate(CONTROLS))
        if found is None:
            return
        number, text = int(found[1]), found[2]
        if number in {0, 2}:
            canvas.set_title(text)
        elif number == 9:  # noqa: PLR2004
            self._read_notice_or_progress(text)
        elif number in {99, 777}:
            self._keep_notice(text)
        elif number == STATUS:
            self._read_report(text)
        elif number == 133:  # noqa: PLR2004
            self.prompt_marks = (self.prompt_marks + text[:1])[-MAX_NOTICES:]
            if text[:1] == "A" and self.report.startswith(ENDED_BY_PROMPT):
                self.report = ""

    def read_application(self, canvas: Titled, payload: str) -> None:
        """Use an APC string as the title, as tmux does."""
        canvas.set_title(payload.translate(CONTROLS))

    def _read_report(self, text: str) -> None:
        """Take the report on the program itself; those on its parts have an id."""
        if len(text) > MAX_STATUS:
            return
        fields = dict(part.partition("=")[::2] for part in text.split(":"))
        state = fields.get("state", "")
        if fields.get("id") or not (state in STATES or state == "clear"):
            return
        kind = fields.get("kind", "") if state == "blocked" else ""
        self.report = "" if state == "clear" else f"{state} {kind}".rstrip()

    def _read_notice_or_progress(self, text: str) -> None:
        found = PROGRESS.fullmatch(text)
        if found is None:
            self._keep_notice(text)
        else:
            self.progress = (int(found[1]), min(100, int(found[2] or 0)))

    def _keep_notice(self, text: str) -> None:
        self.notices = (*self.notices, text[:MAX_NOTICE])[-MAX_NOTICES:]


class Untitled:
    """What has no title to set."""

    def set_title(self, title: str) -> None:
        """Do nothing."""


UNTITLED = Untitled()
STRINGS = re.compile(
    r"\x1b\]([^\x07\x1b\x18\x1a]*)(\x07|\x1b\\|[\x18\x1a])|\x1b[P_^X][^\x1b]*\x1b\\|\x07"
)
UNFINISHED = re.compile(r"\x1b(?:[\]P_^X][^\x07\x1b\x18\x1a]*\x1b?)?\Z")
MAX_HELD = 8192


class MessageScanner:
    """Finds messages in output that is not emulated, cut anywhere."""

    def __init__(self, messages: Messages) -> None:
        self.messages = messages
        self._held = ""

    def is_needed(self, data: bytes) -> bool:
        """Return True if there may be a message, or a part of one."""
        return bool(self._held) or b"\x1b]" in data or b"\a" in data or data.endswith(b"\x1b")

    def scan(self, text: str) -> None:
        """Take the messages in `text`; a title and other strings are skipped."""
        text = self._held + text
        unfinished = UNFINISHED.search(text)
        end = (
            unfinished.start() if unfinished and len(text) - unfinished.start() < MAX_HELD else None
        )
        self._held = text[end:] if end is not None else ""
        for found in STRINGS.finditer(text[:end]):
            if found[0] == "\a":
                self.messages.ring()
            elif found[1] is not None and found[2] not in "\x18\x1a":
                self.messages.read_command(UNTITLED, found[1])
