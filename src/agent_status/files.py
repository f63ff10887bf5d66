"""Files of ours: written whole or not at all, for the user alone."""

import os
import tempfile
from pathlib import Path

from agent_status.paths import make_private


def write_private(file: Path, text: str) -> None:
    """
    Put `text` in the place of what `file` holds, in a folder of mode 0700; raise OSError.

    A reader finds the old content or the new, never a part.
    """
    make_private(file.parent)
    handle, name = tempfile.mkstemp(dir=file.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as target:
            target.write(text)
        Path(name).replace(file)
    finally:
        Path(name).unlink(missing_ok=True)
