"""Who takes part in a run, who is left out, and who is asked again."""

import asyncio
from pathlib import Path
from typing import cast

import pytest

from ossh.model import Route
from ossh.network import Timeouts
from ossh.workers.transport import Transport, Unreachable
from ossh.workers.worker_messages import SessionRequest, WorkerLimits
from ossh.workers.worker_pool import WorkerPool


class HastyLoop(asyncio.SelectorEventLoop):
    """A loop whose clock runs a hundred times as fast."""

    def time(self) -> float:
        return 100 * super().time()


class Worker:
    """One worker, which cannot take part at first."""

    def __init__(self, why_not: str | Unreachable) -> None:
        self._why_not = [why_not]

    async def present(self) -> set[str]:
        return {"w"}

    async def greet(self, worker: str, request: SessionRequest) -> str:
        assert (worker, request.run) == ("w", "run")
        why = self._why_not.pop() if self._why_not else ""
        if isinstance(why, Unreachable):
            raise why
        return why


@pytest.mark.parametrize(
    ("why", "told"),
    [
        ("cannot see the folder '/data'", "cannot see the folder '/data'"),
        (Unreachable("timed out"), "does not answer: timed out"),
    ],
)
def test_a_worker_that_could_not_take_part_is_asked_again(
    tmp_path: Path, why: str | Unreachable, told: str
) -> None:
    limits = WorkerLimits(1, 1, 0)
    request = SessionRequest("run", str(tmp_path), "job1", Timeouts(), Route(), limits)
    transport = cast("Transport", Worker(why))
    pool = WorkerPool(transport, request, lambda: None, lambda _worker: None)

    async def meet() -> None:
        await pool.update(limits)
        assert not await pool.are_greeting(60)
        assert pool.refusals == (f"worker w {told}",)
        while not len(pool):
            await asyncio.sleep(0)
            await pool.update(limits)

    with asyncio.Runner(loop_factory=HastyLoop) as runner:
        runner.run(asyncio.wait_for(meet(), 6000))

    assert pool.refusals == ()
