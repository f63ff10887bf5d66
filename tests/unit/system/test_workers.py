"""A few threads that do work by key."""

import threading

from agent_status.system.workers import MAX_RUNNING, WorkerPool


def test_close_waits_for_work_that_ends() -> None:
    """
    What it did can be collected afterwards; nothing else begins.
    """
    pool, begun = WorkerPool[str](), threading.Event()
    gate = threading.Event()

    def work(_: float) -> str:
        begun.set()
        gate.wait()
        return "done"

    pool.submit("slow", work)
    pool.begin(0.0)
    begun.wait()
    opener = threading.Thread(target=gate.set)
    opener.start()

    pool.close(30.0)

    opener.join()
    assert [("slow", "done")] == pool.collect(1.0)
    assert not pool.submit("more", work)


def test_close_leaves_work_that_hangs() -> None:
    """
    It ends with the process, and delays its end no longer than that.
    """
    pool, gate = WorkerPool[bool](), threading.Event()
    pool.submit("hangs", lambda _: gate.wait())
    pool.begin(0.0)

    pool.close()

    assert pool.is_busy("hangs")
    assert [] == pool.collect(1.0)
    gate.set()


def test_an_error_is_the_outcome_of_its_work() -> None:
    """
    The loop reports it; work of the same key may be done again.
    """
    pool, error = WorkerPool[str](), KeyError("x")

    def fail(_: float) -> str:
        raise error

    pool.submit("a", fail)
    pool.begin(0.0)
    pool.close(30.0)

    assert [("a", error)] == pool.collect(0.0)
    assert not pool.is_busy("a")


def test_no_more_than_a_few_run_at_once() -> None:
    """
    The others wait for the next time that is looked.
    """
    pool, gate = WorkerPool[bool](), threading.Event()
    begun = threading.Semaphore(0)

    def work(_: float) -> bool:
        begun.release()
        return gate.wait()

    for key in range(MAX_RUNNING + 1):
        assert pool.submit(key, work)
        assert not pool.submit(key, work)
    pool.begin(0.0)

    assert all(begun.acquire(timeout=30.0) for _ in range(MAX_RUNNING))
    assert not begun.acquire(blocking=False)
    gate.set()
    pool.close(30.0)
    assert {(key, True) for key in range(MAX_RUNNING)} == set(pool.collect(0.0))
