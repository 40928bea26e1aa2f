"""What processes are told of a run's limits."""

import sys
from pathlib import Path
from typing import cast

import pytest

from ossh.network import Http
from ossh.processes.process_lanes import ProcessLanes
from ossh.transfer.disk.workspace import Workspace
from ossh.transfer.fetching.lane import LaneContext
from ossh.transfer.fetching.rate_limit import RateLimit
from ossh.transfer.fetching.signing import Signing


def test_processes_that_are_being_started_keep_a_rate_of_all_runs_from_the_first_body_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "nothing"))  # so none is there too soon
    context = LaneContext(Http(), Workspace(tmp_path, "job1"), lambda _reply: None, lambda: None)
    lanes = ProcessLanes(cast("Signing", None), context, shared=RateLimit(1000))

    lanes.use(2)
    lanes.limit(4, 1, 0)
    [others] = lanes._others
    lanes.end(0)

    assert others._asked == (4, 1, 1000)
