from pathlib import Path
from typing import cast

from ossh.model import Entry, Route, Signed
from ossh.network import Timeouts
from ossh.transfer.messages import Fetch
from ossh.units import moment_at
from ossh.workers.driver import Driver
from ossh.workers.transport import Transport
from ossh.workers.worker_messages import SessionRequest, WorkerLimits


def test_a_driver_is_not_woken_for_no_tasks(tmp_path: Path) -> None:
    limits = WorkerLimits(1, 1, 0)
    request = SessionRequest("1", str(tmp_path), "job1", Timeouts(), Route(), limits)
    driver = Driver(
        cast("Transport", None),  # nobody connects
        request,
        lambda _task: Signed("", ()),
        60,
        lambda _reply: None,
        lambda: None,
    )

    driver._add([])
    assert not driver._wake.is_set()

    driver._add([Fetch(Entry(1, "k", "k", 4, "E1", moment_at(0.0), "Normal"))])
    assert driver._wake.is_set()
