"""Large bodies: written as they come, kept in parts, checked, and sealed."""

import os
import queue
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import cast

import fastcrc
import pytest

from ossh import patient
from ossh.model import ByteRange, Cause, Entry, OwnFile, Part, Proof, Signed
from ossh.network import Http, ResponseParser
from ossh.transfer.disk import part_journal
from ossh.transfer.disk.file_io import BLOCK
from ossh.transfer.disk.part_journal import PartJournal
from ossh.transfer.disk.work_folder import journals, working
from ossh.transfer.disk.workspace import Workspace
from ossh.transfer.fetching.body import Body
from ossh.transfer.fetching.lane import Lane, LaneContext
from ossh.transfer.fetching.lanes import MOST_LANES, LocalLanes
from ossh.transfer.fetching.rate_limit import Account, RateLimit, Receipt
from ossh.transfer.messages import (
    CheckPart,
    Differs,
    Done,
    Failed,
    Fetch,
    Reply,
    Request,
    Returned,
    Seal,
    Served,
)
from ossh.units import moment_at
from tests.holding import Hold
from tests.integration.rig import full_disk
from tests.planting import each_kind, plant
from tests.unit.network.peer import Wire, after_request, hang_up
from tests.unit.transfer.fetching.rig import MODIFIED, OSS, Rig, Start
from tests.unit.transfer.rig import entry
from tests.waiting import DEADLINE_SECONDS

BODY = bytes(range(256)) * 4000
CRC = fastcrc.crc64.xz(BODY)
ENTRY = Entry(1, "k", "dir/k", len(BODY), "E1", moment_at(MODIFIED), "Multipart")
FETCH = Fetch(ENTRY)
PART = replace(FETCH, range=ByteRange(100, 300))
LONG = Fetch(replace(ENTRY, size=3 * len(BODY)))  # too long to come whole again after a kill
SERVED = Served(len(BODY), "E1", CRC, MODIFIED)
CHECK = CheckPart(ENTRY, Part(0, len(BODY), CRC))


@pytest.fixture
def rig(tmp_path: Path, peer: Start) -> Iterator[Rig]:
    del peer  # ends last
    made = Rig(tmp_path / "target", connections=1)
    yield made
    made.close()


@pytest.fixture
def impatient(tmp_path: Path, peer: Start) -> Iterator[Rig]:
    """Give lanes that take a short silence for the end of a connection."""
    del peer
    made = Rig(tmp_path / "target", connections=1, stall_seconds=1.0)
    yield made
    made.close()


def marked(rig: Rig) -> list[Part]:
    """Return the parts that the lane's journal tells of."""
    tree = rig.workspace.tree
    return [mark.part for path in journals(tree, "cafe") for mark in part_journal.marks(tree, path)]


def failure_of(reply: Reply) -> tuple[Cause, Part | None]:
    assert isinstance(reply, Failed)
    return reply.failure.cause, reply.kept


def whole(wire: Wire) -> None:
    wire.serve(BODY, *OSS, f"x-oss-hash-crc64ecma: {CRC}")


def ranged(wire: Wire) -> None:
    wire.request()
    wire.answer(
        BODY[100:300],
        *OSS,
        f"Content-Range: bytes 100-299/{len(BODY)}",
        status="206 Partial Content",
    )


