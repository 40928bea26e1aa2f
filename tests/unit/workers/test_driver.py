from pathlib import Path
from typing import cast

from ossh.model import Route, Signed
from ossh.network import Http, Timeouts
from ossh.transfer.disk.workspace import Workspace
from ossh.transfer.fetching.lane import LaneContext
from ossh.transfer.messages import Fetch
from ossh.workers.driver import Driver
from ossh.workers.transport import Transport
from ossh.workers.worker_messages import SessionRequest, WorkerLimits
from tests.unit.transfer.rig import entry


def test_a_driver_is_not_woken_for_no_tasks(tmp_path: Path) -> None:
    limits = WorkerLimits(1, 1, 0)
    request = SessionRequest("1", str(tmp_path), "job1", Timeouts(), Route(), limits)
    driver = Driver(
        cast("Transport", None),  # nobody connects
        request,
        lambda _task: Signed("", ()),
        60,
        LaneContext(Http(), Workspace(tmp_path, "job1"), lambda _reply: None, lambda: None),
    )

    driver._add([])
    assert not driver._wake.is_set()

    driver._add([Fetch(entry(1, 4, key="k"))])
    assert driver._wake.is_set()
