"""Every message goes to JSON and back, and any JSON becomes a message, a note or an error."""

import contextlib
import json
import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent_status.errors import RefusedError
from agent_status.model import Cursor, Row, Screen, Span, State, Style, Verb
from agent_status.model.ref import NO_REF, AgentRef, make_ref, parse_ref
from agent_status.protocol.convert import LISTS, ConvertError, decode, encode
from agent_status.protocol.messages import (
    ANSWERS,
    OLD_OPS,
    REQUESTS,
    Acknowledge,
    BadRequestError,
    ChangeTriage,
    Inspect,
    List,
    May,
    ReadHistory,
    WriteNote,
    parse_answer,
    parse_request,
    render_request,
)
from agent_status.protocol.pane_state import PaneState
from agent_status.protocol.rows import AgentRow, Report
from tests.fuzz.draw import ANY_JSON
from tests.recordings.test_report_schema import SCHEMA

SCALARS: Mapping[Any, st.SearchStrategy[Any]] = {
    Any: st.none() | st.text(max_size=5),
    bool: st.booleans(),
    float: st.floats(allow_nan=False, allow_infinity=False),
    int: st.integers(-(2**62), 2**62),
    str: st.text(max_size=8),
    type(None): st.none(),
}
REPRODUCIBLE = settings(derandomize=True, max_examples=40, deadline=None)


def draw_any(kind: Any) -> st.SearchStrategy[Any]:
    """
    Return a strategy for values of a type that messages are made of.
    """
    kind = getattr(kind, "__supertype__", kind)
    origin, parts = get_origin(kind), get_args(kind)
    if origin in {Union, UnionType}:
        return st.one_of(*map(draw_any, parts))
    if origin is not None:
        return draw_container(origin, parts)
    if is_dataclass(kind):
        make: Any = kind
        hints = get_type_hints(kind)
        sent = fields(kind)[: LISTS.get(kind)]
        return st.builds(make, **{slot.name: draw_any(hints[slot.name]) for slot in sent})
    return SCALARS[kind] if kind in SCALARS else st.sampled_from(kind)


def draw_container(origin: Any, parts: tuple[Any, ...]) -> st.SearchStrategy[Any]:
    """
    Return the same for tuples, sets and mappings.
    """
    if origin is Mapping:
        return st.dictionaries(SCALARS[str], draw_any(parts[1]), max_size=2)
    if origin is frozenset:
        return st.frozensets(draw_any(parts[0]), max_size=2)
    if parts[-1] is ...:
        return st.lists(draw_any(parts[0]), max_size=2).map(tuple)
    return st.tuples(*map(draw_any, parts))


@pytest.mark.parametrize("op", REQUESTS)
def test_request_comes_back_as_it_was_sent(op: str) -> None:
    """
    With every field at any value.
    """

    @REPRODUCIBLE
    @given(draw_any(REQUESTS[op]))
    def check(request: Any) -> None:
        assert request == parse_request(render_request(request))

    check()


@pytest.mark.parametrize("op", REQUESTS)
def test_answer_comes_back_as_it_was_sent(op: str) -> None:
    """
    With every field at any value, and without a note.
    """
    kind = ANSWERS[REQUESTS[op]]

    @REPRODUCIBLE
    @given(draw_any(kind))
    def check(answer: Any) -> None:
        problems: list[str] = []
        data = json.loads(json.dumps(encode(answer)))
        assert answer == decode(kind, data, problems)
        assert [] == problems

    check()


@pytest.mark.parametrize("op", REQUESTS)
def test_any_json_is_an_answer_or_an_error_by_name(op: str) -> None:
    """
    Nothing else is raised.
    """

    @REPRODUCIBLE
    @given(ANY_JSON)
    def check(data: Any) -> None:
        request = May(verb=Verb.STOP) if op == "may" else REQUESTS[op]()
        with contextlib.suppress(ConvertError):
            parse_answer(request, data)

    check()


@pytest.mark.parametrize(("old", "new"), OLD_OPS.items())
def test_old_name_of_an_op_is_still_answered(old: str, new: str) -> None:
    """
    A client of before sends it with `pane` alone.
    """
    request = parse_request(json.dumps({"v": 1, "op": old, "pane": "%3"}).encode())

    assert REQUESTS[new](make_ref("%3")) == request


def test_request_names_only_what_differs_from_the_defaults() -> None:
    """
    A daemon of before knows no host; null is a value of its own.
    """
    assert b'{"v": 1, "op": "list"}\n' == render_request(List())
    assert b'{"v": 1, "op": "inspect", "pane": "%3"}\n' == render_request(Inspect(make_ref("%3")))
    wake = json.loads(render_request(ChangeTriage(make_ref("%3"), snooze_s=None)))
    assert {"v": 1, "op": "triage", "pane": "%3", "snooze_s": None} == wake
    far = json.loads(render_request(Acknowledge(AgentRef("studio", "/s", make_ref("%1").pane))))
    assert ("studio", "/s", "%1") == (far["host"], far["server"], far["pane"])