def announced(
    *pieces: bytes, status: str = "200 OK", length: int = len(BODY)
) -> Callable[[Wire], None]:
    """Return a script that announces a body and sends pieces of it, then closes."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {length}", *OSS, "", ""]
    return after_request("\r\n".join(lines).encode(), *pieces, then=hang_up)


def supplanted(rig: Rig, put: Callable[[], object]) -> Callable[[Wire], None]:
    """Return a script that sends a body; half-way, its partial file makes way for another."""

    def script(wire: Wire) -> None:
        announced(BODY[:BLOCK])(wire)
        while rig.lanes.received < BLOCK:
            wire.wait(0.01)
        rig.partial.unlink()
        put()
        wire.send(BODY[BLOCK:])

    return script


def test_a_body_is_fetched_proved_and_given_its_name(rig: Rig, peer: Start) -> None:
    server = peer(whole)

    rig.one(FETCH, server)
    reply = rig.one(FETCH, server)

    assert isinstance(reply, Done)
    assert reply.own is not None
    assert (reply.own.crc64, reply.proof) == (CRC, Proof.CRC64)
    assert (rig.target / "dir" / "k").read_bytes() == BODY
    assert (rig.target / "dir" / "k").stat().st_mtime == MODIFIED
    assert not rig.partial.exists()
    assert rig.lanes.received == 2 * len(BODY)
    assert server.connections == 1


def test_a_lane_without_a_task_says_so_when_its_last_reply_is_there(rig: Rig, peer: Start) -> None:
    rig.begin(FETCH, server=peer(whole))

    assert rig.idle.wait(60)
    assert isinstance(rig.replies.get_nowait(), Done)


def test_a_range_becomes_a_part_of_the_partial_file(rig: Rig, peer: Start) -> None:
    reply = rig.one(PART, peer(ranged))

    assert isinstance(reply, Done)
    assert reply.part == Part(100, 300, fastcrc.crc64.xz(BODY[100:300]))
    assert rig.partial.read_bytes()[100:] == BODY[100:300]


def test_a_body_that_comes_whole_again_has_no_mark(rig: Rig, peer: Start) -> None:
    rig.one(FETCH, peer(whole))

    assert journals(rig.workspace.tree, "cafe") == []


def test_the_mark_of_the_body_before_stays(rig: Rig, peer: Start) -> None:
    rig.one(LONG, peer(announced(BODY[:5000], length=LONG.entry.size)))
    rig.one(Fetch(replace(LONG.entry, row=2)), peer(announced(BODY[:6000], length=LONG.entry.size)))

    (path,) = journals(rig.workspace.tree, "cafe")
    first, second = part_journal.marks(rig.workspace.tree, path)
    assert (first.row, first.part.stop) == (1, 5000)
    assert (second.row, second.part.stop) == (2, 6000)
    assert first.version == part_journal.version_of("E1", LONG.entry.size)


@pytest.mark.fault("F11")
def test_what_arrived_of_a_short_body_is_kept(rig: Rig, peer: Start) -> None:
    cause, kept = failure_of(rig.one(FETCH, peer(announced(BODY[:5000]))))

    assert cause is Cause.SHORT_BODY
    assert kept == Part(0, 5000, fastcrc.crc64.xz(BODY[:5000]))
    assert rig.partial.read_bytes() == BODY[:5000]
    assert not (rig.target / "dir").exists()


def test_a_wrong_checksum_keeps_nothing(rig: Rig, peer: Start) -> None:
    reply = rig.one(FETCH, peer(lambda wire: wire.serve(BODY, *OSS, "x-oss-hash-crc64ecma: 7")))

    assert failure_of(reply) == (Cause.CORRUPT, None)
    assert not rig.partial.exists()
    assert not (rig.target / "dir").exists()


@pytest.mark.fault("F12")
def test_bytes_beyond_the_end_are_corrupt(rig: Rig, peer: Start) -> None:
    head = "\r\n".join(["HTTP/1.1 200 OK", *OSS, "Transfer-Encoding: chunked", "", ""]).encode()
    chunks = b"%x\r\n%b\r\n1\r\nx\r\n0\r\n\r\n" % (LONG.entry.size, BODY * 3)
    server = peer(after_request(head, chunks, then=hang_up))

    assert failure_of(rig.one(LONG, server))[0] is Cause.CORRUPT
    assert [part.length for part in marked(rig)] == [0]  # or a later run would keep its start


def test_a_refusal_is_read_and_the_connection_kept(rig: Rig, peer: Start) -> None:
    def refuse(wire: Wire) -> None:
        wire.request()
        body = b"<Error><Code>NoSuchKey</Code></Error>"
        wire.answer(body, *OSS, status="404 Not Found")
        whole(wire)

    server = peer(refuse)

    assert failure_of(rig.one(FETCH, server)) == (Cause.GONE, None)
    assert isinstance(rig.one(FETCH, server), Done)
    assert server.connections == 1


@pytest.mark.parametrize("how", ["cut", "reset", "stall"])
def test_a_refusal_that_breaks_off_is_one_all_the_same(
    impatient: Rig, peer: Start, how: str
) -> None:
    def script(wire: Wire) -> None:
        announced(b"<Error>", status="500 Internal Server Error", length=1000)(wire)
        if how == "stall":
            wire.hold()
        wire.wait(0.2)
        if how == "reset":
            wire.reset()

    cause, _ = failure_of(impatient.one(FETCH, peer(script, whole)))

    assert cause in {Cause.SERVER, Cause.RESET}


def test_who_is_recalled_hands_the_task_back_with_the_bytes_it_has(rig: Rig, peer: Start) -> None:
    def script(wire: Wire) -> None:
        announced(BODY[: BLOCK + 50], length=LONG.entry.size)(wire)
        while rig.lanes.received < BLOCK + 50:
            wire.wait(0.01)
        rig.lanes.recall(running=True)
        wire.hold()

    reply = rig.one(LONG, peer(script))

    assert isinstance(reply, Returned)
    assert reply.kept == Part(0, BLOCK + 50, fastcrc.crc64.xz(BODY[: BLOCK + 50]))
    assert marked(rig) == [reply.kept]


def test_who_is_recalled_writes_no_more_of_any_body(tmp_path: Path, peer: Start) -> None:
    """Else a slow disk would have to take a block of each first."""
    number = 8
    is_begun, are_here = threading.Event(), threading.Barrier(number + 1)
    booked: list[int] = []

    def script(wire: Wire) -> None:
        announced(BODY[:1000])(wire)
        is_begun.wait(DEADLINE_SECONDS)
        wire.send(BODY[1000:200_000])
        are_here.wait(DEADLINE_SECONDS)
        wire.hold()

    class Recalling(RateLimit):
        """A limit that has a lane recalled while there are bytes of all its bodies."""

        def take(self, count: int) -> Receipt:
            booked.append(count)
            if len(booked) == number:
                is_begun.set()
                are_here.wait(DEADLINE_SECONDS)
            elif len(booked) == number + number // 2:
                lane.recall(running=True)
            return super().take(count)

    url = peer(script).url
    replies: queue.SimpleQueue[Reply] = queue.SimpleQueue()
    tasks = deque[Request](Fetch(replace(ENTRY, row=row)) for row in range(number))
    context = LaneContext(Http(), Workspace(tmp_path, "cafe"), replies.put, lambda: None)
    lane = Lane(tasks, lambda _: Signed(url, ()), context, Recalling())
    lane.limit = number
    lane.start()

    assert {type(replies.get(timeout=60)) for _ in range(number)} == {Returned}
    lane.end()
    lane.join()
    assert len(booked) == number + number // 2


@pytest.mark.parametrize("length", [len(BODY), 5000, 0])
def test_what_did_not_arrive_is_not_paid_for(rig: Rig, peer: Start, length: int) -> None:
    rig.one(FETCH, peer(announced(BODY[:length])))

    assert rig.rate.booked == rig.lanes.received == length


def test_who_waits_for_the_rate_limit_can_be_recalled(rig: Rig, peer: Start) -> None:
    rig.rate.set(1)
    rig.begin(FETCH, server=peer(whole))
    while not rig.rate.left(rig.rate.take(0)):
        pass

    rig.lanes.end(60)

    (reply,) = rig.take(1)
    assert isinstance(reply, Returned)
    assert reply.kept is not None
    assert rig.rate.booked == rig.lanes.received == reply.kept.length < len(BODY)


def test_a_part_is_checked_against_what_is_on_disk(rig: Rig) -> None:
    rig.partial.write_bytes(BODY[:5000])
    good = CheckPart(ENTRY, Part(10, 500, fastcrc.crc64.xz(BODY[10:500])))
    bad = [
        CheckPart(ENTRY, Part(10, 500, 7)),
        CheckPart(ENTRY, Part(0, 5001, 7)),
        CheckPart(entry(2), Part(0, 1, 7)),
    ]

    assert rig.one(good) == Done(good, part=good.part)
    assert [rig.one(check) for check in bad] == list(map(Differs, bad))
    disk = [one for one in threading.enumerate() if one.name == "ossh-disk"]
    assert len(disk) == 1  # which had time for each


@pytest.mark.skipif(sys.platform == "win32", reason="Windows opens no folder as a file")
def test_a_part_that_cannot_be_looked_at_may_be_as_it_was(rig: Rig) -> None:
    rig.partial.mkdir()

    assert failure_of(rig.one(CheckPart(ENTRY, Part(0, 500, 7)))) == (Cause.LOCAL_CONFLICT, None)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows renames no folder that is in use")
def test_a_part_in_a_target_that_is_gone_may_be_as_it_was(rig: Rig) -> None:
    rig.partial.write_bytes(BODY)
    assert isinstance(rig.one(CHECK), Done)
    rig.target.rename(rig.target.with_name("elsewhere"))
    rig.target.mkdir()

    reply = rig.one(CHECK)

    assert isinstance(reply, Failed)
    assert str(reply.failure.message) == f"'{rig.target}' is no longer there"


def test_another_file_is_not_taken_for_one_whose_part_was_as_recorded(rig: Rig) -> None:
    rig.partial.write_bytes(BODY)
    assert isinstance(rig.one(CHECK), Done)
    other = rig.target / "other"
    other.write_bytes(BODY)
    other.replace(rig.partial)

    assert rig.one(CHECK) == Differs(CHECK)


def test_who_finds_a_partial_file_corrupt_empties_it(rig: Rig) -> None:
    rig.partial.write_bytes(BODY)

    assert failure_of(rig.one(Seal(ENTRY, 7, SERVED))) == (Cause.CORRUPT, None)
    assert rig.partial.read_bytes() == b""
    with working(rig.workspace.tree, "cafe", "job"):
        pass  # as a run does in the end
    assert not rig.partial.exists()


def test_a_corrupt_partial_file_is_fetched_again_by_all_processes(rig: Rig, peer: Start) -> None:
    other = Rig(rig.target, connections=1)  # as in another process
    for one in (rig, other):
        assert isinstance(one.one(PART, peer(ranged)), Done)

    with rig.partial.open("rb"):  # so that no new file gets its number
        assert failure_of(rig.one(Seal(ENTRY, 7, SERVED))) == (Cause.CORRUPT, None)
        for one in (rig, other):
            assert isinstance(one.one(PART, peer(ranged)), Done)

    other.close()
    assert rig.partial.read_bytes()[100:] == BODY[100:300]


def test_what_waits_for_the_disk_is_handed_back(tmp_path: Path) -> None:
    come, go = threading.Semaphore(0), threading.Event()
    replies: queue.SimpleQueue[Reply] = queue.SimpleQueue()

    def post(reply: Reply) -> None:
        if isinstance(reply, Differs):
            come.release()
            go.wait(DEADLINE_SECONDS)
        replies.put(reply)

    def sign(_task: Request) -> Signed:
        raise AssertionError

    context = LaneContext(Http(), Workspace(tmp_path, "cafe"), post, lambda: None)
    lanes = LocalLanes(sign, context)
    checks = [CheckPart(replace(ENTRY, row=row), Part(0, 1, 7)) for row in range(MOST_LANES + 3)]
    lanes.send(checks[:MOST_LANES])
    for _ in range(MOST_LANES):
        assert come.acquire(timeout=DEADLINE_SECONDS)
    lanes.send(checks[MOST_LANES:])

    lanes.recall(running=False)
    back = [replies.get_nowait() for _ in range(3)]
    go.set()
    lanes.end(60)

    assert back == list(map(Returned, checks[MOST_LANES:]))
    assert replies.qsize() == MOST_LANES


def test_a_complete_partial_file_is_sealed(rig: Rig) -> None:
    rig.partial.write_bytes(BODY + b"the tail of an earlier version")
    seal = Seal(ENTRY, CRC, SERVED)

    own = OwnFile(len(BODY), round(MODIFIED * 1e9), CRC)
    assert rig.one(seal) == Done(seal, served=SERVED, own=own, proof=Proof.CRC64)
    assert (rig.target / "dir" / "k").read_bytes() == BODY


def test_a_seal_whose_answer_was_lost_is_done_once_more(rig: Rig) -> None:
    rig.partial.write_bytes(BODY)
    seal = Seal(ENTRY, CRC, SERVED)
    first = rig.one(seal)

    assert rig.one(seal) == first
    assert (rig.target / "dir" / "k").read_bytes() == BODY


@pytest.mark.parametrize(("body", "age"), [(BODY[::-1], 0), (BODY[::-1], 60), (BODY[:-1], 0)])
def test_another_file_in_its_place_does_not_make_up_for_a_partial_file(
    rig: Rig, body: bytes, age: float
) -> None:
    file = rig.target / "dir" / "k"
    file.parent.mkdir(parents=True)
    file.write_bytes(body)
    os.utime(file, (MODIFIED - age,) * 2)
    seal = Seal(ENTRY, CRC, SERVED)

    assert failure_of(rig.one(seal)) == (Cause.CORRUPT, None)
    assert file.read_bytes() == body


def test_a_partial_file_that_cannot_be_opened_fails_its_object(rig: Rig, peer: Start) -> None:
    rig.partial.mkdir()

    assert failure_of(rig.one(FETCH, peer(whole))) == (Cause.LOCAL_CONFLICT, None)


def test_a_full_disk_is_not_taken_for_the_network(rig: Rig, peer: Start) -> None:
    rig.workspace.release()
    with full_disk(rig.partial.parent):
        cause, _kept = failure_of(rig.one(FETCH, peer(whole)))
        rig.workspace.release()

    assert cause is Cause.DISK_FULL


class Closing(Workspace):
    """Partial files that cannot be closed, once that was done to them behind a body's back."""

    descriptor = -1

    def open(self, row: int, *, is_part: bool = False) -> int:
        """Return a descriptor, and remember it."""
        self.descriptor = super().open(row, is_part=is_part)
        return self.descriptor


