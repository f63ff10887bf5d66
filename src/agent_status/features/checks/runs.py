"""The checks that an agent's tool calls ran, with their results. Pure."""

from collections.abc import Iterator, Sequence

from agent_status.features.checks.matching import CheckMatch, Matcher
from agent_status.features.checks.shell_line import Step, read_line
from agent_status.features.checks.values import Check, Result, Run, Source
from agent_status.model import CallKind, ToolCall, clip_text

NOT_RUN = (126, 127)
"""What a shell returns for a command that it can't run."""
STOPPED = 124
"""From here on something else ended it: `timeout`, or a signal."""
MAX_NAME = 40


def list_runs(
    calls: Sequence[ToolCall], number: int, folder: str, matcher: Matcher, own: str = ""
) -> tuple[Run, ...]:
    """
    Return the checks that call `number` ran, where it has ended.

    `folder` is where it ran unless it says so; `own` is the user's command for the project.
    """
    call = calls[number]
    status = call.exit_status
    if call.kind is not CallKind.RUN or call.ended_at is None or call.is_cut:
        return ()
    if status is None or status in NOT_RUN:
        return ()
    began_at = max([call.at, *_list_writes(calls[:number], call.ended_at)])
    where = call.folder or folder
    if own and call.command.split() == own.split():
        return (make_own_run(own, where, status, began_at, call.ended_at),)
    found = list(find_checks(call.command, where, matcher))
    is_alone = all(match and not (match.fixes or step.has_output) for step, match in found)
    return tuple(
        Run(match.check, _find_result(step, status), began_at, call.ended_at, step.folder,
            Source.SESSION, is_alone)
        for step, match in found
        if match and step.folder
    )  # fmt: skip


def find_checks(
    line: str, folder: str, matcher: Matcher
) -> Iterator[tuple[Step, CheckMatch | None]]:
    """Yield the commands of a line that may change files, with the check that each runs."""
    for step in read_line(line, folder):
        match = matcher.find(step.words)
        if match or step.may_write:
            yield step, match


def make_own_run(
    command: str,
    folder: str,
    status: int,
    began_at: float,
    ended_at: float,
    source: Source = Source.SESSION,
) -> Run:
    """Return a run of a project's own command, which ended with an exit status."""
    result = _find_result(Step((), "", Result.OK, Result.FAILED), status)
    check = Check(clip_text(command, MAX_NAME))
    return Run(check, result, began_at, ended_at, folder, source, is_alone=True)


def _find_result(step: Step, status: int) -> Result:
    if status == 0:
        return step.on_zero
    return step.on_failure if 0 < status < STOPPED else Result.UNKNOWN


def _list_writes(calls: Sequence[ToolCall], ended_at: float) -> Iterator[float]:
    """Yield when calls before this one had written: agents make several calls at once."""
    for one in calls:
        ended = one.ended_at
        is_own = one.kind is not CallKind.READ and not one.by_helper
        if is_own and ended is not None and ended <= ended_at:
            yield ended
