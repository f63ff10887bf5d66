"""One table of the tmux options: name, type, default and purpose of each."""

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import Field, dataclass, field, fields
from difflib import get_close_matches
from typing import Any

from agent_status.model import (
    CONFLICT,
    FOR_AGENTS,
    NEEDS_YOU,
    PALETTES,
    SETS,
    STATES,
    Channel,
    Grade,
    Icon,
    Problem,
    State,
    Verb,
)

PREFIX = "@agent-status-"
CHOOSER_KEY = f"{PREFIX}key"
"""The one key that opens the chooser: if it is bound already, that is a problem."""
GROUNDS = {"dark": "black", "light": "brightwhite"}
"""What is behind badges and summary in each palette."""
MAX_DAYS = 3650
MAX_MINUTES = 1440
MAX_LINES = 1_000_000


@dataclass(frozen=True, slots=True)
class Kind:
    """What an option may hold: in words, and a parser that raises ValueError on anything else."""

    holds: str
    parse: Callable[[str], Any]


def parse_flag(text: str) -> bool:
    """Return True if `text` is one of tmux's words for yes; raise ValueError for neither."""
    words = {"on": True, "1": True, "yes": True, "true": True}
    words |= {"off": False, "0": False, "no": False, "false": False}
    if text.lower() not in words:
        raise ValueError(text)
    return words[text.lower()]


def match_whole(pattern: str) -> Callable[[str], str]:
    """Return a parser that takes only texts that match `pattern` as a whole."""
    compiled = re.compile(pattern)

    def parse(text: str) -> str:
        if not compiled.fullmatch(text):
            raise ValueError(text)
        return text

    return parse


def parse_columns(text: str) -> int:
    """Return a width between 10 and 500 columns."""
    columns = int(text)
    if not 10 <= columns <= 500:  # noqa: PLR2004
        raise ValueError(text)
    return columns


def parse_days(text: str) -> int:
    """Return how many days to keep, 0 for `off`."""
    days = 0 if text.lower() == "off" else int(text)
    if not 0 <= days <= MAX_DAYS:
        raise ValueError(text)
    return days


def parse_minutes(text: str) -> float:
    """Return minutes, at most a day of them; infinite for `off`."""
    minutes = math.inf if text.lower() == "off" else float(text)
    if not (minutes == math.inf or 0 < minutes <= MAX_MINUTES):
        raise ValueError(text)
    return minutes


def parse_lines(text: str) -> float:
    """Return a number of lines; infinite for `off`."""
    lines = math.inf if text.lower() == "off" else float(int(text))
    if not (lines == math.inf or 0 < lines <= MAX_LINES):
        raise ValueError(text)
    return lines


def parse_words(known: frozenset[str]) -> Callable[[str], frozenset[str]]:
    """Return a parser of words of `known` with commas or blanks between; `off` is none of them."""

    def parse(text: str) -> frozenset[str]:
        words = frozenset(text.lower().replace(",", " ").split())
        if words == {"off"}:
            return frozenset()
        if not words <= known:
            raise ValueError(text)
        return words

    return parse


def parse_hours(text: str) -> tuple[int, int] | None:
    """Return the minutes of the day at which the quiet begins and ends; None for `off`."""
    if text.lower() == "off":
        return None
    found = re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)-([01]?\d|2[0-3]):([0-5]\d)", text)
    if not found:
        raise ValueError(text)
    numbers = [int(part) for part in found.groups()]
    return numbers[0] * 60 + numbers[1], numbers[2] * 60 + numbers[3]


def parse_names(text: str) -> tuple[str, ...]:
    """Return the names of processes, with commas or blanks between, each once."""
    names = tuple(dict.fromkeys(text.replace(",", " ").split()))
    if len(names) > MAX_NAMES or not all(NAME.fullmatch(name) for name in names):
        raise ValueError(text)
    return names


NAME = re.compile(r"[\w][\w.+-]{0,63}", re.ASCII)
MAX_NAMES = 32

