"""A diff of two trees: printed, or in the user's pager."""

import contextlib
import os
import sys
import time
from collections.abc import Sequence
from typing import Any

import click

from agent_status.cli.paging import STAYING_LESS, hold_keys, waits_for_key
from agent_status.errors import AgentStatusError

COLOURS = {"@@": "cyan", "+": "green", "-": "red", "diff ": "yellow"}
QUICK_S = 0.5
"""A pager that ends sooner had no more than one screen to show."""


def print_diff(store: Any, words: Sequence[str]) -> None:
    """Print a diff in which nothing is left that a terminal would obey."""
    from agent_status.features.review.patch import show_patch

    plain = ("--no-color", "--no-ext-diff", "--no-textconv", "--submodule=short")
    patch = store.ask("diff", *plain, *words)
    for line in show_patch(patch):
        colour = next((name for mark, name in COLOURS.items() if line.startswith(mark)), None)
        click.secho(line, fg=colour)


def page_diff(store: Any, base: str, tree: str, *, wait: bool) -> None:
    """Show a diff in the user's pager; `wait` for a key if the pager doesn't."""
    from agent_status.system.git import find_pager, show_git

    words = ("--patch-with-stat", "--no-ext-diff", "--no-textconv", "--submodule=short")
    env = store.render_env(settings="own")
    if wait:
        env["LESS"] = os.environ.get("LESS", STAYING_LESS)
    stays = not wait or waits_for_key(find_pager(env), env["LESS"])
    began = time.monotonic()
    with contextlib.nullcontext() if stays else hold_keys():
        code = show_git([*store.render_words(), "diff", *words, base, tree], env)
        if not stays and time.monotonic() - began < QUICK_S:
            click.echo("Any key closes this.", nl=False)
            os.read(sys.stdin.fileno(), 1)
    if code:
        sys.exit(AgentStatusError.exit_code)
