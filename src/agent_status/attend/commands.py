"""The grade of a shell line: of every command in it, and of those that they run in turn."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from posixpath import basename

from agent_status.attend.places import (
    LONGEST,
    Finding,
    enter_folder,
    find_paths,
    grade_folder,
    grade_read,
    grade_redirect,
    grade_write,
    is_inside,
    is_scratch,
)
from agent_status.attend.reading import Reading
from agent_status.attend.stakes import Program
from agent_status.attend.uses import Use, edits_paths, grade_use, split_use
from agent_status.attend.words import Command, Place, Word, unescape_ansi
from agent_status.model import Grade, clip_text

MOST_DEPTH = 6
"""Shell lines within shell lines."""
MOST_LENGTH = 64 * 1024
MOST_WORDS = 2000
BINS = re.compile(
    r"(?:/usr|/usr/local|/opt/\w+)?/s?bin/|(?:.*/)?(?:\.?venv/bin|node_modules/\.bin)/"
)
"""Where programs are what their names say."""
SEVERAL = ("-e", "-f", "--expression", "--regexp", "--file", "--from-file")
"""Options that give the pattern, so that every positional word is a path."""
NAMED = re.compile(r"^[\w-]+=")
PRINTS = frozenset({"echo", "printf"})


def grade_line(text: str, place: Place, reading: Reading) -> Iterator[Finding]:
    """Yield what is at stake in every part of a shell line; never raises."""
    if reading.depth > MOST_DEPTH:
        yield Finding(Grade.DANGEROUS, "lines within lines, too deep to read")
        return
    if len(text) > MOST_LENGTH:
        yield Finding(Grade.DANGEROUS, "is longer than can be read")
        return
    from agent_status.attend.shell import parse_script  # noqa: PLC0415  5 MB, at the first need

    script = parse_script(text, place, reading.is_late)
    inner = replace(
        reading, depth=reading.depth + 1, functions=reading.functions | script.functions
    )
    for command in script.commands:
        inner.words += len(command.words)
        if inner.words > MOST_WORDS or inner.is_late():
            yield Finding(Grade.DANGEROUS, "is longer than can be read")
            break
        yield from grade_command(command, inner)
    reading.words = inner.words
    if script.cut:
        yield Finding(Grade.DANGEROUS, "is longer than can be read")
    if not script.whole:
        yield from _grade_broken(text, reading)


def _grade_broken(text: str, reading: Reading) -> Iterator[Finding]:
    yield Finding(Grade.WRITES, "cannot be parsed as a shell line")
    for name in re.findall(r"[\w.+-]+", re.sub(r"[\\'\"]", "", text)):
        program = reading.find_program(name)
        rules = program.rules if program else ()
        grades = [program.grade if program else Grade.WRITES, *(rule.grade for rule in rules)]
        if program and (Grade.DANGEROUS in grades or program.language or program.runs):
            why = f"cannot be parsed, and holds {clip_text(name, LONGEST)}"
            yield Finding(Grade.DANGEROUS, why)
            return


def grade_command(command: Command, reading: Reading) -> Iterator[Finding]:
    """Yield what is at stake in one simple command."""
    stakes = reading.stakes
    yield from _grade_variables(command, reading)
    for redirect in command.redirects:
        yield from grade_redirect(redirect, command.place, stakes)
    if reading.has_download(command.feeds):
        reading.note_files((*command.words, *(one.target for one in command.redirects)))
    if not command.words:
        return
    first = command.words[0]
    shown = clip_text(first.text, LONGEST)
    if not first.known or (first.glob and first.text not in {"[", "[["}):
        yield Finding(Grade.DANGEROUS, f"runs whatever {shown} is")
        return
    program = reading.find_program(first.text)
    if "/" in first.text and not BINS.match(first.text):
        yield from _grade_file(first, command, reading)
    elif program is None and first.text not in reading.functions:
        yield Finding(Grade.WRITES, f"unknown program {shown}")
        yield from _grade_known(command, command.words[1:], reading)
    if program:
        yield from _grade_program(program, command, reading)


def _grade_known(command: Command, words: Sequence[Word], reading: Reading) -> Iterator[Finding]:
    """Yield what a known program among the words of an unknown one would do, if that runs it."""
    at = next((at for at, word in enumerate(words) if reading.stakes.programs.get(word.text)), None)
    if at is not None:
        inner = replace(command, words=tuple(words[at:]), assigns=(), redirects=())
        yield from grade_command(inner, reading)


def _grade_variables(command: Command, reading: Reading) -> Iterator[Finding]:
    running, secret = reading.stakes.running_variables, reading.stakes.secret_variables
    for name, value in command.assigns:
        if running and running.search(name) and not _is_harmless(value, command.place, reading):
            yield Finding(Grade.DANGEROUS, f"sets {name}, by which other programs run")
    for word in (*command.words, *(value for _, value in command.assigns)):
        found = secret.search(word.text) if secret and not word.known else None
        if found:
            yield Finding(Grade.DANGEROUS, f"uses the secret {clip_text(found[0], LONGEST)}")


def _is_harmless(value: Word, place: Place, reading: Reading) -> bool:
    text = value.text.strip()
    found = grade_line(text, place, reading) if text and value.known else ()
    return value.known and all(one.grade is Grade.HARMLESS for one in found)


def _grade_file(word: Word, command: Command, reading: Reading) -> Iterator[Finding]:
    """Yield what it means to run a file, whose content is not known."""
    shown = clip_text(word.text, LONGEST)
    if not word.known:
        yield Finding(Grade.DANGEROUS, f"runs whatever {shown} is")
    elif word.text in reading.downloads:
        yield Finding(Grade.DANGEROUS, f"runs a download: {shown}")
    else:
        yield Finding(Grade.WRITES, f"runs {shown}")
        for path in find_paths(word, command.place):
            inside = path and is_inside(path, command.place.root)
            if not inside and not (path and is_scratch(path, reading.stakes)):
                yield Finding(Grade.DANGEROUS, f"runs a file outside the checkout: {shown}")


def _grade_program(program: Program, command: Command, reading: Reading) -> Iterator[Finding]:
    use = split_use(program, clip_text(basename(command.words[0].text), 40), command.words[1:])
    place = command.place
    for word in use.list_values(program.folders):
        place = enter_folder(word, place)
    findings = list(grade_use(program, use, command))
    yield from findings
    if max(one.grade is not Grade.HARMLESS for one in findings) and not program.paths:
        yield from grade_folder(place, reading.stakes)
    yield from _grade_paths(program, use, replace(command, place=place), reading)
    if program.downloads:
        named = [*use.list_values(program.outputs), *(one.target for one in command.redirects)]
        reading.note_files((*named, *use.words))
    if program.remote:
        place = Place((None,), "", "~")
    if not use.has_any(program.stops):
        yield from _grade_inner(program, use, replace(command, place=place), reading)


def _grade_paths(
    program: Program, use: Use, command: Command, reading: Reading
) -> Iterator[Finding]:
    for word in use.list_values(program.outputs):
        yield Finding(Grade.WRITES, f"writes {clip_text(word.text, LONGEST)}")
    reads, writes = _sort_paths(program, use, command)
    for word in (*use.list_values(program.inputs), *reads):
        yield from grade_read(word, command.place, reading.stakes)
    for word in (*use.list_values(program.outputs), *writes):
        yield from grade_write(word, command.place, reading.stakes)


def _sort_paths(
    program: Program, use: Use, command: Command
) -> tuple[Sequence[Word], Sequence[Word]]:
    """Return the positional words that are read, and those that are written."""
    words = use.positional
    if program.paths == "reads":
        given = any(flag.startswith(SEVERAL) for flag in use.flags)
        words = words[0 if given else program.skip :]
        return words, words if edits_paths(program, use, command) else ()
    cuts = {"writes": 0, "last": max(0, len(words) - 1)}
    cut = cuts.get(program.paths)
    return ((), ()) if cut is None else (words[:cut], words[cut:])


def _grade_inner(
    program: Program, use: Use, command: Command, reading: Reading
) -> Iterator[Finding]:
    """Yield what is at stake in the commands and the code that the program runs."""
    lines, code = use.list_values(program.scripts), use.list_values(program.code)
    for word in lines:
        yield from _grade_text(word, command, reading)
    for word in code:
        yield from grade_code(word, reading)
    if use.rest and program.runs == "text":
        joined = " ".join(NAMED.sub("", word.text) for word in use.rest)
        known = all(word.known for word in use.rest)
        runs = tuple(run for word in use.rest for run in word.runs)
        yield from _grade_text(Word(joined, known, runs=runs), command, reading)
    elif use.rest:
        yield from _grade_rest(program, use, command, reading)
    if program.runs == "rest":
        yield from _grade_assignments(use, command, reading)
    if program.language and not (lines or code or use.rest):
        yield from _grade_source(program, use, command, reading)


def _grade_assignments(use: Use, command: Command, reading: Reading) -> Iterator[Finding]:
    """Yield what `env NAME=VALUE` sets."""
    pairs = [word.text.partition("=") for word in use.positional]
    assigns = tuple((name, Word(value)) for name, sign, value in pairs if sign)
    yield from _grade_variables(Command((), command.place, assigns), reading)


def _grade_rest(
    program: Program, use: Use, command: Command, reading: Reading
) -> Iterator[Finding]:
    if reading.depth > MOST_DEPTH:
        yield Finding(Grade.DANGEROUS, "commands within commands, too deep to read")
        return
    more = (Word("what it is given", known=False),) if program.appends else ()
    deeper = replace(reading, depth=reading.depth + 1)
    yield from grade_command(
        replace(command, words=use.rest + more, assigns=(), redirects=()), deeper
    )


def _grade_text(word: Word, command: Command, reading: Reading) -> Iterator[Finding]:
    """Yield what is at stake in a shell line that is an argument."""
    if reading.has_download(word.runs):
        yield Finding(Grade.DANGEROUS, "runs a download as a shell line")
    elif not word.known:
        yield Finding(Grade.DANGEROUS, f"runs whatever {clip_text(word.text, LONGEST)} is")
    if word.known or not word.runs:
        yield from grade_line(word.text, command.place, reading)


def _grade_source(
    program: Program, use: Use, command: Command, reading: Reading
) -> Iterator[Finding]:
    """Yield what is at stake in what an interpreter reads: a file, or what it is given."""
    file = next((word for word in use.positional if word.text not in {"-", "/dev/stdin"}), None)
    if file is None and not use.has_any(("-s",)):
        file = next((one.target for one in command.redirects if one.sign == "<"), None)
    if file is not None:
        if reading.has_download(file.runs):
            yield Finding(Grade.DANGEROUS, f"pipes a download into {use.name}")
        yield from _grade_file(file, command, reading)
        if file.text in reading.stakes.programs:
            yield from _grade_known(command, use.positional, reading)
        return
    if command.stdin:
        yield from _grade_given(program, command.stdin, command, reading)
    elif command.feeds:
        yield from _grade_feeds(program, use, command, reading)


def _grade_given(
    program: Program, text: str, command: Command, reading: Reading
) -> Iterator[Finding]:
    if program.language == "shell":
        yield from grade_line(text, command.place, reading)
    else:
        yield from grade_code(Word(text), reading)


def _grade_feeds(
    program: Program, use: Use, command: Command, reading: Reading
) -> Iterator[Finding]:
    """Yield what is at stake in what a pipeline gives an interpreter."""
    last = command.feeds[-1]
    texts = [word.text for word in last.words]
    known = all(word.known for word in last.words)
    if reading.has_download(command.feeds):
        yield Finding(Grade.DANGEROUS, f"pipes a download into {use.name}")
    elif len(command.feeds) == 1 and known and texts[:1] == ["cat"] and last.stdin:
        yield from _grade_given(program, last.stdin, command, reading)
    elif len(command.feeds) == 1 and known and texts and texts[0] in PRINTS:
        words = " ".join(text for text in texts[1:] if text not in {"-e", "-n", "--"})
        yield from _grade_given(program, unescape_ansi(words), command, reading)
        if "%" in words:
            yield Finding(Grade.DANGEROUS, f"pipes what {texts[0]} makes into {use.name}")
    else:
        what = clip_text(" ".join(texts) or "something", LONGEST)
        yield Finding(Grade.DANGEROUS, f"pipes {what} into {use.name}")


def grade_code(word: Word, reading: Reading) -> Iterator[Finding]:
    """Yield what is at stake in a piece of code in any language."""
    if not word.known:
        yield Finding(Grade.DANGEROUS, f"runs code that holds {clip_text(word.text, LONGEST)}")
    if len(word.text) > MOST_LENGTH // 8:
        yield Finding(Grade.DANGEROUS, "runs more code than can be read")
    yield Finding(Grade.WRITES, "runs code")
    for rule in reading.stakes.code:
        if rule.matches.search(word.text[: MOST_LENGTH // 8]):
            yield Finding(rule.grade, rule.why)
