"""A real Dask scheduler and its workers, each a process of its own on loopback."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from distributed import Client

import ossh
from tests.waiting import DEADLINE_SECONDS, wait_until

ROOT = Path(ossh.__file__).parents[1]


class DaskCluster:
    """A scheduler, and the workers that were started for it.

    Args:
        folder: For what the processes write.
        stack: Ends them.
    """

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self._folder = folder
        self._stack = stack
        self.workers: list[subprocess.Popen[bytes]] = []
        told = folder / "scheduler.json"
        self.scheduler = self._start(
            "scheduler", "--host", "127.0.0.1", "--port", "0", "--scheduler-file", str(told)
        )
        wait_until(lambda: told.exists() and told.read_text(encoding="utf-8").endswith("}"))
        self.address: str = json.loads(told.read_text(encoding="utf-8"))["address"]

    def add_worker(
        self, folder: Path | None = None, python_path: Path = ROOT
    ) -> subprocess.Popen[bytes]:
        """Start a worker and return its process, without waiting for it to join.

        Args:
            folder: The one it stands in.
            python_path: Where it finds ossh.
        """
        worker = self._start(
            "worker",
            self.address,
            *("--no-nanny", "--nthreads", "1", "--host", "127.0.0.1", "--memory-limit", "0"),
            *("--local-directory", str(self._folder)),
            folder=folder,
            python_path=python_path,
        )
        self.workers.append(worker)
        return worker

    def wait_for(self, workers: int) -> None:
        """Wait until so many workers have joined."""
        with Client(self.address, set_as_default=False) as client:
            client.wait_for_workers(workers, timeout=DEADLINE_SECONDS)

    def _start(
        self, what: str, *arguments: str, folder: Path | None = None, python_path: Path = ROOT
    ) -> subprocess.Popen[bytes]:
        module = f"distributed.cli.dask_{what}"
        path = os.pathsep.join(filter(None, [str(python_path), os.environ.get("PYTHONPATH")]))
        # no credential of whoever runs the tests goes there
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("OSS_", "ALIBABA_"))}
        process = subprocess.Popen(
            [sys.executable, "-m", module, "--no-dashboard", *arguments],
            cwd=folder or self._folder,
            env={**kept, "PYTHONPATH": path},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._stack.callback(_end, process)
        return process


def _end(process: subprocess.Popen[bytes]) -> None:
    """Let a process leave in good order, or else make it."""
    process.terminate()
    try:
        process.wait(60)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@contextmanager
def dask_cluster(folder: Path, workers: int) -> Iterator[DaskCluster]:
    """Give a cluster whose workers have joined."""
    folder.mkdir(exist_ok=True)
    with ExitStack() as stack:
        cluster = DaskCluster(folder, stack)
        for _ in range(workers):
            cluster.add_worker()
        if workers:
            cluster.wait_for(workers)
        yield cluster