def uncloseable(target: Path, task: Fetch) -> tuple[Body, ResponseParser]:
    """Return a body that has arrived, whose partial file cannot be closed, and its answer."""
    workspace = Closing(target, "cafe")
    journal = PartJournal(workspace.make)
    body = Body(task, workspace, journal, Account(RateLimit()))
    answer = ResponseParser(body, len(BODY))
    lines = ["HTTP/1.1 206 Partial Content", "Content-Length: 200", *OSS]
    lines += [f"Content-Range: bytes 100-299/{len(BODY)}", "", ""]
    answer.feed("\r\n".join(lines).encode())
    assert body.begin(answer)
    assert body.write(memoryview(BODY[100:300]))
    answer.feed(BODY[100:300])
    journal.close()
    os.close(workspace.descriptor)
    return body, answer


@pytest.mark.fault("F31")
def test_a_disk_that_fails_when_a_file_is_closed_fails_its_object(tmp_path: Path) -> None:
    """A full share may say so no sooner."""
    body, answer = uncloseable(tmp_path, PART)

    assert failure_of(cast("Reply", body.ended(answer)))[0] is Cause.CANNOT_WRITE
    assert isinstance(body.give_up(), Returned)  # once


@pytest.mark.fault("F31")
def test_what_cannot_be_closed_is_not_handed_back_as_kept(tmp_path: Path) -> None:
    body, _answer = uncloseable(tmp_path, PART)

    assert failure_of(body.give_up()) == (Cause.CANNOT_WRITE, None)


