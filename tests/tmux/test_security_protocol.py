"""Each request of the socket takes values of its own kind and refuses any other in a sentence."""

import contextlib
import json
from typing import Any

import pytest

from agent_status.daemon.handlers import HANDLERS, answer
from agent_status.errors import RefusedError
from agent_status.protocol.messages import OLD_OPS, REQUESTS, BadRequestError, parse_request
from tests.fuzz.wire import US, open_daemon
from tests.support.tmux_lab import open_lab

WRONG = ("null", "true", "-1", "1.5", "1e999", "9" * 400, '""', '"x y"', "[]", '["%1"]', "{}")
"""As JSON: it knows numbers that no clock and no counter does."""
PANES = (
    "screen",
    "inspect",
    "explain",
    "history",
    "lend",
    "acknowledge",
    "triage",
    "note",
    "review",
    "unreview",
    "baseline",
    "looked",
    "session",
    "check",
)
REFUSED = {
    ("triage", "pin"): ("-1", "1.5", "1e999", '""', '"x y"', "[]", '["%1"]', "{}"),
    ("triage", "mute"): ("-1", "1.5", "1e999", '""', '"x y"', "[]", '["%1"]', "{}"),
    ("triage", "snooze_s"): ("true", "-1", "1e999", "9" * 400, '""', "[]", '["%1"]', "{}"),
    ("log", "since"): ("true", "1e999", "9" * 400, '""', '"x y"', "[]", '["%1"]', "{}"),
    ("history", "after"): ("true", "1.5", "1e999", '""', '"x y"', "[]", '["%1"]', "{}"),
    ("lend", "seconds"): ("true", "1e999", "9" * 400, '""', '"x y"', "[]", '["%1"]', "{}"),
    ("log", "limit"): ("true", "1e999", "9" * 400, '""', '"x y"', "[]", '["%1"]', "{}"),
}


def ask(op: str, **args: str) -> Any:
    """
    Return the daemon's answer to a request whose values are written as JSON.
    """
    parts = (f'"{name}":{value}' for name, value in args.items())
    line = f'{{"v":1,"op":"{op}",{",".join(parts)}}}'
    daemon, tmux = open_daemon()
    tmux.lines.clear()
    return json.dumps(answer(daemon, parse_request(line.encode()), US))


@pytest.mark.parametrize("op", [*PANES, *OLD_OPS])
@pytest.mark.parametrize("pane", WRONG)
def test_what_is_no_pane_is_refused(op: str, pane: str) -> None:
    """
    A pane is named by its id, and none of its words gets to tmux.
    """
    with pytest.raises(RefusedError, match="pane"):
        ask(op, pane=pane)

    assert [] == open_daemon()[1].lines


@pytest.mark.parametrize(("op", "name"), REFUSED)
def test_a_value_of_another_kind_is_refused_by_its_name(op: str, name: str) -> None:
    """
    A flag is no number, and a number no text.
    """
    for value in REFUSED[op, name]:
        with pytest.raises((RefusedError, BadRequestError), match=name):
            ask(op, **{"pane": '"%1"', name: value})


def test_every_op_that_names_a_pane_is_tried() -> None:
    """
    A new one has to be added here, or be one of those that name none.
    """
    daemon, _ = open_daemon()
    bare = {"ping", "list", "watch", "look", "stop", "log", "event", "may", "checked"}

    assert set(PANES) | bare == set(REQUESTS)
    assert {name for name, kind in REQUESTS.items() if kind in HANDLERS} | set(daemon.ops) == set(
        REQUESTS
    )


@pytest.mark.parametrize("pane", WRONG)
def test_a_hook_that_names_no_pane_is_no_news(pane: str) -> None:
    """
    It is answered or refused, and nothing of it gets to tmux.
    """
    with contextlib.suppress(RefusedError):
        assert ask("event", pane=pane) == "{}"
    assert [] == open_daemon()[1].lines


@pytest.mark.parametrize("limit", ["1e999", "9" * 400])
def test_a_number_beyond_all_bounds_ends_no_daemon(
    limit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    It did: the count of entries was made of it without a look at its size.
    """
    with open_lab(monkeypatch.setenv) as lab:
        lab.start()
        process = lab.spawn_daemon()
        with pytest.raises(RefusedError, match="limit"):
            lab.ask("log", limit=json.loads(limit))

        assert process.pid == lab.ask("ping")["pid"]
