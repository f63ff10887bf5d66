"""What the daemon answers to each request: one table from op to function."""

import os
from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any, Protocol

from agent_status import __version__
from agent_status.daemon.companions import Op
from agent_status.daemon.server import BadRequestError, RefusedError, Request
from agent_status.daemon.watches import Watch, Watched, find_place
from agent_status.model import PLAIN, PaneId, Screen, Style
from agent_status.show.explain import render_found


class Host(Protocol):
    """The daemon, as far as its answers need it."""

    def describe(self) -> dict[str, Any]:
        """Return what `ping` tells besides the process."""

    def build_report(self) -> dict[str, Any]:
        """Return the report of now."""

    def find(self, pane: str) -> Watched | None:
        """Return what is known of a pane."""

    def read_now(self) -> float:
        """Return the monotonic time."""

    @property
    def ops(self) -> Mapping[str, Op]:
        """The ops that the daemon's companions answer."""

    def acknowledge(self, pane: PaneId) -> None:
        """Take the user's word that they looked at the result in `pane`."""

    def look(self) -> None:
        """Tick at once."""

    def stop(self) -> None:
        """End soon."""


def answer(host: Host, request: Request) -> Any:
    """Return the answer's data; raise RefusedError or BadRequestError."""
    name = request["op"]
    if name in OPS:
        return OPS[name](host, request)
    if name in host.ops:
        return host.ops[name](request)
    message = f"there is no op {name[:40]!r}; there are {', '.join((*OPS, *host.ops))}"
    raise BadRequestError(message)


def _ping(host: Host, _: Request) -> dict[str, Any]:
    return {"pid": os.getpid(), "version": __version__} | host.describe()


def _list(host: Host, _: Request) -> dict[str, Any]:
    return host.build_report()


def _screen(host: Host, request: Request) -> dict[str, Any]:
    watched, watch = _find_watch(host, request)
    if not watched.capture:
        message = f"pane {watched.pane.id} is not looked at, as no agent was found in it"
        raise RefusedError(message)
    screen: dict[str, Any] = _ask_watch(lambda: render_screen(watch.screen))
    return {"pane": watched.pane.id} | screen


def _explain(host: Host, request: Request) -> dict[str, Any]:
    watched, watch = _find_watch(host, request)
    now = host.read_now()
    name = f"{watched.pane.id} {watched.pane.place}"
    return {"text": _ask_watch(lambda: render_found(watch.find(now), name, now))}


def _see(host: Host, request: Request) -> dict[str, Any]:
    watched, _ = _find_watch(host, request)
    host.acknowledge(watched.pane.id)
    return {}


def _look(host: Host, _: Request) -> dict[str, Any]:
    host.look()
    return {}


def _stop(host: Host, _: Request) -> dict[str, Any]:
    host.stop()
    return {}


OPS: dict[str, Callable[[Host, Request], Any]] = {
    "ping": _ping,
    "list": _list,
    "watch": _list,
    "screen": _screen,
    "explain": _explain,
    "seen": _see,
    "look": _look,
    "stop": _stop,
}


def render_screen(screen: Screen) -> dict[str, Any]:
    """Return a screen as JSON data; of a style only what is not plain."""
    cursor = screen.cursor
    return {
        "width": screen.width,
        "height": screen.height,
        "title": screen.title,
        "alternate": screen.alternate,
        "cursor": [cursor.x, cursor.y, cursor.visible],
        "rows": [
            [row.text, [[span.start, span.end, _render_style(span.style)] for span in row.spans]]
            for row in screen.rows
        ],
    }


def _render_style(style: Style) -> dict[str, Any]:
    values = ((slot.name, getattr(style, slot.name)) for slot in fields(Style))
    return {name: value for name, value in values if value != getattr(PLAIN, name)}


def _find_watch(host: Host, request: Request) -> tuple[Watched, Watch]:
    pane = request.get("pane")
    watched = host.find(pane) if isinstance(pane, str) else None
    if watched is None or watched.watch is None:
        message = f"there is no pane {str(pane)[:40]}"
        raise RefusedError(message)
    return watched, watched.watch


def _ask_watch(question: Callable[[], Any]) -> Any:
    try:
        return question()
    except Exception as error:
        message = f"agent-status failed at this pane: {find_place(error)}"
        raise RefusedError(message) from error
