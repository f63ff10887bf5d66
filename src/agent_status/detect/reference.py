"""Every key of an agent's TOML in words, for `agents schema`. Tests compare it with `schema`."""

from collections.abc import Iterator, Mapping
from dataclasses import MISSING, fields
from enum import Enum
from textwrap import wrap
from typing import Any

from agent_status.agents.colours import Colour
from agent_status.agents.schema import (
    SAYS,
    AgentRules,
    Box,
    FlagRule,
    Grounds,
    Holds,
    Identify,
    ModeRule,
    RequestForm,
    Rule,
    StyleTest,
)
from agent_status.agents.session_schema import (
    CallFact,
    Fact,
    ModeFact,
    ResultFact,
    SessionFile,
    Shape,
    StateFact,
    TaskFact,
    Tie,
    TodoFact,
    ToolFact,
)
from agent_status.detect.evidence import WEIGHTS
from agent_status.model import Autonomy, CallKind, Flag, Keys, Pick
from agent_status.toml_tables import list_keys

PATTERN, WORDS, TEXT, BOOL, NUMBER = "pattern", "words", "text", "true/false", "number"
PATTERNS, WORD_LISTS, TEXTS = "list of patterns", "list of words", "list of texts"
KEY, KEYS = "key", "list of keys"
FIELD, FIELDS = "field", "list of fields"
WHERE = "field = pattern"

Section = tuple[str, type, str, Mapping[str, tuple[str, str]]]


def _name(words: Any) -> str:
    return " ".join(one.value if isinstance(one, Enum) else str(one) for one in words)


