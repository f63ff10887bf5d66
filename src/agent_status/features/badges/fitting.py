"""
Formats with which tmux picks, per client, a summary that fits and the right icons.

The daemon keeps the summary in several widths, and the formats in options. tmux expands them for
one client at a time, so two clients of a server each see what fits. `E:` expands an option, `w:`
measures text, `s` substitutes. A word in capitals stands for a number that is inserted before the
format is expanded, so it is computed once. Pane text is never expanded.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise

from agent_status.features.badges.render import find_icon
from agent_status.features.badges.summary import render_summary
from agent_status.model import CONFLICT, STATES, Sighting
from agent_status.options import Options

SUMMARY = "@agent-status-summary"
WIDTHS = (*range(8, 32, 4), *range(32, 65, 8), *range(96, 500, 32))
"""The columns for which there is a summary of its own, up to the widest that the user wants."""
NARROW = "#{e|<:#{client_width},120}"
"""True if a request may take the place of the rest of `status-right`."""
MIN_WIDTH = "#{e|/:#{e|*:#{client_width},3},10}"
"""The columns that a summary with a request takes if there is too little room for it."""
POOR = "#{e|/:#{client_width},4}"
"""Fewer columns than these are too little."""
TEXTS = {" · ": ", ", "…": "~"}
"""What stands in our texts beside the icons, and what for it where there is no UTF-8."""

_ITSELF = "s/..E.@agent-status-summary-format.//"
"""Takes the summary out of a format: what is measured must not measure itself."""
LEFT = f"#{{w:#{{T;=/#{{status-left-length}}:#{{{_ITSELF}:status-left}}}}}}"
LIST = (
    "#{w:#{W:#{T:window-status-format}#{window-status-separator},"
    "#{T:window-status-current-format}#{window-status-separator}}}"
)
"""Counts the columns of all windows, with a blank behind them."""
REST = f"#{{w:#{{T:#{{{_ITSELF}:status-right}}}}}}"
"""Counts the columns of `status-right` without the summary."""
COUNTED = {"LEFT": LEFT, "LIST": LIST, "REST": REST}
FREE = "#{e|-:#{e|-:#{client_width},LEFT},LIST}"
"""The columns that left side and windows leave."""
BESIDE = f"#{{e|-:{FREE},REST}}"
"""Those that the rest of `status-right` leaves, too."""
RIGHT = "#{==:#{m:*@agent-status-summary*,#{status-left}},0}"
"""True if what follows the summary is the rest of `status-right`, and not of `status-left`."""
MIDDLE = f"#{{&&:{RIGHT},#{{==:#{{status-justify}},absolute-centre}}}}"
"""True if the windows are drawn in the middle of the line, over anything else there."""
UNCOVERED = "#{e|-:#{e|/:#{e|-:#{client_width},LIST},2},REST}"
"""The columns between such windows and the rest of `status-right`."""
UNCOVER = f"#{{?{MIDDLE},#[list=on align=left]#[nolist align=right],}}"
"""Has tmux draw such windows behind the left side, where they cover nothing."""
_CUT = "#[norange default align=centre]#{p500:}"
_LISTED = "#[norange default align=centre list=on]"
ASIDE = f"#{{?#{{==:#{{status-justify}},centre}},{_LISTED},{_CUT}}}"
"""
Moves what follows to where tmux cuts first: into the centre, behind more blanks than a line has.

