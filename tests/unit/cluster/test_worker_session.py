"""A session on a worker: batches come in, replies go out, whatever happens in between."""

import asyncio
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ossh.cluster import worker_session
from ossh.cluster.worker_session import BatchSession
from ossh.model import Cause, Route, Signed
from ossh.network import Timeouts
from ossh.transfer.disk.overwrite_rules import Policy
from ossh.transfer.disk.work_folder import PROBE
from ossh.transfer.messages import Crashed, Done, Failed, Fetch, Returned
from ossh.workers.worker_messages import Batch, SessionRequest, WorkerLimits
from tests.unit.network.peer import Peer, Wire
from tests.unit.transfer.rig import entry
from tests.writing_out import Libc, use_libc

PARK_SECONDS = 60  # far beyond what any reply here takes
HEADERS = ("x-oss-request-id: R1", 'ETag: "E1"')


def request(folder: Path, **changes: object) -> SessionRequest:
    values: dict[str, object] = {
        "run": folder.name,
        "target": str(folder),
        "job_id": "job1",
        "timeouts": Timeouts(),
        "route": Route(),
        "limits": WorkerLimits(4, 1, 0),
    }
    return SessionRequest(**{**values, **changes})  # type: ignore[arg-type] # as a message would bring them


def batch(tmp_path: Path, url: str, *rows: int, recalls: int = 0) -> Batch:
    tasks = (
        (
            Fetch(entry(row, 4, key=f"k{row}")),
            Signed(f"{url}/k{row}", ()),
        )
        for row in rows
    )
    return Batch(tmp_path.name, recalls, tuple(tasks))


@pytest.fixture
def session(tmp_path: Path) -> Iterator[BatchSession]:
    found = BatchSession(request(tmp_path))
    yield found
    found.session.close()


def serve_for_ever(wire: Wire) -> None:
    while wire.request():
        wire.answer(b"body", *HEADERS)


def ask_and_hold(wire: Wire) -> None:
    wire.request()
    wire.hold()


def test_what_is_under_way_is_handed_back_at_a_recall_and_what_was_sent_before_it(
    session: BatchSession, tmp_path: Path
) -> None:
    with Peer([Wire.hold] * 4) as server, ThreadPoolExecutor() as pool:
        under_way = pool.submit(session.fetch, batch(tmp_path, server.url, 1, 2))
        session.session.set_limits(WorkerLimits(4, 1, 0, recalls=1, recalls_running=True))
        before = session.fetch(batch(tmp_path, server.url, 3))

        replies = under_way.result(PARK_SECONDS)

    assert {type(reply) for reply in (*replies, *before)} == {Returned}
    assert not list(tmp_path.glob("k*"))


def test_a_closed_session_hands_back_whatever_comes(tmp_path: Path) -> None:
    session = BatchSession(request(tmp_path))
    session.session.close()

    [reply] = session.fetch(batch(tmp_path, "http://127.0.0.1:1", 1))

    assert isinstance(reply, Returned)


def test_a_bug_ends_every_batch_with_its_trace(session: BatchSession, tmp_path: Path) -> None:
    fetch = Fetch(entry(1, 4, key="k"))

    [reply] = session.fetch(Batch(tmp_path.name, 0, ((fetch, None),)))  # it has no address

    assert isinstance(reply, Crashed)
    assert "KeyError" in reply.text


def test_a_bug_while_other_replies_come_in_is_told_to_every_batch(
    session: BatchSession, tmp_path: Path
) -> None:
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)  # threads take turns as often as they can
    try:
        with Peer([Wire.hold] * 4) as server, ThreadPoolExecutor() as pool:
            many = batch(tmp_path, server.url, *range(20_000))
            under_way = pool.submit(session.fetch, many)
            while len(session._batches) < len(many.tasks):  # what is told is of all batches
                pass
            session.session.set_limits(WorkerLimits(4, 1, 0, recalls=1, recalls_running=True))
            while len(session._batches) == len(many.tasks):
                pass
            session._post(Crashed("a bug"))
            replies = under_way.result(PARK_SECONDS)
    finally:
        sys.setswitchinterval(interval)

    assert any(isinstance(reply, Crashed) for reply in replies)