def test_unknown_fields_are_ignored() -> None:
    """
    A newer program may say more.
    """
    line = b'{"v": 1, "op": "history", "pane": "%1", "after": 3, "mood": ["good"]}'

    assert ReadHistory(make_ref("%1"), 3) == parse_request(line)


def test_wrong_value_becomes_a_default_with_a_note() -> None:
    """
    The rest of the row stays; an item that can't be one is left out.
    """
    problems: list[str] = []
    row = {"pane": "%1", "state": "dancing", "since": "soon", "name": "Claude", "flags": ["x"]}

    report = decode(Report, {"agents": [row, 5], "at": 1}, problems)

    assert (AgentRow(make_ref("%1"), name="Claude"),) == report.agents
    assert State.UNKNOWN is report.agents[0].state
    assert math.isinf(report.agents[0].since)
    assert ["state:", "since:", "an item", "an item"] == [
        " ".join(note.split()[: 2 if note.startswith("an") else 1]) for note in problems
    ]


@pytest.mark.parametrize(
    ("op", "wrong"),
    [
        ("note", {"text": 5}),
        ("triage", {"pin": 1}),
        ("acknowledge", {"jumped": "yes"}),
        ("may", {"verb": "dance"}),
        ("may", {}),
        ("log", {"limit": 10**30}),
    ],
)
def test_request_with_a_wrong_value_is_refused_by_its_name(op: str, wrong: Any) -> None:
    """
    A default might decide something else than what was meant.
    """
    name = next(iter(wrong), "verb")
    with pytest.raises(RefusedError, match=f"{name}: "):
        parse_request(json.dumps({"v": 1, "op": op, "pane": "%1"} | wrong).encode())


def test_unknown_op_is_no_request() -> None:
    """
    The error lists those that there are.
    """
    with pytest.raises(BadRequestError, match="there is no op 'dance'; there are ping, list"):
        parse_request(b'{"v": 1, "op": "dance"}')


def test_what_keys_depend_on_is_read_whole_or_not_at_all() -> None:
    """
    A list of agents is of use without one of them, a screen without its rows is not.
    """
    with pytest.raises(ConvertError, match="rows: a number is not a list"):
        parse_answer(Inspect(), {"pane": "%1", "rows": 5})
    assert PaneState(make_ref("%1"), gone=True) == parse_answer(
        Inspect(), {"pane": "%1", "gone": True}
    )
    assert Report() == parse_answer(List(), {"agents": 5})


def test_reading_a_note_decides_nothing() -> None:
    """
    Writing one does, also an empty one.
    """
    assert ((), (Verb.NOTE,), (Verb.NOTE,)) == (
        WriteNote().verbs,
        WriteNote(text="").verbs,
        WriteNote(text="x").verbs,
    )
    assert (Verb.SEND,) == May(verb=Verb.SEND).verbs


def test_screen_is_written_as_lists() -> None:
    """
    Of a style only what is not plain.
    """
    span = Span(0, 1, Style(fg="red", bold=True))
    screen = Screen(3, 1, (Row("ab", (span,)),), Cursor(1, 0, visible=False))
    data = encode(screen)

    assert [["ab", [[0, 1, {"fg": "red", "bold": True}]]]] == data["rows"]
    assert [1, 0, False] == data["cursor"]


def test_row_has_every_field_of_the_schema() -> None:
    """
    What the report says, its readers know.
    """
    known = {slot.name for slot in fields(AgentRow)} | {slot.name for slot in fields(AgentRef)}

    assert set(SCHEMA["$defs"]["agent"]["properties"]) <= known
    assert set(SCHEMA["properties"]) == {slot.name for slot in fields(Report)}


@pytest.mark.parametrize("text", ["%3", "studio:%3", "ended:0123abcd", "gpu-1.lan:ended:0123abcd"])
def test_reference_is_what_its_text_says(text: str) -> None:
    """
    The command line takes what the chooser shows.
    """
    ref = parse_ref(text)

    assert ref
    assert text == str(ref)
    assert ref.is_here is text.endswith("%3")


@pytest.mark.parametrize("text", ["", "work:1.0", "%", "%x", "a b:%3", "%3:%4", "ended:", ":%3"])
def test_place_is_no_reference(text: str) -> None:
    """
    Tmux finds it.
    """
    assert parse_ref(text) is None
    assert not NO_REF
