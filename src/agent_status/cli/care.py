"""Commands that keep it running: daemon, doctor, load, uninstall."""

import click

COMMANDS: tuple[click.Command, ...] = ()
