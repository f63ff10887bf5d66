"""Drawn frames as text, as tmux captured them with their colours, and as pictures."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from touring.film import Frame, draw_film, read_rows


@dataclass(frozen=True)
class Album:
    """Keeps every frame in a folder, in order; keeps none without a folder."""

    folder: Path | None

    def keep(self, number: int, name: str, text: str, coloured: str) -> None:
        """Write the frame as NUMBER-NAME in .txt, .ansi and .svg."""
        if self.folder is None:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        base = self.folder / f"{number:02}-{name}"
        for suffix, page in (
            ("txt", text),
            ("ansi", coloured),
            ("svg", draw_film([Frame(read_rows(coloured))])),
        ):
            base.with_suffix(f".{suffix}").write_text(page, "utf-8")


def trim(text: str) -> Iterator[str]:
    """Yield the lines of a frame without the blanks at their ends."""
    yield from (line.rstrip() for line in text.rstrip("\n").splitlines())
