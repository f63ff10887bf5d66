"""The chooser as a Textual app; a test types the bytes that a terminal sends, and looks at it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from textual.pilot import Pilot

from agent_status.chooser.app.app import Chooser
from agent_status.chooser.app.keyboard import KeyParser
from agent_status.chooser.app.startup import read_view
from agent_status.chooser.state.theme import Theme
from agent_status.model.ref import AgentRef
from tests.support.chooser_lab import NOW, LiteralSource

Play = Callable[[Chooser, "Typist"], Awaitable[None]]

DEADLINE_S = 30.0
BYTES = {
    "enter": "\r",
    "escape": "\x1b",
    "slash": "/",
    "question_mark": "?",
    "up": "\x1b[A",
    "down": "\x1bOB",
    "home": "\x1b[1~",
    "end": "\x1b[4~",
    "pageup": "\x1b[5~",
    "pagedown": "\x1b[6~",
    "ctrl+c": "\x03",
    "ctrl+j": "\n",
    "ctrl+n": "\x0e",
    "ctrl+u": "\x15",
    "tab": "\t",
}
"""What a terminal sends for a key; any other one is its own character."""


class Typist(Pilot[AgentRef]):
    """A pilot whose keys come as bytes, through the parser that reads a popup's terminal."""

    async def press(self, *keys: str) -> None:
        """Type keys, one after the other, with a pause after each."""
        for key in keys:
            await self.type(BYTES.get(key, key))

    async def type(self, data: str) -> None:
        """Send characters that come in one piece, with a pause behind them."""
        parser, driver = KeyParser(), self.app._driver  # noqa: SLF001  as its input thread does
        assert driver
        for message in (*parser.feed(data), *parser.settle()):
            driver.process_message(message)
        await self.pause()


def play(source: LiteralSource, act: Play, size: tuple[int, int] = (80, 24)) -> Chooser:
    """Run a chooser of that size, let `act` use it, and return it."""
    app = Chooser(source, read_view(source, lambda: NOW), Theme(), lambda: NOW)

    async def run() -> None:
        async with app.run_test(size=size):
            await act(app, Typist(app))
        source.say(None)

    asyncio.run(run())
    return app


async def wait_for(pilot: Pilot[AgentRef], fact: Callable[[], Any]) -> None:
    """Return once the fact is true; fail after the deadline."""
    async with asyncio.timeout(DEADLINE_S):
        while not fact():
            await pilot.pause(0.01)


def draw(app: Chooser) -> str:
    """Return what the app's screen shows."""
    strips = app.screen._compositor.render_strips()  # noqa: SLF001  what Textual really draws
    return "\n".join("".join(segment.text for segment in strip).rstrip() for strip in strips)
