"""Lane and lanes: many small bodies on one thread, each task where it belongs."""

import gc
import queue
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import fastcrc
import pytest

from ossh import patient
from ossh.model import ByteRange, Cause, Entry, Failure, Proof, Signed
from ossh.network import Http, ResponseParser, Timeouts
from ossh.transfer.disk.overwrite_rules import Policy
from ossh.transfer.disk.workspace import Workspace
from ossh.transfer.fetching.lane import LaneContext
from ossh.transfer.fetching.lanes import Lanes, LocalLanes
from ossh.transfer.fetching.rate_limit import RateLimit
from ossh.transfer.messages import (
    Crashed,
    Done,
    Failed,
    Fetch,
    Link,
    Look,
    Readlink,
    Reply,
    Request,
    Returned,
    Seal,
    Served,
)
from ossh.units import moment_at
from tests.holding import Hold
from tests.planting import links_needed
from tests.unit.network.peer import Wire, after_request, hang_up
from tests.unit.transfer.fetching.rig import MODIFIED, OSS, Rig, Start, row_of
from tests.unit.transfer.rig import entry
from tests.waiting import wait_until

BODY = b"a small body"
CRC = fastcrc.crc64.xz(BODY)
LARGE = 300 * 1024


def fetch(
    row: int = 1,
    path: str = "",
    size: int = len(BODY),
    range: ByteRange | None = None,  # noqa: A002
) -> Fetch:
    return Fetch(
        Entry(row, f"k{row}", path or f"k{row}", size, "E1", moment_at(MODIFIED), "Multipart"),
        range,
    )


@pytest.fixture
def rig(tmp_path: Path, peer: Start) -> Iterator[Rig]:
    del peer  # ends last
    made = Rig(tmp_path / "target")
    yield made
    made.close()


def whole(wire: Wire) -> None:
    wire.serve(BODY, *OSS, f"x-oss-hash-crc64ecma: {CRC}")


def until_the_end(body: bytes) -> Callable[[Wire], None]:
    """Return a script that sends a body of no known length."""
    return after_request(
        "\r\n".join(["HTTP/1.1 200 OK", *OSS, "", ""]).encode(), body, then=hang_up
    )


def test_what_only_plans_has_nothing_under_way() -> None:
    lanes = Lanes()

    assert (lanes.machines, lanes.received, lanes.under_way, lanes.end(0.0)) == (1, 0, [], ())
    assert lanes.is_ready(0.0)


def served_as(size: int, crc64: int | None = None, modified: float = 0.0) -> Served:
    return Served(size, "E1", crc64, modified, storage_class="Standard")


def cause_of(reply: Reply) -> Cause:
    assert isinstance(reply, Failed)
    return reply.failure.cause


def test_small_bodies_are_proved_and_get_their_names(rig: Rig, peer: Start) -> None:
    server = peer(whole)

    replies = rig.do(*(fetch(row, f"d{row % 3}/k{row}") for row in range(1, 21)), server=server)

    assert {type(one) for one in replies} == {Done}
    assert {one.proof for one in replies if isinstance(one, Done)} == {Proof.CRC64}
    assert all(b"\r\nX-Test: 1\r\n" in one for one in server.requests)
    for row in range(1, 21):
        file = rig.target / f"d{row % 3}" / f"k{row}"
        assert (file.read_bytes(), file.stat().st_mtime) == (BODY, MODIFIED)
    assert rig.lanes.received == 20 * len(BODY)
    assert server.connections <= 4
    assert list(Path(rig.workspace.folder).iterdir()) == []


def test_a_small_body_that_has_a_file_is_forgotten_before_the_next_is_asked_for(
    rig: Rig, peer: Start
) -> None:
    kept = list[bytes]()
    body = b"a body of this test alone"

    def look() -> None:
        answers = [one for one in gc.get_objects() if isinstance(one, ResponseParser)]
        kept.extend(one.body for one in answers if one.body == body)

    rig.on_sign = look
    rig.lanes.limit(1, 4, 0)
    rig.do(
        *(fetch(row, size=len(body)) for row in range(1, 5)),
        server=peer(lambda wire: wire.serve(body, *OSS)),
    )

    assert kept == []


