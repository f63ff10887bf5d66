"""What a request is, and how one is refused."""

import json
from typing import Any

MAX_REQUEST = 64 * 1024
PROTOCOL = 1

Request = dict[str, Any]


class BadRequestError(Exception):
    """What came is no request of this protocol; the connection ends with this sentence."""


def parse_request(line: bytes) -> Request:
    """Return one line as a request; raise BadRequestError for anything else."""
    if len(line) > MAX_REQUEST:
        message = f"a request holds at most {MAX_REQUEST} bytes"
        raise BadRequestError(message)
    try:
        request = json.loads(line)
    except (ValueError, RecursionError) as error:
        message = "a request is one JSON object on a line"
        raise BadRequestError(message) from error
    if not isinstance(request, dict) or not isinstance(request.get("op"), str):
        message = "a request is a JSON object with an op"
        raise BadRequestError(message)
    if request.get("v") != PROTOCOL:
        message = f"this daemon speaks version {PROTOCOL} of the protocol"
        raise BadRequestError(message)
    return request
