"""The user and the process at the other end of a Unix socket."""

import socket

from agent_status.system.platforms import HERE, Question, find_system


def read_peer_uid(connection: socket.socket, platform: str = HERE) -> int | None:
    """
    Return the user at the other end; None if the system doesn't report users.

    Raises OSError if the answer is missing or has an unknown layout.
    """
    return _ask(connection, find_system(platform).peer_uid)


def read_peer_pid(connection: socket.socket, platform: str = HERE) -> int | None:
    """Return the process that connected, even if another has the socket now; raises as above."""
    return _ask(connection, find_system(platform).peer_pid)


def _ask(connection: socket.socket, question: Question | None) -> int | None:
    if question is None:
        return None
    found = connection.getsockopt(question.level, question.option, question.answer.size)
    if len(found) != question.answer.size:
        message = "the system did not say who is at the other end"
        raise OSError(message)
    return int(question.answer.unpack(found)[question.place])
