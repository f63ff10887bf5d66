"""The risk of a shell line: of every command in it, and of those that they run in turn."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from posixpath import basename, dirname

from agent_status.features.risk.code import grade_code, grade_script
from agent_status.features.risk.context import PRINTS, GradingContext, find_printed
from agent_status.features.risk.files import grade_files, grade_home
from agent_status.features.risk.finders import UNKNOWN, list_found, list_given, substitute_path
from agent_status.features.risk.matching import Match, grade_use, match_rules
from agent_status.features.risk.paths import (
    MAX_SHOWN,
    Finding,
    enter_folder,
    expand_home,
    find_paths,
    grade_read,
    grade_redirect,
    grade_write,
    is_inside,
    is_scratch,
)
from agent_status.features.risk.tables import Program
from agent_status.features.risk.usage import ANY, Invocation, split_use
from agent_status.features.risk.variables import grade_variable, grade_words, is_shell_setting
from agent_status.features.risk.words import Command, Word, WorkingDir
from agent_status.model import Grade, clip_text

MAX_DEPTH = 6
"""Shell lines within shell lines."""
MAX_LENGTH = 64 * 1024
MAX_WORDS = 2000
MAX_BROKEN = 500
"""Words of a text that cannot be parsed."""
LINES = ":::"
"""Before arguments of parallel, which are shell lines if no command stands before it."""
NAMED = re.compile(r"^[\w-]+=")
DEFINED = re.compile(r"(\w+)[:?+!]*=(.*)", re.DOTALL)
ABOUT = frozenset({"--help", "--version"})
"""What any program that is known only answers, if it is all that it is given."""
DECLARES = frozenset({"declare", "typeset", "local", "readonly"})
"""What sets variables that no command gets, unless told to."""
EXPORTS = frozenset({"export", "setenv"})
EVALUATED = re.compile(r"\[[^\]]*(?:\$[({]|`)")
"""A subscript that runs something when a shell looks at it as a number."""


def grade_line(
    text: str, cwd: WorkingDir, context: GradingContext, given: Command | None = None
) -> Iterator[Finding]:
    """
    Yield the findings in every part of a shell line; never raises.

    `given` is the command or here-document that feeds its input.
    """
    if context.depth > MAX_DEPTH:
        yield Finding(Grade.DANGEROUS, "lines within lines, too deep to read")
        return
    if len(text) > MAX_LENGTH:
        yield Finding(Grade.DANGEROUS, "is longer than can be read")
        return
    from agent_status.features.risk.shell import parse_script  # noqa: PLC0415  5 MB, at the first need

    script = parse_script(text, cwd, context.is_late)
    inner = replace(
        context, depth=context.depth + 1, functions=context.functions | script.functions
    )
    for command in script.commands:
        if given and not (command.feeds or command.stdin):
            command = replace(command, feeds=given.feeds, stdin=given.stdin)  # noqa: PLW2901
        inner.words += len(command.words)
        if inner.words > MAX_WORDS or inner.is_late():
            yield Finding(Grade.DANGEROUS, "is longer than can be read")
            break
        yield from grade_command(command, inner)
    context.words = inner.words
    if script.cut:
        yield Finding(Grade.DANGEROUS, "is longer than can be read")
    if not script.whole:
        yield from _grade_broken(text, cwd, context)


def _grade_broken(text: str, cwd: WorkingDir, context: GradingContext) -> Iterator[Finding]:
    """Yield the findings by the words of a text that doesn't parse."""
    yield Finding(Grade.WRITES, "cannot be parsed as a shell line")
    plain = re.sub(r"[\\'\"]", "", text)
    for path in re.findall(r"[^\s;|&<>]+", EXTENDED.sub("*", plain))[:MAX_BROKEN]:
        yield from grade_read(Word(path, glob="*" in path), cwd, context.tables)
    for path in re.findall(r">\s*([^\s;|&<>]+)", plain)[:MAX_BROKEN]:
        yield from grade_write(Word(path), cwd, context.tables)
    for name in re.findall(r"[\w.+-]+", plain):
        program = context.find_program(name)
        rules = program.rules if program else ()
        grades = [program.grade if program else Grade.WRITES, *(rule.grade for rule in rules)]
        if program and (Grade.DANGEROUS in grades or program.language or program.runs):
            why = f"cannot be parsed, and holds {clip_text(name, MAX_SHOWN)}"
            yield Finding(Grade.DANGEROUS, why)
            return


EXTENDED = re.compile(r"[@+*?!]\([^()]*\)?")
"""A pattern of files that the grammar does not know."""