Where the windows are in the centre themselves it is cut with them, behind the last one.
"""
OLD = "#{m/r:^3[.]2,#{version}}"
"""True if tmux expands formats ten deep only, which is not enough to measure."""
OLD_WIDTH = 24
"""Of the summary there, in a narrow client; in others it takes a third."""


def list_widths(options: Options) -> tuple[int, ...]:
    """Return the widths of the summaries, narrowest first."""
    return (*(one for one in WIDTHS if one < options.summary_width), options.summary_width)


def render_summaries(
    sightings: Sequence[Sighting], now: float, options: Options
) -> Mapping[str, str]:
    """Return the summary in each width, by option name; see `render_summary`."""
    return {
        _name_summary(width, options): render_summary(sightings, now, options, width)
        for width in list_widths(options)
    }


def render_formats(options: Options, *, waits: bool) -> Mapping[str, str]:
    """
    Return the formats used by themes and by our own fragments, by option name.

    `waits` is True if the summary begins with a request, which then gets more room.
    """
    plain = {
        f"@agent-status-{kind}-format": _choose_icons(f"#{{@agent-status-{kind}}}", options)
        for kind in ("pane", "window", "session")
    }
    counted = ";".join(f"s/{word}/{number}/" for word, number in COUNTED.items())
    fitted = f"#{{E:#{{{counted}:{SUMMARY}-fit}}}}"
    old = _choose_icons(_render_old(options, waits=waits), options)
    return plain | {
        f"{SUMMARY}-format": f"#{{?{OLD},{old},{fitted}}}",
        f"{SUMMARY}-fit": _render_fit(waits=waits),
        f"{SUMMARY}-pick": _choose_icons(_render_pick(options), options),
    }


def list_options() -> tuple[str, ...]:
    """Return the names of all options that `render_formats` and `render_summaries` may set."""
    formats = render_formats(Options(), waits=False)
    return (*formats, SUMMARY, *(f"{SUMMARY}-{width}" for width in WIDTHS))


def _render_fit(*, waits: bool) -> str:
    """Return a format that picks a summary for FREE columns, or for those beside the REST."""
    amidst, beside = (_fill_room(columns) for columns in (UNCOVERED, BESIDE))
    if not waits:
        return f"#{{?{MIDDLE},{amidst},{beside}}}"
    squeezed = f"#{{&&:{RIGHT},#{{&&:{NARROW},#{{e|<:{BESIDE},{POOR}}}}}}}"
    whole, shared = (
        _fill_room(f"#{{?#{{e|<:{room},{POOR}}},{MIN_WIDTH},{room}}}") for room in (FREE, BESIDE)
    )
    alone = f"{UNCOVER}#{{?{squeezed},{whole}{ASIDE},{shared}}}"
    return f"#{{?#{{&&:{MIDDLE},#{{e|>=:{UNCOVERED},{POOR}}}}},{amidst},{alone}}}"


def _render_old(options: Options, *, waits: bool) -> str:
    """Return a format that picks a summary by client width alone."""
    short = _name_summary(min(OLD_WIDTH, options.summary_width), options)
    narrow, wide = (f"#{{=/#{{e|/:#{{client_width}},3}}/…:{name}}}" for name in (short, SUMMARY))
    return f"#{{?{NARROW},{UNCOVER}{narrow}{ASIDE},{wide}}}" if waits else wide


def _fill_room(columns: str) -> str:
    return f"#{{E:#{{s/ROOM/{columns}/:{SUMMARY}-pick}}}}"


def _render_pick(options: Options) -> str:
    """Return a format that shows the widest summary that fits into ROOM columns, if any."""
    widths = list_widths(options)
    parts = [
        f"#{{?#{{&&:#{{e|>=:ROOM,{width}}},#{{e|<:ROOM,{wider}}}}},"
        f"#{{{_name_summary(width, options)}}},}}"
        for width, wider in pairwise(widths)
    ]
    return "".join(parts) + f"#{{?#{{e|>=:ROOM,{widths[-1]}}},#{{{SUMMARY}}},}}"


def _name_summary(width: int, options: Options) -> str:
    return SUMMARY if width == options.summary_width else f"{SUMMARY}-{width}"


def _choose_icons(text: str, options: Options) -> str:
    """Return a format that shows `text` to UTF-8 clients, and ASCII to others."""
    looks = (*STATES.values(), CONFLICT)
    pairs = {find_icon(look, options): look.ascii for look in looks} | TEXTS
    changes = ";".join(f"s|{icon}|{plain}|" for icon, plain in pairs.items() if icon != plain)
    return f"#{{?client_utf8,{text},#{{{changes}:{text}}}}}"