@pytest.mark.fault("F9")
@each_kind
@pytest.mark.parametrize("task", [CHECK, Seal(ENTRY, CRC, SERVED), PART], ids=type)
def test_nothing_that_was_planted_is_part_of_an_object_or_written_to_or_gets_its_name(
    rig: Rig, peer: Start, kind: str, task: CheckPart | Seal | Fetch
) -> None:
    other = rig.target / "other"
    other.write_bytes(BODY)
    plant(kind, rig.partial, other)

    reply = rig.one(task, peer(ranged))

    assert reply == Differs(CHECK) or failure_of(reply) == (Cause.CORRUPT, None)
    assert not os.path.lexists(rig.partial)
    assert not os.path.lexists(rig.target / "dir" / "k")
    assert other.read_bytes() == BODY


@pytest.mark.fault("F9")
@pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps the place of an open file")
@each_kind
def test_nothing_that_is_planted_while_a_body_comes_gets_its_name(
    rig: Rig, peer: Start, kind: str
) -> None:
    other = rig.target / "other"
    other.write_bytes(BODY)

    script = supplanted(rig, lambda: plant(kind, rig.partial, other))

    assert failure_of(rig.one(FETCH, peer(script))) == (Cause.CORRUPT, None)
    assert not os.path.lexists(rig.target / "dir" / "k")
    assert not os.path.lexists(rig.partial)
    assert other.read_bytes() == BODY


