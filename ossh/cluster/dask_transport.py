"""A Dask scheduler and its workers, as a run reaches them."""

import asyncio
import logging
import traceback
from collections.abc import Callable, Collection, Coroutine, Sequence
from concurrent.futures import CancelledError
from contextlib import suppress
from pkgutil import resolve_name
from typing import Any, TypeVar

from distributed import Client, Future
from distributed.scheduler import KilledWorker

from ossh.cluster import worker_session
from ossh.errors import StoreError
from ossh.language import Words, _
from ossh.printable import printable
from ossh.transfer.messages import Crashed, Reply, Task
from ossh.workers.balancing import is_answered
from ossh.workers.transport import Lost, Replies, Transport, Unreachable
from ossh.workers.worker_messages import Batch, SessionRequest, WorkerLimits

_VERSION = "ossh:__version__"
OWN_VERSION: str = resolve_name(_VERSION)

CONNECT_SECONDS = 5.0
LOOK_SECONDS = 10.0  # the scheduler lists its workers in milliseconds
CALL_SECONDS = 30.0  # a worker's may wait for a disk
CLOSE_SECONDS = 2.0

_T = TypeVar("_T")


class DaskTransport(Transport):
    """The scheduler at an address, and its workers; see `ossh.workers.transport`.

    TLS, certificates and Dask's own timeouts are as its configuration says.
    """

    charges = False  # a machine that leaves says nothing of the objects

    def __init__(self, address: str) -> None:
        self._address = address
        self._where = printable(address)
        self.none_left = Words(
            "the Dask scheduler at '{address}' has no workers left", address=self._where
        )
        self._client: Client  # while connected
        self._on_replies: Replies
        self._on_lost: Lost
        self._run = ""
        self._batches: dict[Future[Any], str] = {}  # each with the worker that it waits for
        self._waiting: set[asyncio.Task[None]] = set()  # a loop holds its tasks weakly

    async def connect(self, on_replies: Replies, on_lost: Lost) -> None:
        """Connect to the scheduler.

        Raises:
            Unreachable: It does not answer, or not as Dask's settings of TLS demand.
        """
        _hush()
        self._on_replies, self._on_lost = on_replies, on_lost
        self._client = Client(
            self._address,
            asynchronous=True,
            timeout=CONNECT_SECONDS,
            set_as_default=False,
            name="ossh",
        )
        try:
            await self._client
        except (OSError, ValueError, TypeError, RuntimeError) as error:
            await self.close()
            raise Unreachable(_line(error)) from error

    async def close(self) -> None:
        self._forget(set(self._batches.values()))
        with suppress(TimeoutError, OSError, CancelledError):
            await asyncio.wait_for(self._client.close(timeout=CLOSE_SECONDS), CLOSE_SECONDS + 1)

    async def present(self) -> set[str]:
        threads = await _answer(self._client.nthreads(), LOOK_SECONDS)
        self._forget(set(self._batches.values()) - set(threads))
        return set(threads)

    def _forget(self, gone: Collection[str]) -> None:
        """Wait no longer for batches of workers that have gone, or are lost: others do them.

        To release a future ends the wait for it. To cancel who waits would not do: Dask leaves a
        task of its own behind then, that fails unheard, and takes the answers of others along.
        """
        for future in [one for one, worker in self._batches.items() if worker in gone]:
            del self._batches[future]
            future.release()

    async def greet(self, worker: str, request: SessionRequest) -> str:
        self._run, client = request.run, self._client
        # by the standard library alone: whatever ossh is there, or none, that can answer
        version = await self._call(worker, resolve_name, _VERSION)
        if client is not self._client:  # who greets it since is not to be disturbed
            raise Unreachable("no answer")
        if not isinstance(version, str):
            return Words("has no ossh; this is {version}", version=OWN_VERSION)
        if version != OWN_VERSION:
            return Words(
                "has ossh {theirs}; this is {version}", theirs=version, version=OWN_VERSION
            )
        refusal = await self._call(worker, worker_session.open_session, request)
        if not isinstance(refusal, str):
            raise Unreachable(_line(refusal) if isinstance(refusal, Exception) else "no answer")
        return refusal

    async def set_limits(self, worker: str, limits: WorkerLimits) -> None:
        with suppress(Unreachable):
            await self._call(worker, worker_session.set_limits, self._run, limits)

    async def leave(self, worker: str) -> None:
        with suppress(Unreachable):
            await self._call(worker, worker_session.close_session, self._run)

    def send(self, worker: str, batch: Batch) -> None:
        future: Future[Any] = self._client.submit(
            worker_session.fetch, batch, workers=[worker], allow_other_workers=False, pure=False
        )
        self._batches[future] = worker
        tasks = [task for task, _request in batch.tasks]
        waiting = asyncio.create_task(self._wait(future, tasks))
        self._waiting.add(waiting)
        waiting.add_done_callback(self._waiting.discard)

    async def _wait(self, future: "Future[Any]", tasks: list[Task]) -> None:
        """Pass on what a worker replies to a batch; one that does not reply is lost."""
        replies: tuple[Reply, ...] | None = None
        try:
            replies = await future.result()
        except (KilledWorker, CancelledError, OSError):
            pass
        except Exception:  # noqa: BLE001 - reported whole to the run, which raises it
            replies = (Crashed(traceback.format_exc()),)
        worker = self._batches.pop(future, None)
        future.release()
        if worker is None:  # forgotten
            return
        if replies is None:
            self._forget({worker})
            self._on_lost(worker)
            return
        if not is_answered(tasks, replies):  # or the run would wait for the rest for ever
            replies = (Crashed(f"worker {worker} answered a question that it was not asked"),)
        self._on_replies(worker, replies)

    async def _call(self, worker: str, function: Callable[..., Any], *arguments: object) -> object:
        """Return what a function returns on a worker, or the exception that it raises there."""
        call = self._client.run(function, *arguments, workers=[worker], on_error="return")
        found = await _answer(call, CALL_SECONDS)
        return found.get(worker)

    def unreachable(self, error: Unreachable) -> StoreError:
        return StoreError(
            _("cannot reach the Dask scheduler at '{address}': {error}").format(
                address=self._where, error=error
            ),
            hint=_("'dask scheduler' starts one and prints its address: tcp://HOST:8786"),
        )

    def nobody(self, refusals: Sequence[str]) -> StoreError:
        if not refusals:
            return StoreError(
                _("the Dask scheduler at '{where}' has no workers").format(where=self._where),
                hint=_("run 'dask worker {where}' on each machine that is to fetch").format(
                    where=self._where
                ),
            )
        others = len(refusals) - 1
        message = _("no worker can take part: {first}")
        if others:
            message = _("no worker can take part: {first} ({number} more were left out)")
        return StoreError(
            message.format(first=refusals[0], number=others),
            hint=_(
                "each needs this version of ossh, and the target at the same path on a file "
                "system that all machines share"
            ),
        )


def _hush() -> None:
    """Keep Dask from reporting on stderr, where the bar is, what is reported as errors here.

    Some of its loggers have a level of their own.
    """
    for name in ("distributed", *logging.root.manager.loggerDict):
        if name.partition(".")[0] == "distributed":
            logging.getLogger(name).setLevel(logging.CRITICAL)


async def _answer(call: Coroutine[Any, Any, _T], seconds: float) -> _T:
    """Wait so long for an answer, else raise `Unreachable`."""
    try:
        return await asyncio.wait_for(call, seconds)
    except (OSError, TimeoutError, CancelledError, RuntimeError) as error:
        raise Unreachable(_line(error)) from error


def _line(error: Exception) -> str:
    """Return what an error of Dask says, in one line."""
    text = " ".join(str(error).split())
    return text or type(error).__name__