FLAG = Kind("`on` or `off`", parse_flag)
ICONS = Kind("`unicode`, `ascii` or `nerd`", match_whole("|".join(SETS)))
PALETTE = Kind("`dark` or `light`", match_whole("|".join(PALETTES)))
KEY = Kind("a tmux key name, or `none`", match_whole(r"[!-~]{1,20}"))
COLOUR = Kind(
    "a tmux colour",
    match_whole(r"(?:default|(?:bright)?[a-z]{3,7}|colou?r[0-9]{1,3}|#[0-9a-fA-F]{6})?"),
)
COLUMNS = Kind("10 to 500 columns", parse_columns)
NAMES = Kind("names of programs, separated by commas, at most 32", parse_names)
PROGRAM = Kind("a program's path or name", match_whole(r"[^\x00-\x1f\x7f]{0,4096}"))
SIZE = Kind(
    "columns or rows, or a percentage", match_whole(r"[1-9][0-9]{0,3}|(?:[1-9][0-9]?|100)%")
)
DANGERS = (Grade.DANGEROUS.value, f"ran-{Grade.DANGEROUS}", "too-far")
"""What notifies besides the states: a dangerous request, what ran without one, and what goes on."""
MINUTES = Kind("a number of minutes, or `off`", parse_minutes)
LINES = Kind("a number of lines, or `off`", parse_lines)
DAYS = Kind("a number of days, or `off`", parse_days)
NOTICES = Kind(
    "`off`, or states that need you, `dangerous`, `ran-dangerous` and `too-far`, separated by "
    "commas",
    parse_words(frozenset({*(state.value for state in NEEDS_YOU), *DANGERS})),
)
WAYS = Kind(
    f"{', '.join(f'`{one}`' for one in Channel)}, or several, separated by commas",
    parse_words(frozenset(Channel)),
)
AGENTS_MAY = Kind(
    f"`off`, or {', '.join(f'`{verb}`' for verb in Verb if verb in FOR_AGENTS)}, "
    "separated by commas",
    parse_words(frozenset(FOR_AGENTS)),
)
SCRIPTS_MAY = Kind(
    f"`off`, or {', '.join(f'`{verb}`' for verb in Verb)}, separated by commas",
    parse_words(frozenset(Verb)),
)
LIVE = Kind("`auto`, `on` or `off`", match_whole("auto|on|off"))
HOURS = Kind("`off`, or two times such as `22:00-07:00`", parse_hours)


def option(kind: Kind, default: str, purpose: str) -> Any:
    """Return a dataclass field for an option with its default as the user would write it."""
    meta = {"kind": kind, "default": default, "purpose": purpose}
    return field(default=kind.parse(default), metadata=meta)


@dataclass(frozen=True, slots=True)
class Options:
    """The options of one tmux server, parsed. A field `next_key` is `@agent-status-next-key`."""

    auto: bool = option(FLAG, "on", "add badges and summary to the status line automatically")
    key: str = option(KEY, "A", "prefix key that opens the chooser")
    next_key: str = option(
        KEY,
        "N",
        "prefix key that jumps to the agent that needs you first, then to the next one; "
        "your own binding stays unless you set this option",
    )
    back_key: str = option(KEY, "none", "prefix key that goes back to where you were")
    icons: str = option(ICONS, "unicode", "the shapes of the states")
    summary_width: int = option(COLUMNS, "60", "the most columns that the summary may take")
    summary_load: bool = option(FLAG, "off", "show in the summary how much waits for review")
    popup_width: str = option(SIZE, "90%", "width of the chooser")
    popup_height: str = option(SIZE, "80%", "height of the chooser")
    click: bool = option(FLAG, "on", "a click on the summary opens the chooser (tmux 3.4 or newer)")
    notify: frozenset[str] = option(NOTICES, "off", "what sends a notification")
    notify_by: frozenset[str] = option(WAYS, "desktop", "how you are notified")
    quiet_hours: tuple[int, int] | None = option(HOURS, "off", "when you get no notification")
    agents_may: frozenset[str] = option(
        AGENTS_MAY, "off", "what agents may do through our commands; they never answer for you"
    )
    scripts_may: frozenset[str] = option(
        SCRIPTS_MAY, "off", "what programs may do that don't run in one of your terminals"
    )
    stand_by: bool = option(FLAG, "on", "keep a chooser ready, so that the popup opens at once")
    live: str = option(
        LIVE,
        "auto",
        "read agents' output as it comes; `auto` unless you use `pipe-pane` yourself, `off` for "
        "captures alone",
    )
    journal_days: int = option(DAYS, "30", "how long the journal is kept; `off` for no journal")
    review: bool = option(FLAG, "on", "find with git what your agents have changed")
    read_transcripts: bool = option(
        FLAG, "on", "read the agents' own session files for task, model, context and state"
    )
    stuck_after: float = option(
        MINUTES, "5", "minutes without progress after which work counts as stuck"
    )
    turn_minutes: float = option(
        MINUTES, "off", "minutes of work after which a turn is marked as too long"
    )
    turn_lines: float = option(
        LINES, "off", "changed lines after which a turn is marked as too long"
    )
    extra_agents: tuple[str, ...] = option(
        NAMES, "", "more programs that are agents, read with the general rules"
    )
    link: bool = option(FLAG, "on", "link the program into `~/.local/bin`, if that name is free")
    python: str = option(PROGRAM, "", "the Python to install with; by default the newest one found")
    palette: str = option(PALETTE, "dark", "colours for dark or for light terminals")
    colour_background: str = option(
        COLOUR, "", "colour behind badges and summary; `default` keeps your status line's"
    )
    colour_conflict: str = option(COLOUR, "", "colour of the mark of a conflict")
    colours: tuple[tuple[State, str], ...] = ()
    """Those that are set of `@agent-status-colour-STATE`, of which each state has one."""

    @property
    def ground(self) -> str:
        """The tmux colour behind badges and summary; `default` for that of the status line."""
        return self.colour_background or GROUNDS[self.palette]

    @property
    def conflict(self) -> str:
        """The tmux colour of the mark of a conflict."""
        return self.colour_conflict or self._pick(CONFLICT)

    def find_colour(self, state: State) -> str:
        """Return the tmux colour of `state`."""
        own = dict(self.colours).get(state, "")
        return own or (self._pick(STATES[state]) if state in STATES else "default")

    def _pick(self, icon: Icon) -> str:
        return icon.light if self.palette == "light" else icon.dark


