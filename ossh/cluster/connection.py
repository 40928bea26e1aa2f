"""The driver's connection to a Dask scheduler, and what can be asked over it."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from concurrent.futures import CancelledError
from contextlib import suppress
from pkgutil import resolve_name
from typing import Any, TypeVar

from distributed import Client
from distributed.scheduler import KilledWorker

from ossh.cluster import desk
from ossh.cluster.messages import Batch, Limits, Opening, Welcome
from ossh.transfer.messages import Reply

_VERSION = "ossh:__version__"
OWN_VERSION: str = resolve_name(_VERSION)

CONNECT_SECONDS = 5.0
LOOK_SECONDS = 10.0  # the scheduler lists its workers in milliseconds
ASK_SECONDS = 30.0  # a worker's may wait for a disk
CLOSE_SECONDS = 2.0

_T = TypeVar("_T")


class Unreachable(Exception):
    """The scheduler, or a worker, does not answer; the message says why."""


class Lost(Exception):
    """A worker went away with a batch."""


class Connection:
    """Asks a scheduler and its workers. Everything here runs on one event loop.

    TLS, certificates and timeouts of Dask's own are as its configuration says.

    Args:
        client: Connected.
    """

    def __init__(self, client: Client) -> None:
        self._client = client

    @classmethod
    async def open(cls, address: str) -> "Connection":
        """Connect to a scheduler.

        Raises:
            Unreachable: It does not answer, or not as Dask's settings of TLS demand.
        """
        # it would report on stderr, where the bar is, what is reported as errors here
        logging.getLogger("distributed").setLevel(logging.CRITICAL)
        client = Client(
            address, asynchronous=True, timeout=CONNECT_SECONDS, set_as_default=False, name="ossh"
        )
        found = cls(client)
        try:
            await client
        except (OSError, ValueError, TypeError, RuntimeError) as error:
            await found.close()
            raise Unreachable(_line(error)) from error
        return found

    async def close(self) -> None:
        """End the connection."""
        with suppress(TimeoutError, OSError, CancelledError):
            await asyncio.wait_for(self._client.close(timeout=CLOSE_SECONDS), CLOSE_SECONDS + 1)

    async def workers(self) -> set[str]:
        """Return the addresses of the workers that are there now.

        Raises:
            Unreachable: The scheduler does not answer.
        """
        threads = await _answer(self._client.nthreads(), LOOK_SECONDS)
        return set(threads)

    async def version(self, worker: str) -> str:
        """Return the version of ossh on a worker; "" when it has none.

        It is asked for by the standard library alone: whatever ossh is there, it can answer.

        Raises:
            Unreachable: The worker does not answer.
        """
        found = await self._ask(worker, resolve_name, _VERSION)
        return found if isinstance(found, str) else ""

    async def open_desk(self, worker: str, opening: Opening) -> Welcome:
        """Have a worker get ready for a run.

        Raises:
            Unreachable: It does not answer, or cannot.
        """
        found = await self._ask(worker, desk.open_desk, opening)
        if not isinstance(found, Welcome):
            raise Unreachable(_line(found) if isinstance(found, Exception) else "no answer")
        return found

    async def steer(self, worker: str, run: str, limits: Limits) -> None:
        """Have a worker obey new limits, if it is still there."""
        with suppress(Unreachable):
            await self._ask(worker, desk.steer, run, limits)

    async def close_desk(self, worker: str, run: str) -> None:
        """Have a worker forget a run, if it is still there."""
        with suppress(Unreachable):
            await self._ask(worker, desk.close_desk, run)

    async def fetch(self, worker: str, batch: Batch) -> tuple[Reply, ...]:
        """Have a worker do a batch and return the replies.

        Raises:
            Lost: The worker, or the scheduler, went away in the meantime.
        """
        future: Any = self._client.submit(
            desk.fetch, batch, workers=[worker], allow_other_workers=False, pure=False
        )
        try:
            replies: tuple[Reply, ...] = await future.result()
        except (KilledWorker, CancelledError, OSError) as error:
            raise Lost(_line(error)) from error
        else:
            return replies
        finally:
            future.release()

    async def _ask(self, worker: str, function: Callable[..., Any], *arguments: object) -> object:
        """Return what a function returns on a worker, or the exception it ends with."""
        call = self._client.run(function, *arguments, workers=[worker], on_error="return")
        found = await _answer(call, ASK_SECONDS)
        return found.get(worker)


async def _answer(call: Coroutine[Any, Any, _T], seconds: float) -> _T:
    """Wait for an answer, so long.

    Raises:
        Unreachable: None comes.
    """
    try:
        return await asyncio.wait_for(call, seconds)
    except (OSError, TimeoutError, CancelledError, RuntimeError) as error:
        raise Unreachable(_line(error)) from error


def _line(error: Exception) -> str:
    """Return what an error of Dask says, in one line."""
    text = " ".join(str(error).split())
    return text or type(error).__name__
