"""What an agent's TOML may hold, as frozen values; `rules` reads the files."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from agent_status.infer.colour import Colour
from agent_status.infer.session_schema import SessionFile
from agent_status.model import NO_KEYS, Flag, Keys, State

Pattern = re.Pattern[str]

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


@dataclass(frozen=True, slots=True)
class Identify:
    """How an agent's program is recognised; see `identify`."""

    names: tuple[str, ...] = ()
    comm: tuple[Pattern, ...] = ()
    scripts: tuple[Pattern, ...] = ()
    without: tuple[Pattern, ...] = ()
    title: tuple[Pattern, ...] = ()
    screen: tuple[Pattern, ...] = ()


@dataclass(frozen=True, slots=True)
class Box:
    """What the input box looks like; see `layout.find_box`."""

    prompt: Pattern
    top: Pattern | None = None
    bottom: Pattern | None = None
    body: Pattern | None = None
    gap: int = 0
    below: int = 8
    tail: int = 0
    cursor: bool = False
    shown: bool = False


@dataclass(frozen=True, slots=True)
class StyleTest:
    """A match of `text` whose first character, or with `edge` its row's border, has this look."""

    text: Pattern
    edge: bool = False
    colour: Colour | None = None
    dim: bool | None = None
    bold: bool | None = None
    reverse: bool | None = None


@dataclass(frozen=True, slots=True)
class Lines:
    """
    The lines between a line that matches `after` and the next one that matches `before`.

    Those that match `skip` are none of them if they stand first; `strip` is taken out of each;
    `plain` ends them at a faint one; `hyphens` tells that the program breaks words behind hyphens.
    """

    after: Pattern
    before: Pattern | None = None
    skip: Pattern | None = None
    strip: Pattern | None = None
    plain: bool = False
    hyphens: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """
    One finding that a screen may allow: a region, tests, what it says, what it captures.

    `options` is how many numbered choices there must be; `choices` is a line of a list without
    numbers, whose selected line has the group `mark`; `buttons` is a line of choices side by side.
    """

    id: str
    says: State | None
    region: str
    all: tuple[Pattern, ...] = ()
    any: tuple[Pattern, ...] = ()
    none: tuple[Pattern, ...] = ()
    style: tuple[StyleTest, ...] = ()
    options: int = 0
    buttons: Pattern | None = None
    choices: Pattern | None = None
    question: Pattern | None = None
    command: Lines | None = None
    file: Pattern | None = None
    reason: Pattern | None = None
    words: str = ""
    weight: int | None = None
    sure: bool = False
    seen: bool = False
    keys: Keys | None = None
    """Where its dialog takes other keys than the rest of the program."""


@dataclass(frozen=True, slots=True)
class FlagRule:
    """Something true beside the state."""

    flag: Flag
    region: str
    any: tuple[Pattern, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class AgentRules:
    """
    Everything known about one kind of agent: one TOML file.

    `margin` is what its dialogs leave free at the right edge, in columns; `sidebar` is the width
    of a column of its own that it may draw at the right.
    """

    kind: str
    name: str
    identify: Identify = field(default_factory=Identify)
    border: Pattern | None = None
    item: Pattern | None = None
    blocks: bool = False
    edge: Pattern | None = None
    option: Pattern | None = None
    button: Pattern | None = None
    margin: int = 2
    sidebar: int = 0
    boxes: tuple[Box, ...] = ()
    rules: tuple[Rule, ...] = ()
    flags: tuple[FlagRule, ...] = ()
    sessions: tuple[SessionFile, ...] = ()
    keys: Keys = NO_KEYS

    def find_keys(self, rule: str) -> Keys:
        """Return the keys of the dialog that the rule with this id has found, or of all others."""
        own = (one.keys for one in self.rules if one.keys and f"{self.kind}/{one.id}" == rule)
        return next(own, self.keys)