def test_a_worker_reads_the_probe_and_writes_nothing_where_there_is_none(tmp_path: Path) -> None:
    target = tmp_path / "elsewhere"

    refusal = asyncio.run(worker_session.open_session(request(target)))

    assert "cannot see the folder" in refusal
    assert not target.exists()


def test_a_worker_that_sees_the_probe_is_ready_until_it_is_told_that_the_run_ended(
    tmp_path: Path,
) -> None:
    folder = tmp_path / ".ossh" / "job1"
    folder.mkdir(parents=True)
    (folder / f"{PROBE}{tmp_path.name}").touch()

    async def visit() -> str:
        refusal = await worker_session.open_session(request(tmp_path))
        await worker_session.set_limits(tmp_path.name, WorkerLimits(2, 1, 0))
        await worker_session.close_session(tmp_path.name)
        await worker_session.close_session(
            tmp_path.name
        )  # a run that is not known is none to close
        await worker_session.set_limits(tmp_path.name, WorkerLimits(2, 1, 0))
        return refusal

    assert asyncio.run(visit()) == ""


def test_a_run_that_comes_back_finds_what_it_left_behind_closed(tmp_path: Path) -> None:
    folder = tmp_path / ".ossh" / "job1"
    folder.mkdir(parents=True)
    (folder / f"{PROBE}{tmp_path.name}").touch()

    async def visit() -> str:
        with Peer([ask_and_hold]) as server:
            await worker_session.open_session(request(tmp_path))
            first = batch(tmp_path, server.url, 1)
            under_way = asyncio.create_task(asyncio.to_thread(worker_session.answer, first))
            while not server.requests:  # noqa: ASYNC110 - the other thread knows no event of ours
                await asyncio.sleep(0.01)
            refusal = await worker_session.open_session(request(tmp_path))
            [reply] = await under_way or ()
            await worker_session.close_session(tmp_path.name)
        return f"{refusal}, {type(reply).__name__}"

    assert asyncio.run(visit()) == ", Returned"


def test_a_batch_of_a_run_that_has_no_session_is_not_answered(tmp_path: Path) -> None:
    assert worker_session.answer(batch(tmp_path, "http://127.0.0.1:1", 1)) is None


@pytest.fixture
def durable(tmp_path: Path) -> Iterator[BatchSession]:
    wanted = request(tmp_path, policy=Policy(durable=True))
    found = BatchSession(wanted)
    yield found
    found.session.close()


@pytest.mark.skipif(sys.platform != "linux", reason="the call is one of Linux")
def test_a_batch_is_answered_when_its_files_are_written_out(
    durable: BatchSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there: list[list[str]] = []
    names = Libc(lambda _folder: there.append(sorted(one.name for one in tmp_path.glob("k*"))))
    use_libc(monkeypatch, names)

    with Peer([serve_for_ever] * 4) as server:
        replies = durable.fetch(batch(tmp_path, server.url, 1, 2, 3))
        durable.session.close()

    assert all(isinstance(reply, Done) for reply in replies)
    assert there == [["k1", "k2", "k3"]]


@pytest.mark.skipif(sys.platform != "linux", reason="the call is one of Linux")
def test_files_that_a_failing_disk_may_lack_make_way(
    durable: BatchSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_libc(monkeypatch, Libc(lambda _folder: None, fails=True))

    with Peer([serve_for_ever] * 4) as server:
        replies = durable.fetch(batch(tmp_path, server.url, 1, 2))
        durable.session.close()

    assert {reply.failure.cause for reply in replies if isinstance(reply, Failed)} == {
        Cause.CANNOT_WRITE
    }
    assert len(replies) == 2
    assert not list(tmp_path.glob("k*"))
    assert len(list(tmp_path.glob(".ossh/trash/*/k*"))) == 2