def grade_command(command: Command, context: GradingContext) -> Iterator[Finding]:
    """Yield the findings in one simple command."""
    tables = context.tables
    yield from _grade_variables(command, context)
    for redirect in command.redirects:
        yield from grade_redirect(redirect, command.cwd, tables)
    if context.has_download((*command.feeds, command)):
        given = command.words if command.feeds else ()
        context.note_files((*given, *(one.target for one in command.redirects)))
    context.note_texts(command)
    if not command.words:
        return
    first = command.words[0]
    shown = clip_text(first.text, MAX_SHOWN)
    if not first.known or (first.glob and first.text not in {"[", "[["}):
        yield Finding(Grade.DANGEROUS, f"runs what {shown} holds")
        return
    programs = context.find_programs(first.text)
    if "/" in first.text and not _is_installed(first, command.cwd, context):
        yield from _grade_file(first, command, context)
        yield from _grade_text(Word(context.find_text(first) or ""), command, context)
    elif context.find_program(first.text) is None and first.text not in context.functions:
        yield Finding(Grade.WRITES, f"unknown program {shown}")
        for word in command.words[1:]:
            path = replace(word, text=word.text.partition("=")[2] or word.text)
            yield from grade_read(path, command.cwd, context.tables) if word.known else ()
        yield from _grade_known(command, command.words[1:], context)
    for program in programs:
        yield from _grade_program(program, command, context)


def _is_installed(word: Word, cwd: WorkingDir, context: GradingContext) -> bool:
    """Return True if a program is in a folder where names can be trusted."""
    return any(
        path is not None
        and dirname(path) in {expand_home(folder, cwd) for folder in context.tables.bins}
        for path in find_paths(word, cwd)
    )


def _grade_known(
    command: Command, words: Sequence[Word], context: GradingContext
) -> Iterator[Finding]:
    """Yield the findings of a known program among the words of an unknown one, which may run it."""
    at = next((at for at, word in enumerate(words) if context.tables.programs.get(word.text)), None)
    if at is not None:
        inner = replace(command, words=tuple(words[at:]), assigns=(), redirects=())
        yield from grade_command(inner, context)


def _grade_variables(command: Command, context: GradingContext) -> Iterator[Finding]:
    texts = [word.text for word in command.words]
    exported = any(re.fullmatch(r"-\w*x\w*", text) for text in texts[1:])
    given = bool(texts) and (exported or texts[0] not in DECLARES)
    assigns = command.assigns
    if texts[:1] and texts[0] in DECLARES | EXPORTS and not assigns:
        assigns = _list_assigned(command.words)
    values = [value for _, value in assigns]
    for name, value in assigns:
        if given or is_shell_setting(name, value, context.tables):
            yield from _grade_variable(name, value, command.cwd, context)
        if value.known and EVALUATED.search(value.text):
            yield Finding(Grade.DANGEROUS, f"sets {name} to what a shell would run")
    yield from grade_words((*command.words, *values), context.tables)


def _list_assigned(words: Sequence[Word]) -> tuple[tuple[str, Word], ...]:
    """Return the variables that `NAME=VALUE` among the words would set."""
    parts = [(word, *word.text.partition("=")) for word in words]
    return tuple((name, replace(word, text=value)) for word, name, sign, value in parts if sign)


def _grade_variable(
    name: str, value: Word, cwd: WorkingDir, context: GradingContext
) -> Iterator[Finding]:
    def runs(line: Word) -> bool:
        text = line.text.strip()
        found = grade_line(text, cwd, context) if text and line.known else ()
        return not line.known or any(one.grade is not Grade.HARMLESS for one in found)

    yield from grade_variable(name, value, cwd, context.tables, runs)


def _grade_file(word: Word, command: Command, context: GradingContext) -> Iterator[Finding]:
    """Yield the findings of running a file with unknown content."""
    shown = clip_text(word.text, MAX_SHOWN)
    if not word.known:
        yield Finding(Grade.DANGEROUS, f"runs what {shown} holds")
    elif word.text in context.downloads:
        yield Finding(Grade.DANGEROUS, f"runs a download: {shown}")
    else:
        yield Finding(Grade.WRITES, f"runs {shown}")
        yield from grade_read(word, command.cwd, context.tables)
        for path in find_paths(word, command.cwd):
            inside = path and is_inside(path, command.cwd.root)
            if not inside and not (path and is_scratch(path, context.tables)):
                yield Finding(Grade.DANGEROUS, f"runs a file outside the checkout: {shown}")


