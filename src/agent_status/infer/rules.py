"""From the text of an agent's TOML to its rules; a strict parser that lists problems."""

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, fields
from typing import Any

from agent_status.infer.colour import Colour
from agent_status.infer.schema import (
    REGIONS,
    SAYS,
    AgentRules,
    Box,
    FlagRule,
    Identify,
    Lines,
    Pattern,
    Rule,
    StyleTest,
)
from agent_status.model import Flag, Problem


class RuleError(ValueError):
    """A value in an agent's TOML is not what it may be."""


def compile_exact(text: Any) -> Pattern:
    """Return `text` as a pattern, case kept; raise RuleError if it is none."""
    if not isinstance(text, str) or not text:
        message = f"{text!r} is not a pattern"
        raise RuleError(message)
    try:
        return re.compile(text, re.MULTILINE)
    except re.error as error:
        message = f"{text!r} is not a pattern: {error}"
        raise RuleError(message) from error


def compile_words(text: Any) -> Pattern:
    """
    Return `text` as a pattern for screen text that may be wrapped anywhere.

    A blank matches any white space, also a line's end; case does not count.
    """
    if not isinstance(text, str):
        message = f"{text!r} is not a pattern"
        raise RuleError(message)
    loose = re.sub(r"\\.|\[\^?\]?(?:\\.|[^\]])*\]| (?=[*+?{])| +", _loosen, text)
    exact = compile_exact(loose)
    return re.compile(exact.pattern, re.MULTILINE | re.IGNORECASE)


def _loosen(match: re.Match[str]) -> str:
    if match[0].strip():
        return match[0]
    repeated = match.string[match.end() : match.end() + 1] in tuple("*+?{")
    return r"\s" if repeated else r"\s+"


def _take_text(value: Any) -> str:
    if not isinstance(value, str):
        message = f"{value!r} is not a text"
        raise RuleError(message)
    return value


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
        return tuple(take(part) for part in value)

    return take_all


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
    for key, part in value.items():
        if key not in keys:
            message = f"{here}unknown key {key!r}; known are {', '.join(keys)}"
            raise RuleError(message)
        name, take = keys[key] if isinstance(keys[key], tuple) else (key, keys[key])
        try:
            taken[name] = take(part)
        except RuleError as error:
            message = f"{here}{key}: {error}"
            raise RuleError(message) from error
    missing = [name for name in required if name not in taken]
    if missing:
        message = f"{here}lacks {', '.join(missing)}"
        raise RuleError(message)
    return taken


_WORDS = _take_all(compile_words)
_EXACTS = _take_all(compile_exact)

IDENTIFY_KEYS = {
    "names": _take_all(_take_text),
    "comm": _EXACTS,
    "scripts": _EXACTS,
    "without": _EXACTS,
    "title": _EXACTS,
    "screen": _WORDS,
}
BOX_KEYS = {
    "prompt": compile_exact,
    "top": compile_exact,
    "bottom": compile_exact,
    "body": compile_exact,
    "gap": _take_number,
    "below": _take_number,
    "tail": _take_number,
    "cursor": _take_flag,
}
STYLE_KEYS = {
    "text": compile_exact,
    "edge": _take_flag,
    "colour": _take_word({colour.value: colour for colour in Colour}),
    "dim": _take_flag,
    "bold": _take_flag,
    "reverse": _take_flag,
}
LINES_KEYS = {
    "after": compile_exact,
    "before": compile_exact,
    "strip": compile_exact,
    "plain": _take_flag,
    "hyphens": _take_flag,
}
RULE_KEYS = {
    "id": _take_text,
    "says": _take_word(SAYS),
    "region": _take_word({region: region for region in REGIONS}),
    "all": _WORDS,
    "any": _WORDS,
    "none": _WORDS,
    "style": _take_all(_take_table(StyleTest, STYLE_KEYS)),
    "options": _take_number,
    "buttons": compile_exact,
    "choices": compile_exact,
    "question": compile_words,
    "command": _take_table(Lines, LINES_KEYS),
    "file": compile_words,
    "reason": compile_words,
    "words": _take_text,
    "weight": _take_number,
    "sure": _take_flag,
    "seen": _take_flag,
}
FLAG_KEYS = {
    "flag": _take_word({flag.value: flag for flag in Flag}),
    "region": RULE_KEYS["region"],
    "any": _WORDS,
}
AGENT_KEYS = {
    "name": _take_text,
    "identify": _take_table(Identify, IDENTIFY_KEYS),
    "border": compile_exact,
    "item": compile_exact,
    "blocks": _take_flag,
    "edge": compile_exact,
    "option": compile_exact,
    "button": compile_exact,
    "margin": _take_number,
    "sidebar": _take_number,
    "box": ("boxes", _take_all(_take_table(Box, BOX_KEYS))),
    "rule": ("rules", _take_all(_take_table(Rule, RULE_KEYS))),
    "flag": ("flags", _take_all(_take_table(FlagRule, FLAG_KEYS))),
}


def parse_agent(kind: str, text: str) -> AgentRules:
    """Return the rules in one TOML file's text; raise RuleError that names the key and why."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
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
            mend = "the packaged rules stay in force" if kind in agents else "mend or remove it"
            problems.append(Problem(name, str(error), mend))
    return tuple(agents.values()), tuple(problems)