@pytest.mark.parametrize(("length", "size"), [("Content-Length: 999", 999), ("", 1000)])
def test_an_object_is_looked_at_without_its_body(
    rig: Rig, peer: Start, length: str, size: int
) -> None:
    lines = ["HTTP/1.1 200 OK", *OSS, "Last-Modified: Fri, 02 Jan 2026 03:04:05 GMT", length]

    def script(wire: Wire) -> None:
        wire.request()
        wire.send("".join(f"{line}\r\n" for line in [*filter(None, lines), ""]).encode())
        wire.hold()

    server = peer(script)
    (reply,) = rig.do(Look(entry(1, key="k")), server=server)

    served = served_as(size, modified=1767323045.0)
    assert reply == Done(Look(entry(1, key="k")), served=served)
    assert server.requests[0].startswith(b"HEAD /k ")
    assert b"\r\nX-Test: 1\r\n" in server.requests[0]


@pytest.mark.fault("F19")
def test_a_look_that_a_portal_answers_is_not_believed(rig: Rig, peer: Start) -> None:
    (reply,) = rig.do(Look(entry(1, key="k")), server=peer(lambda wire: wire.serve()))

    assert cause_of(reply) is Cause.NOT_OSS


def test_a_folder_is_made_without_asking(rig: Rig) -> None:
    (rig.target / "file").touch()

    good, bad = rig.do(fetch(1, "a/b/", 0), fetch(2, "file/", 0))

    assert good == Done(fetch(1, "a/b/", 0))
    assert (rig.target / "a" / "b").is_dir()
    assert cause_of(bad) is Cause.LOCAL_CONFLICT


@pytest.mark.fault("F12")
@pytest.mark.fault("F13")
@pytest.mark.fault("F15")
@pytest.mark.fault("F19")
@pytest.mark.parametrize(
    ("headers", "body", "cause"),
    [
        ((*OSS, "x-oss-hash-crc64ecma: 7"), BODY, Cause.CORRUPT),
        (OSS, BODY + b"!", Cause.CORRUPT),
        (OSS, BODY[:-1], Cause.CHANGED),
        (("x-oss-request-id: 5C3D", 'ETag: "E2"'), BODY, Cause.CHANGED),
        ((), BODY, Cause.NOT_OSS),
    ],
)
def test_a_body_that_is_not_the_object_leaves_no_file(
    rig: Rig, peer: Start, headers: tuple[str, ...], body: bytes, cause: Cause
) -> None:
    (reply,) = rig.do(fetch(), server=peer(lambda wire: wire.serve(body, *headers)))

    assert cause_of(reply) is cause
    assert [path.name for path in rig.target.iterdir()] == [".ossh"]
    assert list(Path(rig.workspace.folder).iterdir()) == []


@pytest.mark.fault("F12")
def test_how_much_of_a_body_without_length_arrived_is_told(rig: Rig, peer: Start) -> None:
    (reply,) = rig.do(fetch(), server=peer(until_the_end(BODY[:-1])))

    failure = Failure(Cause.SHORT_BODY, "short body", "11 of 12 bytes arrived")
    assert reply == Failed(fetch(), failure, received=11)
    assert rig.lanes.received == 11


def test_a_body_that_is_refused_was_received_all_the_same(rig: Rig, peer: Start) -> None:
    replaced = ("x-oss-request-id: 5C3D", 'ETag: "E2"')

    (reply,) = rig.do(fetch(), server=peer(lambda wire: wire.serve(BODY, *replaced)))

    assert isinstance(reply, Failed)
    assert reply.received == rig.lanes.received == len(BODY)


