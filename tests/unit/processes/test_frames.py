"""Messages that cross a pipe come out as they went in."""

import pickle
import subprocess
import sys
from dataclasses import replace
from io import BytesIO

import pytest

from ossh import installation
from ossh.model import ByteRange, Entry, Failure, OwnFile, Part, Proof, Signed
from ossh.processes.frames import NumberedTasks, Report, packed
from ossh.transfer.messages import (
    Answer,
    CheckPart,
    Crashed,
    Differs,
    Done,
    Failed,
    Fetch,
    Reply,
    Returned,
    Served,
)
from ossh.transfer.scheduling.retry_policy import DECISIONS
from ossh.units import moment_at
from ossh.workers.worker_messages import Batch, WorkerLimits
from tests.unit.transfer.rig import entry

FETCH = Fetch(Entry(7, "a/ä.bin", "a/ä.bin", 9, "E1", moment_at(1.5), "Normal"), ByteRange(0, 4))
SERVED = Served(9, "E1", 1, 1.5)
CHECK = CheckPart(entry(7), Part(0, 4, 5))


@pytest.mark.parametrize(
    "message",
    [
        Batch("run", 2, ((FETCH, Signed("http://x", ("A: b",))), (FETCH, None))),
        WorkerLimits(1, 2, 3, recalls=4, recalls_running=True),
        Report([Crashed("a trace")], 2, [(FETCH, 2)]),
    ],
)
def test_a_message_comes_out_as_it_went_in(message: object) -> None:
    pipe = BytesIO(packed(message) + packed("next"))

    assert pickle.load(pipe) == message  # noqa: S301 - our own
    assert pickle.load(pipe) == "next"  # noqa: S301 - our own


@pytest.mark.parametrize(
    "reply",
    [
        Done(FETCH, Part(0, 4, 5), SERVED, OwnFile(4, 1, 5), Proof.CRC64, received=4),
        Returned(FETCH, kept=Part(0, 2, 1)),
        *(Failed(FETCH, Failure(cause, "code", "text")) for cause in DECISIONS),
        Differs(CHECK),
        Crashed("a trace"),
    ],
)
def test_what_is_said_of_a_task_comes_back_with_the_very_task(reply: Reply) -> None:
    sent, begun = NumberedTasks(), NumberedTasks()
    task = reply.task if isinstance(reply, Answer) else FETCH
    other = replace(task)  # an equal one, sent before
    batch = Batch("run", 0, ((other, None), (task, None)))
    sent.add(batch)
    begun.add(batch)

    told = begun.packed(Report([reply], 0, [(other, 3)]))
    report = sent.unpacked(told)

    assert isinstance(report, Report)
    assert report.replies == [reply]
    [(task, size)] = report.under_way or ()
    assert task is other
    assert size == 3


LINE = installation.command(installation.FETCH_FOR_RUN)
AS_A_MODULE = [sys.executable, "-m", "ossh", installation.FETCH_FOR_RUN]


@pytest.mark.parametrize(
    ("line", "length"), [(LINE, 0), (LINE, 1), (LINE, 3), (LINE, 9), (AS_A_MODULE, 0)]
)
def test_a_process_ends_at_once_when_its_pipe_does(line: list[str], length: int) -> None:
    message = packed("a message")[:length]

    ended = subprocess.run(line, input=message, capture_output=True, check=False)

    assert (ended.returncode, ended.stdout, ended.stderr) == (0, b"", b"")
