"""The round of `next`: every agent that needs the user once, in the order of the list."""

from collections.abc import Sequence
from dataclasses import dataclass

from agent_status.model import PaneId
from agent_status.model.ref import AgentRef


@dataclass(frozen=True, slots=True)
class Stop:
    """A pane whose agent needs the user; `need` is another text once it needs something else."""

    ref: AgentRef
    need: str

    @property
    def mark(self) -> str:
        """What is remembered of a visit."""
        return f"{self.ref} {self.need}"


def choose_stop(
    waiting: Sequence[Stop], visited: Sequence[str], here: PaneId
) -> tuple[Stop | None, tuple[str, ...]]:
    """
    Return where `next` leads from `here`, and the marks of this round's visits, that one included.

    `waiting` is in the order of the list, and not empty. A pane with a new request comes again,
    after those that this round has not led to. None means that the round is over; where the user
    has gone elsewhere since the last stop, a new round begins at once.
    """
    marks = dict.fromkeys((*visited, *(stop.mark for stop in waiting if stop.ref.pane == here)))
    refs = {mark.partition(" ")[0] for mark in marks}
    fresh = [stop for stop in waiting if stop.mark not in marks]
    if fresh:
        stop = min(fresh, key=lambda one: str(one.ref) in refs)
        return stop, (*marks, stop.mark)
    if visited and visited[-1].partition(" ")[0] == here:
        return None, ()
    stop = next((one for one in waiting if one.ref.pane != here), waiting[0])
    return stop, (*(one.mark for one in waiting if one.ref.pane == here), stop.mark)
