"""One kind of input, and how it is run: for some examples in a test, or for as long as you like."""

import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

MAX_S = 4.0
"""Processor time of one example; most take less than a thousandth of it."""
BATCH = 200


@dataclass(frozen=True, slots=True)
class Target:
    """An edge: what is drawn for it, and a check that raises if it gave way."""

    name: str
    inputs: st.SearchStrategy[Any]
    check: Callable[[Any], object]
    examples: int = 60
    """How many a test runs."""


def run_target(
    target: Target, examples: int, start: int | None = None, *, shrink: bool = False
) -> int:
    """
    Check so many examples, the same ones every time, or those that `start` leads to.

    Returns how many were run; a failure raises with its smallest example.
    """
    count = 0

    def check(value: Any) -> None:
        nonlocal count
        count += 1
        began = time.thread_time()
        with warnings.catch_warnings():  # of what users write in patterns
            warnings.simplefilter("ignore", FutureWarning)
            target.check(value)
        used = time.thread_time() - began
        assert used < MAX_S, f"took {used:.1f} s of processor time"

    rules = settings(
        derandomize=start is None,
        max_examples=examples,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate, Phase.shrink) if shrink else (Phase.generate,),
    )
    test = rules(given(target.inputs)(check))
    (test if start is None else seed(start)(test))()
    return count


def run_for(target: Target, seconds: float, start: int) -> int:
    """Check new examples for so long; return how many."""
    count, end = 0, time.monotonic() + seconds
    while time.monotonic() < end:
        count += run_target(target, BATCH, start)
        start += 1
    return count