def _grade_program(
    program: Program, command: Command, context: GradingContext
) -> Iterator[Finding]:
    words = command.words[1:]
    if len(words) == 1 and words[0].text in ABOUT:
        return
    use = split_use(program, clip_text(basename(command.words[0].text), MAX_SHOWN), words)
    cwd = command.cwd
    for word in use.list_values(program.folders):
        cwd = enter_folder(word, cwd)
    matches = match_rules(program, use, command)
    findings = list(grade_use(program, use, command, matches))
    yield from findings
    looks = all(one.grade is Grade.HARMLESS for one in findings)
    yield from grade_home(program, use, cwd, context, looks=looks)
    yield from grade_files(program, use, matches, cwd, context)
    inner = replace(command, cwd=cwd)
    if program.downloads:
        named = [*use.list_values(program.outputs), *(one.target for one in command.redirects)]
        context.note_files((*named, *use.words))
    if program.remote:
        inner = replace(command, cwd=WorkingDir((None,), "", "~"))
    if not use.has_any(program.stops):
        yield from _grade_inner(program, use, matches, inner, context)


def _grade_inner(
    program: Program,
    use: Invocation,
    matches: Sequence[Match],
    command: Command,
    context: GradingContext,
) -> Iterator[Finding]:
    """Yield the findings in the commands and the code that the program runs."""
    yield from _grade_definitions(program, use, command, context)
    lines, code = use.list_values(program.scripts), use.list_values(program.code)
    named = use.has_any(program.sources)
    for word in use.list_values(program.sources) or [Word("-")] * named:
        yield from _grade_script_file(program, use, word, command, context)
    for word in lines:
        yield from _grade_text(word, command, context)
    if program.language in DIALECTS:
        given = code or [word for word in use.positional if word.text][: 0 if named else 1]
        script = Word("\n".join(word.text for word in given), all(word.known for word in given))
        yield from grade_script(program.language, use.name, script, command.cwd, context)
        return
    for word in code:
        yield from grade_code(word, context)
    for rest in use.rests:
        if program.runs in {"line", "lines"} or rest[0].text == LINES:
            for word in rest[: 1 if program.runs == "line" else None]:
                yield from _grade_joined(program, (word,), command, context)
        elif program.runs in {"text", "code"}:
            yield from _grade_joined(program, rest, command, context)
        else:
            yield from _grade_rest(program, use, matches, rest, command, context)
    if program.language and not (lines or code or use.rests):
        yield from _grade_source(program, use, command, context)


def _grade_definitions(
    program: Program, use: Invocation, command: Command, context: GradingContext
) -> Iterator[Finding]:
    """Yield the findings of NAME=VALUE among its words."""
    if program.runs == "rest":
        assigns = _list_assigned(use.positional)
        yield from _grade_variables(Command((Word("env"),), command.cwd, assigns), context)
    for word in use.positional if program.defines else ():
        found = DEFINED.fullmatch(word.text)
        if found and word.known:
            yield from _grade_variable(found[1], Word(found[2]), command.cwd, context)
            if " " in found[2] and context.find_program(found[2].partition(" ")[0]):
                yield from grade_line(found[2], command.cwd, context)


def _grade_joined(
    program: Program, rest: Sequence[Word], command: Command, context: GradingContext
) -> Iterator[Finding]:
    if rest[0].text in {"", "-"}:
        return
    known, runs = all(word.known for word in rest), tuple(run for word in rest for run in word.runs)
    if program.runs == "code":
        yield from grade_code(Word(" ".join(word.text for word in rest), known), context)
        return
    joined = " ".join(NAMED.sub("", word.text) if program.defines else word.text for word in rest)
    given = ' "$@"' if program.appends else ""
    yield from _grade_text(Word(joined + given, known, runs=runs), command, context)


def _grade_rest(
    program: Program,
    use: Invocation,
    matches: Sequence[Match],
    rest: Sequence[Word],
    command: Command,
    context: GradingContext,
) -> Iterator[Finding]:
    if context.depth > MAX_DEPTH:
        yield Finding(Grade.DANGEROUS, "commands within commands, too deep to read")
        return
    known = re.sub(r"(?<=.)@.*", "", rest[0].text) in context.tables.programs
    if not known and {use.name, ANY} & set(program.fetches):
        yield Finding(Grade.DANGEROUS, f"fetches and runs {clip_text(rest[0].text, MAX_SHOWN)}")
    deeper = replace(context, depth=context.depth + 1)
    for words in _list_runs(program, use, matches, rest, command, context):
        deeper.words += len(words)
        if deeper.words > MAX_WORDS or deeper.is_late():
            yield Finding(Grade.DANGEROUS, "is longer than can be read")
            break
        yield from grade_command(replace(command, words=words, assigns=(), redirects=()), deeper)
    context.words = deeper.words


