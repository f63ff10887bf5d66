"""Changes to a tmux server that apply only if nothing else changed it meanwhile."""

import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from agent_status.tmux.client import Tmux, quote

READ = "@agent-status-read"
"""The options that hold what was read, while tmux compares it."""


@dataclass(frozen=True, slots=True)
class Change:
    """Commands that run only if each option in `held` still has that value."""

    commands: Sequence[str]
    """Only the last one may change an option of `held`."""
    held: Mapping[str, str] = field(default_factory=dict)


def apply_changes(tmux: Tmux, changes: Iterable[Change], targets: Mapping[str, str]) -> bool:
    """
    Run the commands of the changes; return True if all options were unchanged.

    tmux compares and sets in one step, so a value that another program set since is never lost.
    `targets` names, for each option, a window in which its global value counts, because a format
    returns a window's or session's own value first; without one it isn't compared. Raises
    PartialError, or another TmuxError.
    """
    nonce = secrets.token_hex(8)
    lines = [line for change in changes for line in _render(change, targets, nonce)]
    return nonce not in tmux.apply("".join(f"{line}\n" for line in lines))


def _render(change: Change, targets: Mapping[str, str], nonce: str) -> Iterator[str]:
    held = {name: text for name, text in change.held.items() if name in targets}
    if not held:
        yield from change.commands
        return
    read = {name: f"{READ}-{index}" for index, name in enumerate(held)}
    for name, text in held.items():
        yield f"set-option -g {read[name]} {quote(text)}"
    tests = [f"#{{==:#{{{name}}},#{{{copy}}}}}" for name, copy in read.items()]
    test = tests[0] if len(tests) == 1 else f"#{{&&:{','.join(tests)}}}"
    head = f"if-shell -F -t {quote(targets[next(iter(held))])} {quote(test)}"
    for command in change.commands[:-1]:
        yield f"{head} {quote(command)}"
    yield f"{head} {quote(change.commands[-1])} {quote(f'display-message -p {nonce}')}"
    for copy in read.values():
        yield f"set-option -gu {copy}"