SECTIONS: tuple[Section, ...] = (
    (
        "top of the file",
        AgentRules,
        "one agent; the file's name is its kind",
        {
            "name": (TEXT, "its name wherever it is shown"),
            "evidence": ("evidence", "what its rules were written from; `agents list` shows it"),
            "identify": ("table", "how its program is recognised: see [identify]"),
            "border": (PATTERN, "what frames its text at the left, taken off before rules look"),
            "item": (PATTERN, "a row with which an item of the talk begins: a reply, a tool"),
            "blocks": (BOOL, "rows that follow each other and match `item` are one item"),
            "edge": (PATTERN, "the upper edge of a dialog; without it the last item is the dialog"),
            "option": (PATTERN, "a numbered choice, with the groups `key`, `label`, `mark`"),
            "button": (PATTERN, "one choice of a row of choices side by side"),
            "margin": (NUMBER, "columns that its dialogs leave free at the right edge"),
            "sidebar": (NUMBER, "columns of a column of its own at the right edge"),
            "whole": (TEXT, "how it shows the whole of a request that it cuts, in your words"),
            "denial-ends": (BOOL, "a denied request ends the turn: work that goes on was allowed"),
            "box": ("list of tables", "the input box; the first that is found counts: [[box]]"),
            "request": ("list of tables", "how it draws what it asks for: see [[request]]"),
            "rule": ("list of tables", "what its screen says: see [[rule]]"),
            "flag": ("list of tables", "what is true beside the state: see [[flag]]"),
            "mode": ("list of tables", "how much it does without asking: see [[mode]]"),
            "session": ("list of tables", "files in which it keeps its state: see [[session]]"),
            "keys": ("table", "what its keys do: see [keys]"),
        },
    ),
    (
        "[identify]",
        Identify,
        "any of names, comm, scripts tells its process; title or screen where there is none to see",
        {
            "names": (TEXTS, "names of its program, or of the script that an interpreter runs"),
            "comm": (PATTERNS, "the kernel's short name of its process"),
            "scripts": (PATTERNS, "the path of its program or script"),
            "without": (PATTERNS, "command lines that are not it"),
            "title": (PATTERNS, "its pane title"),
            "screen": (WORD_LISTS, "text that only its screen shows"),
        },
    ),
    (
        "[[box]]",
        Box,
        "the input box: rows between an upper and a lower edge that begin with a prompt",
        {
            "prompt": (PATTERN, "its first row"),
            "top": (PATTERN, "the edge above it"),
            "bottom": (PATTERN, "the edge below it; without one it ends where `body` does"),
            "body": (PATTERN, "its further rows"),
            "gap": (NUMBER, "rows that may stand between `top` and `prompt`"),
            "below": (NUMBER, "filled rows that may stand below it; more, and it is an old one"),
            "tail": (NUMBER, "rows at its end that are not the user's text"),
            "cursor": (BOOL, "it counts only with the cursor in it"),
            "shown": (BOOL, "it counts only while the cursor is shown, as it is for typing"),
        },
    ),
    (
        "[[request]]",
        RequestForm,
        (
            "one form of its requests: below its head no rule of another kind of dialog holds; "
            "each row is accounted for, or it was not read whole: dangerous"
        ),
        {
            "head": (PATTERN, "the rows it begins with; its group `words` is the agent's own text"),
            "holds": ("holds", "what its body is"),
            "start": (PATTERN, "the row above the body; its group `body` is the first row itself"),
            "end": (PATTERN, "the row below the body; the last one above the choices counts"),
            "row": (PATTERN, "how each row of the body begins; other rows below are none of it"),
            "gutter": (PATTERN, "is taken out of the body's rows if all of them begin with it"),
            "about": (
                PATTERN,
                "a row beside the body that is known: a note, a folder, the question",
            ),
            "faint": (BOOL, "faint rows at the body's end describe it"),
            "hyphens": (BOOL, "its program breaks words behind hyphens"),
            "clips": (BOOL, "its program cuts long rows at the edge, without a sign of it"),
            "share": (NUMBER, "it shows a body in so many per cent of the pane's height"),
            "less": (NUMBER, "rows of that share that it keeps for other things"),
            "most": (NUMBER, "rows of the body that it shows at most, without a word of others"),
        },
    ),
    (
        "[[rule]]",
        Rule,
        "one finding: holds if `all`, `any`, `none`, `style` and the choices hold in its region",
        {
            "id": (TEXT, "its name in `explain`, with the kind before it"),
            "says": ("state", "what the agent does; `hold` keeps what was said before"),
            "region": ("region", "where it looks"),
            "all": (WORD_LISTS, "each must be there"),
            "any": (WORD_LISTS, "one must be there"),
            "none": (WORD_LISTS, "none may be there"),
            "style": ("list of tables", "looks that must be there: see [[rule.style]]"),
            "options": (NUMBER, "so many numbered choices must be there"),
            "buttons": (
                PATTERN,
                "a row of choices side by side, its group `buttons`, must be there",
            ),
            "choices": (PATTERN, "rows of a list without numbers; the chosen has the group `mark`"),
            "question": (WORDS, "what is asked, by group `question` or all; else the words above"),
            "file": (WORDS, "the file at stake, by group `file` or the whole"),
            "reason": (WORDS, "why, in the screen's words; the group `reason` or the whole"),
            "words": (TEXT, "why, in your words"),
            "weight": (NUMBER, "in the place of the weight of its source and state"),
            "sure": (BOOL, "the end of work may be shown at once, without a calm second"),
            "seen": (BOOL, "the user was there: the result is no news"),
            "turns": (BOOL, "the title moves while this is true; one that stands still is no sign"),
            "keys": ("table", "where its dialog takes other keys: see [keys]"),
        },
    ),
    (
        "[[rule.style]]",
        StyleTest,
        "a match of `text` whose first character, or group `at`, looks so",
        {
            "text": (PATTERN, "the text"),
            "edge": (BOOL, "the border before it is meant; where there is none it fails"),
            "last": (NUMBER, "only so many of the last lines with text are looked at"),
            "colour": ("colour", "its role, in any shade of the theme"),
            "dim": (BOOL, "it is faint, or must not be"),
            "bold": (BOOL, "it is bold, or must not be"),
            "reverse": (BOOL, "it is reversed, or must not be"),
        },
    ),
    (
        "[[flag]]",
        FlagRule,
        "something that is true beside the state",
        {
            "flag": ("flag", "which"),
            "region": ("region", "where it is shown"),
            "any": (WORD_LISTS, "one must be there"),
        },
    ),
    (
        "[[mode]]",
        ModeRule,
        "how much the agent does without asking; the first that matches counts",
        {
            "says": ("mode", "the mode"),
            "region": ("region", "where it is shown"),
            "any": (WORD_LISTS, "one must be there"),
            "argv": (PATTERNS, "one must be in the command line that started it"),
        },
    ),
    (
        "[[session]]",
        SessionFile,
        "a file that the agent keeps; `{pid}`, `{slug}`, `{name}`, `{match}` stand in its path",
        {
            "path": (TEXT, "below the root; `*` matches within one part"),
            "root": (TEXT, "the folder in which the path begins"),
            "shape": ("shape", "how it holds its records"),
            "env": (TEXT, "the variable of the agent's environment that replaces the root"),
            "tie": ("tie = field", "fields that tell which pane's file it is"),
            "where": (WHERE, "what its first record must say"),
            "began": (FIELD, "when the session began: near to its process, where nothing ties it"),
            "gives": ("name = field", "what later paths may use in braces"),
            "state": ("list of tables", "records that say a state: see [[session.state]]"),
            "task": ("list of tables", "records that hold the task: see [[session.task]]"),
            "helpers": (TEXT, "files of its subagents below the root, with calls of the same form"),
            "parent": (FIELD, "where the first record of a helper's file names `session`"),
            "table": (TEXT, "the table of a database with the records, one in a row"),
            "match": ("column = text", "what its rows must equal; `{folder}` and names in braces"),
            "order": (TEXT, "the column with the time of a row's last change, in milliseconds"),
            "mode": ("list of tables", "records that say its mode: see [[session.mode]]"),
            "call": ("list of tables", "records that hold tool calls: see [[session.call]]"),
            "result": ("list of tables", "records that hold their results: see [[session.result]]"),
            "tool": ("list of tables", "what its tools do: see [[session.tool]]"),
            "todo": ("list of tables", "where its to-do list stands: see [[session.todo]]"),
        },
    ),
    (
        "[[session.state]]",
        StateFact,
        "a record that says a state",
        {
            "says": ("state", "the state"),
            "where": (WHERE, "the fields that must match; one that is absent is empty"),
            "words": (TEXT, "why, in your words"),
        },
    ),
    (
        "[[session.task]]",
        TaskFact,
        "a record that tells something of the task",
        {
            "tells": ("fact", "what"),
            "take": (FIELDS, "the first of them that holds text"),
            "where": (WHERE, "the fields that must match"),
            "sum": (BOOL, "their numbers are added up"),
        },
    ),
    (
        "[[session.mode]]",
        ModeFact,
        "a record that says how much the agent does without asking; the first that matches counts",
        {
            "says": ("mode", "the mode"),
            "where": (WHERE, "the fields that must match"),
        },
    ),
    (
        "[[session.call]]",
        CallFact,
        "a record that holds tool calls; what a call lacks is looked for in the objects around it",
        {
            "where": (WHERE, "what the record must say"),
            "items": (FIELD, "each call in the record; without it the record is the call"),
            "item": (WHERE, "what a call must say"),
            "id": (FIELD, "what its result names"),
            "tool": (FIELD, "the tool's name"),
            "arguments": (FIELDS, "an object, or its JSON text; another text is argument `text`"),
            "at": (
                FIELD,
                "when it was made: ISO 8601, seconds, milliseconds; else the time of the file",
            ),
            "folder": (FIELD, "where it runs"),
            "helper": (WHERE, "what a call of a subagent says"),
            "main": (BOOL, "its helpers' files may hold copies, which are left out"),
        },
    ),
    (
        "[[session.result]]",
        ResultFact,
        "a record that holds results of calls; of several about a call, each adds to the others",
        {
            "where": (WHERE, "what the record must say"),
            "items": (FIELD, "each result in the record; without it the record is the result"),
            "item": (WHERE, "what a result must say"),
            "id": (FIELD, "the id of its call"),
            "at": (FIELD, "when it was written; else the time of the file"),
            "status": (FIELDS, "the exit status"),
            "text": (FIELDS, "the text in which `printed` looks, at both ends"),
            "printed": (PATTERN, "the exit status in the text, by its only group"),
            "zero": (WHERE, "what a command says that has ended with status 0"),
            "failed": (WHERE, "what a call says that has failed, was denied or interrupted"),
            "denied": (WHERE, "what a call says that did not run, as it was refused"),
            "interrupted": (WHERE, "what a call says that was stopped while it ran"),
            "stopped": (WHERE, "what a call says that was denied or interrupted, and not which"),
            "asked": (WHERE, "what it says if the user was asked"),
            "unasked": (WHERE, "what it says if the user was not asked"),
        },
    ),
    (
        "[[session.tool]]",
        ToolFact,
        "what a tool does; one that no table names is shown by its name only",
        {
            "name": (PATTERN, "its whole name"),
            "does": ("call", "what it does"),
            "command": (FIELDS, "the argument with the command, or with its words"),
            "paths": (FIELDS, "arguments with files that it writes, moves or deletes"),
            "files": (PATTERN, "finds the paths in these texts, by its only group"),
            "folder": (FIELD, "the argument with the folder"),
        },
    ),
    (
        "[[session.todo]]",
        TodoFact,
        "the agent's own to-do list, in the arguments of a tool or in a record",
        {
            "tool": (PATTERN, "the tool's whole name; without it the list stands in a record"),
            "where": (WHERE, "the fields that must match, in the arguments or the record"),
            "items": (FIELD, "the items"),
            "text": (FIELDS, "an item's text"),
            "done": (WHERE, "what an item says that is done"),
            "current": (WHERE, "what the item says that is in progress"),
        },
    ),
    (
        "[keys]",
        Keys,
        "what the program's keys do, in tmux's names",
        {
            "pick": ("pick", "how a dialog takes a choice"),
            "next": (KEY, "moves to the next choice"),
            "previous": (KEY, "moves to the one before"),
            "enter": (KEY, "takes the chosen one"),
            "submit": (KEY, "leaves a list of boxes to tick"),
            "interrupt": (KEYS, "stop the work, one press after the other"),
            "focus": (BOOL, "the program asks for focus events (DEC 1004)"),
        },
    ),
)

