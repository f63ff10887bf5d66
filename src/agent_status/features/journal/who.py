"""Who decided something, and from where, in the words of the journal."""

import getpass
import os
import re
from collections.abc import Mapping

PANE = re.compile(r"%[0-9]{1,9}")


def name_caller(origin: str, env: Mapping[str, str] = os.environ) -> str:
    """Return the login name and where from: `ada chooser`, or `ada cli in %5` of a command."""
    pane = env.get("TMUX_PANE", "") if origin == "cli" else ""
    return f"{find_user()} {origin}" + (f" in {pane}" if PANE.fullmatch(pane) else "")


def find_user() -> str:
    """Return the login name, or a word for a user who has none."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "somebody"
