"""Real processes that fetch what a run lists, signs and records; they are killed, too."""

import os
import signal
import sys
import threading
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from ossh import job as job_files
from ossh.demo import DemoServer
from ossh.model import Cause, Status
from ossh.processes.process_lanes import ProcessLanes
from ossh.transfer.fetching.lane import LaneContext
from ossh.transfer.fetching.lanes import LocalLanes, NewLanes
from ossh.transfer.fetching.rate_limit import RateLimit
from ossh.transfer.fetching.signing import Signing
from ossh.transfer.run import Run
from tests.integration.rig import (
    Place,
    finish,
    gets,
    start,
    telling_of_recalls,
    tree,
)
from tests.planted_modules import Traps
from tests.waiting import DEADLINE_SECONDS, wait_until

SMALL = [f"{number:03d}.bin" for number in range(200)]
LARGE = ["large-1.bin", "large-2.bin"]
PROC = Path("/proc")

needs_proc = pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")


def fill(server: DemoServer) -> None:
    server.fill("{:03d}.bin", len(SMALL), 1000)
    for key in LARGE:
        server.put(key, size=3_000_000)


def settings(**more: Any) -> dict[str, Any]:
    return {"part_size": 1_000_000, "connections": 16, "processes": 3, **more}


def children(pid: int = os.getpid()) -> list[int]:
    """Return the processes that fetch for a run of a process."""
    found = []
    for folder in PROC.glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            line = (folder / "cmdline").read_bytes()
        except OSError:  # it has ended
            continue
        if parent == pid and b"--fetch-for-run" in line:
            found.append(int(folder.name))
    return sorted(found)


def is_there(pid: int) -> bool:
    """Return whether a process lives; one that nobody waited for does not."""
    try:
        return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def is_fetching(pid: int) -> bool:
    """Return whether a process has a connection, and so a request that the service holds."""
    rows = [line.split() for line in (PROC / "net" / "tcp").read_text().splitlines()[1:]]
    connected = {f"socket:[{row[9]}]" for row in rows if row[3] == "01"}  # established
    try:
        return any(str(one.readlink()) in connected for one in (PROC / str(pid) / "fd").iterdir())
    except OSError:  # it, or what it had open, is gone
        return False


def hold(server: DemoServer) -> None:
    """Have GETs after the first few not answered until all faults are cleared."""
    server.fault("hold", operation="get", after=20)


def fetching(number: int = 2, pid: int = os.getpid()) -> list[int]:
    """Return the processes that fetch for a run, once so many are there and have begun."""
    wait_until(lambda: len(pids := children(pid)) == number and all(map(is_fetching, pids)))
    return children(pid)


def started(
    place: Place, lanes: NewLanes = ProcessLanes, *, others: int = 2, **more: object
) -> Run:
    """Start a run that goes on until the faults are cleared; return it once others fetch for it."""
    fill(place.server)
    hold(place.server)
    run = place.run(place.job(**settings(**more)), new_lanes=lanes)
    run.start()
    fetching(others)
    return run


def started_with_local_lanes(place: Place, processes: int) -> tuple[Run, LocalLanes]:
    """Start a run in so many processes; return it with the lanes of this one."""
    made: list[ProcessLanes] = []

    def lanes(signing: Signing, context: LaneContext) -> ProcessLanes:
        made.append(ProcessLanes(signing, context))
        return made[0]

    run = started(place, lanes, others=processes - 1, processes=processes)
    return run, made[0]._local


@needs_proc
def test_two_processes_bring_every_object_whole_and_end_with_the_run(place: Place) -> None:
    run = started(place)
    pids = children()
    place.server.clear_faults()

    summary = finish(run)

    assert (summary.status, summary.fetched) == (0, len(SMALL) + len(LARGE))
    assert summary.bytes_received == len(SMALL) * 1000 + len(LARGE) * 3_000_000
    place.expect(*SMALL, *LARGE)
    wait_until(lambda: not any(map(is_there, pids)))


@needs_proc
def test_of_two_processes_this_one_fetches_too(place: Place) -> None:
    run, local = started_with_local_lanes(place, processes=2)
    [other] = children()

    os.kill(other, getattr(signal, "SIGSTOP"))  # noqa: B009 - Windows has none
    place.server.clear_faults()
    wait_until(lambda: not (local.under_way or any(local.waiting)))
    os.kill(other, getattr(signal, "SIGCONT"))  # noqa: B009

    assert finish(run).status == 0
    place.expect(*SMALL, *LARGE)