REGION_WORDS: Mapping[str, str] = {
    "screen": "all rows that are shown; transcripts quote prompts, so prefer another one",
    "title": "the pane's title",
    "box": "the input box, inside its edges",
    "above-box": "all rows above it",
    "below-box": "all rows below it",
    "last-item": "from the row that matches `item` last, to the input box or the bottom",
    "dialog": "where no input box is: from the last item's edge to the bottom",
    "bottom": "the last 12 rows that are not blank",
}

LISTS: Mapping[str, str] = {
    PATTERN: "a Python regular expression, case counts; write it in single quotes",
    WORDS: "the same, case does not count, and a blank is any white space, a row's end too",
    KEY: "a key in tmux's names, such as Escape, Enter, C-c",
    FIELD: (
        "keys of a JSON record from the outside in, with dots; `*` is every item of a list, `0` "
        "and `-1` its first and last one, `~` at the end every key of an object; of an item of a "
        "record, `^` in front means the record"
    ),
    "state": _name(SAYS),
    "colour": _name(Colour),
    "flag": _name(Flag),
    "pick": _name(Pick) + ": its key, its key and Enter, or arrows and Enter",
    "shape": _name(Shape),
    "tie": _name(Tie),
    "fact": _name(Fact),
    "mode": _name(mode for mode in Autonomy if mode),
    "call": _name(CallKind),
    "holds": _name(Holds),
    "evidence": _name(Grounds) + ": real sessions, or its makers' words and users' reports",
}

