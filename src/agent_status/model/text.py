"""What is told to the user: a problem with its mend, a text of one line."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """Something of the user's that is wrong, and how to mend it."""

    where: str
    what: str
    mend: str = ""

    def __str__(self) -> str:
        """Return the problem as one line."""
        return f"{self.where}: {self.what}" + (f" ({self.mend})" if self.mend else "")


def clip_text(text: str, width: int) -> str:
    """Return `text` on one line, at most `width` characters, with an ellipsis where it was cut."""
    line = " ".join(text.split())
    return line if len(line) <= width else line[: max(0, width - 1)] + "…"