@needs_proc
def test_of_more_processes_this_one_begins_nothing(place: Place) -> None:
    run, local = started_with_local_lanes(place, processes=3)

    wait_until(lambda: {lane.limit for lane in local._lanes} == {0})
    place.server.clear_faults()

    assert finish(run).status == 0
    place.expect(*SMALL, *LARGE)


@needs_proc
def test_a_run_of_few_objects_starts_no_process(place: Place) -> None:
    place.server.fill("{:03d}.bin", 10, 1000)
    place.server.fault("delay", operation="get", seconds=0.2)
    run = place.run(place.job(**settings()), new_lanes=ProcessLanes)
    run.start()
    seen: set[int] = set()

    while run.is_alive():
        seen.update(children())
        run.join(0.02)

    assert finish(run).status == 0
    assert not seen


@needs_proc
@pytest.mark.parametrize("name", ["SIGKILL", "SIGSTOP"])
def test_a_process_that_is_killed_or_stopped_is_replaced_and_others_do_its_tasks(
    place: Place, name: str
) -> None:
    run = started(place)
    first, _ = children()

    os.kill(first, getattr(signal, name))
    wait_until(lambda: len(children()) == 2 and first not in children())
    place.server.clear_faults()
    summary = finish(run)

    assert not is_there(first)
    assert (summary.status, summary.by_cause) == (0, ())
    place.expect(*SMALL, *LARGE)
    attempts = [place.entry(key).attempts for key in (*SMALL, *LARGE)]
    # at most what it had under way: its share of the connections
    assert 0 < sum(one > 1 for one in attempts) <= 16
    assert max(attempts) == 2


@needs_proc
def test_what_kills_its_process_each_time_fails_in_the_end(place: Place) -> None:
    run = started(place, max_attempts=1)
    [*_, last] = children()

    if sys.platform != "win32":  # for the type checker
        os.kill(last, signal.SIGKILL)
    place.server.clear_faults()
    summary = finish(run)

    assert summary.status == 1
    assert {cause for cause, _number, _advice in summary.by_cause} == {str(Cause.WORKER_LOST)}
    failed = [entry.key for entry in place.reader().not_at_target()]
    assert 0 < len(failed) <= 16


@needs_proc
def test_the_death_of_the_run_ends_its_processes_and_no_name_is_wrong(place: Place) -> None:
    fill(place.server)
    hold(place.server)
    job_files.save(place.job(**settings()))
    whole = {key: place.server.body(key) for key in (*SMALL, *LARGE)}
    process = start(place)
    pids = fetching(pid=process.pid)

    process.kill()
    process.wait(DEADLINE_SECONDS)

    wait_until(lambda: not any(map(is_there, pids)))
    assert tree(place.target).items() <= whole.items()
    place.server.clear_faults()
    assert place.get(place.job(**settings())).status == 0
    place.expect(*SMALL, *LARGE)


@needs_proc
def test_ctrl_c_reaches_the_run_alone_which_parks_and_ends_its_processes(place: Place) -> None:
    fill(place.server)
    hold(place.server)
    job_files.save(place.job(**settings()))
    process = start(place, new_session=True)
    pids = fetching(pid=process.pid)

    if sys.platform != "win32":  # for the type checker
        os.killpg(process.pid, signal.SIGINT)

    assert process.wait(DEADLINE_SECONDS) == 130
    wait_until(lambda: not any(map(is_there, pids)))
    done = {entry.key for entry in place.reader().entries((Status.DONE,))}
    assert done <= tree(place.target).keys()
    place.server.clear_faults()
    place.server.clear_requests()
    assert place.get(place.job(**settings())).status == 0
    assert not done & {one["key"] for one in gets(place.server)}
    place.expect(*SMALL, *LARGE)


@pytest.mark.parametrize("processes", [2, 3])
def test_the_rate_holds_for_all_processes_together(place: Place, processes: int) -> None:
    fill(place.server)

    summary = place.get(
        place.job(**settings(rate=2_000_000, processes=processes)), new_lanes=ProcessLanes
    )

    assert summary.status == 0
    assert summary.seconds > 2.5  # 6.2 MB


@pytest.mark.parametrize("processes", [2, 3])
def test_a_rate_of_all_runs_holds_for_processes_too(place: Place, processes: int) -> None:
    fill(place.server)
    shared = RateLimit(2_000_000)

    job = place.job(**settings(processes=processes))
    summary = place.get(job, new_lanes=partial(ProcessLanes, shared=shared))

    assert summary.status == 0
    assert summary.seconds > 2.5
    assert shared.sharers == 0


