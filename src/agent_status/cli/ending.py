"""How a command ends when it can't do what it was asked for."""

import contextlib
import errno
import os
import sys
from typing import Any, NoReturn

import click

FAILED = 1
"""What was named is not there or not what it should be."""
NO_TMUX = 3
NO_DAEMON = 4
REFUSED = 6
"""A key would not surely reach what it is meant for, or the caller is not the user."""


class Program(click.Group):
    """Commands that end with one line where the system refuses them, as a full disk at stdout."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command that was asked for."""
        try:
            return super().invoke(ctx)
        except OSError as error:
            if error.errno == errno.EPIPE:  # click itself ends in silence then
                raise
            drop_output()
            end(str(error), FAILED)


def drop_output() -> None:
    """Let what waits for stdout vanish, so that Python does not try to write it at its end."""
    with contextlib.suppress(AttributeError, OSError):  # there is none, or it is no file
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def end_without_daemon(error: Exception) -> NoReturn:
    """End because no daemon answers, or because there is no tmux server that it could watch."""
    from agent_status.sense.tmux import Tmux, TmuxError, TmuxGoneError, find_socket

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
