"""--connections and --rate: how much of the line one run may take."""

import itertools
import threading

import pytest

from tests.shell.conftest import Driver


@pytest.fixture
def small(fresh: Driver) -> Driver:
    for name in ("a", "b", "c"):
        fresh.server.put(f"logs/{name}", name.encode())
    fresh.server.put("logs/denied", b"x")
    fresh.server.fault("status", key="logs/denied", status=403, times=99)
    return fresh


@pytest.mark.parametrize("line", ["get logs/ --to x", "retry", "resume x"])
def test_limits_are_for_this_run_only(small: Driver, line: str) -> None:
    small("set connections 9")
    small("get logs/ --to x")

    small(f"{line} --connections 3 --rate 5MiB/s")

    run = small.session.run
    assert run is not None
    assert (run.controls.connections, run.controls.bytes_per_second) == (3, 5 << 20)
    assert "5MiB" not in (small.folder / "jobs" / "x.toml").read_text("utf-8")
    small(line)
    run = small.session.run
    assert run is not None
    assert (run.controls.connections, run.controls.bytes_per_second) == (9, -1)


def test_no_limit_replaces_that_of_the_job(small: Driver) -> None:
    small("get logs/ --to x")
    small.edit("x", 'rate = "0"', 'rate = "1MiB"')

    small("get logs/ --to x --rate 0")

    assert small.session.run is not None
    assert small.session.run.job.transfer.rate == 0


@pytest.mark.parametrize("number", ["0", "1025", "99999999", "many"])
def test_the_number_of_connections_is_that_of_a_job_file(small: Driver, number: str) -> None:
    assert small(f"get logs/ --connections {number}").status == 2
    if number != "0":  # as the job says
        assert small(f"set connections {number}").status == 2
    assert small("set connections 1024").status == 0


@pytest.mark.parametrize("possible", range(8))
def test_a_system_without_threads_to_spare_is_named(
    small: Driver, monkeypatch: pytest.MonkeyPatch, possible: int
) -> None:
    start, numbers = threading.Thread.start, itertools.count()

    def start_if_possible(thread: threading.Thread) -> None:
        if next(numbers) >= possible:
            text = "can't start new thread"
            raise RuntimeError(text)
        start(thread)

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", start_if_possible)
        said = small("get logs/ --to x")

    assert next(numbers) > possible or said.status == 1  # of the one that is denied
    if said.status != 1:
        assert (said.status, said.err.splitlines()[-2]) == (
            3,
            "error: the system allows no more threads",
        )
    assert small("get logs/ --to x").status == 1
    assert (small.folder / "x" / "c").read_text() == "c"