@links_needed
def test_a_partial_file_that_cannot_be_made_fails_its_object_with_what_arrived(
    rig: Rig, peer: Start
) -> None:
    Path(rig.workspace.partial(1)).mkdir()

    (reply,) = rig.do(fetch(), server=peer(whole))

    assert cause_of(reply) is Cause.LOCAL_CONFLICT
    assert isinstance(reply, Failed)
    assert (reply.task, reply.received) == (fetch(), len(BODY))


@pytest.mark.fault("F12")
@pytest.mark.fault("F15")
@pytest.mark.parametrize(("etag", "cause"), [("E1", Cause.CORRUPT), ("E2", Cause.CHANGED)])
@pytest.mark.parametrize("framing", [("",), ("Transfer-Encoding: chunked", "")])
def test_a_body_that_goes_on_and_on_ends_at_its_listed_size(
    rig: Rig, peer: Start, framing: tuple[str, ...], etag: str, cause: Cause
) -> None:
    piece = b"10000\r\n" + bytes(0x10000) + b"\r\n"
    sent = 0

    def endless(wire: Wire) -> None:
        nonlocal sent
        wire.request()
        head = ("HTTP/1.1 200 OK", OSS[0], f'ETag: "{etag}"', *framing, "")
        wire.send("\r\n".join(head).encode())
        while True:
            wire.send(piece)
            sent += len(piece)

    server = peer(endless)
    (reply,) = rig.do(fetch(), server=server)
    server.wait_closed()

    assert cause_of(reply) is cause
    assert rig.lanes.received == 0
    assert sent < 32 * 1024 * 1024  # what sockets hold


def test_refusals_and_lost_connections_fail_one_object_each(rig: Rig, peer: Start) -> None:
    def by_key(wire: Wire) -> None:
        while head := wire.request():
            if b"/k1 " in head:
                wire.answer(b"<Error><Code>NoSuchKey</Code></Error>", *OSS, status="404 Not Found")
            elif b"/k2 " in head:
                return
            else:
                wire.answer(BODY, *OSS, f"x-oss-hash-crc64ecma: {CRC}")

    gone, lost, well = rig.do(fetch(1), fetch(2), fetch(3), server=peer(by_key))

    assert isinstance(gone, Failed)
    assert gone.received == 0  # what a refusal says is nothing of the object
    assert (cause_of(gone), cause_of(lost)) == (Cause.GONE, Cause.RESET)
    assert isinstance(well, Done)


def test_queued_tasks_are_handed_back_and_those_under_way_go_on(rig: Rig, peer: Start) -> None:
    server = peer(Wire.hold)
    rig.url = server.url
    for _time in range(2):  # what was ended before ends nothing later
        rig.lanes.send([fetch(row) for row in range(1, 11)])
        wait_until(lambda: len(rig.lanes.under_way) == 4)

        rig.lanes.recall(running=False)
        back = rig.take(6)

        assert back == [Returned(fetch(row)) for row in range(5, 11)]
        assert sorted(task.entry.row for task, _ in rig.lanes.under_way) == [1, 2, 3, 4]
        rig.lanes.recall(running=True)
        assert rig.take(4) == [Returned(fetch(row)) for row in range(1, 5)]
        assert rig.replies.empty()


def test_a_bug_of_a_thread_for_the_disk_ends_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = Rig(tmp_path / "target")
    monkeypatch.setattr(rig.workspace, "make_folder", None)

    rig.begin(fetch(1, "a/", 0))

    assert isinstance(rig.replies.get(timeout=60), Crashed)
    rig.lanes.end(60)


def test_no_thread_keeps_a_process_alive(rig: Rig, peer: Start) -> None:
    before = set(threading.enumerate())  # those of another test may still be ending
    seal = Seal(entry(3), 0, Served(0, "", None, 0.0))
    rig.do(fetch(1), fetch(2, size=LARGE), seal, server=peer(whole))

    started = set(threading.enumerate()) - before
    threads = [one for one in started if one.name in {"ossh-lane", "ossh-disk"}]

    assert len(threads) == 3
    assert all(one.daemon for one in threads)


