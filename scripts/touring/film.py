"""Screens as one SVG picture that needs no script: a still, or frames that follow each other."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from xml.sax.saxutils import escape

from rich.cells import cell_len
from rich.color import blend_rgb
from rich.color_triplet import ColorTriplet
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
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

CELL_X, CELL_Y, MARGIN, CAPTION = 8.43, 17, 12, 30
"""Pixels of a cell, around the screen, and of the line that says what happens."""

WORDS = re.compile(r"\S+(?: \S+)*")
"""What is placed as a whole: one blank may be in it, and no font can shift what follows two."""

PAGE = """\
<svg viewBox="0 0 {width:g} {height:g}" xmlns="http://www.w3.org/2000/svg">
<style>
text {{ font: 14px "DejaVu Sans Mono", Menlo, Consolas, monospace }}
.caption {{ font: 600 15px system-ui, "DejaVu Sans", sans-serif; fill: #cdd0da }}
{styles}
@media (prefers-reduced-motion: reduce) {{ g {{ animation: none !important }} }}
</style>
<rect width="100%" height="100%" rx="8" fill="{ground}"/>
{rows}
</svg>
"""


@dataclass(frozen=True)
class Frame:
    """A screen, how long it is shown, and what happens in it."""

    rows: Sequence[Text]
    seconds: float = 1.0
    caption: str = ""


@dataclass(frozen=True)
class Look:
    """How a run of characters is drawn."""

    fg: str
    bold: bool = False
    italic: bool = False
    underline: bool = False

    def render(self) -> str:
        """Return it as CSS."""
        bold = ";font-weight:bold" * self.bold
        italic = ";font-style:italic" * self.italic
        return f"fill:{self.fg}{bold}{italic}" + ";text-decoration:underline" * self.underline


def read_rows(screen: str) -> list[Text]:
    """Return the rows of a captured screen, with the colours that are in it."""
    return [Text.from_ansi(line) for line in screen.rstrip("\n").split("\n")]


def draw_film(frames: Sequence[Frame], still: int = 0) -> str:
    """
    Return the frames as a picture that repeats; `still` is shown where nothing may move.

    A row that is the same in several frames is drawn once.
    """
    shown = list_rows(frames)
    looks: dict[Look, str] = {}
    rows, shows = [], dict.fromkeys(frozenset(when) for when in shown.values())
    names = {when: f"f{number}" for number, when in enumerate(shows)}
    for (y, _), when in shown.items():
        row = next(frames[index] for index in when).rows[y] if y >= 0 else None
        drawn = "".join(draw_row(row, y, looks) if row is not None else draw_caption(frames, when))
        moves = len(when) < len(frames)
        rows.append(f'<g class="{names[frozenset(when)]}">{drawn}</g>' if moves else drawn)
    styles = [f".{name} {{{look.render()}}}" for look, name in looks.items()]
    styles += [
        line
        for when, name in names.items()
        if len(when) < len(frames)
        for line in animate(name, when, frames, still)
    ]
    width = max(row.cell_len for frame in frames for row in frame.rows)
    height = max(len(frame.rows) for frame in frames)
    return PAGE.format(
        width=width * CELL_X + 2 * MARGIN,
        height=height * CELL_Y + 2 * MARGIN + CAPTION * any(frame.caption for frame in frames),
        styles="\n".join(styles),
        ground=NIGHT.background_color.hex,
        rows="\n".join(filter(None, rows)),
    )


def list_rows(frames: Sequence[Frame]) -> dict[tuple[int, str], list[int]]:
    """Return in which frames each row is shown, by its place and content; captions are at -1."""
    shown: dict[tuple[int, str], list[int]] = {}
    for index, frame in enumerate(frames):
        for y, row in enumerate(frame.rows):
            shown.setdefault((y, f"{row.plain.rstrip()}{row.spans}"), []).append(index)
        if frame.caption:
            shown.setdefault((-1, frame.caption), []).append(index)
    return shown


def animate(name: str, when: frozenset[int], frames: Sequence[Frame], still: int) -> Iterator[str]:
    """Yield the CSS that shows a class in some of the frames."""
    total = sum(frame.seconds for frame in frames)
    starts = [0.0, *accumulate(frame.seconds for frame in frames)][:-1]
    steps = [(-1, False), *((index, index in when) for index in range(len(frames)))]
    changes = [
        f"{100 * starts[index] / total:.2f}%{{visibility:{'visible' if on else 'hidden'}}}"
        for (_, before), (index, on) in pairwise(steps)
        if index == 0 or on != before
    ]
    yield f"@keyframes {name} {{{''.join(changes)}}}"
    rest = "visible" if still in when else "hidden"
    yield f".{name} {{visibility:{rest};animation:{name} {total:g}s step-end infinite}}"


def draw_caption(frames: Sequence[Frame], when: Sequence[int]) -> Iterator[str]:
    """Yield the line that says what happens."""
    y = max(len(frame.rows) for frame in frames) * CELL_Y + 2 * MARGIN + CAPTION / 2
    yield f'<text class="caption" x="{MARGIN}" y="{y:g}">{escape(frames[when[0]].caption)}</text>'


def draw_row(row: Text, y: int, looks: dict[Look, str]) -> Iterator[str]:
    """Yield the elements of a row; a look that is new gets a name in `looks`."""
    console, column = Console(color_system="truecolor", width=1000), 0
    top = MARGIN + y * CELL_Y
    for segment in Segment.simplify(row.render(console)):
        text, size = segment.text.strip("\n"), cell_len(segment.text.strip("\n"))
        look, ground = find_look(segment.style or Style.null())
        left = MARGIN + column * CELL_X
        if ground:
            yield (
                f'<rect x="{left:g}" y="{top:g}" width="{size * CELL_X:g}" height="{CELL_Y}"'
                f' fill="{ground}"/>'
            )
        for words in WORDS.finditer(text):
            name = looks.setdefault(look, f"c{len(looks)}")
            begin = left + cell_len(text[: words.start()]) * CELL_X
            yield (
                f'<text class="{name}" x="{begin:g}" y="{top + 0.76 * CELL_Y:g}"'
                f' textLength="{cell_len(words[0]) * CELL_X:g}">{escape(words[0])}</text>'
            )
        column += size


def find_look(style: Style) -> tuple[Look, str]:
    """Return how characters of a style are drawn, and their ground where it is not the page's."""
    fg = style.color.get_truecolor(NIGHT) if style.color else NIGHT.foreground_color
    bg = style.bgcolor.get_truecolor(NIGHT, foreground=False) if style.bgcolor else None
    ground = bg or ColorTriplet(*NIGHT.background_color)
    if style.reverse:
        fg, bg = ground, fg
    if style.dim:
        fg = blend_rgb(ColorTriplet(*fg), ground, 0.45)
    look = Look(fg.hex, bool(style.bold), bool(style.italic), bool(style.underline))
    plain = bg is None or bg == NIGHT.background_color
    return look, "" if plain or bg is None else bg.hex
