"""A request without the words that its agent chose: they say nothing of its kind."""

from collections.abc import Container, Sequence
from dataclasses import replace

from agent_status.detect.lines import Line, join_lines, join_signs
from agent_status.detect.request import Request


def mask_body(lines: Sequence[Line], request: Request) -> tuple[Line, ...]:
    """
    Return `lines` without the request's own words; each stays where it is.

    What an agent wants to run, and how it describes that, says nothing of what kind of request it
    is; nor does a request above that is over.
    """
    over = range(request.top if request.heads > 1 else 0)
    start = request.form.start
    opens = start is not None and "body" not in start.groupindex
    own = set(range(request.head, request.end)) - ({request.start - 1} if opens else set())
    kept = mask_lines(lines, own.union(over))
    kept[request.top : request.head] = _mask_words(kept[request.top : request.head], request)
    return tuple(kept)


def mask_lines(lines: Sequence[Line], masked: Container[int]) -> list[Line]:
    """Return `lines`, those at the indexes `masked` without their text."""
    return [
        replace(line, text="", signs="") if i in masked else line for i, line in enumerate(lines)
    ]


def _mask_words(head: Sequence[Line], request: Request) -> list[Line]:
    """Return the head's lines without what stands there in the agent's own words."""
    signs, texts = join_signs(head), join_lines(head)
    match = request.form.head.search(signs)
    if match is None or not match.groupdict().get("words"):
        return list(head)
    start, end = match.span("words")
    inside = "\n" * signs.count("\n", start, end)
    folded = (signs[:start] + inside + signs[end:]).split("\n")
    plain = (texts[:start] + inside + texts[end:]).split("\n")
    return [
        replace(line, text=text, signs=sign)
        for line, text, sign in zip(head, plain, folded, strict=True)
    ]
