"""The risk of code: by patterns in any language, by its commands in sed and awk."""

import re
from collections.abc import Iterator

from agent_status.features.risk.context import GradingContext
from agent_status.features.risk.dialects import find_effects
from agent_status.features.risk.paths import MAX_SHOWN, Finding, grade_read, grade_write
from agent_status.features.risk.words import Word, WorkingDir
from agent_status.model import Grade, clip_text

MAX_CODE = 8192
JOINED = re.compile(r"""(["'])\s*(?:\+|\.|\.\.|<>|&)?\s*\1""")
"""Two texts that the code, or its compiler, puts together."""
QUOTED = re.compile(r"""(["'`])((?:(?!\1)[^\\\n])*)\1""")


def grade_code(word: Word, context: GradingContext) -> Iterator[Finding]:
    """Yield the findings in a piece of code in any language."""
    if not word.known:
        yield Finding(Grade.DANGEROUS, f"runs code that holds {clip_text(word.text, MAX_SHOWN)}")
    if len(word.text) > MAX_CODE:
        yield Finding(Grade.DANGEROUS, "runs more code than can be read")
    yield Finding(Grade.WRITES, "runs code")
    text = word.text[:MAX_CODE]
    whole = JOINED.sub("", text)
    for rule in context.tables.code:
        if rule.matches.search(text) or rule.matches.search(whole):
            yield Finding(rule.grade, rule.why)
    for _, name in QUOTED.findall(whole):
        if "/" in name or "." in name:
            yield from _grade_name(name, context)


def _grade_name(name: str, context: GradingContext) -> Iterator[Finding]:
    """Yield the findings if code names a sensitive file, which it may write."""
    path = name.lstrip("/")
    for rule in context.tables.paths:
        if rule.write is Grade.DANGEROUS and rule.covers(path):
            yield Finding(rule.write, f"its code names {clip_text(name, MAX_SHOWN)}")


def grade_script(
    language: str, name: str, script: Word, cwd: WorkingDir, context: GradingContext
) -> Iterator[Finding]:
    """Yield the findings in a sed or awk script that the program `name` runs."""
    for effect in find_effects(language, script):
        shown = clip_text(effect.text, MAX_SHOWN)
        file = Word(effect.text, known=effect.known)
        if effect.verb == "runs":
            yield Finding(Grade.DANGEROUS, f"{name} runs what its script says: {shown}")
        elif effect.verb == "tells":
            yield Finding(Grade.DANGEROUS, f"{name} reads {shown}")
        elif effect.verb == "reads":
            yield from grade_read(file, cwd, context.tables)
        else:
            yield Finding(Grade.WRITES, f"{name} writes {shown}")
            yield from grade_write(file, cwd, context.tables)
