"""
Every message as JSON data and back: the one place that turns values into either.

A dataclass is an object with its fields' names. Reading is lenient, as the other end may be of
another version: unknown fields are ignored, and a value of the wrong kind becomes its field's
default, with a note in `problems`. Only data that can't be a value at all raises ConvertError.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from enum import Enum
from functools import cache
from types import MappingProxyType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from agent_status.model import Cursor, Row, Span, Style
from agent_status.model.ref import AgentRef

T = TypeVar("T")
Reader = Callable[[Any, list[str]], Any]
"""Turns JSON data into a value, and adds notes; raises ConvertError."""

FLAT: Mapping[str, Any] = MappingProxyType({"flat": True})
"""Metadata of a field whose own fields stand in the object around it."""
SPARSE: set[type] = {AgentRef, Style}
"""Of these, only what differs from the defaults is written."""
LISTS: Mapping[Any, int] = MappingProxyType({Cursor: 3, Row: 2, Span: 3})
"""These are lists of so many of their fields."""
MAX_INT = 2**63
MAX_SHOWN = 40
"""Characters of a wrong value in a note."""


class ConvertError(ValueError):
    """The data is of another kind, and there is no default for it."""


def decode(kind: type[T], data: Any, problems: list[str] | None = None) -> T:
    """Return `data` as a `kind`; raise ConvertError if it can't be one at all."""
    shape: Any = kind
    value: T = _find_reader(shape)(data, [] if problems is None else problems)
    return value


def encode(value: Any) -> Any:
    """Return a value as JSON data."""
    if is_dataclass(value):
        return _encode_dataclass(value, type(value))
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, dict):
        return {name: encode(one) for name, one in value.items()}
    if isinstance(value, frozenset):
        return sorted(map(encode, value))
    return [encode(one) for one in value] if isinstance(value, tuple | list) else value


def _encode_dataclass(value: Any, kind: Any) -> Any:
    if kind in LISTS:
        slots = fields(kind)[: LISTS[kind]]
        return [encode(getattr(value, slot.name)) for slot in slots]
    return dict(_encode_fields(value, kind))


def _encode_fields(value: Any, kind: Any) -> Iterator[tuple[str, Any]]:
    for slot in fields(kind):
        found = getattr(value, slot.name)
        if slot.metadata.get("flat"):
            yield from encode(found).items()
        elif kind not in SPARSE or found != slot.default:
            yield slot.name, encode(found)


@cache
def _find_reader(kind: Any) -> Reader:
    kind = getattr(kind, "__supertype__", kind)
    origin, parts = get_origin(kind), get_args(kind)
    if origin in {Union, UnionType}:
        return _make_union_reader([_find_reader(part) for part in parts])
    if origin in {tuple, frozenset, Mapping}:
        return _find_container_reader(origin, parts)
    if is_dataclass(kind):
        return _make_dataclass_reader(kind)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return _make_enum_reader(kind)
    return READERS[kind]


def _find_container_reader(origin: Any, parts: tuple[Any, ...]) -> Reader:
    if origin is Mapping:
        return _make_mapping_reader(_find_reader(parts[1]))
    if origin is frozenset or parts[-1] is ...:
        return _make_list_reader(origin, _find_reader(parts[0]))
    return _make_row_reader(tuple, [_find_reader(part) for part in parts])


def _make_dataclass_reader(kind: Any) -> Reader:
    hints = get_type_hints(kind)
    slots = [(slot, _find_reader(hints[slot.name])) for slot in fields(kind)]
    if kind in LISTS:
        readers = [reader for _, reader in slots[: LISTS[kind]]]
        return _make_row_reader(lambda values: kind(*values), readers)

    def read(data: Any, problems: list[str]) -> Any:
        if not isinstance(data, dict):
            raise _wrong(data, "an object")
        return kind(**dict(_read_fields(slots, data, problems)))

    return read