@pytest.mark.fault("F9")
@pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps the place of an open file")
def test_another_file_of_its_size_does_not_get_the_name_of_an_object(rig: Rig, peer: Start) -> None:
    script = supplanted(rig, lambda: rig.partial.write_bytes(BODY[::-1]))

    assert failure_of(rig.one(FETCH, peer(script))) == (Cause.CORRUPT, None)
    assert not os.path.lexists(rig.target / "dir" / "k")


# Files that another program has open


@pytest.fixture
def sealed(rig: Rig) -> Seal:
    """Return what seals a partial file that is complete; an older file has its name."""
    rig.partial.write_bytes(BODY)
    final = rig.target / "dir" / "k"
    final.parent.mkdir(parents=True)
    final.write_bytes(b"older")
    os.utime(final, (MODIFIED, MODIFIED))
    own = OwnFile(5, final.stat().st_mtime_ns, fastcrc.crc64.xz(b"older"))
    return Seal(replace(ENTRY, own=own), CRC, SERVED)


@pytest.mark.fault("F37")
def test_a_large_body_gets_its_name_when_another_program_lets_go(
    hold: Hold, rig: Rig, sealed: Seal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patient, "BODY_SECONDS", 60.0)
    monkeypatch.setattr(patient, "OWN_SECONDS", 0.0)
    hold(rig.partial)
    letting_go = threading.Timer(0.3, hold.release)
    letting_go.start()

    assert isinstance(rig.one(sealed), Done)
    letting_go.join()
    assert (rig.target / "dir" / "k").read_bytes() == BODY


