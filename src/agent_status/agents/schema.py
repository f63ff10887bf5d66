"""The keys of an agent's TOML as frozen values, whose annotations `toml_tables` follows."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Annotated, Any

from agent_status.agents.colours import Colour
from agent_status.agents.patterns import Exact, Signs, SignWords, Words
from agent_status.agents.session_schema import SessionFile
from agent_status.model import NO_KEYS, Autonomy, Flag, Keys, State
from agent_status.toml_tables import Key, list_of, refuse, table_of, word_of

KEY = re.compile(r"(?:[CMS]-){0,3}(?:[!-~]|[A-Z][A-Za-z]{1,6}[0-9]{0,2})")

REGIONS = (
    "screen",
    "title",
    "box",
    "above-box",
    "below-box",
    "last-item",
    "dialog",
    "bottom",
)
"""Parts of a screen that a rule may look at; `layout` says where each one is."""

SAYS: Mapping[str, State | None] = {state.value: state for state in State} | {"hold": None}


def _parse_key(value: Any) -> str:
    if not isinstance(value, str) or not KEY.fullmatch(value):
        message = f"{value!r} is not a key as tmux names them, such as Escape or C-c"
        raise refuse(message)
    return value


DialogKeys = Annotated[
    Keys,
    table_of(
        Keys,
        next=_parse_key,
        previous=_parse_key,
        enter=_parse_key,
        submit=_parse_key,
        interrupt=list_of(_parse_key),
    ),
]
Region = Annotated[str, word_of({region: region for region in REGIONS})]


@dataclass(frozen=True, slots=True)
class Identify:
    """How to recognise an agent's program; see `identify`."""

    names: tuple[str, ...] = ()
    comm: tuple[Exact, ...] = ()
    scripts: tuple[Exact, ...] = ()
    without: tuple[Exact, ...] = ()
    title: tuple[Exact, ...] = ()
    screen: tuple[Words, ...] = ()


@dataclass(frozen=True, slots=True)
class Box:
    """What the input box looks like; see `layout.find_box`."""

    prompt: Signs
    top: Signs | None = None
    bottom: Signs | None = None
    body: Signs | None = None
    gap: int = 0
    below: int = 8
    tail: int = 0
    cursor: bool = False
    shown: bool = False


@dataclass(frozen=True, slots=True)
class StyleTest:
    """
    A match of `text` whose first character, or row border with `edge`, has this style.

    With `last`, only among that many of the last lines that aren't blank.
    """

    text: Exact
    edge: bool = False
    last: int = 0
    colour: Colour | None = None
    dim: bool | None = None
    bold: bool | None = None
    reverse: bool | None = None


class Grounds(StrEnum):
    """The source of an agent's rules."""

    RECORDINGS = "recordings"
    """Sessions of the real program, which tests replay."""
    DOCUMENTS = "documents"
    """What its makers, its source or reports by its users show; it was not run."""


class Holds(StrEnum):
    """The kind of subject of a request."""

    COMMAND = "command"
    """A shell command, which its approval runs."""
    FLAT = "flat"
    """The same on one line: what ended a line is shown as a blank."""
    JSON = "json"
    """The same as the member `command` of a JSON object."""
    TEXT = "text"
    """Anything else: the lines of a change, a tool with its arguments, an address."""


@dataclass(frozen=True, slots=True)
class RequestForm:
    """
    The form of one kind of request: a head, its subject, then its choices.

    The subject, or body, is between the last line that matches `end` above the choices and the
    first one below the head that matches `start`. Every other line must be accounted for, or the
    request was not read completely.
    """

    head: Signs
    """The lines with which it begins; more than one where an edge stands above it."""
    holds: Holds = Holds.COMMAND
    start: Signs | None = None
    """The line above the body; its group `body` is the body's first line. Without it: the head."""
    end: Signs | None = None
    """The line below the body. Without it: the choices."""
    row: Exact | None = None
    """What each of the body's lines begins with; others may only stand above and below it."""
    gutter: Exact | None = None
    """What is taken out of the body's lines where each of them begins with it."""
    about: Signs | None = None
    """A line beside the body that belongs to the request: a note, the folder, the question."""
    faint: bool = False
    """True if faint lines at the body's end describe it."""
    hyphens: bool = False
    """True if the program breaks words behind hyphens."""
    clips: bool = False
    """True if the program cuts a long line at the edge, without a sign of it."""
    share: int = 0
    """It shows a body in so many per cent of the pane's height, full or not; 0: whole."""
    less: int = 0
    """So many rows of that share are taken by other things."""
    most: int = 0
    """So many lines the program shows of a body at most, and says nothing of others; 0: all."""


@dataclass(frozen=True, slots=True)
class Rule:
    """
    A finding on a screen: its region, tests, state and captures.

    `options` is the required number of numbered choices; `choices` matches a line of a list without
    numbers, whose selected line has the group `mark`; `buttons` matches a line of choices side by
    side.
    """

    id: str
    says: Annotated[State | None, word_of(SAYS)]
    region: Region
    all: tuple[SignWords, ...] = ()
    any: tuple[SignWords, ...] = ()
    none: tuple[SignWords, ...] = ()
    style: tuple[StyleTest, ...] = ()
    options: int = 0
    buttons: Signs | None = None
    choices: Signs | None = None
    question: Words | None = None
    file: Words | None = None
    reason: Words | None = None
    words: str = ""
    weight: int | None = None
    sure: bool = False
    seen: bool = False
    turns: bool = False
    """True if what it finds in the title moves for as long as it is true, as a spinner does."""
    keys: DialogKeys | None = None
    """Where its dialog takes other keys than the rest of the program."""


@dataclass(frozen=True, slots=True)
class FlagRule:
    """A flag that is set beside the state."""

    flag: Flag
    region: Region
    any: tuple[SignWords, ...] = ()


@dataclass(frozen=True, slots=True)
class ModeRule:
    """How much the agent does without asking, by its screen or by its command line."""

    says: Autonomy
    region: Region = "screen"
    any: tuple[SignWords, ...] = ()
    argv: tuple[Exact, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class AgentRules:
    """
    Everything known about one kind of agent: one TOML file.

    `margin` is the width that its dialogs leave free at the right edge, in columns; `sidebar` is
    the width of a column that it may draw at the right. `whole` says in words how the agent shows
    the complete request.
    """

    kind: str
    name: str
    evidence: Grounds = Grounds.RECORDINGS
    identify: Identify = field(default_factory=Identify)
    border: Exact | None = None
    item: Signs | None = None
    blocks: bool = False
    edge: Signs | None = None
    option: Signs | None = None
    button: Signs | None = None
    margin: int = 2
    sidebar: int = 0
    whole: str = ""
    denial_ends: Annotated[bool, Key("denial-ends")] = False
    """True if a denied request ends the turn, so that work which goes on was allowed."""
    boxes: Annotated[tuple[Box, ...], Key("box")] = ()
    requests: Annotated[tuple[RequestForm, ...], Key("request")] = ()
    rules: Annotated[tuple[Rule, ...], Key("rule")] = ()
    flags: Annotated[tuple[FlagRule, ...], Key("flag")] = ()
    modes: Annotated[tuple[ModeRule, ...], Key("mode")] = ()
    sessions: Annotated[tuple[SessionFile, ...], Key("session")] = ()
    keys: DialogKeys = NO_KEYS

    def find_keys(self, rule: str) -> Keys:
        """Return the keys of the dialog found by the rule with this id, or of all others."""
        own = (one.keys for one in self.rules if one.keys and f"{self.kind}/{one.id}" == rule)
        return replace(next(own, self.keys), focus=self.keys.focus)
