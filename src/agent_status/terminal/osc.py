"""What programs tell the terminal beside text: titles, notices, progress, prompt marks."""

import re
from dataclasses import dataclass

from agent_status.terminal.emulator import Canvas

MAX_NOTICES = 8
MAX_NOTICE = 1000
CONTROLS = dict.fromkeys(range(0x20))
NUMBERED = re.compile(r"(\d{1,6});?(.*)", re.DOTALL)
PROGRESS = re.compile(r"4;(\d{1,2})(?:;(\d{1,3}))?")


@dataclass(slots=True)
class Messages:
    """Evidence from control strings, none of which is part of the screen; all of it is bounded."""

    bells: int = 0
    notices: tuple[str, ...] = ()
    progress: tuple[int, int] | None = None
    prompt_marks: str = ""

    def ring(self) -> None:
        """Count a bell."""
        self.bells += 1

    def read_command(self, canvas: Canvas, payload: str) -> None:
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
        elif number == 133:  # noqa: PLR2004
            self.prompt_marks = (self.prompt_marks + text[:1])[-MAX_NOTICES:]

    def read_application(self, canvas: Canvas, payload: str) -> None:
        """Use an APC string as the title, as tmux does."""
        canvas.set_title(payload.translate(CONTROLS))

    def _read_notice_or_progress(self, text: str) -> None:
        found = PROGRESS.fullmatch(text)
        if found is None:
            self._keep_notice(text)
        else:
            self.progress = (int(found[1]), min(100, int(found[2] or 0)))

    def _keep_notice(self, text: str) -> None:
        self.notices = (*self.notices, text[:MAX_NOTICE])[-MAX_NOTICES:]
