"""The daemon's log: one rotated file per tmux server, with the pane's id at the start of a line."""

import logging
import os
import traceback
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path

MAX_BYTES = 256 * 1024
OLD_FILES = 1
FORMAT = "%(pane)s %(asctime)s %(levelname)s %(message)s"
"""A call names its pane by `extra={"pane": ...}`."""


class _PrivateHandler(RotatingFileHandler):
    """A rotated log file that only its owner can read."""

    def _open(self) -> TextIOWrapper:
        before = os.umask(0o077)
        try:
            return super()._open()
        finally:
            os.umask(before)


def open_log(file: Path) -> logging.Logger:
    """Return a log that writes to `file`; if that can't be written, the log is discarded."""
    log = logging.getLogger(f"agent_status.daemon.{file.stem}")
    log.setLevel(logging.INFO)
    log.propagate = False
    close_log(log)
    log.addHandler(_open_handler(file))
    return log


def close_log(log: logging.Logger) -> None:
    """Close the log's file. Idempotent."""
    for handler in list(log.handlers):
        log.removeHandler(handler)
        handler.close()


def _open_handler(file: Path) -> logging.Handler:
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handler = _PrivateHandler(
            file, maxBytes=MAX_BYTES, backupCount=OLD_FILES, encoding="utf-8", errors="replace"
        )
    except OSError:
        return logging.NullHandler()
    handler.setFormatter(logging.Formatter(FORMAT, defaults={"pane": "-"}))
    return handler


def format_error(error: BaseException) -> str:
    """Return the error and the calls that led to it; its message may contain pane text."""
    frames = traceback.extract_tb(error.__traceback__)
    calls = [f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames]
    return " ".join((type(error).__name__, *calls))