def _list_runs(
    program: Program,
    use: Invocation,
    matches: Sequence[Match],
    rest: Sequence[Word],
    command: Command,
    context: GradingContext,
) -> Iterator[tuple[Word, ...]]:
    """Yield the command that is run, with the arguments it gets or finds."""
    if not (program.appends or program.finds):
        yield tuple(rest)
        return
    named = [word.text for word in use.list_values(MARKS) if word.text]
    braces = program.finds or use.has_any(("-i", "--replace"))
    marks = [*named, *["{}"] * braces]
    read = use.list_values(program.inputs)
    for given in list_found(program, use, matches) or (
        UNKNOWN if read else list_given(command, context)
    ):
        placed = substitute_path(rest, marks, given)
        yield (*placed, given) if program.appends and not named else placed


DIALECTS = frozenset({"sed", "awk"})
MARKS = ("-I", "-i", "--replace")
"""Options that say in place of what an argument stands."""


def _grade_text(word: Word, command: Command, context: GradingContext) -> Iterator[Finding]:
    """Yield the findings in a shell line that is an argument."""
    if context.has_download(word.runs):
        yield Finding(Grade.DANGEROUS, "runs a download as a shell line")
    elif not word.known:
        yield Finding(Grade.DANGEROUS, f"runs what {clip_text(word.text, MAX_SHOWN)} holds")
    if word.text and (word.known or not word.runs):
        yield from grade_line(word.text, command.cwd, context, command)


def _grade_source(
    program: Program, use: Invocation, command: Command, context: GradingContext
) -> Iterator[Finding]:
    """Yield the findings in what an interpreter reads: a file, or its input."""
    file = next((word for word in use.positional if word.text not in {"-", "/dev/stdin"}), None)
    if file is None and not use.has_any(("-s",)):
        file = next((one.target for one in command.redirects if one.sign == "<"), None)
    if file is not None:
        if context.has_download(file.runs):
            yield Finding(Grade.DANGEROUS, f"pipes a download into {use.name}")
        yield from _grade_file(file, command, context)
        yield from _grade_given(program, context.find_text(file) or "", command, context)
        if file.text in context.tables.programs:
            yield from _grade_known(command, use.positional, context)
        return
    if command.stdin:
        yield from _grade_given(program, command.stdin, command, context)
    elif command.feeds:
        yield from _grade_feeds(program, use, command, context)


def _grade_script_file(
    program: Program, use: Invocation, word: Word, command: Command, context: GradingContext
) -> Iterator[Finding]:
    """Yield the findings in a code file that an option names, or in the input."""
    text = command.stdin if word.text in {"-", "/dev/stdin"} else context.find_text(word)
    yield from _grade_file(word, command, context)
    if text and program.language in DIALECTS:
        yield from grade_script(program.language, use.name, Word(text), command.cwd, context)
    elif text:
        yield from grade_line(text, command.cwd, context)
    elif word.text == "-":
        yield Finding(Grade.DANGEROUS, f"{use.name} runs anything that it is given")


def _grade_given(
    program: Program, text: str, command: Command, context: GradingContext
) -> Iterator[Finding]:
    if text and program.language == "shell":
        yield from grade_line(text, command.cwd, context)
    elif text:
        yield from grade_code(Word(text), context)


def _grade_feeds(
    program: Program, use: Invocation, command: Command, context: GradingContext
) -> Iterator[Finding]:
    """Yield the findings in what a pipeline feeds an interpreter."""
    last = command.feeds[-1]
    texts = [word.text for word in last.words]
    printed = find_printed(last) if len(command.feeds) == 1 else None
    if context.has_download(command.feeds):
        yield Finding(Grade.DANGEROUS, f"pipes a download into {use.name}")
    elif printed is not None:
        yield from _grade_given(program, printed, command, context)
        if texts[0] in PRINTS and "%" in printed:
            yield Finding(Grade.DANGEROUS, f"pipes what {texts[0]} makes into {use.name}")
    else:
        what = clip_text(" ".join(texts) or "something", MAX_SHOWN)
        yield Finding(Grade.DANGEROUS, f"pipes {what} into {use.name}")
