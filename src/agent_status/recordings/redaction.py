"""Masks secrets in pane text; every mask is as wide as the secret."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

MASK = "x"
KEYISH = r"(?:key|token|secret|credentials?|cookie|session|auth)"
SURE = (
    r"(?:pass(?:w(?:or)?d|phrase)|secret|(?:api|access|private|encryption)[_-]?key"
    r"|(?:auth|access|refresh|bearer)[_-]?token)"
)
NAME = r"(?<![\w.-])[\w.-]{0,40}?"
GIVEN = r"""[\w-]{0,20}["']?\s*[:=]\s*["']?"""
MIXED = r"(?=\S{0,200}[a-z])(?=\S{0,200}[A-Z])(?=\S{0,200}[0-9])"
"""Looks no further than a token reaches: a screen full of one word must not cost minutes."""

KINDS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(pattern))
    for kind, pattern in (
        ("key", r"\b(?:sk|pk|rk|xai|gsk|r8|fw|nvapi|tvly|pplx)[-_][A-Za-z0-9][\w-]{14,}"),
        ("key", r"\b(?:gh[pousr]_|github_pat_|glpat-|hf_|npm_|pypi-|dop_v1_)[\w-]{12,}"),
        ("key", r"\b(?:xox[abeprs]-[\w-]{8,}|AIza[\w-]{20,}|ya29\.[\w-]{10,}|SG\.[\w.-]{20,})"),
        ("key", r"\bA(?:KIA|SIA|GPA|IDA|ROA)[0-9A-Z]{12,}"),
        ("key", r"\bAGE-SECRET-KEY-1[0-9A-Z]{20,}"),
        ("token", r"\beyJ[\w-]{8,2000}\.[\w-]{4,}(?:\.[\w-]*)?"),
        ("token", r"(?i)\b(?:bearer|basic|token)\s+(?=\S{0,200}[0-9=])(?P<it>[\w.~+/=-]{10,})"),
        ("password", r"\b[A-Za-z][A-Za-z0-9+.-]{0,20}://(?P<it>[^\s/@:]{0,200}:[^\s/@]{1,200})@"),
        (
            "token",
            r"(?i)[?&](?:\w{0,40}(?:token|key)|sig\w{0,40}|code|secret|password)=(?P<it>[^\s&#]+)",
        ),
        ("password", rf"(?i){NAME}{SURE}{GIVEN}(?P<it>[^\s\"',;│┃|]{{4,}})"),
        ("password", r"(?i)\s--?(?:password|passwd|token|api-?key|secret)[= ](?P<it>[^\s-]\S{3,})"),
        (
            "token",
            rf"(?i){NAME}{KEYISH}{GIVEN}(?=\S{{0,200}}[0-9])(?=\S{{0,200}}[a-z])(?P<it>[\w./+=~-]{{12,}})",
        ),
        ("token", rf"(?<![\w/.-])(?=[\w+=-]{{36}}){MIXED}[\w+=-]{{36,}}(?![\w/])"),
        ("key", r"(?<![^\s│┃|])[A-Za-z0-9+/]{60,}={0,2}(?![^\s│┃|])"),
        ("e-mail address", r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){0,5}\.[A-Za-z]{2,24}\b"),
    )
)
"""Kinds of secrets and what they look like; of a pattern with the group `it` only that."""

COMMON = frozenset(
    {"root", "user", "users", "admin", "home", "dev", "code", "work", "main", "test", "ubuntu"}
    | {"debian", "pi", "claude", "codex", "gemini", "opencode", "agent", "qwen", "copilot", "git"}
    | {"kimi", "vibe", "aider", "cline", "amp", "droid", "hermes", "grok", "shell", "bash"}
)
"""Words that are masked only in paths and before an @, as they mean more than a name."""

SEQUENCE = re.compile(r"\x1b\[[0-9:;]*m|[\x0e\x0f]")
FRAME = " \t│┃║▌▐▏▕┆┊╎|>❯›"
"""What may stand around text: blanks, borders, prompts."""
EDGE = 4
"""A row that ends so near to the right edge may go on in the next one."""
TAIL = re.compile(r"[\w.+/=~-]+")
MAX_TEXTS = 4096
LONG = 12
"""Characters of a secret that a narrow box may have wrapped, wherever its edge is."""
PLAIN_WORD = re.compile(r"[A-Za-z]?[a-z]*[.]?")


@dataclass(frozen=True, slots=True)
class Person:
    """The owner of a pane; empty parts aren't masked."""

    user: str = ""
    home: str = ""
    host: str = ""


