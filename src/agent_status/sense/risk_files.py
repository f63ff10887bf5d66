"""The tables of what is at stake: the packaged one, and the user's own beside it."""

from importlib.resources import files
from pathlib import Path

from agent_status.model import Problem

MAX_BYTES = 256 * 1024
NAME = "risk.toml"


def read_stakes(config: Path) -> tuple[tuple[tuple[str, str], ...], tuple[Problem, ...]]:
    """Return (file name, text) of the packaged table and of `risk.toml` below `config`."""
    packaged = files("agent_status.attend") / "stakes.toml"
    taken = [(packaged.name, packaged.read_text("utf-8"))]
    path = config / NAME
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            return tuple(taken), (Problem(str(path), f"larger than {MAX_BYTES} bytes"),)
        taken.append((str(path), data.decode("utf-8")))
    except FileNotFoundError:
        pass
    except (OSError, UnicodeDecodeError) as error:
        return tuple(taken), (Problem(str(path), str(error), "mend or remove it"),)
    return tuple(taken), ()
