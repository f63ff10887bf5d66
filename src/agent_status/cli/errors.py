"""How a command ends when it can't do what it was asked for."""

import contextlib
import errno
import os
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NoReturn

import click

FAILED = 1
"""What was named is not there or not what it should be."""
NO_TMUX = 3
NO_DAEMON = 4
REFUSED = 6
"""A key would not surely reach what it is meant for, or the caller is not the user."""


class Program(click.Group):
    """
    Commands that end with one line where the system refuses them, as a full disk at stdout.

    `sections` are the headings of its help, each with the names of the commands below it.
    """

    def __init__(
        self, *args: Any, sections: Mapping[str, Sequence[str]] | None = None, **more: Any
    ) -> None:
        super().__init__(*args, **more)
        self.sections = sections or {}

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write each command with all of its first sentence: nothing of it is cut."""
        width = max(map(len, self.commands))
        for heading, names in (self.sections or {"Commands": self.list_commands(ctx)}).items():
            rows = [(name.ljust(width), _read_summary(self.commands[name])) for name in names]
            with formatter.section(heading):
                formatter.write_dl(rows)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command that was asked for."""
        try:
            return super().invoke(ctx)
        except OSError as error:
            if error.errno == errno.EPIPE:  # click itself ends in silence then
                raise
            drop_output()
            end(str(error), FAILED)


def _read_summary(command: click.Command) -> str:
    """Return the first paragraph of a command's help on one line."""
    return " ".join((command.help or "").strip().partition("\n\n")[0].split())


def drop_output() -> None:
    """Let what waits for stdout vanish, so that Python does not try to write it at its end."""
    with contextlib.suppress(AttributeError, OSError):  # there is none, or it is no file
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@contextlib.contextmanager
def ending() -> Iterator[None]:
    """End the program, with one line and its code, where tmux or the daemon refuses within."""
    from agent_status.protocol.client import CallerError, DaemonGoneError, RefusedError
    from agent_status.tmux.client import TmuxError, TmuxGoneError

    try:
        yield
    except TmuxGoneError as error:
        end(f"there is no tmux server: {error}", NO_TMUX)
    except DaemonGoneError as error:
        end_without_daemon(error)
    except CallerError as error:
        refuse(error)
    except (TmuxError, RefusedError) as error:
        end(str(error), FAILED)


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


def end_without_daemon(error: Exception) -> NoReturn:
    """End because no daemon answers, or because there is no tmux server that it could watch."""
    from agent_status.tmux.client import Tmux, TmuxError, TmuxGoneError, find_socket

    try:
        Tmux(find_socket()).read_version()
    except TmuxGoneError as gone:
        end(f"there is no tmux server: {gone}", NO_TMUX)
    except TmuxError:
        pass
    end(str(error), NO_DAEMON)


def refuse(error: Exception) -> NoReturn:
    """End because the caller may not do this for the user."""
    end(f"refused (code {REFUSED}): {error}", REFUSED)


def end(message: str, code: int) -> NoReturn:
    """Print one line on stderr and end the program with `code`."""
    click.echo(f"Error: {message}", err=True)
    sys.exit(code)