def test_the_end_waits_no_longer_than_it_may(tmp_path: Path) -> None:
    come, go = threading.Event(), threading.Event()

    def slow(_task: Request) -> Signed:
        come.set()
        go.wait(60)
        return Signed("http://127.0.0.1:9/", ())

    before = set(threading.enumerate())
    workspace = Workspace(tmp_path / "target", "cafe")
    context = LaneContext(Http(), workspace, lambda _: None, lambda: None)
    lanes = LocalLanes(slow, context)
    lanes.send([fetch()])
    assert come.wait(60)

    began = time.monotonic()
    lanes.end(0.0)
    took = time.monotonic() - began
    go.set()
    lanes.end(60.0)

    assert took < 0.9
    left = set(threading.enumerate()) - before
    assert not [one for one in left if one.name == "ossh-lane"]


def test_the_end_hands_back_everything(rig: Rig, peer: Start) -> None:
    rig.url = peer(Wire.hold).url
    tasks = [fetch(1), fetch(2, size=LARGE), fetch(3, size=LARGE, range=ByteRange(0, 9))]
    rig.lanes.send([*tasks, *(fetch(row, size=LARGE) for row in range(4, 30))])

    rig.lanes.end(10.0)

    replies = rig.take(29)
    assert {type(one) for one in replies} == {Returned}
    assert [row_of(one) for one in replies] == list(range(1, 30))


def test_of_large_bodies_no_more_are_under_way_than_may_be(rig: Rig, peer: Start) -> None:
    body = b"x" * LARGE
    server = peer(lambda wire: wire.serve(body, *OSS))
    rig.lanes.limit(2, 2, 0)

    replies = rig.do(*(fetch(row, size=LARGE) for row in range(1, 9)), server=server)

    assert {type(one) for one in replies} == {Done}
    assert server.connections <= 2
    assert rig.lanes.received == 8 * LARGE
    assert rig.lanes.received == sum(one.received for one in replies if isinstance(one, Done))


def test_a_lower_limit_lets_what_is_under_way_come_to_its_end(rig: Rig, peer: Start) -> None:
    come, first, later = threading.Semaphore(0), threading.Event(), threading.Event()
    together: list[int] = []

    def held(wire: Wire) -> None:
        while wire.request():
            together.append(len(rig.lanes.under_way))
            gate = later if first.is_set() else first
            come.release()
            gate.wait(60)
            wire.answer(bytes(LARGE), *OSS)

    rig.url = peer(held).url
    rig.lanes.send([fetch(row, size=LARGE) for row in range(1, 13)])
    for _ in range(4):
        assert come.acquire(timeout=60)

    rig.lanes.limit(1, 1, 0)
    first.set()
    replies = rig.take(4)
    later.set()
    replies += rig.take(8)

    assert {type(one) for one in replies} == {Done}
    assert set(together[5:]) == {1}
    assert rig.lanes.received == 12 * LARGE


def test_a_rate_limit_holds_small_bodies_back(rig: Rig, peer: Start) -> None:
    rig.lanes.limit(4, 4, 1)
    server = peer(whole)

    (first,) = rig.do(fetch(1), server=server)
    rig.lanes.send([fetch(2)])

    assert isinstance(first, Done)
    with pytest.raises(queue.Empty):
        rig.replies.get(timeout=0.3)
    assert len(server.requests) == 1
    rig.lanes.limit(4, 4, 0)
    assert isinstance(rig.take(1)[0], Done)


def test_whoever_shares_a_limit_and_books_all_the_time_leaves_small_bodies_their_turn(
    tmp_path: Path, peer: Start
) -> None:
    shared, replies = RateLimit(1_000_000), queue.SimpleQueue[Reply]()
    server = peer(whole)
    workspace = Workspace(tmp_path / "target", "cafe")
    http = Http(Timeouts(connect=5.0, stall=5.0))
    lanes = LocalLanes(
        lambda task: Signed(f"{server.url}/{task.entry.key}", ()),
        LaneContext(http, workspace, replies.put, lambda: None),
        shared=shared,
    )
    lanes.limit(4, 4, 0)

    lanes.send([fetch(row) for row in range(1, 6)])
    done = 0
    while done < 5:
        while shared.left(shared.take(0)) < 0.5:
            shared.take(100_000)  # as another run does
        with suppress(queue.Empty):
            assert isinstance(replies.get(timeout=0.01), Done)
            done += 1

    lanes.end(5.0)


