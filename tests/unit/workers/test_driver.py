from collections import deque
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import cast

from ossh.model import Route, Signed
from ossh.network import Http, Timeouts
from ossh.transfer.disk.workspace import Workspace
from ossh.transfer.fetching.lane import LaneContext
from ossh.transfer.messages import Fetch, Reply, Returned
from ossh.workers.driver import Backlog, Driver
from ossh.workers.transport import Transport
from ossh.workers.worker_messages import SessionRequest, WorkerLimits
from tests.unit.transfer.rig import entry

TASK = Fetch(entry(1, 4, key="k"))


def new_driver(
    folder: Path,
    post: Callable[[Reply], None] = lambda _reply: None,
    waiting: Backlog | None = None,
) -> Driver:
    """Return a driver to which no worker connects: its thread ends with a crash."""
    limits = WorkerLimits(1, 1, 0)
    request = SessionRequest("1", str(folder), "job1", Timeouts(), Route(), limits)
    transport = cast("Transport", SimpleNamespace(none_left=None))
    context = LaneContext(Http(), Workspace(folder, "job1"), post, lambda: None)
    return Driver(transport, request, lambda _task: Signed("", ()), 60, context, waiting)


def test_a_driver_is_not_woken_for_no_tasks(tmp_path: Path) -> None:
    driver = new_driver(tmp_path)

    driver._add([])
    assert not driver._wake.is_set()

    driver._add([TASK])
    assert driver._wake.is_set()


def test_without_workers_it_hands_back_what_only_they_would_do(tmp_path: Path) -> None:
    for is_shared in (False, True):
        handed_back: list[Reply] = []
        waiting: Backlog = deque([TASK]), deque()
        driver = new_driver(tmp_path, handed_back.append, waiting if is_shared else None)
        driver._add([] if is_shared else [TASK])

        driver._refuse_all()

        returned = [one for one in handed_back if isinstance(one, Returned)]
        assert returned == ([] if is_shared else [Returned(TASK)])
        assert len(waiting[False]) == 1
