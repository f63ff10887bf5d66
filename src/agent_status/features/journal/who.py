"""The name of the caller who decided something, as the journal shows it."""

import getpass
import os
import re
from collections.abc import Mapping

from agent_status.model.caller import CLIENT_VARIABLE

PANE = re.compile(r"%[0-9]{1,9}")
CLIENT = re.compile(r"[\w/.:-]{1,64}")
"""What tmux itself calls a client: its terminal, or `client-` and its process."""


def name_caller(origin: str, env: Mapping[str, str] = os.environ) -> str:
    """
    Return the login name and the origin of the caller.

    For example `ada cli in %5`, `ada chooser in %5`, or `ada popup at /dev/pts/3` for a popup,
    which belongs to a client and not to a pane.
    """
    client = env.get(CLIENT_VARIABLE, "") if origin == "chooser" else ""
    if CLIENT.fullmatch(client):
        return f"{find_user()} popup at {client}"
    pane = env.get("TMUX_PANE", "")
    return f"{find_user()} {origin}" + (f" in {pane}" if PANE.fullmatch(pane) else "")


def find_user() -> str:
    """Return the login name, or a placeholder if the user has none."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "somebody"
