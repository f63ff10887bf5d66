"""From the text of an agent's TOML to its rules; a strict parser that lists problems."""

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, fields
from typing import Any

from agent_status.agents.colours import Colour
from agent_status.agents.patterns import (
    compile_exact,
    compile_field,
    compile_sign_words,
    compile_signs,
    compile_words,
)
from agent_status.agents.problems import RuleError, RuleProblem
from agent_status.agents.schema import (
    REGIONS,
    SAYS,
    AgentRules,
    Box,
    FlagRule,
    Grounds,
    Holds,
    Identify,
    RequestForm,
    Rule,
    StyleTest,
)
from agent_status.agents.session_schema import Fact, SessionFile, Shape, StateFact, TaskFact, Tie
from agent_status.model import Flag, Keys, Pick, Problem, State


def _take_text(value: Any) -> str:
    if not isinstance(value, str):
        message = f"{value!r} is not a text"
        raise RuleError(message)
    return value


def _take_path(value: Any) -> tuple[str, ...]:
    return tuple(_take_text(value).split("."))


def _take_flag(value: Any) -> bool:
    if not isinstance(value, bool):
        message = f"{value!r} is neither true nor false"
        raise RuleError(message)
    return value


def _take_number(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= 1000:  # noqa: PLR2004
        message = f"{value!r} is not a number from 0 to 1000"
        raise RuleError(message)
    return value


def _take_word(words: Mapping[str, Any]) -> Callable[[Any], Any]:
    def take(value: Any) -> Any:
        if not isinstance(value, str) or value not in words:
            message = f"{value!r} is none of {', '.join(words)}"
            raise RuleError(message)
        return words[value]

    return take


def _take_all(take: Callable[[Any], Any]) -> Callable[[Any], tuple[Any, ...]]:
    def take_all(value: Any) -> tuple[Any, ...]:
        if not isinstance(value, list):
            message = f"{value!r} is not a list"
            raise RuleError(message)
        taken: list[Any] = []
        faults: list[RuleProblem] = []
        for number, part in enumerate(value):
            try:
                taken.append(take(part))
            except RuleError as error:
                faults += error.place(number)
        if faults:
            raise RuleError(*faults)
        return tuple(taken)

    return take_all


def _take_map(take_key: Callable[[Any], Any], take: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def take_map(value: Any) -> dict[Any, Any]:
        if not isinstance(value, Mapping):
            message = f"{value!r} is not a table"
            raise RuleError(message)
        return {take_key(key): take(part) for key, part in value.items()}

    return take_map


def _take_table(made: Callable[..., Any], keys: Mapping[str, Any]) -> Callable[[Any], Any]:
    required = tuple(
        slot.name
        for slot in fields(made)  # type: ignore[arg-type]
        if slot.default is MISSING and slot.default_factory is MISSING
    )

    def take(value: Any) -> Any:
        if not isinstance(value, Mapping):
            message = f"{value!r} is not a table"
            raise RuleError(message)
        return made(**_take_keys(value, keys, required))

    return take


def _take_keys(
    value: Mapping[str, Any], keys: Mapping[str, Any], required: tuple[str, ...]
) -> dict[str, Any]:
    here = f"{value['id']}: " if isinstance(value.get("id"), str) else ""
    taken: dict[str, Any] = {}
    faults: list[RuleProblem] = []
    for key, part in value.items():
        if key not in keys:
            words = f"{here}unknown key {key!r}; known are {', '.join(keys)}"
            faults.append(RuleProblem((key,), words))
            continue
        name, take = keys[key] if isinstance(keys[key], tuple) else (key, keys[key])
        try:
            taken[name] = take(part)
        except RuleError as error:
            faults += error.place(key, f"{here}{key}: ")
    missing = [name for name in required if name not in taken and name not in value]
    if missing:
        faults.append(RuleProblem((), f"{here}lacks {', '.join(missing)}"))
    if faults:
        raise RuleError(*faults)
    return taken


KEY = re.compile(r"(?:[CMS]-){0,3}(?:[!-~]|[A-Z][A-Za-z]{1,6}[0-9]{0,2})")


def _take_key(value: Any) -> str:
    if not isinstance(value, str) or not KEY.fullmatch(value):
        message = f"{value!r} is not a key as tmux names them, such as Escape or C-c"
        raise RuleError(message)
    return value


_TESTS = _take_all(compile_sign_words)
_EXACTS = _take_all(compile_exact)

IDENTIFY_KEYS = {
    "names": _take_all(_take_text),
    "comm": _EXACTS,
    "scripts": _EXACTS,
    "without": _EXACTS,
    "title": _EXACTS,
    "screen": _take_all(compile_words),
}
BOX_KEYS = {
    "prompt": compile_signs,
    "top": compile_signs,
    "bottom": compile_signs,
    "body": compile_signs,
    "gap": _take_number,
    "below": _take_number,
    "tail": _take_number,
    "cursor": _take_flag,
    "shown": _take_flag,
}
STYLE_KEYS = {
    "text": compile_exact,
    "edge": _take_flag,
    "last": _take_number,
    "colour": _take_word({colour.value: colour for colour in Colour}),
    "dim": _take_flag,
    "bold": _take_flag,
    "reverse": _take_flag,
}
REQUEST_KEYS = {
    "head": compile_signs,
    "holds": _take_word({holds.value: holds for holds in Holds}),
    "start": compile_signs,
    "end": compile_signs,
    "row": compile_exact,
    "gutter": compile_exact,
    "about": compile_signs,
    "faint": _take_flag,
    "hyphens": _take_flag,
    "clips": _take_flag,
    "share": _take_number,
    "less": _take_number,
    "most": _take_number,
}
KEYS_KEYS = {
    "pick": _take_word({pick.value: pick for pick in Pick}),
    "next": _take_key,
    "previous": _take_key,
    "enter": _take_key,
    "submit": _take_key,
    "interrupt": _take_all(_take_key),
    "focus": _take_flag,
}
RULE_KEYS = {
    "id": _take_text,
    "says": _take_word(SAYS),
    "region": _take_word({region: region for region in REGIONS}),
    "all": _TESTS,
    "any": _TESTS,
    "none": _TESTS,
    "style": _take_all(_take_table(StyleTest, STYLE_KEYS)),
    "options": _take_number,
    "buttons": compile_signs,
    "choices": compile_signs,
    "question": compile_words,
    "file": compile_words,
    "reason": compile_words,
    "words": _take_text,
    "weight": _take_number,
    "sure": _take_flag,
    "seen": _take_flag,
    "turns": _take_flag,
    "keys": _take_table(Keys, KEYS_KEYS),
}
FLAG_KEYS = {
    "flag": _take_word({flag.value: flag for flag in Flag}),
    "region": RULE_KEYS["region"],
    "any": _TESTS,
}
STATE_FACT_KEYS = {
    "says": _take_word({state.value: state for state in State}),
    "where": _take_map(_take_path, compile_field),
    "words": _take_text,
}
TASK_FACT_KEYS = {
    "tells": _take_word({fact.value: fact for fact in Fact}),
    "take": _take_all(_take_path),
    "where": STATE_FACT_KEYS["where"],
    "sum": _take_flag,
}
SESSION_KEYS = {
    "path": _take_text,
    "root": _take_text,
    "shape": _take_word({shape.value: shape for shape in Shape}),
    "env": _take_text,
    "tie": _take_map(_take_word({tie.value: tie for tie in Tie}), _take_path),
    "where": STATE_FACT_KEYS["where"],
    "began": _take_path,
    "gives": _take_map(_take_text, _take_path),
    "state": ("states", _take_all(_take_table(StateFact, STATE_FACT_KEYS))),
    "task": ("tasks", _take_all(_take_table(TaskFact, TASK_FACT_KEYS))),
}
AGENT_KEYS = {
    "name": _take_text,
    "evidence": _take_word({one.value: one for one in Grounds}),
    "identify": _take_table(Identify, IDENTIFY_KEYS),
    "border": compile_exact,
    "item": compile_signs,
    "blocks": _take_flag,
    "edge": compile_signs,
    "option": compile_signs,
    "button": compile_signs,
    "margin": _take_number,
    "sidebar": _take_number,
    "whole": _take_text,
    "denial-ends": ("denial_ends", _take_flag),
    "box": ("boxes", _take_all(_take_table(Box, BOX_KEYS))),
    "request": ("requests", _take_all(_take_table(RequestForm, REQUEST_KEYS))),
    "rule": ("rules", _take_all(_take_table(Rule, RULE_KEYS))),
    "flag": ("flags", _take_all(_take_table(FlagRule, FLAG_KEYS))),
    "session": ("sessions", _take_all(_take_table(SessionFile, SESSION_KEYS))),
    "keys": _take_table(Keys, KEYS_KEYS),
}


def parse_agent(kind: str, text: str) -> AgentRules:
    """Return the rules in one TOML file's text; raise RuleError that names the key and why."""
    try:
        data = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        message = f"not TOML: {error}"
        raise RuleError(message) from error
    return AgentRules(kind=kind, **_take_keys(data, AGENT_KEYS, ("name",)))


def parse_agents(
    files: Iterable[tuple[str, str, str]],
) -> tuple[tuple[AgentRules, ...], tuple[Problem, ...]]:
    """
    Return the agents in `files`, of (kind, file name, text), and what was refused.

    A later file replaces an earlier one of its kind; a broken one leaves the earlier in force.
    """
    agents: dict[str, AgentRules] = {}
    problems: list[Problem] = []
    for kind, name, text in files:
        try:
            agents[kind] = parse_agent(kind, text)
        except RuleError as error:
            hint = "the packaged rules stay in force" if kind in agents else "fix or remove it"
            problems.append(Problem(name, str(error), hint))
    return tuple(agents.values()), tuple(problems)
