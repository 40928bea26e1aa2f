"""Processes of this machine, as a run reaches them: started, replaced, and told to by pipes."""

import asyncio
import os
import re
import signal
import subprocess
import time
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import cast

from ossh import installation
from ossh.errors import LocalError, OsshError
from ossh.language import _
from ossh.processes.frames import LENGTH, NumberedTasks, Report, packed
from ossh.transfer.messages import Reply, Task
from ossh.workers.transport import Lost, Replies, Transport, Unreachable
from ossh.workers.worker_messages import Batch, SessionRequest, WorkerLimits

START_SECONDS = 30.0  # a process that has not answered by then will not
SILENT_SECONDS = 10.0  # one that says nothing for so long hangs, or was stopped
# Of that, what passes between two looks counts for no more: then this process stood still itself.
LOOK_SECONDS = 1.0
MOST_FAILURES = 3  # processes in a row that end before they took part

_NO_WINDOW = getattr(subprocess, "CREATE_NO_WINDOW", 0)  # which only Windows has
_KILL = getattr(signal, "SIGKILL", signal.SIGTERM)  # on Windows, any signal kills
_PROXY = r"(?i)(?:https?|all|no)_proxy"


class _Child:
    """One process, and what it says."""

    def __init__(self, process: Process, on_replies: Callable[[Sequence[Reply]], None]) -> None:
        self.process = process
        self.sent = NumberedTasks()
        self.refusal: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.under_way: Sequence[tuple[Task, int]] = ()
        self.streaming = 0  # bytes
        self.silence = 0.0  # seconds
        self.listening = asyncio.create_task(self._listen(on_replies))

    def say(self, message: object) -> None:
        pipe = cast("asyncio.StreamWriter", self.process.stdin)
        if not pipe.is_closing():
            pipe.write(packed(message))

    async def _listen(self, on_replies: Callable[[Sequence[Reply]], None]) -> None:
        pipe = cast("asyncio.StreamReader", self.process.stdout)
        with suppress(EOFError, OSError):
            while True:
                (length,) = LENGTH.unpack(await pipe.readexactly(LENGTH.size))
                message = self.sent.unpacked(await pipe.readexactly(length))
                self.silence = 0.0
                if isinstance(message, str):
                    self.refusal.set_result(message)
                elif isinstance(message, Report):
                    self.streaming = message.streaming
                    if message.under_way is not None:
                        self.under_way = message.under_way
                    if message.replies:
                        on_replies(message.replies)
        if not self.refusal.done():
            self.refusal.set_result(_("ended at once"))

    @property
    def is_there(self) -> bool:
        return self.process.returncode is None and not self.listening.done()

    def kill(self) -> None:
        """Kill it, unless it has ended.

        `Process.kill` might first find out that it has, and the loop, which waits for that, would
        complain on the terminal.
        """
        if self.process.returncode is None:
            with suppress(OSError):  # it has ended
                os.kill(self.process.pid, _KILL)


class ProcessTransport(Transport):
    """Starts so many processes and replaces those that end; see `ossh.workers.transport`."""

    charges = True  # what kills one may be what it was doing

    def __init__(self, count: int, command: Sequence[str] = ()) -> None:
        self.count = count  # may be raised at any time
        self._command = command or installation.command(installation.FETCH_FOR_RUN)
        self._failures = 0  # processes in a row that ended before they took part
        self._on_replies: Replies = lambda _name, _replies: None
        self._children: dict[str, _Child] = {}
        self._started = 0
        self._looked = time.monotonic()

    async def connect(self, on_replies: Replies, on_lost: Lost) -> None:  # noqa: ARG002 - as said
        self._check()
        self._on_replies = on_replies

    def _check(self) -> None:
        """Refuse to start processes that will end at once.

        Raises:
            Unreachable: The last ones did.
        """
        if self._failures >= MOST_FAILURES:
            raise Unreachable(_("worker processes end as soon as they are started"))

    async def present(self) -> set[str]:
        """Return who is there, after starting whoever is missing and can be started.

        Raises:
            Unreachable: None is there, and none can be started.
        """
        now = time.monotonic()
        passed, self._looked = min(now - self._looked, LOOK_SECONDS), now
        for name, child in tuple(self._children.items()):
            child.silence += passed if child.refusal.done() else 0.0
            if not child.is_there or child.silence > SILENT_SECONDS:
                await self._remove(name, child)
        try:
            while len(self._children) < self.count:
                self._check()
                await self._start()
        except Unreachable:
            if not self._children:
                raise
        return set(self._children)

    async def _remove(self, name: str, child: _Child) -> None:
        """Kill a process; it is there until it has ended, as nobody else may write its files."""
        child.kill()
        with suppress(TimeoutError):
            await asyncio.wait_for(child.process.wait(), LOOK_SECONDS)
            del self._children[name]

    async def _start(self) -> None:
        try:
            process = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=PIPE,
                stdout=PIPE,
                stderr=DEVNULL,
                env=installation.environment(os.environ),
                start_new_session=True,  # the terminal's signals are for the run alone
                creationflags=_NO_WINDOW,  # the same for Windows
            )
        except (OSError, RuntimeError) as error:  # the latter: no thread is left to wait for it
            text = _("no worker process could be started: {reason}")
            raise Unreachable(text.format(reason=error)) from error
        self._started += 1
        name = f"{self._started} (process {process.pid})"
        self._children[name] = _Child(process, partial(self._on_replies, name))

    async def greet(self, worker: str, request: SessionRequest) -> str:
        child = self._children.get(worker)
        if child is None:
            raise Unreachable(_("ended at once"))
        child.say(replace(request, proxies=proxies(os.environ)))
        try:
            refusal = await asyncio.wait_for(asyncio.shield(child.refusal), START_SECONDS)
        except TimeoutError:
            child.kill()
            refusal = _("does not answer")
        self._failures = self._failures + 1 if refusal else 0
        return refusal

    def send(self, worker: str, batch: Batch) -> None:
        if (child := self._children.get(worker)) is not None:
            child.sent.add(batch)
            child.say(batch)

    async def set_limits(self, worker: str, limits: WorkerLimits) -> None:
        if (child := self._children.get(worker)) is not None:
            child.say(limits)

    def under_way(self, worker: str) -> Sequence[tuple[Task, int]]:
        child = self._children.get(worker)
        return () if child is None else child.under_way

    def streaming(self, worker: str) -> int:
        child = self._children.get(worker)
        return 0 if child is None else child.streaming

    async def close(self) -> None:
        for child in self._children.values():
            child.kill()
        for child in self._children.values():
            await child.process.wait()
            child.listening.cancel()
        self._children.clear()

    def unreachable(self, error: Unreachable) -> OsshError:
        return LocalError(str(error))

    def nobody(self, refusals: Sequence[str]) -> OsshError:
        return LocalError(refusals[0] if refusals else _("no worker process could be started"))


def proxies(given: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that say which proxy to use; they may hold a password."""
    return {name: text for name, text in given.items() if re.fullmatch(_PROXY, name)}