WIDTH = 96


def render_reference() -> str:
    """Return the whole schema, for a terminal."""
    return "\n".join(_iterate_lines()) + "\n"


def _iterate_lines() -> Iterator[str]:
    yield "An agent's TOML. Keys with * must be there; a default stands in brackets."
    for title, made, purpose, keys in SECTIONS:
        yield ""
        yield from wrap(f"{title}  {purpose}", WIDTH, subsequent_indent="  ")
        for key, (holds, words) in keys.items():
            yield from _render_key(made, key, holds, words)
    yield "\nregions"
    yield from (f"  {name:11} {words}" for name, words in REGION_WORDS.items())
    yield "\nwhat they hold"
    for name, words in LISTS.items():
        first, *rest = wrap(words, WIDTH - 14)
        yield f"  {name:11} {first}"
        yield from (f"  {'':11} {line}" for line in rest)
    yield "\nweights: the heaviest evidence wins; among equals the first rule"
    weights = (
        f"{source}/{state.value if state else 'hold'} {weight}"
        for (source, state), weight in sorted(WEIGHTS.items(), key=lambda item: -item[1])
    )
    yield from (f"  {line}" for line in wrap(", ".join(weights), WIDTH - 2))


def _render_key(made: type, key: str, holds: str, words: str) -> Iterator[str]:
    default = find_default(made, key)
    star = "*" if default is None else " "
    default_words = f" [{default}]" if default else ""
    first, *rest = wrap(words + default_words, WIDTH - 34)
    yield f" {star}{key:10} {holds:20} {first}"
    yield from (f"  {'':31} {line}" for line in rest)


def find_default(made: type, key: str) -> str | None:
    """Return a key's default in words, empty where it is nothing; None if it has to be there."""
    name = list_keys(made)[key]
    slot = next(one for one in fields(made) if one.name == name)
    if slot.default is MISSING:
        return None if slot.default_factory is MISSING else ""
    if isinstance(slot.default, bool):
        return ""
    if isinstance(slot.default, int | str):
        return str(slot.default) if slot.default else ""
    return ""
