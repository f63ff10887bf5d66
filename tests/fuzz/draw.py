"""Strategies for what nobody expects: torn bytes, bent JSON, screens and sequences of any kind."""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any

from hypothesis import strategies as st

DEEP = 20_000
JUNK = (
    b"\0",
    b"\xff\xfe",
    b"\xed\xa0\x80",
    b"\\ud800",
    b"\\u0000",
    b"[" * DEEP,
    b'{"a":' * DEEP,
    b"[" * 300 + b"]" * 300,
    b"(" * 500,
    b"9" * 5000,
    b"-1",
    b"1e999",
    b"1e18",
    b"NaN",
    b"-Infinity",
    b"null",
    b"true",
    b"[]",
    b"{}",
    b'""',
    b'"',
    b"\n",
    b"\r\n",
    b"\t",
    b"a{99999999999}",
    b"\x1b]0;",
    b"\x1b[",
    "\u202e\u200b\u2028".encode(),
    "²٣".encode(),
)
"""What has broken parsers before: depth, size, NUL, half characters, numbers that are none."""

Edit = tuple[int, float, float, bytes]

EDITS = st.tuples(
    st.integers(0, 4), st.floats(0, 1), st.floats(0, 0.3), st.sampled_from(JUNK) | st.binary()
)


def apply_edit(data: bytes, edit: Edit) -> bytes:
    """Return `data` with something put in, overwritten, taken out, cut off or doubled."""
    kind, place, part, junk = edit
    start = int(place * len(data))
    end = start + int(part * len(data))
    forms = (
        data[:start] + junk + data[start:],
        data[:start] + junk + data[start + len(junk) :],
        data[:start] + data[end:],
        data[:start],
        data[:end] + data[start:],
    )
    return forms[kind]


def mangle(seeds: Sequence[bytes]) -> st.SearchStrategy[bytes]:
    """Return one of `seeds` after some edits, or any bytes at all."""

    def edit(seed: bytes, edits: list[Edit]) -> bytes:
        for one in edits:
            seed = apply_edit(seed, one)
        return seed

    bent = st.builds(edit, st.sampled_from(seeds), st.lists(EDITS, max_size=5))
    return bent | st.binary(max_size=200)


def mangle_text(seeds: Sequence[str]) -> st.SearchStrategy[str]:
    """Return what `mangle` makes of texts, or any text at all."""
    bent = mangle([seed.encode("utf-8", "surrogatepass") for seed in seeds])
    return bent.map(lambda data: data.decode("utf-8", "replace")) | st.text(max_size=200)


NUMBERS = (
    st.integers()
    | st.floats()
    | st.sampled_from([10**400, -1, 2**63, 2**31, 1e308, float("nan"), float("inf")])
)
TEXTS = st.text(max_size=30) | st.sampled_from(
    ["", "\0", "\ud800", "\x1b[2J", "%1", "%1\nkill-server", "x" * 5000, "\u202e", "approval"]
)
SCALARS = st.none() | st.booleans() | NUMBERS | TEXTS
ANY_JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)


def nest(depth: int) -> Any:
    """Return lists within lists."""
    found: Any = []
    for _ in range(depth):
        found = [found]
    return found


def list_places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return where something stands in JSON data."""
    inner: Any = ()
    if isinstance(value, Mapping):
        inner = value.items()
    elif isinstance(value, list):
        inner = enumerate(value)
    return [path, *(place for key, one in inner for place in list_places(one, (*path, key)))]


def twist(sample: Any) -> st.SearchStrategy[Any]:
    """Return JSON data like `sample` with some of its parts replaced by anything."""
    places = [place for place in list_places(sample) if place]

    def put(changes: list[tuple[tuple[Any, ...], Any]]) -> Any:
        found = deepcopy(sample)
        for (*way, last), value in changes:
            node = found
            try:
                for key in way:
                    node = node[key]
                node[last] = value
            except (TypeError, LookupError):
                continue
        return found

    values = ANY_JSON | st.just(nest(200))
    changes = st.lists(st.tuples(st.sampled_from(places), values), max_size=4)
    return changes.map(put) | ANY_JSON


SEQUENCES = (
    "\x1b[{a};{b}{end}",
    "\x1b[?{a}{end}",
    "\x1b[{a}:{b}::{a}m",
    "\x1b[>{a};{b}{end}",
    "\x1b]{a};{text}\x07",
    "\x1b]{a};{b};{text}\x1b\\",
    "\x1bP{text}\x1b\\",
    "\x1b{end}{text}",
    "\x1b_{text}",
    "{text}\r\n",
)
PARTS = ("a", "b", "text", "end")
COUNTS = st.integers(-2, 60) | st.sampled_from([999, 1049, 2004, 65535, 2**31, 10**12])
OUTPUT = st.builds(
    lambda form, a, b, text, end: form.format(a=a, b=b, text=text, end=end).encode(
        "utf-8", "replace"
    ),
    st.sampled_from(SEQUENCES),
    COUNTS,
    COUNTS,
    st.text(max_size=20),
    st.characters(min_codepoint=0x20, max_codepoint=0x7E),
) | st.binary(max_size=30)
"""What a program may print: sequences of every form, whole or torn, and text."""
STREAMS = st.lists(OUTPUT, max_size=15).map(b"".join)
