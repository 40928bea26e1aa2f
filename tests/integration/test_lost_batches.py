"""Batches of workers of Dask that are killed between an answer and its way to the driver.

Dask fetches results a few at a time; the tests take its semaphore for that, so that nothing moves
until it shall.
"""

import asyncio
import gc
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from ossh.cluster.dask_transport import DaskTransport
from ossh.workers.worker_messages import Batch
from tests.integration.dask_cluster import DaskCluster, dask_cluster
from tests.waiting import DEADLINE_SECONDS

UNKNOWN = Batch("no run", 0, ())  # is answered at once: that no session is there for it


class Scene:
    """A transport whose answers lie ready on the workers, and what it reports of them."""

    def __init__(self, cluster: DaskCluster) -> None:
        self._cluster = cluster
        self.transport = DaskTransport(cluster.address)
        self.replied: list[str] = []
        self.lost: list[str] = []
        self.unheard: list[str] = []  # what failed without anybody to take notice

    async def begin(self) -> None:
        asyncio.get_running_loop().set_exception_handler(self._hear)
        await self.transport.connect(
            lambda worker, _: self.replied.append(worker),
            self.lost.append,
        )
        self.client: Any = self.transport._client
        self.pids: dict[str, int] = await self.client.run(os.getpid)
        self._fetching = self.client._gather_semaphore
        self._permits = self._fetching._value
        for _ in range(self._permits):
            await self._fetching.acquire()
        for worker in self.pids:
            self.transport.send(worker, UNKNOWN)
        await until(lambda: len(self.states) == len(self.pids) and set(self.states) == {"finished"})

    def _hear(self, _loop: object, context: dict[str, Any]) -> None:
        self.unheard.append(repr(context.get("exception") or context["message"]))

    @property
    def states(self) -> list[str]:
        return [one.status for one in self.client.futures.values()]

    async def kill(self, worker: str) -> None:
        """Kill a worker, and return when the scheduler knows."""
        (process,) = (one for one in self._cluster.workers if one.pid == self.pids[worker])
        process.kill()
        async with asyncio.timeout(DEADLINE_SECONDS):
            while worker in await self.client.nthreads():  # noqa: ASYNC110 - as below
                await asyncio.sleep(0.01)

    def fetch(self) -> None:
        """Let results be fetched."""
        for _ in range(self._permits):
            self._fetching.release()


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(DEADLINE_SECONDS):
        while not is_so():  # noqa: ASYNC110 - Dask sets no event of ours
            await asyncio.sleep(0.01)


def play(folder: Path, workers: int, story: Callable[[Scene], Awaitable[None]]) -> Scene:
    """Play a story on a cluster of its own, and return what was reported in it."""

    async def played(scene: Scene) -> None:
        await scene.begin()
        try:
            await story(scene)
        finally:
            await scene.transport.close()
        gc.collect()  # what nobody took notice of is told of when it goes

    with dask_cluster(folder, workers) as cluster:
        scene = Scene(cluster)
        asyncio.run(played(scene))
    return scene


def test_an_answer_that_a_worker_takes_to_its_grave_is_no_longer_waited_for(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    async def story(scene: Scene) -> None:
        (worker,) = scene.pids
        await scene.kill(worker)
        scene.fetch()
        await until(lambda: scene.states == ["pending"])  # to be done again, by nobody

        assert await scene.transport.present() == set()

    scene = play(tmp_path / "dask", 1, story)

    assert (scene.replied, scene.lost, scene.unheard) == ([], [], [])
    assert capfd.readouterr().err == ""


def test_an_answer_that_is_fetched_along_with_that_of_a_killed_worker_arrives(
    tmp_path: Path,
) -> None:
    async def story(scene: Scene) -> None:
        killed, living = scene.pids
        await scene.kill(killed)
        assert await scene.transport.present() == {living}
        scene.fetch()
        await until(lambda: scene.lost == [living])

    scene = play(tmp_path / "dask", 2, story)

    assert (scene.replied, scene.unheard) == ([], [])
