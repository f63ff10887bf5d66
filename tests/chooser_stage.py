"""The chooser as a Textual app without a terminal, which a test plays and looks at."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from textual.pilot import Pilot

from agent_status.chooser.app import Chooser
from agent_status.chooser.looks import Looks
from agent_status.chooser.opening import read_view
from tests.chooser_lab import NOW, LiteralSource

Play = Callable[[Chooser, Pilot[str]], Awaitable[None]]

DEADLINE_S = 30.0


def play(source: LiteralSource, act: Play, size: tuple[int, int] = (80, 24)) -> Chooser:
    """Run a chooser of that size, let `act` use it, and return it."""
    app = Chooser(source, read_view(source, lambda: NOW), Looks(), lambda: NOW)

    async def run() -> None:
        async with app.run_test(size=size) as pilot:
            await act(app, pilot)
        source.say(None)

    asyncio.run(run())
    return app


async def wait_for(pilot: Pilot[str], fact: Callable[[], Any]) -> None:
    """Return once the fact is true; fail after the deadline."""
    async with asyncio.timeout(DEADLINE_S):
        while not fact():
            await pilot.pause(0.01)


def draw(app: Chooser) -> str:
    """Return what the app's screen shows."""
    strips = app.screen._compositor.render_strips()  # noqa: SLF001  what Textual really draws
    return "\n".join("".join(segment.text for segment in strip).rstrip() for strip in strips)
