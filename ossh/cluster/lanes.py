"""The workers of a cluster in the place of lanes: what a run calls, and the thread that obeys.

The run's thread only leaves word; all the rest happens on an event loop in a thread of its own.
"""

import asyncio
import re
import secrets
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from ossh.cluster.driver import URL_SECONDS, Driver
from ossh.cluster.messages import Limits, Opening
from ossh.errors import LocalError, UsageError, reason
from ossh.language import _
from ossh.network import Http
from ossh.paths import printable
from ossh.transfer.messages import Reply, Task
from ossh.transfer.signing import Signing
from ossh.transfer.workspace import PROBE, Workspace

_ADDRESS = re.compile(r"(?:tcp|tls|ws|wss)://(?:\[[0-9A-Fa-f:.]+\]|[^\s/:\[\]]+):[0-9]{1,5}")


class Cluster:
    """Makes what fetches with the workers of a Dask cluster; see `NewFetching`.

    Args:
        address: Of the scheduler: tcp://HOST:8786, or tls://HOST:8786.
        url_seconds: How long a URL that is sent to a worker is good for.

    Raises:
        UsageError: It is not an address.
    """

    def __init__(self, address: str, *, url_seconds: int = URL_SECONDS) -> None:
        if not _ADDRESS.fullmatch(address):
            raise UsageError(
                _("'{address}' is not the address of a Dask scheduler").format(
                    address=printable(address)
                ),
                hint=_("write tcp://HOST:PORT or tls://HOST:PORT; 'dask scheduler' prints its own"),
            )
        self._address = address
        self._url_seconds = url_seconds

    def __call__(
        self,
        signing: Signing,
        http: Http,
        workspace: Workspace,
        post: Callable[[Reply], None],
        dry: Callable[[], None],
    ) -> "ClusterLanes":
        """Return lanes on workers, which are being asked.

        Raises:
            LocalError: The target cannot be written to.
        """
        run = secrets.token_hex(8)
        opening = Opening(
            run=run,
            target=workspace.target,
            job_id=Path(workspace.folder).name,
            policy=workspace.policy,
            probe=f"{PROBE}{run}",
            timeouts=http.timeouts,
            route=replace(http.route, proxy=""),
            limits=Limits(1, 1, 0),
        )
        driver = Driver(self._address, opening, signing, post, dry, url_seconds=self._url_seconds)
        return ClusterLanes(driver, workspace)


class ClusterLanes:
    """What a run hands its tasks to; see `ossh.transfer.lanes.Fetching`.

    Args:
        driver: Not started yet.
        workspace: Where files go.

    Raises:
        LocalError: The target cannot be written to.
    """

    def __init__(self, driver: Driver, workspace: Workspace) -> None:
        self._driver = driver
        self._folder = Path(workspace.folder)
        self._limits = Limits(1, 1, 0)
        self._is_ready: Future[None] = Future()
        self._thread = threading.Thread(target=self._run, name="ossh-cluster", daemon=True)
        self._write_probe()
        self._thread.start()

    @property
    def machines(self) -> int:
        """Return how many workers fetch, at least 1."""
        return max(1, len(self._driver.members))

    @property
    def received(self) -> int:
        """Return the bytes of bodies of which workers have told."""
        return self._driver.received

    @property
    def streamed(self) -> int:
        """Return the bytes that streams of workers have written, as far as told."""
        return self._driver.streamed

    @property
    def under_way(self) -> list[tuple[Task, int]]:
        """Return nothing: workers tell of a task when it is done."""
        return []

    @property
    def notes(self) -> tuple[str, ...]:
        """Return which workers were left out, and why, a line each."""
        return self._driver.members.refusals

    def is_ready(self, seconds: float) -> bool:
        """Wait so long at most until a worker takes part; return whether one does.

        Raises:
            OsshError: The scheduler does not answer, or no worker can take part; says why.
        """
        try:
            self._is_ready.result(seconds)
        except TimeoutError:
            return False
        return True

    def send(self, tasks: Iterable[Task]) -> None:
        """Hand tasks to the workers."""
        self._driver.tell(self._driver.add, list(tasks))

    def limit(self, connections: int, streams: int, bytes_per_second: int) -> None:
        """Change how much may be under way, of all workers together."""
        limits = Limits(connections, streams, bytes_per_second)
        if limits != self._limits:
            self._limits = limits
            self._driver.tell(self._driver.limit, limits)

    def recall(self, *, running: bool) -> None:
        """Have queued tasks handed back as `Returned`; with `running` those under way too."""
        self._driver.tell(self._driver.recall, running)

    def end(self, seconds: float) -> None:
        """Have the workers park and hand back everything, and leave them, within so many seconds.

        What a worker cannot tell any more in that time is fetched again by the next run.
        """
        self._driver.tell(self._driver.end, seconds)
        if self._is_ready.done():  # else it would wait for a scheduler that does not answer
            self._thread.join(2 * seconds)
        self._remove_probes()

    def _run(self) -> None:
        asyncio.run(self._driver.serve(self._is_ready))

    def _write_probe(self) -> None:
        self._remove_probes()  # of a run that was killed
        path = self._folder / self._driver.probe
        try:
            path.write_text(self._driver.probe_text, encoding="ascii")
        except OSError as error:
            message = _("cannot write to '{folder}': {reason}").format(
                folder=self._folder, reason=reason(error)
            )
            raise LocalError(message) from error

    def _remove_probes(self) -> None:
        with suppress(OSError):
            for path in self._folder.glob(f"{PROBE}*"):
                path.unlink()
