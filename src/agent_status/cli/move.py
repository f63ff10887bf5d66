"""Commands that go somewhere: choose, next, back, jump."""

import click

COMMANDS: tuple[click.Command, ...] = ()
