"""The one place where a command that can't be done prints why, and ends."""

import contextlib
import errno
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from typing import Any, NoReturn

import click

from agent_status.errors import AgentStatusError


class Program(click.Group):
    """
    Commands that end with one line where something can't be done.

    `sections` are the headings of its help, in order.
    """

    def __init__(self, *args: Any, sections: Sequence[str] = (), **more: Any) -> None:
        super().__init__(*args, **more)
        self.sections = sections
        self._places: dict[str, tuple[str, int]] = {}

    def add(self, command: click.Command, section: str, position: int) -> None:
        """Add a command below a heading, where its position there puts it."""
        self.add_command(command)
        self._places[command.name or ""] = section, position

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write each command with all of its first sentence: nothing of it is cut."""
        width = max(map(len, self.commands))
        for heading, names in self._find_headings(ctx).items():
            rows = [(name.ljust(width), _read_summary(self.commands[name])) for name in names]
            with formatter.section(heading):
                formatter.write_dl(rows)

    def _find_headings(self, ctx: click.Context) -> dict[str, list[str]]:
        if not self.sections:
            return {"Commands": self.list_commands(ctx)}
        names = sorted(self._places, key=lambda name: self._places[name][1])
        return {
            heading: [name for name in names if self._places[name][0] == heading]
            for heading in self.sections
        }

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command that was asked for; end with one line where it can't be done."""
        try:
            return super().invoke(ctx)
        except AgentStatusError as error:
            shown = explain_error(error)
            _end(shown.describe(), shown.exit_code)
        except OSError as error:
            if error.errno == errno.EPIPE:  # click itself ends in silence then
                raise
            drop_output()
            _end(str(error), AgentStatusError.exit_code)


def _read_summary(command: click.Command) -> str:
    """Return the first paragraph of a command's help on one line."""
    return " ".join((command.help or "").strip().partition("\n\n")[0].split())


def drop_output() -> None:
    """Let what waits for stdout vanish, so that Python does not try to write it at its end."""
    with contextlib.suppress(AttributeError, OSError):  # there is none, or it is no file
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@contextlib.contextmanager
def interruptible() -> Iterator[None]:
    """
    Let SIGTERM and a hang-up end what is within as Ctrl-C does, by KeyboardInterrupt.

    It comes once, so that nothing ends the cleaning up. A signal that is ignored, as by nohup,
    stays so.
    """
    names = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {name: signal.getsignal(name) for name in names}
    heard = [name for name in names if before[name] is not signal.SIG_IGN]

    def interrupt(*_: object) -> NoReturn:
        for name in heard:
            signal.signal(name, signal.SIG_IGN)
        raise KeyboardInterrupt

    for name in heard:
        signal.signal(name, interrupt)
    try:
        yield
    finally:
        for name in heard:
            signal.signal(name, before[name])


def explain_error(error: AgentStatusError) -> AgentStatusError:
    """Return the error to show: without a tmux server, that no daemon runs is its result."""
    from agent_status.errors import DaemonGoneError
    from agent_status.tmux.client import Tmux, TmuxError, TmuxGoneError, find_socket

    if isinstance(error, DaemonGoneError):
        try:
            Tmux(find_socket()).read_version()
        except TmuxGoneError as gone:
            return gone
        except TmuxError:
            pass
    return error


def _end(words: str, code: int) -> NoReturn:
    """Print what went wrong on stderr, inert, and end the program with `code`."""
    from agent_status.model.plain import clean_text

    click.echo("Error: " + "\n".join(map(clean_text, words.split("\n"))), err=True)
    sys.exit(code)