@dataclass(frozen=True, slots=True)
class Row:
    """One option: what it may hold, its default as text, what it does, and its field."""

    kind: Kind
    default: str
    purpose: str
    field: str
    state: State | None = None
    """The state whose colour it is."""


def _name_option(slot: Field[Any]) -> str:
    return PREFIX + slot.name.replace("_", "-")


TABLE = (
    *(
        (_name_option(one), Row(**one.metadata, field=one.name))
        for one in fields(Options)
        if one.metadata
    ),
    *(
        (f"{PREFIX}colour-{one}", Row(COLOUR, "", f"colour of `{one}`", "colours", one))
        for one in STATES
    ),
)
"""Every option: its name in tmux, and its row."""


OURS = re.compile(
    r"agent|back|care|client|message|read-\d+|saved"
    r"|(?:pane|session|summary|window)(?:-(?:fit|format|pick|\d+))?"
)
"""What we, or agents, keep in tmux: no option of the user's, and none of a wrong name either."""


def find_misspelt(names: Iterable[str]) -> Iterator[Problem]:
    """Yield a problem for each of the names that looks like an option of ours but isn't one."""
    known = {name.removeprefix(PREFIX) for name, _ in TABLE}
    for name in names:
        rest = name.removeprefix(PREFIX)
        if rest != name and rest not in known and not OURS.fullmatch(rest):
            close = get_close_matches(rest, known, 1)
            hint = (
                f"did you mean {PREFIX}{close[0]}?"
                if close
                else "agent-status help options lists them"
            )
            yield Problem(name, "no such option", hint)


def parse_options(raw: Mapping[str, str]) -> tuple[Options, tuple[Problem, ...]]:
    """
    Return the options in `raw`, and the problems of those that were refused for their default.

    Options of other plugins are ignored; so is an empty value, as tmux has no other "unset".
    """
    values: dict[str, Any] = {}
    colours: list[tuple[State, str]] = []
    problems: list[Problem] = []
    for name, row in TABLE:
        text = raw.get(name, "").strip()
        if not text:
            continue
        try:
            value = row.kind.parse(text)
        except ValueError:
            what = f"{text!r} is not {row.kind.holds}"
            hint = f"set -g {name} {row.default}" if row.default else f"set -gu {name}"
            problems.append(Problem(name, what, f"using {row.default!r}; {hint}"))
        else:
            if row.state:
                colours.append((row.state, value))
            else:
                values[row.field] = value
    return Options(**values, colours=tuple(colours)), tuple(problems)


def render_table() -> str:
    """Return the options as a Markdown table."""
    rows = [
        f"| `{name}` | {row.kind.holds} | {_render_default(row)} | {row.purpose} |"
        for name, row in TABLE
    ]
    return "\n".join(["| option | holds | default | what it does |", "|---|---|---|---|", *rows])


def _render_default(row: Row) -> str:
    if row.kind is COLOUR:
        return "the palette's"
    return f"`{row.default}`" if row.default else "not set"
