"""Who is at the other end of a Unix socket: each system has its own words for it."""

import socket
import struct
import sys
from collections.abc import Mapping
from dataclasses import dataclass

SOL_LOCAL, LOCAL_PEERCRED = 0, 1
"""As macOS numbers them; Python has no names for them."""


@dataclass(frozen=True, slots=True)
class Question:
    """A socket option that tells of the other end, how its answer lies, and where in it the uid."""

    level: int
    option: int
    answer: struct.Struct
    uid: int


QUESTIONS: Mapping[str, Question] = {
    "linux": Question(
        socket.SOL_SOCKET, getattr(socket, "SO_PEERCRED", 17), struct.Struct("3i"), 1
    ),
    "darwin": Question(SOL_LOCAL, LOCAL_PEERCRED, struct.Struct("IIh2x16I"), 1),
}
"""By `sys.platform`: `struct ucred` of Linux, `struct xucred` of macOS."""


def read_peer_uid(connection: socket.socket, platform: str = sys.platform) -> int | None:
    """
    Return the user at the other end; None on a system that is not in the table.

    Raises OSError if the system does not tell, or tells something of another form.
    """
    question = QUESTIONS.get(platform)
    if question is None:
        return None
    found = connection.getsockopt(question.level, question.option, question.answer.size)
    if len(found) != question.answer.size:
        message = "the system did not say who is at the other end"
        raise OSError(message)
    return int(question.answer.unpack(found)[question.uid])