def test_a_symlink_tells_the_key_it_leads_to(rig: Rig, peer: Start) -> None:
    def script(wire: Wire) -> None:
        wire.serve(b"", *OSS, "x-oss-symlink-target: a%2Fb%20%C3%BC")

    task = Readlink(entry(1, key="k"))
    (reply,) = rig.do(task, server=peer(script))

    assert reply == Done(task, served=served_as(0), link="a/b ü")


@links_needed
def test_a_local_link_is_made_without_asking(rig: Rig) -> None:
    (rig.target / "file").touch()

    good, bad = rig.do(
        Link(Entry(1, "k", "dir/link", 0, "", moment_at(0.0)), "dir/to"),
        Link(Entry(2, "k", "file/link", 0, "", moment_at(0.0)), "dir/to"),
    )

    assert isinstance(good, Done)
    assert good.proof is Proof.LINK
    assert (rig.target / "dir" / "link").readlink() == Path("to")
    assert cause_of(bad) is Cause.LOCAL_CONFLICT


# Files that another program has open


@pytest.fixture
def planned(tmp_path: Path, peer: Start) -> Iterator[Rig]:
    """Return a rig whose job may replace what stands at its target."""
    del peer  # ends last
    made = Rig(tmp_path / "target", Policy(replace=True))
    yield made
    made.close()


def test_a_folder_tells_that_a_file_made_way_for_it(planned: Rig) -> None:
    (planned.target / "file").touch()

    assert planned.one(fetch(1, "file/", 0)) == Done(fetch(1, "file/", 0), has_moved=True)


@pytest.mark.fault("F10")
@pytest.mark.fault("F37")
def test_others_go_on_while_a_file_is_in_use_and_it_follows_when_it_is_free(
    hold: Hold, planned: Rig, peer: Start
) -> None:
    held = planned.target / "k1"
    held.write_text("open in a spreadsheet")
    hold(held)
    planned.lanes.limit(1, 1, 0)  # one connection: whoever waited for the file would hold up all

    others = planned.do(*(fetch(row) for row in range(1, 9)), server=peer(whole), expected=7)
    hold.release()
    (last,) = planned.take(1)

    assert [row_of(one) for one in others] == list(range(2, 9))
    assert {type(one) for one in [*others, last]} == {Done}
    assert held.read_bytes() == BODY


@pytest.mark.fault("F37")
def test_what_waits_for_a_file_is_handed_back_when_the_run_stops(
    hold: Hold, planned: Rig, peer: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patient, "BODY_SECONDS", 60.0)
    held = planned.target / "k1"
    held.write_text("theirs")
    hold(held)
    planned.do(fetch(1), fetch(2), server=peer(whole), expected=1)
    wait_until(lambda: planned.lanes.received == 2 * len(BODY))

    planned.lanes.end(5.0)

    assert planned.take(1) == [Returned(fetch(1), received=12)]
    assert held.read_text() == "theirs"


@links_needed
@pytest.mark.fault("F37")
def test_a_link_that_waits_for_its_place_is_handed_back_when_the_run_stops(
    hold: Hold, planned: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patient, "BODY_SECONDS", 60.0)
    held = planned.target / "link"
    held.write_text("theirs")
    hold(held)
    link = Link(Entry(1, "k", "link", 0, "", moment_at(0.0)), "to")
    planned.lanes.send([link])
    wait_until(lambda: hold.refused)

    planned.lanes.recall(running=True)

    assert planned.take(1) == [Returned(link)]
    assert held.read_text() == "theirs"