@needs_proc
def test_processes_come_and_go_as_the_run_is_told(place: Place) -> None:
    run = started(place)

    run.controls = replace(run.controls, processes=1)
    wait_until(lambda: not children())
    run.controls = replace(run.controls, processes=4)
    wait_until(lambda: len(children()) == 3)
    place.server.clear_faults()

    assert finish(run).status == 0
    place.expect(*SMALL, *LARGE)


@needs_proc
def test_a_paused_run_takes_its_tasks_back_and_goes_on(place: Place) -> None:
    recalled = threading.Event()
    run = started(place, telling_of_recalls(ProcessLanes, recalled))

    recalled.clear()
    run.controls = replace(run.controls, paused=True)
    assert recalled.wait(DEADLINE_SECONDS)
    place.server.clear_faults()
    wait_until(lambda: run.progress.connections == 0)
    there = run.progress.done
    run.controls = replace(run.controls, paused=False)

    assert there < len(SMALL)
    assert finish(run).status == 0
    place.expect(*SMALL, *LARGE)


@needs_proc
def test_a_process_is_told_no_secret_by_its_environment_or_arguments(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = place.server.access_key_secret
    monkeypatch.setenv("OSS_ACCESS_KEY_SECRET", secret)
    monkeypatch.setenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET", secret)
    monkeypatch.setenv("OSSH_PROXY_PASSWORD", secret)
    monkeypatch.setenv("ANY_NAME", secret)
    monkeypatch.setenv("no_proxy", f"127.0.0.1,{secret}.example")
    run = started(place)

    told = b"".join(
        (PROC / str(pid) / name).read_bytes()
        for pid in children()
        for name in ("environ", "cmdline")
    )
    place.server.clear_faults()

    assert finish(run).status == 0
    assert b"PATH=" in told, "nothing was read"
    assert secret.encode() not in told


@needs_proc
@pytest.mark.fault("F58")
@pytest.mark.parametrize("entry", [os.pathsep, "."])
def test_processes_import_nothing_from_the_current_folder(
    place: Place,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
    entry: str,
) -> None:
    traps = Traps(tmp_path_factory.mktemp("traps") / "ran")
    traps.plant(place.folder)
    monkeypatch.chdir(place.folder)
    monkeypatch.setenv("PYTHONPATH", entry)
    run = started(place)

    place.server.clear_faults()

    assert finish(run).status == 0
    assert traps.ran == []


@needs_proc
def test_a_process_holds_what_signed_requests_do_and_never_the_secret(own_place: Place) -> None:
    server = own_place.server
    server.set_credentials("STS.id-of-signed-requests", "a-secret-that-signs", "a-token-they-hold")
    given = server.access_key_id, server.security_token, server.access_key_secret
    run = started(own_place)

    held = [{text for text in given if holds(pid, text.encode())} for pid in children()]
    server.clear_faults()

    assert finish(run).status == 0
    assert held == [set(given[:2])] * 2  # as SECURITY.md says


def holds(pid: int, text: bytes) -> bool:
    """Return whether a text is anywhere in what a process may write."""
    with (PROC / str(pid) / "mem").open("rb", buffering=0) as memory:
        for line in (PROC / str(pid) / "maps").read_text().splitlines():
            fields = line.split()
            if not fields[1].startswith("rw"):
                continue
            start, stop = (int(number, 16) for number in fields[0].split("-"))
            memory.seek(start)
            if text in memory.read(stop - start):
                return True
    return False


def test_a_machine_that_starts_no_process_fetches_alone(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(place.server)
    place.server.fault("delay", operation="get", seconds=0.1)
    monkeypatch.setattr(sys, "executable", str(place.folder / "nothing"))

    summary = place.get(place.job(**settings()), new_lanes=ProcessLanes)

    assert summary.status == 0
    assert "no worker process could be started" in summary.notes[0]
    place.expect(*SMALL, *LARGE)


def test_a_machine_with_no_thread_for_processes_fetches_alone(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(place.server)
    place.server.fault("delay", operation="get", seconds=0.1)
    start_thread = threading.Thread.start

    def start_others(thread: threading.Thread) -> None:
        if thread.name == "ossh-workers":
            raise RuntimeError("can't start new thread")
        start_thread(thread)

    monkeypatch.setattr(threading.Thread, "start", start_others)

    summary = place.get(place.job(**settings()), new_lanes=ProcessLanes)

    assert summary.status == 0
    assert "no more threads" in summary.notes[0]
    place.expect(*SMALL, *LARGE)
