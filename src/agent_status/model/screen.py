"""The content of a pane: styled rows, parsed or as captured."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Style:
    """The style of cells. `fg` and `bg` are `default`, a pyte colour name, or six hex digits."""

    fg: str = "default"
    bg: str = "default"
    bold: bool = False
    dim: bool = False
    italic: bool = False
    underline: bool = False
    reverse: bool = False
    strike: bool = False


PLAIN = Style()


@dataclass(frozen=True, slots=True)
class Span:
    """A run of one style; `start` and `end` are indexes into the row's text, not columns."""

    start: int
    end: int
    style: Style


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a screen: its text without trailing blanks, and the spans that are not plain."""

    text: str = ""
    spans: tuple[Span, ...] = ()
    goes_on: bool = False
    """True if blanks were written behind the text, where the source tells."""

    def style_at(self, index: int) -> Style:
        """Return the style of the character at `index` of the text."""
        for span in self.spans:
            if span.start <= index < span.end:
                return span.style
        return PLAIN


@dataclass(frozen=True, slots=True)
class Cursor:
    """The position of the cursor in columns and rows from the upper left corner, from 0."""

    x: int = 0
    y: int = 0
    visible: bool = True


ORIGIN = Cursor()


@dataclass(frozen=True, slots=True)
class Screen:
    """An immutable picture of a pane's visible grid; `rows` always has `height` entries."""

    width: int
    height: int
    rows: tuple[Row, ...]
    cursor: Cursor = ORIGIN
    title: str = ""
    alternate: bool = False

    @property
    def lines(self) -> tuple[str, ...]:
        """The text of each row."""
        return tuple([row.text for row in self.rows])

    @property
    def text(self) -> str:
        """The rows' texts joined by newlines."""
        return "\n".join(row.text for row in self.rows)


@dataclass(frozen=True, slots=True)
class Capture:
    """One `capture-pane -p -e` with the pane's formats: a screen before parsing."""

    width: int
    height: int
    lines: tuple[str, ...]
    """One string a row, with the SGR sequences that tmux writes; the style carries over rows."""
    cursor: Cursor = ORIGIN
    title: str = ""
    alternate: bool = False
    blanks: bool = False
    """True if the lines hold the blanks that were written at their ends."""