@dataclass(slots=True)
class Masker:
    """Masks the text of one person; `found` counts by kind. Idempotent on its own output."""

    person: Person = Person()
    found: dict[str, set[str]] = field(default_factory=dict)
    _spans: dict[str, list[tuple[int, int]]] = field(default_factory=dict)
    """Where the secrets of texts are that were seen lately: most rows stay as they are."""

    def mask(self, text: str) -> str:
        """Return text without its secrets; every line keeps its width."""
        return "\n".join(self._replace(line, self._find(line)) for line in text.split("\n"))

    def mask_rows(self, rows: Sequence[str], width: int) -> tuple[str, ...]:
        """
        Return captured rows, which may contain styles, without their secrets.

        A secret that wraps at the right edge is found as a whole.
        """
        plain = [SEQUENCE.sub("", row) for row in rows]
        spans: list[set[tuple[int, int]]] = [set(self._find(text)) for text in plain]
        for start, end in _iterate_wrapped(plain, width):
            self._find_wrapped(plain[start:end], spans[start:end])
        for y in range(len(rows) - 1):
            _follow(plain[y], plain[y + 1], spans[y], spans[y + 1])
        return tuple(
            self._replace(row, found) if found else row
            for row, found in zip(rows, spans, strict=True)
        )

    def _find(self, text: str) -> list[tuple[int, int]]:
        found = self._spans.get(text)
        if found is None:
            if len(self._spans) >= MAX_TEXTS:
                self._spans.clear()
            found = self._spans[text] = list(self._iterate_spans(text))
        return found

    def _iterate_spans(self, text: str) -> Iterator[tuple[int, int]]:
        if not text.strip():
            return
        for kind, pattern in (*KINDS, *_list_own(self.person)):
            group = "it" if "it" in pattern.groupindex else 0
            for match in pattern.finditer(text):
                secret = match[group]
                if secret.strip(MASK + "@.:-_/"):
                    self.found.setdefault(kind, set()).add(secret)
                    yield match.span(group)

    def _find_wrapped(self, lines: Sequence[str], spans: Sequence[set[tuple[int, int]]]) -> None:
        """Add to `spans` what is found in lines that belong together."""
        heads = [len(line) - len(line.lstrip(FRAME)) for line in lines]
        parts = [line.strip(FRAME) for line in lines]
        for start, end in self._find("".join(parts)):
            at = 0
            for part, head, found in zip(parts, heads, spans, strict=True):
                low, high = max(start - at, 0), min(end - at, len(part))
                if low < high:
                    found.add((head + low, head + high))
                at += len(part)

    def _replace(self, row: str, spans: Sequence[tuple[int, int]] | set[tuple[int, int]]) -> str:
        """Return `row` with the spans of its plain text masked; sequences stay in place."""
        if not spans:
            return row
        parts: list[str] = []
        index = at = 0
        while at < len(row):
            sequence = SEQUENCE.match(row, at)
            if sequence:
                parts.append(sequence[0])
                at = sequence.end()
                continue
            hidden = any(start <= index < end for start, end in spans)
            parts.append(_hide(row[at]) if hidden else row[at])
            index, at = index + 1, at + 1
        return "".join(parts)


def _hide(char: str) -> str:
    """Return a mask as wide as `char`; the separators of an address stay."""
    if char in "@.:/-_ ":
        return char
    if unicodedata.combining(char) or unicodedata.category(char) in {"Mn", "Me", "Cf"}:
        return ""
    return MASK * 2 if unicodedata.east_asian_width(char) in "WF" else MASK


def _iterate_wrapped(lines: Sequence[str], width: int) -> Iterator[tuple[int, int]]:
    """Yield (start, end) of runs of rows of which each but the last fills its room."""
    start = 0
    for y, line in enumerate(lines):
        if len(line.rstrip(FRAME)) >= width - EDGE and y + 1 < len(lines):
            continue
        if y > start:
            yield start, y + 1
        start = y + 1


def _follow(
    line: str, below: str, spans: set[tuple[int, int]], found: set[tuple[int, int]]
) -> None:
    """Mask also the tail of a secret that ends its row, if one begins the row below."""
    end = len(line.rstrip(FRAME))
    ends = (line[start:last] for start, last in spans if last >= end)
    if not any(len(secret) >= LONG and "@" not in secret for secret in ends):
        return
    head = len(below) - len(below.lstrip(FRAME))
    tail = TAIL.match(below, head)
    if tail and len(tail[0]) > 2 and not PLAIN_WORD.fullmatch(tail[0]):  # noqa: PLR2004
        found.add(tail.span())


def _list_own(person: Person) -> Iterator[tuple[str, re.Pattern[str]]]:
    """Yield what names the person: their home, their name, their machine."""
    parts = [part for part in person.home.split("/") if part]
    if parts:
        kept = "/" + "/".join(parts[:1]) + "/" if len(parts) > 1 else "/"
        own = re.escape("/".join(parts[1:] or parts))
        yield "home path", _compile(rf"(?<![\w.]){re.escape(kept)}(?P<it>{own})(?![\w])")
    if len(person.user) > 1:
        name = re.escape(person.user)
        yield "user name", _compile(rf"(?<![A-Za-z0-9])(?P<it>{name})@")
        if person.user not in COMMON and len(person.user) > 2:  # noqa: PLR2004
            yield "user name", _compile(rf"(?<![A-Za-z0-9]){name}(?![A-Za-z0-9])")
    if len(person.host) > 2 and person.host not in {*COMMON, "localhost"}:  # noqa: PLR2004
        yield "host name", _compile(rf"(?<![A-Za-z0-9]){re.escape(person.host)}(?![A-Za-z0-9])")


def _compile(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def describe_found(found: dict[str, set[str]]) -> str:
    """Return in words what was masked, such as `2 keys, 1 home path`."""
    parts = [f"{len(ones)} {kind}{_plural(kind, len(ones))}" for kind, ones in found.items()]
    return ", ".join(parts) or "nothing"


def _plural(kind: str, count: int) -> str:
    return "" if count == 1 else "es" if kind.endswith("s") else "s"
