"""Messages that cross a pipe come out as they went in."""

from io import BytesIO

import pytest

from ossh.model import ByteRange, Failure, Part, Proof
from ossh.processes.frames import Report, packed, read
from ossh.store.signer import Signed
from ossh.transfer.messages import Done, Failed, Fetch, Returned, Served
from ossh.transfer.scheduling.retry_policy import DECISIONS
from ossh.workers.worker_messages import Batch, SignedTask, WorkerLimits

FETCH = Fetch(7, "a/ä.bin", "a/ä.bin", 9, "E1", 1.5, "Normal", ByteRange(0, 4))
SERVED = Served(9, "E1", 1, 1.5)


@pytest.mark.parametrize(
    "message",
    [
        Batch(
            "run", 2, (SignedTask(FETCH, Signed("http://x", ("A: b",))), SignedTask(FETCH, None))
        ),
        WorkerLimits(1, 2, 3, recalls=4, recalls_running=True),
        Report([Done(FETCH, 5, Part(0, 4, 5), SERVED, Proof.CRC64, written=4)], 0),
        Report([Returned(FETCH, kept=Part(0, 2, 1))], 2, [(FETCH, 2)]),
        *(Report([Failed(FETCH, Failure(cause, "code", "text"))], 0) for cause in DECISIONS),
    ],
)
def test_a_message_comes_out_as_it_went_in(message: object) -> None:
    pipe = BytesIO(packed(message) + packed("next"))

    assert read(pipe) == message
    assert read(pipe) == "next"


@pytest.mark.parametrize("length", [0, 3, 9])
def test_a_pipe_that_ends_in_the_middle_is_at_its_end(length: int) -> None:
    pipe = BytesIO(packed("a message")[:length])

    with pytest.raises(EOFError):
        read(pipe)