@pytest.mark.fault("F37")
def test_a_large_body_that_stays_open_is_told_and_kept(
    hold: Hold, rig: Rig, sealed: Seal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patient, "BODY_SECONDS", 0.3)
    hold(rig.target / "dir" / "k")

    assert failure_of(rig.one(sealed)) == (Cause.IN_USE, None)
    assert rig.partial.read_bytes() == BODY


@pytest.mark.fault("F37")
def test_a_large_body_does_not_wait_for_another_program_when_the_run_stops(
    hold: Hold, rig: Rig, sealed: Seal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patient, "BODY_SECONDS", 60.0)
    hold(rig.target / "dir" / "k")

    rig.begin(sealed)
    rig.lanes.end(60)

    assert rig.take(1) == [Returned(sealed)]
    assert rig.partial.read_bytes() == BODY


@pytest.mark.fault("F37")
def test_large_bodies_get_their_names_while_others_wait_for_another_program(
    hold: Hold, rig: Rig, sealed: Seal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patient, "BODY_SECONDS", 60.0)
    hold(rig.target / "dir" / "k")
    for row in range(2, MOST_LANES + 2):
        Path(rig.workspace.partial(row)).write_bytes(BODY)
        rig.begin(Seal(replace(sealed.entry, row=row), CRC, SERVED))
    free = Seal(replace(ENTRY, path="free"), CRC, SERVED)

    assert isinstance(rig.one(free), Done)
    assert (rig.target / "free").read_bytes() == BODY
    rig.lanes.end(60)
    assert rig.replies.qsize() == MOST_LANES
