"""Drawn frames as text, as tmux captured them with their colours, and as pictures."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

NIGHT = TerminalTheme(
    (24, 25, 33),
    (205, 208, 218),
    [
        (56, 58, 72),
        (235, 110, 122),
        (140, 196, 120),
        (226, 186, 110),
        (110, 160, 240),
        (196, 130, 220),
        (90, 190, 200),
        (205, 208, 218),
    ],
    [
        (110, 114, 132),
        (255, 135, 145),
        (165, 220, 145),
        (245, 210, 140),
        (140, 185, 255),
        (220, 160, 245),
        (120, 215, 225),
        (240, 242, 248),
    ],
)

PAGE = """\
<svg viewBox="0 0 {terminal_width} {terminal_height}" xmlns="http://www.w3.org/2000/svg"
  xml:space="preserve">
<style>
.{unique_id}-matrix {{
  font: {char_height}px "DejaVu Sans Mono", Menlo, Consolas, monospace;
  line-height: {line_height}px;
}}
{styles}
</style>
<defs><clipPath id="{unique_id}-clip-terminal"><rect width="100%" height="100%"/></clipPath>
{lines}</defs>
<rect width="100%" height="100%" rx="8" fill="#181921"/>
<g clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


ASPECT = 0.602
"""Width by height of the font's characters."""


def draw_svg(screen: str) -> str:
    """Return a captured screen, with the colours that are in it, as a picture."""
    rows = [Text.from_ansi(line) for line in screen.splitlines()]
    width = max(row.cell_len for row in rows)
    console = Console(width=width, record=True, file=io.StringIO(), force_terminal=True)
    for row in rows:
        console.print(row, no_wrap=True, overflow="crop", highlight=False)
    page = console.export_svg(
        theme=NIGHT, code_format=PAGE, font_aspect_ratio=ASPECT, unique_id="agent-status"
    )
    return "\n".join(line.rstrip() for line in page.splitlines()) + "\n"


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
        for suffix, page in (("txt", text), ("ansi", coloured), ("svg", draw_svg(coloured))):
            base.with_suffix(f".{suffix}").write_text(page, "utf-8")


def trim(text: str) -> Iterator[str]:
    """Yield the lines of a frame without the blanks at their ends."""
    yield from (line.rstrip() for line in text.rstrip("\n").splitlines())
