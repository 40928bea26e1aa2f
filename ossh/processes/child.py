"""A process that fetches for a run: signed requests come in, replies go out, a few times a second.

It imports little. Of credentials it holds what signed requests do: the access key id, the security
token if there is one, and the password of a proxy; the secret never. When the run's process ends,
however that happens, its pipe does too, and this one at once: what was under way is then as after
any kill.
"""

import gc
import os
import pickle
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import BinaryIO

from ossh.errors import LocalError
from ossh.processes.frames import LENGTH, NumberedTasks, Report, packed
from ossh.transfer.messages import Reply, Task, bugs_posted
from ossh.transfer.scheduling.window import is_for_stream
from ossh.workers.worker_messages import Batch, SessionRequest, WorkerLimits
from ossh.workers.worker_session import WorkerSession

# Tasks and replies come and go by the thousand, without cycles.
GC_THRESHOLD = 20_000
GATHER_SECONDS = 0.03  # replies that come within this are sent together
STREAM_SECONDS = 0.02  # between two reports of how far streams are
REPORT_SECONDS = 0.25  # between two reports at most, and of all that is under way


class Reporter(threading.Thread):
    """Sends replies, and what is under way."""

    def __init__(self, pipe: BinaryIO, under_way: Callable[[], Sequence[tuple[Task, int]]]) -> None:
        super().__init__(name="ossh-reporter", daemon=True)
        self.tasks = NumberedTasks()
        self._pipe = pipe
        self._under_way = under_way
        self._replies: SimpleQueue[Reply] = SimpleQueue()
        self.post = self._replies.put  # takes a reply, on any thread

    def run(self) -> None:
        streaming, told_all = 0, 0.0
        while True:
            replies: list[Reply] = []
            with suppress(Empty):
                seconds = STREAM_SECONDS if streaming else REPORT_SECONDS
                replies.append(self._replies.get(timeout=seconds))
                time.sleep(GATHER_SECONDS)
                while True:
                    replies.append(self._replies.get_nowait())
            under_way = self._under_way()
            streaming = sum(count for task, count in under_way if is_for_stream(task))
            now = time.monotonic()
            is_due = now - told_all >= REPORT_SECONDS
            told_all = now if is_due else told_all
            report = Report(replies, streaming, under_way if is_due else None)
            say(self._pipe, self.tasks.packed(report))


def say(pipe: BinaryIO, message: bytes) -> None:
    """Send a message; without anybody who hears it, end."""
    try:
        pipe.write(LENGTH.pack(len(message)) + message)
        pipe.flush()
    except OSError:
        os._exit(0)


def main(_arguments: Sequence[str]) -> int:
    """Do what comes in until the pipe ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the run alone
    gc.freeze()  # what is loaded stays
    gc.set_threshold(GC_THRESHOLD)
    incoming, outgoing = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr  # whatever is printed by mistake is no message
    with bugs_posted(lambda crash: say(outgoing, packed(Report([crash], 0)))):
        try:
            _serve(incoming, outgoing)
        except (EOFError, pickle.UnpicklingError):  # the pipe ends, or ends within a message
            os._exit(0)  # at once: threads that write or wait for a disk are not waited for
    return 1


def _serve(incoming: BinaryIO, outgoing: BinaryIO) -> None:
    """Answer why this process cannot take part, "" if it does; then do what comes in."""
    request: SessionRequest = pickle.load(incoming)  # noqa: S301 - all of it is our run's
    os.environ.update(request.proxies)
    reporter = Reporter(outgoing, lambda: session.under_way)
    try:
        session = WorkerSession(request, reporter.post)
    except LocalError as error:
        say(outgoing, packed(str(error)))
        return
    say(outgoing, packed(""))
    reporter.start()
    while True:
        match pickle.load(incoming):  # noqa: S301 - as above
            case Batch() as batch:
                reporter.tasks.add(batch)
                session.send(batch)
            case WorkerLimits() as limits:
                session.set_limits(limits)