def _read_fields(
    slots: Iterable[tuple[Field[Any], Reader]], data: Mapping[str, Any], problems: list[str]
) -> Iterator[tuple[str, Any]]:
    """Yield what there is for each field; raise ConvertError where that needs a default."""
    for slot, reader in slots:
        has_default = not slot.default is slot.default_factory is MISSING
        part = data if slot.metadata.get("flat") else data.get(slot.name, MISSING)
        if part is MISSING and has_default:
            continue
        try:
            yield slot.name, reader(part, problems)
        except ConvertError as error:
            note = f"{slot.name}: {error}"
            if not has_default:
                raise ConvertError(note) from error
            problems.append(note)


def _make_union_reader(readers: Iterable[Reader]) -> Reader:
    def read(data: Any, problems: list[str]) -> Any:
        errors: list[str] = []
        for reader in readers:
            try:
                return reader(data, problems)
            except ConvertError as error:
                errors.append(str(error))
        raise ConvertError(" or ".join(errors))

    return read


def _make_mapping_reader(reader: Reader) -> Reader:
    """Return a reader of an object with any names; values that can't be read are left out."""

    def read(data: Any, problems: list[str]) -> Any:
        pairs = _make_list_reader(list, _make_row_reader(tuple, [READERS[str], reader]))
        if not isinstance(data, dict):
            raise _wrong(data, "an object")
        return dict(pairs([[*pair] for pair in data.items()], problems))

    return read


def _make_list_reader(make: Callable[[list[Any]], Any], reader: Reader) -> Reader:
    """Return a reader of any number of items; those that can't be read are left out."""

    def read(data: Any, problems: list[str]) -> Any:
        if not isinstance(data, list):
            raise _wrong(data, "a list")
        found = []
        for item in data:
            try:
                found.append(reader(item, problems))
            except ConvertError as error:
                problems.append(f"an item is left out: {error}")
        return make(found)

    return read


def _make_row_reader(make: Callable[[list[Any]], Any], readers: list[Reader]) -> Reader:
    """Return a reader of so many items, each of its own kind."""

    def read(data: Any, problems: list[str]) -> Any:
        if not isinstance(data, list) or len(data) != len(readers):
            raise _wrong(data, f"a list of {len(readers)}")
        return make([reader(item, problems) for reader, item in zip(readers, data, strict=True)])

    return read


def _make_enum_reader(kind: type[Enum]) -> Reader:
    known = {one.value: one for one in kind}

    def read(data: Any, _: list[str]) -> Any:
        if not isinstance(data, str) or data not in known:
            raise _wrong(data, f"one of {', '.join(known)}")
        return known[data]

    return read


def _make_plain_reader(kind: type, words: str) -> Reader:
    def read(data: Any, _: list[str]) -> Any:
        if type(data) is not kind:
            raise _wrong(data, words)
        return data

    return read


def _read_int(data: Any, _: list[str]) -> int:
    if type(data) is not int or abs(data) > MAX_INT:
        raise _wrong(data, "a whole number")
    return data


def _read_float(data: Any, _: list[str]) -> float:
    """Return a finite number, as NaN would make nothing equal to itself."""
    try:
        number = math.nan if isinstance(data, bool | str) else float(data)
    except (OverflowError, TypeError):
        number = math.nan
    if not math.isfinite(number):
        raise _wrong(data, "a number")
    return number


def _wrong(data: Any, words: str) -> ConvertError:
    shown = repr(data[:MAX_SHOWN]) if isinstance(data, str) else NAMES.get(type(data), "a value")
    return ConvertError(f"{shown} is not {words}")


NAMES: Mapping[type, str] = MappingProxyType(
    {bool: "a flag", dict: "an object", float: "a number", int: "a number", list: "a list"}
    | {type(None): "null", type(MISSING): "nothing"}
)
READERS: Mapping[Any, Reader] = MappingProxyType(
    {
        Any: lambda data, _: data,
        bool: _make_plain_reader(bool, "true or false"),
        float: _read_float,
        int: _read_int,
        str: _make_plain_reader(str, "text"),
        type(None): _make_plain_reader(type(None), "null"),
    }
)
