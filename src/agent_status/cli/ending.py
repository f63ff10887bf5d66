"""How a command ends when it can't do what it was asked for."""

import sys
from typing import NoReturn

import click

FAILED = 1
"""What was named is not there or not what it should be."""
NO_TMUX = 3
NO_DAEMON = 4


def end(message: str, code: int) -> NoReturn:
    """Print one line on stderr and end the program with `code`."""
    click.echo(f"Error: {message}", err=True)
    sys.exit(code)
