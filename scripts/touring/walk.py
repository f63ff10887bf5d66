"""The user's side of the walk: keys into the drawn client, and facts awaited on what it draws."""

import contextlib
import shlex
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.support.tmux_lab import wait_for

from touring.frames import Album, trim
from touring.world import Actor, World

READ_CHECKS = 25
"""So many looks in a row, 0.02 s apart, have to show the same words until they count as read."""
FRAME = "─┐"
"""The upper right corner of the popup."""


@dataclass
class Walk:
    """A world, and where its frames are kept."""

    world: World
    album: Album
    number: int = 0
    title: str = ""
    drawn: str = field(default="", repr=False)
    """What was drawn when it was looked at last."""

    def look(self) -> str:
        """Return what the client draws now."""
        self.drawn = self.world.lab.drawn()
        return self.drawn

    def see(self, *words: str, never: str = "\0") -> str:
        """Return what is drawn once it holds all of `words`, and not `never`."""

        def find() -> str:
            drawn = self.look()
            return drawn if all(word in drawn for word in words) and never not in drawn else ""

        with say_what_is_missing(*words):
            return wait_for(find)

    def read(self, *words: str) -> str:
        """Return what is drawn once `words` have stood for as long as it takes to read them."""
        seen = 0

        def find() -> str:
            nonlocal seen
            drawn = self.look()
            seen = seen + 1 if all(word in drawn for word in words) else 0
            return drawn if seen >= READ_CHECKS else ""

        with say_what_is_missing(*words):
            return wait_for(find)

    def press(self, *keys: str) -> None:
        """Press keys, by tmux's names."""
        self.world.lab.press(*keys)

    def type(self, text: str) -> None:
        """Type a text."""
        self.world.lab.press("-l", text)

    def open_chooser(self, *words: str) -> None:
        """Press prefix-A, and read what is there."""
        self.press("C-b", "A")
        self.read(FRAME, "q close", *words)

    def select(self, actor: Actor, *words: str) -> None:
        """Find an agent by its place, as the filter does, and read what is said of it."""
        self.press("/")
        self.see(" / ")
        self.type(actor.place)
        self.see(f" / {actor.place}", "1 of 8")
        self.press("Escape")
        self.see(f"─ Claude Code · {actor.place} ·", never=f" / {actor.place}")
        self.read(*words)

    def tell(self, words: str) -> None:
        """Begin a step."""
        self.number += 1
        self.title = words
        print(f"\n{self.number}. {words}", flush=True)

    def keep(self, name: str) -> None:
        """Print what was looked at last, and keep it in the album."""
        lab = self.world.lab
        print("\n".join(f"    {line}" for line in trim(self.drawn)), flush=True)
        self.album.keep(self.number, name, self.drawn, lab.drawn("-e"))

    def run(self, *words: str) -> None:
        """Run our command line, which has to succeed, and print what it says."""
        done = self.world.lab.run(*words)
        print(f"    $ agent-status {' '.join(words)}")
        print("".join(f"    {line}\n" for line in trim(done.stdout)), end="", flush=True)
        assert not done.returncode, done.stderr

    def run_in_window(self, *words: str) -> None:
        """Run our command line in a window of its own, as what decides needs a terminal."""
        command = shlex.join([sys.executable, "-m", "agent_status", *words])
        self.world.lab.tmux("new-window", "-d", "-t", "shop:", f"exec {command}")
        print(f"    $ agent-status {shlex.join(words)}", flush=True)


@contextlib.contextmanager
def say_what_is_missing(*words: str) -> Iterator[None]:
    """Say what was waited for, if it never came."""
    try:
        yield
    except AssertionError as error:
        message = f"not drawn: {' | '.join(words)}"
        raise AssertionError(message) from error
