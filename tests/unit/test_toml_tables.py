"""TOML is loaded strictly into dataclasses: what a table may hold is what they say."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated

import pytest

from agent_status.toml_tables import (
    Key,
    TableError,
    list_keys,
    list_problems,
    parse_table,
    parse_text,
    parse_toml,
)


class Colour(StrEnum):
    """
    Words of an enum.
    """

    RED = "red"
    BLUE = "blue"


@dataclass(frozen=True)
class Part:
    """
    An item of a list of tables.
    """

    id: str
    colour: Colour | None = None
    size: int = 1


@dataclass(frozen=True)
class Whole:
    """
    A file.
    """

    kind: str
    name: str
    loud: bool = False
    parts: Annotated[tuple[Part, ...], Key("part")] = ()
    words: Mapping[str, str] = field(default_factory=dict)
    shout: Annotated[str, lambda value: parse_text(value).upper()] = ""


def load(text: str) -> Whole:
    """
    Load a text as a file of that kind.
    """
    return parse_table(Whole, parse_toml(text), kind="k")


def test_parse_table_follows_the_annotations() -> None:
    """
    Names, keys, enums, maps and parsers of a field's own.
    """
    text = 'name = "n"\nloud = true\nshout = "a"\nwords = { a = "b" }\n[[part]]\nid = "p"\n'

    assert load(text + 'colour = "red"\nsize = 7') == Whole(
        "k", "n", loud=True, parts=(Part("p", Colour.RED, 7),), words={"a": "b"}, shout="A"
    )
    assert ["kind", "name", "loud", "part", "words", "shout"] == list(list_keys(Whole))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('nam = "x"', "1: unknown key 'nam'; known are name, loud, part, words, shout (did you "),
        ('kind = "x"\nname = "n"', "1: unknown key 'kind'; known are name"),
        ("", "1: lacks name (look it up)"),
        ('name = ""', "1: lacks name (look it up)"),
        ("name = [", "1: not TOML: "),
        ('name = "n"\nloud = 1', "2: loud: 1 is neither true nor false (look it up)"),
        ('name = "n"\nwords = 1', "2: words: 1 is not a table"),
        ('name = "n"\npart = {}', "2: part: {} is not a list"),
        ('name = "n"\n[[part]]\nid = "p"\nsize = 1001', "4: part: p: size: 1001 is not a number"),
        ('name = "n"\n[[part]]\nid = "p"\nsize = true', "4: part: p: size: True is not a number"),
        (
            'name = "n"\n[[part]]\nid = "p"\n[[part]]\nid = "q"\ncolour = "rad"',
            "6: part: q: colour: 'rad' is none of red, blue (did you mean 'red'?)",
        ),
    ],
)
def test_list_problems_names_line_key_reason_and_hint(text: str, problem: str) -> None:
    """
    The first of them, if there are more.
    """
    with pytest.raises(TableError) as caught:
        load(text)

    first = list_problems("file", text, caught.value, "look it up")[0]
    assert str(first).startswith(f"file:{problem}")


def test_all_problems_are_found_in_one_run() -> None:
    """
    The error's own text counts the others.
    """
    with pytest.raises(TableError, match=r"^loud: 1 is neither true nor false \(and 2 more\)$"):
        load("loud = 1\npart = 1")
