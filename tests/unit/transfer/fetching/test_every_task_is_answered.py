"""Whatever servers do, and whatever is recalled or limited meanwhile: one reply for each task."""

import queue
import random
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import fastcrc
import pytest

from ossh.model import ByteRange, Entry, Signed
from ossh.network import Http, Timeouts
from ossh.transfer.disk.workspace import Workspace
from ossh.transfer.fetching.lane import LaneContext
from ossh.transfer.fetching.lanes import LocalLanes
from ossh.transfer.messages import Answer, Done, Failed, Fetch, Look, Reply, Request, Returned, Task
from ossh.units import moment_at
from tests.unit.network.peer import Peer, Wire
from tests.unit.transfer.rig import entry

BODY = bytes(range(256)) * 12_000
OSS = ("x-oss-request-id: 5C3D", 'ETag: "E1"')
SIZES = (10, 1000, 300_000, 3_000_000)
HOWS = ("cut", "reset", "silent", "refused", "too much", "chunks", "interim", "garbage", "foreign")


def serve(wire: Wire, rng: random.Random) -> None:
    """Answer as asked, or in one of many other ways."""
    how = ""
    while request := wire.request():
        how = rng.choice(HOWS) if rng.random() < 0.4 else ""
        size = int(request.split()[1].rpartition(b"-")[2])
        start, stop, lines = 0, size, ["HTTP/1.1 200 OK"]
        if b"\r\nRange: " in request:
            start, stop = 1000, size - 500
            content = f"Content-Range: bytes {start}-{stop - 1}/{size}"
            lines = ["HTTP/1.1 206 Partial Content", content]
        body = b"" if request.startswith(b"HEAD") else BODY[start:stop]
        lines += OSS[1:] if how == "foreign" else OSS
        if how == "chunks":
            lines.append("Transfer-Encoding: chunked")
            body = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
        else:
            lines.append(f"Content-Length: {stop - start}")
        head = "\r\n".join([*lines, "", ""]).encode()
        answer = {
            "refused": b"HTTP/1.1 503 Slow Down\r\nContent-Length: 0\r\n\r\n",
            "garbage": b"\xff" * 500,
            "interim": b"HTTP/1.1 100 Continue\r\n\r\n" * 3 + head + body,
            "too much": head + body + b"HTTP/1.1 200 OK\r\n\r\n",
        }.get(how, head + body)
        if how in {"cut", "reset", "silent"}:
            wire.send(answer[: rng.randrange(rng.choice([len(head), len(answer)]))])
            break
        wire.send(answer)
    if how == "silent":
        wire.hold()
    if how == "reset":
        wire.reset()


def tasks_from(row: int, rng: random.Random) -> list[Fetch | Look]:
    """Return a few tasks of any kind, the first for a row."""
    tasks: list[Fetch | Look] = []
    for one in range(row, row + rng.randrange(8)):
        size = rng.choice(SIZES)
        fetch = Fetch(
            Entry(one, f"k-{size}", f"{one % 5}/{one}", size, "E1", moment_at(1e9), "Multipart")
        )
        part = replace(fetch, range=ByteRange(1000, size - 500))
        kinds = (
            fetch,
            fetch,
            part if size > SIZES[1] else fetch,
            Look(entry(one, key=f"k-{size}")),
        )
        tasks.append(rng.choice(kinds))
    return tasks


def task_of(reply: Reply, workspace: Workspace) -> Task:
    """Return the task that a reply is to; it claims no more than what is on disk."""
    assert isinstance(reply, Done | Failed | Returned), reply
    task = reply.task
    kept = reply.part if isinstance(reply, Done) else reply.kept
    if isinstance(reply, Done) and isinstance(task, Fetch) and task.range is None:
        assert Path(workspace.target, task.entry.path).read_bytes() == BODY[: task.entry.size]
    if kept is not None:
        data = Path(workspace.partial(task.entry.row)).read_bytes()[kept.start : kept.stop]
        assert (len(data), fastcrc.crc64.xz(data)) == (kept.length, kept.crc64)
    return task


@pytest.mark.parametrize("seed", range(3))
def test_every_task_has_one_reply_that_is_true(
    tmp_path: Path, peer: Callable[..., Peer], seed: int
) -> None:
    rng = random.Random(seed)
    url = peer(lambda wire: serve(wire, random.Random(rng.random()))).url
    replies: queue.SimpleQueue[Reply] = queue.SimpleQueue()

    def sign(task: Request) -> Signed:
        is_part = isinstance(task, Fetch) and task.range is not None
        return Signed(f"{url}/{task.entry.key}", ("Range: bytes",) if is_part else ())

    workspace, http = Workspace(tmp_path, "cafe"), Http(Timeouts(stall=0.5, stall_bytes=100))
    lanes = LocalLanes(sign, LaneContext(http, workspace, replies.put, lambda: None))
    sent, answered, came = Counter[Task](), Counter[Task](), list[Reply]()
    while sent.total() < 300:
        tasks = tasks_from(sent.total() + 1, rng) if sent.total() < answered.total() + 12 else []
        sent.update(tasks)
        lanes.limit(rng.randint(1, 8), rng.randint(1, 16), rng.choice([0, 0, 0, 20_000_000]))
        lanes.send(tasks)
        if rng.random() < 0.02:
            lanes.recall(running=rng.random() < 0.5)
        with suppress(queue.Empty):
            came.append(replies.get(timeout=0.02))
            answered[task_of(came[-1], workspace)] += 1
    lanes.end(60)
    rest = [replies.get() for _ in range(replies.qsize())]
    answered.update(task_of(one, workspace) for one in rest)

    assert answered == sent
    told = [one.received for one in (*came, *rest) if isinstance(one, Answer)]
    assert lanes.received == sum(told)
    assert lanes.under_way == []
