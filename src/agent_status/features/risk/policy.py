"""What is at stake when a request is approved, or a call was made: a grade and its reasons."""

import re
from collections.abc import Callable, Iterable, Iterator

from agent_status.features.risk.commands import grade_line
from agent_status.features.risk.context import GradingContext
from agent_status.features.risk.paths import (
    Finding,
    enter_folder,
    grade_read,
    grade_write,
)
from agent_status.features.risk.tables import RiskTables
from agent_status.features.risk.words import Word, WorkingDir
from agent_status.model import Ask, CallKind, Grade, Risk, State, ToolCall, clip_text
from agent_status.model.text import BLANKS, HIDDEN

MAX_REASONS = 4
MAX_REASON = 80
GRADES = tuple(Grade)
PLAIN = {
    State.APPROVAL: Finding(Grade.WRITES, "does not say what it wants to do"),
    State.PLAN: Finding(Grade.WRITES, "carries out its plan"),
}
"""What an ask means that names neither command nor file."""
CUT = re.compile(r"(?m)…[ \t]*$|^[ \t]*…")
"""Where a screen leaves something out."""
LIKELY_CUT = re.compile(r"[^\s./]\.\.\.$")
"""The same in plain letters, if it is no range of commits and no path."""
RANGED = re.compile(r"\bgit\b")

EMOJI = (
    "\u00a9\u00ae\u203c\u2049\u2122\u2139\u2190-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff"
)
UNSEEN = re.compile(
    f"(?![\t\n\ufe0f\u200d])[{HIDDEN}{BLANKS}]"
    f"|\ufe0f(?<![{EMOJI}]\ufe0f)|\u200d(?<![{EMOJI}\ufe0f]\u200d)|\u200d(?![{EMOJI}])"
)
"""What is not drawn, reorders others or only looks like a blank; but for the joints of an emoji."""

UNLEASHES = re.compile(
    r"\bbypass(?:es|ing)? permissions\b|\bauto[- ]mode\b|\byolo\b|\bwithout asking\b"
    r"|\bnot ask for (?:your )?(?:approval|permission)|\bskip(?:s|ping)? (?:all )?permission",
    re.IGNORECASE,
)
"""What a first-run dialog says whose yes ends all asking."""
NAMED = re.compile(r"(?<![\w:/.])[~/.\w-][^\s\"'`,;()<>{}]*[/.][^\s\"'`,;()<>{}]*")
"""What may be a file in the arguments of a tool."""
RUNS = re.compile(
    r"""\b(?:command|cmd|script)["']? {0,2}[:=]"""
    r"""(?! ?"(?:view|create|str_replace|insert|undo_edit)"[,}\n])""",
    re.IGNORECASE,
)
"""The argument of a tool that runs what it is given; that of an editor is one of a few words."""

ELSEWHERE = "/elsewhere"
"""Stands for a folder that is not known."""


def grade_ask(
    ask: Ask,
    cwd: WorkingDir,
    tables: RiskTables,
    is_late: Callable[[], bool] = lambda: False,
) -> Risk:
    """
    Return the risk of `ask`, from an agent that works in `cwd`.

    Only the command and the file count: what an agent says about them can't lower the grade. What
    wasn't read before `is_late` returned True is dangerous. Never raises.
    """
    return make_risk(_grade(ask, cwd, GradingContext(tables, is_late=is_late)))


def grade_call(
    call: ToolCall,
    cwd: WorkingDir,
    tables: RiskTables,
    is_late: Callable[[], bool] = lambda: False,
) -> Risk | None:
    """
    Return the risk of a call by an agent that works in `cwd`, or None if it only looks.

    The same tables and the same doubts as for a request apply. Never raises.
    """
    if call.kind is CallKind.READ:
        return None
    here = enter_folder(Word(call.folder), cwd) if call.folder else cwd
    return make_risk(_grade_call(call, here, GradingContext(tables, is_late=is_late)))


def make_working_dir(folder: str, root: str, home: str) -> WorkingDir:
    """
    Return the working directory of an agent in `folder`; outside of git, that is its root, too.

    An agent on another machine has an empty folder here.
    """
    here = folder or ELSEWHERE
    return WorkingDir((here,), root or here, home)


def make_risk(findings: Iterable[Finding]) -> Risk:
    """Return the highest grade, and its reasons."""
    found = tuple(findings)
    grade = max((one.grade for one in found), key=GRADES.index, default=Grade.HARMLESS)
    whys = (clip_text(one.why, MAX_REASON) for one in found if one.grade is grade)
    reasons = tuple(dict.fromkeys(filter(None, whys)))[:MAX_REASONS]
    return Risk(grade, reasons or (("only looks",) if grade is Grade.HARMLESS else ()))


def _grade(ask: Ask, cwd: WorkingDir, context: GradingContext) -> Iterator[Finding]:
    command = ask.command.strip()
    if ask.hidden:
        yield Finding(Grade.DANGEROUS, ask.hidden)
    if ask.subject:
        yield from _grade_subject(ask.subject, cwd, context)
    elif not (command or ask.file):
        yield _grade_plain(ask)
    if UNSEEN.search(ask.command + ask.file + ask.subject):
        yield Finding(Grade.DANGEROUS, "holds hidden characters")
    for text in ask.readings:
        yield from grade_line(text, cwd, context)
    if command:
        yield from grade_line(ask.command, cwd, context)
        if CUT.search(command):
            yield Finding(Grade.DANGEROUS, "is not shown whole")
        elif LIKELY_CUT.search(command) and not RANGED.search(command):
            yield Finding(Grade.WRITES, "may not be shown whole")
    if ask.file:
        yield from _grade_edit(ask.file, cwd, context)


def _grade_call(call: ToolCall, cwd: WorkingDir, context: GradingContext) -> Iterator[Finding]:
    if call.is_cut:
        yield Finding(Grade.DANGEROUS, "is too long to be read whole")
    if UNSEEN.search("".join((call.command, *call.paths))):
        yield Finding(Grade.DANGEROUS, "holds hidden characters")
    if call.kind is CallKind.OTHER:
        yield from _grade_subject("\n".join((call.command, *call.paths, call.tool)), cwd, context)
        return
    if not (call.command or call.paths):
        yield PLAIN[State.APPROVAL]
    if call.kind is CallKind.RUN:
        yield from grade_line(call.command, cwd, context)
    for path in call.paths:
        yield from _grade_edit(path, cwd, context)


def _grade_edit(file: str, cwd: WorkingDir, context: GradingContext) -> Iterator[Finding]:
    yield Finding(Grade.WRITES, f"edits {clip_text(file, MAX_REASON // 2)}")
    yield from grade_write(Word(file), cwd, context.tables)


def _grade_plain(ask: Ask) -> Finding:
    """Return the grade of a request about neither command nor file."""
    if ask.kind is State.SETUP and UNLEASHES.search(f"{ask.question}\n{ask.text}"):
        return Finding(Grade.DANGEROUS, "allows it to run anything")
    return PLAIN.get(ask.kind, Finding(Grade.HARMLESS, "only asks"))


def _grade_subject(subject: str, cwd: WorkingDir, context: GradingContext) -> Iterator[Finding]:
    """Yield the findings of a tool call: its effect is unknown, the paths it names are known."""
    lines = [line for line in subject.splitlines() if line.strip()]
    yield Finding(Grade.WRITES, f"uses a tool: {lines[-1].strip()}" if lines else "uses a tool")
    if RUNS.search(subject):
        yield Finding(Grade.DANGEROUS, "runs a command through a tool")
    for path in NAMED.findall(subject):
        yield from grade_read(Word(path), cwd, context.tables)
